"""Looking for a text that must stand in no file: in plain, in zips, and in what a database keeps compressed."""

from __future__ import annotations

import io
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path


def found_in(folder: Path, canary: str, *, apart_from: tuple[str, ...] = ()) -> list[str]:
    """Where in a folder a text stands, the state database's blobs and every zip inside of them unpacked."""
    out = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in apart_from:
            out += [f"{path.name}{where}" for where, data in _all(path) if canary.encode() in data]
    return out


def _all(path: Path) -> Iterator[tuple[str, bytes]]:
    data = path.read_bytes()
    yield from _unpacked("", data)
    if data.startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
                for row in database.execute(f'select * from "{table}"'):
                    for value in row:
                        yield from _unpacked(f":{table}", value if isinstance(value, bytes) else str(value).encode())


def _unpacked(where: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    yield where, data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from _unpacked(f"{where}/{name}", archive.read(name))
    for unpack in (zlib.decompress, lambda packed: zlib.decompress(packed, 31)):
        try:
            yield where, unpack(data)
        except zlib.error:
            continue
