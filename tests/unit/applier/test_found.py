"""Steps that find an object where they were to make one: whose it is, and what is still to be done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import MemoryProvider
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.problem import OrchError
from provisioner.model.resource import Observed, Resource
from provisioner.model.run import RunStatus
from provisioner.model.value import Map, freeze
from provisioner.protocols.provider import Done, Pending
from tests.memory_stack import PLACE, Bench, entry, ref, stack_of

BUCKET = stack_of(entry("bucket", "Bucket", {"Name": "data", "Size": 3}))


class Gradual(MemoryProvider):
    """Its updates take two calls, the second of which changes something."""

    def update(self, have: Observed, want: Resource, diff: Diff, token: str) -> Done | Pending:
        again = Pending(have.place, have.type, have.identity, Map({"calls": ("update",)}), writes=True)
        return self.cloud.call(f"prepare {have.type}", lambda: again)  # type: ignore[no-any-return]

    def advance(self, pending: Pending, have: Any, want: Any, diff: Any, token: str) -> Done | Pending:
        return super().update(have, want, diff, token)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_another_was_faster_to_make_is_not_claimed(bench: Bench) -> None:
    """An untagged type: the read shows nothing, then our create is refused because it exists."""
    link = stack_of(
        entry("a", "Network", {"Cidr": "10.0.0.0/16"}),
        entry("b", "Network", {"Cidr": "10.1.0.0/16"}),
        entry("link", "Link", {"From": ref("a", "Id"), "To": ref("b", "Id")}),
    )

    def faster(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def refused() -> Any:
            work()
            raise ProviderError(Fault.CONFLICT, "it exists", code="AlreadyExists")

        return refused if operation == "create Memory::Link" else work

    with bench.calls(faster):
        report = bench.apply(link)
    assert [(f.address, "is not ours" in f.message) for f in report.failures] == [("link", True)]
    assert "link" not in {row.address for row in bench.engine().backend.rows()}


def half_made(bench: Bench) -> Callable[[str, Callable[[], Any]], Callable[[], Any]]:
    """The bucket is made, without the rest and without its mark, and the answer is lost."""

    def change(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def lost() -> Any:
            work()
            bench.cloud.objects["data"].owner = None
            bench.cloud.objects["data"].body["Size"] = 0
            raise ProviderError(Fault.UNCERTAIN, "no answer")

        def denied() -> Any:
            raise ProviderError(Fault.DENIED, "not you")

        later = {"create Memory::Bucket": lost, "update Memory::Bucket": denied}
        return later.get(operation, work)

    return change


def test_what_was_made_without_its_mark_is_marked(bench: Bench) -> None:
    def lost_tags(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def lost() -> Any:
            work()
            bench.cloud.objects["data"].owner = None
            raise ProviderError(Fault.UNCERTAIN, "no answer")

        return lost if operation == "create Memory::Bucket" else work

    with bench.calls(lost_tags):
        assert bench.apply(BUCKET).run.status is RunStatus.DONE
    assert bench.cloud.objects["data"].owner is not None


def test_the_rest_of_a_create_is_resumed_as_what_it_was(bench: Bench) -> None:
    bench.provider = Gradual
    with bench.calls(half_made(bench)):
        assert bench.apply(BUCKET).run.status is RunStatus.PARTIAL
    assert bench.bodies()["data"]["Size"] == 0
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert bench.bodies()["data"]["Size"] == 3 and bench.plan(BUCKET).empty


def test_a_stale_absence_claims_nothing(bench: Bench) -> None:
    """Looked, refused for another reason; by the time of the resume somebody else has the name."""
    link = stack_of(entry("b", "Bucket", {"Name": "other"}), entry("link", "Link", {"From": ref("b"), "To": "x"}))

    def denied(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def refused() -> Any:
            raise ProviderError(Fault.QUOTA, "too many")

        return refused if operation == "create Memory::Link" else work

    with bench.calls(denied):
        bench.apply(link)
    theirs = Resource("t", "Memory::Link", PLACE, freeze({"From": "other", "To": "x", "Name": "theirs"}))
    MemoryProvider(bench.cloud).create(theirs, "")

    def exists(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def refused() -> Any:
            raise ProviderError(Fault.CONFLICT, "it exists", code="AlreadyExists")

        return refused if operation == "create Memory::Link" else work

    with bench.calls(exists):
        report = bench.engine().resume()
    assert [(f.address, "is not ours" in f.message) for f in report.failures] == [("link", True)]
    assert bench.bodies()["other|x"]["Name"] == "theirs"


def broken_bucket(bench: Bench) -> None:
    bench.cloud.objects["data"].body["State"] = "failed"


def test_what_is_as_wanted_but_broken_is_updated(bench: Bench) -> None:
    bench.apply(BUCKET)
    broken_bucket(bench)
    plan = bench.plan(BUCKET)
    assert [(str(c.action), c.because[0].message) for c in plan.changes] == [
        ("update", "State is failed: its last change came to nothing, and is sent again")
    ]
    assert bench.apply(plan).run.status is RunStatus.DONE
    assert bench.plan(BUCKET).empty


def test_a_create_is_not_through_while_what_it_made_is_broken(bench: Bench) -> None:
    def lost(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def half() -> Any:
            work()
            broken_bucket(bench)
            raise ProviderError(Fault.UNCERTAIN, "no answer")

        return half if operation == "create Memory::Bucket" else work

    with bench.calls(lost):
        assert bench.apply(BUCKET).run.status is RunStatus.DONE
    assert "State" not in bench.bodies()["data"] and bench.plan(BUCKET).empty


def test_of_two_entries_whose_one_name_shows_late_the_second_fails_and_takes_nothing(bench: Bench) -> None:
    names = {"Name": ref("vm", "Address")}
    stack = stack_of(entry("vm", "Machine"), entry("a", "Bucket", names), entry("b", "Bucket", names))
    for resumed in (False, True):
        report = bench.engine().resume() if resumed else bench.apply(stack)
        assert report.run.status is RunStatus.PARTIAL
        assert [(each.address, each.message) for each in report.failures] == [
            ("b", "10.0.0.2 is what a has made in this run")
        ]
    (row,) = (row for row in bench.engine().backend.rows() if row.type == "Memory::Bucket")
    owner = bench.cloud.objects["10.0.0.2"].owner
    assert row.address == "a" and owner is not None and owner.uid == row.uid
    refused = r"b and a \(b\.yaml:1\) both name data: one object cannot be two entries"
    with pytest.raises(OrchError, match=refused):
        bench.plan(stack_of(*(entry(address, "Bucket", {"Name": "data"}) for address in "ab")))
    bench.engine().rollback()
    assert not bench.cloud.objects


def test_what_another_stack_would_have_again_is_not_made(bench: Bench) -> None:
    bench.apply(stack_of(entry("a", "Bucket", {"Name": "data"})))
    bench.cloud.objects.clear()
    other = replace(stack_of(entry("b", "Bucket", {"Name": "data"})), name="other")
    with pytest.raises(OrchError, match="data stands in the ledger as a of stack test in dev, though it is gone"):
        bench.plan(other)
