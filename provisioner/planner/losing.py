"""What of a value of before can be put back where a secret in it is lost: all the rest. Pure.

What stands now stays in its place; where nothing does, it is left out. This module must not decide what is undone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from provisioner.model.resource_type import ResourceType
from provisioner.model.secret import alike, secrets
from provisioner.model.value import ABSENT, EMPTY, HIDDEN, Map, Path, Secret, Value, get, put


def kept(was: Value, current: Value, lost: Collection[Secret]) -> Value:
    """A value of before with what stands there now in the place of what is lost in it, item by item where it is a list."""
    if not _lost_paths(was, lost):
        return was
    if not isinstance(was, tuple) or not isinstance(current, tuple):
        return current
    if not all(isinstance(item, Mapping) for item in was):  # nothing tells which is which
        return current
    items = [_kept_item(item, current, lost) for item in was]
    return tuple(item for item in items if item is not ABSENT)


def _kept_item(item: Value, current: tuple[Value, ...], lost: Collection[Secret]) -> Value:
    paths = _lost_paths(item, lost)
    if not paths:
        return item
    now = [other for other in current if alike(item, other, tuple(paths))]
    if len(now) != 1:
        return ABSENT
    for path in paths:
        item = put(item, path, get(now[0], path))
    return item


def unsaid(body: Map, lost: Collection[Secret]) -> Map:
    """The body of an object that stands: what is lost in it is left to what the cloud has."""
    for path in _lost_paths(body, lost):
        body = put(body, path, HIDDEN)
    return body


def without(kind: ResourceType, body: Map, lost: Collection[Secret]) -> tuple[Map, tuple[Path, ...]] | None:
    """The body without what is lost in it, and where that stood; None where the type must have it."""
    gone = []
    for path in reversed(
        _lost_paths(body, lost)
    ):  # the last item of a list first, so that the others keep their places
        if get(body, path) is ABSENT:
            continue
        at = _removable(kind, path)
        if not at:
            return None
        gone.append(at)
        if isinstance(at[-1], int):
            items = get(body, at[:-1])
            body = put(body, at[:-1], tuple(item for index, item in enumerate(items) if index != at[-1]))
        else:
            body = put(body, at, ABSENT)
    return body, tuple(reversed(gone))


def _lost_paths(value: Value, lost: Collection[Secret]) -> list[Path]:
    return list(dict.fromkeys(path for path, secret in secrets(value) if secret in lost))


def _removable(kind: ResourceType, path: Path) -> Path:
    """The smallest part around a path that a body need not have; empty where there is none."""
    while path and not isinstance(path[-1], int) and path[-1] in _required(kind.schema, path[:-1]):
        path = path[:-1]
    return path


def _required(schema: Mapping[str, Any], path: Path) -> Collection[str]:
    """What a map at a path must have."""
    definitions = schema.get("$defs", EMPTY)

    def opened(node: Any) -> Mapping[str, Any]:
        while isinstance(node, Mapping) and "$ref" in node:
            node = definitions.get(str(node["$ref"]).removeprefix("#/$defs/"), EMPTY)
        return node if isinstance(node, Mapping) else EMPTY

    node = opened(schema)
    for part in path:
        inner = node.get("items") if isinstance(part, int) else node.get("properties", EMPTY).get(part)
        node = opened(inner if inner is not None else node.get("additionalProperties"))
    return tuple(node.get("required", ()))
