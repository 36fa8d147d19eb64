"""The language in which a type's calls are declared: data and a few small pure functions, no request.

A table says how one type is created, set, tagged, read and deleted. Everything general (programs of calls, paging, tags,
identities, faults) is done elsewhere from what stands in it, so it must hold nothing that is true for more than its type.

Where a call takes a value from is a *term*: a string is a path in the wanted body (``"A.B"``), a function takes the
``Frame``. Parameter names may be paths too (``"EnableDnsSupport.Value"``). A value that is absent sends no parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from providers.kit.refusals import Rule
from provisioner.model.naming import call_token
from provisioner.model.place import Place
from provisioner.model.resource import Owner
from provisioner.model.resource_type import Effect, Equality
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Value, get, put


@dataclass(frozen=True, slots=True)
class Frame:
    """All that a call may be made of.

    identity: the identity's parts by property · want: the wanted body · have: the body before (in a create: what AWS takes
    where nothing is set) · tags, old_tags: the user's and the owner's together, wanted and before · new: whether this is a
    create · token: of the step.
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


Term: TypeAlias = str | Callable[[Frame], Value]
Terms: TypeAlias = Mapping[str, Term]
Field: TypeAlias = str | Callable[[Map], Value]
"""Where a property is taken from in an item of an answer: a path, or a function of the item."""
Fields: TypeAlias = Mapping[str, Field]


def _always(_frame: Frame) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Call:
    """One request that changes something.

    sets: the body's properties that it sets, if they are not simply the paths in ``params`` · when: whether it is needed ·
    even_default: a create sends it although the wanted value is the default · token: its idempotency parameter ·
    tolerates: error codes that mean it is so already · label: tells calls of one operation apart, where ``sets`` does not.
    """

    operation: str
    params: Terms
    sets: tuple[str, ...] = ()
    when: Callable[[Frame], bool] = _always
    even_default: bool = False
    token: str = ""
    tolerates: tuple[str, ...] = ()
    label: str = ""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The body paths that it sets."""
        named = self.sets or tuple(term for term in self.params.values() if isinstance(term, str))
        return tuple(path(name) for name in named)

    @property
    def name(self) -> str:
        """Its name in a program: unique in a table, and never a value."""
        label = self.label or ".".join(str(part) for part in (self.paths or ((),))[0])
        return f"{self.operation}:{label}" if label else self.operation

    def parameters(self, frame: Frame) -> Map:
        """What to send."""
        values = evaluate(self.params, frame)
        return put(values, (self.token,), call_token(frame.token, self.name)) if self.token else values


@dataclass(frozen=True, slots=True)
class Bulk:
    """A listing with filters (EC2's shape: ``Filters=[{Name, Values}]``).

    items: where an answer holds them, or how they are got out of it · by_id: filter and the identity's property it takes ·
    by_part: filters that take other properties of an identity of several ·
    by_parent: filter that takes parents' identities · by_name: filters and the body paths that together name one object ·
    by_tag: whether ``tag:KEY`` filters · params: always sent · limit: parameter and size of a page · token: parameter and
    answer field of the next page.
    """

    operation: str
    items: Field
    by_id: tuple[str, str] | None = None
    by_part: tuple[str, ...] = ()
    by_parent: str = ""
    by_name: Mapping[str, str] = field(default_factory=dict)
    by_tag: bool = False
    params: Terms = field(default_factory=dict)
    limit: tuple[str, int] | None = ("MaxResults", 1000)
    token: tuple[str, str] = ("NextToken", "NextToken")


@dataclass(frozen=True, slots=True)
class Get:
    """A read of one object by its identity. item: where the answer holds it · elsewhere: why this is no object of the
    place (another region's), or an empty string."""

    operation: str
    params: Terms
    item: str = ""
    elsewhere: Callable[[Map, Place], str] | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """One more read per object for the one property that it ``fills``. unset: error codes that mean it is not set."""

    fills: str
    operation: str
    params: Terms
    value: Field
    unset: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name in a chain of reads."""
        return f"{self.operation}:{self.fills}"


@dataclass(frozen=True, slots=True)
class ByArn:
    """How the tagging API (100 a page, a little behind) finds objects by tag: ``kind`` as its ``ResourceTypeFilters`` want
    it, ``identity`` out of an ARN, None for what is no object of the type."""

    kind: str
    identity: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Table:
    """Everything about one type that is true for it alone.

    body: properties out of an item of the listing, of a ``get`` and of the create's answer (``answer`` says where that
    holds it) · create: with the owner's tags, if ``tags_on_create`` · updates: calls that set properties, in order; a create
    sends those that its own call cannot set · tags: calls that bring the tags from ``old_tags`` to ``tags`` · constants,
    derive: properties that no answer holds · canonical: the wanted body as AWS would give it back; may meet references ·
    parent: property that names the enclosing object · get: needed where the listing cannot filter by id or is not complete ·
    defaults: by path in the body, one for each thing that can be set by itself ·
    required, unsupported: body paths beyond what the registry says; a property that no call sets is unsupported anyway.
    refuses: what AWS is sure to refuse though the schema takes it.
    The rest is ``ResourceType``'s.
    """

    type: str
    create: Call
    delete: Call
    body: Fields
    answer: str = ""
    updates: tuple[Call, ...] = ()
    tags: tuple[Call, ...] = ()
    tags_on_create: bool = True
    bulk: Bulk | None = None
    get: Get | None = None
    details: tuple[Detail, ...] = ()
    by_arn: ByArn | None = None
    constants: Map = EMPTY
    derive: Callable[[Map, Place], Mapping[str, Value]] | None = None
    canonical: Callable[[Map, Place], Map] | None = None
    parent: str = ""
    required: tuple[str, ...] = ()
    unsupported: tuple[Path, ...] = ()
    refuses: tuple[Rule, ...] = ()
    effects: tuple[Effect, ...] = ()
    equalities: tuple[Equality, ...] = ()
    defaults: Mapping[str, Value] = field(default_factory=dict)
    changes_with: tuple[Path, ...] = ()
    natural_key: tuple[Path, ...] = ()
    sticky: Mapping[str, str] = field(default_factory=dict)
    named_by: tuple[Path, ...] = ()
    unique: tuple[tuple[Path, ...], ...] = ()
    creates_over: bool = False
    visible_within: float = 30.0
    data_store: bool = False

    @property
    def at_birth(self) -> Map:
        """The body that AWS gives a new object where nothing is set."""
        body = EMPTY
        for name, value in self.defaults.items():
            body = put(body, path(name), value)
        return body

    @property
    def settable(self) -> tuple[Path, ...]:
        """All body paths that some call sets, tags aside."""
        return tuple(found for call in (self.create, *self.updates) for found in call.paths)

    def call(self, name: str) -> Call:
        """The call of a program by its name."""
        return next(call for call in (*self.updates, *self.tags) if call.name == name)


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


def shaped(fields: Fields, item: Map) -> dict[str, Any]:
    """The properties that an item of an answer holds."""
    out = {}
    for name, source in fields.items():
        value = get(item, path(source)) if isinstance(source, str) else source(item)
        if value is not ABSENT:
            out[name] = value
    return out


# --- words of the language ----------------------------------------------------------------------------------------------


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


def filled(name: str) -> Callable[[Map], Value]:
    """A field that AWS gives as an empty string where it is not set."""
    return lambda item: item.get(name) or ABSENT
