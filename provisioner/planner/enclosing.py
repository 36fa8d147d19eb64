"""What lies in an object that goes with all that is in it (a resource group), and that no step of a plan is about. Pure.

It must not refuse: some of it may go with what is deleted before, which only the cloud knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from provisioner.model.change import Action
from provisioner.model.plan import Plan, Question, Step, Verb
from provisioner.model.resource import Observed
from provisioner.planner import holding, inline

_SHOWN = 5


def strangers(plan: Plan, seen: Iterable[Observed]) -> dict[str, tuple[str, ...]]:
    """The ids of what no step is about, by the id of what it lies in. Not what lies in, or is managed by, an object with a step,
    nor what carries this project's mark: that may be on its way out, for lists lag."""
    known = inline.known(plan.steps)
    out: dict[str, list[str]] = {}
    for item in seen:
        around = f"{item.parent.casefold()}/"
        above = (one for one in holding.enclosing(item.identity) if one.startswith(around))
        manager = str(item.body.get("managedBy") or "").casefold()
        ours = item.owner is not None and item.owner.lineage == plan.lineage
        if not ours and known.isdisjoint((item.identity.casefold(), manager, *above)):
            out.setdefault(item.parent, []).append(item.identity)
    return {identity: tuple(sorted(inside)) for identity, inside in out.items()}


def told(plan: Plan, seen: Iterable[Observed]) -> Plan:
    """The plan with what else lies in what it deletes: asked before an apply, in an undo noted, and a premise of both."""
    inside = strangers(plan, seen)
    if not inside:
        return plan
    replaced = {change.address for change in plan.changes if change.action is Action.REPLACE}
    texts = tuple(_text(step, step.address in replaced, inside) for step in ending(plan.steps) if _id(step) in inside)
    premises = tuple(replace(each, holds=inside.get(each.identity, ())) for each in plan.premises)
    if plan.undoes:
        return replace(plan, notes=(*plan.notes, *texts), premises=premises)
    return replace(plan, confirm=(*plan.confirm, *map(Question, texts)), premises=premises)


def ending(steps: Iterable[Step]) -> list[Step]:
    """The steps that delete an object."""
    return [step for step in steps if step.verb is Verb.DELETE and step.have and step.row]


def listed(group: str, inside: Iterable[str]) -> str:
    """Ids in words, as far as they are not those of what they lie in."""
    names = [identity.removeprefix(f"{group}/").removeprefix("providers/") for identity in inside]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _text(step: Step, again: bool, inside: Mapping[str, tuple[str, ...]]) -> str:
    assert step.row
    what = holding.Ending(step.row, step.address, again)
    holds = f"holds what no entry of this project owns: {listed(_id(step), inside[_id(step)])}"
    return f"{what}, and {holds}: its deletion fails until that is taken away"


def _id(step: Step) -> str:
    return step.have.identity if step.have else ""
