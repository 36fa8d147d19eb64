"""A case on its way through one cell: its stacks, engines over them as separate processes would have them, and the plain
client to look with. Every ``check_`` here is an assertion; what is done in which order stands in ``cells``."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from provisioner.applier.applier import Report
from provisioner.engine import Engine
from provisioner.model.change import Action, Change
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.place import Place
from provisioner.model.plan import Plan
from provisioner.model.resource import Owner, Resource
from provisioner.model.resource_type import Ownership, ResourceType
from provisioner.model.run import RunStatus
from provisioner.model.source import Source
from provisioner.model.stack import Stack
from provisioner.model.value import freeze, path_text, put
from provisioner.registry import Registry
from provisioner.state import container
from provisioner.state.sqlite import SqliteBackend
from tests.conformance.case import Case, Edits, Entry
from tests.conformance.hands.base import Found, Hands
from tests.memory_stack import FastClock
from tests.sandboxes import requests, reset

_READS = ("Describe", "Get", "List", "Head")
Key = tuple[str, str]


@dataclass
class Trial:
    """One case at one endpoint. folder: for state files · before: what exists without us."""

    case: Case
    place: Place
    registry: Registry
    hands: Hands
    folder: Path
    before: dict[Key, Found] = field(default_factory=dict)
    _states: Iterator[int] = field(default_factory=itertools.count)
    _backend: SqliteBackend | None = None

    @property
    def kind(self) -> ResourceType:
        """The type's data."""
        return self.registry.resource_type(self.case.type)

    def begin(self) -> None:
        """Empty the endpoint and start with an empty state."""
        reset(self.place.endpoint)
        self._backend = SqliteBackend(self.folder / f"state-{next(self._states)}.db")
        self.before = self.inventory()

    @property
    def backend(self) -> SqliteBackend:
        assert self._backend is not None, "the trial has not begun"
        return self._backend

    # --- stacks -------------------------------------------------------------------------------------------------------

    def stack(self, *edits: Edits, dependents: bool = False) -> Stack:
        """What the subject needs, the subject with edits, and what depends on it."""
        entries = (*self.case.needs, self.case.subject, *(self.case.dependents if dependents else ()))
        changed = [_edited(entry, edits) if entry is self.case.subject else entry for entry in entries]
        resources = tuple(self._resource(entry) for entry in changed)
        return Stack("conformance", "test", "conformance", resources, places=(self.place,))

    def _resource(self, entry: Entry) -> Resource:
        body, within = freeze(entry.body), freeze(entry.within)
        return Resource(entry.address, entry.type, self.place, body, within, source=Source("case", 1))

    # --- use cases ----------------------------------------------------------------------------------------------------

    def engine(self) -> Engine:
        """A new process."""
        return Engine(self.backend, self.registry, clock=FastClock())

    def plan(self, stack: Stack, *, destroy: bool = False) -> Plan:
        return self.engine().plan(stack, destroy=destroy)

    def apply(self, stack: Stack | Plan, *, confirmed: bool = False) -> Report:
        """Plan if need be, and apply; every step must succeed."""
        plan = stack if isinstance(stack, Plan) else self.plan(stack)
        number = plan.destroys or None
        return _succeeded(self.engine().apply(container.pack(plan), confirmed=confirmed, confirm_destroy=number))

    def rollback(self, report: Report) -> Report:
        """Undo a run; every step must succeed."""
        return _succeeded(self.engine().rollback(report.run.id))

    def destroy(self, stack: Stack) -> Report:
        return self.apply(self.plan(stack, destroy=True))

    # --- what is there ------------------------------------------------------------------------------------------------

    def inventory(self) -> dict[Key, Found]:
        """What the plain client lists, whatever the case of names."""
        return {_key(*found.key): found for found in self.hands.inventory().values()}

    def rows(self) -> dict[str, LedgerRow]:
        """The ledger, by address."""
        rows = self.backend.rows("conformance", "test")
        assert all(row.role is Role.CURRENT for row in rows), f"left in the ledger: {[r for r in rows if r.role]}"
        return {row.address: row for row in rows}

    def row(self) -> LedgerRow:
        """The subject's."""
        return self.rows()["subject"]

    def found(self) -> Found:
        """The subject as the plain client lists it."""
        return self.inventory()[_row_key(self.row())]

    def change(self, plan: Plan) -> Change:
        """The subject's."""
        return next(change for change in plan.changes if change.address == "subject")

    def writes(self) -> list[str]:
        """The names of the calls since ``begin`` that may have changed something, each once."""
        log = requests(self.place.endpoint)
        names = [entry["operation"] for entry in log if entry["method"] != "GET"]
        return list(dict.fromkeys(name for name in names if not name.rpartition(":")[2].startswith(_READS)))

    # --- checks -------------------------------------------------------------------------------------------------------

    def check_exists(self, stack: Stack) -> None:
        """Everything that the stack wants exists exactly once, under the ledger's identities, and is marked as ours."""
        rows, inventory = self.rows(), self.inventory()
        assert set(rows) == {resource.address for resource in stack.resources}, f"in the ledger: {sorted(rows)}"
        ours, there = {_row_key(row) for row in rows.values()}, set(inventory) - set(self.before)
        assert ours == there, f"not there: {sorted(ours - there)}; there, but not ours: {sorted(there - ours)}"
        for row in rows.values():
            self._check_owner(row, inventory[_row_key(row)])

    def _check_owner(self, row: LedgerRow, found: Found) -> None:
        if self.registry.resource_type(row.type).ownership is Ownership.LEDGER:
            return
        owner = Owner(self.backend.lineage(), row.uid, row.generation).tags()
        marked = {key: found.tags.get(key) for key in owner}
        assert marked == owner, f"{row.address} is marked {marked}"

    def check_settled(self, stack: Stack) -> None:
        """A plan made now is empty: no change, no drift."""
        plan = self.plan(stack)
        assert not plan.drift, f"drift right after the apply: {_drifts(plan)}"
        assert not plan.steps, f"not empty right after the apply: {_changes(plan)}"
        assert all(change.action is Action.NOOP for change in plan.changes), _changes(plan)
        assert not plan.blindspots, f"not read: {plan.blindspots}"
        assert not plan.notes, f"notes: {plan.notes}"

    def check_empty(self) -> None:
        """Nothing is left, at the endpoint or in the ledger."""
        left = set(self.inventory()) - set(self.before)
        assert not left, f"left behind: {sorted(left)}"
        assert not self.rows(), f"left in the ledger: {sorted(self.rows())}"

    def check_only(self, plan: Plan, *actions: Action) -> None:
        """The subject alone changes, and what a list of it leaves out goes with that."""
        others = [c for c in plan.changes if c.address != "subject" and c.action is not Action.NOOP]
        others = [c for c in others if not (c.action is Action.DELETE and c.address.startswith("subject/"))]
        assert not others, f"others would change: {_changes(plan)}"
        assert self.change(plan).action in actions, _changes(plan)


def _edited(entry: Entry, edits: Iterable[Edits]) -> Entry:
    body, within = freeze(entry.body), freeze(entry.within)
    for edit in edits:
        for name, value in edit.items():
            path = tuple(name.split("."))
            if path[0] == "within":
                within = put(within, path[1:], freeze(value))
            else:
                body = put(body, path, freeze(value))
    return Entry(entry.address, entry.type, body, within)


def _succeeded(report: Report) -> Report:
    words = [
        f"{each.verb} {each.address}: {each.operation} {each.code} {each.message}".strip() for each in report.failures
    ]
    assert report.run.status is RunStatus.DONE, f"{report.done} of {report.total} steps: {'; '.join(words)}"
    return report


def _key(kind: str, identity: str) -> Key:
    return kind.casefold(), identity.casefold()


def _row_key(row: LedgerRow) -> Key:
    assert row.identity, f"{row.address} has no identity in the ledger"
    return _key(row.type, row.identity)


def _changes(plan: Plan) -> str:
    """The plan in one line."""
    words = []
    for change in plan.changes:
        edits = ", ".join(f"{path_text(e.path)}: {e.before!r} -> {e.after!r}" for e in change.diff.edits)
        if change.action is not Action.NOOP:
            words.append(f"{change.action} {change.address} ({edits or change.because[0].message})")
    return "; ".join(words) or "no change"


def _drifts(plan: Plan) -> str:
    words = []
    for drift in plan.drift:
        edits = ", ".join(f"{path_text(e.path)}: {e.before!r} -> {e.after!r}" for e in drift.diff.edits)
        words.append(f"{drift.address} ({'gone' if drift.gone else edits})")
    return "; ".join(words)
