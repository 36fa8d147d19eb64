"""Terms and fields: where a call takes a value from, and where an answer holds one. The words of tables are made of these.

A term is a path in the wanted body (``"A.B"``) or a function of the ``Frame``; a field is a path in an item of an answer, or a
function of the item. Pure functions, no request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from provisioner.model.place import Place
from provisioner.model.resource import Owner
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Value, get, put


@dataclass(frozen=True, slots=True)
class Frame:
    """All that a call may be made of.

    identity: the identity's parts by property · want: the wanted body · have: the body before (in a create: what AWS takes
    where nothing is set) · tags, old_tags: the user's and the owner's together, wanted and before · new: whether this is a
    create · token: of the step · item: the one that a call made for each of several is about.
    """

    place: Place
    identity: Map = EMPTY
    want: Map = EMPTY
    have: Map = EMPTY
    tags: Map = EMPTY
    old_tags: Map = EMPTY
    owner: Owner | None = None
    new: bool = False
    token: str = ""
    item: Any = ABSENT


Term: TypeAlias = str | Callable[[Frame], Value]
Terms: TypeAlias = Mapping[str, Term]
Field: TypeAlias = str | Callable[[Map], Value]
"""Where a property is taken from in an item of an answer: a path, or a function of the item."""
Fields: TypeAlias = Mapping[str, Field]
OfKnown: TypeAlias = Callable[[Map, Map], Value]
"""As ``Field``, of an answer and the identity that was asked for."""


def path(text: str) -> Path:
    """``"A.B"`` as a path."""
    return tuple(text.split("."))


def given(body: Map, where: Path) -> Value:
    """The value at a path; null is no value."""
    value = get(body, where)
    return ABSENT if value is None else value


def evaluate(terms: Terms, frame: Frame) -> Map:
    """The values of terms, without those that are absent."""
    out = EMPTY
    for name, term in terms.items():
        value = given(frame.want, path(term)) if isinstance(term, str) else term(frame)
        if value is not ABSENT:
            out = put(out, path(name), value)
    return out


def field_of(item: Map, source: Field) -> Value:
    """What a field says of an item; the item itself where it is no path."""
    if isinstance(source, str):
        return get(item, path(source)) if source else item
    return source(item)


def shaped(fields: Fields, item: Map) -> dict[str, Any]:
    """The properties that an item of an answer holds."""
    found = {name: field_of(item, source) for name, source in fields.items()}
    return {name: value for name, value in found.items() if value is not ABSENT}
