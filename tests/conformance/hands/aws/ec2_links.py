"""What links EC2's networks, through plain boto3. What is deleted stays listed for a while and is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, found
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::EC2::NatGateway": Call("ec2.delete_nat_gateway", {"NatGatewayId": "{NatGatewayId}"}),
    "AWS::EC2::EIPAssociation": Call("ec2.disassociate_address", {"AssociationId": "{AssociationId}"}),
    "AWS::EC2::VPCPeeringConnection": Call(
        "ec2.delete_vpc_peering_connection", {"VpcPeeringConnectionId": "{VpcPeeringConnectionId}"}
    ),
}


def inventory(clients: Clients, types: Collection[str]) -> Iterator[Found]:
    """NAT gateways, peerings, and where addresses are."""
    for item in clients.all("ec2", "describe_nat_gateways", "NatGateways"):
        if item["State"] != "deleted":
            yield found("AWS::EC2::NatGateway", item["NatGatewayId"], item)
    for item in clients.all("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections"):
        if item["Status"]["Code"] != "deleted":
            assert item["Status"]["Code"] == "active", "it was never accepted"
            yield found("AWS::EC2::VPCPeeringConnection", item["VpcPeeringConnectionId"], item)
    if "AWS::EC2::EIPAssociation" in types:  # else they are gateways' and instances' own affair
        for item in clients("ec2").describe_addresses()["Addresses"]:
            if ident := item.get("AssociationId"):
                yield Found("AWS::EC2::EIPAssociation", ident, ident, {}, item)
