"""Undoing onto objects that are made again, and what cannot be undone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import TYPES
from provisioner.model.change import Action, Diff, Edit, UndoLabel
from provisioner.model.resource import Options
from provisioner.model.resource_type import Child, Condition, Effect, EffectKind, ResourceType
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Interpolation, Map, freeze
from provisioner.planner.again import chosen
from provisioner.planner.inline import put_back
from provisioner.planner.undo import undo_of
from provisioner.registry import Registry
from provisioner.state import container
from provisioner.state.sqlite import SqliteBackend
from tests.memory_stack import Bench, changed, entry, ref, stack_of

_GROWS = (
    Effect(("Size",), EffectKind.IN_PLACE, (Condition(("Size",), "after", "grows"),)),
    Effect(("Size",), EffectKind.REPLACE),
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def growing(monkeypatch: pytest.MonkeyPatch) -> ResourceType:
    """Machines whose size can only grow."""
    kind = replace(TYPES["Memory::Machine"], effects=_GROWS)
    monkeypatch.setitem(TYPES, kind.name, kind)  # type: ignore[arg-type]
    return kind


def named(order: str | None = None) -> Stack:
    """A machine, and a record that has its address in a text."""
    return stack_of(
        entry("a", "Network", {"Cidr": "10.0.0.0/16"}),
        entry("b", "Network", {"Cidr": "10.1.0.0/16"}),
        entry("vm", "Machine", {"SubnetId": ref("a", "Id")}, on_replace=order),
        entry("dns", "Network", {"Cidr": "10.9.0.0/16", "Data": [Interpolation((ref("vm", "Address"), "/32"))]}),
    )


def recorded_and_real(bench: Bench) -> tuple[Any, Any]:
    """The address that the record has, and the machine's own."""
    bodies = bench.bodies().values()
    recorded = next(body["Data"] for body in bodies if "Data" in body)
    return recorded, (next(f"{body['Address']}/32" for body in bodies if "Address" in body),)


@pytest.mark.parametrize("order", ["create_first", "delete_first"])
def test_a_text_follows_the_object_that_a_rollback_makes_again(bench: Bench, order: str) -> None:
    stack = named(order)
    bench.apply(stack)
    first, _ = recorded_and_real(bench)
    replaced = bench.apply(changed(stack, "vm", SubnetId=ref("b", "Id")))
    assert replaced.run.status is RunStatus.DONE, replaced.failures
    undone = bench.engine().rollback(replaced.run.id)
    assert undone.run.status is RunStatus.DONE, undone.failures
    recorded, real = recorded_and_real(bench)
    assert recorded == real != first
    assert bench.plan(stack).empty


def test_the_rollback_of_a_destroy_makes_everything_again_with_its_references(bench: Bench) -> None:
    bench.apply(named())
    first, _ = recorded_and_real(bench)
    gone = bench.apply(bench.plan(named(), destroy=True))
    assert not bench.cloud.objects
    undone = bench.engine().rollback(gone.run.id)
    assert undone.run.status is RunStatus.DONE, undone.failures
    recorded, real = recorded_and_real(bench)
    assert recorded == real != first
    assert bench.plan(named()).empty


def test_a_later_undo_still_knows_what_was_written(bench: Bench) -> None:
    """The row of an object that a rollback made again has its references too."""
    bench.apply(named())
    for _ in range(2):
        gone = bench.apply(bench.plan(named(), destroy=True))
        bench.engine().rollback(gone.run.id)
    recorded, real = recorded_and_real(bench)
    assert recorded == real and bench.plan(named()).empty


def test_what_cannot_go_back_is_labelled_so(growing: ResourceType) -> None:
    diff = Diff((Edit(("Size",), 1, 2),))
    undo = undo_of(Action.UPDATE, growing, diff, have=Map(Size=1), want=Map(Size=2))
    assert undo.label is UndoLabel.IMPOSSIBLE and "Size" in undo.why
    assert undo_of(Action.UPDATE, replace(growing, effects=()), diff).label is UndoLabel.EXACT


def test_a_rollback_leaves_what_cannot_go_back_and_says_so(bench: Bench, growing: ResourceType) -> None:
    def sized(size: int, dns: bool) -> Stack:
        vm = entry("vm", "Machine", {"Size": size, "Dns": dns})
        return stack_of(replace(vm, options=Options()))

    bench.apply(sized(1, False))
    plan = bench.plan(sized(2, True))
    assert plan.changes[0].undo.label is UndoLabel.IMPOSSIBLE
    report = bench.apply(plan)
    compensation = bench.engine().compensation(report.run.id).plan
    assert any("vm: Size cannot be set back" in note for note in compensation.notes)
    undone = bench.engine().apply(container.pack(compensation))
    assert undone.run.status is RunStatus.DONE, undone.failures
    assert [(body["Size"], body["Dns"]) for body in bench.bodies().values()] == [(2, False)]
    assert bench.plan(sized(2, False)).empty


def test_a_rollback_around_what_was_deleted_first_does_not_wait_in_a_circle(bench: Bench) -> None:
    """What is restored refers to the old network again, which is made after the new one has gone, with all that stands in it."""

    def ring(cidr: str, of: str) -> Stack:
        return stack_of(
            entry("net", "Network", {"Cidr": cidr}, on_replace="delete_first"),
            entry("sub", "Subnet", {"Cidr": "10.2.0.0/24", "NetworkId": ref("net", "Id")}),
            entry("note", "Network", {"Cidr": "10.4.0.0/24", "Data": {"id": ref(of, "Id")}}),
        )

    bench.apply(ring("10.0.0.0/24", "net"))
    report = bench.apply(ring("10.1.0.0/24", "sub"))
    assert report.run.status is RunStatus.DONE, report.failures
    undone = bench.engine().rollback(report.run.id)
    assert undone.run.status is RunStatus.DONE, undone.failures
    assert bench.plan(ring("10.0.0.0/24", "net")).empty


def test_what_was_not_ours_before_the_run_is_not_ours_after_its_undo(bench: Bench) -> None:
    """It is put back as it was found, and the next plan neither wants it nor takes it away."""
    stack = stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"}))
    bench.apply(stack)
    (net,) = bench.cloud.objects.values()
    net.body["Data"] = "theirs"
    report = bench.apply(bench.plan(changed(stack, "net", Data="ours"), accept=["net"]))
    before = next(step for step in bench.engine().compensation(report.run.id).plan.steps)
    assert (before.verb, before.unclaimed) == ("update", (("Data",),))
    bench.engine().rollback(report.run.id)
    assert net.body["Data"] == "theirs"
    (row,) = SqliteBackend(bench.path).rows("test", "dev")
    assert row.applied == Map(Cidr="10.0.0.0/16") and row.baseline and row.baseline["Data"] == "theirs"
    assert bench.plan(stack).empty


# --- lists of what has entries --------------------------------------------------------------------------------------------


def items(names: str) -> Any:
    """A list of objects as the cloud shows it; names in small letters or not."""
    return freeze([{"name": name, "id": f"/net/{name}"} for name in names.split()])


@pytest.mark.parametrize(
    ("was", "current", "brought", "apart", "back", "left"),
    [
        ("kept gone", "kept", "kept", "gone", "kept", "gone"),
        ("Kept GONE", "kept", "kept", "gone", "Kept", "gone"),
        ("gone", "new", "New", "gone", "", "gone"),
        ("a byhand", "a new", "a new", "", "a byhand", ""),  # nobody's, and only the list can bring it back
        ("a", "a new since", "a new", "", "a since", ""),
        ("a", "a", "a", "other", "a", ""),
    ],
)
def test_a_list_is_put_back_without_what_comes_by_itself(
    was: str, current: str, brought: str, apart: str, back: str, left: str
) -> None:
    child = Child(("Subs",), "Sub")
    ids = {f"/net/{name}" for name in apart.split()}
    listed, out = put_back(child, items(was), items(current), items(brought), ids)
    assert (listed, out) == (items(back), {f"/net/{name}" for name in left.split()})


# --- what the cloud had chosen -------------------------------------------------------------------------------------------


def _kind(**more: Any) -> ResourceType:
    paths = (("Zone",), ("ZoneId",), ("Ip",), ("Nested", "At"))
    effects = tuple(Effect(path, EffectKind.REPLACE) for path in (*paths, ("Size",), ("Arn",), ("Key",), ("Whole",)))
    excludes = ({"dependentSchemas": {"Zone": {"properties": {"ZoneId": False}}}},)
    given = {"schema": freeze({"allOf": excludes, "dependentRequired": {"Ip": ["Net"]}}), **more}
    return ResourceType("T", "memory", effects=effects, read_only=(("Arn",),), write_only=(("Key",),), **given)


FOUND = Map(
    Zone="a",
    ZoneId="z1",
    Ip="10.0.0.4",
    Nested=Map(At="b", More=1),
    Size=3,
    Arn="arn",
    Key="k",
    Whole=Map(A=1),
    Other=1,
)


@pytest.mark.parametrize(
    ("wanted", "more", "given"),
    [
        ({}, {}, {"Zone": "a", "Size": 3}),
        ({"Zone": "a", "Net": "n"}, {}, {"Ip": "10.0.0.4", "Size": 3}),
        ({"ZoneId": "z1", "Size": 3}, {}, {}),  # the two exclude each other
        ({"Nested": {"More": 1}}, {}, {"Zone": "a", "Nested.At": "b", "Size": 3}),
        ({}, {"defaults": ((("Size",), 3),)}, {"Zone": "a"}),
        (
            {},
            {"assigned": ((("Zone",), (Condition(("Size",), "before", "equals", 3),)), (("Size",), ()))},
            {"ZoneId": "z1"},
        ),
        ({}, {"assigned": ((("Zone",), (Condition(("Size",), "before", "equals", 4),)),)}, {"Zone": "a", "Size": 3}),
    ],
)
def test_what_is_made_again_is_given_what_only_a_creation_sets(
    wanted: dict[str, Any], more: dict[str, Any], given: dict[str, Any]
) -> None:
    edits = chosen(_kind(**more), freeze(wanted), FOUND).edits
    assert {".".join(map(str, edit.path)): edit.after for edit in edits} == given


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("Microsoft.KeyVault/vaults", "enablePurgeProtection", True),
        ("Microsoft.KeyVault/vaults", "enableSoftDelete", True),
        ("Microsoft.Storage/storageAccounts", "largeFileSharesState", "Enabled"),
    ],
)
@pytest.mark.parametrize("before", [{}, {"properties": {}}])
def test_what_azure_never_turns_off_cannot_be_undone(name: str, path: str, value: Any, before: dict[str, Any]) -> None:
    kind = Registry().resource_type(name)
    edits = Diff((Edit(("properties", path), after=value),))
    undo = undo_of(Action.UPDATE, kind, edits, have=freeze(before), want=freeze({"properties": {path: value}}))
    assert undo.label is UndoLabel.IMPOSSIBLE
