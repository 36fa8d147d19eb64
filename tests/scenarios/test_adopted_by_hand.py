"""What a user has in hand of an object whose identity is made of several parts (an allocation id) is enough to take it over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provisioner.cli.app import main
from tests.listing import client
from tests.stacks import Stacks

EIP = "eip: {type: AWS::EC2::EIP, adopt: %s, properties: {Domain: vpc}}"
ATTACHED = "igwa: {type: AWS::EC2::VPCGatewayAttachment, adopt: %s, properties: {VpcId: %s, InternetGatewayId: %s}}"


@pytest.fixture
def stacks(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, {"aws": fresh_aws}, monkeypatch)


@pytest.fixture
def ec2(fresh_aws: str) -> Any:
    return client("ec2", fresh_aws, "us-east-1")


@pytest.mark.parametrize("form", ["{AllocationId}", "{PublicIp}", "'{PublicIp}|{AllocationId}'"])
def test_an_address_is_taken_over_by_any_of_its_ids(stacks: Stacks, ec2: Any, form: str) -> None:
    ec2.allocate_address(Domain="vpc")
    made = ec2.allocate_address(Domain="vpc")
    text = EIP % form.format(**made)
    stacks.apply("s", text)
    identity = f"{made['PublicIp']}|{made['AllocationId']}"
    assert [row.identity for row in stacks.project.rows()] == [identity]
    assert stacks.plan("s").plan.empty
    assert len(ec2.describe_addresses()["Addresses"]) == 2
    stacks.project.apply(stacks.project.holdings.forget("eip", identity=made["AllocationId"]))
    found = stacks.project.holdings.existing(Path("s"))
    assert [each.have.identity for each in found.ready] == [identity]
    looked = 'group: {type: AWS::EC2::InternetGateway, properties: {Tags: [{Key: a, Value: {{ lookup("AWS::EC2::EIP", id="%s").PublicIp }}}]}}'
    assert stacks.plan("t", looked % made["AllocationId"]).plan.steps


def test_one_that_is_not_there_is_never_to_be_made_instead(stacks: Stacks, ec2: Any) -> None:
    said = stacks.refused("s", EIP % "eipalloc-00000000")
    assert "eipalloc-00000000 does not exist in aws, so it cannot be taken over" in said
    assert "its identity is PublicIp|AllocationId, or one of these" in said and "created" not in said


def test_an_attachment_is_taken_over_by_its_network(stacks: Stacks, ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    stacks.apply("s", ATTACHED % (vpc, vpc, gateway))
    assert [row.identity for row in stacks.project.rows()] == [f"IGW|{vpc}"]
    assert stacks.plan("s").plan.empty


NET = """
vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}
igw: {type: AWS::EC2::InternetGateway%s}
igwa:
  type: AWS::EC2::VPCGatewayAttachment%s
  properties: {VpcId: {{ ref("vpc").VpcId }}, InternetGatewayId: {{ ref("igw").InternetGatewayId }}}
"""


def test_what_an_attachment_refers_to_is_taken_over_before_it(stacks: Stacks) -> None:
    stacks.apply("s", NET % ("", ""))
    owned = {row.address: row.identity for row in stacks.project.rows()}
    for address in ("igwa", "igw"):
        stacks.project.apply(stacks.project.holdings.forget(address))
    said = stacks.refused("s")
    assert f"{owned['igwa']} already exists; it is not managed by orch" in said
    assert (
        f"its InternetGatewayId is {owned['igw']}: let igw, to which the entry refers for that, take that over first"
        in said
    )
    assert "`adopt`" in said and "another name" not in said and "orch adopt" not in said
    said = stacks.refused("s", NET % (f", adopt: {owned['igw']}", ""))
    assert (
        f"orch adopt BLUEPRINT --address igwa, or `adopt: {owned['igwa']}` in the entry; else take the entry out"
        in said
    )
    stacks.apply("s", NET % (f", adopt: {owned['igw']}", f"\n  adopt: {owned['igwa']}"))
    assert {row.address: row.identity for row in stacks.project.rows()} == owned
    assert stacks.plan("s").plan.empty


@pytest.mark.parametrize(("words", "command"), [((), "orch adopt s"), (("-e", "dev"), "orch adopt s -e dev")])
def test_a_command_that_is_advised_names_the_blueprint(
    stacks: Stacks, fresh_aws: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], command: str
) -> None:
    client("s3", fresh_aws, "us-east-1").create_bucket(Bucket="logs-1")
    stacks.write("s", "logs: {type: AWS::S3::Bucket, properties: {BucketName: logs-1}}")
    assert main(["plan", "s", *words]) == 1
    assert f"to take it over: {command} --address logs, or" in capsys.readouterr().err
    assert main(["apply", "s", *words, "--yes", "--format", "json"]) == 1
    assert f"{command} --address logs, or" in capsys.readouterr().out
