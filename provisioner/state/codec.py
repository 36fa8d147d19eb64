"""Model objects as canonical JSON and back, frozen again all the way down.

References and secrets inside values become one-key objects whose key starts with a private-use character, which no blueprint can
contain; data from a cloud that tried to look like one is refused. This module must not know what is stored where.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

from provisioner.model.problem import OrchError
from provisioner.model.value import ABSENT, PLAIN, Absent, Interpolation, JsonText, Map, Part, Reference, Secret, Value

T = TypeVar("T")

_MARK = "\ue000"
_REF, _TEXT, _JSON = f"{_MARK}ref", f"{_MARK}text", f"{_MARK}json"
_SECRET, _ABSENT = f"{_MARK}secret", f"{_MARK}absent"


def encode(item: object) -> bytes:
    """Canonical JSON: the same object gives the same bytes."""
    marks = 0

    def hook(value: object) -> object:
        nonlocal marks
        marks += 1
        if isinstance(value, Reference):
            return {_REF: [value.address, list(value.path)]}
        if isinstance(value, Interpolation):
            return {_TEXT: list(value.parts)}
        if isinstance(value, JsonText):
            return {_JSON: [value.indent, value.value]}
        if isinstance(value, Secret):
            return {_SECRET: [value.uri, value.version]}
        if isinstance(value, Absent):
            return {_ABSENT: True}
        raise TypeError(f"{type(value).__name__} is not data")

    data = msgspec.json.encode(item, enc_hook=hook, order="deterministic")
    if data.count(_MARK.encode()) != marks:
        raise OrchError("a value contains the reserved character U+E000, which orch uses for references")
    return data


def decode(data: bytes, kind: type[T]) -> T:
    """The object that ``encode`` wrote. ``msgspec.ValidationError`` or ``DecodeError`` where it is something else."""
    return msgspec.json.decode(data, type=kind, dec_hook=_hook)


def plain(item: object) -> Any:
    """The object as plain dicts, lists and scalars, as its JSON would be read back."""
    return msgspec.json.decode(encode(item))


def _hook(kind: type, value: object) -> object:
    if kind in (Value, Map, Reference, Secret, Interpolation):
        return _value(value)
    raise NotImplementedError(kind)


def _value(value: object) -> Value:
    if isinstance(value, dict):
        if len(value) == 1:
            key, item = next(iter(value.items()))
            if key == _REF:
                return Reference(str(item[0]), tuple(item[1]))
            if key == _TEXT:
                return Interpolation(tuple(cast("list[Part]", [_value(part) for part in item])))
            if key == _JSON:
                return JsonText(item[0], _value(item[1]))
            if key == _SECRET:
                return Secret(str(item[0]), str(item[1]))
            if key == _ABSENT:
                return ABSENT
        plain = PLAIN
        return Map({key: item if type(item) in plain else _value(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple([_value(item) for item in value])
    return value
