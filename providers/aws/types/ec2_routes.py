"""Tables of EC2's routing: RouteTable, Route, SubnetRouteTableAssociation. Data and hooks, no request."""

from __future__ import annotations

import ipaddress

from providers.aws.table import Bulk, Call, Table
from providers.aws.terms import Frame, Term
from providers.aws.types import ec2_tags
from providers.aws.words import ident, same, unless_empty
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.resource_type import Effect, EffectKind
from provisioner.model.value import ABSENT, Map, Value

# --- RouteTable -----------------------------------------------------------------------------------------------------------

ROUTE_TABLE = Table(
    "AWS::EC2::RouteTable",
    create=Call("CreateRouteTable", same("VpcId") | ec2_tags.in_create("route-table"), token="ClientToken"),
    answer="RouteTable",
    tags=ec2_tags.calls("RouteTableId"),
    delete=Call("DeleteRouteTable", {"RouteTableId": ident("RouteTableId")}),
    bulk=Bulk(
        "DescribeRouteTables",
        "RouteTables",
        by_id=("route-table-id", "RouteTableId"),
        by_parent="vpc-id",
        by_tag=True,
        limit=("MaxResults", 100),
    ),
    body=same("RouteTableId", "VpcId", "Tags"),
    parent="VpcId",
)


# --- Route ----------------------------------------------------------------------------------------------------------------

_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS = (
    "CarrierGatewayId", "CoreNetworkArn", "EgressOnlyInternetGatewayId", "GatewayId", "InstanceId", "LocalGatewayId",
    "NatGatewayId", "NetworkInterfaceId", "OdbNetworkArn", "TransitGatewayId", "VpcEndpointId", "VpcPeeringConnectionId",
)  # fmt: skip
_ENDPOINT = "vpce-"


def _routes(answer: Map) -> Value:
    """Those that somebody has written: the local ones come with the table, others from gateways that spread them, and those
    of a gateway endpoint are its own."""
    return tuple(
        _route(table, route)
        for table in answer.get("RouteTables", ())
        for route in table.get("Routes", ())
        if route.get("Origin", "CreateRoute") == "CreateRoute" and not _of_endpoint(route)
    )


def _of_endpoint(route: Map) -> bool:
    return "DestinationPrefixListId" in route and str(route.get("GatewayId", "")).startswith(_ENDPOINT)


def _route(table: Map, route: Map) -> Map:
    out = {name: route[name] for name in (*_DESTINATIONS, *_TARGETS) if name in route}
    if str(out.get("GatewayId", "")).startswith(_ENDPOINT):  # EC2 tells one of a load balancer's endpoint as a gateway
        out["VpcEndpointId"] = out.pop("GatewayId")
    return Map(RouteTableId=table["RouteTableId"], CidrBlock=_destination(Map(out)), **out)


def _destination(body: Map) -> Value:
    """Whichever destination there is: a part of the identity."""
    return next((body[name] for name in _DESTINATIONS if name in body), ABSENT)


def _to(name: str) -> Term:
    """A destination as a call takes it, out of the identity."""

    def value(frame: Frame) -> Value:
        text = str(frame.identity.get("CidrBlock", ""))
        kind = _DESTINATIONS[2] if text.startswith("pl-") else _DESTINATIONS[1 if ":" in text else 0]
        return text if name == kind else ABSENT

    return value


def _of_route() -> dict[str, Term]:
    return {"RouteTableId": ident("RouteTableId"), **{name: _to(name) for name in _DESTINATIONS}}


def _network(body: Map, _place: Place) -> Map:
    """EC2 clears the host bits of a destination, and writes IPv6 in its short form."""
    out = dict(body)
    for name in _DESTINATIONS[:2]:
        text = out.get(name)
        if isinstance(text, str):
            try:
                out[name] = str(ipaddress.ip_interface(text).network) if "/" in text else text
            except ValueError:
                continue
    return Map(out)


ROUTE = Table(
    "AWS::EC2::Route",
    create=Call(
        "CreateRoute",
        same("RouteTableId", *_DESTINATIONS) | {name: unless_empty(name) for name in _TARGETS},
        sets=("RouteTableId", *_DESTINATIONS, *_TARGETS),
    ),
    updates=(Call("ReplaceRoute", {**_of_route(), **{name: unless_empty(name) for name in _TARGETS}}, sets=_TARGETS),),
    delete=Call("DeleteRoute", _of_route()),
    one_of=(_DESTINATIONS, _TARGETS),
    bulk=Bulk(
        "DescribeRouteTables",
        _routes,
        by_id=("route-table-id", "RouteTableId"),
        by_parent="route-table-id",
        limit=("MaxResults", 100),
    ),
    body=same("RouteTableId", "CidrBlock", *_DESTINATIONS, *_TARGETS),
    named={"CidrBlock": lambda frame: _destination(frame.want)},
    canonical=_network,
    parent="RouteTableId",
    # A route has one target at a time, and the one that it goes to takes the place of the one that it had.
    defaults=dict.fromkeys(_TARGETS, ""),
    # Nothing in a route says that its gateway has to be attached to the network first, or is still being accepted.
    faults=((r"belong to different networks|^InvalidStateTransition", Fault.NOT_READY),),
    natural_key=(("RouteTableId",), *((name,) for name in _DESTINATIONS)),
)


# --- SubnetRouteTableAssociation ------------------------------------------------------------------------------------------


def _associations(answer: Map) -> Value:
    """Those of subnets: the main one is the network's own, and others are gateways'."""
    return tuple(
        Map({"Id": each["RouteTableAssociationId"], **{name: each[name] for name in ("RouteTableId", "SubnetId")}})
        for table in answer.get("RouteTables", ())
        for each in table.get("Associations", ())
        if "SubnetId" in each
        and each.get("AssociationState", {}).get("State") not in ("disassociating", "disassociated")
    )


SUBNET_ROUTE_TABLE_ASSOCIATION = Table(
    "AWS::EC2::SubnetRouteTableAssociation",
    create=Call("AssociateRouteTable", same("RouteTableId", "SubnetId")),
    delete=Call("DisassociateRouteTable", {"AssociationId": ident("Id")}),
    bulk=Bulk(
        "DescribeRouteTables",
        _associations,
        by_id=("association.route-table-association-id", "Id"),
        by_parent="route-table-id",
        by_name={"association.subnet-id": "SubnetId"},
        alike=("SubnetId",),
        limit=("MaxResults", 100),
    ),
    body={"Id": lambda item: item.get("Id") or item.get("AssociationId", ABSENT), **same("RouteTableId", "SubnetId")},
    parent="RouteTableId",
    effects=(Effect(("RouteTableId",), EffectKind.REPLACE),),
    unique=((("SubnetId",),),),  # a subnet has one at a time, and its network's main table in between
)

TABLES = (ROUTE_TABLE, ROUTE, SUBNET_ROUTE_TABLE_ASSOCIATION)
