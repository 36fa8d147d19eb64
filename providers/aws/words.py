"""Words that tables are written in: where a value comes from, as terms of a call or as fields of an answer. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from providers.aws.table import Frame, given, path
from provisioner.model.value import ABSENT, Map, Value, freeze, get, thaw


def same(*names: str) -> dict[str, Any]:
    """Properties that are called the same on both sides."""
    return {name: name for name in names}


def const(value: Value) -> Callable[[Frame], Value]:
    """Always this value."""
    return lambda _frame: value


def ident(name: str) -> Callable[[Frame], Value]:
    """A part of the object's identity."""
    return lambda frame: frame.identity.get(name, ABSENT)


def was(name: str) -> Callable[[Frame], Value]:
    """A property as it was before."""
    return lambda frame: get(frame.have, path(name))


def column(list_name: str, name: str) -> Callable[[Map], Value]:
    """One field of every item of a list."""

    def values(item: Map) -> Value:
        rows = item.get(list_name, ABSENT)
        return rows if rows is ABSENT else tuple(row[name] for row in rows if name in row)

    return values


def item(name: str = "") -> Callable[[Frame], Value]:
    """What a call that is made for each of several is about, or a property of that."""
    return lambda frame: get(frame.item, path(name)) if name else frame.item


def in_state(name: str, *states: str) -> Callable[[Map], bool]:
    """Whether a field of an item says one of these."""
    return lambda found: get(found, path(name)) in states


def filled(name: str) -> Callable[[Map], Value]:
    """A field that AWS gives as an empty string where it is not set."""
    return lambda item: item.get(name) or ABSENT


# --- values as text -------------------------------------------------------------------------------------------------------


def as_text(name: str) -> Callable[[Frame], Value]:
    """A property as text: ``true``, ``30``, and documents as JSON."""

    def text(frame: Frame) -> Value:
        value = given(frame.want, path(name))
        if value is ABSENT or isinstance(value, str):
            return value
        return "" if value in ((), Map()) else json.dumps(thaw(value), sort_keys=True)

    return text


def from_text(name: str) -> Callable[[Map], Value]:
    """A field that AWS gives as text, read as the number, truth or document that it is; absent where it is empty."""

    def value(item: Map) -> Value:
        said = get(item, path(name))
        if not isinstance(said, str) or not said:
            return ABSENT
        try:
            return freeze(json.loads(said))
        except ValueError:
            return said

    return value
