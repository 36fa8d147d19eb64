"""Outputs as they go on record: a plan writes those that it gives another value, and leaves what others have written since.
Pure.

It must not resolve a reference.
"""

from __future__ import annotations

from collections.abc import Collection

from provisioner.model.plan import Plan, Verb
from provisioner.model.problem import Problem, StaleError
from provisioner.model.value import ABSENT, Map, Reference, Written, get, is_known, put, references
from provisioner.planner.situation import Situation
from provisioner.planner.wording import worded


def differing(one: Map, other: Map) -> frozenset[str]:
    """The outputs that are not the same in both; a reference is the same as no value."""
    names = {*one, *other}
    return frozenset(name for name in names if one.get(name, ABSENT) != other.get(name, ABSENT))


def in_former_words(plan: Plan, before: Map, situation: Situation) -> Map:
    """The outputs of a plan, those that say the same as on record in the words that stand there."""
    kinds = {want.address: situation.types[want.type] for want in situation.wants}
    values: Map = plan.outputs
    for path, reads in plan.outputs_written:
        was, now = get(before, path), get(values, path)
        if isinstance(reads, Reference) and reads.address in kinds and ABSENT not in (was, now) and is_known(now):
            values = put(values, path, worded(kinds[reads.address], was, now, reads.path))
    return values


def unchanged(plan: Plan, now: Map) -> None:
    """``StaleError`` where an output that the plan writes is no longer what it was. now: those on record."""
    since = (
        differing(plan.outputs_before, now)
        & differing(plan.outputs, plan.outputs_before)
        & differing(plan.outputs, now)
    )
    if since:
        hint = "plan again: orch plan BLUEPRINT --out FILE"
        raise StaleError(
            *(Problem(f'output "{n}" has changed since the plan was made', hint=hint) for n in sorted(since))
        )


def waiting(plan: Plan, done: Collection[str]) -> frozenset[str]:
    """The outputs that stay as they are until more steps are done: each reads an object that is not yet as planned, or goes
    and reads one that has not come to its end, or is changed by the blueprint alone. done: the ids of steps."""
    left = [step for step in plan.steps if step.id not in done]
    if not left:
        return frozenset()
    making = {step.address for step in left if step.verb not in (Verb.DELETE, Verb.FORGET)}
    ending = {step.address for step in left}
    here, gone = reading(plan.outputs_written, making), reading(plan.outputs_written_before, ending)
    return here | (gone - plan.outputs.keys()) | _by_blueprint(plan)


def _by_blueprint(plan: Plan) -> frozenset[str]:
    """The outputs that say another thing than before, though the plan touches nothing that they read or have read: of them
    nothing tells that they have become true but the end of the run."""
    said = _as_written(plan.outputs, plan.outputs_written)
    before = _as_written(plan.outputs_before, plan.outputs_written_before)
    touched = {step.address for step in plan.steps}
    both = (*plan.outputs_written, *plan.outputs_written_before)
    return differing(said, before) - reading(both, touched)


def _as_written(values: Map, written: Written) -> Map:
    """Outputs as the blueprint says them: what reads an object with its references, known or not."""
    for path, value in written:
        values = put(values, path, value)
    return values


def reading(written: Written, addresses: Collection[str]) -> frozenset[str]:
    """The outputs that read one of these, by how they are written."""
    return frozenset(
        str(path[0]) for path, value in written if any(r.address in addresses for _, r in references(value))
    )


def merged(
    plan: Plan, resolved: Map, now: Map, now_written: Written, waits: Collection[str] = ()
) -> tuple[Map, Written]:
    """What goes on record once a plan is through, or ends in part: its outputs, but for those that others have written since,
    and for those that wait."""
    stay = differing(plan.outputs_before, now).union(waits)
    values = {name: (now if name in stay else resolved).get(name, ABSENT) for name in dict.fromkeys([*resolved, *now])}
    written = (
        *((path, value) for path, value in plan.outputs_written if path[0] not in stay),
        *((path, value) for path, value in now_written if path[0] in stay),
    )
    return Map({name: value for name, value in values.items() if value is not ABSENT}), written
