"""Tables of EC2's DHCP options: DHCPOptions, VPCDHCPOptionsAssociation. Data and hooks, no request."""

from __future__ import annotations

from collections.abc import Callable

from providers.aws.table import Bulk, Call, Table
from providers.aws.terms import Field, Frame
from providers.aws.types import ec2_tags
from providers.aws.words import const, ident, same
from provisioner.model.value import ABSENT, Map, Value, freeze

_OPTIONS = {
    "DomainName": "domain-name",
    "DomainNameServers": "domain-name-servers",
    "Ipv6AddressPreferredLeaseTime": "ipv6-address-preferred-lease-time",
    "NetbiosNameServers": "netbios-name-servers",
    "NetbiosNodeType": "netbios-node-type",
    "NtpServers": "ntp-servers",
}
_NUMBERS = ("Ipv6AddressPreferredLeaseTime", "NetbiosNodeType")


def _configurations(frame: Frame) -> Value:
    """EC2 has one list of options, each with a list of texts."""
    wanted = {key: frame.want[name] for name, key in _OPTIONS.items() if name in frame.want}
    lists = {key: value if isinstance(value, tuple) else (value,) for key, value in wanted.items()}
    return freeze([{"Key": key, "Values": [str(each) for each in values]} for key, values in lists.items() if values])


def _option(name: str) -> Field:
    def value(item: Map) -> Value:
        found = [each for each in item.get("DhcpConfigurations", ()) if each.get("Key") == _OPTIONS[name]]
        texts = tuple(each.get("Value") for each in found[0].get("Values", ())) if found else ()
        if name.endswith("Servers"):
            return texts or ABSENT
        return ABSENT if not texts else int(texts[0]) if name in _NUMBERS else texts[0]

    return value


DHCP_OPTIONS = Table(
    "AWS::EC2::DHCPOptions",
    create=Call(
        "CreateDhcpOptions",
        {"DhcpConfigurations": _configurations, **ec2_tags.in_create("dhcp-options")},
        sets=tuple(_OPTIONS),
    ),
    answer="DhcpOptions",
    tags=ec2_tags.calls("DhcpOptionsId"),
    delete=Call("DeleteDhcpOptions", {"DhcpOptionsId": ident("DhcpOptionsId")}),
    any_of=(tuple(_OPTIONS),),
    bulk=Bulk("DescribeDhcpOptions", "DhcpOptions", by_id=("dhcp-options-id", "DhcpOptionsId"), by_tag=True),
    body={**same("DhcpOptionsId", "Tags"), **{name: _option(name) for name in _OPTIONS}},
)


# --- VPCDHCPOptionsAssociation --------------------------------------------------------------------------------------------


def _associations(answer: Map) -> Value:
    """Each network has one, if only that of its account; ``default`` is what EC2 calls having none."""
    return tuple(
        Map({name: each[name] for name in ("DhcpOptionsId", "VpcId")})
        for each in answer.get("Vpcs", ())
        if each.get("DhcpOptionsId", "default") != "default"
    )


def _associate(options: Callable[[Frame], Value]) -> Call:
    return Call(
        "AssociateDhcpOptions", {"DhcpOptionsId": options, "VpcId": ident("VpcId")}, sets=("DhcpOptionsId", "VpcId")
    )


VPC_DHCP_OPTIONS_ASSOCIATION = Table(
    "AWS::EC2::VPCDHCPOptionsAssociation",
    create=_associate(ident("DhcpOptionsId")),
    delete=_associate(const("default")),
    bulk=Bulk("DescribeVpcs", _associations, by_id=("vpc-id", "VpcId"), by_parent="vpc-id"),
    body=same("DhcpOptionsId", "VpcId"),
    parent="VpcId",
    natural_key=(("DhcpOptionsId",), ("VpcId",)),
    unique=((("VpcId",),),),
    creates_over=True,  # whatever set the network had before is silently taken off it
)

TABLES = (DHCP_OPTIONS, VPC_DHCP_OPTIONS_ASSOCIATION)
