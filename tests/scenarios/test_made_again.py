"""What a rollback makes again over the sandboxes has what the cloud had chosen for it, where that can be asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provisioner.model.plan import Verb
from provisioner.model.value import thaw
from provisioner.service import Project

REGION = "us-east-1"
TEMPLATE = """\
stack: chosen
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16}
  net:
    type: compute.googleapis.com/Network
    properties: {name: net, autoCreateSubnetworks: false}
  part:
    type: compute.googleapis.com/Subnetwork
    properties: {name: part, network: {{ ref("net").selfLink }}, ipCidrRange: 10.8.0.0/24}
{% for number in range(4) if keep != "none" %}
  subnet-{{ number }}:
    type: AWS::EC2::Subnet
    properties: {VpcId: {{ ref("vpc").VpcId }}, CidrBlock: 10.0.{{ number + (10 if keep == "others" else 0) }}.0/24}
{% endfor %}
{% if keep != "none" %}
  group:
    type: AWS::EC2::SecurityGroup
    properties: {GroupDescription: group {{ keep }}, VpcId: {{ ref("vpc").VpcId }}}
  outside:
    type: compute.googleapis.com/Address
    properties: {name: outside, description: {{ keep }}}
  inside:
    type: compute.googleapis.com/Address
    properties: {name: inside, addressType: INTERNAL, subnetwork: {{ ref("part").selfLink }}, description: {{ keep }}}
{% endif %}
"""
PLACES = f"""\
places:
  aws: {{cloud: aws, account: '123456789012', region: {REGION}, endpoint: sandbox}}
  gcp: {{cloud: gcp, project: sandbox, region: europe-west1, endpoint: sandbox}}
"""
CHOSEN = {
    **dict.fromkeys([f"subnet-{number}" for number in range(4)], ("AvailabilityZone",)),
    "group": ("GroupName",),
    "inside": ("address",),
}


@pytest.fixture
def project(tmp_path: Path, fresh_aws: str, fresh_gcp: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose stack is there."""
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {"aws": fresh_aws, "gcp": fresh_gcp})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chosen" / "environments").mkdir(parents=True)
    (tmp_path / "chosen" / "blueprint.yaml.j2").write_text(TEMPLATE)
    (tmp_path / "chosen" / "parameters.yaml").write_text("parameters: {keep: {type: string, default: all}}\n")
    (tmp_path / "chosen" / "environments" / "dev.yaml").write_text(PLACES)
    made = Project.open(tmp_path)
    made.apply(made.plan(Path("chosen")))
    return made


def chosen(project: Project) -> dict[str, Any]:
    """What the cloud chose, by address, as it was read back."""
    rows = {row.address: row for row in project.rows()}
    return {address: thaw(rows[address].baseline)[path[0]] for address, path in CHOSEN.items()}  # type: ignore[index]


def change(project: Project, keep: str) -> None:
    project.apply(project.plan(Path("chosen"), parameters={"keep": keep}), confirm_destroy=7)


@pytest.mark.parametrize("keep", ["none", "others"])
def test_what_is_made_again_is_where_it_was(project: Project, keep: str) -> None:
    before = chosen(project)
    change(project, keep)
    undo = project.rollback_plan().plan
    made = {step.address: step.want.body for step in undo.steps if step.verb is Verb.CREATE and step.want}
    assert {address: made[address][path[0]] for address, path in CHOSEN.items()} == before
    assert "address" not in made["outside"], "a public address is not to be had again by its number"
    told = [change.because[0].message for change in undo.changes if change.address == "subnet-0"]
    assert any(words.endswith("; it gets the AvailabilityZone that the cloud had chosen for it") for words in told)
    project.rollback()
    assert chosen(project) == before


def test_what_was_chosen_is_not_wanted_by_the_blueprint(project: Project) -> None:
    """The plan after it is empty, and a second rollback of the kind gives the same again."""
    before = chosen(project)
    for _ in range(2):
        change(project, "none")
        project.rollback()
        after = project.plan(Path("chosen")).plan
        assert after.empty and not after.drift
        assert chosen(project) == before
    rows = {row.address: row for row in project.rows()}
    assert "AvailabilityZone" not in rows["subnet-0"].applied and "address" not in rows["inside"].applied
