"""Resource types from the archive: what it says, what follows from names and formats, and a kept table for the rest.

Pure data; must not send anything.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from providers.gcp.kinds import Kind, kind
from providers.gcp.schema import archive
from providers.kit.archive import base_type
from provisioner.model.resource_type import (
    Condition,
    Effect,
    EffectKind,
    Equality,
    Ownership,
    ResourceType,
    Sameness,
    TagField,
)
from provisioner.model.value import ABSENT, Path, Value, freeze

_VISIBLE_WITHIN = 30.0  # seconds; an accepted insert shows at once, a list may trail it
_DATA_STORES = frozenset(["Disk", "Image", "InstantSnapshot", "MachineImage", "Snapshot", "StoragePool"])
_DATA_WITHIN: Mapping[str, tuple[tuple[Path, tuple[Value, ...]], ...]] = {
    "Instance": ((("disks", "*", "autoDelete"), (True,)),)
}

SPECIAL: Mapping[tuple[str, str], str] = {
    ("networks", "autoCreateSubnetworks"): "switchToCustomMode",
    ("subnetworks", "ipCidrRange"): "expandIpCidrRange",
    ("disks", "sizeGb"): "resize",
    ("regionDisks", "sizeGb"): "resize",
}
"""By collection and property: the method that changes it, where the archive's ``setters`` and patch do not."""

# What must be there, and the discovery document does not say so. By schema.
_NEEDS: Mapping[str, tuple[Path, ...]] = {"Firewall": (("allowed", "*", "IPProtocol"), ("denied", "*", "IPProtocol"))}
_ONE_OF: Mapping[str, tuple[str, ...]] = {"Firewall": ("allowed", "denied")}

# In place under a condition; the archive's create-only paths (replace) come after these. By schema.
_EFFECTS: Mapping[str, tuple[Effect, ...]] = {
    "Network": (
        Effect(  # networks.switchToCustomMode; there is no way back
            ("autoCreateSubnetworks",),
            EffectKind.IN_PLACE,
            (
                Condition(("autoCreateSubnetworks",), "before", "equals", True),
                Condition(("autoCreateSubnetworks",), "after", "equals", False),
            ),
        ),
    ),
    "Subnetwork": (
        Effect(("ipCidrRange",), EffectKind.IN_PLACE, (Condition(("ipCidrRange",), "after", "grows"),)),
        Effect(  # "… or the first time the subnet is updated into IPV4_IPV6 dual stack"
            ("ipv6AccessType",), EffectKind.IN_PLACE, (Condition(("stackType",), "before", "equals", "IPV4_ONLY"),)
        ),
    ),
    "Firewall": tuple(  # "The action of a rule cannot be changed": what allows cannot come to deny
        Effect((side,), EffectKind.REPLACE, (Condition((side,), "before", "equals", ABSENT),))
        for side in ("allowed", "denied")
    ),
    "Disk": (
        Effect(("sizeGb",), EffectKind.IN_PLACE, (Condition(("sizeGb",), "after", "grows"),)),
        Effect(("sizeGb",), EffectKind.REPLACE),
    ),
}

# As the discovery document's descriptions have them ("defaults to", "if unspecified"), and what a read then shows.
_DEFAULTS: Mapping[str, tuple[tuple[Path, Value], ...]] = {
    "Network": (
        (("mtu",), 1460),
        (("networkFirewallPolicyEnforcementOrder",), "AFTER_CLASSIC_FIREWALL"),
        (("routingConfig", "routingMode"), "REGIONAL"),
        (("routingConfig", "bgpBestPathSelectionMode"), "LEGACY"),
    ),
    "Subnetwork": (
        (("privateIpGoogleAccess",), False),
        (("purpose",), "PRIVATE"),
        (("stackType",), "IPV4_ONLY"),
        (("logConfig", "enable"), False),
    ),
    "Firewall": (
        (("description",), ""),
        (("direction",), "INGRESS"),
        (("priority",), 1000),
        (("disabled",), False),
        (("logConfig", "enable"), False),
    ),
    "Address": (
        (("addressType",), "EXTERNAL"),
        (("networkTier",), "PREMIUM"),
    ),
}

# Lists of objects whose order means nothing; lists of scalars are found by their form.
_EQUALITIES: Mapping[str, tuple[Equality, ...]] = {
    "Firewall": tuple(
        equality
        for side in ("allowed", "denied")
        for equality in (
            Equality((side,), Sameness.UNORDERED),
            Equality((side, "*", "IPProtocol"), Sameness.CASE),
        )
    ),
    "Subnetwork": (Equality(("secondaryIpRanges",), Sameness.KEYED, "rangeName"),),
}
_CHANGES_WITH: Mapping[str, tuple[Path, ...]] = {"Subnetwork": (("gatewayAddress",),)}

_UNIQUE: Mapping[str, tuple[tuple[Path, ...], ...]] = {"Subnetwork": ((("network",), ("ipCidrRange",)),)}

# What a wish for is refused: a public address comes from whatever is free, and so do IPv6 ranges.
_PUBLIC = (Condition(("addressType",), "before", "equals", "EXTERNAL"),)
_ASSIGNED: Mapping[str, tuple[tuple[Path, tuple[Condition, ...]], ...]] = {
    "Address": ((("address",), _PUBLIC),),
    "ForwardingRule": (
        (("IPAddress",), (Condition(("loadBalancingScheme",), "before", "in", ("EXTERNAL", "EXTERNAL_MANAGED")),)),
        (("IPAddresses",), ()),
    ),
    "Subnetwork": ((("externalIpv6Prefix",), ()), (("internalIpv6Prefix",), ())),
}

_RANGE = re.compile(r"[rR]anges?$")
_LINK = re.compile(r"\bURLs?\b|\bURIs? of\b|[Ff]ully-qualified|[Pp]artial URL")
_LINKS = frozenset(
    {
        "licenses",
        "machineType",
        "network",
        "networks",
        "resourcePolicies",
        "sourceImage",
        "sourceSnapshot",
        "storagePool",
        "subnetwork",
        "subnetworks",
    }
)
# Named like a range, or described as a URL, and neither.
_NEITHER = frozenset(
    {
        "description",
        "endpointUrl",
        "expectedOutputUrl",
        "host",
        "path",
        "pathMatcher",
        "pathTemplateRewrite",
        "portRange",
        "prefixRewrite",
        "requestPath",
        "signedUrlKeyNames",
        "urlMask",
    }
)


@functools.cache
def resource_type(name: str) -> ResourceType:
    """The type's data. ``UnknownTypeError`` with near names where the archive has none."""
    entry, of = archive().entry(name), kind(name)
    schema_id = str(of.cloud["schema_id"])
    entry = {**entry, "schema": _needing(schema_id, entry["schema"])}
    fingerprints = tuple(tuple(path) for path in of.cloud["fingerprints"])
    return base_type(
        entry,
        "gcp",
        effects=_EFFECTS.get(schema_id, ()),
        equalities=(*_EQUALITIES.get(schema_id, ()), *_equalities(entry["schema"], _taken(schema_id))),
        defaults=_DEFAULTS.get(schema_id, ()),
        changes_with=(*(path for path in fingerprints if "*" not in path), *_CHANGES_WITH.get(schema_id, ())),
        natural_key=() if of.scope == "organization" else (*((key,) for key in of.place_keys), ("name",)),
        unique=_UNIQUE.get(schema_id, ()),
        assigned=_ASSIGNED.get(schema_id, ()),
        tags=TagField(("labels",), "map") if of.labelled else None,
        ownership=_ownership(of),
        visible_within=_VISIBLE_WITHIN,
        born=(("id",),) if "id" in entry["schema"].get("properties", {}) else (),
        data_store=schema_id in _DATA_STORES,
        data_within=_DATA_WITHIN.get(schema_id, ()),
        place_keys=of.place_keys,
        place_schema=freeze(_place_schema(of)),
    )


def _needing(schema_id: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with what the kept tables say must be there."""
    for path in _NEEDS.get(schema_id, ()):
        schema = _required(schema, path)
    forms = [{"required": [name]} for name in _ONE_OF.get(schema_id, ())]
    return {**schema, "anyOf": forms} if forms else schema


def _required(node: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    head, rest = str(path[0]), path[1:]
    if not rest:
        return {**node, "required": sorted({*node.get("required", ()), head})}
    if head == "*":
        return {**node, "items": _required(node["items"], rest)}
    properties = node["properties"]
    return {**node, "properties": {**properties, head: _required(properties[head], rest)}}


def _place_schema(of: Kind) -> dict[str, Any]:
    """What stands beside the properties; a region or a zone may be left to the place."""
    told = dict.fromkeys(("region", "zone"), "By default the place's")
    told["parentId"] = "The organization or folder, organizations/123 or folders/123"
    within = {
        key: {"type": "string", "description": told.get(key, f"The {key} in which it lives")} for key in of.place_keys
    }
    return {"type": "object", "properties": within, "required": sorted(set(within) - {"region", "zone"})}


def _ownership(of: Kind) -> Ownership:
    if not of.labelled:
        return Ownership.LEDGER
    return Ownership.TAGGED_AFTER if of.labels_after else Ownership.TAGGED


def _taken(schema_id: str) -> frozenset[Path]:
    return frozenset(equality.path for equality in _EQUALITIES.get(schema_id, ()))


def _equalities(schema: Mapping[str, Any], taken: frozenset[Path]) -> Iterator[Equality]:
    """Samenesses that show in a schema: numbers written as text, ranges, links, and lists of scalars, which Compute treats
    as sets."""
    for path, node in _leaves(schema, schema.get("$defs", {}), (), ()):
        name = next(part for part in reversed(path) if part != "*")
        if path in taken:
            continue
        if node.get("type") == "array":
            yield Equality(path, Sameness.UNORDERED)
        elif node.get("format") in ("int64", "uint64"):
            yield Equality(path, Sameness.NUMBER)
        elif node.get("type") != "string" or "enum" in node or name in _NEITHER:
            continue
        elif name in _LINKS or _LINK.search(node.get("description", "")):
            yield Equality(path, Sameness.SELF_LINK)
        elif _RANGE.search(name):
            yield Equality(path, Sameness.CIDR)


def _leaves(
    node: Mapping[str, Any], defs: Mapping[str, Any], path: tuple[str, ...], open_types: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Scalars and lists of scalars that a user may set, with their paths. The items of a list have its description; a type inside
    itself is left out."""
    if node.get("readOnly"):
        return
    if reference := node.get("$ref"):
        named = reference.removeprefix("#/$defs/")
        if named not in open_types:
            yield from _leaves(defs[named], defs, path, (*open_types, named))
        return
    if path and "properties" not in node and not isinstance(node.get("additionalProperties"), Mapping):
        items = node.get("items", {})
        if node.get("type") != "array":
            yield path, node
        elif "$ref" in items or items.get("type") == "object":
            yield from _leaves(items, defs, (*path, "*"), open_types)
        else:
            yield path, node
            yield (*path, "*"), {"description": node.get("description", ""), **items}
    for name, child in node.get("properties", {}).items():
        yield from _leaves(child, defs, (*path, name), open_types)
