"""A call may have been done although it failed: nothing may forget that before somebody has looked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import MemoryProvider, Script, _Object
from provisioner.model.fault import Fault
from provisioner.model.problem import OrchError
from provisioner.model.resource import Options
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Map
from provisioner.protocols.provider import Done, Pending
from provisioner.state import container
from tests.memory_stack import Bench, entry, ref, stack_of, typical, without

LOST = Script("create Memory::Network", Fault.UNCERTAIN, lost=True)


class Killed(BaseException):
    """Stands for SIGKILL."""


class Unnamed(MemoryProvider):
    """A machine whose create names it only once its operation is through, as Cloud Control does."""

    def create(self, want: Any, token: str) -> Done | Pending:
        return self._hidden(super().create(want, token))

    def advance(self, pending: Pending, *rest: Any) -> Done | Pending:
        known = str(pending.continuation["object"])
        return self._hidden(super().advance(replace(pending, identity=known), *rest))

    def _hidden(self, answer: Done | Pending) -> Done | Pending:
        if isinstance(answer, Done):
            return answer
        return replace(answer, identity=None, continuation=Map({**answer.continuation, "object": answer.identity}))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def network() -> Stack:
    return stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"}))


def apply_with(bench: Bench, stack: Stack, *scripts: Script) -> None:
    """Plan, then apply while these things go wrong."""
    plan = bench.plan(stack)
    bench.cloud.scripts = list(scripts)
    assert bench.apply(plan).run.status is RunStatus.PARTIAL
    bench.cloud.scripts = []


def unreadable(times: int = -1) -> Script:
    return Script("read Memory::Network", Fault.DENIED, times=times)


def test_what_could_not_be_looked_for_is_not_made_again(bench: Bench) -> None:
    apply_with(bench, network(), replace(LOST), unreadable())
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 1 and bench.plan(network()).empty


def test_what_could_not_be_looked_for_is_rolled_back(bench: Bench) -> None:
    apply_with(bench, network(), replace(LOST), unreadable())
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert not bench.cloud.objects


def test_a_rollback_that_cannot_see_is_refused(bench: Bench) -> None:
    apply_with(bench, network(), replace(LOST), unreadable())
    bench.cloud.scripts = [unreadable()]
    with pytest.raises(OrchError, match="cannot be found out whether the last create of net"):
        bench.engine().rollback()
    bench.cloud.scripts = []
    bench.engine().rollback()
    assert not bench.cloud.objects


def test_the_last_try_may_have_been_done_too(bench: Bench) -> None:
    apply_with(bench, network(), Script("create Memory::Network", Fault.UNCERTAIN, times=6), replace(LOST))
    assert len(bench.cloud.objects) == 1
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 1 and bench.plan(network()).empty


@pytest.mark.parametrize("fault", [Fault.DENIED, Fault.UNCERTAIN])
@pytest.mark.parametrize("back", [False, True])
def test_a_poll_that_failed_says_nothing_of_its_operation(bench: Bench, fault: Fault, *, back: bool) -> None:
    """Credentials run out while a create that has not named its object yet goes on."""
    bench.provider = Unnamed
    machine = stack_of(entry("vm", "Machine", {"Size": 1}))
    apply_with(bench, machine, Script("advance", fault, times=4))
    engine = bench.engine()
    assert (engine.rollback() if back else engine.resume()).run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == (0 if back else 1)


def test_a_delete_that_was_done_without_saying_so_is_undone(bench: Bench) -> None:
    bench.apply(typical())
    faults = [Script("delete", Fault.UNCERTAIN, times=3), Script("delete", Fault.UNCERTAIN, lost=True)]
    apply_with(bench, without(typical(), "dns"), *faults)
    assert len(bench.cloud.objects) == 6
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 7 and bench.plan(typical()).empty


def test_one_step_that_stays_unknown_keeps_no_other_from_being_settled(bench: Bench) -> None:
    stack = stack_of(entry("vm", "Machine", {"Size": 1}), entry("net", "Network", {"Cidr": "10.0.0.0/16"}))
    engine = bench.engine()
    plan = container.pack(engine.plan(stack))

    def dying(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def done() -> Any:
            work()
            raise Killed

        return done if operation.startswith("create") else work

    with bench.calls(dying), pytest.raises(Killed):
        engine.apply(plan)
    engine.backend.close()
    bench.cloud.scripts = [Script("read Memory::Machine", Fault.DENIED, times=-1)]
    with pytest.raises(OrchError, match="last create of vm"):
        bench.engine(parallelism=1).rollback()
    assert [row.address for row in bench.engine().backend.rows()] == ["net"]
    bench.cloud.scripts = []
    bench.engine().rollback()
    assert not bench.cloud.objects


def test_a_resumed_delete_leaves_what_another_has_made_under_the_name(bench: Bench) -> None:
    bucket = stack_of(entry("bucket", "Bucket", {"Name": "data"}))
    bench.apply(bucket)
    apply_with(bench, stack_of(), Script("delete", Fault.UNCERTAIN, times=3), Script("delete", Fault.DENIED, lost=True))
    assert not bench.cloud.objects
    theirs = Bench(bench.path.parent / "theirs")
    theirs.cloud = bench.cloud
    theirs.apply(bucket)
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert list(bench.cloud.objects) == ["data"]
    assert not bench.engine().backend.rows()


def link(data: str = "") -> Stack:
    """A link that carries no mark, on a bucket of its own."""
    more = {"Data": data} if data else {}
    ends = [
        entry("bucket", "Bucket", {"Name": "data"}),
        entry("link", "Link", {"From": ref("bucket", "Id"), "To": "x", **more}),
    ]
    return stack_of(*ends)


def strangers(bench: Bench) -> str:
    """A create that got no answer and was not done; somebody then makes the object otherwise. The run."""
    apply_with(bench, link("ours"), Script("create Memory::Link", Fault.UNCERTAIN, times=7))
    bench.cloud.objects["data|x"] = _Object(
        "Memory::Link", "data|x", {"From": "data", "To": "x", "Data": "theirs", "Id": "data|x", "Born": 1}, None
    )
    return bench.engine().backend.runs()[0].id


def test_what_differs_from_what_a_create_would_have_made_is_left_to_a_person(bench: Bench) -> None:
    run = strangers(bench)
    report = bench.engine().resume()
    (failure,) = report.failures
    assert failure.message == "data|x stands there, and may be ours or not: Data is not as this run makes it"
    ways = ("adopt: data|x", f"orch resume {run}", f"orch rollback {run}")
    assert all(way in failure.hint for way in ways), failure.hint
    assert [row.address for row in bench.engine().backend.rows()] == ["bucket"]
    adopted = stack_of(*link("ours").resources[:1], replace(link("ours").resources[1], options=Options(adopt="data|x")))
    assert bench.apply(adopted).run.status is RunStatus.DONE
    assert [row.address for row in bench.engine().backend.rows()] == ["bucket", "link"]


@pytest.mark.parametrize("planned", [False, True])
def test_a_rollback_leaves_it_with_what_it_stands_on_and_says_so(bench: Bench, *, planned: bool) -> None:
    strangers(bench)
    if planned:  # which settles the doubt before the rollback does
        bench.plan(link("ours"))
    report = bench.engine().rollback()
    assert report.run.status is RunStatus.DONE
    assert report.notes == (
        "link: data|x stands there, and may be ours or not: Data is not as this run makes it; it is left as it is",
        "bucket stays: link needs it",
    )
    assert sorted(bench.cloud.objects) == ["data", "data|x"]
    del bench.cloud.objects["data|x"]
    bench.apply(bench.plan(link(), destroy=True))
    assert not bench.cloud.objects


@pytest.mark.parametrize("back", [False, True])
def test_what_was_never_sent_has_made_nothing(bench: Bench, *, back: bool) -> None:
    """Not even what stands there just as it was wanted."""
    bucket = stack_of(entry("bucket", "Bucket", {"Name": "data"}))
    apply_with(bench, bucket, Script("create", Fault.TRANSIENT, times=-1, unsent=True))
    assert set(bench.cloud.calls[-3:]) == {"create Memory::Bucket"}  # nothing to look for in between
    bench.cloud.objects["data"] = _Object("Memory::Bucket", "data", {"Name": "data", "Id": "data"}, None)
    engine = bench.engine()
    report = engine.rollback() if back else engine.resume()
    assert report.run.status is (RunStatus.DONE if back else RunStatus.PARTIAL) and "data" in bench.cloud.objects
    assert back or "already exists and is not ours" in report.failures[0].message
    assert not report.notes and not engine.backend.rows()
