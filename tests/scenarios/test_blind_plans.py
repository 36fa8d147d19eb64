"""A plan of what could be read says how much it is not about, and is no proof that there is nothing to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from providers.kit.server import Rule
from provisioner.cli import main
from tests.sandboxes import faults
from tests.stacks import Stacks

NET = """
vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: %s}}
sn: {type: AWS::EC2::Subnet, properties: {VpcId: {{ ref("vpc").VpcId }}, CidrBlock: 10.0.1.0/24}}
gw: {type: AWS::EC2::InternetGateway}
"""


@pytest.fixture
def denied(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stacks = Stacks(tmp_path, {"aws": fresh_aws}, monkeypatch)
    stacks.apply("s", NET % "false")
    stacks.write("s", NET % "true")
    faults(fresh_aws, Rule("deny", "DescribeVpcs", times=-1))


def test_it_says_what_it_leaves_out(denied: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "s", "--allow-blind"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "No changes in what could be read: 1 resource is as wanted. 2 addresses were not planned." in told
    assert "No changes: " not in told
    assert main(["plan", "s", "--allow-blind", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["unplanned"] == ["vpc", "sn"]


def test_its_exit_code_does_not_say_that_there_is_nothing_to_do(
    denied: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "s", "--allow-blind", "--detailed-exitcode"]) == 1
    assert "cannot say that there is nothing to do" in capsys.readouterr().err


BUCKETS = """
a: {type: AWS::S3::Bucket, properties: {BucketName: orch-blind-a}}
b: {type: AWS::S3::Bucket, properties: {BucketName: orch-blind-b}}
"""


def test_a_mark_that_may_not_be_read_is_not_a_lost_one(
    tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = Stacks(tmp_path, {"aws": fresh_aws}, monkeypatch)
    stacks.apply("s", BUCKETS)
    stacks.write("s", BUCKETS.partition("b:")[0])
    faults(fresh_aws, Rule("deny", "s3:GetBucketTagging", times=-1))
    assert main(["plan", "s"]) == 1
    said = capsys.readouterr().err
    assert "its tags are denied" in said and "mark" not in said
    assert main(["plan", "s", "--allow-blind"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "2 addresses were not planned" in told and "delete" not in told.partition("Notes")[0].partition("changes")[2]
