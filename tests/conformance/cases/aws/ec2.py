"""Cases of EC2."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref, text
from tests.conformance.cases.aws.words import tags

VPC = Entry("vpc", "AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})


def _rule(port: int, cidr: object) -> dict[str, object]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": cidr}


CASES = (
    Case(
        Entry(
            "subject",
            "AWS::EC2::VPC",
            {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True, "Tags": tags(team="a")},
        ),
        dependents=(
            Entry("subnet", "AWS::EC2::Subnet", {"VpcId": ref("subject", "VpcId"), "CidrBlock": "10.0.1.0/24"}),
            Entry(
                "group",
                "AWS::EC2::SecurityGroup",
                {"VpcId": ref("subject", "VpcId"), "GroupDescription": "inside", "GroupName": "inside"},
            ),
        ),
        updates=(
            {"EnableDnsHostnames": False},
            {"EnableDnsHostnames": False, "EnableDnsSupport": False, "Tags": tags(team="b", stage="test")},
        ),
        replaces=({"InstanceTenancy": "dedicated"},),
        behind=Behind(
            "EnableDnsHostnames",
            Call("ec2.modify_vpc_attribute", {"VpcId": "{VpcId}", "EnableDnsHostnames": {"Value": False}}),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::Subnet",
            {
                "VpcId": ref("vpc", "VpcId"),
                "CidrBlock": "10.0.1.0/24",
                "AvailabilityZone": "us-east-1a",
                "MapPublicIpOnLaunch": True,
            },
        ),
        needs=(VPC,),
        dependents=(Entry("address", "AWS::EC2::EIP", {"Tags": tags(subnet=ref("subject", "SubnetId"))}),),
        updates=({"MapPublicIpOnLaunch": False}, {"Tags": tags(team="b")}),
        replaces=({"CidrBlock": "10.0.2.0/24"}, {"AvailabilityZone": "us-east-1b"}),
        behind=Behind(
            "MapPublicIpOnLaunch",
            Call("ec2.modify_subnet_attribute", {"SubnetId": "{SubnetId}", "MapPublicIpOnLaunch": {"Value": False}}),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::SecurityGroup",
            {
                "VpcId": ref("vpc", "VpcId"),
                "GroupName": "web",
                "GroupDescription": "web servers",
                "SecurityGroupIngress": [
                    _rule(443, "0.0.0.0/0"),
                    _rule(22, "192.0.2.0/24") | {"Description": "office"},
                ],
                "SecurityGroupEgress": [_rule(443, "0.0.0.0/0")],
                "Tags": tags(team="a"),
            },
        ),
        needs=(VPC,),
        dependents=(
            Entry(
                "behind-it",
                "AWS::EC2::SecurityGroup",
                {
                    "VpcId": ref("vpc", "VpcId"),
                    "GroupName": "database",
                    "GroupDescription": "databases",
                    "SecurityGroupIngress": [
                        {
                            "IpProtocol": "tcp",
                            "FromPort": 5432,
                            "ToPort": 5432,
                            "SourceSecurityGroupId": ref("subject", "GroupId"),
                        }
                    ],
                },
            ),
        ),
        updates=(
            {"SecurityGroupIngress": [_rule(443, "0.0.0.0/0"), _rule(8443, "192.0.2.0/24")]},
            {"SecurityGroupEgress": [], "Tags": tags(team="b")},
        ),
        replaces=({"GroupName": "web-2"}, {"GroupDescription": "web servers and more"}),
        behind=Behind(
            "SecurityGroupIngress",
            Call(
                "ec2.authorize_security_group_ingress",
                {"GroupId": "{GroupId}", "IpProtocol": "tcp", "FromPort": 25, "ToPort": 25, "CidrIp": "0.0.0.0/0"},
            ),
        ),
    ),
    Case(
        Entry("subject", "AWS::EC2::EIP", {"Tags": tags(team="a")}),
        needs=(VPC,),
        dependents=(
            Entry(
                "group",
                "AWS::EC2::SecurityGroup",
                {
                    "VpcId": ref("vpc", "VpcId"),
                    "GroupDescription": "from one address",
                    "SecurityGroupIngress": [_rule(22, text(ref("subject", "PublicIp"), "/32"))],
                },
            ),
        ),
        updates=({"Tags": tags(team="b", stage="test")},),
        replaces=({"NetworkBorderGroup": "us-east-1-wl1-bos-wlz-1"},),
        behind=Behind("Tags", Call("ec2.create_tags", {"Resources": ["{AllocationId}"], "Tags": tags(team="another")})),
    ),
    Case(
        Entry("subject", "AWS::EC2::InternetGateway", {"Tags": tags(team="a")}),
        updates=({"Tags": tags(team="b", stage="test")},),
        behind=Behind(
            "Tags", Call("ec2.create_tags", {"Resources": ["{InternetGatewayId}"], "Tags": tags(team="another")})
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::VPCGatewayAttachment",
            {"VpcId": ref("vpc", "VpcId"), "InternetGatewayId": ref("gateway", "InternetGatewayId")},
        ),
        needs=(
            VPC,
            Entry("gateway", "AWS::EC2::InternetGateway", {"Tags": tags(name="one")}),
            Entry("other", "AWS::EC2::InternetGateway", {"Tags": tags(name="two")}),
        ),
        replaces=({"InternetGatewayId": ref("other", "InternetGatewayId")},),
    ),
)
