"""Cases of EC2's types without a table."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

VPC = Entry("vpc", "AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})
OTHER = Entry("other", "AWS::EC2::VPC", {"CidrBlock": "10.1.0.0/16"})


def _tagged(identity: str) -> Behind:
    mark = {"Resources": [f"{{{identity}}}"], "Tags": [{"Key": "team", "Value": "nobody"}]}
    return Behind("Tags", Call("ec2.create_tags", mark))


CASES = (
    Case(
        Entry(
            "subject",
            "AWS::EC2::PrefixList",
            {
                "PrefixListName": "office",
                "AddressFamily": "IPv4",
                "MaxEntries": 5,
                "Entries": [{"Cidr": "192.0.2.0/24", "Description": "hall"}, {"Cidr": "198.51.100.0/24"}],
                "Tags": tags(team="a"),
            },
        ),
        updates=(
            {"Entries": [{"Cidr": "192.0.2.0/24", "Description": "hall"}]},
            {"PrefixListName": "offices", "Tags": tags(team="b", stage="test")},
        ),
        behind=Behind(
            "Entries",
            Call(
                "ec2.modify_managed_prefix_list",
                {
                    "PrefixListId": "{PrefixListId}",
                    "PrefixListName": "{PrefixListName}",
                    "AddEntries": [{"Cidr": "203.0.113.0/24"}],
                },
            ),
        ),
    ),
    Case(
        Entry("subject", "AWS::EC2::EgressOnlyInternetGateway", {"VpcId": ref("vpc", "VpcId"), "Tags": tags(team="a")}),
        needs=(VPC, OTHER),
        updates=({"Tags": tags(team="b", stage="test")},),
        replaces=({"VpcId": ref("other", "VpcId")},),
        behind=_tagged("EgressOnlyInternetGatewayId"),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::CustomerGateway",
            {"Type": "ipsec.1", "IpAddress": "192.0.2.1", "BgpAsn": 65010, "Tags": tags(team="a")},
        ),
        updates=({"Tags": tags(team="b", stage="test")},),
        replaces=({"BgpAsn": 65011}, {"IpAddress": "192.0.2.2"}),
        behind=_tagged("CustomerGatewayId"),
    ),
)
