"""The compiled form of a CEL expression (``cel.expr.CheckedExpr``, protobuf wire format) as a small tree.

Only what the analysis of reads needs is kept; this module must not evaluate or judge anything. Read by hand because
the engine ships neither a Python view of its tree nor the protobuf runtime.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Const:
    """A literal. ``value`` is kept for texts, integers and booleans; others are ``None``."""

    value: str | int | bool | None


@dataclass(frozen=True, slots=True)
class Ident:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """``operand.field``; ``test``: ``has(operand.field)``."""

    operand: Node
    field: str
    test: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator; ``target`` of a method call comes first in ``args``."""

    function: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """A list or map written in the expression, with all nodes inside."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comprehension:
    """A fold: ``exists``, ``all``, ``map``, ``filter`` and ``cel.bind`` all compile to one."""

    variables: tuple[str, ...]
    over: Node
    accumulator: str
    init: Node
    condition: Node
    step: Node
    result: Node


Node: TypeAlias = Const | Ident | Select | Call | Literal | Comprehension
Fields: TypeAlias = dict[int, list[int | bytes]]


def parse(serialized: bytes) -> Node:
    """The tree of a serialized expression. ``ValueError`` where it is not one that this module knows."""
    checked = _message(_fields(serialized), 2)  # inside a google.protobuf.Any
    return _node(_message(checked, 4))


def _node(fields: Fields) -> Node:
    kind = next((number for number in fields if number in _READERS), None)
    if kind is None:
        raise ValueError(f"unknown expression with fields {sorted(fields)}")
    return _READERS[kind](_message(fields, kind))


def _const(fields: Fields) -> Node:
    for number, items in fields.items():
        value = items[-1]
        if number == 6 and isinstance(value, bytes):
            return Const(value.decode())
        if number == 2:
            return Const(bool(value))
        if number in (3, 4) and isinstance(value, int):
            return Const(value - (1 << 64) if number == 3 and value >> 63 else value)
    return Const(None)


def _ident(fields: Fields) -> Node:
    return Ident(_text(fields, 1))


def _select(fields: Fields) -> Node:
    return Select(_node(_message(fields, 1)), _text(fields, 2), bool(fields.get(3)))


def _call(fields: Fields) -> Node:
    return Call(_text(fields, 2), (*_nodes(fields, 1), *_nodes(fields, 3)))


def _list(fields: Fields) -> Node:
    return Literal(_nodes(fields, 1))


def _struct(fields: Fields) -> Node:
    entries = [_fields(entry) for entry in fields.get(2, []) if isinstance(entry, bytes)]
    return Literal(tuple(node for entry in entries for number in (3, 4) for node in _nodes(entry, number)))


def _comprehension(fields: Fields) -> Node:
    names = tuple(name for name in (_text(fields, 1), _text(fields, 8)) if name)
    over, init, condition, step, result = (_node(_message(fields, number)) for number in (2, 4, 5, 6, 7))
    return Comprehension(names, over, _text(fields, 3), init, condition, step, result)


_READERS = {3: _const, 4: _ident, 5: _select, 6: _call, 7: _list, 8: _struct, 9: _comprehension}


def _nodes(fields: Fields, number: int) -> tuple[Node, ...]:
    return tuple(_node(_fields(item)) for item in fields.get(number, []) if isinstance(item, bytes))


def _text(fields: Fields, number: int) -> str:
    value = fields.get(number, [b""])[-1]
    return value.decode() if isinstance(value, bytes) else ""


def _message(fields: Fields, number: int) -> Fields:
    value = fields.get(number, [b""])[-1]
    if not isinstance(value, bytes):
        raise ValueError(f"field {number} is not a message")
    return _fields(value)


def _fields(data: bytes) -> Fields:
    """The fields of one protobuf message by number, in order of appearance."""
    found: Fields = {}
    for number, value in _wire(data):
        found.setdefault(number, []).append(value)
    return found


def _wire(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if at + size > len(data):
            raise ValueError("cut short")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("cut short")
