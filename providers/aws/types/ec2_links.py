"""Tables of what links EC2's networks with others: NatGateway, EIPAssociation, VPCPeeringConnection. Data and hooks, no
request."""

from __future__ import annotations

from collections.abc import Iterator

from providers.aws.table import GONE, Bulk, Call, Table, Wait
from providers.aws.terms import Field, Frame
from providers.aws.types import ec2_tags
from providers.aws.words import const, first, ident, idents, in_state, same
from providers.kit.refusals import given, wrong
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Effect, EffectKind
from provisioner.model.value import ABSENT, EMPTY, Map, Value

# --- NatGateway -----------------------------------------------------------------------------------------------------------

_LIST = "NatGatewayAddresses"
_SECONDARY = ("SecondaryAllocationIds", "SecondaryPrivateIpAddresses")


def _address(name: str) -> Field:
    """A field of the gateway's own address; EC2 has not always said which that is."""

    def value(item: Map) -> Value:
        own = [each for each in item.get(_LIST, ()) if each.get("IsPrimary", True)]
        return own[0].get(name, ABSENT) if own else ABSENT

    return value


def _others(name: str) -> Field:
    def values(item: Map) -> Value:
        return tuple(each[name] for each in item.get(_LIST, ()) if each.get("IsPrimary") is False and name in each)

    return values


def _public(want: Resource) -> Iterator[Problem]:
    """A public gateway has an address, a private one none."""
    kind = want.body.get("ConnectivityType", "public")
    if kind == "public" and not given(want.body, "AllocationId"):
        hint = 'an AWS::EC2::EIP: AllocationId: {{ ref("…").AllocationId }}; or ConnectivityType: private'
        yield wrong(want, (), "needs AllocationId, since it is public", hint)
    if kind == "private" and (found := given(want.body, "AllocationId", _SECONDARY[0])):
        yield wrong(want, (found[0],), "must be left out, since ConnectivityType is private")


def _gateway_wait(ready: tuple[str, ...], failed: tuple[str, ...] = ()) -> Wait:
    return Wait(
        "DescribeNatGateways",
        {"NatGatewayIds": idents("NatGatewayId")},
        first("NatGateways", "State"),
        ready=ready,
        failed=failed,
        reason=first("NatGateways", "FailureMessage"),
    )


NAT_GATEWAY = Table(
    "AWS::EC2::NatGateway",
    create=Call(
        "CreateNatGateway",
        same("SubnetId", "AllocationId", "ConnectivityType", "PrivateIpAddress", *_SECONDARY)
        | ec2_tags.in_create("natgateway"),
        sets=("SubnetId", "AllocationId", "ConnectivityType", "PrivateIpAddress", *_SECONDARY),
        token="ClientToken",
    ),
    answer="NatGateway",
    tags=ec2_tags.calls("NatGatewayId"),
    delete=Call("DeleteNatGateway", {"NatGatewayId": ident("NatGatewayId")}),
    settles=_gateway_wait(("available",), ("failed", "deleted")),
    ends=_gateway_wait(("deleted", GONE)),
    absent=in_state("State", "deleted", "failed"),  # listed for about an hour longer
    refuses=(_public,),
    required=("SubnetId",),
    any_of=(("AllocationId", "ConnectivityType"),),
    bulk=Bulk(
        "DescribeNatGateways",
        "NatGateways",
        by_id=("nat-gateway-id", "NatGatewayId"),
        by_parent="subnet-id",
        by_tag=True,
        filters="Filter",
    ),
    body={
        **same("NatGatewayId", "SubnetId", "Tags"),
        "ConnectivityType": lambda item: item.get("ConnectivityType", "public"),
        "AllocationId": _address("AllocationId"),
        "PrivateIpAddress": _address("PrivateIp"),
        "EniId": _address("NetworkInterfaceId"),
        _SECONDARY[0]: _others("AllocationId"),
        _SECONDARY[1]: _others("PrivateIp"),
    },
    parent="SubnetId",
    # The registry has these changed in place. EC2 takes an address off by the id of its association, which no property has.
    effects=tuple(Effect((name,), EffectKind.REPLACE) for name in _SECONDARY),
    defaults={"ConnectivityType": "public"},
    unique=((("AllocationId",),), (("SubnetId",), ("PrivateIpAddress",))),
)


# --- EIPAssociation -------------------------------------------------------------------------------------------------------

_OF_ADDRESS = ("AllocationId", "EIP", "InstanceId", "NetworkInterfaceId", "PrivateIpAddress")


def _associated(answer: Map) -> Value:
    return tuple(
        Map(
            {name: each[name] for name in _OF_ADDRESS if each.get(name)}
            | {"Id": each["AssociationId"], "EIP": each["PublicIp"]}
        )
        for each in answer.get("Addresses", ())
        if each.get("AssociationId")
    )


EIP_ASSOCIATION = Table(
    "AWS::EC2::EIPAssociation",
    create=Call(
        "AssociateAddress",
        {
            **same(*(name for name in _OF_ADDRESS if name != "EIP")),
            "PublicIp": "EIP",
            "AllowReassociation": const(False),
        },
        sets=_OF_ADDRESS,
    ),
    delete=Call("DisassociateAddress", {"AssociationId": ident("Id")}),
    one_of=(("AllocationId", "EIP"), ("InstanceId", "NetworkInterfaceId")),
    bulk=Bulk(
        "DescribeAddresses",
        _associated,
        by_id=("association-id", "Id"),
        by_name=({"allocation-id": "AllocationId"}, {"public-ip": "EIP"}),
        alike=("InstanceId", "NetworkInterfaceId", "PrivateIpAddress"),
        limit=None,
    ),
    body={"Id": lambda item: item.get("Id") or item.get("AssociationId", ABSENT), **same(*_OF_ADDRESS)},
    # EC2 tells each end by all of its names. One that nobody has written is the object's own, not a wish for the next one.
    assigned=tuple(((name,), ()) for name in _OF_ADDRESS),
    unique=((("AllocationId",),), (("EIP",),)),  # a place that is given another address lets go of the one it had
    faults=((r"^InvalidInstanceID: .*not in a valid state", Fault.NOT_READY),),  # it is still being started
)


# --- VPCPeeringConnection -------------------------------------------------------------------------------------------------

_PEER = ("PeerVpcId", "PeerOwnerId", "PeerRegion")


def _ours(accepter: Map, requester: Map) -> bool:
    """Whether we accept our own request. What another account or region is asked for, somebody there accepts."""
    return all(accepter.get(name) == requester.get(name) for name in ("OwnerId", "Region"))


def _peer(item: Map) -> Value:
    """The other network, once there is a way to it: a request of our own that we have not accepted yet leads nowhere."""
    accepter, requester = item.get("AccepterVpcInfo", EMPTY), item.get("RequesterVpcInfo", EMPTY)
    waits = item.get("Status", EMPTY).get("Code") in ("initiating-request", "pending-acceptance")
    return ABSENT if waits and _ours(accepter, requester) else accepter.get("VpcId", ABSENT)


def _is_own(frame: Frame) -> bool:
    want, place = frame.want, frame.place
    account, region = want.get("PeerOwnerId", place.account), want.get("PeerRegion", place.region)
    return bool(account == place.account and region == place.region)


def _here(body: Map, place: Place) -> Map:
    """EC2 names owner and region always; people only those of others."""
    return Map({"PeerOwnerId": place.account, "PeerRegion": place.region, **body}) if place.region else body


VPC_PEERING_CONNECTION = Table(
    "AWS::EC2::VPCPeeringConnection",
    create=Call(
        "CreateVpcPeeringConnection",
        same("VpcId", *_PEER) | ec2_tags.in_create("vpc-peering-connection"),
        sets=("VpcId", "PeerOwnerId", "PeerRegion"),
    ),
    answer="VpcPeeringConnection",
    updates=(
        Call("AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": ident("Id")}, sets=("PeerVpcId",), when=_is_own),
    ),
    tags=ec2_tags.calls("Id"),
    delete=Call("DeleteVpcPeeringConnection", {"VpcPeeringConnectionId": ident("Id")}),
    settles=Wait(
        "DescribeVpcPeeringConnections",
        {"VpcPeeringConnectionIds": idents("Id")},
        first("VpcPeeringConnections", "Status.Code"),
        ready=("pending-acceptance", "active"),
        failed=("failed", "rejected", "expired", "deleting", "deleted"),
        reason=first("VpcPeeringConnections", "Status.Message"),
        every=2.0,
    ),
    absent=in_state("Status.Code", "deleted", "deleting", "failed", "rejected", "expired"),  # listed for hours longer
    bulk=Bulk(
        "DescribeVpcPeeringConnections",
        "VpcPeeringConnections",
        by_id=("vpc-peering-connection-id", "Id"),
        by_parent="requester-vpc-info.vpc-id",
        by_tag=True,
    ),
    body={
        "Id": "VpcPeeringConnectionId",
        "VpcId": "RequesterVpcInfo.VpcId",
        "PeerVpcId": _peer,
        "PeerOwnerId": "AccepterVpcInfo.OwnerId",
        "PeerRegion": "AccepterVpcInfo.Region",
        **same("Tags"),
    },
    canonical=_here,
    parent="VpcId",
    faults=((r"^InvalidStateTransition", Fault.NOT_READY),),  # the request has not arrived yet
)

TABLES = (NAT_GATEWAY, EIP_ASSOCIATION, VPC_PEERING_CONNECTION)
