"""Somebody's object under the name of a create that got no answer: neither taken over by a resume nor deleted by a rollback where
it is not as that create would have made it. Types that carry no marks, over the sandboxes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from provisioner.model.run import RunStatus
from provisioner.service import PartlyAppliedError
from tests.sandboxes import Rule, faults
from tests.stacks import SUBSCRIPTION, Stacks

NETWORK = "/compute/v1/projects/demo-project/global/networks"
SUBNET = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net/subnets/s0"
ENTRIES = {
    "gcp": "net: {type: compute.googleapis.com/Network, properties: {name: chknet, autoCreateSubnetworks: false}}\n",
    "azure": """\
rg: {type: Microsoft.Resources/resourceGroups, name: rg, location: westeurope}
vnet: {type: Microsoft.Network/virtualNetworks, name: net, scope: {{ ref("rg") }}, properties: {addressSpace: {addressPrefixes: [10.5.0.0/16]}}}
net: {type: Microsoft.Network/virtualNetworks/subnets, name: s0, parent: {{ ref("vnet") }}, properties: {addressPrefix: 10.5.0.0/24}}
""",
}
CREATE = {"gcp": "^networks.insert ", "azure": "subnets.put "}
OBJECT = {"gcp": f"{NETWORK}/chknet", "azure": f"{SUBNET}?api-version=2024-05-01"}
THEIRS = {
    "gcp": {
        "name": "chknet",
        "autoCreateSubnetworks": False,
        "description": "of the payments team",
        "routingConfig": {"routingMode": "GLOBAL"},
    },
    "azure": {"properties": {"addressPrefix": "10.5.77.0/24"}},
}
OURS = {
    "gcp": {"name": "chknet", "autoCreateSubnetworks": False},
    "azure": {"properties": {"addressPrefix": "10.5.0.0/24"}},
}
SAID = {
    "gcp": "routingConfig.routingMode and description are not as this run makes them",
    "azure": "properties.addressPrefix is not as this run makes it",
}


@pytest.fixture
def stacks(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, cloud: str, hurried: None
) -> Stacks:
    """A project whose last create got no answer, and was not done."""
    url = request.getfixturevalue(f"fresh_{cloud}")
    made = Stacks(tmp_path, {cloud: url}, monkeypatch)
    faults(url, Rule("refuse", CREATE[cloud], times=-1))
    with pytest.raises(PartlyAppliedError):
        made.apply("s", ENTRIES[cloud])
    faults(url)
    return made


def ask(stacks: Stacks, cloud: str, method: str, path: str, body: Any = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        f"{stacks.endpoints[cloud]}{path}", data, {"Content-Type": "application/json"}, method=method
    )
    request.add_header("Authorization", "Bearer plain")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "{}")


def make(stacks: Stacks, cloud: str, body: Any) -> None:
    """Make the object by hand, and wait for it."""
    ask(stacks, cloud, *(("POST", NETWORK) if cloud == "gcp" else ("PUT", OBJECT[cloud])), body)
    for _ in range(200):
        found = standing(stacks, cloud)
        if found and (cloud == "gcp" or found["properties"]["provisioningState"] == "Succeeded"):
            return
    raise AssertionError("it does not come")


def standing(stacks: Stacks, cloud: str) -> Any:
    try:
        return ask(stacks, cloud, "GET", OBJECT[cloud])
    except urllib.error.HTTPError:
        return None


def remove(stacks: Stacks, cloud: str) -> None:
    ask(stacks, cloud, "DELETE", OBJECT[cloud])
    while standing(stacks, cloud):
        pass


@pytest.mark.parametrize("cloud", THEIRS)
def test_a_resume_takes_no_strangers_object_over(stacks: Stacks, cloud: str) -> None:
    make(stacks, cloud, THEIRS[cloud])
    with pytest.raises(PartlyAppliedError) as caught:
        stacks.project.resume()
    (failure,) = caught.value.report.failures
    assert failure.address == "net" and "may be ours or not" in failure.message and SAID[cloud] in failure.message
    assert "adopt: " in failure.hint and "orch resume" in failure.hint and "orch rollback" in failure.hint
    assert "net" not in {row.address for row in stacks.project.rows()}
    assert standing(stacks, cloud)
    assert "already" in stacks.refused("s")  # and a new plan does not take it over either
    remove(stacks, cloud)
    assert stacks.project.resume().run.status is RunStatus.DONE
    assert not stacks.changes(stacks.plan("s"))


@pytest.mark.parametrize("cloud", THEIRS)
def test_a_rollback_leaves_a_strangers_object_and_says_so(stacks: Stacks, cloud: str) -> None:
    make(stacks, cloud, THEIRS[cloud])
    report = stacks.project.rollback()
    assert any("net: " in note and "may be ours or not" in note and SAID[cloud] in note for note in report.notes), (
        report.notes
    )
    assert report.run.status is RunStatus.DONE and standing(stacks, cloud)
    assert {row.address for row in stacks.project.rows()} == ({"rg", "vnet"} if cloud == "azure" else set())


@pytest.mark.parametrize("cloud", OURS)
@pytest.mark.parametrize("back", [False, True])
def test_what_stands_as_our_create_would_have_made_it_is_ours(stacks: Stacks, cloud: str, *, back: bool) -> None:
    make(stacks, cloud, OURS[cloud])
    report = stacks.project.rollback() if back else stacks.project.resume()
    assert report.run.status is RunStatus.DONE and not report.notes
    assert bool(standing(stacks, cloud)) is not back
