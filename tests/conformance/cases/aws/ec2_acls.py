"""Cases of EC2's network ACLs and of rules of security groups that are entries of their own."""

from __future__ import annotations

from provisioner.model.value import ABSENT
from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.ec2_routes import OTHER_VPC, VPC
from tests.conformance.cases.aws.words import tags

ACL = Entry("acl", "AWS::EC2::NetworkAcl", {"VpcId": ref("vpc", "VpcId"), "Tags": tags(name="one")})
OTHER_ACL = Entry("other-acl", "AWS::EC2::NetworkAcl", {"VpcId": ref("vpc", "VpcId"), "Tags": tags(name="two")})
GROUP = Entry("group", "AWS::EC2::SecurityGroup", {"VpcId": ref("vpc", "VpcId"), "GroupDescription": "servers"})
OTHER_GROUP = Entry(
    "other-group", "AWS::EC2::SecurityGroup", {"VpcId": ref("vpc", "VpcId"), "GroupDescription": "clients"}
)


def _rule(direction: str, far: str) -> Case:
    described = Call(
        f"ec2.update_security_group_rule_descriptions_{direction.lower()}",
        {
            "GroupId": "{GroupId}",
            "SecurityGroupRuleDescriptions": [
                {"SecurityGroupRuleId": "{SecurityGroupRuleId}", "Description": "meddled"}
            ],
        },
    )
    return Case(
        Entry(
            "subject",
            f"AWS::EC2::SecurityGroup{direction}",
            {
                "GroupId": ref("group", "GroupId"),
                "IpProtocol": "TCP",
                "FromPort": 443,
                "ToPort": 443,
                "CidrIp": "192.0.2.7/24",
                "Description": "office",
            },
        ),
        needs=(VPC, GROUP, OTHER_GROUP),
        updates=({"Description": "branch"}, {"Description": ABSENT}),
        replaces=(
            {"FromPort": 80},
            {"IpProtocol": "-1", "FromPort": ABSENT, "ToPort": ABSENT},
            {"CidrIp": ABSENT, f"{far}SecurityGroupId": ref("other-group", "GroupId")},
            {"GroupId": ref("other-group", "GroupId")},
        ),
        behind=Behind("Description", described),
    )


CASES = (
    Case(
        Entry("subject", "AWS::EC2::NetworkAcl", {"VpcId": ref("vpc", "VpcId"), "Tags": tags(team="a")}),
        needs=(VPC, OTHER_VPC),
        dependents=(
            Entry(
                "entry",
                "AWS::EC2::NetworkAclEntry",
                {
                    "NetworkAclId": ref("subject", "Id"),
                    "RuleNumber": 100,
                    "Protocol": -1,
                    "RuleAction": "allow",
                    "CidrBlock": "0.0.0.0/0",
                    "PortRange": {"From": 1, "To": 2},
                },
            ),
        ),
        updates=({"Tags": tags(team="b", stage="test")},),
        replaces=({"VpcId": ref("other-vpc", "VpcId")},),
        behind=Behind("Tags", Call("ec2.create_tags", {"Resources": ["{NetworkAclId}"], "Tags": tags(team="another")})),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::NetworkAclEntry",
            {
                "NetworkAclId": ref("acl", "Id"),
                "RuleNumber": 100,
                "Protocol": 6,
                "RuleAction": "ALLOW",
                "CidrBlock": "192.0.2.0/24",
                "PortRange": {"From": 443, "To": 443},
            },
        ),
        needs=(VPC, ACL, OTHER_ACL),
        updates=(
            {"PortRange": {"From": 80, "To": 443}},
            {"RuleAction": "deny", "CidrBlock": ABSENT, "Ipv6CidrBlock": "2001:DB8::/32"},
            {"Protocol": 1, "PortRange": ABSENT, "Icmp": {"Type": 8, "Code": -1}},
        ),
        replaces=({"RuleNumber": 200}, {"Egress": True}, {"NetworkAclId": ref("other-acl", "Id")}),
        behind=Behind(
            "RuleAction",
            Call(
                "ec2.replace_network_acl_entry",
                {
                    "NetworkAclId": "{NetworkAclId}",
                    "RuleNumber": 100,
                    "Egress": False,
                    "Protocol": "6",
                    "RuleAction": "deny",
                    "CidrBlock": "192.0.2.0/24",
                    "PortRange": {"From": 443, "To": 443},
                },
            ),
        ),
    ),
    _rule("Ingress", "Source"),
    _rule("Egress", "Destination"),
)
