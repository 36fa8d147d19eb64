"""What a type's schema has room for: of an object that was found, the part that an entry could say anything about. Pure.

A cloud shows members of later versions than the compiled schema, now to one reader and then to another. It must not touch
what an open schema leaves open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.model.resource_type import ResourceType
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Value

_OPEN: Mapping[str, Any] = EMPTY
"""Where anything may stand."""


def described(kind: ResourceType, path: Path, value: Value, ours: Value = ABSENT) -> Value:
    """The value without members that the schema has not; ABSENT where it has none at the path itself. ours: what an entry says
    there, which may go beyond the schema."""
    node: Mapping[str, Any] | None = kind.schema
    for part in path:
        node = _inside(kind.schema, node, part) if node is not None else None
    if node is None:
        return ABSENT if ours is ABSENT else value
    return _kept(kind.schema, node, value, ours)


def _kept(root: Map, node: Mapping[str, Any], value: Value, ours: Value) -> Value:
    if isinstance(value, tuple):
        inner = _inside(root, node, 0)
        said = [item for item in ours if isinstance(item, Mapping)] if isinstance(ours, tuple) else []
        beside = Map({key: part for item in said for key, part in item.items()})
        return value if inner is None else tuple([_kept(root, inner, item, beside) for item in value])
    if not isinstance(value, Mapping):
        return value
    said_here = ours if isinstance(ours, Mapping) else EMPTY
    inside = {key: _inside(root, node, key) for key in value}
    return Map(
        {
            key: value[key] if inner is None else _kept(root, inner, value[key], said_here.get(key, ABSENT))
            for key, inner in inside.items()
            if inner is not None or key in said_here
        }
    )


def _inside(root: Map, node: Mapping[str, Any], part: str | int) -> Mapping[str, Any] | None:
    """The schema of a member or an item; None where a closed schema has none."""
    while "$ref" in node:
        node = root.get("$defs", EMPTY).get(str(node["$ref"]).rpartition("/")[2], _OPEN)
    if isinstance(part, int):
        found = node.get("items", _OPEN)
    else:
        rest = _OPEN if "patternProperties" in node else node.get("additionalProperties", _OPEN)
        found = node.get("properties", EMPTY).get(part, None if rest is False else rest)
    return found if found is None or isinstance(found, Mapping) else _OPEN
