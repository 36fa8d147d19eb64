"""What a cloud holds only once, over the AWS sandbox: an attachment, a subnet's range. A replacement of what it belongs to
gives it up before it takes it again, and a rollback puts all of it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.model.change import Action
from provisioner.model.fault import Fault
from provisioner.model.plan import Plan
from provisioner.model.run import RunStatus
from provisioner.service import PartlyAppliedError, Project
from tests import listing
from tests.sandboxes import operations

REGION = "us-east-1"
NETWORK = """\
stack: network
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: {{ cidr }}, EnableDnsHostnames: true}
{% for name in ["a", "b"] %}
  subnet-{{ name }}:
    type: AWS::EC2::Subnet
    properties:
      VpcId: {{ ref("vpc").VpcId }}
      CidrBlock: {{ cidr | subnet(8, loop.index0) }}
      AvailabilityZone: us-east-1{{ name }}
{% endfor %}
  internet:
    type: AWS::EC2::InternetGateway
  attachment:
    type: AWS::EC2::VPCGatewayAttachment
    properties: {VpcId: {{ ref("vpc").VpcId }}, InternetGatewayId: {{ ref("internet").InternetGatewayId }}}
  address:
    type: AWS::EC2::EIP
    depends_on: [attachment]
    properties: {Domain: vpc}
  web:
    type: AWS::EC2::SecurityGroup
    properties: {GroupDescription: web, GroupName: web, VpcId: {{ ref("vpc").VpcId }}}
  app:
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: app
      VpcId: {{ ref("vpc").VpcId }}
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 80, ToPort: 80, SourceSecurityGroupId: {{ ref("web").GroupId }}}
"""
SUBNET = """\
stack: subnets
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16}
  subnet:
    type: AWS::EC2::Subnet
    properties: {VpcId: {{ ref("vpc").VpcId }}, CidrBlock: {{ cidr }}}
"""
ATTACHED = """\
stack: attached
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16}
  other:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.1.0.0/16}
  internet:
    type: AWS::EC2::InternetGateway
{% if cidr != "none" %}
  {{ cidr }}:
    type: AWS::EC2::VPCGatewayAttachment
    properties: {VpcId: {{ ref("other" if cidr == "second" else "vpc").VpcId }}, InternetGatewayId: {{ ref("internet").InternetGatewayId }}}
{% endif %}
"""
ZONES = """\
stack: zones
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16}
{% for zone in cidr.split(",") %}
  subnet-{{ zone }}:
    type: AWS::EC2::Subnet
    properties: {VpcId: {{ ref("vpc").VpcId }}, CidrBlock: {{ "10.0.0.0/16" | subnet(8, loop.index0) }}}
  group-{{ zone }}:
    type: AWS::EC2::SecurityGroup
    properties: {VpcId: {{ ref("vpc").VpcId }}, GroupDescription: {{ zone }}, GroupName: number-{{ loop.index }}}
{% endfor %}
"""
PLACES = f"places: {{aws: {{cloud: aws, account: '123456789012', region: {REGION}, endpoint: sandbox}}}}\n"
Start = Callable[[str, str], Any]


class Stack:
    """One blueprint with a parameter."""

    def __init__(self, folder: Path) -> None:
        self.project = Project.open(folder)

    def plan(self, cidr: str) -> Any:
        return self.project.plan(Path("stack"), parameters={"cidr": cidr})

    def apply(self, cidr: str) -> Plan:
        file = self.plan(cidr)
        self.project.apply(file, confirm_destroy=next((q.destroys for q in file.plan.confirm if q.destroys), None))
        after = self.plan(cidr).plan
        assert after.empty and not after.drift
        return file.plan  # type: ignore[no-any-return]


@pytest.fixture
def start(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Start:
    def made(template: str, cidr: str) -> Stack:
        monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {"aws": fresh_aws})
        monkeypatch.chdir(tmp_path)
        (tmp_path / "stack" / "environments").mkdir(parents=True)
        (tmp_path / "stack" / "blueprint.yaml.j2").write_text(template)
        (tmp_path / "stack" / "parameters.yaml").write_text("parameters: {cidr: {type: string}}\n")
        (tmp_path / "stack" / "environments" / "dev.yaml").write_text(PLACES)
        stack = Stack(tmp_path)
        stack.apply(cidr)
        return stack

    return made


def orders(plan: Plan) -> dict[str, str]:
    """What is replaced, and how."""
    return {change.address: change.order for change in plan.changes if change.action is Action.REPLACE}


def world(endpoint: str) -> str:
    """All that is there, by the plain client, without what AWS names by itself."""
    ec2 = listing.client("ec2", endpoint, REGION)
    names: dict[str, str] = {}

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: named(item) for key, item in value.items() if key not in ("ResponseMetadata", "Tags")}
        if isinstance(value, list):
            return [named(item) for item in value]
        return names.get(value, value) if isinstance(value, str) else value

    for vpc in ec2.describe_vpcs()["Vpcs"]:
        names |= {
            vpc["VpcId"]: "vpc",
            vpc["CidrBlockAssociationSet"][0]["AssociationId"]: "range",
            vpc["DhcpOptionsId"]: "",
        }
    for subnet in ec2.describe_subnets()["Subnets"]:
        names |= {subnet["SubnetId"]: subnet["CidrBlock"], subnet["SubnetArn"]: subnet["CidrBlock"]}
    groups = [group for group in ec2.describe_security_groups()["SecurityGroups"] if group["GroupName"] != "default"]
    for group in groups:
        names |= {group["GroupId"]: group["Description"], group["SecurityGroupArn"]: group["Description"]}
        names |= {group["GroupName"]: "made up"} if group["GroupName"].startswith("orch-") else {}
    found = [
        sorted(ec2.describe_vpcs()["Vpcs"], key=lambda item: str(item["CidrBlock"])),
        sorted(ec2.describe_subnets()["Subnets"], key=lambda item: str(item["CidrBlock"])),
        ec2.describe_internet_gateways()["InternetGateways"],
        ec2.describe_addresses()["Addresses"],
        sorted(groups, key=lambda item: str(item["Description"])),
    ]
    return json.dumps(named(found), indent=1, sort_keys=True, default=str)


def test_a_network_with_a_gateway_is_replaced_and_put_back(start: Start, fresh_aws: str) -> None:
    stack = start(NETWORK, "10.0.0.0/16")
    before = world(fresh_aws)
    plan = stack.apply("10.1.0.0/16")
    assert orders(plan) == {
        "vpc": "create_first", "subnet-a": "create_first", "subnet-b": "create_first", "attachment": "delete_first",
        "web": "create_first", "app": "create_first",
    }  # fmt: skip
    assert operations(fresh_aws).count("AttachInternetGateway") == 2, "the gateway is attached at the first try"
    assert json.loads(world(fresh_aws))[3] == json.loads(before)[3], "the address is kept"
    stack.project.rollback()
    assert world(fresh_aws) == before
    assert stack.plan("10.0.0.0/16").plan.empty


@pytest.mark.parametrize("other", ["10.0.1.0/25", "10.0.0.0/23"])
def test_a_subnet_whose_new_range_overlaps_the_old_one_is_deleted_first(
    start: Start, fresh_aws: str, other: str
) -> None:
    stack = start(SUBNET, "10.0.1.0/24")
    before = world(fresh_aws)
    plan = stack.apply(other)
    assert orders(plan) == {"subnet": "delete_first"}
    assert operations(fresh_aws).count("CreateSubnet") == 2
    stack.project.rollback()
    assert world(fresh_aws) == before


def test_a_subnet_in_another_cidris_made_first(start: Start) -> None:
    stack = start(SUBNET, "10.0.1.0/24")
    assert orders(stack.apply("10.0.2.0/24")) == {"subnet": "create_first"}


def test_a_gateway_that_another_entry_attaches_elsewhere_is_detached_before(start: Start, fresh_aws: str) -> None:
    stack = start(ATTACHED, "first")
    before = world(fresh_aws)
    stack.apply("second")
    assert operations(fresh_aws).count("AttachInternetGateway") == 2
    stack.project.rollback()
    assert world(fresh_aws) == before and stack.plan("first").plan.empty


def test_a_gateway_that_somebody_else_has_attached_fails_at_once(start: Start, fresh_aws: str) -> None:
    stack = start(ATTACHED, "none")
    file = stack.plan("first")
    ec2 = listing.client("ec2", fresh_aws, REGION)
    theirs = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.describe_internet_gateways()["InternetGateways"][0]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=theirs)
    with pytest.raises(PartlyAppliedError) as caught:
        stack.project.apply(file)
    report = caught.value.report
    assert report.run.status is not RunStatus.DONE
    assert [(f.address, f.code, f.fault) for f in report.failures] == [
        ("first", "Resource.AlreadyAssociated", Fault.INVALID)
    ]
    assert operations(fresh_aws).count("AttachInternetGateway") == 2


@pytest.mark.parametrize("zones", ["b,a,c", "c,a,b", "c,b", "d,c,a"])
def test_what_entries_take_from_each_other_is_given_up_first(start: Start, fresh_aws: str, zones: str) -> None:
    stack = start(ZONES, "a,b,c")
    before = world(fresh_aws)
    plan = stack.apply(zones)
    entries = [name for zone in zones.split(",") for name in (f"subnet-{zone}", f"group-{zone}")]
    made = {step.address for step in plan.steps if step.verb == "create"}
    assert made <= set(entries)
    creates = [name for name in operations(fresh_aws) if name in ("CreateSubnet", "CreateSecurityGroup")]
    assert len(creates) == 6 + len(made), "each is made at the first try"
    stack.project.rollback()
    assert world(fresh_aws) == before
    assert stack.plan("a,b,c").plan.empty
