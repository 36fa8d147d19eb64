"""The embedded backend: fencing, leases, single use, durability of what it says it has written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.problem import OrchError
from provisioner.model.run import Entry, EntryKind, Run, RunStatus
from provisioner.model.value import Map, freeze
from provisioner.protocols.backend import Commit, LeaseHeldError, LeaseLostError, PlanUsedError
from provisioner.state import holder
from provisioner.state.sqlite import SqliteBackend

PLACE = Place("p", "memory", "a")


def row(uid: str = "u", generation: int = 1, address: str = "a") -> LedgerRow:
    return LedgerRow(uid, generation, "s", "e", address, "T", PLACE, "id-1", applied=freeze({"x": [1, {"y": None}]}))


def run(ident: str = "r1", plan: str = "d1") -> Run:
    return Run(ident, plan, "s", "e", "apply", RunStatus.RUNNING, "now")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "state.db"


def test_it_is_readable_by_its_owner_alone(path: Path) -> None:
    SqliteBackend(path)
    assert path.stat().st_mode & 0o077 == 0


def test_the_lineage_lasts(path: Path) -> None:
    first = SqliteBackend(path).lineage()
    assert len(first) == 26 and SqliteBackend(path).lineage() == first


def test_rows_and_entries_come_back_frozen_as_they_were(path: Path) -> None:
    backend = SqliteBackend(path)
    lease = backend.acquire("s/e", "me", "test")
    backend.open_run(lease, run(), b"plan")
    entry = Entry(EntryKind.PENDING, "s1", "now", continuation=Map(calls=("a",)), writes=True)
    backend.append(lease, "r1", Commit((entry,), (row(),), ()))
    again = SqliteBackend(path)
    assert again.rows() == (row(),)
    assert again.run("r1") == (run(), b"plan", (entry,))
    assert isinstance(again.rows()[0].applied["x"], tuple)
    assert again.serial("s", "e") == 1


def test_a_plan_is_used_once(path: Path) -> None:
    backend = SqliteBackend(path)
    lease = backend.acquire("s/e", "me", "test")
    backend.open_run(lease, run(), b"")
    with pytest.raises(PlanUsedError, match="run r1"):
        backend.open_run(lease, run("r2"), b"")


def test_a_held_lease_names_its_holder(path: Path) -> None:
    backend = SqliteBackend(path)
    backend.acquire("s/e", holder.current(), "apply r1")
    with pytest.raises(LeaseHeldError, match=r"locked by .*apply r1"):
        SqliteBackend(path).acquire("s/e", "other-host:1:1", "apply r2")


def test_another_stack_is_another_lease(path: Path) -> None:
    backend = SqliteBackend(path)
    backend.acquire("s/e", holder.current(), "x")
    backend.acquire("t/e", holder.current(), "x")


def test_the_lease_of_a_dead_process_is_taken_over_at_once(path: Path) -> None:
    code = "from provisioner.state import holder; print(holder.current())"
    dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    backend = SqliteBackend(path)
    backend.acquire("s/e", dead, "apply")
    assert backend.acquire("s/e", holder.current(), "resume").fence == 2


def test_another_hosts_lease_is_taken_over_only_when_it_has_expired(path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    backend = SqliteBackend(path, now=lambda: now)
    backend.acquire("s/e", "elsewhere:1:1", "apply")
    now += timedelta(seconds=30)
    with pytest.raises(LeaseHeldError):
        backend.acquire("s/e", "me:2:2", "apply")
    now += timedelta(seconds=31)
    assert backend.acquire("s/e", "me:2:2", "apply").fence == 2


def test_who_lost_the_lease_cannot_write(path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    backend = SqliteBackend(path, now=lambda: now)
    lost = backend.acquire("s/e", "elsewhere:1:1", "apply")
    backend.open_run(lost, run(), b"")
    now += timedelta(minutes=5)
    backend.acquire("s/e", "me:2:2", "apply")
    for write in (
        lambda: backend.append(lost, "r1", Commit(put=(row(),))),
        lambda: backend.renew(lost),
        lambda: backend.close_run(lost, "r1", RunStatus.DONE, "now"),
        lambda: backend.open_run(lost, run("r2", "d2"), b""),
    ):
        with pytest.raises(LeaseLostError):
            write()
    assert backend.rows() == ()


def test_a_released_lease_leaves_its_fence(path: Path) -> None:
    backend = SqliteBackend(path)
    first = backend.acquire("s/e", "me:1:1", "x")
    backend.release(first)
    assert backend.acquire("s/e", "me:1:1", "x").fence == first.fence + 1


def test_a_commit_is_whole_or_not_at_all(path: Path) -> None:
    backend = SqliteBackend(path)
    lease = backend.acquire("s/e", "me", "test")
    backend.open_run(lease, run(), b"")
    broken = Entry(EntryKind.DONE, "s1", "now", attributes=Map(x="\ue000"))
    with pytest.raises(OrchError, match="reserved"):
        backend.append(lease, "r1", Commit((Entry(EntryKind.DONE, "s0", "now"), broken), (row(),)))
    assert backend.run("r1")[2] == () and backend.rows() == ()


def test_runs_are_found_by_the_beginning_of_their_id(path: Path) -> None:
    backend = SqliteBackend(path)
    lease = backend.acquire("s/e", "me", "test")
    backend.open_run(lease, run("abc1", "d1"), b"")
    backend.open_run(lease, run("abd2", "d2"), b"")
    assert backend.run("abc")[0].id == "abc1"
    assert [r.id for r in backend.runs()] == ["abd2", "abc1"]
    for wrong in ("ab", "zz", "%"):
        with pytest.raises(OrchError, match="orch runs list"):
            backend.run(wrong)


def test_a_file_that_is_no_state_says_so(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database, and long enough to be noticed" * 100)
    with pytest.raises(OrchError, match=r"the state file .* is damaged: file is not a database"):
        SqliteBackend(path)


def test_a_newer_state_is_refused(path: Path) -> None:
    backend = SqliteBackend(path)
    backend._db.execute("UPDATE meta SET value='99' WHERE key='schema_version'")
    backend.close()
    with pytest.raises(OrchError, match="format 99"):
        SqliteBackend(path)


def test_a_journal_of_a_newer_orch_is_refused_and_left_as_it_is(path: Path) -> None:
    backend = SqliteBackend(path)
    lease = backend.acquire("s/e", "me", "test")
    backend.open_run(lease, run("r1"), b"plan")
    backend._db.execute("""INSERT INTO journal VALUES ('r1', 1, '{"kind": "blessed", "step": "s1", "at": "now"}')""")
    with pytest.raises(OrchError, match=r"the journal of run r1 says what this orch does not know.*blessed") as caught:
        backend.run("r1")
    assert caught.value.problems[0].hint == "use the orch that wrote it, or a newer one"
    assert [r.id for r in backend.runs()] == ["r1"]


def test_an_older_state_is_brought_up_to_date(path: Path) -> None:
    backend = SqliteBackend(path)
    lease = backend.acquire("s/e", "me", "test")
    backend.open_run(lease, run("r1"), b"plan")
    backend.close_run(lease, "r1", RunStatus.DONE, "2026-10-09T08:07:07Z", Map({"a": 1}), ((("a",), 1),))
    assert backend.outputs_written("s", "e") == ((("a",), 1),)
    backend._db.execute("ALTER TABLE stack DROP COLUMN written")
    backend._db.execute("UPDATE meta SET value='1' WHERE key='schema_version'")
    older = SqliteBackend(path)
    assert older.outputs("s", "e") == {"a": 1} and older.outputs_written("s", "e") == ()


@pytest.mark.parametrize("begins", [0, 100, 4096, 8192])
def test_a_damaged_file_is_told_as_that(path: Path, begins: int) -> None:
    backend = SqliteBackend(path)
    lease = backend.acquire("s/e", "me", "apply")
    backend.open_run(lease, run(), b"plan" * 9000)
    backend.append(lease, "r1", Commit(put=tuple(row(f"u{n}") for n in range(400))))
    backend.close()
    data = bytearray(path.read_bytes())
    data[begins:] = bytes(len(data) - begins)
    path.write_bytes(data)
    with pytest.raises(OrchError, match=r"state\.db is damaged") as told:
        again = SqliteBackend(path)
        again.rows("s", "e")
        again.runs()
    assert "orch state rebuild BLUEPRINT" in told.value.problems[0].hint


def test_an_empty_file_is_no_new_project(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    log = path.with_name(f"{path.name}-wal")
    log.write_bytes(b"what was not yet in the file")
    with pytest.raises(OrchError, match="is empty: a project that has one is not new") as told:
        SqliteBackend(path)
    hint = told.value.problems[0].hint
    assert "put back a copy: then orch plan BLUEPRINT" in hint and "orch state rebuild BLUEPRINT" in hint
    assert log.read_bytes() and not path.stat().st_size, "nothing was lost by looking"


def test_a_log_without_its_file_is_not_made_that_of_a_new_one(path: Path) -> None:
    backend = SqliteBackend(path)
    backend.acquire("s/e", "me", "apply")
    path.unlink()  # while the log is there
    with pytest.raises(OrchError, match=r"is gone, and its log .* is still there") as told:
        SqliteBackend(path)
    assert "with its -wal and -shm files" in told.value.problems[0].hint and not path.exists()


def test_a_folder_in_its_place_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(OrchError, match="is a directory") as told:
        SqliteBackend(path)
    assert "orch.yaml" in told.value.problems[0].hint


def test_a_new_file_leaves_nothing_beside_it(path: Path) -> None:
    SqliteBackend(path).close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o777 == 0o600


def test_of_two_that_make_it_at_once_one_is_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has seen no file, and finds one once its own is ready."""
    prepare = SqliteBackend._prepare
    made: list[SqliteBackend] = []

    def slow(self: SqliteBackend) -> None:
        prepare(self)
        if not made:
            made.append(self)
            made.append(SqliteBackend(path))

    monkeypatch.setattr(SqliteBackend, "_prepare", slow)
    assert SqliteBackend(path).lineage() == made[1].lineage()


@pytest.mark.parametrize("mode", ["BEGIN EXCLUSIVE", "PRAGMA locking_mode=EXCLUSIVE"])
def test_a_file_that_another_holds_is_no_full_disk(path: Path, mode: str) -> None:
    backend = SqliteBackend(path)
    backend.acquire("s/e", "other-host:1:1", "apply r2")
    backend.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute(mode)
    if mode.startswith("PRAGMA"):
        other.execute("UPDATE meta SET value=value")
    with pytest.raises(OrchError) as told:
        reading = SqliteBackend(path, patience=0.01)
        assert reading.leases(), "who only reads is not kept out"
        reading.acquire("s/f", "me", "apply")
    (problem,) = told.value.problems
    assert "try again once it has let go" in problem.hint and f"fuser {path}" in problem.hint
    assert "disk" not in problem.message + problem.hint
    if mode.startswith("BEGIN"):
        assert "another process has held it for 0.01 s" in problem.message
        assert "at work on it: other-host:1:1 (apply r2)" in problem.hint
    other.close()
    assert SqliteBackend(path).leases()
