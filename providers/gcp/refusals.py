"""What Google Cloud is sure to refuse though its schemas take it, by type: Compute's API reference and documented limits.

Pure functions; must not send anything. Ranges of both ends fit rules of either direction nowadays, so they are not judged.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from providers.gcp.kinds import Kind
from providers.kit import refusals as kit
from providers.kit.refusals import Network, Rule, entries, given, known_list, network, no_ports, outside, wrong
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.value import Map, Path, Value, text

_LABEL_KEY = re.compile(r"(?![0-9_-])[\w-]{1,63}")
_LABEL_VALUE = re.compile(r"[\w-]{0,63}")
_MOST_LABELS = 62  # Google takes 64, and the owner's two are among them
_TAG = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_WITH_PORTS = ("tcp", "udp", "sctp", "6", "17", "132")
_ALONE = (
    ("sourceServiceAccounts", "sourceTags"),
    ("sourceServiceAccounts", "targetTags"),
    ("targetServiceAccounts", "targetTags"),
    ("targetServiceAccounts", "sourceTags"),
)
_SMALLEST = 29  # the prefix of the smallest subnetwork


def refused(want: Resource, of: Kind) -> Iterator[Problem]:
    """What is wrong with an entry."""
    yield from kit.refusals(want, (*((_labels,) if of.labelled else ()), *RULES.get(str(of.cloud["schema_id"]), ())))


# --- labels -------------------------------------------------------------------------------------------------------------


def _labels(want: Resource) -> Iterator[Problem]:
    labels = want.body.get("labels")
    own = {key: (("labels", key), value) for key, value in labels.items()} if isinstance(labels, Mapping) else {}
    yield from kit.tags(want, own, _label, _MOST_LABELS, "label")


def _label(key: str, value: Value) -> tuple[str, str] | None:
    """Lower-case letters of any script, digits, ``_`` and ``-``, at most 63, the key with a letter first."""
    known = text(value) if isinstance(value, (str, int, float)) else ""  # a place's may be numbers
    if not _LABEL_KEY.fullmatch(key) or key != key.lower():
        hint = "keys hold lower-case letters, digits, _ and -, start with a letter, and have at most 63 characters"
        return "is not legal in Google Cloud", hint
    if not _LABEL_VALUE.fullmatch(known) or known != known.lower():
        hint = "values hold lower-case letters, digits, _ and -, and at most 63 characters"
        return "has a value that is not legal in Google Cloud", hint
    return None


# --- firewall rules -----------------------------------------------------------------------------------------------------


def _firewall(want: Resource) -> Iterator[Problem]:
    if len(given(want.body, "allowed", "denied")) == 2:
        yield wrong(want, ("denied",), "cannot be set beside allowed", "a rule either allows or denies")
    for side in ("allowed", "denied"):
        for path, item in entries(want, (side,)):
            yield from _opening(want, path, item)
    yield from outside(want, ("priority",), 0, 65535)
    for one, other in _ALONE:
        if given(want.body, one) and given(want.body, other):
            yield wrong(want, (other,), f"cannot be set beside {one}", "a rule speaks of tags or of service accounts")
    if want.body.get("direction") == "EGRESS" and given(want.body, "sourceTags"):
        yield wrong(
            want, ("sourceTags",), "cannot be set where direction is EGRESS", "targetTags say whose traffic it is"
        )
    for name in ("sourceTags", "targetTags"):
        for index, tag in enumerate(known_list(want.body.get(name))):
            if isinstance(tag, str) and not _TAG.fullmatch(tag):
                hint = "1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last"
                yield wrong(want, (name, index), f"is {tag!r}, which is no network tag", hint)


def _opening(want: Resource, path: Path, item: Map) -> Iterator[Problem]:
    """A protocol and its ports."""
    protocol = item.get("IPProtocol")
    if isinstance(protocol, str):
        if protocol.isdecimal() and int(protocol) > 255:
            yield wrong(
                want, (*path, "IPProtocol"), f"must be a protocol's name or a number up to 255, not {protocol!r}"
            )
        elif given(item, "ports") and protocol.lower() not in _WITH_PORTS:
            hint = "only tcp, udp and sctp have ports: leave them out, or name one of these"
            yield wrong(want, (*path, "ports"), f"cannot be set for {protocol}, which has none", hint)
    for index, ports in enumerate(known_list(item.get("ports"))):
        if isinstance(ports, str) and (why := no_ports(ports)):
            yield wrong(want, (*path, "ports", index), why)


# --- networks -----------------------------------------------------------------------------------------------------------


def _network(want: Resource) -> Iterator[Problem]:
    yield from outside(want, ("mtu",), 1300, 8896)


def _subnetwork(want: Resource) -> Iterator[Problem]:
    written: list[tuple[Path, Network, str]] = []
    primary = network(want.body.get("ipCidrRange"))
    if primary:
        written.append((("ipCidrRange",), primary, "the primary range"))
        if not isinstance(primary, ipaddress.IPv4Network) or primary.prefixlen > _SMALLEST:
            found = want.body["ipCidrRange"]
            yield wrong(want, ("ipCidrRange",), f"must be an IPv4 range of at least a /{_SMALLEST}, not {found!r}")
    for index, (path, item) in enumerate(entries(want, ("secondaryIpRanges",))):
        if found := network(item.get("ipCidrRange")):
            name = item.get("rangeName")
            owner = name if isinstance(name, str) else f"secondaryIpRanges[{index}]"
            written.append(((*path, "ipCidrRange"), found, owner))
    yield from kit.overlaps(want, written)


def _address(want: Resource) -> Iterator[Problem]:
    body = want.body
    if body.get("addressType") == "EXTERNAL" and body.get("ipVersion") != "IPV6":
        for name in given(body, "subnetwork", "network"):
            yield wrong(
                want, (name,), "cannot be set where addressType is EXTERNAL", "only INTERNAL addresses lie in one"
            )
    found = body.get("address")
    if isinstance(found, str) and found and not _is_address(found):
        yield wrong(want, ("address",), f"must be an IP address, not {found!r}")


def _is_address(written: str) -> bool:
    try:
        ipaddress.ip_address(written)
    except ValueError:
        return False
    return True


RULES: Mapping[str, tuple[Rule, ...]] = {
    "Address": (_address,),
    "Firewall": (_firewall,),
    "Network": (_network,),
    "Subnetwork": (_subnetwork,),
}
"""By schema, which regional and global addresses share."""
