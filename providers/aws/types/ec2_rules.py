"""Security-group rules: CloudFormation's flat ones and EC2's grouped permissions, one canonical form, sets by meaning.

Pure functions. A rule's meaning is all of it but the description, which EC2 lets one change by itself.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.model.value import Map, Value, freeze

_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_ICMP = ("icmp", "icmpv6")
_RANGES = ("CidrIp", "CidrIpv6")


@dataclass(frozen=True, slots=True)
class Direction:
    """How one direction is called: the property, the operations' ending, the far end of its rules, EC2's field."""

    property: str
    ending: str
    far: str
    field: str


INGRESS = Direction("SecurityGroupIngress", "Ingress", "Source", "IpPermissions")
EGRESS = Direction("SecurityGroupEgress", "Egress", "Destination", "IpPermissionsEgress")

ALL_OUT = Map(IpProtocol="-1", CidrIp="0.0.0.0/0")
"""The rule that every new group has."""
ALL_OUT_V6 = Map(IpProtocol="-1", CidrIpv6="::/0")
"""The rule that a new group has as well where its VPC has IPv6."""


def canonical(rules: Value, account: str) -> Value:
    """Rules as ``flattened`` would give them back, each once: of those that differ in their description alone the first.
    EC2 refuses a call that names one twice. What holds references stays as it is."""
    if not isinstance(rules, tuple):
        return rules
    once: dict[Value, Value] = {}
    for rule in (canonical_rule(each, account) for each in rules):
        once.setdefault(_meaning(rule) if isinstance(rule, Map) else rule, rule)
    return tuple(once.values())


def canonical_rule(rule: Value, account: str) -> Value:
    """One rule as EC2 gives it back."""
    if not isinstance(rule, Mapping):
        return rule
    out = {key: value for key, value in rule.items() if value is not None and value != ""}
    protocol = out.get("IpProtocol")
    if isinstance(protocol, str):
        name = out["IpProtocol"] = _PROTOCOLS.get(protocol, protocol.lower())
        if name in _ICMP:
            out = {"FromPort": -1, "ToPort": -1} | out
        elif name not in ("tcp", "udp"):  # EC2 opens all ports of other protocols and gives none back
            out.pop("FromPort", None)
            out.pop("ToPort", None)
    for name in _RANGES:
        if isinstance(out.get(name), str):
            out[name] = _network(out[name])
    if out.get("SourceSecurityGroupOwnerId") == account:  # EC2 always names the owner, people only a foreign one
        del out["SourceSecurityGroupOwnerId"]
    return Map(out)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_interface(text).network)
    except ValueError:
        return text


def flattened(group: Map, direction: Direction) -> Value:
    """The rules of one direction of a group as EC2 describes it, in canonical form and order."""
    if direction.field not in group:
        return ()
    rules: list[dict[str, Any]] = []
    for permission in group[direction.field]:
        base = {key: permission[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in permission}
        rules += [base | _far_end(each, direction) for each in _far_ends(permission)]
    found = canonical(freeze(rules), str(group.get("OwnerId", "")))
    return tuple(sorted(found, key=lambda rule: sorted((key, str(value)) for key, value in rule.items())))


def _far_ends(permission: Map) -> list[Map]:
    names = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")
    return [each for name in names for each in permission.get(name, ())]


def _far_end(end: Map, direction: Direction) -> dict[str, Any]:
    names = {
        "CidrIp": "CidrIp",
        "CidrIpv6": "CidrIpv6",
        "GroupId": f"{direction.far}SecurityGroupId",
        "PrefixListId": f"{direction.far}PrefixListId",
        "Description": "Description",
    }
    if direction is INGRESS:  # CloudFormation has no place for an owner in the other direction
        names["UserId"] = "SourceSecurityGroupOwnerId"
    known = end if "GroupId" in end else {key: value for key, value in end.items() if key != "UserId"}
    return {ours: known[theirs] for theirs, ours in names.items() if theirs in known}


def permissions(rules: Value, direction: Direction) -> Value:
    """The rules as EC2's calls take them, one permission each."""
    return tuple(_permission(rule, direction) for rule in rules)


def _permission(rule: Map, direction: Direction) -> Map:
    ends = {
        "CidrIp": ("IpRanges", "CidrIp"),
        "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        f"{direction.far}SecurityGroupId": ("UserIdGroupPairs", "GroupId"),
        f"{direction.far}PrefixListId": ("PrefixListIds", "PrefixListId"),
    }
    out: dict[str, Any] = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in rule}
    for ours, (list_name, theirs) in ends.items():
        if ours in rule:
            end = {theirs: rule[ours]} | {key: rule[key] for key in ("Description",) if key in rule}
            if "SourceSecurityGroupOwnerId" in rule and theirs == "GroupId":
                end["UserId"] = rule["SourceSecurityGroupOwnerId"]
            out[list_name] = [end]
    frozen: Map = freeze(out)
    return frozen


@dataclass(frozen=True, slots=True)
class Moves:
    """What brings a group's rules from one set to another."""

    added: tuple[Map, ...]
    removed: tuple[Map, ...]
    described: tuple[Map, ...]  # the same rule with another description


def moves(have: Value, want: Value, account: str) -> Moves:
    """Compare by meaning. A rule that is wanted without a description keeps the one it has."""
    before = {_meaning(rule): rule for rule in canonical(have or (), account)}
    after = {_meaning(rule): rule for rule in canonical(want or (), account)}
    described = (
        rule
        for meaning, rule in after.items()
        if meaning in before and "Description" in rule and rule["Description"] != before[meaning].get("Description")
    )
    return Moves(
        tuple(rule for meaning, rule in after.items() if meaning not in before),
        tuple(rule for meaning, rule in before.items() if meaning not in after),
        tuple(described),
    )


def _meaning(rule: Map) -> Map:
    return Map({key: value for key, value in rule.items() if key != "Description"})
