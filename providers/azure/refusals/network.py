"""Ranges and addresses that Microsoft.Network refuses: "Azure Virtual Network FAQ", "Public IP addresses". Pure functions."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from providers.kit.refusals import Network, entries, known_list, network, outside, overlaps, wrong
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.value import Path, Value, get

_SPACE = ("properties", "addressSpace")
_METHOD = ("properties", "publicIPAllocationMethod")
_HOST = ("properties", "dnsSettings", "domainNameLabel")
_LABEL = re.compile(r"[a-z][a-z0-9-]{1,61}[a-z0-9]")
_STATIC = ("standard", "standardv2")


def ranges(want: Resource) -> Iterator[Problem]:
    """A network's space, and the subnets that it lists: each inside of it, none upon another."""
    space = known_list(get(want.body, (*_SPACE, "addressPrefixes")))
    for index, text in enumerate(space):
        yield from _aligned(want, (*_SPACE, "addressPrefixes", index), text)
    whole = [network(text) for text in space]
    told = not get(want.body, (*_SPACE, "ipamPoolPrefixAllocations"))
    written: list[tuple[Path, Network, str]] = []
    for index, (path, item) in enumerate(entries(want, ("properties", "subnets"))):
        name = str(item["name"]) if isinstance(item.get("name"), str) else f"subnets[{index}]"
        for at, text in _prefixes(want, (*path, "properties")):
            yield from _size(want, at, text)
            if (found := network(text)) is None:
                continue
            written.append((at, found, name))
            if told and whole and None not in whole and not any(_inside(found, each) for each in whole):
                yield wrong(want, at, f"is {text!r}, outside of the address space {', '.join(map(str, space))}")
    yield from overlaps(want, written)


def subnet(want: Resource) -> Iterator[Problem]:
    """The ranges of a subnet that is an entry of its own."""
    for at, text in _prefixes(want, ("properties",)):
        yield from _size(want, at, text)


def address(want: Resource) -> Iterator[Problem]:
    """A public address."""
    sku, method = get(want.body, ("sku", "name")), get(want.body, _METHOD)
    if isinstance(sku, str) and sku.lower() in _STATIC and isinstance(method, str) and method.lower() == "dynamic":
        yield wrong(want, _METHOD, f"must be Static, not {method!r}: an address of sku {sku} has no other")
    yield from outside(want, ("properties", "idleTimeoutInMinutes"), 4, 30)
    label = get(want.body, _HOST)
    if isinstance(label, str) and label and not _LABEL.fullmatch(label):
        hint = "3 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last"
        yield wrong(want, _HOST, f"is {label!r}, which is no label of a host name in Azure", hint)


def _prefixes(want: Resource, path: Path) -> list[tuple[Path, Value]]:
    single = (*path, "addressPrefix")
    many = (*path, "addressPrefixes")
    found = [((*many, index), text) for index, text in enumerate(known_list(get(want.body, many)))]
    return [(single, get(want.body, single)), *found]


def _size(want: Resource, path: Path, text: Value) -> Iterator[Problem]:
    found = network(text)
    if isinstance(found, ipaddress.IPv4Network) and not 2 <= found.prefixlen <= 29:
        yield wrong(
            want, path, f"must be from a /2 to a /29, not {text!r}", "Azure keeps five addresses of each subnet"
        )
    elif isinstance(found, ipaddress.IPv6Network) and found.prefixlen != 64:
        yield wrong(want, path, f"must be a /64, not {text!r}: IPv6 subnets have no other size")
    else:
        yield from _aligned(want, path, text)


def _aligned(want: Resource, path: Path, text: Value) -> Iterator[Problem]:
    """InvalidCIDRNotation: a range begins at its first address."""
    found = network(text)
    if found and ipaddress.ip_address(text.split("/")[0]) != found.network_address:
        yield wrong(want, path, f"must begin at its first address, not {text!r}", f"write {found}")


def _inside(found: Network, whole: Network | None) -> bool:
    if isinstance(found, ipaddress.IPv4Network) and isinstance(whole, ipaddress.IPv4Network):
        return found.subnet_of(whole)
    if isinstance(found, ipaddress.IPv6Network) and isinstance(whole, ipaddress.IPv6Network):
        return found.subnet_of(whole)
    return False
