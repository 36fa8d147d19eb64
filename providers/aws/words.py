"""Words that tables are written in: where a value comes from, as terms of a call or as fields of an answer. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from providers.aws.terms import Field, Frame, Term, field_of, given, path
from provisioner.model.place import Place
from provisioner.model.resource import NOBODY
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


def idents(name: str) -> Callable[[Frame], Value]:
    """A part of the object's identity where a call takes several."""
    return lambda frame: (frame.identity[name],)


def was(name: str) -> Callable[[Frame], Value]:
    """A property as it was before."""
    return lambda frame: get(frame.have, path(name))


def kept(name: str) -> Callable[[Frame], Value]:
    """A property as it is wanted, else as it was before: for a call that sets an object as a whole, and must not take back
    what the plan does not show."""

    def value(frame: Frame) -> Value:
        wanted = get(frame.want, path(name))
        return given(frame.have, path(name)) if wanted is ABSENT else given(frame.want, path(name))

    return value


def unless_empty(name: str) -> Callable[[Frame], Value]:
    """A property that is not sent where its default is to have none."""
    return lambda frame: given(frame.want, path(name)) or ABSENT


def first(name: str, inside: Field = "") -> Field:
    """The first item of a list, or a field of it."""

    def value(answer: Map) -> Value:
        items = answer.get(name) or ()
        return field_of(items[0], inside) if items else ABSENT

    return value


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


def or_else(source: Field, default: Value, beside: str) -> Callable[[Map], Value]:
    """What a field says, or what it means that it says nothing; only in an item that holds ``beside``, which is the whole
    object and not a call's short answer."""

    def value(item: Map) -> Value:
        found = field_of(item, source)
        return default if found in (ABSENT, None) and beside in item else found

    return value


# --- names ----------------------------------------------------------------------------------------------------------------


def own_name(name: str, ending: Callable[[Frame], str] = lambda _frame: "") -> Callable[[Frame], Value]:
    """A name, which the service wants to be told. Where the blueprint gives none, one that no other generation has."""

    def chosen(frame: Frame) -> Value:
        owned = frame.owner is not None and frame.owner != NOBODY
        own = f"orch-{frame.owner.tag}{ending(frame)}" if frame.owner and owned else ABSENT
        wanted = given(frame.want, path(name))
        return own if wanted is ABSENT else wanted

    return chosen


def arn(service: str, *resource: Term) -> Callable[[Frame], Value]:
    """The ARN of a place's object. resource: its last part, as terms that are put together; unknown while one of them is."""

    def made(frame: Frame) -> Value:
        parts = [given(frame.want, path(term)) if isinstance(term, str) else term(frame) for term in resource]
        if not frame.place.account or not all(isinstance(part, str) for part in parts):
            return ABSENT
        return f"{arn_of(frame.place, service)}:{''.join(parts)}"

    return made


def arn_of(place: Place, service: str) -> str:
    """What the ARNs of a place's objects begin with, without the colon behind it."""
    return f"arn:{partition(place.region)}:{service}:{place.region}:{place.account}"


def partition(region: str) -> str:
    """The part of AWS that a region belongs to, as ARNs name it."""
    begin = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
    return next((name for prefix, name in begin.items() if region.startswith(prefix)), "aws")


# --- the same under other names ---------------------------------------------------------------------------------------------


def lowered(value: Value) -> Value:
    """The same with keys that begin with a small letter, at any depth."""
    return _respelt(value, lambda key: key[:1].lower() + key[1:])


def raised(value: Value) -> Value:
    """The same with keys that begin with a capital, at any depth."""
    return _respelt(value, lambda key: key[:1].upper() + key[1:])


def _respelt(value: Value, spelling: Callable[[str], str]) -> Value:
    if isinstance(value, tuple):
        return tuple(_respelt(each, spelling) for each in value)
    if isinstance(value, Mapping):
        return Map({spelling(key): _respelt(each, spelling) for key, each in value.items()})
    return value


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


def some(items: Callable[[Frame], Sequence[Any]]) -> Callable[[Frame], Value]:
    """Items as a parameter, which is not sent where there are none."""
    return lambda frame: tuple(items(frame)) or ABSENT


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
