"""Cases of EC2's routing."""

from __future__ import annotations

from provisioner.model.value import ABSENT
from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

VPC = Entry("vpc", "AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})
OTHER_VPC = Entry("other-vpc", "AWS::EC2::VPC", {"CidrBlock": "10.1.0.0/16"})
SUBNET = Entry("subnet", "AWS::EC2::Subnet", {"VpcId": ref("vpc", "VpcId"), "CidrBlock": "10.0.1.0/24"})
OTHER_SUBNET = Entry("other-subnet", "AWS::EC2::Subnet", {"VpcId": ref("vpc", "VpcId"), "CidrBlock": "10.0.2.0/24"})
TABLE = Entry("table", "AWS::EC2::RouteTable", {"VpcId": ref("vpc", "VpcId"), "Tags": tags(name="one")})
OTHER_TABLE = Entry("other-table", "AWS::EC2::RouteTable", {"VpcId": ref("vpc", "VpcId"), "Tags": tags(name="two")})
GATEWAY = Entry("gateway", "AWS::EC2::InternetGateway")
ATTACHMENT = Entry(
    "attachment",
    "AWS::EC2::VPCGatewayAttachment",
    {"VpcId": ref("vpc", "VpcId"), "InternetGatewayId": ref("gateway", "InternetGatewayId")},
)
PEERING = Entry(
    "peering",
    "AWS::EC2::VPCPeeringConnection",
    {"VpcId": ref("vpc", "VpcId"), "PeerVpcId": ref("other-vpc", "VpcId")},
)
THIRD_VPC = Entry("third-vpc", "AWS::EC2::VPC", {"CidrBlock": "10.2.0.0/16"})
OTHER_PEERING = Entry(
    "other-peering",
    "AWS::EC2::VPCPeeringConnection",
    {"VpcId": ref("vpc", "VpcId"), "PeerVpcId": ref("third-vpc", "VpcId")},
)

CASES = (
    Case(
        Entry("subject", "AWS::EC2::RouteTable", {"VpcId": ref("vpc", "VpcId"), "Tags": tags(team="a")}),
        needs=(VPC, OTHER_VPC, PEERING),
        dependents=(
            Entry(
                "route",
                "AWS::EC2::Route",
                {
                    "RouteTableId": ref("subject", "RouteTableId"),
                    "DestinationIpv6CidrBlock": "2001:DB8::1/32",
                    "VpcPeeringConnectionId": ref("peering", "Id"),
                },
            ),
        ),
        updates=({"Tags": tags(team="b", stage="test")},),
        replaces=({"VpcId": ref("other-vpc", "VpcId")},),
        behind=Behind("Tags", Call("ec2.create_tags", {"Resources": ["{RouteTableId}"], "Tags": tags(team="another")})),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::Route",
            {
                "RouteTableId": ref("table", "RouteTableId"),
                "DestinationCidrBlock": "10.1.0.7/16",
                "VpcPeeringConnectionId": ref("peering", "Id"),
            },
        ),
        needs=(VPC, OTHER_VPC, THIRD_VPC, GATEWAY, ATTACHMENT, TABLE, OTHER_TABLE, PEERING, OTHER_PEERING),
        updates=({"VpcPeeringConnectionId": ABSENT, "GatewayId": ref("gateway", "InternetGatewayId")},),
        replaces=({"DestinationCidrBlock": "10.1.2.0/24"}, {"RouteTableId": ref("other-table", "RouteTableId")}),
        behind=Behind(
            "VpcPeeringConnectionId",
            Call(
                "ec2.replace_route",
                {
                    "RouteTableId": "{RouteTableId}",
                    "DestinationCidrBlock": "10.1.0.0/16",
                    "VpcPeeringConnectionId": "{Peering}",
                },
            ),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::SubnetRouteTableAssociation",
            {"RouteTableId": ref("table", "RouteTableId"), "SubnetId": ref("subnet", "SubnetId")},
        ),
        needs=(VPC, SUBNET, OTHER_SUBNET, TABLE, OTHER_TABLE),
        replaces=({"RouteTableId": ref("other-table", "RouteTableId")}, {"SubnetId": ref("other-subnet", "SubnetId")}),
    ),
)
