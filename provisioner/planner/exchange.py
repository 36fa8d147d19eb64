"""Objects that wait for each other, since each takes what only one can have from the next: one of them is deleted first. Pure.

It must not decide about an entry; ``decision`` does, told which of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from provisioner.model.change import Action
from provisioner.model.problem import Problem
from provisioner.planner import circles, steps
from provisioner.planner.decision import Decision
from provisioner.planner.graph import Graph
from provisioner.planner.passing import Pass
from provisioner.planner.steps import Draft, Removal

Circle = list[tuple[str, str]]


def first(
    graph: Graph, decisions: Mapping[str, Decision], removals: Sequence[Removal]
) -> tuple[dict[str, str], list[Problem]]:
    """The addresses of replacements that have to delete first, with the reason; and what stands against it. There may be more
    of them once these are decided so: what needs them may have to be replaced too."""
    beside = [d for d in decisions.values() if d.action is Action.REPLACE and d.order == "create_first"]
    if not beside:
        return {}, []
    draft = steps.drafted(graph, decisions, removals)
    if not draft.passes:
        return {}, []
    out: dict[str, str] = {}
    while circle := circles.found(draft.after):
        passes = list(_passes(draft, circle))
        members = [decision for decision in beside if passes and _waits(draft, decision, circle)]
        free = [decision for decision in members if decision.want.options.on_replace != "create_first"]
        if members and not free:
            return out, [_stuck(members[0], passes)]
        if not free:
            waiting, other = circles.cheapest(circle, draft.worth)
            if not draft.worth(waiting, other):
                return out, []  # no order at all: building it says so
            draft.after[waiting].remove(other)
            continue
        chosen = min(free, key=lambda decision: len(draft.needing.get(decision.uid, ())))
        out[chosen.want.address] = f"deleted first: {_why(chosen, passes)}"
        if draft.needing.get(chosen.uid):
            return out, []
        _turn(draft, chosen)
        beside.remove(chosen)
    return out, []


def _passes(draft: Draft, circle: Circle) -> Iterator[Pass]:
    return (draft.passes[wait] for wait in circle if wait in draft.passes)


def _old(draft: Draft, decision: Decision) -> str:
    return draft.ending[decision.uid, decision.row.generation].id if decision.row else ""


def _waits(draft: Draft, decision: Decision, circle: Circle) -> bool:
    """Whether the old object is kept by something that is made or changed: that would not be so if it were deleted first."""
    making = {step.id for step in draft.making.values()}
    return any(waiting == _old(draft, decision) and other in making for waiting, other in circle)


def _turn(draft: Draft, decision: Decision) -> None:
    """Deletes it first."""
    old, new = _old(draft, decision), draft.making[decision.want.address].id
    ending = {step.id for step in draft.ending.values()}
    draft.after[old] = [other for other in draft.after[old] if other in ending]
    draft.after[new].append(old)


def _why(decision: Decision, passes: Sequence[Pass]) -> str:
    takers = {each.taker for each in passes}
    own = next((each for each in passes if each.taker == decision.want.address), None)
    if own and takers == {each.row.address for each in passes}:
        others = sorted(takers - {own.taker})
        return f"it exchanges {own.names} with {' and '.join(others)}"
    each = own or passes[0]
    taker = "it" if own else each.taker
    return f"{taker} takes the {each.names} of {each.row.address}, which cannot go before it"


def _stuck(decision: Decision, passes: Sequence[Pass]) -> Problem:
    want = decision.want
    message = f"{want.address} cannot be created first: {_why(decision, passes)}"
    hint = "take `on_replace: create_first` off one of the entries that take it from each other"
    return Problem(message, want.source, want.address, hint)
