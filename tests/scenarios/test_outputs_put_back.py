"""An output of what was changed by hand, and is put back by the plan, is not shown as what the hand has left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import listing
from tests.stacks import Stacks

VPC = """
vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16, Tags: [{Key: team, Value: a}]}}
outputs:
  tags: {{ ref("vpc").Tags }}
"""


def test_it_is_known_after_the_apply(
    tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from provisioner.cli import main

    stacks = Stacks(tmp_path, {"aws": fresh_aws}, monkeypatch)
    stacks.apply("s", VPC)
    ec2 = listing.client("ec2", fresh_aws, "us-east-1")
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    ec2.create_tags(Resources=[vpc["VpcId"]], Tags=[{"Key": "hand", "Value": "made"}])
    assert main(["plan", "s"]) == 0
    outputs = capsys.readouterr().out.partition("\nOutputs")[2]
    assert "made" not in outputs, outputs
    assert main(["apply", "s", "--yes"]) == 0
    assert "made" not in capsys.readouterr().out.rpartition("\nOutputs")[2]
    assert stacks.plan("s").plan.empty
