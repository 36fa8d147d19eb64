"""What was opened by hand, over the sandbox: policy judges it where it is accepted or taken over, in the plan and at the step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provisioner.model.problem import RefusedError
from provisioner.service import PartlyAppliedError
from tests.listing import client
from tests.stacks import Stacks

VPC = "vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}\n"
GROUP = """
a:
  type: AWS::EC2::SecurityGroup
  %s
  properties: {GroupDescription: x, VpcId: {{ ref("vpc").VpcId }}%s}
"""


@pytest.fixture
def stacks(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    made = Stacks(tmp_path, {"aws": fresh_aws}, monkeypatch)
    made.apply("r1", VPC)
    return made


def ec2(stacks: Stacks) -> Any:
    return client("ec2", stacks.endpoints["aws"], "us-east-1")


def open_to_all(stacks: Stacks, group: str) -> None:
    ec2(stacks).authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )  # fmt: skip


def by_hand(stacks: Stacks) -> str:
    vpc = next(row.identity for row in stacks.project.rows() if row.address == "vpc")
    return str(ec2(stacks).create_security_group(GroupName="hand", Description="x", VpcId=vpc)["GroupId"])


def test_drift_that_policy_forbids_is_not_accepted(stacks: Stacks) -> None:
    stacks.apply("r1", VPC + GROUP % ("", ""))
    group = next(str(row.identity) for row in stacks.project.rows() if row.address == "a")
    open_to_all(stacks, group)
    file = stacks.plan("r1", accept_drift=["a"])
    (finding,) = file.plan.verdict.findings
    assert (finding.rule, finding.address) == ("baseline/ssh-from-anywhere", "a")
    with pytest.raises(RefusedError, match="ssh-from-anywhere"):
        stacks.project.apply(file)


def test_what_policy_forbids_is_not_taken_over_unless_its_entry_closes_it(stacks: Stacks) -> None:
    group = by_hand(stacks)
    file = stacks.plan("r1", VPC + GROUP % (f"adopt: {group}", ""))
    assert not file.plan.verdict.refused
    open_to_all(stacks, group)
    with pytest.raises(PartlyAppliedError) as caught:  # opened after the plan was made
        stacks.project.apply(file)
    assert "ssh-from-anywhere" in caught.value.report.failures[0].message
    assert [row.address for row in stacks.project.rows()] == ["vpc"]
    stacks.project.rollback()
    assert stacks.plan("r1").plan.verdict.refused
    closed = stacks.plan("r1", VPC + GROUP % (f"adopt: {group}", ", SecurityGroupIngress: []"))
    assert not closed.plan.verdict.refused
    stacks.project.apply(closed)
    assert stacks.changes(stacks.plan("r1")) == {"a": "update"}
