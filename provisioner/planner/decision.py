"""What becomes of each address: created, updated, replaced, left alone. One pass over the graph in dependency order.

A decision may force others (a replaced network replaces its subnets), so those that come later look back at earlier ones.
This module must not order work; ``steps`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from provisioner.model.change import Action, Because, Diff, Reason
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Question
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import EffectKind, ResourceType
from provisioner.model.secret import hidden_in
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import (
    ABSENT,
    Reference,
    Value,
    Written,
    get,
    path_text,
    references,
    written,
)
from provisioner.planner import reasons
from provisioner.planner.adoption import (
    Claims,
    differing,
    hiding,
    occupied,
    recorded_elsewhere,
    takes_another,
    twins,
    unadoptable,
)
from provisioner.planner.diff import broken, diff, ignored
from provisioner.planner.graph import Graph, reached
from provisioner.planner.replacing import lasting, stays_taken
from provisioner.planner.unseen import compared
from provisioner.planner.whose import (
    Held,
    Key,
    another_by_now,
    bare,
    elsewhere,
    foreign,
    in_another,
    key_of,
    lost_mark,
    means,
    others,
    twice,
    unmarked,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on one wanted resource. ``want`` has every reference replaced that is known now; ``written`` are the
    references, and texts with references, of its body, by path."""

    want: Resource
    kind: ResourceType
    action: Action
    uid: str
    generation: int
    row: LedgerRow | None = None
    have: Observed | None = None
    diff: Diff = Diff()
    because: tuple[Because, ...] = ()
    order: str = ""
    written: Written = ()

    @property
    def makes_new(self) -> bool:
        """Whether another object than the present one will stand here."""
        return self.action in (Action.CREATE, Action.REPLACE)


@dataclass
class Decider:
    """The state of the pass; ``decisions`` fills in dependency order, ``problems`` stop the plan, ``asks`` its apply."""

    graph: Graph
    types: Mapping[str, ResourceType]
    rows: Mapping[str, LedgerRow]  # current rows by the address they have in this plan
    snapshot: Snapshot
    lineage: str
    uids: Iterator[str]
    held: Held = field(default_factory=dict)
    here: tuple[str, str] = ("", "")  # stack and environment
    adopted: dict[Key, str] = field(default_factory=dict)  # by this plan -> address
    named: dict[Key, Resource] = field(default_factory=dict)  # wanted, by what its names make it
    taken: set[str] = field(default_factory=set)  # uids of all ledger rows, and of what this plan takes over
    sealed: Callable[[Value], Value] = hiding
    decisions: dict[str, Decision] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    asks: list[Question] = field(default_factory=list)
    blind: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    firsts: dict[str, str] = field(default_factory=dict)  # uid -> address of what is deleted before it is made again
    wants: Mapping[str, Resource] = field(default_factory=dict)
    exchanged: Mapping[str, str] = field(default_factory=dict)  # address -> why it has to be deleted first
    following: Callable[[LedgerRow], int] = lambda row: row.generation + 1  # the generation that comes after a row's

    def decide(self, want: Resource) -> None:
        """Decide about one resource; all that it needs were decided before."""
        if want.address in self.blind:
            return
        kind = self.types[want.type]
        row = self.rows.get(want.address)
        if row and (row.type != want.type or elsewhere(row, want)):
            row = None
        identity = row.identity if row else want.identity or want.options.adopt
        key = ObjectKey(want.place.name, want.type, identity) if identity else None
        spot = self.snapshot.blind(key) if key else None
        if spot:
            self.blind[want.address] = spot.reason
            return
        unseen = next((need for need in self.graph.needs.get(want.address, ()) if need in self.blind), None)
        if unseen:
            self.blind[want.address] = f"it needs {unseen}, which was not planned"
            return
        if want.identity:
            first = self.named.setdefault(key_of(want.place.account, want.type, want.identity), want)
            if first is not want:
                self.problems.append(twins(want, first))
                return
        resolved = self._resolve(want)
        have = self.snapshot.found.get(key) if key else None
        if row is None:
            self._new(resolved, kind, have)
        elif have is None:
            message = f"{row.identity} no longer exists; it was deleted outside orch"
            self._create(resolved, kind, row, Because(Reason.MISSING, message, source=want.source))
        else:
            self._existing(want, resolved, kind, row, have)
        if want.address in self.decisions:
            self._put(replace(self.decisions[want.address], written=written(want.body)))

    def _new(self, want: Resource, kind: ResourceType, have: Observed | None) -> None:
        problem = unadoptable(want, have, self._claims, self.lineage) if want.options.adopt else None
        if problem:
            self.problems.append(problem)
            return
        if away := recorded_elsewhere(want, self._claims) if have is None else None:
            self.problems.append(away)
            return
        if have is None:
            self._create(want, kind, None, Because(Reason.NEW, "in the blueprint, not yet created", source=want.source))
            return
        if want.options.adopt:
            self.adopted[key_of(want.place.account, want.type, have.identity)] = want.address
            differs, unknown = differing(kind, want, have, self.sealed)
            because = (
                Because(Reason.REQUESTED, f"takes over the existing {have.identity}", source=want.source),
                *reasons.of_differing(want, differs),
                *reasons.of_unknown(want, unknown),
            )
            uid, generation = lost_mark(have, self.lineage, self.taken) or (next(self.uids), 1)
            self.taken.add(uid)
            self._put(Decision(want, kind, Action.ADOPT, uid, generation, None, have, differs, because))
            return
        self.problems.append(occupied(want, have, self._claims, self.lineage))

    def _create(self, want: Resource, kind: ResourceType, row: LedgerRow | None, because: Because) -> None:
        uid, generation = (row.uid, self.following(row)) if row else (next(self.uids), 1)
        self._put(Decision(want, kind, Action.CREATE, uid, generation, row, None, Diff(), (because,)))

    def _existing(self, want: Resource, resolved: Resource, kind: ResourceType, row: LedgerRow, have: Observed) -> None:
        twin = next((each for each in others(self.held, row) if not self._goes(each)), None)
        if twin:
            self.problems.append(twice(have, twin, self.here, want))
            return
        if foreign(kind, row, have, self.lineage):
            self.problems.append(another_by_now(row, have, want, self.here))
            return
        if another := takes_another(want, row, self.snapshot, self._claims):
            self.problems.append(another)
        changed = self._compared(kind, resolved, row, have)
        forced = [*self._replaced_around(want, row), *reasons.of_name(want, row)]
        needs_new = [edit for edit in changed.edits if edit.effect is EffectKind.REPLACE]
        forced += [reasons.of_creation(edit) for edit in needs_new]
        self._refuse(want, changed, bool(forced))
        decision = Decision(resolved, kind, Action.NOOP, row.uid, row.generation, row, have, changed)
        if forced:
            order, why = self._order(want, resolved, kind, changed, row, have)
            because = (*forced, *([Because(Reason.CREATE_ONLY, why)] if why else []))
            generation = self.following(row)
            decision = replace(decision, action=Action.REPLACE, generation=generation, because=because, order=order)
            if (taken := self._taken(resolved, row)) is not None:
                self.problems.append(occupied(resolved, taken, self._claims, self.lineage))
            if row.protect or want.options.protect:
                hint = "remove `protect`, apply, and plan again if that is really meant"
                message = f"{want.address} is protected and would have to be replaced: {forced[0].message}"
                self.problems.append(Problem(message, forced[0].source or want.source, want.address, hint))
        elif changed or broken(kind, have):
            told = tuple(reasons.of_edit(want, edit) for edit in changed.edits)
            if wrong := broken(kind, have):
                words = f"{wrong}: its last change came to nothing, and is sent again"
                told = (Because(Reason.DRIFT, words, source=want.source), *told)
            decision = replace(decision, action=Action.UPDATE, because=told)
        elif row.checks_due and want.checks:
            due = Because(Reason.WANTED, "its checks have not passed yet", source=want.checks[0].source)
            decision = replace(decision, action=Action.CHECK, because=(due, *reasons.recorded(want, row)))
        elif recorded := reasons.recorded(want, row):
            decision = replace(decision, action=Action.MOVE, because=recorded)
        self._put(self._bare(decision, row, have) if bare(kind, row, have) else decision)

    def _bare(self, decision: Decision, row: LedgerRow, have: Observed) -> Decision:
        """The decision on an object that has lost our mark: it gets it back with a change, unasked where it surely is ours."""
        source = decision.want.source
        doubt = unmarked(decision.kind, row, have, self.lineage, source)
        self.problems += [doubt] if doubt and decision.action is Action.REPLACE else []
        if decision.action is not Action.UPDATE:
            return decision
        if doubt:
            words = f"{have.identity} carries our mark no longer, and nothing else tells that it is still the object of"
            self.asks.append(Question(f"{words} {row.address}: it is changed, and gets the mark back"))
        words = "our mark on it was taken off outside orch, and is put back"
        return replace(decision, because=(*decision.because, Because(Reason.DRIFT, words, source=source)))

    def _taken(self, want: Resource, row: LedgerRow) -> Observed | None:
        """What has the name already that a new object would be given."""
        if want.identity is None or want.identity == row.identity:
            return None
        return self.snapshot.found.get(ObjectKey(want.place.name, want.type, want.identity))

    @property
    def _claims(self) -> Claims:
        return Claims(self.held, self.adopted, self.here, self.wants, self.types)

    def _goes(self, row: LedgerRow) -> bool:
        """Whether a row is forgotten by this plan, because its entry has left the blueprint."""
        return any(each.uid == row.uid and address not in self.graph.needs for address, each in self.rows.items())

    def _compared(self, kind: ResourceType, want: Resource, row: LedgerRow, have: Observed) -> Diff:
        changed = diff(kind, want, row, have)
        spots = self.snapshot.unread(ObjectKey(have.place.name, have.type, have.identity))
        spots = tuple(spot for spot in spots if not ignored(spot.path, want.options.ignore_changes))
        if not spots:
            return changed
        result = compared(kind, want, row, changed, spots)
        self.notes += result.notes
        self.problems += result.problems
        return result.diff

    def _put(self, decision: Decision) -> None:
        self.decisions[decision.want.address] = decision
        if decision.order == "delete_first":
            self.firsts[decision.uid] = decision.want.address

    def _resolve(self, want: Resource) -> Resource:
        return want.substituted(self.known)

    def known(self, reference: Reference) -> Value:
        """What a reference reads, as far as it is certain before the apply; else ABSENT."""
        decision = self.decisions.get(reference.address)
        if decision is None:
            row = None if reference.address in self.blind else self.rows.get(reference.address)
            return get(row.baseline, reference.path) if row and row.baseline else ABSENT  # its problem is its own
        if decision.makes_new:
            value = decision.want.says(reference)
            return value if value is not ABSENT else lasting(decision, reference)
        if decision.have is None:
            return ABSENT
        moving = decision.action is Action.UPDATE and any(
            path == reference.path[: len(path)] for path in decision.kind.changes_with
        )
        edited = decision.action is not Action.REBASE and bool(reference.path) and decision.diff.touches(reference.path)
        if edited:
            return decision.want.says(reference)
        value = ABSENT if moving else decision.have.attribute(reference.path)
        return decision.want.says(reference) if hidden_in(value) else value

    def _replaced_around(self, want: Resource, row: LedgerRow) -> list[Because]:
        """Reasons outside of its own properties: what it stands in, or cannot be taken from, is replaced."""
        out = []
        inside = {reference.address for _, reference in references(want.within)}
        for address in self.graph.needs.get(want.address, ()):
            decision = self.decisions.get(address)
            if not decision or decision.action is not Action.REPLACE:
                continue
            if address in inside:
                out.append(Because(Reason.PARENT, f"{address}, which it stands in, is replaced", source=want.source))
            elif decision.uid in self.firsts and decision.uid in row.depends_on and means(want, address, decision.have):
                message = f"{address} is deleted before it is made again, and this cannot be detached from it"
                out.append(Because(Reason.PARENT, message, source=want.source))
        return out

    def _order(
        self, want: Resource, resolved: Resource, kind: ResourceType, changed: Diff, row: LedgerRow, have: Observed
    ) -> tuple[str, str]:
        chosen = want.options.on_replace
        if chosen == "delete_first":
            return chosen, ""
        if first := self._between(want, row):
            if chosen:
                message = f"{want.address} cannot be created first: it needs {first}, which the old one keeps from being deleted"
                hint = f"let `on_replace` of {first} be create_first too, or take it off {want.address}"
                self.problems.append(Problem(message, want.source, want.address, hint))
            return "delete_first", f"deleted first, since {first} is"
        if chosen:
            return chosen, ""
        named = kind.natural_key and (want.identity is None or want.identity == have.identity)
        if named and not changed.touches(*kind.natural_key):
            name = path_text(kind.natural_key[-1])
            return "delete_first", f"deleted first: its {name} stays the same and cannot be used twice"
        for paths in () if in_another(want, have) else kind.unique:  # unique among those in one enclosing object
            if all(stays_taken(kind, path, changed, get(resolved.body, path), have) for path in paths):
                names = ", ".join(path_text(path) for path in paths)
                return "delete_first", f"deleted first: {names} cannot be used twice at once"
        why = self.exchanged.get(want.address, "")
        return "delete_first" if why else "create_first", why

    def _between(self, want: Resource, row: LedgerRow) -> str:
        """What is deleted before it is made again, cannot go while the old object stands, and is needed by the new one."""
        needs = self.graph.needs.get(want.address, ())
        below = (self.firsts.get(uid, "") for uid in reached(row.depends_on, self._stood_on)) if self.firsts else ()
        return next((first for first in below if first and first in reached(needs, self.graph.needs)), "")

    @cached_property
    def _stood_on(self) -> dict[str, tuple[str, ...]]:
        return {row.uid: row.depends_on for row in self.rows.values()}

    def _refuse(self, want: Resource, changed: Diff, replaced: bool) -> None:
        for edit in changed.edits:
            if edit.effect is EffectKind.REFUSE:
                message = f"{path_text(edit.path)} of an existing {want.type} cannot be changed"
                self.problems.append(Problem(message, edit.source, want.address, "make a new entry for the new value"))
            if edit.effect is EffectKind.RESTART and not replaced and not want.options.allow_stopping:
                message = f"changing {path_text(edit.path)} stops {want.address}"
                hint = "add `allow_stopping: true` to the entry to allow that"
                self.problems.append(Problem(message, edit.source, want.address, hint))
