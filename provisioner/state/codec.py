"""Model objects as canonical JSON and back, frozen again all the way down.

References and secrets inside values become one-key objects whose key starts with a private-use character, which no blueprint can
contain; data from a cloud that tried to look like one is refused. This module must not know what is stored where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, TypeVar, cast

import msgspec

from provisioner.model.problem import OrchError
from provisioner.model.value import ABSENT, Absent, Interpolation, JsonText, Map, Part, Reference, Secret, Value

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


def pieces(item: Any) -> Iterator[bytes]:
    """What ``encode`` gives of a dataclass, piece by piece: a plan's is larger than all else that is kept of it."""
    before = b"{"
    for name in (field.name for field in fields(item)):
        value = getattr(item, name)
        yield before + encode(name) + b":"
        if isinstance(value, tuple) and value:
            for number, part in enumerate(value):
                yield (b"," if number else b"[") + encode(part)
            yield b"]"
        else:
            yield encode(value)
        before = b","
    yield b"}"


def decode(data: bytes, kind: type[T]) -> T:
    """The object that ``encode`` wrote. ``msgspec.ValidationError`` or ``DecodeError`` where it is something else."""
    texts: dict[str, str] = {}  # equal ones are kept once: a row's body stands in it as applied and as found

    def hook(kind: type, value: object) -> object:
        if kind in (Value, Map, Reference, Secret, Interpolation):
            return _value(value, texts.setdefault)
        raise NotImplementedError(kind)

    return msgspec.json.decode(data, type=kind, dec_hook=hook)


def plain(item: object) -> Any:
    """The object as plain dicts, lists and scalars, as its JSON would be read back."""
    return msgspec.json.decode(encode(item))


def _value(value: object, once: Callable[[str, str], str]) -> Value:
    if isinstance(value, dict):
        if len(value) == 1:
            key, item = next(iter(value.items()))
            if key == _REF:
                return Reference(str(item[0]), tuple(item[1]))
            if key == _TEXT:
                return Interpolation(tuple(cast("list[Part]", [_value(part, once) for part in item])))
            if key == _JSON:
                return JsonText(item[0], _value(item[1], once))
            if key == _SECRET:
                return Secret(str(item[0]), str(item[1]))
            if key == _ABSENT:
                return ABSENT
        return Map({key: once(item, item) if type(item) is str else _value(item, once) for key, item in value.items()})
    if isinstance(value, list):
        return tuple([_value(item, once) for item in value])
    return value
