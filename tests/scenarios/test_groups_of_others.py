"""A resource group that goes and holds what no entry owns, over the sandbox: told before anything of ours is torn down."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from provisioner.applier.partly import PartlyAppliedError
from provisioner.model.problem import RefusedError, StaleError
from provisioner.service import PlanFile
from tests import listing
from tests.stacks import SUBSCRIPTION, Stacks

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
OURS = """
  rg: {type: Microsoft.Resources/resourceGroups, name: rg, location: %s}
  ip: {type: Microsoft.Network/publicIPAddresses, scope: {{ ref("rg") }}, name: ip, location: westeurope, sku: {name: Standard},
    properties: {publicIPAllocationMethod: Static}}
"""
NSG = """
  nsg: {type: Microsoft.Network/networkSecurityGroups, scope: {{ ref("rg") }}, name: ours, location: westeurope, on_remove: retain}
"""
TOLD = (
    f"rg ({GROUP}) would be deleted, and holds what no entry of this project owns: "
    "Microsoft.Network/networkSecurityGroups/%s: its deletion fails until that is taken away"
)


@pytest.fixture
def stacks(tmp_path: Path, fresh_azure: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, {"azure": fresh_azure}, monkeypatch)


def arm(stacks: Stacks, method: str, path: str, body: Any = None) -> Any:
    """One plain request about what lies in the group."""
    return listing.arm(stacks.endpoints["azure"], method, f"{GROUP}/{path}", body)


def by_hand(stacks: Stacks, name: str = "theirs", method: str = "PUT") -> None:
    """A security group, by somebody else; ARM goes on with it for a moment."""
    path = f"providers/Microsoft.Network/networkSecurityGroups/{name}"
    arm(stacks, method, path, {"location": "westeurope"} if method == "PUT" else None)
    while (name in inside(stacks)) is not (method == "PUT") or not (method == "DELETE" or settled(stacks, path)):
        threading.Event().wait(0.1)


def settled(stacks: Stacks, path: str) -> bool:
    return bool(arm(stacks, "GET", path)["properties"]["provisioningState"] == "Succeeded")


def inside(stacks: Stacks) -> list[str]:
    return sorted(item["name"] for item in arm(stacks, "GET", "resources")["value"])


def going(stacks: Stacks, how: str) -> PlanFile:
    text = OURS % "northeurope"
    return stacks.plan("net", destroy=True) if how == "destroy" else stacks.plan("net", text)


def asked(file: PlanFile) -> list[str]:
    return [question.text for question in file.plan.confirm]


@pytest.mark.parametrize("how", ["destroy", "replace"])
def test_a_plan_tells_what_else_is_in_a_group_that_goes(stacks: Stacks, how: str) -> None:
    stacks.apply("net", OURS % "westeurope")
    assert asked(going(stacks, how)) == []
    stacks.plan("net", OURS % "westeurope")
    by_hand(stacks)
    assert stacks.plan("net").plan.empty
    file = going(stacks, how)
    told = TOLD % "theirs" if how == "destroy" else (TOLD % "theirs").replace("be deleted", "be replaced")
    assert asked(file) == [told]
    with pytest.raises(RefusedError, match="networkSecurityGroups/theirs"):
        stacks.project.apply(file)
    assert inside(stacks) == ["ip", "theirs"]


def test_it_may_be_taken_away_meanwhile(stacks: Stacks) -> None:
    stacks.apply("net", OURS % "westeurope")
    by_hand(stacks)
    file = going(stacks, "destroy")
    by_hand(stacks, method="DELETE")
    stacks.project.apply(file, confirmed=True)
    assert stacks.plan("net", destroy=True).plan.empty


def test_what_was_retained_in_it_is_told(stacks: Stacks) -> None:
    stacks.apply("net", OURS % "westeurope" + NSG)
    stacks.apply("net", OURS % "westeurope")
    assert inside(stacks) == ["ip", "ours"]
    assert asked(going(stacks, "destroy")) == [TOLD % "ours"]


@pytest.mark.parametrize("how", ["destroy", "replace"])
def test_a_plan_is_stale_once_something_else_is_in_it(stacks: Stacks, how: str) -> None:
    stacks.apply("net", OURS % "westeurope")
    by_hand(stacks, "seen")
    file = going(stacks, how)
    by_hand(stacks)
    with pytest.raises(StaleError, match=r"rg: .*networkSecurityGroups/theirs") as caught:
        stacks.project.apply(file, confirmed=True)
    assert "seen" not in str(caught.value)
    assert inside(stacks) == ["ip", "seen", "theirs"]


def test_a_rollback_tells_it_too(stacks: Stacks) -> None:
    stacks.apply("net", OURS % "westeurope")
    by_hand(stacks)
    assert TOLD % "theirs" in stacks.project.rollback_plan().plan.notes
    with pytest.raises(PartlyAppliedError):
        stacks.project.rollback()
    by_hand(stacks, method="DELETE")
    stacks.project.rollback()
    assert stacks.plan("net", destroy=True).plan.empty
