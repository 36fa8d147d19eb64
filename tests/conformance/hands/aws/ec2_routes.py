"""EC2's routing through plain boto3. Main tables and local routes come and go with their VPC and are left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, found
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::EC2::RouteTable": Call("ec2.delete_route_table", {"RouteTableId": "{RouteTableId}"}),
    "AWS::EC2::Route": Call(
        "ec2.delete_route", {"RouteTableId": "{RouteTableId}", "DestinationCidrBlock": "{DestinationCidrBlock}"}
    ),
    "AWS::EC2::SubnetRouteTableAssociation": Call(
        "ec2.disassociate_route_table", {"AssociationId": "{RouteTableAssociationId}"}
    ),
}


def inventory(clients: Clients, types: Collection[str]) -> Iterator[Found]:
    """Tables, their routes, and the subnets that use them."""
    peerings = []
    if "AWS::EC2::Route" in types:  # what a route can be led to behind our back
        listed = clients.all("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections")
        peerings = [each["VpcPeeringConnectionId"] for each in listed if each["Status"]["Code"] == "active"]
    for item in clients.all("ec2", "describe_route_tables", "RouteTables"):
        if not any(each["Main"] for each in item["Associations"]):
            yield found("AWS::EC2::RouteTable", item["RouteTableId"], {**item, "Routes": [], "Associations": []})
        for each in item["Associations"]:
            if "SubnetId" in each:
                kind = "AWS::EC2::SubnetRouteTableAssociation"
                yield found(kind, each["RouteTableAssociationId"], each)
        yield from (_route(item["RouteTableId"], route, peerings) for route in item["Routes"] if _written(route))


def _written(route: dict[str, Any]) -> bool:
    return route["Origin"] == "CreateRoute" and not route.get("GatewayId", "").startswith("vpce-")


def _route(table: str, route: dict[str, Any], peerings: list[str]) -> Found:
    names = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    others = [each for each in peerings if each != route.get("VpcPeeringConnectionId")]
    identity = f"{table}|{next(route[name] for name in names if name in route)}"
    return Found(
        "AWS::EC2::Route", identity, identity, {}, {"RouteTableId": table, "Peering": (others or [""])[0], **route}
    )
