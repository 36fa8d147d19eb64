"""EC2 through plain boto3. Default security groups and the like come and go with their VPC and are left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, found
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::EC2::VPC": Call("ec2.delete_vpc", {"VpcId": "{VpcId}"}),
    "AWS::EC2::Subnet": Call("ec2.delete_subnet", {"SubnetId": "{SubnetId}"}),
    "AWS::EC2::SecurityGroup": Call("ec2.delete_security_group", {"GroupId": "{GroupId}"}),
    "AWS::EC2::InternetGateway": Call("ec2.delete_internet_gateway", {"InternetGatewayId": "{InternetGatewayId}"}),
    "AWS::EC2::EIP": Call("ec2.release_address", {"AllocationId": "{AllocationId}"}),
    "AWS::EC2::VPCGatewayAttachment": Call(
        "ec2.detach_internet_gateway", {"InternetGatewayId": "{InternetGatewayId}", "VpcId": "{VpcId}"}
    ),
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Networks, gateways, addresses."""
    for lister in (_networks, _gateways, _addresses):
        yield from lister(clients)


def _networks(clients: Clients) -> Iterator[Found]:
    ec2 = clients("ec2")
    for item in clients.all("ec2", "describe_vpcs", "Vpcs"):
        dns = {
            name: ec2.describe_vpc_attribute(VpcId=item["VpcId"], Attribute=name)[f"E{name[1:]}"]["Value"]
            for name in ("enableDnsSupport", "enableDnsHostnames")
        }
        yield found("AWS::EC2::VPC", item["VpcId"], {**item, **dns})
    for item in clients.all("ec2", "describe_subnets", "Subnets"):
        yield found("AWS::EC2::Subnet", item["SubnetId"], item)
    for item in clients.all("ec2", "describe_security_groups", "SecurityGroups"):
        if item["GroupName"] != "default":
            yield found("AWS::EC2::SecurityGroup", item["GroupId"], item)


def _gateways(clients: Clients) -> Iterator[Found]:
    for item in clients.all("ec2", "describe_internet_gateways", "InternetGateways"):
        ident = item["InternetGatewayId"]
        yield found("AWS::EC2::InternetGateway", ident, item)
        for each in item["Attachments"]:
            both = {"InternetGatewayId": ident, "VpcId": each["VpcId"]}
            kind = "AWS::EC2::VPCGatewayAttachment"
            yield Found(kind, f"IGW|{each['VpcId']}", f"{ident}|{each['VpcId']}", {}, both)


def _addresses(clients: Clients) -> Iterator[Found]:
    for item in clients("ec2").describe_addresses()["Addresses"]:
        yield found("AWS::EC2::EIP", f"{item['PublicIp']}|{item['AllocationId']}", item)
