"""From decisions to ordered steps: what waits for what, in both directions.

New and changed objects wait for what they need; deletions wait until nobody needs the object any more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from provisioner.model.change import Action
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Step, Verb
from provisioner.model.problem import OrchError
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import ABSENT, Path, get
from provisioner.planner import circles
from provisioner.planner.decision import Decision
from provisioner.planner.equality import clash
from provisioner.planner.graph import Graph

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
class _Draft:
    """Steps by what they do, before their ids are known."""

    making: dict[str, Step] = field(default_factory=dict)  # address -> create, update, adopt or move
    ending: dict[tuple[str, int], Step] = field(default_factory=dict)  # (uid, generation) -> delete or forget


def build(graph: Graph, decisions: Mapping[str, Decision], removals: Sequence[Removal]) -> tuple[Step, ...]:
    """All steps of a plan, each after those that it waits for."""
    ids = (f"s{number}" for number in itertools.count(1))
    draft = _Draft()
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
    after = _order(graph, decisions, draft)
    for waiting, other in _handed_over(decisions, removals, draft):
        after[waiting].append(other)
    _open_circles(after, draft)
    steps = [*draft.making.values(), *draft.ending.values()]
    return tuple(replace(step, after=tuple(dict.fromkeys(after[step.id]))) for step in steps)


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


def _uids(needs: Iterable[str], decisions: Mapping[str, Decision]) -> tuple[str, ...]:
    return tuple(decisions[need].uid for need in needs if need in decisions)


def _order(graph: Graph, decisions: Mapping[str, Decision], draft: _Draft) -> dict[str, list[str]]:
    after: dict[str, list[str]] = {step.id: [] for step in (*draft.making.values(), *draft.ending.values())}
    for address, step in draft.making.items():
        after[step.id] += [draft.making[need].id for need in graph.needs[address] if need in draft.making]
        decision = decisions[address]
        if decision.action is Action.REPLACE and decision.order == "delete_first" and decision.row:
            after[step.id].append(draft.ending[decision.uid, decision.row.generation].id)
    dependents = _dependents(decisions, draft)
    by_uid = {decision.uid: decision for decision in decisions.values()}
    making = {step.uid: step for step in draft.making.values()}
    for key, step in draft.ending.items():
        here = by_uid.get(key[0])
        for other in dependents.get(key[0], ()):
            after[step.id] += _before_delete(here, other, making, draft)
        if here and here.action is Action.REPLACE and here.order == "create_first":
            after[step.id].append(draft.making[here.want.address].id)
    return after


def _handed_over(
    decisions: Mapping[str, Decision], removals: Sequence[Removal], draft: _Draft
) -> Iterator[tuple[str, str]]:
    """What is made with something that only one object can have, and what gives that up because its entry is gone."""
    gone: dict[tuple[str, str], list[Removal]] = {}
    for removal in removals:
        if removal.verb is Verb.DELETE:
            gone.setdefault((removal.row.type, removal.row.place.name), []).append(removal)
    for address, step in draft.making.items() if gone else ():
        if step.verb is Verb.CREATE:
            want, kind = decisions[address].want, decisions[address].kind
            for removal in gone.get((want.type, want.place.name), ()):
                if any(_needs_too(kind, paths, want, removal.have) for paths in kind.unique):
                    yield step.id, draft.ending[removal.row.uid, removal.row.generation].id


def _needs_too(kind: ResourceType, paths: Iterable[Path], want: Resource, have: Observed | None) -> bool:
    pairs = [(path, get(want.body, path), have.attribute(path) if have else ABSENT) for path in paths]
    return all(ABSENT not in (mine, theirs) and clash(kind, path, mine, theirs) for path, mine, theirs in pairs)


def _open_circles(after: circles.After, draft: _Draft) -> None:
    """Where something is deleted first, a dependent can be left in its way that is only changed once that is made again:
    then nothing can wait for the dependent's change, and the deletion does not."""
    making = {step.id: step for step in draft.making.values()}
    ending = {step.id: step for step in draft.ending.values()}

    def worth(waiting: str, other: str) -> int:
        if waiting in making and other in ending:
            return 0 if making[waiting].uid == ending[other].uid else 3  # else only handed over
        if waiting not in ending or other not in making:
            return 0
        return 2 if ending[waiting].uid == making[other].uid else 1

    if circle := circles.opened(after, worth):
        names = ", ".join(dict.fromkeys(step.address for ident, step in ending.items() if ident in circle))
        raise OrchError(f"these cannot be deleted, since the ledger has each need the other: {names}")


def _dependents(decisions: Mapping[str, Decision], draft: _Draft) -> dict[str, list[LedgerRow]]:
    """For every uid the rows of objects that need it, as the ledger knows."""
    rows = {(d.row.uid, d.row.generation): d.row for d in decisions.values() if d.row}
    rows |= {key: step.row for key, step in draft.ending.items() if step.row}
    out: dict[str, list[LedgerRow]] = {}
    for row in rows.values():
        for uid in row.depends_on:
            out.setdefault(uid, []).append(row)
    return out


def _before_delete(here: Decision | None, other: LedgerRow, making: Mapping[str, Step], draft: _Draft) -> list[str]:
    """What a dependent has to do before the object it needs can go: be deleted, or be pointed elsewhere. here: what becomes
    of the address of that object · making: steps that make or change something, by uid."""
    ending = draft.ending.get((other.uid, other.generation))
    if ending:
        return [ending.id]
    if here and here.order == "delete_first":
        return []  # it is made again before the dependent changes
    return [making[other.uid].id] if other.uid in making else []
