"""Tables of EC2's network ACLs: NetworkAcl, NetworkAclEntry. Data and hooks, no request."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from providers.aws.table import Bulk, Call, Table
from providers.aws.terms import Frame, Term
from providers.aws.types import ec2_tags
from providers.aws.words import ident, same, unless_empty
from providers.kit.refusals import number, wrong
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Equality, Sameness
from provisioner.model.value import EMPTY, Map, Path, Value, get

# --- NetworkAcl -----------------------------------------------------------------------------------------------------------

NETWORK_ACL = Table(
    "AWS::EC2::NetworkAcl",
    create=Call("CreateNetworkAcl", same("VpcId") | ec2_tags.in_create("network-acl"), token="ClientToken"),
    answer="NetworkAcl",
    tags=ec2_tags.calls("Id"),
    delete=Call("DeleteNetworkAcl", {"NetworkAclId": ident("Id")}),
    bulk=Bulk("DescribeNetworkAcls", "NetworkAcls", by_id=("network-acl-id", "Id"), by_parent="vpc-id", by_tag=True),
    body={"Id": "NetworkAclId", **same("VpcId", "Tags")},
    parent="VpcId",
)


# --- NetworkAclEntry ------------------------------------------------------------------------------------------------------

_LAST = 32766  # those beyond are EC2's own: what no other entry has let through is denied
_PORTS, _ICMP = (6, 17), (1, 58)
_RULE = ("Protocol", "RuleAction", "CidrBlock", "Ipv6CidrBlock", "Icmp", "PortRange")


def _entries(answer: Map) -> Value:
    return tuple(
        Map(
            {
                name: entry[name]
                for name in ("CidrBlock", "Ipv6CidrBlock", "PortRange", "RuleAction", "RuleNumber")
                if name in entry
            }
            | {"NetworkAclId": acl["NetworkAclId"], "Egress": entry.get("Egress", False)}
            | {"Protocol": int(entry["Protocol"])}
            | ({"Icmp": entry["IcmpTypeCode"]} if "IcmpTypeCode" in entry else {})
        )
        for acl in answer.get("NetworkAcls", ())
        for entry in acl.get("Entries", ())
        if entry["RuleNumber"] <= _LAST
    )


def _canonical(body: Map, _place: Place) -> Map:
    """EC2 forgets the ports of protocols that have none, and what is ICMP's of all others."""
    out = {"Egress": False, **body}
    if isinstance(out.get("RuleAction"), str):
        out["RuleAction"] = out["RuleAction"].lower()
    kind = number(out.get("Protocol"))
    if kind is not None:
        out = {
            name: value
            for name, value in out.items()
            if not (name == "PortRange" and kind not in _PORTS) and not (name == "Icmp" and kind not in _ICMP)
        }
    for name in ("CidrBlock", "Ipv6CidrBlock"):
        try:
            out[name] = str(ipaddress.ip_interface(out[name]).network) if isinstance(out.get(name), str) else out[name]
        except (KeyError, ValueError):
            continue
    return Map(out)


def _protocol(frame: Frame) -> Value:
    return str(frame.want["Protocol"])


def _egress(frame: Frame) -> Value:
    return frame.identity.get("Egress") == "true"


def _number(frame: Frame) -> Value:
    return int(frame.identity["RuleNumber"])


_NAMED: dict[str, Term] = {"NetworkAclId": ident("NetworkAclId"), "Egress": _egress, "RuleNumber": _number}
_ENTRY: dict[str, Term] = {
    **_NAMED,
    **same("RuleAction"),
    **{name: unless_empty(name) for name in ("CidrBlock", "Ipv6CidrBlock", "PortRange")},
    "Protocol": _protocol,
    "IcmpTypeCode": unless_empty("Icmp"),
}


def _whole(want: Resource) -> Iterator[Problem]:
    kind = number(want.body.get("Protocol"))
    if kind in _PORTS and "PortRange" not in want.body:
        yield wrong(
            want, (), f"needs PortRange, as all entries of protocol {kind} do", "{From: 0, To: 65535} for all ports"
        )
    first, last = (number(get(want.body, ("PortRange", end))) for end in ("From", "To"))
    if first is not None and last is not None and first > last:
        yield wrong(want, ("PortRange",), f"must begin with the lower port: {last} to {first}, not {first} to {last}")


def _paths(*names: str) -> tuple[Path, ...]:
    return tuple((name,) for name in names)


NETWORK_ACL_ENTRY = Table(
    "AWS::EC2::NetworkAclEntry",
    create=Call("CreateNetworkAclEntry", _ENTRY, sets=("NetworkAclId", "Egress", "RuleNumber", *_RULE)),
    updates=(Call("ReplaceNetworkAclEntry", _ENTRY, sets=_RULE),),
    delete=Call("DeleteNetworkAclEntry", _NAMED),
    refuses=(_whole,),
    bulk=Bulk("DescribeNetworkAcls", _entries, by_id=("network-acl-id", "NetworkAclId"), by_parent="network-acl-id"),
    body=same("NetworkAclId", "Egress", "RuleNumber", *_RULE),
    identity=("NetworkAclId", "Egress", "RuleNumber"),  # the registry's is a name that CloudFormation makes up
    canonical=_canonical,
    widened={
        "Protocol": {"minimum": -1, "maximum": 255},
        "RuleNumber": {"minimum": 1, "maximum": _LAST},
    },
    parent="NetworkAclId",
    defaults={"Egress": False, "CidrBlock": "", "Ipv6CidrBlock": "", "PortRange": EMPTY, "Icmp": EMPTY},
    equalities=tuple(Equality((name,), Sameness.CIDR) for name in ("CidrBlock", "Ipv6CidrBlock")),
    natural_key=_paths("NetworkAclId", "Egress", "RuleNumber"),
)

TABLES = (NETWORK_ACL, NETWORK_ACL_ENTRY)
