"""From the journal of a run to the plan that undoes it: created → deleted, updated → as before, deleted → made again.

Pure. What each object was before comes from the journal, what it is now from a fresh read; the plan goes through the same
gate and scheduler as any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.model.change import Action, Because, Change, Diff, Edit, Reason
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Plan, Premise, Step, Verb
from provisioner.model.resource import Observed, Options, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import ABSENT, EMPTY, Map, Reference, Value, get, put
from provisioner.planner import diff as differ
from provisioner.planner.equality import same
from provisioner.planner.undo import undo_of


@dataclass(frozen=True, slots=True)
class Past:
    """What the journal says of one step: whether a call was sent, whether it succeeded, what stood there before."""

    touched: bool
    done: bool
    have: Observed | None


@dataclass(frozen=True, slots=True)
class Undoing:
    """What a compensation is made from. past: by step id · rows: the ledger now · snapshot: the touched objects now."""

    run: str
    plan: Plan
    past: Mapping[str, Past]
    rows: Mapping[tuple[str, int], LedgerRow]
    types: Mapping[str, ResourceType]
    snapshot: Snapshot
    serial: int
    created: str


@dataclass
class _Draft:
    steps: dict[str, Step] = field(default_factory=dict)  # by the id of the step that it undoes
    changes: list[Change] = field(default_factory=list)
    premises: list[Premise] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compensate(undoing: Undoing) -> Plan:
    """The plan that puts back what the run has changed; empty where it changed nothing."""
    draft = _Draft()
    renewed = _renewed(undoing)
    for step in reversed(undoing.plan.steps):
        past = undoing.past.get(step.id)
        if past and (past.touched or past.done):
            _undo(undoing, draft, step, past, renewed)
    after: dict[str, list[str]] = {ident: [] for ident in draft.steps}
    for step in undoing.plan.steps:
        for before in _nearest(undoing.plan, step, draft):
            after[before].append(draft.steps[step.id].id)
    standing = {(p.place.name, p.type, p.identity) for p in draft.premises if p.exists}
    premises = [p for p in draft.premises if p.exists or (p.place.name, p.type, p.identity) not in standing]
    steps = tuple(replace(new, after=tuple(dict.fromkeys(after[old]))) for old, new in draft.steps.items())
    plan = undoing.plan
    return replace(
        plan, kind="rollback", undoes=undoing.run, created=undoing.created, serial=undoing.serial, steps=steps,
        changes=tuple(draft.changes), premises=tuple(premises), knowns=(), drift=(), outputs=EMPTY,
        notes=(f"undoes run {undoing.run}", *draft.notes), verdict=type(plan.verdict)(),
    )  # fmt: skip


def _nearest(plan: Plan, step: Step, draft: _Draft) -> list[str]:
    """The undone steps that this undone step waited for, directly or through steps that need no undoing."""
    if step.id not in draft.steps:
        return []
    by_id = {other.id: other for other in plan.steps}
    out, queue, seen = [], list(step.after), set(step.after)
    while queue:
        ident = queue.pop()
        if ident in draft.steps:
            out.append(ident)
            continue
        fresh = [other for other in by_id[ident].after if other not in seen]
        seen.update(fresh)
        queue += fresh
    return out


def _undo(undoing: Undoing, draft: _Draft, step: Step, past: Past, renewed: Mapping[Value, Reference]) -> None:
    match step.verb:
        case Verb.CREATE:
            _uncreate(undoing, draft, step)
        case Verb.UPDATE:
            _restore(undoing, draft, step, past, renewed)
        case Verb.DELETE if past.done and step.row:
            _recreate(undoing, draft, step, step.row, past, renewed)
        case Verb.ADOPT if past.done and (row := undoing.rows.get((step.uid, step.generation))):
            _book(undoing, draft, step, row, Verb.FORGET, "was taken over by the run; it is left as it is")
        case Verb.MOVE | Verb.FORGET if past.done and step.row:
            _book(undoing, draft, step, step.row, Verb.MOVE, "is recorded again as it was")
        case _:
            return


def _uncreate(undoing: Undoing, draft: _Draft, step: Step) -> None:
    row = undoing.rows.get((step.uid, step.generation))
    if row is None or row.identity is None:
        return
    key = ObjectKey(row.place.name, row.type, row.identity)
    have = undoing.snapshot.found.get(key)
    verb = Verb.DELETE if have is not None else Verb.FORGET
    because = Because(Reason.UNDO, f"run {undoing.run} created it" + ("" if have else ", and it is gone already"))
    _add(undoing, draft, step, verb, because, row=row, have=have, generation=step.generation)


def _restore(undoing: Undoing, draft: _Draft, step: Step, past: Past, renewed: Mapping[Value, Reference]) -> None:
    before = past.have or step.have
    row = undoing.rows.get((step.uid, step.generation)) or step.row
    if before is None or row is None or step.row is None:
        return
    kind = undoing.types[step.type]
    now = undoing.snapshot.found.get(ObjectKey(before.place.name, before.type, before.identity))
    if now is None:
        draft.notes.append(f"{step.address} no longer exists, so its former properties cannot be put back")
        return
    edits = []
    body = step.row.applied
    for edit in step.diff.edits:
        was = _repoint(get(before.body, edit.path), renewed)
        current = get(now.body, edit.path)
        body = put(body, edit.path, was)
        if not same(kind, edit.path, was, current):
            edits.append(Edit(edit.path, current, was, Reason.UNDO, edit.effect, edit.source, edit.redacted))
    because = Because(Reason.UNDO, f"run {undoing.run} changed it")
    want = _wanted(step.row, body)
    verb = Verb.UPDATE if edits else Verb.MOVE  # nothing to send: only the ledger goes back
    _add(undoing, draft, step, verb, because, row=row, have=now, want=want, diff=Diff(tuple(edits)))


def _recreate(
    undoing: Undoing, draft: _Draft, step: Step, row: LedgerRow, past: Past, renewed: Mapping[Value, Reference]
) -> None:
    have = past.have or step.have
    body = row.applied
    if have is not None:
        for edit in differ.drift(undoing.types[row.type], row, have).edits:
            body = put(body, edit.path, edit.after)
    want = _wanted(row, _repoint(body, renewed), _repoint(row.within, renewed), identity=row.identity)
    generation = 1 + max(g for uid, g in [*undoing.rows, (row.uid, row.generation)] if uid == row.uid)
    because = Because(Reason.UNDO, f"run {undoing.run} deleted it")
    _add(undoing, draft, step, Verb.CREATE, because, want=want, generation=generation)


def _book(undoing: Undoing, draft: _Draft, step: Step, row: LedgerRow, verb: Verb, message: str) -> None:
    key = ObjectKey(row.place.name, row.type, row.identity or "")
    have = undoing.snapshot.found.get(key) or step.have
    because = Because(Reason.UNDO, message)
    _add(undoing, draft, step, verb, because, row=row, have=have, want=_wanted(row, row.applied))


def _add(
    undoing: Undoing, draft: _Draft, step: Step, verb: Verb, because: Because, *, row: LedgerRow | None = None,
    have: Observed | None = None, want: Resource | None = None, diff: Diff = Diff(), generation: int | None = None,  # noqa: B008
) -> None:  # fmt: skip
    kind = undoing.types[step.type]
    ident = f"u{len(draft.steps) + 1}"
    number = step.generation if generation is None else generation
    address = (row or step).address if verb is not Verb.CREATE else step.address
    draft.steps[step.id] = Step(
        ident, verb, address, step.type, step.place, step.uid, number, want=want, have=have, diff=diff, row=row,
        depends_on=step.row.depends_on if step.row else step.depends_on,
    )  # fmt: skip
    action = Action(str(verb))
    draft.changes.append(
        Change(
            address, step.type, step.place, action, step.uid, number, (because,), diff, undo_of(action, kind, diff),
            want, have, step.row.source if step.row else step.want.source if step.want else None,
        )
    )  # fmt: skip
    if have is not None and verb in (Verb.DELETE, Verb.UPDATE):
        facts = tuple((edit.path, edit.before) for edit in diff.edits)
        draft.premises.append(Premise(address, have.place, have.type, have.identity, facts=facts))
    elif verb is Verb.CREATE and want and want.identity and kind.natural_key:
        draft.premises.append(Premise(address, want.place, want.type, want.identity, exists=False))


def _wanted(row: LedgerRow, body: Value, within: Value = None, identity: str | None = None) -> Resource:
    options = Options(
        protect=row.protect,
        on_remove=row.on_remove,
        on_replace=row.on_replace,
        timeout=row.timeout,
        allow_stopping=True,
    )
    return Resource(
        row.address, row.type, row.place, body, row.within if within is None else within, options, source=row.source,
        identity=identity if identity and row.within else None,
    )  # fmt: skip


def _renewed(undoing: Undoing) -> dict[Value, Reference]:
    """Former ids of objects that will be made again, as references to their successors."""
    out: dict[Value, Reference] = {}
    for step in undoing.plan.steps:
        past = undoing.past.get(step.id)
        have = (past.have or step.have) if past else None
        if step.verb is not Verb.DELETE or past is None or not past.done or have is None:
            continue
        kind = undoing.types[step.type]
        if kind.natural_key:
            continue  # made again under its name, it is what it was to those who refer to it
        parts = {have.identity, *have.identity.split("|")}
        out[have.identity] = Reference(step.address)
        for key, value in have.body.items():
            if isinstance(value, str) and value in parts and kind.is_read_only((key,)):
                out[value] = Reference(step.address, (key,))
    return out


def _repoint(value: Value, renewed: Mapping[Value, Reference]) -> Any:
    if isinstance(value, str):
        return renewed.get(value, value)
    if isinstance(value, Map):
        return Map({key: _repoint(item, renewed) for key, item in value.items()})
    if isinstance(value, tuple):
        return tuple(_repoint(item, renewed) for item in value)
    return ABSENT if value is ABSENT else value
