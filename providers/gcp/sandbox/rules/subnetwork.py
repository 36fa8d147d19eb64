"""Subnetworks: ranges that are legal, inside no other's, and able to grow. Must not know how requests come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, ip_network
from typing import Any

from providers.gcp.sandbox.errors import ApiError, invalid, required
from providers.gcp.sandbox.kinds import kinds
from providers.gcp.sandbox.links import key_of
from providers.gcp.sandbox.rules.base import Rules, Scene, check_link
from providers.gcp.sandbox.state import State

_DEFAULTS = {
    "privateIpGoogleAccess": False,
    "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS",
    "purpose": "PRIVATE",
    "stackType": "IPV4_ONLY",
    "allowSubnetCidrRoutesOverlap": False,
}
_LOGGING = {"aggregationInterval": "INTERVAL_5_SEC", "flowSampling": 0.5, "metadata": "EXCLUDE_ALL_METADATA"}
_ELSEWHERE = ("reservedInternalRange", "ipCollection")
_LONGEST = 29  # the smallest subnetwork is a /29


class SubnetworkRules(Rules):
    """IPv4 is judged to the letter; IPv6 ranges are taken as they come."""

    def create(self, body: dict[str, Any], scene: Scene) -> None:
        check_link(body, "network")
        _settle(body)
        if "ipCidrRange" in body:
            body["gatewayAddress"] = str(parse_range(body["ipCidrRange"], "resource.ipCidrRange")[1])
        elif body["stackType"] != "IPV6_ONLY" and not any(name in body for name in _ELSEWHERE):
            raise required("resource.ipCidrRange")
        _log(body, {})

    def change(self, before: Mapping[str, Any], after: dict[str, Any], scene: Scene) -> None:
        if "ipCidrRange" not in before and "ipCidrRange" in after:
            raise invalid("ipCidrRange", after["ipCidrRange"], "The subnetwork has no IPv4 range to expand.")
        if before.get("ipCidrRange") != after.get("ipCidrRange"):
            old, new = IPv4Network(before["ipCidrRange"]), parse_range(after["ipCidrRange"], "ipCidrRange")
            if not old.subnet_of(new) or old == new:
                why = f"The new range must contain the current one, '{old}'."
                raise invalid("ipCidrRange", after["ipCidrRange"], why)
        _settle(after)
        _log(after, before)

    def finish(self, body: Mapping[str, Any], scene: Scene) -> None:
        """Ranges are compared only at the end of an operation, and clashes reported by it."""
        network = key_of(body["network"], scene.project)
        own = list(ranges(body))
        for other_key, other in neighbours(network or "", scene.state):
            clash = next((text for text in own for held in ranges(other) if _overlap(text, held)), None)
            if clash and other_key != scene.key:
                parts = other_key.split("/")
                why = f"conflicts with existing subnetwork '{parts[-1]}' in region '{parts[3]}'."
                raise ApiError(400, "invalid", f"Invalid IPCidrRange: {clash} {why}")


def neighbours(network: str, state: State) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The settled subnetworks of a network, with their keys."""
    for key in state.users(network):
        record = state.objects[key]
        if record.kind is kinds()["subnetworks"] and record.visible:
            yield key, record.body


def ranges(body: Mapping[str, Any]) -> Iterator[str]:
    """Primary and secondary ranges of a subnetwork."""
    if "ipCidrRange" in body:
        yield body["ipCidrRange"]
    for secondary in body.get("secondaryIpRanges", ()):
        if "ipCidrRange" in secondary:
            yield secondary["ipCidrRange"]


def parse_range(text: str, field: str) -> IPv4Network:
    """A range that a subnetwork can have; ``ApiError`` where it cannot."""
    try:
        found = ip_network(text)
    except ValueError as error:
        why = "Must be a CIDR address range that begins at its network address."
        raise invalid(field, text, why) from error
    if not isinstance(found, IPv4Network) or not 4 <= found.prefixlen <= _LONGEST:
        raise invalid(field, text, f"Must be an IPv4 range between /4 and /{_LONGEST}.")
    return found


def _check_range(text: str, field: str) -> None:
    if ":" not in text:
        parse_range(text, field)
        return
    try:
        ip_network(text)
    except ValueError as error:
        raise invalid(field, text, "Must be an IPv6 range that begins at its network address.") from error


def _overlap(one: str, other: str) -> bool:
    first, second = ip_network(one), ip_network(other)
    return first.version == second.version and first.overlaps(second)


def _settle(body: dict[str, Any]) -> None:
    for name, value in _DEFAULTS.items():
        body.setdefault(name, value)
    _check_secondary(body)


def _check_secondary(body: Mapping[str, Any]) -> None:
    seen: list[str] = [body["ipCidrRange"]] if "ipCidrRange" in body else []
    names: set[str] = set()
    for index, secondary in enumerate(body.get("secondaryIpRanges", ())):
        where = f"resource.secondaryIpRanges[{index}]"
        if "rangeName" not in secondary:
            raise required(f"{where}.rangeName")
        if secondary["rangeName"] in names:
            raise invalid(f"{where}.rangeName", secondary["rangeName"], "Range names must be unique.")
        names.add(secondary["rangeName"])
        if text := secondary.get("ipCidrRange"):
            _check_range(text, f"{where}.ipCidrRange")
            if any(_overlap(text, other) for other in seen):
                raise invalid(f"{where}.ipCidrRange", text, "Overlaps another range of the subnetwork.")
            seen.append(text)


def _log(body: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Keep the old and the new spelling of flow logs in step; the one that changed leads."""
    flag, config = body.get("enableFlowLogs"), body.get("logConfig", {})
    if flag is not None and flag != before.get("enableFlowLogs") and config == before.get("logConfig", {}):
        config = {**config, "enable": flag}
    if config:
        on = bool(config.get("enable"))
        body["logConfig"] = (_LOGGING | config) if on else config
        body["enableFlowLogs"] = on
