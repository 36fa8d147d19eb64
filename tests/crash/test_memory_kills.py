"""The process dies at every boundary of a run over the in-memory cloud; resumed or rolled back, nothing is left wrong.

A boundary is each journal commit (just before, just after) and each call that writes (just before, just after its work).
``tests/crash`` over the sandboxes kills real processes; this one tries every boundary there is, and says which it was.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from providers.memory import MemoryProvider
from provisioner.model.change import Action
from provisioner.model.resource import Resource
from provisioner.model.run import RunStatus
from provisioner.model.value import freeze
from provisioner.state import container
from tests.memory_stack import PLACE, Bench, changed, typical, without


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it and go on."""


class Reaper:
    """Counts boundaries and dies at the n-th."""

    def __init__(self, at: int) -> None:
        self.at, self.passed, self.dead = at, 0, False

    def boundary(self) -> None:
        self.passed += 1
        if self.dead or self.passed == self.at:
            self.dead = True
            raise Killed

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.boundary()
            result = call(*args, **kwargs)
            self.boundary()
            return result

        return wrapped


def run_until_killed(bench: Bench, stack: Any, at: int) -> bool:
    """Apply, dying at boundary ``at``. Whether it died at all. The plan and its reads are not counted."""
    engine = bench.engine(parallelism=3)
    plan = engine.plan(stack) if not isinstance(stack, container.PlanFile) else None
    file = container.pack(plan) if plan else stack
    reaper = Reaper(at)
    original = bench.cloud.call
    engine.backend.append = reaper.wrap(engine.backend.append)  # type: ignore[method-assign]
    engine.backend.close_run = reaper.wrap(engine.backend.close_run)  # type: ignore[method-assign]

    def call(operation: str, work: Any) -> Any:
        return (
            original(operation, work)
            if operation.startswith(("read", "identify"))
            else reaper.wrap(original)(operation, work)
        )

    bench.cloud.call = call  # type: ignore[method-assign]
    try:
        engine.apply(file)
    except Killed:
        return True
    finally:
        bench.cloud.call = original  # type: ignore[method-assign]
        engine.backend.close()
    return False


def everywhere(tmp_path: Path, prepare: Callable[[Bench], Any], check: Callable[[Bench, str], None]) -> int:
    """Kill at boundary 1, 2, 3… until a run survives; ``check`` after each."""
    at = 0
    while True:
        at += 1
        bench = Bench(tmp_path / str(at))
        if not run_until_killed(bench, prepare(bench), at):
            return at - 1
        check(bench, f"killed at boundary {at}")


def assert_converged(bench: Bench, stack: Any, count: int, why: str) -> None:
    kinds = bench.kinds()
    assert len(kinds) == count, (why, kinds)
    plan = bench.plan(stack)
    assert plan.empty, (why, [(c.address, c.action) for c in plan.changes if c.action is not Action.NOOP], plan.notes)
    assert not plan.notes, (why, plan.notes)
    rows = bench.engine().backend.rows()
    assert sorted(r.identity or "" for r in rows) == sorted(bench.cloud.objects), why


def resume(bench: Bench, why: str) -> None:
    if bench.engine().backend.runs()[0].status is RunStatus.DONE:
        return  # killed after its very last commit
    report = bench.engine().resume()
    assert report.run.status is RunStatus.DONE, (why, report.failures)


def test_resume_after_a_creation_was_killed(tmp_path: Path) -> None:
    def check(bench: Bench, why: str) -> None:
        resume(bench, why)
        assert_converged(bench, typical(), 7, why)

    assert everywhere(tmp_path, lambda _: typical(), check) > 20


def test_rollback_after_a_creation_was_killed(tmp_path: Path) -> None:
    def check(bench: Bench, why: str) -> None:
        report = bench.engine().rollback()
        assert report.run.status is RunStatus.DONE, (why, report.failures)
        assert not bench.cloud.objects, (why, bench.kinds())
        assert not bench.engine().backend.rows(), why

    assert everywhere(tmp_path, lambda _: typical(), check) > 20


def later() -> Any:
    """Updates, replacements and deletions at once."""
    new = changed(typical(), "net", Cidr="10.1.0.0/16", Dns=False)
    return without(changed(new, "bucket", Tags={"team": "z"}), "dns", "sub-b")


def prepared(bench: Bench) -> Any:
    bench.apply(typical())
    return later()


def test_resume_after_a_change_was_killed(tmp_path: Path) -> None:
    def check(bench: Bench, why: str) -> None:
        resume(bench, why)
        assert_converged(bench, later(), 5, why)

    assert everywhere(tmp_path, prepared, check) > 30


def test_rollback_after_a_change_was_killed(tmp_path: Path) -> None:
    def check(bench: Bench, why: str) -> None:
        report = bench.engine().rollback()
        assert report.run.status is RunStatus.DONE, (why, report.failures)
        assert len(bench.cloud.objects) == 7, (why, bench.kinds())
        plan = bench.plan(typical())
        wrong = [(c.address, c.action) for c in plan.changes if c.action not in (Action.NOOP, Action.UPDATE)]
        assert not wrong, (why, wrong)

    assert everywhere(tmp_path, prepared, check) > 30


def test_a_killed_rollback_is_resumed(tmp_path: Path) -> None:
    def prepare(bench: Bench) -> Any:
        bench.apply(typical())
        return bench.engine().compensation()

    def check(bench: Bench, why: str) -> None:
        resume(bench, why)
        assert not bench.cloud.objects, (why, bench.kinds())
        assert not bench.engine().backend.rows(), why

    assert everywhere(tmp_path, prepare, check) > 10


def test_a_bucket_that_was_there_before_survives_every_rollback(tmp_path: Path) -> None:
    """us-east-1's CreateBucket succeeds on a bucket one already has: the worst case of all."""

    bench = Bench(tmp_path / "one")
    engine = bench.engine()
    file = container.pack(engine.plan(typical()))
    original = bench.cloud.call

    def call(operation: str, work: Any) -> Any:
        result = original(operation, work)
        if operation == "read Memory::Bucket":  # looked, and it was not there: now somebody else is faster
            theirs = Resource("theirs", "Memory::Bucket", PLACE, freeze({"Name": "data", "Tags": {"of": "them"}}))
            MemoryProvider(bench.cloud).create(theirs, "")
        return result

    bench.cloud.call = call  # type: ignore[method-assign]
    report = engine.apply(file)
    bench.cloud.call = original  # type: ignore[method-assign]
    assert [(f.address, "not ours" in f.message) for f in report.failures] == [("bucket", True)]
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert bench.bodies() == {"data": {"Name": "data", "Tags": {"of": "them"}, "Id": "data", "Dns": False}}


def go_on(bench: Bench, stack: Any, count: int, why: str) -> None:
    """Nobody resumes or rolls back: the next plan knows the dead run's work as ours, its apply finishes, nothing ends there."""
    first = bench.plan(stack)
    assert not first.drift and not first.proposals, (why, first.drift, first.proposals)
    report = bench.apply(stack)
    assert report.run.status is RunStatus.DONE, (why, report.failures)
    assert_converged(bench, stack, count, why)
    anew = changed(stack, "net", Cidr="10.8.0.0/16")
    assert bench.apply(anew).run.status is RunStatus.DONE, why
    assert_converged(bench, anew, count, why)
    assert bench.apply(bench.plan(anew, destroy=True)).run.status is RunStatus.DONE, why
    assert not bench.cloud.objects and not bench.engine().backend.rows(), why


def test_a_plan_made_anew_after_a_creation_was_killed(tmp_path: Path) -> None:
    assert everywhere(tmp_path, lambda _: typical(), lambda bench, why: go_on(bench, typical(), 7, why)) > 20


def test_a_plan_made_anew_after_a_change_was_killed(tmp_path: Path) -> None:
    assert everywhere(tmp_path, prepared, lambda bench, why: go_on(bench, later(), 5, why)) > 30


def test_a_plan_made_anew_after_a_rollback_was_killed(tmp_path: Path) -> None:
    def prepare(bench: Bench) -> Any:
        bench.apply(typical())
        bench.apply(later())
        return bench.engine().compensation()

    assert everywhere(tmp_path, prepare, lambda bench, why: go_on(bench, typical(), 7, why)) > 30


def test_a_killed_rollback_is_begun_again(tmp_path: Path) -> None:
    def prepare(bench: Bench) -> Any:
        bench.apply(typical())
        bench.apply(later())
        return bench.engine().compensation()

    def check(bench: Bench, why: str) -> None:
        undone = next(run for run in bench.engine().backend.runs() if not run.undoes)
        if undone.status is not RunStatus.ROLLED_BACK:
            report = bench.engine().rollback(undone.id)
            assert report.run.status is RunStatus.DONE, (why, report.failures)
        else:
            resume(bench, why)
        assert len(bench.kinds()) == 7, (why, bench.kinds())
        plan = bench.plan(typical())
        wrong = [(c.address, c.action) for c in plan.changes if c.action is not Action.NOOP]
        assert not wrong, (why, wrong)

    assert everywhere(tmp_path, prepare, check) > 30
