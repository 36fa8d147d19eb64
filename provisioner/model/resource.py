"""A resource as it is wanted and as it was found: two words for two things, never one for both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from provisioner.model.check import Check
from provisioner.model.place import Place
from provisioner.model.problem import OrchError, Problem
from provisioner.model.secret import hidden_in, is_hidden
from provisioner.model.source import Source
from provisioner.model.value import (
    ABSENT,
    EMPTY,
    HIDDEN,
    Map,
    NotTextError,
    Path,
    Reference,
    Value,
    get,
    is_known,
    references,
    substitute,
)


@dataclass(frozen=True, slots=True)
class Owner:
    """The mark that makes an object ours: tags ``orch-lineage`` and ``orch-owner``.

    lineage: 26 characters of lower-case base32, one per backend · uid: the same, one per resource for ever ·
    generation: from 1, raised by each replacement.
    """

    lineage: str
    uid: str
    generation: int = 1

    LINEAGE_TAG = "orch-lineage"
    OWNER_TAG = "orch-owner"

    @property
    def tag(self) -> str:
        """The value of ``orch-owner``: legal as an AWS tag, an Azure tag and a GCP label."""
        return f"{self.uid}-{self.generation}"

    def tags(self) -> dict[str, str]:
        """Both tags, for the creating call; none for ``NOBODY``."""
        return {} if self == NOBODY else {self.LINEAGE_TAG: self.lineage, self.OWNER_TAG: self.tag}

    @classmethod
    def parse(cls, lineage: str, tag: str) -> Owner | None:
        """The owner that two tag values name, or None where they are not ours to read."""
        uid, _, generation = tag.rpartition("-")
        return cls(lineage, uid, int(generation)) if lineage and uid and generation.isdecimal() else None


NOBODY = Owner("", "", 0)
"""Wanted of an object that is let go: the owner's tags are taken off."""


@dataclass(frozen=True, slots=True)
class Options:
    """The engine keys of a blueprint entry. ``None`` leaves the decision to the type's data."""

    depends_on: tuple[Reference, ...] = ()
    protect: bool = False
    on_remove: str = "delete"  # or "retain"
    on_replace: str | None = None  # "create_first" or "delete_first"
    ignore_changes: tuple[Path, ...] = ()
    timeout: float | None = None  # seconds for the whole step, looked at between its calls
    adopt: str | None = None  # identity of an existing object to take over
    moved_from: tuple[str, ...] = ()  # former addresses, the likeliest first
    allow_stopping: bool = False
    unchecked: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """What is wanted at one address.

    body: the cloud's own body, exactly what ``Observed.body`` has and references read (AWS: the properties; Azure:
    location, tags, sku, …, properties; GCP: the REST body) · within: the place keys of the entry that are not part of the
    body (Azure: name, scope, parent; GCP: region, zone) · identity: set by ``Provider.normalize`` where names alone
    decide it and all of them are known · owner: set by the applier before a verb · source: the entry's line ·
    lines: the line of every leaf in the entry, by body path, then those of the place keys · secrets: body paths (``"*"`` for
    any key or index) whose values are never shown · checks: what must hold of it before its dependents start.
    """

    address: str
    type: str
    place: Place
    body: Map = EMPTY
    within: Map = EMPTY
    options: Options = Options()
    identity: str | None = None
    owner: Owner | None = None
    source: Source | None = None
    lines: tuple[tuple[Path, Source], ...] = ()
    secrets: tuple[Path, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def values(self) -> tuple[Value, ...]:
        """All that may hold references, but for ``depends_on``."""
        return (self.body, self.within, *(check.target for check in self.checks))

    def line_of(self, path: Path) -> Source | None:
        """The line of a path in the body, or of its nearest enclosing path, or of the entry."""
        known = dict(reversed(self.lines))  # of several lines of one path the first counts
        return next((known[path[:end]] for end in range(len(path), -1, -1) if path[:end] in known), self.source)

    def says(self, reference: Reference) -> Value:
        """What a reference reads of the object that will be made, where the entry itself already says it; else ABSENT."""
        if not reference.path:
            return self.identity if self.identity and is_known(self.within) else ABSENT
        value = get(self.body, reference.path)
        if value is ABSENT and len(reference.path) == 1:
            value = self.within.get(str(reference.path[0]), ABSENT)
        return value if value is not ABSENT and is_known(value) else ABSENT

    def substituted(self, lookup: Callable[[Reference], Value]) -> Resource:
        """The same with each reference replaced by ``lookup(reference)``; for ABSENT it stays. ``OrchError`` with its line where
        a list or a map would stand inside text."""
        try:
            return replace(self, body=substitute(self.body, lookup), within=substitute(self.within, lookup))
        except NotTextError as error:
            at = next((path for path, leaf in references(self.body) if leaf == error.leaf), ())
            problem = error.problems[0]
            message = f"{self.address}: {problem.message}"
            raise OrchError(Problem(message, self.line_of(at), self.address, problem.hint)) from None


@dataclass(frozen=True, slots=True)
class Observed:
    """What a cloud says exists, in the blueprint's vocabulary and with our owner tags taken out of the body.

    identity: the cloud's own, one string (``vpc-1``, ``IGW|vpc-1``, ARM id, ``projects/p/global/networks/n``) · body:
    properties and read-only attributes together · owner: what the owner tags said, if any · etag: what an update must
    send back (etag or fingerprint), empty where there is none · parent: identity of the enclosing object, if it has one.
    """

    type: str
    place: Place
    identity: str
    body: Map = EMPTY
    owner: Owner | None = None
    etag: str = ""
    parent: str = ""

    def attribute(self, path: Path) -> Value:
        """What a reference with this path reads: the identity for an empty path, else the body, or ``ABSENT``. A part of what is
        hidden, or of a list with something hidden, is hidden too."""
        if not path:
            return self.identity
        around = (get(self.body, path[:end]) for end in range(1, len(path)))
        if any(is_hidden(each) or (isinstance(each, tuple) and hidden_in(each)) for each in around):
            return HIDDEN
        return get(self.body, path)
