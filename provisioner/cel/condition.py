"""Conditions over one object's attributes, which they call ``self``: ``self.State == 'available'``.

Must not know where the attributes come from.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from provisioner.cel import EvaluationError, Expression, ExpressionError, Language
from provisioner.cel.syntax import Call, Const, Ident, Node, Select

_SELF = "self"
_INDEX = "_[_]"
_SHORT = 80
_NAMES: Mapping[type, str] = {str: "string", int: "int", float: "double", list: "list", dict: "map"}


@functools.cache
def compiled(text: str) -> Expression:
    """The condition, or ``ExpressionError``: it must be able to give true or false."""
    expression = _language().compile(text.rstrip())
    if expression.kind not in ("BOOL", "DYN"):
        raise no_condition(expression.kind.lower().partition("<")[0])
    return expression


def no_condition(kind: str) -> ExpressionError:
    """That an expression gives something else than true or false."""
    return ExpressionError(f"gives {kind}, and must give true or false")


def bare(expression: Expression) -> tuple[str | int, ...] | None:
    """The path of an attribute that is all of the expression; None where there is more to it."""
    node = expression.node
    return None if isinstance(node, Select) and node.test else _path(node)


def unmet(text: str, attributes: Mapping[str, Any]) -> str:
    """Empty where the condition holds of these attributes (plain data), else what there is instead, in a few words.
    ``ExpressionError`` where it gives what no waiting makes true or false."""
    expression = compiled(text)
    try:
        answer = expression.value(_language().facts({_SELF: attributes}))
        if answer is True:
            return ""
        if answer not in (False, None):
            raise no_condition(_NAMES.get(type(answer), type(answer).__name__))
        why = "it is false"
    except EvaluationError as error:
        why = str(error).rstrip(".")
    told = (_told(attributes, path) for path in reads(expression))
    return ", ".join(words for words in told if words) or why


def reads(expression: Expression) -> tuple[tuple[str | int, ...], ...]:
    """The paths that the condition reads, each as far as it is spelt out, without duplicates; empty for all of ``self``."""
    return tuple(dict.fromkeys(_reads(expression.node)))


def _reads(node: Node) -> Iterator[tuple[str | int, ...]]:
    if (path := _path(node)) is not None:
        yield path
        return
    for field in fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if not isinstance(part, (str, int, bool, type(None))):
                yield from _reads(part)


def _path(node: Node) -> tuple[str | int, ...] | None:
    """The path that a node reads; None where it is something else."""
    match node:
        case Ident(name):
            return () if name == _SELF else None
        case Select(operand, name, _):
            return None if (path := _path(operand)) is None else (*path, name)
        case Call(function, (operand, Const(str() | int() as key))) if function == _INDEX:
            return None if (path := _path(operand)) is None else (*path, key)
    return None


def _told(value: Any, path: tuple[str | int, ...]) -> str:
    """What stands at a path, where that is short."""
    name = ".".join(map(str, path))
    for part in path:
        try:
            value = value[part]
        except (LookupError, TypeError):
            return f"{name} is not there"
    short = value is None or isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value) <= _SHORT)
    return f"{name} is {json.dumps(value)}" if short else ""


@functools.cache
def _language() -> Language:
    return Language({_SELF: "object"})
