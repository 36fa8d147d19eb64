"""``orch state move`` and ``forget``: what is recorded changes, objects do not, and both can be taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import MemoryProvider, Script
from provisioner import keeping
from provisioner.applier.applier import Report
from provisioner.model.change import Action
from provisioner.model.fault import Fault
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Plan, Verb
from provisioner.model.problem import OrchError, StaleError
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Map
from provisioner.protocols.backend import LeaseHeldError
from provisioner.protocols.provider import Ask, Read
from tests.memory_stack import Bench, changed, entry, ref, stack_of, typical, without


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def move(bench: Bench, old: str, new: str, **where: Any) -> Plan:
    given = {"stack": None, "environment": None, "to_stack": None, **where}
    return keeping.move(bench.engine(), old, new, **given)


def forget(bench: Bench, address: str, **where: Any) -> Plan:
    given = {"stack": None, "environment": None, "identity": None, **where}
    return keeping.forget(bench.engine(), address, **given)


def called(stack: Stack, name: str) -> Stack:
    return replace(stack, name=name)


def renamed(stack: Stack, old: str, new: str) -> Stack:
    return replace(stack, resources=tuple(replace(r, address=new) if r.address == old else r for r in stack.resources))


def rows(bench: Bench, stack: str | None = None) -> dict[str, LedgerRow]:
    return {f"{row.stack}/{row.address}": row for row in bench.engine().backend.rows(stack)}


BUCKET = stack_of(entry("bucket", "Bucket", {"Name": "data", "Tags": {"team": "x"}}), outputs={"name": "data"})


# --- move -----------------------------------------------------------------------------------------------------------------


def test_a_moved_resource_is_the_same_object_under_another_address(bench: Bench) -> None:
    bench.apply(BUCKET)
    before, calls = rows(bench)["test/bucket"], len(bench.cloud.calls)
    plan = move(bench, "bucket", "store")
    assert [(step.verb, step.address) for step in plan.steps] == [(Verb.MOVE, "store")]
    bench.apply(plan)
    after = rows(bench)["test/store"]
    assert (after.uid, after.generation, after.identity, after.applied, after.baseline) == (
        before.uid, before.generation, before.identity, before.applied, before.baseline,
    )  # fmt: skip
    assert len(bench.cloud.calls) == calls, "no cloud is asked"
    assert bench.plan(renamed(BUCKET, "bucket", "store")).empty


def test_a_move_hides_no_drift(bench: Bench) -> None:
    bench.apply(BUCKET)
    bench.cloud.objects["data"].body["Data"] = "by hand"
    bench.apply(move(bench, "bucket", "store"))
    assert [drift.address for drift in bench.plan(renamed(BUCKET, "bucket", "store")).drift] == ["store"]


@pytest.mark.parametrize("to_stack", [None, "other"])
def test_a_move_is_taken_back(bench: Bench, to_stack: str | None) -> None:
    bench.apply(BUCKET)
    before = rows(bench)["test/bucket"]
    bench.apply(move(bench, "bucket", "store", to_stack=to_stack))
    assert bench.engine().rollback().run.status is RunStatus.DONE
    (after,) = rows(bench).values()
    assert replace(after, run="") == replace(before, run="")
    assert bench.plan(BUCKET).empty


def test_a_resource_moves_into_another_stack(bench: Bench) -> None:
    both = stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"}), entry("bucket", "Bucket", {"Name": "data"}))
    bench.apply(both)
    calls = len(bench.cloud.calls)
    bench.apply(move(bench, "bucket", "bucket", to_stack="other"))
    assert len(bench.cloud.calls) == calls
    assert sorted(rows(bench)) == ["other/bucket", "test/net"]
    assert bench.plan(without(both, "bucket")).empty
    assert bench.plan(called(without(both, "net"), "other")).empty


def test_a_move_says_who_is_left_behind(bench: Bench) -> None:
    bench.apply(typical())
    plan = move(bench, "net", "net", to_stack="other")
    assert "link, sub-a, sub-b of stack test need it: no plan of one stack waits for the other" in plan.notes


def test_the_stack_that_a_resource_comes_to_is_locked_too(bench: Bench) -> None:
    bench.apply(BUCKET)
    plan = move(bench, "bucket", "bucket", to_stack="other")
    lease = bench.engine().backend.acquire("other/dev", "elsewhere:1:2", "apply")
    with pytest.raises(LeaseHeldError):
        bench.apply(plan)
    bench.engine().backend.check_free("test/dev")  # nothing is left locked
    bench.engine().backend.release(lease)
    bench.apply(plan)


def test_a_move_is_stale_once_its_new_address_is_taken(bench: Bench) -> None:
    bench.apply(BUCKET)
    plan = move(bench, "bucket", "net", to_stack="other")
    bench.apply(called(stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"})), "other"))
    with pytest.raises(StaleError, match="another run has made it"):
        bench.apply(plan)
    assert sorted(rows(bench)) == ["other/net", "test/bucket"]


def test_a_plan_of_the_old_stack_is_stale_after_a_move(bench: Bench) -> None:
    bench.apply(BUCKET)
    gone = bench.plan(stack_of())
    assert [change.action for change in gone.changes] == [Action.DELETE]
    bench.apply(move(bench, "bucket", "bucket", to_stack="other"))
    with pytest.raises(StaleError):
        bench.apply(gone)
    assert "data" in bench.cloud.objects


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("nope", "x", {}, "no object called nope is owned"),
        ("bucket", "bucket", {}, "is called so already"),
        ("bucket", "net", {}, "stack test has net already"),
        ("bucket", "a b", {}, "is no address"),
        ("bucket", "a//b", {}, "is no address"),
        ("bucket", "x", {"to_stack": "no/stack"}, "cannot be the name of a stack"),
        ("bucket", "x", {"stack": "other"}, "no object called bucket is owned"),
        ("twice", "x", {}, "is owned in 2 stacks"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(
    bench: Bench, old: str, new: str, where: dict[str, str], message: str
) -> None:
    more = entry("net", "Network", {"Cidr": "10.0.0.0/16"}), entry("twice", "Network", {"Cidr": "10.1.0.0/16"})
    bench.apply(stack_of(*BUCKET.resources, *more))
    bench.apply(called(stack_of(entry("twice", "Network", {"Cidr": "10.2.0.0/16"})), "third"))
    with pytest.raises(OrchError, match=message):
        move(bench, old, new, **where)


# --- forget ---------------------------------------------------------------------------------------------------------------


def test_what_is_forgotten_stays_without_our_mark(bench: Bench) -> None:
    bench.apply(BUCKET)
    plan = forget(bench, "bucket")
    assert [(change.action, change.retain) for change in plan.changes] == [(Action.FORGET, True)]
    bench.apply(plan)
    assert not rows(bench) and bench.cloud.objects["data"].owner is None
    assert bench.cloud.objects["data"].body["Tags"] == {"team": "x"}


def test_a_forgotten_resource_is_owned_again_after_a_rollback(bench: Bench) -> None:
    bench.apply(BUCKET)
    owner = bench.cloud.objects["data"].owner
    bench.apply(forget(bench, "bucket"))
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert bench.cloud.objects["data"].owner == owner
    assert bench.plan(BUCKET).empty


def test_what_is_gone_already_loses_its_record(bench: Bench) -> None:
    bench.apply(BUCKET)
    del bench.cloud.objects["data"]
    plan = forget(bench, "bucket")
    assert "no longer exists" in plan.changes[0].because[0].message and not plan.changes[0].retain
    bench.apply(plan)
    assert not rows(bench)


def test_somebody_elses_object_keeps_its_mark(bench: Bench) -> None:
    bench.apply(BUCKET)
    other = replace(bench.cloud.objects["data"].owner or pytest.fail(), lineage="x" * 26)
    bench.cloud.objects["data"].owner = other
    bench.apply(forget(bench, "bucket"))
    assert not rows(bench) and bench.cloud.objects["data"].owner == other


def test_a_forget_is_stale_once_the_mark_has_changed(bench: Bench) -> None:
    bench.apply(BUCKET)
    plan = forget(bench, "bucket")
    bench.cloud.objects["data"].owner = None
    with pytest.raises(StaleError, match="mark"):
        bench.apply(plan)


def test_nothing_is_forgotten_that_cannot_be_read(bench: Bench) -> None:
    bench.apply(BUCKET)
    bench.cloud.scripts.append(Script("read Memory::Bucket", Fault.DENIED))
    with pytest.raises(OrchError, match="cannot read bucket"):
        forget(bench, "bucket")


def test_a_guard_that_goes_with_a_record_is_told(bench: Bench) -> None:
    guarded = stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"}, protect=True), entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"}))  # fmt: skip
    bench.apply(guarded)
    notes = " ".join(forget(bench, "net").notes)
    assert "protected" in notes and "sub needs it, and no longer waits" in notes


def test_outputs_stay_as_they_are(bench: Bench) -> None:
    bench.apply(BUCKET)
    bench.apply(move(bench, "bucket", "store"))
    bench.apply(forget(bench, "store"))
    assert bench.engine().backend.outputs("test", "dev") == Map({"name": "data"})


# --- two objects under one address ----------------------------------------------------------------------------------------

NET = stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"}), entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"}))  # fmt: skip
WIDER = changed(changed(NET, "net", Cidr="10.1.0.0/16"), "sub", Cidr="10.1.1.0/24")


def held(bench: Bench) -> tuple[Report, str, str]:
    """A replacement whose old network could not be deleted: how it ended, what the old one is called, and the new one."""
    bench.apply(NET)
    bench.cloud.scripts.append(Script("delete Memory::Network", Fault.CONFLICT, times=99, message="in use"))
    report = bench.apply(WIDER)
    bench.cloud.scripts.clear()
    return report, *roles(bench)


def roles(bench: Bench) -> tuple[str, ...]:
    """What the network's objects are called, and that just the last one is current."""
    found = sorted(
        (r.generation, r.role, r.identity or "") for r in bench.engine().backend.rows() if r.address == "net"
    )
    assert [role for _, role, _ in found] == [*["superseded"] * (len(found) - 1), "current"][: len(found)]
    return tuple(identity for _, _, identity in found)


def test_of_two_objects_of_an_address_the_one_that_goes_is_named(bench: Bench) -> None:
    _, old, new = held(bench)
    with pytest.raises(OrchError) as caught:
        forget(bench, "net")
    (problem,) = caught.value.problems
    assert problem.message == f"net has 2 objects: {old} (superseded) and {new}"
    command = "orch state forget net --stack test -e dev --identity"
    assert problem.hint == f"say which one is let go: {command} {old}\nor: {command} {new}"
    with pytest.raises(OrchError, match="net has no object net-99") as caught:
        forget(bench, "net", identity="net-99")
    assert f"{command} {old}" in caught.value.problems[0].hint


def test_a_failed_delete_says_how_to_let_go_of_what_is_left_over_and_of_nothing_else(bench: Bench) -> None:
    report, old, new = held(bench)
    (failure,) = report.failures
    assert failure.hint.endswith(f"leave it there: orch state forget net --stack test -e dev --identity {old}")
    plan = forget(bench, "net", stack="test", environment="dev", identity=old)
    assert [step.row and step.row.identity for step in plan.steps] == [old]
    assert plan.notes == (f"net still has {new}",)
    bench.apply(plan)
    assert roles(bench) == (new,) and bench.plan(WIDER).empty


def test_what_was_left_over_is_left_over_again_after_a_rollback(bench: Bench) -> None:
    _, old, new = held(bench)
    bench.apply(forget(bench, "net", identity=old))
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert roles(bench) == (old, new)
    (change,) = bench.plan(WIDER).changes[-1:]
    assert change.because[0].message == "left over from a replacement that was not finished"


def test_the_new_one_is_let_go_and_had_back(bench: Bench) -> None:
    _, old, new = held(bench)
    bench.apply(forget(bench, "net", identity=new))
    rest = bench.engine().backend.rows()
    assert [(r.identity, r.role) for r in rest if r.address == "net"] == [(old, Role.CURRENT)]
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert roles(bench) == (old, new)


class Unlisted(MemoryProvider):
    """What can be read by its id alone, so that nobody finds out about a create whose answer was lost."""

    def reads(self, ask: Ask) -> list[Read]:
        return super().reads(ask) if ask.identities else []


def test_what_is_in_doubt_is_let_go_before_what_is_owned(bench: Bench) -> None:
    net = without(NET, "sub")
    bench.provider = Unlisted
    bench.apply(net)
    (owned,) = roles(bench)
    bench.cloud.scripts.append(Script("create Memory::Network", Fault.UNCERTAIN, times=99, lost=True))
    bench.apply(changed(net, "net", Cidr="10.1.0.0/16"))
    with pytest.raises(OrchError, match="has left the create of net in doubt") as caught:
        bench.plan(net)
    assert "orch state forget net --stack test -e dev" in caught.value.problems[0].hint
    plan = forget(bench, "net")
    assert [step.row for step in plan.steps] == [None] and f"net still has {owned}" in plan.notes
    bench.apply(plan)
    assert roles(bench) == (owned,) and bench.plan(net).empty
