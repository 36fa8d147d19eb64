"""The use cases around the engine: what policy says of a rollback, and what an undo that fails leaves to be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.model.finding import Level
from provisioner.model.problem import RefusedError, StaleError
from provisioner.model.run import RunStatus
from provisioner.render import json, stack
from provisioner.service import PartlyAppliedError, Project
from tests import listing

TEMPLATE = """\
stack: small
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16}
  access:
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: access
      VpcId: {{ ref("vpc").VpcId }}
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: {{ source }}}
"""
PLACES = "places: {aws: {cloud: aws, account: '123456789012', region: us-east-1, endpoint: sandbox}}\n"
OPEN, CLOSED = {"source": "0.0.0.0/0"}, {"source": "10.0.0.0/8"}


@pytest.fixture
def folder(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with one small blueprint, whose stack is there with its door open and whose policy has come later."""
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {"aws": fresh_aws})
    blueprint = tmp_path / "small"
    (blueprint / "environments").mkdir(parents=True)
    (blueprint / "blueprint.yaml.j2").write_text(TEMPLATE)
    (blueprint / "parameters.yaml").write_text("parameters: {source: {type: string}}\n")
    (blueprint / "environments" / "dev.yaml").write_text(PLACES)
    (tmp_path / "orch.yaml").write_text("policy: {packs: []}\n")
    project = Project.open(tmp_path)
    project.apply(project.plan(blueprint, parameters=OPEN))
    (tmp_path / "orch.yaml").write_text("policy: {packs: [baseline]}\n")
    return tmp_path


def doors(endpoint: str) -> list[str]:
    """Which addresses may come in."""
    groups = listing.client("ec2", endpoint, "us-east-1").describe_security_groups()["SecurityGroups"]
    rules = [rule for group in groups if group["GroupName"] != "default" for rule in group["IpPermissions"]]
    return [item["CidrIp"] for rule in rules for item in rule["IpRanges"]]


def test_a_rollback_goes_through_the_gate_too(folder: Path, fresh_aws: str) -> None:
    project = Project.open(folder)
    project.apply(project.plan(folder / "small", parameters=CLOSED))
    undo = project.rollback_plan().plan
    assert [(f.rule, f.level) for f in undo.verdict.findings] == [("baseline/ssh-from-anywhere", Level.MANDATORY)]
    with pytest.raises(RefusedError, match="SSH"):
        project.rollback()
    assert doors(fresh_aws) == ["10.0.0.0/8"]
    assert project.runs()[0].status is RunStatus.DONE


def test_what_was_applied_before_there_was_a_policy_can_be_rolled_back(folder: Path, fresh_aws: str) -> None:
    Project.open(folder).rollback()
    assert doors(fresh_aws) == []


def test_an_undo_that_is_refused_leaves_the_failures_of_the_run_to_be_read(folder: Path, fresh_aws: str) -> None:
    template = folder / "small" / "blueprint.yaml.j2"
    broken = "  bad:\n    type: AWS::EC2::Subnet\n    depends_on: [access]\n    properties: {VpcId: vpc-0, CidrBlock: 10.9.0.0/24}\n"
    template.write_text(TEMPLATE + broken)
    project = Project.open(folder)
    with pytest.raises(PartlyAppliedError) as caught:
        project.apply(project.plan(folder / "small", parameters=CLOSED), on_failure="rollback")
    assert [failure.address for failure in caught.value.report.failures] == ["bad"]
    assert any("SSH" in problem.message for problem in caught.value.problems)
    assert f"orch rollback {caught.value.report.run.id}" in caught.value.report.next


def test_what_a_type_holds_to_be_secret_is_in_no_output(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "blueprint.yaml.j2").write_text(
        "stack: keys\nresources:\n  disk:\n    type: compute.googleapis.com/Disk\n"
        "    properties: {name: d, sizeGb: 10, diskEncryptionKey: {rawKey: hunter2}}\n"
    )
    place = "places: {gcp: {cloud: gcp, project: p-dev, zone: europe-west1-b, endpoint: 'http://127.0.0.1:9'}}\n"
    (tmp_path / "environments" / "dev.yaml").write_text(place)
    view = stack.view(Project.open(tmp_path).render(tmp_path))
    assert view.resources[0].body["diskEncryptionKey"] == {"rawKey": "(sensitive)"}
    assert "hunter2" not in json.dump(view)


@pytest.mark.parametrize(("then", "now"), [("[]", "[baseline]"), ("[baseline]", "[]")])
def test_a_plan_is_stale_once_other_packs_hold(folder: Path, fresh_aws: str, then: str, now: str) -> None:
    (folder / "orch.yaml").write_text(f"policy: {{packs: {then}}}\n")
    project = Project.open(folder)
    file = project.plan(folder / "small", parameters={"source": "192.0.2.0/24"})
    (folder / "orch.yaml").write_text(f"policy: {{packs: {now}}}\n")
    with pytest.raises(StaleError, match="policy has changed since this plan was made"):
        Project.open(folder).apply(file)
    assert doors(fresh_aws) == ["0.0.0.0/0"]
    project.apply(file)
    assert doors(fresh_aws) == ["192.0.2.0/24"]
