"""What of an undo waits for what: the other way round than in the run, and after what is made again. Pure.

It must not decide what is undone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from provisioner.model.plan import Plan, Step, Verb
from provisioner.model.problem import OrchError
from provisioner.model.value import EMPTY, references
from provisioner.planner import circles

Addresses = Mapping[str, Collection[str]]
"""Of what is made again, by the step of the run that another one undoes."""


def order(plan: Plan, steps: Mapping[str, Step], later: Addresses, sooner: Addresses) -> dict[str, list[str]]:
    """The ids that each step of an undo waits for, by the step that it undoes. steps: those of the undo, by the same · later:
    what is made again only after a list that leaves it out · sooner: before what others had put in, where that can be."""
    after: dict[str, list[str]] = {ident: [] for ident in steps}
    for step in plan.steps:
        for before in _nearest(plan, step, steps):
            after[before].append(steps[step.id].id)
    _follow(plan, steps, after, later, sooner)
    return after


def _follow(
    plan: Plan, steps: Mapping[str, Step], after: dict[str, list[str]], later: Addresses, sooner: Addresses
) -> None:
    """What is put back on an object that is made again comes after it, though the run went the same way round where it
    deleted first: then what has to go before does not wait for its dependents, as it did not in the run."""
    remade = {step.address: step for step in plan.steps if step.verb is Verb.DELETE and step.id in steps}
    for ident, new in steps.items():
        for address in {reference.address for _, reference in references(new.want.body if new.want else EMPTY)}:
            after[ident] += [steps[remade[address].id].id] if address in remade else []
    for ident, addresses in later.items():
        for address in remade.keys() & addresses:
            after[remade[address].id] += [steps[ident].id] if ident in steps else []
    wished = {
        (ident, steps[remade[address].id].id)
        for ident, addresses in sooner.items()
        for address in sorted(remade.keys() & addresses)
        if steps[remade[address].id].id not in after[ident]
    }
    for ident, other in sorted(wished):
        after[ident].append(other)
    by_id = {new.id: new for new in steps.values()}
    made_by = {new.id: ident for ident, new in steps.items()}
    waits = {new.id: after[ident] for ident, new in steps.items()}

    def worth(waiting: str, other: str) -> int:
        if (made_by[waiting], other) in wished:
            return 1
        going = by_id[waiting].verb in (Verb.DELETE, Verb.FORGET)
        return 2 if going and by_id[other].verb in (Verb.UPDATE, Verb.MOVE) else 0

    if circle := circles.opened(waits, worth):
        names = ", ".join(dict.fromkeys(by_id[ident].address for ident in circle))
        raise OrchError(f"the steps that would undo this run wait for each other: {names}")
    for ident, new in steps.items():
        after[ident] = waits[new.id]


def _nearest(plan: Plan, step: Step, steps: Mapping[str, Step]) -> list[str]:
    """The undone steps that this undone step waited for, directly or through steps that need no undoing."""
    if step.id not in steps:
        return []
    by_id = {other.id: other for other in plan.steps}
    out, queue, seen = [], list(step.after), set(step.after)
    while queue:
        ident = queue.pop()
        if ident in steps:
            out.append(ident)
            continue
        fresh = [other for other in by_id[ident].after if other not in seen]
        seen.update(fresh)
        queue += fresh
    return out
