"""Two entries of what no two objects can be are refused before anything is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stacks import Stacks

VPC = "vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}\nother: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.1.0.0/16}}\n"


def group(address: str, name: str, vpc: str = "vpc") -> str:
    properties = f"GroupName: {name}, GroupDescription: d, VpcId: {{{{ ref('{vpc}').VpcId }}}}"
    return f"{address}: {{type: AWS::EC2::SecurityGroup, properties: {{{properties}}}}}\n"


@pytest.fixture
def stacks(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, {"aws": fresh_aws}, monkeypatch)


def test_two_groups_of_one_name_in_a_network(stacks: Stacks) -> None:
    said = stacks.invalid("s", VPC + group("a", "web") + group("b", "web"))
    assert "b has the same VpcId and GroupName as a (s/blueprint.yaml.j2:4), which no two objects can have" in said


def test_two_gateways_of_one_network(stacks: Stacks) -> None:
    gateways = "".join(f"g{i}: {{type: AWS::EC2::InternetGateway}}\n" for i in (1, 2))
    attached = "".join(
        f"a{i}: {{type: AWS::EC2::VPCGatewayAttachment, properties: {{VpcId: {{{{ ref('vpc').VpcId }}}}, "
        f"InternetGatewayId: {{{{ ref('g{i}').InternetGatewayId }}}}}}}}\n"
        for i in (1, 2)
    )
    assert "a2 has the same VpcId as a1" in stacks.invalid("s", VPC + gateways + attached)


def test_the_same_in_two_networks_or_of_two_names_is_fine(stacks: Stacks) -> None:
    stacks.project.validate(stacks.write("s", VPC + group("a", "web") + group("b", "web", "other") + group("c", "db")))
