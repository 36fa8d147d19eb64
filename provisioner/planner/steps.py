"""From decisions to steps: what is made, changed, recorded and deleted, each after those that it waits for. Pure.

It must not decide; where waits close a circle, it gives up what is only for the sake of tidiness.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from provisioner.model.change import Action
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Step, Verb
from provisioner.model.problem import OrchError
from provisioner.model.resource import Observed
from provisioner.planner import circles
from provisioner.planner.decision import Decision
from provisioner.planner.graph import Graph
from provisioner.planner.passing import Pass, passed
from provisioner.planner.waits import Waits

_MAKING = {
    Action.CREATE: Verb.CREATE,
    Action.REPLACE: Verb.CREATE,
    Action.UPDATE: Verb.UPDATE,
    Action.ADOPT: Verb.ADOPT,
    Action.MOVE: Verb.MOVE,
    Action.REBASE: Verb.REBASE,
    Action.CHECK: Verb.CHECK,
}


@dataclass(frozen=True, slots=True)
class Removal:
    """An object that goes: deleted, or only forgotten (it is gone already, retained, or ``why``). retained: it stays where it
    is, because its entry asks for that or (``why``) another that stays needs it."""

    row: LedgerRow
    have: Observed | None
    verb: Verb
    why: str = ""
    retained: bool = False


@dataclass
class Draft:
    """Steps by what they do, and what each waits for. passes: those waits that are for what only one object can have ·
    needing: by uid the rows of what needs that object."""

    making: dict[str, Step] = field(default_factory=dict)  # address -> create, update, adopt or move
    ending: dict[tuple[str, int], Step] = field(default_factory=dict)  # (uid, generation) -> delete or forget
    after: circles.After = field(default_factory=dict)
    passes: dict[tuple[str, str], Pass] = field(default_factory=dict)
    needing: Mapping[str, list[LedgerRow]] = field(default_factory=dict)

    @cached_property
    def _by_id(self) -> dict[str, Step]:
        return {step.id: step for step in (*self.making.values(), *self.ending.values())}

    def worth(self, waiting: str, other: str) -> int:
        """What it costs to give a wait up; 0: it cannot be. Where something is deleted first, a dependent can be left in its
        way that is only changed once that is made again: then the deletion does not wait for the dependent's change."""
        if (waiting, other) in self.passes:
            return 3
        later, earlier = self._by_id[waiting], self._by_id[other]
        if not ends(later) or ends(earlier):
            return 0
        return 2 if later.uid == earlier.uid else 1


def build(graph: Graph, decisions: Mapping[str, Decision], removals: Sequence[Removal]) -> tuple[Step, ...]:
    """All steps of a plan, each after those that it waits for."""
    draft = drafted(graph, decisions, removals)
    if circle := circles.opened(draft.after, draft.worth):
        names = ", ".join(dict.fromkeys(step.address for step in draft.ending.values() if step.id in circle))
        raise OrchError(f"these cannot be deleted, since the ledger has each need the other: {names}")
    steps = [*draft.making.values(), *draft.ending.values()]
    return tuple(replace(step, after=tuple(dict.fromkeys(draft.after[step.id]))) for step in steps)


def drafted(graph: Graph, decisions: Mapping[str, Decision], removals: Sequence[Removal]) -> Draft:
    """The steps, and what each waits for: there may be circles in that yet."""
    ids = (f"s{number}" for number in itertools.count(1))
    draft = Draft()
    for address in graph.order:
        decision = decisions.get(address)
        if decision and decision.action in _MAKING:
            draft.making[address] = _making(next(ids), decision, _uids(graph.needs[address], decisions))
    for removal in removals:
        row = removal.row
        draft.ending[row.uid, row.generation] = _ending(next(ids), removal)
    for address in graph.order:
        decision = decisions.get(address)
        if decision and decision.action is Action.REPLACE and decision.row:
            removal = Removal(decision.row, decision.have, Verb.DELETE)
            draft.ending[decision.uid, decision.row.generation] = _ending(next(ids), removal)
    waits = Waits(graph, decisions, draft.making, draft.ending)
    draft.after, draft.needing = waits.order(), waits.needing
    for each in passed(decisions, ((r.row, r.have) for r in removals if r.verb is Verb.DELETE)):
        wait = draft.making[each.taker].id, draft.ending[each.row.uid, each.row.generation].id
        draft.passes[wait] = each
        draft.after[wait[0]].append(wait[1])
    return draft


def _making(ident: str, decision: Decision, depends_on: tuple[str, ...]) -> Step:
    want = decision.want
    verb = _MAKING[decision.action]
    return Step(
        id=ident,
        verb=verb,
        address=want.address,
        type=want.type,
        place=want.place,
        uid=decision.uid,
        generation=decision.generation,
        want=None if verb is Verb.REBASE else want,
        have=None if verb is Verb.CREATE else decision.have,
        diff=decision.diff if verb in (Verb.UPDATE, Verb.REBASE, Verb.ADOPT) else type(decision.diff)(),
        row=decision.row,
        depends_on=depends_on,
        written=decision.written,
    )


def _ending(ident: str, removal: Removal) -> Step:
    row = removal.row
    return Step(
        ident, removal.verb, row.address, row.type, row.place, row.uid, row.generation, have=removal.have, row=row
    )


def ends(step: Step) -> bool:
    """Whether it is the end of an object, or of its row."""
    return step.verb in (Verb.DELETE, Verb.FORGET)


def _uids(needs: Iterable[str], decisions: Mapping[str, Decision]) -> tuple[str, ...]:
    return tuple(decisions[need].uid for need in needs if need in decisions)
