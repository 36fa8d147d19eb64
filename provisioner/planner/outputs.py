"""Outputs as they go on record: a plan writes those that it gives another value, and leaves what others have written since.
Pure.

It must not resolve a reference.
"""

from __future__ import annotations

from provisioner.model.plan import Plan
from provisioner.model.problem import Problem, StaleError
from provisioner.model.value import ABSENT, Map, Written


def differing(one: Map, other: Map) -> frozenset[str]:
    """The outputs that are not the same in both; a reference is the same as no value."""
    names = {*one, *other}
    return frozenset(name for name in names if one.get(name, ABSENT) != other.get(name, ABSENT))


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


def merged(plan: Plan, resolved: Map, now: Map, now_written: Written) -> tuple[Map, Written]:
    """What goes on record once a plan is through: its outputs, but for those that others have written since."""
    since = differing(plan.outputs_before, now)
    values = {name: (now if name in since else resolved).get(name, ABSENT) for name in dict.fromkeys([*resolved, *now])}
    written = (
        *((path, value) for path, value in plan.outputs_written if path[0] not in since),
        *((path, value) for path, value in now_written if path[0] in since),
    )
    return Map({name: value for name, value in values.items() if value is not ABSENT}), written
