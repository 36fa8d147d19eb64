"""A tree of files as data: its digest, and its copy on disk. Must not know where a tree came from."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from provisioner.sources.problem import SourceError


def digest(files: Mapping[str, bytes]) -> str:
    """``sha256:`` and 64 hex digits over names and contents."""
    out = hashlib.sha256()
    for name in sorted(files):
        out.update(f"{len(name)} {name} {hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return f"sha256:{out.hexdigest()}"


def sound(folder: Path, expected: str) -> bool:
    """Whether a copy holds exactly the files of that digest, and no link."""
    files: dict[str, bytes] = {}
    try:
        for around, folders, names in os.walk(folder, onerror=_raise):
            for name in (*folders, *names):
                path = Path(around, name)
                if path.is_symlink():
                    return False
                if path.is_file():
                    files[path.relative_to(folder).as_posix()] = path.read_bytes()
    except OSError:
        return False
    return digest(files) == expected


def store(files: Mapping[str, bytes], folder: Path) -> None:
    """Write a copy, whole or not at all, in the place of any that is there."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-") as part:
            new = Path(part, "tree")
            new.mkdir()
            for name, content in files.items():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                (new / name).write_bytes(content)
            if folder.is_dir():
                shutil.move(folder, Path(part, "old"))
            new.rename(folder)
    except OSError as error:
        raise SourceError(f"cannot write {folder}: {error.strerror}") from error


def _raise(error: OSError) -> None:
    raise error
