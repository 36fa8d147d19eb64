"""Operations that are accepted and then fail: tried again, but not for ever, and not asked again what they have said."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, ClassVar

import pytest

from providers.memory import MemoryProvider
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Map
from provisioner.protocols.provider import Done, Pending
from tests.memory_stack import Bench, entry, stack_of

ENOUGH = 60  # polls: far more than a delete is tried


class InUse(MemoryProvider):
    """Every delete is accepted, and its operation says that the object is in use."""

    stop: threading.Event

    def delete(self, have: Any, token: str) -> Done | Pending:
        going = Pending(have.place, have.type, have.identity, Map({"operation": "delete"}), writes=False)
        return self.cloud.call(f"delete {have.type}", lambda: going)  # type: ignore[no-any-return]

    def advance(self, pending: Pending, *_rest: Any) -> Done | Pending:
        polls = self.cloud.calls.count("poll")
        if polls >= ENOUGH:
            self.stop.set()

        def failed() -> Done:
            raise ProviderError(Fault.CONFLICT, "it is in use", code="InUse")

        return self.cloud.call("poll", failed)  # type: ignore[no-any-return]


def test_an_operation_that_always_fails_is_given_up(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.apply(stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"})))
    InUse.stop = threading.Event()
    bench.provider = InUse
    report = bench.apply(stack_of(), stop=InUse.stop)
    assert [failure.message for failure in report.failures] == ["it is in use"]
    assert bench.cloud.calls.count("poll") == 10 and report.run.status is RunStatus.PARTIAL
    assert report.failures[0].hint.endswith(
        "or leave it there: orch state forget net --stack test -e dev --identity network-1"
    )


class Overlaid(MemoryProvider):
    """Verbs of two calls, as ARM's are: the first only reads, the second starts an operation. The first operation fails and says
    so each time it is asked (``told``); later ones do their work, at once."""

    started: ClassVar[list[str]]
    told: ClassVar[Fault]
    named: ClassVar[bool] = True
    ended: ClassVar[bool] = False
    failing: ClassVar[int] = 1

    def _going(self, have: Any, next_call: Map, *, writes: bool) -> Pending:
        return Pending(have.place, have.type, "data" if self.named else None, next_call, writes=writes)

    def create(self, want: Any, token: str) -> Done | Pending:
        return self._going(want, Map({"next": "create"}), writes=True)

    def update(self, have: Any, want: Any, diff: Any, token: str) -> Done | Pending:
        return self._going(have, Map({"next": "update"}), writes=True)

    def delete(self, have: Any, token: str) -> Done | Pending:
        return self._going(have, Map({"next": "delete"}), writes=True)

    def advance(self, pending: Pending, have: Any, want: Any, diff: Any, token: str) -> Done | Pending:
        if pending.writes:
            self.started.append(token)
            going = Map({"operation": len(self.started), "verb": pending.continuation["next"]})
            return self._going(pending, going, writes=False)
        if pending.continuation["operation"] <= self.failing and self.told:
            raise ProviderError(self.told, "it has failed", code="Failed", ended=self.ended)
        verb = pending.continuation["verb"]
        if verb == "create":
            return super().create(want, token)
        return super().update(have, want, diff, token) if verb == "update" else super().delete(have, token)


def bucket(**tags: str) -> Stack:
    return stack_of(entry("bucket", "Bucket", {"Name": "data", "Tags": tags}))


def operation(bench: Bench, before: Stack, wanted: Stack, told: Fault, *, named: bool) -> type[Overlaid]:
    """Apply one change whose operation is told to have failed."""
    bench.apply(before)
    provider = type("Told", (Overlaid,), {"started": [], "told": told, "named": named})
    bench.provider = provider
    report = bench.apply(wanted)
    assert [failure.message for failure in report.failures] == ["it has failed"]
    return provider


CHANGES = {
    "create": (stack_of(), bucket(a="b"), True),
    "create, not named yet": (stack_of(), bucket(a="b"), False),
    "update": (bucket(), bucket(a="b"), True),
    "delete": (bucket(), stack_of(), True),
}


@pytest.mark.parametrize("command", ["resume", "plan"])
@pytest.mark.parametrize("name", CHANGES)
def test_an_operation_that_has_failed_is_not_asked_again(tmp_path: Path, name: str, command: str) -> None:
    bench = Bench(tmp_path)
    before, wanted, named = CHANGES[name]
    provider = operation(bench, before, wanted, Fault.INVALID, named=named)
    report = bench.engine().resume() if command == "resume" else bench.apply(wanted)
    assert report.run.status is RunStatus.DONE, report.failures
    assert len(set(provider.started)) == 2, "another operation, with another token"
    assert bench.plan(wanted).empty


@pytest.mark.parametrize("name", CHANGES)
def test_one_that_ends_in_an_error_of_the_clouds_own_is_begun_again_at_once(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path)
    before, wanted, named = CHANGES[name]
    bench.apply(before)
    provider = type("Told", (Overlaid,), {"started": [], "told": Fault.TRANSIENT, "named": named, "ended": True})
    bench.provider = provider
    assert bench.apply(wanted).run.status is RunStatus.DONE
    assert len(set(provider.started)) == 2
    assert bench.plan(wanted).empty


@pytest.mark.parametrize("name", CHANGES)
def test_one_that_always_ends_so_is_given_up_and_begun_again_by_a_resume(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path)
    before, wanted, named = CHANGES[name]
    bench.apply(before)
    more = {"started": [], "told": Fault.TRANSIENT, "named": named, "ended": True, "failing": 4}
    provider = type("Told", (Overlaid,), more)
    bench.provider = provider
    assert [failure.message for failure in bench.apply(wanted).failures] == ["it has failed"]
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert len(set(provider.started)) == 5
    assert bench.plan(wanted).empty


@pytest.mark.parametrize("fault", [Fault.DENIED, Fault.THROTTLED, Fault.UNCERTAIN])
@pytest.mark.parametrize("command", ["resume", "plan"])
@pytest.mark.parametrize("name", CHANGES)
def test_an_operation_that_could_not_be_asked_is_asked_again(
    tmp_path: Path, name: str, command: str, fault: Fault
) -> None:
    bench = Bench(tmp_path)
    before, wanted, named = CHANGES[name]
    provider = operation(bench, before, wanted, fault, named=named)
    provider.told = None  # type: ignore[assignment]
    if command == "resume":
        assert bench.engine().resume().run.status is RunStatus.DONE
    assert bench.plan(wanted).empty
    assert len(provider.started) == 1, "the same operation"


@pytest.mark.parametrize("fault", [Fault.INVALID, Fault.DENIED])
@pytest.mark.parametrize("name", CHANGES)
def test_what_an_operation_has_not_done_is_rolled_back(tmp_path: Path, name: str, fault: Fault) -> None:
    bench = Bench(tmp_path)
    before, wanted, named = CHANGES[name]
    provider = operation(bench, before, wanted, fault, named=named)
    provider.told = None  # type: ignore[assignment]
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert bench.plan(before).empty
