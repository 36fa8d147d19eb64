"""Whether a plan still rests on what it was made from. Pure but for the ledger; another answer makes it stale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from provisioner.applier import claim
from provisioner.applier.history import History
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Plan, Premise, Verb
from provisioner.model.problem import OrchError, Problem, StaleError
from provisioner.model.resource import Observed
from provisioner.model.resource_type import ResourceType
from provisioner.model.run import Entry, EntryKind
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import ABSENT, EMPTY, get, path_text, put
from provisioner.planner import enclosing, inline
from provisioner.planner.equality import same
from provisioner.planner.sharing import own_part
from provisioner.planner.wording import worded
from provisioner.protocols.backend import Backend

_HINT = "plan again: orch plan BLUEPRINT --out FILE"


def ledger_unchanged(plan: Plan, backend: Backend) -> None:
    """``StaleError`` where another run has written the rows that the plan starts from, or made what it would make."""
    rows = rows_of(plan, backend)
    known = {(step.row.uid, step.row.generation) for step in plan.steps if step.row}
    taken = {(row.stack, row.address) for key, row in rows.items() if key not in known}
    if len(plan.stacks) > 1 or plan.serial != backend.serial(plan.stack, plan.environment):
        new = [step for step in plan.steps if not step.row or step.row.address != step.address or step.to_stack]
        made = [step.address for step in new if (step.to_stack or plan.stack, step.address) in taken]
        if made:
            raise StaleError(_problem(plan, made[0], "another run has made it since this was planned"))
    for step in plan.steps:
        now = rows.get((step.row.uid, step.row.generation)) if step.row else None
        if step.row and (now is None or (now.run, now.address) != (step.row.run, step.row.address)):
            raise StaleError(_problem(plan, step.address, "another run has changed it since this was planned"))


def rows_of(plan: Plan, backend: Backend) -> dict[tuple[str, int], LedgerRow]:
    """The ledger of all stacks that a plan writes."""
    return {(row.uid, row.generation): row for stack in plan.stacks for row in backend.rows(stack, plan.environment)}


def untouched(
    plan: Plan, history: Mapping[str, History], resource_type: Callable[[str], ResourceType]
) -> list[Premise]:
    """The premises about objects that no step of the plan has tried to change, or has made in a list, yet."""
    begun, brought = set(), set()
    for step in plan.steps:
        past = history.get(step.id)
        if past and (past.touched or past.done):
            named = (step.have, step.want, step.row)
            begun |= {(step.place.name, step.type, each.identity) for each in named if each}
            begun.add((step.place.name, step.type, past.identity))
            brought |= claim.brought(step, resource_type(step.type)) if past.done else set()
    left = (p for p in plan.premises if (p.type, p.identity.casefold()) not in brought)
    return [p for p in left if (p.place.name, p.type, p.identity) not in begun]


def check(
    plan: Plan,
    premises: Sequence[Premise],
    snapshot: Snapshot,
    resource_type: Callable[[str], ResourceType],
    inside: Iterable[Observed] = (),
) -> None:
    """``StaleError`` with every premise that no longer holds; ``OrchError`` where one cannot be seen. inside: what lies in what
    goes with all that is in it."""
    strangers = enclosing.strangers(plan, inside)
    ending = {(s.place.name, s.type, s.have.identity): s for s in plan.steps if s.have and s.verb is Verb.DELETE}
    known = inline.known(plan.steps) if ending else frozenset()
    problems = []
    for premise in premises:
        kind = resource_type(premise.type)
        what = _stale(premise, snapshot, kind)
        step = ending.get((premise.place.name, premise.type, premise.identity))
        have = snapshot.found.get(ObjectKey(premise.place.name, premise.type, premise.identity))
        if not what and step and have:
            what = inline.unseen(kind, step, have, known)
        if not what and (more := sorted({*strangers.get(premise.identity, ())} - {*premise.holds})):
            what = f"it holds {enclosing.listed(premise.identity, more)} by now, which is not in the plan"
        problems += [_problem(plan, premise.address, what)] if what else []
    if problems:
        raise StaleError(*problems)


def absent_reads(plan: Plan, premises: Sequence[Premise], now: str) -> list[Entry]:
    """Journal entries for what was just seen not to be there and will be created: so it can be claimed later."""
    creating = {s.want.identity: s.id for s in plan.steps if s.verb is Verb.CREATE and s.want and s.want.identity}
    return [
        Entry(EntryKind.READ, creating[p.identity], now) for p in premises if not p.exists and p.identity in creating
    ]


def _problem(plan: Plan, address: str, what: str) -> Problem:
    """That an address is not as it was planned, at its line."""
    source = next((change.source for change in plan.changes if change.address == address), None)
    return Problem(f"{address}: {what}", source, address, _HINT)


def _stale(premise: Premise, snapshot: Snapshot, kind: ResourceType) -> str:
    """How a premise no longer holds; empty where it does."""
    key = ObjectKey(premise.place.name, premise.type, premise.identity)
    spot = snapshot.blind(key)
    if spot:
        raise OrchError(Problem(f"cannot check {premise.address} before applying: {spot.reason}"))
    have = snapshot.found.get(key)
    if not premise.exists:
        return f"{premise.identity} exists now; the plan takes it for absent" if have else ""
    if have is None:
        return f"{premise.identity} no longer exists"
    if have.owner != premise.owner:
        what = f"the mark on {premise.identity} has changed since the plan was made"
        return f"{what}; it may be another object under the same name"
    for path, before in premise.facts:
        if kind.is_write_only(path):
            continue
        now = have.attribute(path)
        if any(path == shared for shared, _ in kind.shared):
            now = get(own_part(kind, have.body, put(EMPTY, path, before)), path)
        if now != before and not same(kind, path, before, now) and worded(kind, before, now, path) != before:
            return f"{path_text(path)} has changed since the plan was made"
    return ""


def outputs_unchanged(plan: Plan, backend: Backend) -> None:
    """``StaleError`` where an output of another stack that the plan was made with is another by now."""
    for read in plan.outputs_read:
        now = backend.outputs(read.stack, plan.environment) or EMPTY
        if now.get(read.name, ABSENT) != read.value:
            message = f'output("{read.stack}", "{read.name}") has changed since the plan was made'
            raise StaleError(Problem(message, hint=_HINT))
