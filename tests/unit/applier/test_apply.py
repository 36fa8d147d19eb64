"""Plan and apply over the in-memory cloud: the whole core, without a blueprint or a real cloud."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import MemoryProvider, Script
from provisioner.model.change import Action
from provisioner.model.fault import Fault
from provisioner.model.problem import OrchError, StaleError
from provisioner.model.resource_type import ResourceType
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import ABSENT, Interpolation, JsonText, Map, put
from provisioner.protocols.backend import PlanUsedError
from provisioner.protocols.provider import Read, ReadResult
from provisioner.state import container
from tests.memory_stack import Bench, changed, entry, ref, stack_of, typical, without


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def actions(plan: object) -> dict[str, str]:
    return {c.address: str(c.action) for c in plan.changes if c.action is not Action.NOOP}  # type: ignore[attr-defined]


def test_everything_is_created_and_the_next_plan_is_empty(bench: Bench) -> None:
    report = bench.apply(typical())
    assert report.run.status is RunStatus.DONE, report.failures
    assert len(bench.cloud.objects) == 7
    plan = bench.plan(typical())
    assert plan.empty and not actions(plan) and not plan.drift
    assert str(report.outputs["address"]).startswith("10.0.0.")


def test_a_late_attribute_is_read_when_a_dependent_needs_it(bench: Bench) -> None:
    bench.apply(typical())
    machine = next(b for b in bench.bodies().values() if "Address" in b)
    assert any(b.get("Data") == {"vm": (machine["Address"],)} for b in bench.bodies().values())


def test_update_in_place(bench: Bench) -> None:
    bench.apply(typical())
    new = changed(typical(), "vm", Size=2)
    plan = bench.plan(new)
    assert actions(plan)["vm"] == "update"
    assert bench.apply(plan).run.status is RunStatus.DONE
    assert bench.plan(new).empty


def test_a_replacement_spreads_to_what_cannot_be_repointed(bench: Bench) -> None:
    bench.apply(typical())
    before = set(bench.cloud.objects)
    new = changed(typical(), "net", Cidr="10.1.0.0/16")
    plan = bench.plan(new)
    assert {a for a, action in actions(plan).items() if action == "replace"} == {"net", "sub-a", "sub-b", "vm", "link"}
    report = bench.apply(plan)
    assert report.run.status is RunStatus.DONE, report.failures
    assert len(bench.cloud.objects) == 7
    assert before & set(bench.cloud.objects) == {"data", next(i for i, o in bench.bodies().items() if "Data" in o)}
    assert bench.plan(new).empty


def test_removed_entries_are_deleted_dependents_first(bench: Bench) -> None:
    bench.apply(typical())
    less = without(typical(), "vm", "dns", "sub-a")
    report = bench.apply(less)
    assert report.run.status is RunStatus.DONE, report.failures
    assert len(bench.cloud.objects) == 4
    assert bench.plan(less).empty


def test_destroy_leaves_nothing(bench: Bench) -> None:
    bench.apply(typical())
    report = bench.apply(bench.plan(typical(), destroy=True))
    assert report.run.status is RunStatus.DONE, report.failures
    assert not bench.cloud.objects
    assert not bench.engine().backend.rows()


def test_deleted_behind_our_back_is_created_again_and_says_so(bench: Bench) -> None:
    bench.apply(typical())
    del bench.cloud.objects["data"]
    plan = bench.plan(typical())
    change = next(c for c in plan.changes if c.address == "bucket")
    assert change.action is Action.CREATE and "deleted outside orch" in change.because[0].message
    assert bench.apply(plan).run.status is RunStatus.DONE
    assert bench.plan(typical()).empty
    assert len([r for r in bench.engine().backend.rows() if r.address == "bucket"]) == 1


def test_changed_behind_our_back_is_drift_and_one_change(bench: Bench) -> None:
    bench.apply(typical())
    bench.cloud.objects["data"].body["Tags"] = {"team": "y"}
    plan = bench.plan(typical())
    assert actions(plan) == {"bucket": "update"}
    assert [d.address for d in plan.drift] == ["bucket"] and plan.drift[0].reverted
    assert "outside orch" in next(c for c in plan.changes if c.address == "bucket").because[0].message


def test_drift_of_what_the_blueprint_does_not_set_is_shown_but_not_reverted(bench: Bench) -> None:
    bench.apply(typical())
    bench.cloud.objects["data"].body["Size"] = 7
    plan = bench.plan(typical())
    assert plan.empty
    assert [(d.address, d.reverted) for d in plan.drift] == [("bucket", False)]


def test_a_removed_property_goes_back_to_the_default(bench: Bench) -> None:
    bench.apply(stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16", "Rules": ["a"], "Dns": True})))
    plan = bench.plan(stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"})))
    edits = {e.path: e.after for e in plan.changes[0].diff.edits}
    assert edits == {("Rules",): (), ("Dns",): False}
    bench.apply(plan)
    assert bench.plan(stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"}))).empty


def test_a_plan_is_used_once(bench: Bench) -> None:
    engine = bench.engine()
    file = container.pack(engine.plan(typical()))
    engine.apply(file)
    with pytest.raises((PlanUsedError, StaleError)):
        engine.apply(file)


def test_a_plan_is_stale_when_what_it_touches_has_changed(bench: Bench) -> None:
    bench.apply(typical())
    plan = bench.plan(changed(typical(), "vm", Size=2))
    machine = next(o for o in bench.cloud.objects.values() if o.type == "Memory::Machine")
    machine.body["Size"] = 5
    with pytest.raises(StaleError, match="Size has changed"):
        bench.apply(plan)


def test_a_plan_is_not_stale_by_changes_elsewhere(bench: Bench) -> None:
    bench.apply(typical())
    plan = bench.plan(changed(typical(), "vm", Size=2))
    bench.cloud.objects["data"].body["Tags"] = {"team": "y"}
    assert bench.apply(plan).run.status is RunStatus.DONE


def test_a_name_taken_by_somebody_else_is_never_claimed(bench: Bench) -> None:
    bench.apply(stack_of(entry("b", "Bucket", {"Name": "data"})))
    other = Bench(bench.path.parent / "other")
    other.cloud = bench.cloud
    with pytest.raises(OrchError, match="data already exists; it is not managed"):
        bench.cloud.objects["data"].owner = None
        other.plan(typical())


def test_a_name_taken_between_plan_and_apply_is_stale(bench: Bench) -> None:
    plan = bench.plan(typical())
    other = Bench(bench.path.parent / "other")
    other.cloud = bench.cloud
    other.apply(stack_of(entry("b", "Bucket", {"Name": "data"})))
    with pytest.raises(StaleError, match="exists now"):
        bench.apply(plan)


def test_the_wrong_account_stops_before_anything_is_read(bench: Bench) -> None:
    bench.cloud.account = "somebody-else"
    with pytest.raises(OrchError, match="credentials belong to somebody-else"):
        bench.plan(typical())
    assert bench.cloud.calls == ["identify"]


def test_denied_is_not_absent(bench: Bench) -> None:
    bench.apply(typical())
    bench.cloud.scripts = [Script("read Memory::Subnet", Fault.DENIED, times=-1)]
    with pytest.raises(OrchError, match=r"cannot read Memory::Subnet"):
        bench.plan(typical())
    plan = bench.plan(typical(), allow_blind=True)
    assert not actions(plan)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.TRANSIENT, Fault.NOT_READY, Fault.CONFLICT, Fault.UNCERTAIN])
@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("operation", ["create Memory::Network", "advance Memory::Network", "create Memory::Bucket",
                                       "create Memory::Link", "advance Memory::Machine", "create Memory::Machine"])  # fmt: skip
def test_one_fault_anywhere_doubles_nothing(bench: Bench, operation: str, fault: Fault, lost: bool) -> None:
    if lost and fault not in (Fault.UNCERTAIN, Fault.TRANSIENT):
        pytest.skip("these faults mean that nothing was done")
    bench.cloud.scripts = [Script(operation, fault, lost=lost)]
    report = bench.apply(typical())
    assert report.run.status is RunStatus.DONE, report.failures
    assert len(bench.cloud.objects) == 7
    assert bench.plan(typical()).empty


def test_a_failed_step_stops_the_rest_and_resume_finishes(bench: Bench) -> None:
    bench.cloud.scripts = [Script("create Memory::Machine", Fault.DENIED)]
    report = bench.apply(typical())
    assert report.run.status is RunStatus.PARTIAL
    assert [f.address for f in report.failures] == ["vm"] and "dns" in report.skipped
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 7 and bench.plan(typical()).empty


def test_json_text_is_the_same_from_a_plan_file(bench: Bench) -> None:
    """A plan file sorts the keys of maps; a text that kept the blueprint's order would differ from the applied one for ever."""
    document = Map({"z": ref("net", "Id"), "a": Map({"y": 1, "b": 2})})
    stack = stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16"}),
        entry("vm", "Machine", {"Size": 1, "Data": {"doc": Interpolation((JsonText(None, document),))}}),
    )
    read = container.unpack(container.pack(bench.plan(stack)).data)
    assert bench.engine().apply(read).run.status is RunStatus.DONE
    assert bench.plan(stack).empty


def test_what_is_half_made_is_not_told_as_not_started(bench: Bench) -> None:
    stack = stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16", "Dns": True}),  # takes two calls
        entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.0.0/24"}),
        entry("bucket", "Bucket", {"Name": "b"}),
    )
    stop = threading.Event()

    def interrupted(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def done() -> Any:
            found = work()
            if operation == "create Memory::Network":
                stop.set()
            return found

        return done

    with bench.calls(interrupted):
        report = bench.apply(stack, stop=stop, parallelism=1)
    assert (report.begun, report.skipped) == (("net",), ("bucket", "sub"))
    assert bench.engine().resume().run.status is RunStatus.DONE


def test_rollback_of_a_creation_leaves_nothing(bench: Bench) -> None:
    bench.cloud.scripts = [Script("create Memory::Machine", Fault.INVALID)]
    bench.apply(typical())
    report = bench.engine().rollback()
    assert report.run.status is RunStatus.DONE, report.failures
    assert not bench.cloud.objects and not bench.engine().backend.rows()


def test_rollback_restores_what_was_changed_and_deleted(bench: Bench) -> None:
    bench.apply(typical())
    before = sorted(map(str, (sorted((k, str(v)) for k, v in b.items() if k not in ("Id", "NetworkId", "SubnetId", "From",
                    "Address", "Born", "Data", "To")) for b in bench.bodies().values())))  # fmt: skip
    new = without(changed(typical(), "bucket", Tags={"team": "z"}), "link", "dns", "vm", "sub-b")
    assert bench.apply(new).run.status is RunStatus.DONE
    report = bench.engine().rollback()
    assert report.run.status is RunStatus.DONE, report.failures
    after = sorted(map(str, (sorted((k, str(v)) for k, v in b.items() if k not in ("Id", "NetworkId", "SubnetId", "From",
                   "Address", "Born", "Data", "To")) for b in bench.bodies().values())))  # fmt: skip
    assert before == after
    plan = bench.plan(typical())
    assert not actions(plan)


class Closed(MemoryProvider):
    """A cloud that never shows what is in ``Data``."""

    def resource_type(self, name: str) -> ResourceType:
        return replace(super().resource_type(name), write_only=(("Data",),))

    def read(self, read: Read) -> ReadResult:
        result = super().read(read)
        shown = tuple(replace(each, body=put(each.body, ("Data",), ABSENT)) for each in result.observed)
        return replace(result, observed=shown)


def test_rollback_restores_what_the_cloud_never_shows(bench: Bench) -> None:
    bench.provider = Closed

    def bucket(data: str) -> Stack:
        return stack_of(entry("bucket", "Bucket", {"Name": "data", "Data": {"is": data}}))

    bench.apply(bucket("old"))
    bench.apply(bucket("new"))
    report = bench.engine().rollback()
    assert report.run.status is RunStatus.DONE, report.failures
    assert bench.bodies()["data"]["Data"] == {"is": "old"}
    assert not actions(bench.plan(bucket("old")))


def test_rollback_of_a_replacement(bench: Bench) -> None:
    bench.apply(typical())
    bench.apply(changed(typical(), "net", Cidr="10.1.0.0/16"))
    report = bench.engine().rollback()
    assert report.run.status is RunStatus.DONE, report.failures
    assert len(bench.cloud.objects) == 7
    cidrs = {
        b["Cidr"] for i, b in bench.bodies().items() if i.startswith("network") and "Cidr" in b and "Data" not in b
    }
    assert cidrs == {"10.0.0.0/16"}
    assert not actions(bench.plan(typical()))


def test_rollback_is_refused_past_a_later_run(bench: Bench) -> None:
    first = bench.apply(typical())
    bench.apply(changed(typical(), "vm", Size=2))
    with pytest.raises(OrchError, match="has since changed"):
        bench.engine().rollback(first.run.id)


def test_half_the_ledger_gone_needs_a_confirmation(bench: Bench) -> None:
    bench.apply(typical())
    bench.cloud.objects.clear()
    plan = bench.plan(typical())
    assert plan.confirm
    with pytest.raises(OrchError, match="right account"):
        bench.apply(plan)
    assert bench.engine().apply(container.pack(plan), confirmed=True).run.status is RunStatus.DONE


def test_protected_is_neither_deleted_nor_replaced(bench: Bench) -> None:
    guarded = stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"}, protect=True))
    bench.apply(guarded)
    with pytest.raises(OrchError, match="protected and would be deleted"):
        bench.plan(stack_of())
    with pytest.raises(OrchError, match="protected and would have to be replaced"):
        bench.plan(stack_of(entry("net", "Network", {"Cidr": "10.1.0.0/16"}, protect=True)))


def test_a_reference_to_what_is_replaced_follows_it(bench: Bench) -> None:
    def made(size: int) -> object:
        return stack_of(
            entry("net", "Network", {"Cidr": "10.0.0.0/16", "Name": str(size)}),
            entry("user", "Network", {"Cidr": "10.2.0.0/16", "Data": {"id": ref("net", "Id")}}),
        )

    bench.apply(made(1))  # type: ignore[arg-type]
    new = changed(made(1), "net", Cidr="10.5.0.0/16")  # type: ignore[arg-type]
    plan = bench.plan(new)
    assert actions(plan) == {"net": "replace", "user": "update"}
    bench.apply(plan)
    ids = set(bench.cloud.objects)
    assert next(b["Data"]["id"] for b in bench.bodies().values() if "Data" in b) in ids
    assert bench.plan(new).empty
