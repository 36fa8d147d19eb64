"""The provider protocol: one cloud, spoken to one request at a time.

Rules that every provider keeps:

* **Every method that speaks to the cloud sends at most one request.** It never sleeps, retries or writes state: the
  scheduler owns rate, retry, waiting and the journal, for reads and writes alike. SDK retries are off.
* Every failure is a ``ProviderError``; denied is never reported as absent.
* A verb that needs several calls answers ``Pending`` after each but the last; ``advance`` sends the next one. What it
  needs to go on stands in ``continuation`` (JSON: calls and paths left, handles, etags) and never holds property values.
* ``want`` reaches a verb with every reference resolved, at any depth, and with ``owner`` set.
* Methods are called from several threads at once; sessions and clients are kept per place and shared.
* Nothing is imported from a cloud's SDK before the first method that needs it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from provisioner.model.change import Diff
from provisioner.model.place import Identity, Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.snapshot import Blindspot
from provisioner.model.value import EMPTY, Map


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to a provider: what exists of one type in one place.

    Exactly one of these narrows it, none of them means all: identities · parents (identities of the enclosing objects:
    all children of the type) · lineage (all objects that carry it; types that cannot be tagged answer with no reads) ·
    inside (identities of objects whose type ``encloses``: all that lies in them, of whatever type, each with its ``parent`` and
    of its body only what a list shows; asked of no other type) · owner (the one object with that owner tag, as lineage) ·
    want (a resolved resource whose natural key the provider builds; a type that has none answers with no reads).

    known: identities as they are spelled here; where letters' case tells no two objects apart, one that is found under another
    spelling is given under this one.
    """

    place: Place
    type: str
    identities: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    lineage: str = ""
    owner: Owner | None = None
    want: Resource | None = None
    known: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """One request that answers (part of) an ask. ``arguments`` are the provider's own: ids, page tokens, filters."""

    place: Place
    type: str
    call: str
    arguments: Map = EMPTY


@dataclass(frozen=True, slots=True)
class ReadResult:
    """observed: complete objects · blindspots · more: next page, a parent's children, one object's details.

    An object whose body needs several requests is observed only when the last of them is in. An identity asked for that no
    read of its ask observes, where none met a blindspot, is absent. NOT_FOUND for one object is an empty result.
    """

    observed: tuple[Observed, ...] = ()
    blindspots: tuple[Blindspot, ...] = ()
    more: tuple[Read, ...] = ()
    request_id: str = ""
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """How fast a cloud lets itself be called, as it publishes. bucket: what it counts together, within an account and region ·
    burst: calls at once · rate: calls a second after that; infinite where it publishes nothing."""

    bucket: str
    burst: float = math.inf
    rate: float = math.inf


@dataclass(frozen=True, slots=True)
class Done:
    """A verb is through. attributes: what is known of the body so far, by the cloud's answer (a missing attribute is read
    only when a dependent needs it) · remaining: how many calls more the cloud takes at once, where it says so · missing: a delete
    was told that there is nothing, which of a new object may not be true."""

    identity: str
    attributes: Map = EMPTY
    request_id: str = ""
    remaining: int | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """A verb goes on with ``advance``; journalled as it is.

    identity: as soon as the cloud names it · writes: whether the next call changes anything (its intent is then journalled
    first) · delay: seconds to wait before it · progress: the cloud's own words for people ("creating, 40 %") · remaining: as in
    ``Done``.
    """

    place: Place
    type: str
    identity: str | None
    continuation: Map
    writes: bool
    delay: float = 0.0
    progress: str = ""
    request_id: str = ""
    remaining: int | None = None


class Provider(Protocol):
    """A cloud. Implementations are made without arguments, by entry point ``orch.providers``."""

    name: ClassVar[str]
    """``aws``, ``azure``, ``gcp``: what a place calls its cloud."""
    type_pattern: ClassVar[str]
    """Regular expression (``fullmatch``) of this cloud's type names; the type name decides the provider."""

    def resource_type(self, name: str) -> ResourceType:
        """The type's data, read lazily from the archive. ``UnknownTypeError`` with near names where there is none."""
        ...

    def type_names(self) -> tuple[str, ...]:
        """All type names of the archive, sorted."""
        ...

    def normalize(self, want: Resource) -> Resource:
        """No request. Defaults of the place, default tags beneath the entry's own, canonical forms, and ``identity`` where
        names alone decide it and are all known. What the planner compares. Idempotent."""
        ...

    def refusals(self, want: Resource) -> Iterable[Problem]:
        """No request. What the cloud is sure to refuse in an entry as it is written, though the type's schema takes it, each with
        its line; ``address`` stays empty where it is not the entry's alone. Nothing about what is known only later, nor where
        it is not sure; the entry may be wrong in other ways too."""
        ...

    def identify(self, place: Place) -> Identity:
        """Whose credentials are these? One request."""
        ...

    def limit(self, type_name: str, verb: str) -> Limit:
        """No request. What calls of a verb (``read``, ``create``, ``update``, ``delete``) count against; polls are reads."""
        ...

    def reads(self, ask: Ask) -> list[Read]:
        """No request. How to answer an ask; an empty list where it cannot be answered for this type."""
        ...

    def read(self, read: Read) -> ReadResult:
        """Send one read."""
        ...

    def create(self, want: Resource, token: str) -> Done | Pending:
        """Start creating; ``want.owner`` goes into the creating call wherever the cloud allows it."""
        ...

    def update(self, have: Observed, want: Resource, diff: Diff, token: str) -> Done | Pending:
        """Start changing just what ``diff`` says, and the owner's tags to those of ``want.owner`` (``NOBODY``: none)."""
        ...

    def delete(self, have: Observed, token: str) -> Done | Pending:
        """Start deleting. NOT_FOUND is success."""
        ...

    def advance(
        self, pending: Pending, have: Observed | None, want: Resource | None, diff: Diff | None, token: str
    ) -> Done | Pending:
        """The next call of a verb, or the next poll of its operation."""
        ...
