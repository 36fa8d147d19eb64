"""What a network costs in requests, counted at the endpoint: 1 VPC, 50 subnets, 50 security groups with a rule each.

The yardstick is the shortest boto3 script that makes the same, run against the same endpoint beside ours.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from provisioner.cli import main
from provisioner.model.change import Action
from provisioner.service import Project
from tests import listing
from tests.sandboxes import operations, reset

COUNT = 50
REGION = "us-east-1"
ENVIRONMENT = f"""\
places:
  aws: {{cloud: aws, account: "123456789012", region: {REGION}, endpoint: sandbox}}
"""
TEMPLATE = f"""\
stack: calls
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {{CidrBlock: 10.0.0.0/16}}
{{% for i in range({COUNT}) %}}
  subnet-{{{{ i }}}}:
    type: AWS::EC2::Subnet
    properties:
      VpcId: {{{{ ref("vpc").VpcId }}}}
      CidrBlock: 10.0.{{{{ i }}}}.0/24
  group-{{{{ i }}}}:
    type: AWS::EC2::SecurityGroup
    properties:
      GroupName: group-{{{{ i }}}}
      GroupDescription: one of many
      VpcId: {{{{ ref("vpc").VpcId }}}}
      SecurityGroupIngress:
        - {{IpProtocol: tcp, FromPort: {{{{ 8000 + i }}}}, ToPort: {{{{ 8000 + i }}}}, CidrIp: 10.0.0.0/8}}
{{% endfor %}}
"""


def minimal_script(ec2: Any) -> None:
    """The same network by hand: one call for each thing that has a call."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for i in range(COUNT):
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24")
        group = ec2.create_security_group(VpcId=vpc, GroupName=f"group-{i}", Description="one of many")["GroupId"]
        rule = {"IpProtocol": "tcp", "FromPort": 8000 + i, "ToPort": 8000 + i, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])


def write_blueprint(folder: Path) -> Path:
    """The network as a blueprint, in a folder of its own."""
    (folder / "environments").mkdir(parents=True)
    (folder / "environments" / "sandbox.yaml").write_text(ENVIRONMENT)
    (folder / "blueprint.yaml.j2").write_text(TEMPLATE)
    return folder


def made(endpoint: str) -> Counter[str]:
    """What the endpoint holds, without the names that are chosen for us."""
    return Counter(listing.aws(endpoint, REGION))


def test_calls_of_an_apply_and_of_a_plan_without_changes(
    tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {"aws": fresh_aws})
    blueprint = write_blueprint(tmp_path / "calls")
    minimal_script(listing.client("ec2", fresh_aws, REGION))
    script = operations(fresh_aws)
    by_hand = made(fresh_aws)
    assert len(script) == 1 + 3 * COUNT  # else the yardstick has grown

    reset(fresh_aws)
    project = Project.open(tmp_path)
    project.apply(project.plan(blueprint, environment="sandbox"))
    ours = operations(fresh_aws)
    assert len(ours) <= 1.15 * len(script), Counter(ours)
    assert made(fresh_aws) == by_hand

    before = len(operations(fresh_aws))
    plan = project.plan(blueprint, environment="sandbox").plan
    noop = operations(fresh_aws)[before:]
    assert plan.empty and len(plan.changes) == 1 + 2 * COUNT
    assert all(change.action is Action.NOOP for change in plan.changes)
    assert len(noop) <= 10, noop


def test_a_plan_tells_what_it_has_cost(
    tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {"aws": fresh_aws})
    monkeypatch.chdir(tmp_path)
    command = ["plan", str(write_blueprint(tmp_path / "calls")), "-e", "sandbox", "--stats"]
    assert main(command) == 0
    text = capsys.readouterr()
    sent = len(operations(fresh_aws))
    assert f"{sent} requests in " in text.err and "requests in" not in text.out
    assert f"aws 123456789012 {REGION}  AWS::EC2::VPC read" in text.err
    assert main([*command, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["stats"]
    assert told["requests"] == len(operations(fresh_aws)) - sent == sum(share["requests"] for share in told["shares"])
