"""A connection to a SQLite file that tells a damaged file from every other error. It must not know what is in the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from provisioner.model.problem import OrchError

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_HINT = (
    "put back a copy of it; without one move it away, with its -wal and -shm files, and make it anew"
    " from the marks on the objects: orch state rebuild BLUEPRINT --out FILE"
)


def damaged(path: str | Path, what: object) -> OrchError:
    """That a state file cannot be read as it was written, and what to do about it."""
    return OrchError(f"the state file {path} is damaged: {what}", hint=_HINT)


class Connection(sqlite3.Connection):
    """A connection whose reads and writes raise ``OrchError`` where the file is damaged."""

    path = ""

    @classmethod
    def to(cls, path: Path) -> Connection:
        """Open a file."""
        opened = sqlite3.connect(path, isolation_level=None, timeout=30.0, check_same_thread=False, factory=cls)
        opened.path = str(path)
        return opened

    def execute(self, *given: Any) -> sqlite3.Cursor:
        """Execute a statement with a cursor of its own."""
        return _Cursor(self).execute(*given)

    def executemany(self, *given: Any) -> sqlite3.Cursor:
        """Execute a statement for each of many parameters."""
        return _Cursor(self).executemany(*given)


class _Cursor(sqlite3.Cursor):
    connection: Connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGED:
                raise damaged(self.connection.path, error) from error
            raise

    def execute(self, *given: Any) -> Self:
        with self._told():
            return super().execute(*given)

    def executemany(self, *given: Any) -> Self:
        with self._told():
            return super().executemany(*given)

    def fetchone(self) -> Any:
        with self._told():
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with self._told():
            return super().fetchall()

    def __next__(self) -> Any:
        with self._told():
            return super().__next__()
