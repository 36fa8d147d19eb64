"""A bug of ours in one step: that step fails and says so, the others go on or stop in order, and the run can be resumed or undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from providers.memory import MemoryCloud, MemoryProvider, Script
from provisioner.applier.applier import Report
from provisioner.model.change import Action
from provisioner.model.event import Event, EventKind
from provisioner.model.fault import Fault
from provisioner.model.problem import OrchError
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.state import container
from tests.memory_stack import Bench, changed, entry, stack_of


class Buggy(MemoryProvider):
    """A provider with a bug in one of its methods, for one type; ``late``: once the work is done."""

    method, kind, late, error = "", "Memory::Network", False, ValueError("too many values")

    def _run(self, method: str, kind: str, work: Callable[[], Any]) -> Any:
        mine = (method, kind) == (self.method, self.kind)
        if mine and not self.late:
            raise self.error
        result = work()
        if mine:
            raise self.error
        return result

    def create(self, want: Any, token: str) -> Any:
        return self._run("create", want.type, lambda: MemoryProvider.create(self, want, token))

    def update(self, have: Any, want: Any, diff: Any, token: str) -> Any:
        return self._run("update", have.type, lambda: MemoryProvider.update(self, have, want, diff, token))

    def delete(self, have: Any, token: str) -> Any:
        return self._run("delete", have.type, lambda: MemoryProvider.delete(self, have, token))

    def advance(self, pending: Any, *rest: Any) -> Any:
        return self._run("advance", pending.type, lambda: MemoryProvider.advance(self, pending, *rest))

    def read(self, read: Any) -> Any:
        return self._run("read", read.type, lambda: MemoryProvider.read(self, read))

    def reads(self, ask: Any) -> Any:
        return self._run("reads", ask.type, lambda: MemoryProvider.reads(self, ask))

    def normalize(self, want: Any) -> Any:
        return self._run("normalize", want.type, lambda: MemoryProvider.normalize(self, want))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def stack() -> Stack:
    return stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16", "Dns": True}),
        entry("bucket", "Bucket", {"Name": "data"}),
        entry("store", "Bucket", {"Name": "more", "Tags": {"of": "x"}}),
    )


def apply_with(bench: Bench, wanted: Stack, method: str, *, late: bool = False, **how: Any) -> Report:
    """Plan, then apply with a bug."""
    plan = bench.plan(wanted)
    buggy = type("Bugged", (Buggy,), {"method": method, "late": late})
    bench.provider = buggy
    try:
        return bench.apply(plan, **how)
    finally:
        bench.provider = MemoryProvider


def told(report: Report) -> None:
    assert report.run.status is RunStatus.PARTIAL
    assert [failure.address for failure in report.failures] == ["net"]
    failure = report.failures[0]
    assert failure.message.startswith("this is a bug in orch, not in your blueprint (ValueError at test_bugs.py:")
    assert "too many values" in failure.message and "--debug" in failure.hint and "Traceback" in failure.trace


BUGS = [("create", False), ("create", True), ("advance", False), ("advance", True), ("normalize", False)]


@pytest.mark.parametrize(("method", "late"), BUGS)
def test_a_bug_in_a_create_fails_its_step_alone(bench: Bench, method: str, late: bool) -> None:
    report = apply_with(bench, stack(), method, late=late, keep_going=True)
    told(report)
    assert report.done == 2 and {"data", "more"} <= set(bench.cloud.objects)
    assert [run.status for run in bench.engine().backend.runs()] == [RunStatus.PARTIAL]
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 3 and bench.plan(stack()).empty


@pytest.mark.parametrize(("method", "late"), BUGS)
def test_what_a_bug_has_left_is_rolled_back(bench: Bench, method: str, late: bool) -> None:
    apply_with(bench, stack(), method, late=late)
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert not bench.cloud.objects and not bench.engine().backend.rows()


@pytest.mark.parametrize("method", ["read", "reads"])
def test_a_bug_in_a_look_leaves_a_doubt_that_the_next_plan_settles(bench: Bench, method: str) -> None:
    bench.cloud.scripts = [Script("create Memory::Network", Fault.UNCERTAIN, lost=True)]
    told(apply_with(bench, stack(), method, keep_going=True))
    assert [c.action for c in bench.plan(stack()).changes if c.address == "net"] == [Action.UPDATE]
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert bench.kinds().count("Memory::Network") == 1 and bench.plan(stack()).empty


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("afterwards", ["resume", "rollback"])
@pytest.mark.parametrize("method", ["update", "delete"])
def test_a_bug_in_an_update_or_a_delete(bench: Bench, method: str, late: bool, afterwards: str) -> None:
    bench.apply(stack())
    more = stack() if method == "update" else stack_of(*stack().resources[1:])
    wanted = changed(more, "net", Rules=["a"]) if method == "update" else more
    told(apply_with(bench, wanted, method, late=late))
    assert getattr(bench.engine(), afterwards)().run.status is RunStatus.DONE
    assert bench.plan(wanted if afterwards == "resume" else stack()).empty


def test_a_bug_that_stays_closes_the_resumed_run_again(bench: Bench) -> None:
    apply_with(bench, stack(), "create")
    bench.provider = type("Bugged", (Buggy,), {"method": "create"})
    assert bench.engine().resume().run.status is RunStatus.PARTIAL
    assert [run.status for run in bench.engine().backend.runs()] == [RunStatus.PARTIAL]


def test_a_listener_that_breaks_leaves_a_run_that_can_be_resumed(bench: Bench) -> None:
    def broken(event: Event) -> None:
        if event.kind is EventKind.DONE:
            raise ValueError("no such colour")

    plan = bench.plan(stack())
    engine = bench.engine()
    engine.on_event = broken
    with pytest.raises(ValueError, match="no such colour"):
        engine.apply(container.pack(plan))
    assert [run.status for run in bench.engine().backend.runs()] == [RunStatus.PARTIAL]
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 3 and bench.plan(stack()).empty


def test_an_error_of_ours_in_a_call_is_no_bug(bench: Bench) -> None:
    class Refusing(MemoryProvider):
        def __init__(self, cloud: MemoryCloud | None = None) -> None:
            super().__init__(cloud)

        def create(self, want: Any, token: str) -> Any:
            raise OrchError("the place has no credentials", hint="log in")

    plan = bench.plan(stack())
    bench.provider = Refusing
    report = bench.apply(plan)
    assert {(failure.message, failure.hint) for failure in report.failures} == {
        ("the place has no credentials", "log in")
    }
