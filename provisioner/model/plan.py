"""A plan: immutable changes and the steps that carry them out, known by digest."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from provisioner.model.change import Change, Diff, Drift
from provisioner.model.finding import Verdict
from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.snapshot import Blindspot
from provisioner.model.source import Source
from provisioner.model.stack import OutputRead
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Reference, Value, Written, get, is_known


class Verb(StrEnum):
    """What one step does. The first three change something in a cloud; the others write only the ledger."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADOPT = "adopt"
    MOVE = "move"
    FORGET = "forget"
    REBASE = "rebase"  # take what was found as the new baseline
    CHECK = "check"  # what is as wanted, but has not passed its checks yet


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of provider work.

    after: ids of steps that must have succeeded before · want holds references where they are known only later ·
    have: the object as it was when planned, for the undo · row: the ledger row that the step starts from ·
    depends_on, written: as the object's ledger row will have them · weight: expected seconds, for the order among ready steps ·
    diff: of an adoption, what is not as wanted and stays so for now · to_stack: of a move, the stack that its row goes to
    (empty: the plan's) · keeps_mark: of a forget, our mark stays on the object, as it was before the run that is undone ·
    unclaimed: of an undo, paths that are put back and were not ours before: no part of what is recorded as applied.
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
    written: Written = ()
    weight: float = 1.0
    to_stack: str = ""
    keeps_mark: bool = False
    unclaimed: tuple[Path, ...] = ()

    @property
    def told(self) -> str:
        """What is done, in a word: ``record`` where only what is recorded of an object changes, its address not; ``take back``
        where one that was let go is owned again."""
        if self.verb is Verb.MOVE and self.row is None:
            return "take back"
        stays = (
            self.verb is Verb.MOVE and self.row is not None and self.row.address == self.address and not self.to_stack
        )
        return "record" if stays else str(self.verb)

    @property
    def offline(self) -> bool:
        """Whether it is done in the ledger alone: no cloud is asked or changed."""
        return self.verb is Verb.MOVE and self.have is None

    @property
    def reveals(self) -> bool:
        """Whether its secrets are needed in plain: what is only recorded is not sent."""
        return self.verb in (Verb.CREATE, Verb.UPDATE, Verb.ADOPT)


@dataclass(frozen=True, slots=True)
class Premise:
    """Something the plan rests on. Apply reads it again; another answer makes the plan stale.

    ``exists`` False: the object was absent. ``facts``: paths that the plan changes or reads, with what they were ·
    owner: whose mark the object carried; with another one, or none, it is another object under the same name · holds: ids of
    what lies in an object that the plan deletes, and that is not in the plan.
    """

    address: str
    place: Place
    type: str
    identity: str
    exists: bool = True
    facts: tuple[tuple[Path, Value], ...] = ()
    owner: Owner | None = None
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A resource that the plan leaves alone but that steps refer to: its identity and the attributes found."""

    address: str
    uid: str
    identity: str
    body: Map = EMPTY


@dataclass(frozen=True, slots=True)
class Question:
    """What a person has to confirm before an apply. destroys: the number of deletions that is to be given as the answer."""

    text: str
    destroys: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the blueprint might better say; never done unasked. kind: ``adopt`` (an object with our mark that no ledger has),
    ``rebuild`` (one that the ledger has to be brought up to) or ``move`` (an entry that seems only renamed) · write: the line,
    or the command · address: the entry to write it in; empty where no entry fits yet."""

    kind: str
    message: str
    write: str
    type: str
    identity: str
    address: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a partial plan is about. targets, excludes: globs as they were given · needed: in it because a target needs it ·
    dropped: left out because it needs what is excluded, or that needs it · skipped: every address that was not looked at."""

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was reviewed and will be executed; needs no provider, blueprint or credentials to be shown.

    created: ISO 8601 UTC · serial: the stack's ledger serial that it was made from · knowns: see ``Known`` ·
    outputs: the stack's outputs, with references · outputs_before: those on record · outputs_written and
    outputs_written_before: what of them reads resources, as it was written, by path · outputs_read: of other stacks, as they
    were · parameters: values as given, sensitive ones left out · asks: the types of those, by name; whoever applies gives
    them again ·
    kind: ``apply``, ``destroy``, ``adopt``, ``rebuild``, ``move``, ``forget``, ``drift`` (of nothing else) or ``rollback``
    (``undoes`` then names the run, ``undoes_started`` says when that began) · notes: sentences for the reader · confirm: what a
    person has to confirm explicitly before an apply, beyond saying yes · scope: of a partial plan · proposals: what the
    blueprint might better say · unplanned: addresses that were left alone because something could not be read.
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
    outputs_before: Map = EMPTY
    outputs_written: Written = ()
    outputs_written_before: Written = ()
    outputs_read: tuple[OutputRead, ...] = ()
    parameters: Map = EMPTY
    asks: Map = EMPTY
    notes: tuple[str, ...] = ()
    confirm: tuple[Question, ...] = ()
    scope: Scope | None = None
    proposals: tuple[Proposal, ...] = ()
    unplanned: tuple[str, ...] = ()
    undoes_started: str = ""
    format_version: int = 1

    def lookup(self) -> Callable[[Reference], Value]:
        """What references to resources that the plan leaves alone resolve to; ``ABSENT`` for all others."""
        knowns = {known.address: known for known in self.knowns}

        def found(reference: Reference) -> Value:
            known = knowns.get(reference.address)
            if known is None:
                return ABSENT
            return get(known.body, reference.path) if reference.path else known.identity

        return found

    @property
    def stacks(self) -> tuple[str, ...]:
        """The stacks whose ledger it writes, its own among them, sorted."""
        rows = {step.row.stack for step in self.steps if step.row}
        return tuple(sorted({self.stack, *rows, *(step.to_stack for step in self.steps if step.to_stack)}))

    @property
    def again(self) -> str:
        """The command that plans its stack anew, as far as its lines say where the blueprint lies."""
        sources = (change.source for change in self.changes)
        folder = next((source.blueprint for source in sources if source), "") or self.stack
        return shlex.join(("orch", "plan", folder, "-e", self.environment))

    @property
    def empty(self) -> bool:
        """Whether applying it would do nothing at all."""
        return not self.steps and not self.outputs_change

    @property
    def deletions(self) -> int:
        """How many objects it deletes; a replacement deletes one too."""
        return sum(change.deletes for change in self.changes)

    @property
    def destroys(self) -> int:
        """The number of deletions that has to be confirmed; 0 where none has."""
        return sum(question.destroys for question in self.confirm)

    @property
    def outputs_change(self) -> bool:
        """Whether an output gets another value or goes; what is not known before the apply does not count."""
        gone = self.outputs_before.keys() - self.outputs.keys()
        known = {name: value for name, value in self.outputs.items() if is_known(value)}
        return bool(gone) or any(value != self.outputs_before.get(name, ABSENT) for name, value in known.items())
