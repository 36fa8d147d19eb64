"""Firewall rules: which fields go together, what is open where nothing is said. Must not know how requests come in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from providers.gcp.sandbox.errors import ApiError, invalid, required
from providers.gcp.sandbox.rules.base import Rules, Scene, check_link

_ANYWHERE = "0.0.0.0/0"
_SOURCES = ("sourceRanges", "sourceTags", "sourceServiceAccounts")
_WITH_PORTS = ("tcp", "udp", "sctp", "6", "17", "132")
_PORTS = re.compile(r"\d{1,5}(?:-\d{1,5})?")
_TAG = re.compile(r"(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)")
_ALONE = (
    ("sourceServiceAccounts", "sourceTags"),
    ("sourceServiceAccounts", "targetTags"),
    ("targetServiceAccounts", "targetTags"),
    ("targetServiceAccounts", "sourceTags"),
)


class FirewallRules(Rules):
    """VPC firewall rules."""

    def fill(self, body: dict[str, Any]) -> None:
        body.setdefault("network", "global/networks/default")

    def create(self, body: dict[str, Any], scene: Scene) -> None:
        check_link(body, "network")
        _settle(body)

    def change(self, before: Mapping[str, Any], after: dict[str, Any], scene: Scene) -> None:
        switched = [name for name in ("allowed", "denied") if name in after and name not in before]
        if switched:
            raise invalid(f"resource.{switched[0]}", after[switched[0]], "The action of a rule cannot be changed.")
        _settle(after)


def _settle(body: dict[str, Any]) -> None:
    body.setdefault("description", "")
    body.setdefault("direction", "INGRESS")
    body.setdefault("priority", 1000)
    body.setdefault("disabled", False)
    body["logConfig"] = {"enable": False} | body.get("logConfig", {})
    if body["logConfig"]["enable"]:
        body["logConfig"].setdefault("metadata", "INCLUDE_ALL_METADATA")
    _check_rules(body)
    _check_combination(body)
    for name in ("sourceRanges", "destinationRanges"):
        body |= {name: _ranges(body[name], name)} if name in body else {}
    if body["direction"] == "INGRESS" and not any(body.get(name) for name in _SOURCES):
        body["sourceRanges"] = [_ANYWHERE]
    if body["direction"] == "EGRESS" and not body.get("destinationRanges"):
        body["destinationRanges"] = [_ANYWHERE]


def _check_combination(body: Mapping[str, Any]) -> None:
    if not 0 <= body["priority"] <= 65535:
        raise invalid("resource.priority", body["priority"], "Must be greater than or equal to 0 and less than 65536")
    if body["direction"] == "EGRESS" and (body.get("sourceTags") or body.get("sourceServiceAccounts")):
        raise invalid("resource.direction", "EGRESS", "Source tags and accounts cannot be specified for EGRESS rules.")
    for name in ("sourceTags", "targetTags"):
        for index, tag in enumerate(body.get(name, ())):
            if not _TAG.fullmatch(tag):
                raise invalid(f"resource.{name}[{index}]", tag, f"Must be a match of regex '{_TAG.pattern}'")
    for one, other in _ALONE:
        if body.get(one) and body.get(other):
            raise invalid(f"resource.{one}", body[one], f"Cannot be specified together with {other}.")


def _check_rules(body: dict[str, Any]) -> None:
    given = [name for name in ("allowed", "denied") if body.get(name)]
    if len(given) != 1:
        raise ApiError(400, "invalid", "Firewall rules must have exactly one of 'allowed' and 'denied' specified.")
    for index, rule in enumerate(body[given[0]]):
        where = f"resource.{given[0]}[{index}]"
        if not rule.get("IPProtocol"):
            raise required(f"{where}.IPProtocol")
        rule["IPProtocol"] = rule["IPProtocol"].lower()
        if rule["IPProtocol"].isdecimal() and int(rule["IPProtocol"]) > 255:
            raise invalid(f"{where}.IPProtocol", rule["IPProtocol"], "Must be a protocol's name or a number up to 255.")
        if rule.get("ports") and rule["IPProtocol"] not in _WITH_PORTS:
            why = "Ports may only be specified on rules whose protocol is one of [TCP, UDP, SCTP]."
            raise invalid(f"{where}.ports", rule["ports"], why)
        for place, ports in enumerate(rule.get("ports", ())):
            if not _PORTS.fullmatch(ports) or not _rising(ports):
                why = "Must be a port number or a range of port numbers."
                raise invalid(f"{where}.ports[{place}]", ports, why)


def _rising(ports: str) -> bool:
    numbers = [int(part) for part in ports.split("-")]
    return numbers == sorted(numbers) and numbers[-1] <= 65535


def _ranges(given: list[str], name: str) -> list[str]:
    """Ranges with their host bits cleared; a bare address stays one."""
    out = []
    for index, text in enumerate(given):
        try:
            masked = ip_network(text, strict=False)
        except ValueError as error:
            why = "Must be a valid IPV4 or IPV6 address range in CIDR format."
            raise invalid(f"resource.{name}[{index}]", text, why) from error
        out.append(str(masked) if "/" in text else text)
    return out
