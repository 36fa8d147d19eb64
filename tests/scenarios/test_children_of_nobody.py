"""What others have put into a parent that goes (a subnet, a rule, a route), over the sandbox: named before it is deleted, never
deleted unseen, and put back by the undo."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from provisioner.applier.partly import PartlyAppliedError
from provisioner.model.plan import Verb
from provisioner.model.problem import OrchError, StaleError
from provisioner.service import PlanFile
from tests import listing
from tests.stacks import SUBSCRIPTION, Stacks

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
RG = "  rg: {type: Microsoft.Resources/resourceGroups, name: rg, location: westeurope}\n"
PARENT = """
  parent:
    type: Microsoft.Network/%s
    scope: {{ ref("rg") }}
    name: par
    location: %s
    ignore_changes: [%s]
    properties: %s
"""
RULE = {"priority": 300, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourcePortRange": "*"}
RULE |= {"destinationPortRange": "8443", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*"}
SPACE = "{addressSpace: {addressPrefixes: [10.0.0.0/16]}%s}"
OWN_ROUTE = "{routes: [{name: own, properties: {addressPrefix: 10.9.0.0/16, nextHopType: VnetLocal}}]}"

CASES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "subnet": ("virtualNetworks", "subnets", SPACE % "", {"addressPrefix": "10.0.7.0/24"}),
    "rule": ("networkSecurityGroups", "securityRules", "{}", RULE),
    "route": ("routeTables", "routes", "{}", {"addressPrefix": "10.1.0.0/16", "nextHopType": "VnetLocal"}),
    "listed": ("routeTables", "routes", OWN_ROUTE, {"addressPrefix": "10.1.0.0/16", "nextHopType": "VnetLocal"}),
    "subnets": ("virtualNetworks", "subnets", SPACE % ", subnets: []", {"addressPrefix": "10.0.7.0/24"}),
}
EACH = pytest.mark.parametrize("case", list(CASES))
SN = """
  sn:
    type: Microsoft.Network/virtualNetworks/subnets
    parent: {{ ref("parent") }}
    name: sn
    properties: {addressPrefix: 10.0.1.0/24}
"""
UNDO = "made again as it stood in the list, with a new id and nothing that was in it"


@pytest.fixture
def stacks(tmp_path: Path, fresh_azure: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, {"azure": fresh_azure}, monkeypatch)


def arm(stacks: Stacks, method: str, path: str, body: Any = None) -> Any:
    """One plain request about what lies in the group."""
    return listing.arm(stacks.endpoints["azure"], method, f"{GROUP}/providers/Microsoft.Network/{path}", body)


def written(case: str, location: str = "westeurope") -> str:
    kind, many, properties, _ = CASES[case]
    return RG + PARENT % (kind, location, f"properties.{many}", properties)


def by_hand(stacks: Stacks, case: str, name: str = "byhand") -> None:
    kind, many, _, properties = CASES[case]
    path = f"{kind}/par/{many}/{name}"
    arm(stacks, "PUT", path, {"properties": properties})
    while (
        arm(stacks, "GET", path)["properties"]["provisioningState"] != "Succeeded"
    ):  # ARM goes on with it for a moment
        threading.Event().wait(0.1)


def children(stacks: Stacks, case: str) -> list[str]:
    kind, many, *_ = CASES[case]
    try:
        return sorted(item["name"] for item in arm(stacks, "GET", f"{kind}/par/{many}")["value"])
    except urllib.error.HTTPError:
        return []


def taken_away(stacks: Stacks) -> None:
    """The subnet of nobody's, by whoever made it; ARM goes on with that for a moment."""
    arm(stacks, "DELETE", "virtualNetworks/par/subnets/byhand")
    while "byhand" in children(stacks, "subnet"):
        threading.Event().wait(0.1)


def deleted(file: PlanFile) -> dict[str, str]:
    return {c.address: c.undo.why for c in file.plan.changes if c.deletes and not c.uid}


@EACH
def test_a_rollback_names_what_goes_with_a_parent_as_a_plan_does(stacks: Stacks, case: str) -> None:
    stacks.apply("net", written(case))
    by_hand(stacks, case)
    undo = stacks.project.rollback_plan()
    assert deleted(undo) == deleted(stacks.plan("net", destroy=True)) == {f"parent/{CASES[case][1]}/byhand": UNDO}
    assert undo.plan.deletions == 3
    stacks.project.rollback()
    assert children(stacks, case) == []


def test_a_rollback_names_what_its_list_leaves_out(stacks: Stacks) -> None:
    bare = written("listed").replace("    ignore_changes: [properties.routes]\n", "")
    stacks.apply("net", bare)
    more = bare.replace(
        "[{name: own", "[{name: more, properties: {addressPrefix: 10.8.0.0/16, nextHopType: VnetLocal}}, {name: own"
    )
    stacks.apply("net", more)
    by_hand(stacks, "listed")
    undo = stacks.project.rollback_plan()
    assert deleted(undo) == {"parent/routes/byhand": UNDO}
    stacks.project.rollback()
    assert children(stacks, "listed") == ["own"]


def test_a_rollback_does_not_take_what_another_stack_has_in_a_parent(stacks: Stacks) -> None:
    run = stacks.apply("net", written("subnet") + "\noutputs: {vn: {{ ref('parent').id }}}").run
    stacks.apply("sub", SN.replace('ref("parent")', 'output("net", "vn")'))
    with pytest.raises(OrchError, match=r"sn of stack sub in dev, which lies in it, would go with it"):
        stacks.project.rollback_plan(run.id)
    assert children(stacks, "subnet") == ["sn"]


@EACH
@pytest.mark.parametrize("how", ["replace", "destroy"])
def test_a_plan_is_stale_once_a_parent_that_goes_has_another_child(stacks: Stacks, case: str, how: str) -> None:
    stacks.apply("net", written(case))
    before = children(stacks, case)
    file = stacks.plan("net", written(case, "northeurope")) if how == "replace" else stacks.plan("net", destroy=True)
    by_hand(stacks, case)
    with pytest.raises(StaleError, match=rf"parent: .*{CASES[case][1]}.* byhand"):
        stacks.project.apply(file)
    assert children(stacks, case) == sorted([*before, "byhand"])


def test_what_has_left_a_parent_or_is_seen_makes_no_plan_stale(stacks: Stacks) -> None:
    stacks.apply("net", written("subnet") + SN)
    by_hand(stacks, "subnet")
    file = stacks.plan("net", written("subnet", "northeurope") + SN)
    taken_away(stacks)
    stacks.project.apply(file)
    assert children(stacks, "subnet") == ["sn"]


@pytest.mark.parametrize("then", ["resume", "rollback"])
def test_a_child_that_comes_during_the_run_stops_the_deletion(stacks: Stacks, then: str) -> None:
    stacks.apply("net", written("subnet") + SN)
    file = stacks.plan("net", destroy=True)
    parent = next(s for s in file.plan.steps if s.address == "parent")
    assert parent.verb is Verb.DELETE
    came: list[str] = []

    def on_event(event: Any) -> None:
        if event.kind == "done" and event.address == "sn" and not came:
            by_hand(stacks, "subnet")
            came.append("byhand")

    with pytest.raises(PartlyAppliedError) as caught:
        stacks.project.apply(file, on_event=on_event)
    (failure,) = caught.value.report.failures
    assert came and failure.address == "parent" and "properties.subnets has byhand now" in failure.message
    assert children(stacks, "subnet") == ["byhand"]
    if then == "rollback":
        stacks.project.rollback()
        assert children(stacks, "subnet") == ["byhand", "sn"] and stacks.plan("net").plan.empty
        return
    with pytest.raises(StaleError, match="byhand"):
        stacks.project.resume()
    taken_away(stacks)
    stacks.project.resume()
    assert children(stacks, "subnet") == []


@EACH
@pytest.mark.parametrize("entry", ["", SN])
def test_an_undo_puts_back_what_others_had_in_a_parent(stacks: Stacks, case: str, entry: str) -> None:
    if entry and CASES[case][1] != "subnets":
        pytest.skip("the entry is a subnet")
    stacks.apply("net", written(case) + entry)
    by_hand(stacks, case)
    there = children(stacks, case)
    stacks.apply("net", written(case, "northeurope") + entry)
    assert "byhand" not in children(stacks, case)
    undo = stacks.project.rollback_plan().plan
    (made,) = (c for c in undo.changes if c.address == "parent" and c.action == "create")
    assert "byhand" in made.because[0].message
    stacks.project.rollback()
    assert children(stacks, case) == there
    file = stacks.plan("net", written(case) + entry)
    assert file.plan.empty and not file.plan.drift


def test_a_destroy_is_undone_with_them_too(stacks: Stacks) -> None:
    stacks.apply("net", written("subnet") + SN)
    by_hand(stacks, "subnet")
    stacks.project.apply(stacks.plan("net", destroy=True))
    stacks.project.rollback()
    assert children(stacks, "subnet") == ["byhand", "sn"]
    assert stacks.plan("net", written("subnet") + SN).plan.empty


def test_what_they_refer_to_is_made_again_first(stacks: Stacks) -> None:
    nsg = '  nsg: {type: Microsoft.Network/networkSecurityGroups, scope: {{ ref("rg") }}, name: nsg, location: westeurope}\n'
    stacks.apply("net", written("subnet") + nsg)
    group = {"id": f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg"}
    properties = {"addressPrefix": "10.0.7.0/24", "networkSecurityGroup": group}
    arm(stacks, "PUT", "virtualNetworks/par/subnets/byhand", {"properties": properties})
    stacks.project.apply(stacks.plan("net", destroy=True))
    undo = {step.address: step for step in stacks.project.rollback_plan().plan.steps}
    assert undo["nsg"].id in undo["parent"].after
    stacks.project.rollback()
    assert children(stacks, "subnet") == ["byhand"]
