"""A plan: immutable changes and the steps that carry them out, known by digest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provisioner.model.change import Change, Diff, Drift
from provisioner.model.finding import Verdict
from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.snapshot import Blindspot
from provisioner.model.value import EMPTY, Map, Path, Value


class Verb(StrEnum):
    """What one step does. The first three speak to a cloud; the others write only the ledger."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADOPT = "adopt"
    MOVE = "move"
    FORGET = "forget"
    REBASE = "rebase"  # take what was found as the new baseline


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of provider work.

    after: ids of steps that must have succeeded before · want holds references where they are known only later ·
    have: the object as it was when planned, for the undo · row: the ledger row that the step starts from ·
    depends_on, written: as the object's ledger row will have them · weight: expected seconds, for the order among ready steps.
    """

    id: str
    verb: Verb
    address: str
    type: str
    place: Place
    uid: str
    generation: int
    after: tuple[str, ...] = ()
    want: Resource | None = None
    have: Observed | None = None
    diff: Diff = Diff()
    row: LedgerRow | None = None
    depends_on: tuple[str, ...] = ()
    written: tuple[tuple[Path, Value], ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Premise:
    """Something the plan rests on. Apply reads it again; another answer makes the plan stale.

    ``exists`` False: the object was absent. ``facts``: paths that the plan changes or reads, with what they were ·
    owner: whose mark the object carried; with another one, or none, it is another object under the same name.
    """

    address: str
    place: Place
    type: str
    identity: str
    exists: bool = True
    facts: tuple[tuple[Path, Value], ...] = ()
    owner: Owner | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A resource that the plan leaves alone but that steps refer to: its identity and the attributes found."""

    address: str
    uid: str
    identity: str
    body: Map = EMPTY


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was reviewed and will be executed; needs no provider, blueprint or credentials to be shown.

    created: ISO 8601 UTC · serial: the stack's ledger serial that it was made from · knowns: see ``Known`` ·
    outputs: the stack's outputs, with references · parameters: values as given, sensitive ones left out ·
    kind: ``apply``, ``destroy`` or ``rollback`` (``undoes`` then names the run) · notes: sentences for the reader ·
    confirm: what a person has to confirm explicitly before an apply, beyond saying yes.
    """

    stack: str
    environment: str
    lineage: str
    created: str
    kind: str = "apply"
    undoes: str = ""
    serial: int = 0
    places: tuple[Place, ...] = ()
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    premises: tuple[Premise, ...] = ()
    knowns: tuple[Known, ...] = ()
    drift: tuple[Drift, ...] = ()
    blindspots: tuple[Blindspot, ...] = ()
    verdict: Verdict = Verdict()
    outputs: Map = EMPTY
    parameters: Map = EMPTY
    notes: tuple[str, ...] = ()
    confirm: tuple[str, ...] = ()
    format_version: int = 1

    @property
    def empty(self) -> bool:
        """Whether applying it would do nothing at all."""
        return not self.steps
