"""A replaced object that something else holds: the advice is followed to the letter, and lets go of nothing else."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from provisioner.cli.app import main
from provisioner.service import PartlyAppliedError
from tests.listing import client
from tests.stacks import Stacks

NET = """
vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.%d.0.0/16}}
sn: {type: AWS::EC2::Subnet, properties: {VpcId: {{ ref("vpc").VpcId }}, CidrBlock: 10.%d.1.0/24}}
"""


@pytest.mark.usefixtures("hurried")
def test_what_cannot_be_deleted_is_let_go_as_advised(
    tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = Stacks(tmp_path, {"aws": fresh_aws}, monkeypatch)
    stacks.apply("s", NET % (30, 30))
    (old,) = (str(row.identity) for row in stacks.project.rows() if row.address == "vpc")
    client("ec2", fresh_aws, "us-east-1").create_subnet(VpcId=old, CidrBlock="10.30.9.0/24")
    with pytest.raises(PartlyAppliedError) as caught:
        stacks.apply("s", NET % (31, 31))
    (failure,) = caught.value.report.failures
    assert main(["state", "forget", "vpc", "--stack", "s", "--yes"]) == 1
    assert f"vpc has 2 objects: {old} (superseded) and vpc-" in capsys.readouterr().err
    advised = shlex.split(failure.hint.rpartition(": orch ")[2])
    assert main([*advised, "--yes"]) == 0
    assert "1 to forget" in capsys.readouterr().out
    assert stacks.plan("s").plan.empty
    assert main(["rollback", "--yes"]) == 0
    capsys.readouterr()
    assert main(["state", "list"]) == 0
    assert [line.split()[1:3] for line in capsys.readouterr().out.splitlines() if "::VPC" in line] == [
        ["vpc", "(superseded)"], ["vpc", "AWS::EC2::VPC"]
    ]  # fmt: skip
    (change,) = [change for change in stacks.plan("s").plan.changes if change.action == "delete"]
    assert change.because[0].message == "left over from a replacement that was not finished"
