"""An older copy of the state, put back over a cloud that has gone on: nothing is made twice, and the ledger is brought up to date."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from provisioner.cli import main
from provisioner.model.problem import RefusedError
from tests.listing import client
from tests.stacks import Stacks

ENTRIES = """
vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.%s.0.0/16}}
eip: {type: AWS::EC2::EIP, properties: {Domain: vpc}}
"""
MORE = """
group: {type: AWS::EC2::SecurityGroup, properties: {GroupDescription: web, VpcId: {{ ref("vpc").VpcId }}}}
{% for n in range(3) %}
subnet-{{ n }}:
  type: AWS::EC2::Subnet
  properties: {VpcId: {{ ref("vpc").VpcId }}, CidrBlock: 10.NET.{{ n }}.0/24}
{% endfor %}
"""
REBUILD = ["state", "rebuild", "one", "-e", "dev"]


def entries(net: int) -> str:
    return ENTRIES % net + MORE.replace("NET", str(net))


@pytest.fixture
def stacks(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    """A project whose state is a copy from before its network was replaced."""
    made = Stacks(tmp_path, {"aws": fresh_aws}, monkeypatch)
    made.apply("one", entries(0))
    copy(made)
    made.apply("one", entries(1), confirm_destroy=5)
    put_back(made)
    return made


def copy(stacks: Stacks) -> None:
    shutil.copy(stacks.folder / ".orch" / "state.db", stacks.folder / "backup.db")


def put_back(stacks: Stacks) -> None:
    for path in (stacks.folder / ".orch").glob("state.db*"):
        path.unlink()
    shutil.copy(stacks.folder / "backup.db", stacks.folder / ".orch" / "state.db")


def standing(stacks: Stacks) -> Mapping[str, list[str]]:
    """The marks on what stands, by kind."""
    ec2: Any = client("ec2", stacks.endpoints["aws"], "us-east-1")
    found = {
        "vpc": ec2.describe_vpcs()["Vpcs"],
        "subnet": ec2.describe_subnets()["Subnets"],
        "group": ec2.describe_security_groups()["SecurityGroups"],
    }
    tags = {kind: [{t["Key"]: t["Value"] for t in each.get("Tags", ())} for each in of] for kind, of in found.items()}
    return {kind: [each["orch-owner"] for each in of if "orch-owner" in each] for kind, of in tags.items()}


def addresses(stacks: Stacks) -> list[Any]:
    found: list[Any] = client("ec2", stacks.endpoints["aws"], "us-east-1").describe_addresses()["Addresses"]
    return found


def test_nothing_is_made_twice_and_the_ledger_is_brought_up_to_date(
    stacks: Stacks, capsys: pytest.CaptureFixture[str]
) -> None:
    had = standing(stacks)
    told = stacks.refused("one")
    assert told.count("this state is an older copy") == 5 and "is generation 2 of vpc, and the ledger has" in told
    assert "orch state rebuild one -e dev" in told and "one/blueprint.yaml.j2:2" in told
    assert main(["apply", "one", "-y", "--confirm", "--confirm-destroy", "5"]) == 1
    assert standing(stacks) == had

    capsys.readouterr()
    assert main([*REBUILD, "--yes"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "5 of 6 resources are brought up to date" in told
    assert standing(stacks) == had
    rows = {row.address: row.generation for row in stacks.project.rows()}
    assert rows == {"vpc": 2, "eip": 1, "group": 2, "subnet-0": 2, "subnet-1": 2, "subnet-2": 2}
    assert stacks.plan("one").plan.empty
    stacks.project.apply(stacks.plan("one", destroy=True), confirm_destroy=6)
    assert standing(stacks) == {"vpc": [], "subnet": [], "group": []}


def test_what_was_doubled_already_stays_in_view(stacks: Stacks, capsys: pytest.CaptureFixture[str]) -> None:
    main([*REBUILD, "--yes"])
    ec2: Any = client("ec2", stacks.endpoints["aws"], "us-east-1")
    row = next(row for row in stacks.project.rows() if row.address == "vpc")
    tags = [tag for vpc in ec2.describe_vpcs(VpcIds=[row.identity])["Vpcs"] for tag in vpc["Tags"]]
    twin = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[twin], Tags=tags)
    for command in (["plan", "one"], ["plan", "one", "--destroy"], [*REBUILD, "--plan"]):
        capsys.readouterr()
        assert main(command) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert f"{twin} carries the mark of vpc, which is {row.identity}" in told, command
    other = entries(1) + "second: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.7.0.0/16}}\n"
    assert not stacks.plan("one", other).plan.confirm, "it is known to be another's"

    stacks.write("one", entries(1))
    assert main(["destroy", "one", "-y"]) == 0
    assert f"{twin} carries the mark of vpc" in " ".join(capsys.readouterr().out.split())
    assert len(standing(stacks)["vpc"]) == 1, "nobody asked for it"


def test_what_was_made_since_the_copy_is_not_made_again_unasked(stacks: Stacks) -> None:
    stacks.apply("two", "first: {type: AWS::EC2::EIP, properties: {Domain: vpc}}")
    copy(stacks)
    both = "".join(f"{name}: {{type: AWS::EC2::EIP, properties: {{Domain: vpc}}}}\n" for name in ("first", "second"))
    stacks.apply("two", both)
    put_back(stacks)
    file = stacks.plan("two")
    (question,) = file.plan.confirm
    assert "it creates second while " in question.text and "if that is there already, it is made twice" in question.text
    assert "orch state rebuild two -e dev" in question.text
    with pytest.raises(RefusedError, match="--confirm"):
        stacks.project.apply(file)
    assert len(addresses(stacks)) == 3
    assert main(["state", "rebuild", "two", "-e", "dev", "--yes"]) == 0
    assert stacks.plan("two").plan.empty and len(addresses(stacks)) == 3
