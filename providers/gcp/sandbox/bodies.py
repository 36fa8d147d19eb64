"""Bodies of objects: merged, masked, stripped of what is never returned, given what the service sets. Pure functions.

Must not know any type by name, nor what exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.gcp.sandbox.kinds import Kind
from providers.gcp.sandbox.links import full
from providers.gcp.sandbox.state import fingerprint, timestamp


def masked(body: Mapping[str, Any], query: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """What an ``updateMask`` (``a,b.c`` in either spelling) or ``paths`` lets through; what it names and the body lacks
    is null."""
    mask = query.get("updateMask") or ",".join(query.get("paths", ()))
    if not mask:
        return dict(body)
    named = {_camel(path.strip().split(".")[0]) for path in str(mask).split(",")}
    return {name: body.get(name) for name in named if name in kind.properties}


def _camel(text: str) -> str:
    head, *tail = text.split("_")
    return head + "".join(part.capitalize() for part in tail)


def merge(old: Any, new: Any) -> Any:
    """JSON merge patch: maps merge, null removes, all else replaces."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return strip(new)
    merged = dict(old)
    for name, value in new.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def strip(value: Any) -> Any:
    """``value`` without nulls in maps."""
    if isinstance(value, Mapping):
        return {name: strip(child) for name, child in value.items() if child is not None}
    return [strip(child) for child in value] if isinstance(value, list) else value


def returned(body: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """A body without what is input only, at any depth."""

    def visit(value: Any, schema: Mapping[str, Any]) -> Any:
        if "$ref" in schema:
            schema = kind.defs[schema["$ref"].removeprefix("#/$defs/")]
        if isinstance(value, Mapping) and "properties" in schema:
            named = schema["properties"]
            kept = {name: child for name, child in value.items() if not named[name].get("writeOnly")}
            return {name: visit(child, named[name]) for name, child in kept.items()}
        if isinstance(value, list) and "items" in schema:
            return [visit(child, schema["items"]) for child in value]
        return value

    found: dict[str, Any] = visit(body, kind.schema)
    return found


def server_fields(kind: Kind, key: str, number: str, now: float, params: Mapping[str, str]) -> dict[str, Any]:
    """What the service sets on every object, where the type has it."""
    parent = key.rsplit("/", 1)[0]
    fields = {
        "kind": kind.cloud["kind"],
        "id": number,
        "creationTimestamp": timestamp(now),
        "selfLink": full(key),
        "selfLinkWithId": full(f"{parent}/{number}"),
        "region": full(f"projects/{params.get('project')}/regions/{params['region']}") if "region" in params else None,
        "zone": full(f"projects/{params.get('project')}/zones/{params['zone']}") if "zone" in params else None,
    }
    return {name: value for name, value in fields.items() if value is not None and name in kind.properties}


def hashes(kind: Kind, body: Mapping[str, Any], number: str, generation: int) -> dict[str, Any]:
    """Fingerprints: the object's changes with each update, its labels' with the labels, others' with their own content."""
    out: dict[str, Any] = {}
    for path in kind.cloud["fingerprints"]:
        if path == ["fingerprint"]:
            out["fingerprint"] = fingerprint(number, generation)
        elif path == ["labelFingerprint"]:
            out["labelFingerprint"] = fingerprint("labels", body.get("labels", {}))
        elif len(path) == 2 and path[1] == "fingerprint" and isinstance(inner := body.get(path[0]), Mapping):
            content = {name: value for name, value in inner.items() if name != "fingerprint"}
            out[path[0]] = content | {"fingerprint": fingerprint(path[0], content)}
    return out
