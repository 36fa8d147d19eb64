"""A connection to a SQLite file that tells a damaged file from every other error. It must not know what is in the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from provisioner.model.problem import OrchError

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_HINT = (
    "move it away, with its -wal and -shm files, and put back a copy: then orch plan BLUEPRINT says where that is older than\n"
    "the clouds, and orch state rebuild BLUEPRINT brings it up to date; without a copy the same makes it anew from the marks on\n"
    "the objects: orch state rebuild BLUEPRINT --out FILE"
)


def damaged(path: str | Path, what: object) -> OrchError:
    """That a state file cannot be read as it was written, and what to do about it."""
    return OrchError(f"the state file {path} is damaged: {what}", hint=_HINT)


def empty(path: str | Path) -> OrchError:
    """That a state file has nothing in it, which a project's never has."""
    return OrchError(f"the state file {path} is empty: a project that has one is not new", hint=_HINT)


def headless(path: str | Path) -> OrchError:
    """That only the log of a state file is there, which would be taken for that of any other file put in its place."""
    return OrchError(f"the state file {path} is gone, and its log {path}-wal is still there", hint=_HINT)


def is_held(error: BaseException) -> bool:
    """Whether another process keeps the file to itself."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _HELD


def way_out(path: str | Path, error: BaseException) -> str:
    """What to do about a file that cannot be read or written."""
    if is_held(error):
        return f"try again once it has let go; to see which process it is (a backup, an open sqlite3): fuser {path}"
    if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _NO_ROOM:
        return "look whether its disk is full: reading it takes a little room beside it too"
    return "look whether it, and the folder that it is in, may be read and written"


def appear(made: Path, path: Path) -> None:
    """Give a file its name, all at once, unless another has that already."""
    try:
        path.hardlink_to(made)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        if not path.exists():
            made.rename(path)


class Connection(sqlite3.Connection):
    """A connection whose reads and writes raise ``OrchError`` where the file is damaged."""

    path = ""

    @classmethod
    def to(cls, path: Path, patience: float) -> Connection:
        """Open a file. patience: the seconds to wait for others to let go of it."""
        opened = sqlite3.connect(path, isolation_level=None, timeout=patience, check_same_thread=False, factory=cls)
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
