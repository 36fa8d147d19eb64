"""Cases of what links EC2's networks."""

from __future__ import annotations

from provisioner.model.value import ABSENT
from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.ec2_routes import (
    ATTACHMENT,
    GATEWAY,
    OTHER_SUBNET,
    OTHER_VPC,
    SUBNET,
    TABLE,
    THIRD_VPC,
    VPC,
)
from tests.conformance.cases.aws.words import tags

ADDRESS = Entry("address", "AWS::EC2::EIP", {"Tags": tags(name="one")})
OTHER_ADDRESS = Entry("other-address", "AWS::EC2::EIP", {"Tags": tags(name="two")})


def _interface(address: str) -> Entry:
    """The sandbox lends us a private gateway's network interface."""
    body = {"SubnetId": ref("subnet", "SubnetId"), "ConnectivityType": "private", "Tags": tags(name=address)}
    return Entry(address, "AWS::EC2::NatGateway", body)


def _behind(ident: str) -> Behind:
    return Behind("Tags", Call("ec2.create_tags", {"Resources": [ident], "Tags": tags(team="another")}))


CASES = (
    Case(
        Entry(
            "subject",
            "AWS::EC2::NatGateway",
            {
                "SubnetId": ref("subnet", "SubnetId"),
                "AllocationId": ref("address", "AllocationId"),
                "Tags": tags(team="a"),
            },
        ),
        needs=(VPC, SUBNET, OTHER_SUBNET, GATEWAY, ATTACHMENT, ADDRESS, TABLE),
        dependents=(
            Entry(
                "route",
                "AWS::EC2::Route",
                {
                    "RouteTableId": ref("table", "RouteTableId"),
                    "DestinationCidrBlock": "0.0.0.0/0",
                    "NatGatewayId": ref("subject", "NatGatewayId"),
                },
            ),
        ),
        updates=({"Tags": tags(team="b", stage="test")},),
        replaces=({"SubnetId": ref("other-subnet", "SubnetId")}, {"PrivateIpAddress": "10.0.2.77"}),
        behind=_behind("{NatGatewayId}"),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::EIPAssociation",
            {"AllocationId": ref("address", "AllocationId"), "NetworkInterfaceId": ref("interface", "EniId")},
        ),
        needs=(VPC, SUBNET, ADDRESS, OTHER_ADDRESS, _interface("interface"), _interface("other-interface")),
        replaces=(
            {"NetworkInterfaceId": ref("other-interface", "EniId")},
            {"AllocationId": ABSENT, "EIP": ref("other-address", "PublicIp")},
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::VPCPeeringConnection",
            {"VpcId": ref("vpc", "VpcId"), "PeerVpcId": ref("other-vpc", "VpcId"), "Tags": tags(team="a")},
        ),
        needs=(VPC, OTHER_VPC, THIRD_VPC, TABLE),
        dependents=(
            Entry(
                "route",
                "AWS::EC2::Route",
                {
                    "RouteTableId": ref("table", "RouteTableId"),
                    "DestinationCidrBlock": "10.1.0.0/16",
                    "VpcPeeringConnectionId": ref("subject", "Id"),
                },
            ),
        ),
        updates=({"Tags": tags(team="b", stage="test")},),
        replaces=({"PeerVpcId": ref("third-vpc", "VpcId")},),
        behind=_behind("{VpcPeeringConnectionId}"),
    ),
)
