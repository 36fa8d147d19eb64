"""A stack's plan: wanted resources × ledger × what was found → changes, steps, premises, drift.

Pure: what was found, the ids of new objects and the time come from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from provisioner.model.change import Action, Change, Diff, Fate, Reason
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Known, Plan, Premise, Question, Step, Verb
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource import Resource
from provisioner.model.secret import hidden_in
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Reference, Value, references, substitute, written
from provisioner.planner import drifting, exchange, holding, inline, proposals, reasons, unseen
from provisioner.planner import graph as graphs
from provisioner.planner import scope as scoping
from provisioner.planner import steps as stepping
from provisioner.planner import strays as straying
from provisioner.planner.caution import deletions, losses, misfits
from provisioner.planner.decision import Decider, Decision
from provisioner.planner.moves import Renaming
from provisioner.planner.removal import removal_change, removals_of, retained_on
from provisioner.planner.situation import Situation
from provisioner.planner.steps import Removal
from provisioner.planner.strays import Stray
from provisioner.planner.undo import undo_of


def plan(situation: Situation, uids: Iterator[str]) -> Plan:
    """The plan that makes the stack as wanted. ``OrchError`` with everything that forbids one."""
    graph = graphs.build(situation.wants)
    rows = {row.address: row for row in situation.rows if row.role is Role.CURRENT}
    renaming = Renaming(situation.wants, rows)
    rows = renaming.rows
    wants = {want.address: want for want in situation.wants}
    strays = straying.strays(situation)
    decider, removals, refusals, staying = _settled(situation, graph, wants, rows, uids, straying.following(strays))
    taken, forbidden = inline.taken(situation, decider.decisions.values(), removals)
    ending = holding.endings(decider.decisions.values(), removals)
    problems = [
        *renaming.problems,
        *decider.problems,
        *refusals,
        *forbidden,
        *holding.inside(situation, ending, removals),
    ]
    problems += retained_on(removals, decider.decisions.values())
    outdated = list(straying.outdated(situation, strays, decider))
    behind = {problem.address for problem in outdated}  # of which nothing else that is said holds
    problems = [*outdated, *(problem for problem in problems if problem.address not in behind)]
    if problems:
        raise OrchError(*problems)
    rebased, told = drifting.accepted(situation, decider.decisions)
    decider.decisions |= rebased
    steps = stepping.build(graph, decider.decisions, removals)
    if stranded := tuple(scoping.stranded(steps, situation.rest, situation.scope.targets if situation.scope else ())):
        raise OrchError(*stranded)
    changes = [change_of(decision) for decision in decider.decisions.values()]
    changes += [*(removal_change(situation, removal) for removal in removals), *taken]
    back = proposals.kept_back(situation.wants, removals)
    notes = (*renaming.notes, *back, *told)
    plan = assemble(situation, decider, tuple(changes), steps, notes, strays, staying)
    asks = deletions(changes, (*situation.rows, *situation.rest), situation.caution)
    asks += (
        *decider.asks,
        *misfits(decider.decisions.values()),
        *(Question(wrong.message) for wrong in proposals.mistaken(decider.decisions.values(), removals)),
    )
    return replace(
        plan,
        proposals=(*plan.proposals, *proposals.moved(decider.decisions.values(), removals, situation.types)),
        confirm=(
            *straying.questions(situation, strays, plan),
            *asks,
            *holding.used(situation, ending),
            *losses(situation.rows, situation.snapshot.absent),
        ),
    )


def _settled(
    situation: Situation,
    graph: graphs.Graph,
    wants: Mapping[str, Resource],
    rows: Mapping[str, LedgerRow],
    uids: Iterator[str],
    following: Callable[[LedgerRow], int],
) -> tuple[Decider, list[Removal], list[Problem], dict[str, str]]:
    """Every address decided, and what goes; with what forbids that, and why something stays, by address. Decided anew for as
    long as replacements wait for each other, with one more of them deleted first."""
    firsts: dict[str, str] = {}
    while True:
        decider = _decided(situation, graph, wants, rows, uids, firsts, following)
        kept = {(d.row.uid, d.row.generation) for d in decider.decisions.values() if d.row}
        blind = {rows[address].uid: rows[address] for address in decider.blind if address in rows}
        leaving = [r for r in situation.rows if (r.uid, r.generation) not in kept and r.uid not in blind]
        leaving, staying = _going(leaving, blind.values(), situation.snapshot)
        removals, refusals = removals_of(situation, leaving, wants, decider.decisions)
        more, stuck = ({}, []) if decider.problems else exchange.first(graph, decider.decisions, removals)
        if stuck or more.keys() <= firsts.keys():
            return decider, removals, [*refusals, *stuck], staying
        firsts |= more


def _decided(
    situation: Situation,
    graph: graphs.Graph,
    wants: Mapping[str, Resource],
    rows: Mapping[str, LedgerRow],
    uids: Iterator[str],
    firsts: Mapping[str, str],
    following: Callable[[LedgerRow], int],
) -> Decider:
    """Every address decided. What would be replaced under something unread is left alone, and then what needs it too."""
    owners: list[LedgerRow] = []
    if situation.snapshot.blindspots:
        names = {(row.uid, row.generation): address for address, row in rows.items()}
        owners = [replace(r, address=names.get((r.uid, r.generation), r.address)) for r in situation.rows]
    left: dict[str, str] = {}
    while True:
        decider = Decider(
            graph, situation.types, rows, situation.snapshot, situation.lineage, uids, situation.held,
            (situation.stack.name, situation.stack.environment), taken={uid for uid, _ in situation.owned},
            sealed=situation.sealed, wants=wants, exchanged=firsts, following=following,
        )  # fmt: skip
        decider.blind |= left
        for address in graph.order:
            decider.decide(wants[address])
        needed = unseen.needed(owners, decider.blind, situation.snapshot)
        more = {
            address: f"it would be replaced, and {needed[decision.uid]} may still need it, and was not planned"
            for address, decision in decider.decisions.items()
            if decision.action is Action.REPLACE and decision.uid in needed
        }
        if not more:
            return decider
        left |= more


def _going(
    leaving: list[LedgerRow], blind: Iterable[LedgerRow], snapshot: Snapshot
) -> tuple[list[LedgerRow], dict[str, str]]:
    """Of the objects that would go those that do, and by address why the others stay."""
    staying = unseen.staying(leaving, blind, snapshot)
    why = {r.address: staying[key] for r in leaving if (key := (r.uid, r.generation)) in staying}
    return [row for row in leaving if (row.uid, row.generation) not in staying], why


def destroy(situation: Situation) -> Plan:
    """The plan that deletes everything the stack owns, dependents first, but for what is to be retained and what that needs."""
    leaving, staying = _going(list(situation.rows), (), situation.snapshot)
    removals, problems = removals_of(situation, leaving, {}, {}, reason=Reason.DESTROY)
    ending = holding.endings((), removals)
    problems += holding.inside(situation, ending, removals)
    if problems:
        raise OrchError(*problems)
    empty = graphs.build(())
    decider = Decider(empty, situation.types, {}, situation.snapshot, situation.lineage, iter(()))
    steps = stepping.build(empty, {}, removals)
    taken, _ = inline.taken(situation, (), removals)
    changes = (*(removal_change(situation, removal, Reason.DESTROY) for removal in removals), *taken)
    strays = straying.strays(situation)
    plan = assemble(situation, decider, changes, steps, (), strays, staying)
    asks = deletions(changes, situation.rows, situation.caution)
    confirm = (*straying.questions(situation, strays, plan), *asks, *holding.used(situation, ending))
    return replace(plan, kind="destroy", outputs=EMPTY, outputs_written=(), confirm=confirm)


def drift_alone(situation: Situation) -> Plan:
    """A plan of nothing, where something forbids one: it only says what was changed outside orch."""
    decider = Decider(graphs.build(()), situation.types, {}, situation.snapshot, situation.lineage, iter(()))
    plan = assemble(situation, decider, (), (), (), straying.strays(situation))
    plan = replace(plan, kind="drift", outputs=EMPTY, outputs_written=())
    return replace(plan, drift=tuple(replace(each, fate=Fate.OPEN) for each in plan.drift))


def change_of(decision: Decision) -> Change:
    """A decision as the reviewer reads it."""
    want = decision.want
    shown = decision.diff if decision.action in (Action.UPDATE, Action.REPLACE, Action.REBASE) else Diff()
    return Change(
        address=want.address,
        type=want.type,
        place=want.place,
        action=decision.action,
        uid=decision.uid,
        generation=decision.generation,
        because=decision.because,
        diff=shown,
        undo=undo_of(
            decision.action, decision.kind, shown, have=decision.have.body if decision.have else EMPTY, want=want.body
        ),
        want=want,
        have=None if decision.action is Action.CREATE else decision.have,
        source=want.source,
        order=decision.order,
    )


def assemble(
    situation: Situation,
    decider: Decider,
    changes: tuple[Change, ...],
    steps: tuple[Step, ...],
    notes: tuple[str, ...],
    strays: Sequence[Stray],
    staying: Mapping[str, str] = EMPTY,
) -> Plan:
    """The plan of decided changes and their steps, with what they rest on. staying: why an object does not go, by address."""
    stack = situation.stack
    unplanned = {**decider.blind, **staying}
    blind = tuple(f"{address} was not planned: {reason}" for address, reason in unplanned.items())
    outputs: Map = substitute(stack.outputs, lambda reference: _told(decider, reference))
    read_by = _read_by(steps, situation)
    return Plan(
        stack=stack.name,
        environment=stack.environment,
        lineage=situation.lineage,
        created=situation.created,
        serial=situation.serial,
        places=stack.places,
        changes=tuple(reasons.with_outputs(change, stack.outputs_read) for change in changes),
        steps=steps,
        premises=_premises(steps, read_by, decider),
        knowns=_knowns(steps, stack.outputs, decider),
        drift=drifting.drifts(situation, changes, _with_outputs(read_by, stack.outputs)),
        blindspots=situation.snapshot.blindspots,
        outputs=outputs,
        outputs_written=written(stack.outputs),
        parameters=stack.parameters,
        asks=stack.asks,
        notes=(*notes, *blind, *decider.notes, *(f"{told.source}: {told.message}" for told in stack.warnings)),
        proposals=tuple(proposals.strays(situation, strays, changes)),
        scope=situation.scope,
        unplanned=tuple(unplanned),
    )


def _premises(steps: Sequence[Step], read_by: Mapping[str, list[Path]], decider: Decider) -> tuple[Premise, ...]:
    """What apply looks at again: objects that change, names that must be free, attributes that steps were given."""
    out: dict[ObjectKey, Premise] = {}
    for step in steps:
        if step.verb is Verb.CREATE and step.want and step.want.identity:
            key = ObjectKey(step.place.name, step.type, step.want.identity)
            out.setdefault(key, Premise(step.address, step.place, step.type, key.identity, exists=False))
        elif step.have:
            side = "after" if step.verb is Verb.REBASE else "before"  # what was found
            facts = tuple((edit.path, getattr(edit, side)) for edit in step.diff.edits)
            facts += tuple((path, step.have.attribute(path)) for path in decider.types[step.type].born)
            key = ObjectKey(step.place.name, step.type, step.have.identity)
            out[key] = Premise(step.address, step.place, step.type, key.identity, facts=facts, owner=step.have.owner)
    standing = {(step.row.uid, step.row.generation) for step in steps if step.row and step.have}
    for row in (step.row for step in steps if step.verb in (Verb.CREATE, Verb.FORGET)):
        if row and row.identity and (row.uid, row.generation) not in standing:  # it is gone, as far as was seen
            key = ObjectKey(row.place.name, row.type, row.identity)
            out.setdefault(key, Premise(row.address, row.place, row.type, row.identity, exists=False))
    for address, paths in read_by.items():
        decision = decider.decisions.get(address)
        have = decision.have if decision and not decision.makes_new else None
        if have is None:
            continue
        key = ObjectKey(have.place.name, have.type, have.identity)
        facts = tuple((path, have.attribute(path)) for path in paths if path)
        known = out.get(key)
        merged = dict((*known.facts, *facts) if known else facts)
        out[key] = Premise(address, have.place, have.type, have.identity, facts=tuple(merged.items()), owner=have.owner)
    return tuple(out.values())


def _read_by(steps: Sequence[Step], situation: Situation) -> dict[str, list[Path]]:
    """Which attributes of which addresses the steps rest on, as the blueprint wrote them."""
    making = {step.address for step in steps if step.want}
    out: dict[str, list[Path]] = {}
    for want in situation.wants:
        if want.address in making:
            for source in want.values:
                for _, reference in references(source):
                    out.setdefault(reference.address, []).append(reference.path)
    return out


def _told(decider: Decider, reference: Reference) -> Value:
    """What an output reads. Of a map that is to be made or changed that is known after the apply: the cloud adds its part."""
    value, decision = decider.known(reference), decider.decisions.get(reference.address)
    inside = value if isinstance(value, tuple) else (value,)
    if decision is None or hidden_in(value) or not any(isinstance(item, Mapping) for item in inside):
        return value
    return ABSENT if decision.makes_new or decision.diff.touches(reference.path) else value


def _with_outputs(read_by: Mapping[str, list[Path]], outputs: Map) -> dict[str, list[Path]]:
    out = {address: list(paths) for address, paths in read_by.items()}
    for _, reference in references(outputs):
        out.setdefault(reference.address, []).append(reference.path)
    return out


def _knowns(steps: Sequence[Step], outputs: Map, decider: Decider) -> tuple[Known, ...]:
    """Existing objects that steps or outputs still refer to by reference: their attributes as found, and as they stay."""
    wanted: dict[str, set[str]] = {}
    sources: list[Value] = [outputs]
    for step in steps:
        if step.want:
            sources += step.want.values
    for source in sources:
        for _, reference in references(source):
            wanted.setdefault(reference.address, set()).update(str(part) for part in reference.path[:1])
    out = []
    for address, keys in sorted(wanted.items()):
        decision = decider.decisions.get(address)
        if decision and decision.have is not None and not decision.makes_new:
            stays = [key for key in sorted(keys) if key in decision.have.body and not decision.diff.touches((key,))]
            body = Map({key: decision.have.body[key] for key in stays})
            out.append(Known(address, decision.uid, decision.have.identity, body))
    return tuple(out)
