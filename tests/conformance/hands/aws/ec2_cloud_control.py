"""Types of EC2 without a table, through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, found
from tests.conformance.hands.base import Found

_EGRESS = "EgressOnlyInternetGatewayId"
REMOVALS = {
    "AWS::EC2::PrefixList": Call("ec2.delete_managed_prefix_list", {"PrefixListId": "{PrefixListId}"}),
    "AWS::EC2::EgressOnlyInternetGateway": Call("ec2.delete_egress_only_internet_gateway", {_EGRESS: f"{{{_EGRESS}}}"}),
    "AWS::EC2::CustomerGateway": Call("ec2.delete_customer_gateway", {"CustomerGatewayId": "{CustomerGatewayId}"}),
}


def inventory(clients: Clients, types: Collection[str]) -> Iterator[Found]:
    """Prefix lists, egress-only and customer gateways, where the case is about them."""
    ec2 = clients("ec2")
    if "AWS::EC2::PrefixList" in types:
        for item in ec2.describe_managed_prefix_lists()["PrefixLists"]:
            if not item["State"].startswith("delete"):
                entries = ec2.get_managed_prefix_list_entries(PrefixListId=item["PrefixListId"])["Entries"]
                yield found("AWS::EC2::PrefixList", item["PrefixListId"], {**item, "Entries": entries})
    if "AWS::EC2::EgressOnlyInternetGateway" in types:
        for item in ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]:
            yield found("AWS::EC2::EgressOnlyInternetGateway", item[_EGRESS], item)
    if "AWS::EC2::CustomerGateway" in types:
        for item in ec2.describe_customer_gateways()["CustomerGateways"]:
            if item["State"] != "deleted":
                yield found("AWS::EC2::CustomerGateway", item["CustomerGatewayId"], item)
