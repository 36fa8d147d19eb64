"""Whether a plan still rests on what it was made from. Pure but for the ledger; another answer makes it stale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from provisioner.applier.history import History
from provisioner.model.plan import Plan, Premise, Verb
from provisioner.model.problem import OrchError, Problem, StaleError
from provisioner.model.resource_type import ResourceType
from provisioner.model.run import Entry, EntryKind
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import get, path_text
from provisioner.planner.equality import same
from provisioner.protocols.backend import Backend

_HINT = "plan again"


def ledger_unchanged(plan: Plan, backend: Backend) -> None:
    """``StaleError`` where another run has written the rows that the plan starts from, or made what it would make."""
    rows = {(row.uid, row.generation): row for row in backend.rows(plan.stack, plan.environment)}
    if plan.serial != backend.serial(plan.stack, plan.environment):
        known = {(step.row.uid, step.row.generation) for step in plan.steps if step.row}
        taken = {row.address for key, row in rows.items() if key not in known}
        made = [step.address for step in plan.steps if not step.row and step.address in taken]
        if made:
            raise StaleError(Problem(f"{made[0]} was made by another run since this was planned", hint=_HINT))
    for step in plan.steps:
        now = rows.get((step.row.uid, step.row.generation)) if step.row else None
        if step.row and (now is None or (now.run, now.address) != (step.row.run, step.row.address)):
            raise StaleError(Problem(f"{step.address} was changed by another run since this was planned", hint=_HINT))


def untouched(plan: Plan, history: Mapping[str, History]) -> list[Premise]:
    """The premises about objects that no step of the plan has tried to change yet."""
    begun = set()
    for step in plan.steps:
        past = history.get(step.id)
        if past and (past.touched or past.done):
            named = (step.have, step.want, step.row)
            begun |= {(step.place.name, step.type, each.identity) for each in named if each}
            begun.add((step.place.name, step.type, past.identity))
    return [p for p in plan.premises if (p.place.name, p.type, p.identity) not in begun]


def check(premises: Sequence[Premise], snapshot: Snapshot, resource_type: Callable[[str], ResourceType]) -> None:
    """``StaleError`` with every premise that no longer holds; ``OrchError`` where one cannot be seen."""
    problems = [problem for premise in premises if (problem := _stale(premise, snapshot, resource_type(premise.type)))]
    if problems:
        raise StaleError(*problems)


def absent_reads(plan: Plan, premises: Sequence[Premise], now: str) -> list[Entry]:
    """Journal entries for what was just seen not to be there and will be created: so it can be claimed later."""
    creating = {s.want.identity: s.id for s in plan.steps if s.verb is Verb.CREATE and s.want and s.want.identity}
    return [
        Entry(EntryKind.READ, creating[p.identity], now) for p in premises if not p.exists and p.identity in creating
    ]


def _stale(premise: Premise, snapshot: Snapshot, kind: ResourceType) -> Problem | None:
    key = ObjectKey(premise.place.name, premise.type, premise.identity)
    spot = snapshot.blind(key)
    if spot:
        raise OrchError(Problem(f"cannot check {premise.address} before applying: {spot.reason}"))
    have = snapshot.found.get(key)
    if not premise.exists:
        gone = have is None
        return None if gone else Problem(f"{premise.identity} exists now; the plan takes it for absent", hint=_HINT)
    if have is None:
        return Problem(f"{premise.address} ({premise.identity}) no longer exists", hint=_HINT)
    if have.owner != premise.owner:
        message = f"{premise.address}: the mark on {premise.identity} has changed since the plan was made"
        return Problem(f"{message}; it may be another object under the same name", hint=_HINT)
    for path, before in premise.facts:
        if kind.is_write_only(path):
            continue
        now = get(have.body, path)
        if now != before and not same(kind, path, before, now):
            return Problem(f"{premise.address}: {path_text(path)} has changed since the plan was made", hint=_HINT)
    return None
