"""The embedded backend: SQLite with a write-ahead log and full synchronisation, one file per project.

It implements ``protocols.backend.Backend`` and must not know what a plan or an entry means: both are stored as JSON.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from provisioner.model.ledger import LedgerRow
from provisioner.model.naming import base32
from provisioner.model.problem import OrchError
from provisioner.model.run import Entry, Run, RunStatus
from provisioner.model.value import Map, Written
from provisioner.protocols.backend import Commit, Lease, LeaseHeldError, LeaseLostError, PlanUsedError, StateWriteError
from provisioner.state import codec, holder
from provisioner.state.connection import Connection, appear, damaged, empty, headless, is_held, way_out

SCHEMA_VERSION = 3  # 2: outputs as written; 3: made entries, checks that are due
LEASE_SECONDS = 60.0

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL, since TEXT NOT NULL,
  expires REAL NOT NULL, purpose TEXT NOT NULL);
CREATE TABLE ledger (uid TEXT, generation INTEGER, stack TEXT NOT NULL, environment TEXT NOT NULL, address TEXT NOT NULL,
  row BLOB NOT NULL, PRIMARY KEY (uid, generation));
CREATE INDEX ledger_stack ON ledger (stack, environment, address);
CREATE TABLE stack (stack TEXT, environment TEXT, serial INTEGER NOT NULL, outputs BLOB,
  written BLOB,  PRIMARY KEY (stack, environment));
CREATE TABLE run (id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, digest TEXT NOT NULL UNIQUE, stack TEXT NOT NULL,
  environment TEXT NOT NULL, run BLOB NOT NULL, plan BLOB NOT NULL);
CREATE TABLE journal (run TEXT NOT NULL, number INTEGER NOT NULL, entry BLOB NOT NULL, PRIMARY KEY (run, number));
"""


class SqliteBackend:
    """State in one SQLite file, made where it is missing (folder too, readable by its owner alone)."""

    def __init__(
        self,
        path: Path,
        *,
        random: Callable[[int], bytes] = os.urandom,
        now: Callable[[], datetime] | None = None,
        patience: float = 30.0,
    ):
        self._path, self._random, self._patience = path, random, patience
        self._now = now or (lambda: datetime.now(UTC))
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if path.is_dir():
                hint = "move it away, or name a file in orch.yaml: `backend: FILE`"
                raise OrchError(f"the state file {path} is a directory", hint=hint)
            if not path.exists():
                log = path.with_name(f"{path.name}-wal")
                if log.exists() and log.stat().st_size and not path.exists():  # else another has made both just now
                    raise headless(path)
                self._make()
            elif not path.stat().st_size:  # before SQLite sees it, which would take it for a new one and drop its log
                raise empty(path)
            self._open(path)
        except (OSError, sqlite3.Error) as error:
            raise OrchError(f"cannot use the state file {path}: {error}", hint=way_out(path, error)) from error

    def _make(self) -> None:
        """A new file. It appears whole or not at all, so that no empty one is ever new."""
        descriptor, name = tempfile.mkstemp(prefix=f"{self._path.name}.", dir=self._path.parent)
        os.close(descriptor)
        try:
            self._open(Path(name))
            self._db.close()
            appear(Path(name), self._path)
        finally:
            for left in ("", "-wal", "-shm"):
                Path(f"{name}{left}").unlink(missing_ok=True)

    def _open(self, path: Path) -> None:
        self._db = Connection.to(path, self._patience)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._prepare()

    def _prepare(self) -> None:
        if self._is_made() and self._meta("schema_version") == str(SCHEMA_VERSION):
            return  # whoever only reads waits for nobody
        with self._transaction():
            if not self._is_made():
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self._db.execute(statement)
                meta = [
                    ("schema_version", str(SCHEMA_VERSION)),
                    ("lineage", base32(self._random(16))),
                    ("key", self._random(32).hex()),
                ]
                self._db.executemany("INSERT INTO meta VALUES (?, ?)", meta)
            elif (before := self._meta("schema_version")) in ("1", "2"):
                if before == "1":
                    self._db.execute("ALTER TABLE stack ADD COLUMN written BLOB")
                self._db.execute("UPDATE meta SET value='3' WHERE key='schema_version'")
        version = int(self._meta("schema_version"))
        if version > SCHEMA_VERSION:
            raise OrchError(
                f"the state file {self._path} has format {version}; this orch knows up to {SCHEMA_VERSION}",
                hint="use the orch that wrote it, or a newer one",
            )

    def _is_made(self) -> bool:
        return self._db.execute("SELECT 1 FROM sqlite_master WHERE name='meta'").fetchone() is not None

    @contextmanager
    def _transaction(self, lease: Lease | None = None) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise self._unwritable(error) from error
        try:
            if lease:
                self._check(lease)
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                with suppress(sqlite3.Error):  # it may have been rolled back already, by what went wrong
                    self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise self._unwritable(error) from error
            raise

    def _unwritable(self, error: sqlite3.Error) -> StateWriteError:
        message, hint = f"cannot write the state file {self._path}: {error}", way_out(self._path, error)
        if is_held(error):
            message = f"cannot write the state file {self._path}: another process has held it for {self._patience:g} s"
            at_work = [f"{lease.holder} ({lease.purpose})" for lease in self._others()]
            hint = f"at work on it: {', '.join(at_work)}; {hint}" if at_work else hint
        return StateWriteError(message, hint=hint)

    def _others(self) -> list[Lease]:
        """The leases of other processes, as far as they can be read."""
        try:
            return [lease for lease in self.leases() if lease.holder != holder.current()]
        except sqlite3.Error:
            return []

    def _check(self, lease: Lease) -> None:
        row = self._db.execute("SELECT holder, fence FROM lease WHERE name=?", (lease.name,)).fetchone()
        if row != (lease.holder, lease.fence):
            other = f" by {row[0]}" if row and row[0] else ""
            hint = "orch runs list shows what has become of the run"
            raise LeaseLostError(f"the lock of {lease.name} was taken over{other}; nothing more was written", hint=hint)

    def _meta(self, key: str) -> str:
        found = self._db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        if found is None:
            raise damaged(self._path, f"it has no {key}")
        return str(found[0])

    def lineage(self) -> str:
        return self._meta("lineage")

    def take_lineage(self, lineage: str) -> None:
        with self._transaction():
            used = self._db.execute("SELECT 1 FROM run UNION SELECT 1 FROM ledger").fetchone()
            if used and lineage != self.lineage():
                raise OrchError(f"the state file {self._path} is in use, and keeps its lineage {self.lineage()}")
            self._db.execute("UPDATE meta SET value=? WHERE key='lineage'", (lineage,))

    def key(self) -> bytes:
        return bytes.fromhex(self._meta("key"))

    def acquire(self, name: str, holder_name: str, purpose: str) -> Lease:
        now = self._now()
        with self._transaction():
            fence = self._free(name, now) + 1
            lease = Lease(name, holder_name, fence, now.isoformat(timespec="seconds"), purpose)
            self._db.execute(
                "INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?)",
                (name, holder_name, lease.fence, lease.since, now.timestamp() + LEASE_SECONDS, purpose),
            )
        return lease

    def check_free(self, name: str) -> None:
        self._free(name, self._now())

    def _free(self, name: str, now: datetime) -> int:
        """The last fence of a lease that nobody holds; ``LeaseHeldError`` where somebody does."""
        row = self._db.execute(
            "SELECT holder, fence, since, expires, purpose FROM lease WHERE name=?", (name,)
        ).fetchone()
        if row and row[0] and row[3] > now.timestamp() and not holder.is_dead(row[0]):
            raise LeaseHeldError(
                f"{name} is locked by {row[0]} since {row[2]} ({row[4]})",
                hint="wait for it to end, or stop that process; the lock of a dead process of this machine is taken over by\n"
                f"itself, that of another machine {LEASE_SECONDS:g} s after its last sign of life; to take it at once:\n"
                f"orch state unlock {row[0]}",
            )
        return int(row[1]) if row else 0

    def renew(self, lease: Lease) -> None:
        with self._transaction(lease):
            expires = self._now().timestamp() + LEASE_SECONDS
            self._db.execute("UPDATE lease SET expires=? WHERE name=?", (expires, lease.name))

    def release(self, lease: Lease) -> None:
        with self._transaction():  # the row stays, so that the fence never falls
            self._db.execute(
                "UPDATE lease SET holder='', expires=0 WHERE name=? AND fence=?", (lease.name, lease.fence)
            )

    def leases(self) -> tuple[Lease, ...]:
        found = self._db.execute("SELECT name, holder, fence, since, purpose, expires FROM lease ORDER BY name")
        now = self._now().timestamp()
        return tuple(
            Lease(name, who, fence, since, purpose, datetime.fromtimestamp(expires, UTC).isoformat(timespec="seconds"))
            for name, who, fence, since, purpose, expires in found
            if who and expires > now and not holder.is_dead(who)
        )

    def unlock(self, lease: Lease) -> bool:
        with self._transaction():  # the row stays, so that the fence never falls
            gone = self._db.execute(
                "UPDATE lease SET holder='', expires=0 WHERE name=? AND holder=? AND fence=?",
                (lease.name, lease.holder, lease.fence),
            )
            return gone.rowcount == 1

    def rows(self, stack: str | None = None, environment: str | None = None) -> tuple[LedgerRow, ...]:
        found = self._db.execute(
            "SELECT row FROM ledger WHERE (?1 IS NULL OR stack=?1) AND (?2 IS NULL OR environment=?2)"
            " ORDER BY stack, environment, address, generation",
            (stack, environment),
        )
        return tuple(codec.decode(row, LedgerRow) for (row,) in found)

    def serial(self, stack: str, environment: str) -> int:
        row = self._db.execute(
            "SELECT serial FROM stack WHERE stack=? AND environment=?", (stack, environment)
        ).fetchone()
        return int(row[0]) if row else 0

    def outputs(self, stack: str, environment: str) -> Map | None:
        row = self._db.execute(
            "SELECT outputs FROM stack WHERE stack=? AND environment=?", (stack, environment)
        ).fetchone()
        return codec.decode(row[0], Map) if row and row[0] else None

    def outputs_written(self, stack: str, environment: str) -> Written:
        row = self._db.execute(
            "SELECT written FROM stack WHERE stack=? AND environment=?", (stack, environment)
        ).fetchone()
        return codec.decode(row[0], Written) if row and row[0] else ()

    def open_run(self, lease: Lease, run: Run, plan: bytes) -> None:
        with self._transaction(lease):
            used = self._db.execute("SELECT id FROM run WHERE digest=?", (run.plan,)).fetchone()
            if used:
                raise PlanUsedError(
                    f"this plan was already used by run {used[0]}", hint="a plan is used once; plan again"
                )
            self._db.execute(
                "INSERT INTO run SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ?, ?, ? FROM run",
                (run.id, run.plan, run.stack, run.environment, codec.encode(run), plan),
            )

    def append(self, lease: Lease, run: str, commit: Commit) -> None:
        with self._transaction(lease):
            if commit.entries:
                (last,) = self._db.execute(
                    "SELECT COALESCE(MAX(number), 0) FROM journal WHERE run=?", (run,)
                ).fetchone()
                entries = [(run, last + n, codec.encode(entry)) for n, entry in enumerate(commit.entries, 1)]
                self._db.executemany("INSERT INTO journal VALUES (?, ?, ?)", entries)
            self._db.executemany("DELETE FROM ledger WHERE uid=? AND generation=?", list(commit.drop))
            rows = [(r.uid, r.generation, r.stack, r.environment, r.address, codec.encode(r)) for r in commit.put]
            self._db.executemany("INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?)", rows)
            if commit.put or commit.drop:
                self._touch(run, *((row.stack, row.environment) for row in commit.put))

    def _touch(self, run: str, *others: tuple[str, str]) -> None:
        """Raise the serial of a run's stack, and of others that it has written."""
        own = self._db.execute("SELECT stack, environment FROM run WHERE id=?", (run,)).fetchall()
        self._db.executemany(
            "INSERT INTO stack VALUES (?, ?, 1, NULL, NULL) ON CONFLICT DO UPDATE SET serial=serial+1", {*own, *others}
        )

    def close_run(
        self, lease: Lease, run: str, status: RunStatus, ended: str, outputs: Map | None = None, written: Written = ()
    ) -> None:
        with self._transaction(lease):
            (data,) = self._db.execute("SELECT run FROM run WHERE id=?", (run,)).fetchone()
            changed = replace(codec.decode(data, Run), status=status, ended=ended)
            self._db.execute("UPDATE run SET run=? WHERE id=?", (codec.encode(changed), run))
            if outputs is not None:
                self._touch(run)
                self._db.execute(
                    "UPDATE stack SET outputs=?, written=?"
                    " WHERE (stack, environment) = (SELECT stack, environment FROM run WHERE id=?)",
                    (codec.encode(outputs), codec.encode(written), run),
                )

    def runs(self, stack: str | None = None, environment: str | None = None) -> tuple[Run, ...]:
        found = self._db.execute(
            "SELECT run FROM run WHERE (?1 IS NULL OR stack=?1) AND (?2 IS NULL OR environment=?2) ORDER BY number DESC",
            (stack, environment),
        )
        return tuple(codec.decode(data, Run) for (data,) in found)

    def run(self, run: str) -> tuple[Run, bytes, tuple[Entry, ...]]:
        escaped = run.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found = self._db.execute(
            "SELECT id, run, plan FROM run WHERE id LIKE ? ESCAPE '\\'", (f"{escaped}%",)
        ).fetchall()
        if len(found) != 1:
            what = f"the ids of {len(found)} runs begin with {run!r}" if found else f"there is no run {run!r}"
            raise OrchError(what, hint="orch runs list shows them")
        journal = self._db.execute("SELECT entry FROM journal WHERE run=? ORDER BY number", (found[0][0],))
        try:
            entries = tuple(codec.decode(entry, Entry) for (entry,) in journal)
            return codec.decode(found[0][1], Run), bytes(found[0][2]), entries
        except msgspec.DecodeError as error:
            message = f"the journal of run {found[0][0]} says what this orch does not know: {error}"
            raise OrchError(message, hint="use the orch that wrote it, or a newer one") from error

    def close(self) -> None:
        self._db.close()
