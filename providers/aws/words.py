"""Words that tables are written in: where a value comes from, as terms of a call or as fields of an answer. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from providers.aws.table import Frame, given, path
from provisioner.model.place import Place
from provisioner.model.resource import NOBODY, Resource
from provisioner.model.value import ABSENT, Map, Value, freeze, get, thaw


def same(*names: str) -> dict[str, Any]:
    """Properties that are called the same on both sides."""
    return {name: name for name in names}


def made_name(want: Resource, ending: str = "") -> str | None:
    """The name that is given to what the blueprint gives none: no other generation of any object has it. None while nobody
    owns it yet."""
    return f"orch-{want.owner.tag}{ending}" if want.owner and want.owner != NOBODY else None


def made_unless(name: str) -> Callable[[Resource], str | None]:
    """``made_name`` as an identity, for what the blueprint gives no name."""
    return lambda want: made_name(want) if given(want.body, (name,)) is ABSENT else None


def name_or_made(name: str) -> Callable[[Frame], Value]:
    """The name in the blueprint, else the one that is made."""
    return lambda frame: given(frame.want, (name,)) or f"orch-{frame.owner.tag if frame.owner else frame.token}"


def kept(name: str) -> Callable[[Frame], Value]:
    """A property as wanted, or as it stands where nothing is: for a call that resets what it is not sent."""

    def value(frame: Frame) -> Value:
        wanted = given(frame.want, path(name))
        return given(frame.have, path(name)) if wanted is ABSENT else wanted

    return value


def partition(place: Place) -> str:
    """The first part of a place's ARNs: ``aws``, ``aws-cn``, ``aws-us-gov``."""
    begin = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
    return next((name for prefix, name in begin.items() if place.region.startswith(prefix)), "aws")


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


def or_empty(name: str) -> Callable[[Map], Value]:
    """A text that AWS leaves out where it is empty."""
    return lambda item: item.get(name, "")


def derived(_item: Map) -> Value:
    """A property that no item of an answer holds by itself: ``derive`` makes it out of others."""
    return ABSENT


# --- lists that are set item by item -------------------------------------------------------------------------------------


def listed(body: Map, name: str) -> tuple[Any, ...]:
    """A list in a body; none where there is none."""
    found = body.get(name)
    return found if isinstance(found, tuple) else ()


def added(name: str) -> Callable[[Frame], Sequence[Any]]:
    """The items of a list that were not there before."""
    return lambda frame: [one for one in listed(frame.want, name) if one not in listed(frame.have, name)]


def removed(name: str) -> Callable[[Frame], Sequence[Any]]:
    """The items of a list that are to go; in a delete all of them."""
    return lambda frame: [one for one in listed(frame.have, name) if one not in listed(frame.want, name)]


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
