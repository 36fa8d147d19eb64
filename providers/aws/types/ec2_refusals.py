"""What EC2 is sure to refuse in networks and security groups, as its API reference says it. Pure functions, no request."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from providers.aws.types.ec2_rules import EGRESS, INGRESS
from providers.kit.refusals import HIGHEST_PORT, entries, network, number, wrong
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.value import Map, Path

_ZONE = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d+)(?:[a-z]|-[a-z0-9-]+)?")
"""Of a region, of one of its local zones (``us-west-2-lax-1a``), or only a region's name."""

_FITTING = re.compile(r"[0-9.]+/(1[6-9]|2[0-8])")
_PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
_ICMP = 255  # the highest type, and the highest code


def size(want: Resource) -> Iterator[Problem]:
    """Of a network's and a subnet's range."""
    text = want.body.get("CidrBlock")
    if isinstance(text, str) and _FITTING.fullmatch(text):  # as nearly always, and asked for every subnet there is
        return
    found = network(text)
    if found and not (isinstance(found, ipaddress.IPv4Network) and 16 <= found.prefixlen <= 28):
        does = f"must be an IPv4 range from a /16 to a /28, not {text!r}"
        yield wrong(want, ("CidrBlock",), does, "EC2 has no larger networks and subnets, and no smaller ones")


def hostnames(want: Resource) -> Iterator[Problem]:
    """A network gives no names where it resolves none."""
    if want.body.get("EnableDnsHostnames") is True and want.body.get("EnableDnsSupport") is False:
        hint = "set EnableDnsSupport: true, or leave hostnames off"
        yield wrong(want, ("EnableDnsHostnames",), "needs EnableDnsSupport, which is false here", hint)


def tenancy(want: Resource) -> Iterator[Problem]:
    """Hosts are chosen for instances, never for a network."""
    if want.body.get("InstanceTenancy") == "host":
        text = "must be default or dedicated, not 'host', which only instances can have"
        yield wrong(want, ("InstanceTenancy",), text)


def zone(want: Resource) -> Iterator[Problem]:
    """A subnet lies in the region of its place."""
    text, region = want.body.get("AvailabilityZone"), want.place.region
    found = _ZONE.fullmatch(text) if isinstance(text, str) and region else None
    if found and (found[1] != region or text == region):
        what = f"{text!r} is a region" if text == found[1] else f"{text!r} is in {found[1]}"
        text = f"must be a zone of {region}, the region of place {want.place.name}: {what}"
        yield wrong(want, ("AvailabilityZone",), text, f"such as {region}a; another region needs another place (in:)")


def group_name(want: Resource) -> Iterator[Problem]:
    """Names that look like ids."""
    name = want.body.get("GroupName")
    if isinstance(name, str) and name.startswith("sg-"):
        yield wrong(want, ("GroupName",), f"must not begin with sg-, as the ids of groups do: {name!r}")


def rules(want: Resource) -> Iterator[Problem]:
    """The rules of a group, one by one."""
    for direction in (INGRESS, EGRESS):
        for path, one in entries(want, (direction.property,)):
            yield from _rule(want, path, one)


def rule(want: Resource) -> Iterator[Problem]:
    """A rule that is an entry of its own."""
    yield from _rule(want, (), want.body)


def _rule(want: Resource, path: Path, rule: Map) -> Iterator[Problem]:
    yield from _families(want, path, rule)
    protocol = rule.get("IpProtocol")
    if not isinstance(protocol, str):
        return
    kind = _number(protocol)
    if kind is None:
        hint = "-1 means all protocols" if protocol.lower() in ("all", "any", "*") else ""
        text = f"must be tcp, udp, icmp, icmpv6, -1 or a number up to 255, not {protocol!r}"
        yield wrong(want, (*path, "IpProtocol"), text, hint)
    elif kind in (6, 17):
        yield from _ports(want, path, rule)
    elif kind in (1, 58):
        yield from _types(want, path, rule)


def _number(protocol: str) -> int | None:
    """The number of a protocol, -1 for all; None where EC2 knows none of that name."""
    if protocol.lower() in _PROTOCOLS:
        return _PROTOCOLS[protocol.lower()]
    if protocol == "-1":
        return -1
    return int(protocol) if protocol.isascii() and protocol.isdecimal() and int(protocol) <= 255 else None


def _ports(want: Resource, path: Path, rule: Map) -> Iterator[Problem]:
    if lacking := [name for name in ("FromPort", "ToPort") if name not in rule]:
        text = f"needs {' and '.join(lacking)}, as all rules of {rule['IpProtocol']} do"
        yield wrong(want, path, text, "FromPort: 0 and ToPort: 65535 for all ports")
    first, last = number(rule.get("FromPort")), number(rule.get("ToPort"))
    beyond = [(name, port) for name, port in (("FromPort", first), ("ToPort", last)) if port is not None]
    beyond = [(name, port) for name, port in beyond if not 0 <= port <= HIGHEST_PORT]
    for name, port in beyond:
        hint = "FromPort: 0 and ToPort: 65535 for all ports" if port == -1 else ""
        yield wrong(want, (*path, name), f"must be from 0 to {HIGHEST_PORT}, not {port}", hint)
    if not beyond and first is not None and last is not None and first > last:
        hint = f"the lower one first: FromPort: {last}, ToPort: {first}"
        yield wrong(want, (*path, "FromPort"), f"is {first}, above ToPort, which is {last}", hint)


def _types(want: Resource, path: Path, rule: Map) -> Iterator[Problem]:
    """FromPort is ICMP's type and ToPort its code; -1 means all of them, as does leaving one out."""
    for name in ("FromPort", "ToPort"):
        found = number(rule.get(name))
        if found is not None and not -1 <= found <= _ICMP:
            what = "type" if name == "FromPort" else "code"
            yield wrong(want, (*path, name), f"is ICMP's {what} and must be from -1 to {_ICMP}, not {found}")
    code = number(rule.get("ToPort"))
    if rule.get("FromPort", -1) == -1 and code is not None and 0 <= code <= _ICMP:
        text = f"must be -1, not {code}: FromPort is -1 for all types, and all types have all codes"
        yield wrong(want, (*path, "ToPort"), text)


def _families(want: Resource, path: Path, rule: Map) -> Iterator[Problem]:
    """Ranges are of the family that their property is for. That a rule has one far end and no more, the schema says."""
    for name, version in (("CidrIp", 4), ("CidrIpv6", 6)):
        text = rule.get(name)
        if isinstance(text, str) and (":" in text) != (version == 6) and network(text):
            other = "CidrIpv6" if version == 4 else "CidrIp"
            yield wrong(want, (*path, name), f"must be an IPv{version} range, not {text!r}", f"write {other}")
