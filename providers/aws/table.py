"""The language in which a type's calls are declared: data and a few small pure functions, no request.

A table says how one type is created, set, tagged, read and deleted. Everything general (programs of calls, paging, tags,
identities, faults) is done elsewhere from what stands in it, so it must hold nothing that is true for more than its type.

Where a call takes a value from is a term (see ``terms``). Parameter names may be paths too (``"EnableDnsSupport.Value"``). A
value that is absent sends no parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from providers.aws.terms import Field, Fields, Frame, OfKnown, Terms, evaluate, path
from providers.kit.refusals import Rule
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.naming import call_token
from provisioner.model.place import Place
from provisioner.model.resource_type import Condition, Effect, Entered, Equality
from provisioner.model.value import EMPTY, Map, Path, Value, put


def _always(_frame: Frame) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Call:
    """One request that changes something.

    sets: the body's properties that it sets, if they are not simply the paths in ``params`` · when: whether it is needed ·
    even_default: a create sends it although the wanted value is the default · token: its idempotency parameter ·
    tolerates: error codes that mean it is so already · label: tells calls of one operation apart, where ``sets`` does not ·
    each: it is one request for each of these, in their order, with ``Frame.item``; they must follow from the frame alone ·
    failed: error code and message, where an answer of success says that it has not done (all of) it ·
    instead: the call that the frame asks for in its place, None for itself: one type, and an operation for each of its kinds.
    """

    operation: str
    params: Terms
    sets: tuple[str, ...] = ()
    when: Callable[[Frame], bool] = _always
    even_default: bool = False
    token: str = ""
    tolerates: tuple[str, ...] = ()
    label: str = ""
    each: Callable[[Frame], Sequence[Any]] | None = None
    failed: Callable[[Map], tuple[str, str] | None] | None = None
    instead: Callable[[Frame], Call | None] | None = None

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
class Wait:
    """A state to be reached before the next call, looked at until it is. Nothing there is a state too: ``gone``.

    state: where the answer says it · ready, failed: states that end the wait, any other goes on · reason: where the answer
    says why it failed · every: seconds between looks.
    """

    operation: str
    params: Terms
    state: Field
    ready: tuple[str, ...]
    failed: tuple[str, ...] = ()
    reason: Field = ""
    every: float = 5.0


GONE = "gone"
"""The state of what a wait does not find."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """A listing. With filters it has EC2's shape: ``Filters=[{Name, Values}]``; filters: what a few operations call it.

    items: where an answer holds them, or how they are got out of it: what a filter does not tell apart is left out then, by
    its identity, or by the values at ``alike``, as far as they are wanted · by_id: filter and the identity's property it takes ·
    ids: parameter that takes identities, their property, and how many at once; what is not there must not make it fail ·
    whole: whether an item holds all that ``get`` would read ·
    by_part: filters that take other properties of an identity of several ·
    by_parent: filter that takes parents' identities · by_name: filters and the body paths that together name one object, in
    several ways perhaps, of which the first counts whose paths are all set ·
    by_tag: whether ``tag:KEY`` filters · params: always sent · limit: parameter and size of a page · token: parameter and
    answer field of the next page.
    """

    operation: str
    items: Field
    by_id: tuple[str, str] | None = None
    ids: tuple[str, str, int] | None = None
    whole: bool = False
    by_part: tuple[str, ...] = ()
    by_parent: str = ""
    by_name: Mapping[str, str] | tuple[Mapping[str, str], ...] = ()
    alike: tuple[str, ...] = ()
    by_tag: bool = False
    filters: str = "Filters"
    params: Terms = field(default_factory=dict)
    limit: tuple[str, int] | None = ("MaxResults", 1000)
    token: tuple[str, str] = ("NextToken", "NextToken")


@dataclass(frozen=True, slots=True)
class Get:
    """A read of one object by its identity, or by its name. item: where the answer holds it; nothing there is no object ·
    elsewhere: why this is no object of the place (another region's), or an empty string · key: what a read by name tells the
    object by in a list, which ``item`` is given for an identity; all of it must be known · token: parameter and answer field
    of the list's next page · instead: as a ``Call``'s, of the identity."""

    operation: str
    params: Terms
    item: str | OfKnown = ""
    elsewhere: Callable[[Map, Place], str] | None = None
    key: Terms = field(default_factory=dict)
    token: tuple[str, str] | None = None
    instead: Callable[[Map], Get | None] | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """One more read per object for the one property that it ``fills``. unset: error codes that mean it is not set · each: one
    read for each item of the list that an earlier one has filled (``Frame.item``), in whose place the value comes."""

    fills: str
    operation: str
    params: Terms
    value: Field
    unset: tuple[str, ...] = ()
    each: bool = False

    @property
    def name(self) -> str:
        """Its name in a chain of reads."""
        return f"{self.operation}:{self.fills}"


@dataclass(frozen=True, slots=True)
class ByArn:
    """How the tagging API (100 a page, a little behind) finds objects by tag: ``kind`` as its ``ResourceTypeFilters`` want
    it, ``identity`` out of an ARN of a place, None for what is no object of the type."""

    kind: str
    identity: Callable[[str, Place], str | None]


@dataclass(frozen=True, slots=True)
class Return:
    """What is done where a create is refused because the name is still that of an object on its way out, and that one was ours:
    it is taken back, marked, and set as the new one would have been: by ``updates``, in a frame without ``have``.

    refused: pattern of ``code: message`` · get: the read that shows the object, by the frame of the create, with its tags at
    ``tags`` · call: takes it back · identity: where the answer of that names it · way_out: what to type where it is not ours.
    """

    refused: str
    get: Get
    tags: Field
    call: Call
    identity: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Table:
    """Everything about one type that is true for it alone.

    body: properties out of an item of the listing, of a ``get`` and of the create's answer (``answer`` says where that
    holds one) · create: with the owner's tags, if ``tags_on_create`` · updates: calls that set properties, in order; a create
    sends those that its own call cannot set · tags: calls that bring the tags from ``old_tags`` to ``tags`` · before_delete:
    what has to go first · returns: how what is on its way out under a name is taken back · settles: what is waited for after
    the create and each update · ends: after the delete · absent: whether an item of an answer is no object any more ·
    identity: the properties that make it, where the registry's is CloudFormation's own · faults: what an error means here, by
    a pattern of ``code: message`` · constants, derive: properties that no answer holds · canonical: the wanted body as AWS
    would give it back; may meet references · parent: property that names the enclosing object · get: needed where the listing
    cannot filter by id or is not complete ·
    by_name: a read by the natural key, of a wanted body, where the identity does not follow from it · named: parts of the
    identity that follow from what is wanted, though nobody writes them (an ARN, a name made of the owner's) ·
    shared: lists that other objects add to, with the field that tells their items apart (empty: they are told by themselves) ·
    born: read-only properties that an object has for ever, so that another one under its name is told apart ·
    write_only: body paths that are never read, where the registry says otherwise · widened: what the
    registry's schema of a property lacks, such as more values of its ``enum``, or its bounds ·
    defaults: by path in the body, one for each thing that can be set by itself; null where AWS then takes none ·
    required, unsupported: body paths beyond what the registry says; a property that no call sets is unsupported anyway ·
    one_of, any_of: sets of properties of which an entry has exactly one, or one at least ·
    refuses: what AWS is sure to refuse though the schema takes it.
    The rest is ``ResourceType``'s.
    """

    type: str
    create: Call
    delete: Call
    body: Fields
    answer: Field = ""
    updates: tuple[Call, ...] = ()
    tags: tuple[Call, ...] = ()
    tags_on_create: bool = True
    before_delete: tuple[Call, ...] = ()
    returns: Return | None = None
    settles: Wait | None = None
    ends: Wait | None = None
    absent: Callable[[Map], bool] | None = None
    identity: tuple[str, ...] = ()
    named: Terms = field(default_factory=dict)
    faults: tuple[tuple[str, Fault], ...] = ()
    bulk: Bulk | None = None
    get: Get | None = None
    by_name: Get | None = None
    details: tuple[Detail, ...] = ()
    by_arn: ByArn | None = None
    constants: Map = EMPTY
    derive: Callable[[Map, Place], Mapping[str, Value]] | None = None
    canonical: Callable[[Map, Place], Map] | None = None
    shared: Mapping[str, str] = field(default_factory=dict)
    born: tuple[str, ...] = ()
    write_only: tuple[str, ...] | None = None
    widened: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parent: str = ""
    required: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
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
    entered: tuple[Entered, ...] = ()
    assigned: tuple[tuple[Path, tuple[Condition, ...]], ...] = ()
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

    def meant(self, error: ProviderError) -> ProviderError:
        """An error as it has to be taken for this type."""
        said = f"{error.code}: {error.message}"
        error.fault = next((fault for pattern, fault in self.faults if re.search(pattern, said)), error.fault)
        return error

    def call(self, name: str) -> Call:
        """The call of a program by its name."""
        every = (*self.before_delete, *self.updates, *self.tags, self.delete)
        return next(call for call in every if call.name == name)
