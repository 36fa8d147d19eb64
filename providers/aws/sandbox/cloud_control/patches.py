"""JSON patches (RFC 6902) over plain values. Knows no resource, and changes nothing in place.

Cloud Control takes a path without its leading slash too, as its user guide writes it.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any


class PatchError(Exception):
    """A patch that cannot be applied, in words."""


def patched(document: Any, operations: Any) -> Any:
    """The document after all operations, or ``PatchError`` and the document as it was."""
    if not isinstance(operations, Sequence) or isinstance(operations, str):
        raise PatchError("a patch is a list of operations")
    found = copy.deepcopy(document)
    for operation in operations:
        found = _applied(found, operation)
    return found


def _applied(document: Any, operation: Any) -> Any:
    if not isinstance(operation, Mapping) or not isinstance(operation.get("path"), str):
        raise PatchError(f"an operation has op and path, not {operation!r}")
    path = _parts(operation["path"])
    match operation.get("op"):
        case "add":
            return _added(document, path, _value(operation))
        case "remove":
            return _removed(document, path)
        case "replace":
            _get(document, path)
            return _added(_removed(document, path), path, _value(operation)) if path else _value(operation)
        case "move" | "copy" as name:
            source = _parts(str(operation.get("from", "")))
            value = copy.deepcopy(_get(document, source))
            return _added(_removed(document, source) if name == "move" else document, path, value)
        case "test":
            if _get(document, path) != _value(operation):
                raise PatchError(f"the value at {operation['path']} is another one")
            return document
    raise PatchError(f"there is no operation {operation.get('op')!r}")


def _value(operation: Mapping[str, Any]) -> Any:
    if "value" not in operation:
        raise PatchError(f"{operation['op']} at {operation['path']} has no value")
    return copy.deepcopy(operation["value"])


def _parts(pointer: str) -> list[str]:
    if not pointer:
        return []
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("/").split("/")]


def _get(document: Any, path: Sequence[str]) -> Any:
    for part in path:
        document = document[_key(document, part)]
    return document


def _key(holder: Any, part: str, *, end: bool = False) -> Any:
    """A key of a map, or an index of a list, that there is; with ``end`` also the place right behind a list's last item."""
    if isinstance(holder, dict) and part in holder:
        return part
    if isinstance(holder, list):
        if end and part == "-":
            return len(holder)
        if part.isdecimal() and int(part) < len(holder) + end:
            return int(part)
    raise PatchError(f"there is nothing at {part!r}")


def _added(document: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    holder, last = _get(document, path[:-1]), path[-1]
    if isinstance(holder, dict):
        holder[last] = value
    else:
        holder_key = _key(holder, last, end=True)
        holder.insert(holder_key, value)
    return document


def _removed(document: Any, path: Sequence[str]) -> Any:
    if not path:
        raise PatchError("the whole resource cannot be removed")
    holder = _get(document, path[:-1])
    del holder[_key(holder, path[-1])]
    return document
