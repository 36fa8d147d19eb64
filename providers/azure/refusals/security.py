"""Security rules that Microsoft.Network refuses: "Network security groups" and "Security Rules - Create Or Update".

Pure functions. Protocols are not judged: the service has come to know more of them, and an unusual one is a warning already.
"""

from __future__ import annotations

from collections.abc import Iterator

from providers.kit.refusals import entries, given, known_list, no_ports, number, outside, wrong
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.value import EMPTY, OPAQUE, Map, Path

_WORDS = {"access": ("Allow", "Deny"), "direction": ("Inbound", "Outbound")}
_ENDS = ("AddressPrefix", "AddressPrefixes", "ApplicationSecurityGroups")
_PORTS = ("PortRange", "PortRanges")


def group(want: Resource) -> Iterator[Problem]:
    """The rules that a group lists, one by one and together."""
    first: dict[tuple[str, int], str] = {}
    for index, (path, item) in enumerate(entries(want, ("properties", "securityRules"))):
        properties = item.get("properties", EMPTY)
        if isinstance(properties, OPAQUE) or (not properties and "id" in item):
            continue
        if not isinstance(properties, Map) or not properties:
            yield wrong(want, path, "has no properties: a rule needs at least protocol, access, direction and priority")
            continue
        path = (*path, "properties")
        yield from _rule(want, path, properties)
        direction, priority = properties.get("direction"), number(properties.get("priority"))
        if not isinstance(direction, str) or priority is None:
            continue
        name = str(item["name"]) if isinstance(item.get("name"), str) else f"securityRules[{index}]"
        other = first.setdefault((direction.lower(), priority), name)
        if other is not name:
            text = f"is {priority}, which rule {other} has too, and both are {direction}"
            yield wrong(want, (*path, "priority"), text, "rules of one direction need different priorities")


def rule(want: Resource) -> Iterator[Problem]:
    """A rule that is an entry of its own."""
    properties = want.body.get("properties")
    if isinstance(properties, Map):
        yield from _rule(want, ("properties",), properties)


def _rule(want: Resource, path: Path, properties: Map) -> Iterator[Problem]:
    yield from outside(want, (*path, "priority"), 100, 4096)
    for name, words in _WORDS.items():
        value = properties.get(name)
        if isinstance(value, str) and value.lower() not in [word.lower() for word in words]:
            yield wrong(want, (*path, name), f"must be {' or '.join(words)}, not {value!r}")
    for side in ("source", "destination"):
        for endings in (_ENDS, _PORTS):
            names = [f"{side}{ending}" for ending in endings]
            if not given(properties, *names):
                hint = f'{names[0]}: "*" for all'
                yield wrong(want, path, f"needs {', '.join(names[:-1])} or {names[-1]}", hint)
        yield from _ports(want, path, properties, side)


def _ports(want: Resource, path: Path, properties: Map, side: str) -> Iterator[Problem]:
    single, many = (f"{side}{ending}" for ending in _PORTS)
    written = [((*path, single), properties.get(single))]
    written += [((*path, many, index), text) for index, text in enumerate(known_list(properties.get(many)))]
    for at, text in written:
        if isinstance(text, str) and text not in ("", "*") and (why := no_ports(text)):
            hint = f"write them in {many}, one by one" if "," in text else ""
            yield wrong(want, at, why, hint)
