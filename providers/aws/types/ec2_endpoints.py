"""The table of EC2's VPCEndpoint. Data and hooks, no request."""

from __future__ import annotations

from collections.abc import Iterator

from providers.aws.table import GONE, Bulk, Call, Table, Wait
from providers.aws.terms import Frame
from providers.aws.types import ec2_tags
from providers.aws.words import added, as_text, column, filled, first, from_text, ident, idents, removed, same, some
from providers.kit.refusals import given, wrong
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.value import ABSENT, EMPTY, Map, Value, freeze

_LISTS = ("RouteTableIds", "SubnetIds", "SecurityGroupIds")
_FIXED = ("VpcId", "VpcEndpointType", "ServiceName", "ServiceRegion", "ServiceNetworkArn", "ResourceConfigurationArn")
_DNS = (
    "DnsRecordIpType",
    "PrivateDnsOnlyForInboundResolverEndpoint",
    "PrivateDnsPreference",
    "PrivateDnsSpecifiedDomains",
)
_DNS_PATHS = tuple(f"DnsOptions.{name}" for name in _DNS)
_WHOLE_ACCESS = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


def _state(item: Map) -> str:
    """EC2's reference has these with a capital, its answers have not."""
    return str(item.get("State", "")).lower()


def _absent(item: Map) -> bool:
    return _state(item) in ("deleted", "failed", "rejected", "expired")


def _wait(ready: tuple[str, ...], failed: tuple[str, ...] = ()) -> Wait:
    kind = "VpcEndpoints"
    state, why = first(kind, _state), first(kind, "LastError.Message")
    return Wait("DescribeVpcEndpoints", {"VpcEndpointIds": idents("Id")}, state, ready, failed, why)


def _private(frame: Frame) -> Value:
    """EC2 gives an interface its private names unless it is told not to, CloudFormation only when it is told to."""
    wanted = frame.want.get("PrivateDnsEnabled", ABSENT)
    return False if wanted is ABSENT and frame.want.get("VpcEndpointType") == "Interface" else wanted


def _list_call(name: str) -> Call:
    """What comes and what goes in one call, so that nothing is without."""
    comes, goes = added(name), removed(name)
    return Call(
        "ModifyVpcEndpoint",
        {"VpcEndpointId": ident("Id"), f"Add{name}": some(comes), f"Remove{name}": some(goes)},
        sets=(name,),
        when=lambda frame: bool(comes(frame) or goes(frame)),
    )


def _dns_options(item: Map) -> Value:
    found = {name: value for name in _DNS if (value := _dns_value(item, name)) is not ABSENT}
    return Map(found) if found else ABSENT


def _dns_value(item: Map, name: str) -> Value:
    value = item.get("DnsOptions", EMPTY).get(name, ABSENT)
    return ABSENT if value in ((), "") else value


def _entries(item: Map) -> Value:
    return tuple(f"{each.get('HostedZoneId', '')}:{each.get('DnsName', '')}" for each in item.get("DnsEntries", ()))


def _fitting(want: Resource) -> Iterator[Problem]:
    kind = want.body.get("VpcEndpointType", "Gateway")
    if kind == "Gateway" and (found := given(want.body, "SubnetIds", "SecurityGroupIds")):
        hint = "an interface endpoint has them (VpcEndpointType: Interface); a gateway endpoint has RouteTableIds"
        yield wrong(want, (found[0],), "must be left out: a gateway endpoint stands in no subnet", hint)
    if kind == "Gateway" and want.body.get("PrivateDnsEnabled") is True:
        yield wrong(want, ("PrivateDnsEnabled",), "must be left out: a gateway endpoint has no names of its own")
    if kind in ("Interface", "GatewayLoadBalancer") and given(want.body, "RouteTableIds"):
        yield wrong(want, ("RouteTableIds",), "must be left out: only a gateway endpoint has routes of its own")


VPC_ENDPOINT = Table(
    "AWS::EC2::VPCEndpoint",
    create=Call(
        "CreateVpcEndpoint",
        same(*_FIXED, *_LISTS, "IpAddressType", *_DNS_PATHS)
        | {"PolicyDocument": as_text("PolicyDocument"), "PrivateDnsEnabled": _private}
        | ec2_tags.in_create("vpc-endpoint"),
        sets=(*_FIXED, *_LISTS, "IpAddressType", "DnsOptions", "PolicyDocument", "PrivateDnsEnabled"),
        token="ClientToken",
    ),
    answer="VpcEndpoint",
    updates=(
        *(_list_call(name) for name in _LISTS),
        Call(
            "ModifyVpcEndpoint",
            {"VpcEndpointId": ident("Id"), "PolicyDocument": as_text("PolicyDocument")},
            sets=("PolicyDocument",),
        ),
        Call(
            "ModifyVpcEndpoint",
            {"VpcEndpointId": ident("Id"), **same("IpAddressType", *_DNS_PATHS[:2])},
            sets=("IpAddressType", *_DNS_PATHS[:2]),
        ),
        Call("ModifyVpcEndpoint", {"VpcEndpointId": ident("Id"), **same("PrivateDnsEnabled")}),
    ),
    tags=ec2_tags.calls("Id"),
    delete=Call("DeleteVpcEndpoints", {"VpcEndpointIds": idents("Id")}),
    settles=_wait(("available", "pendingacceptance"), ("failed", "rejected", "expired", "deleted")),
    ends=_wait(("deleted", GONE)),
    absent=_absent,
    refuses=(_fitting,),
    one_of=(("ServiceName", "ServiceNetworkArn", "ResourceConfigurationArn"),),
    bulk=Bulk("DescribeVpcEndpoints", "VpcEndpoints", by_id=("vpc-endpoint-id", "Id"), by_parent="vpc-id", by_tag=True),
    body={
        "Id": "VpcEndpointId",
        **same("VpcId", "VpcEndpointType", "ServiceName", "RouteTableIds", "SubnetIds", "PrivateDnsEnabled", "Tags"),
        **same("CreationTimestamp", "NetworkInterfaceIds"),
        **{
            name: filled(name)
            for name in ("ServiceNetworkArn", "ResourceConfigurationArn", "ServiceRegion", "IpAddressType")
        },
        "SecurityGroupIds": column("Groups", "GroupId"),
        "PolicyDocument": from_text("PolicyDocument"),
        "DnsOptions": _dns_options,
        "DnsEntries": _entries,
    },
    parent="VpcId",
    assigned=((("ServiceRegion",), ()),),  # its own, where none is said
    defaults={
        "VpcEndpointType": "Gateway",
        "PrivateDnsEnabled": False,
        "PolicyDocument": freeze(_WHOLE_ACCESS),
        "RouteTableIds": (),
        "SubnetIds": (),
    },
)

TABLES = (VPC_ENDPOINT,)
