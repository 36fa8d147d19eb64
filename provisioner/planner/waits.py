"""Which step waits for which: for what its entry needs, and a deletion for all that needs its object; through what has no step
of its own too. Pure.

It must not make or drop steps; where waits close a circle, ``steps`` gives some of them up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from provisioner.model.change import Action
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Step, Verb
from provisioner.planner.circles import After
from provisioner.planner.decision import Decision
from provisioner.planner.graph import Graph


@dataclass(frozen=True)
class Waits:
    """making: what is created, changed or recorded, by address · ending: what is deleted or forgotten, by uid and generation.
    Sets of steps are whole numbers, a bit for each: a stack may have tens of thousands that reach far."""

    graph: Graph
    decisions: Mapping[str, Decision]
    making: Mapping[str, Step]
    ending: Mapping[tuple[str, int], Step]

    def order(self) -> After:
        """The ids that each step waits for."""
        after: After = {}
        for address, step in self.making.items():
            old = self._deleted_first(self.decisions[address])
            after[step.id] = [*self._before(address), *([old.id] if old else [])]
        for (uid, _), step in self.ending.items():
            here = self._by_uid.get(uid)
            after[step.id] = list(self._before_end(uid, here))
            if here and here.action is Action.REPLACE and here.order == "create_first":
                after[step.id].append(self.making[here.want.address].id)
            elif here and self._deleted_first(here) is step:
                after[step.id] += self._before_first(here)
        return after

    def _before(self, address: str) -> Iterator[str]:
        """What the step of an address waits for."""
        direct = [self.making[need].id for need in self.graph.needs[address] if need in self.making]
        yield from direct
        beyond = 0
        for need in self.graph.needs[address]:
            beyond |= 0 if need in self.making else self._through.get(need, 0)
        yield from self._ids(beyond, direct)

    @cached_property
    def _through(self) -> dict[str, int]:
        """The steps that come before an address which has none itself: who needs it waits for those."""
        out: dict[str, int] = {}
        for address in self.graph.order if self.making else ():
            if address in self.making:
                continue
            before = 0
            for need in self.graph.needs[address]:
                before |= self._bit(self.making[need].id) if need in self.making else out.get(need, 0)
            if before:
                out[address] = before
        return out

    def _before_end(self, uid: str, here: Decision | None) -> Iterator[str]:
        """What has to be before an object goes: what needs it is deleted, or pointed elsewhere; but not where it is made again
        before that changes. here: what becomes of the address of the object."""
        first = here is not None and here.order == "delete_first"
        steps = [step for other in self.needing.get(uid, ()) if (step := self._step(other))]
        direct = [step.id for step in steps if not first or self._places[step.id] >= len(self.making)]
        yield from direct
        beyond = 0
        for other in self.needing.get(uid, ()):
            beyond |= 0 if self._step(other) else self._upon.get(other.uid, 0)
        yield from self._ids(beyond & self._ends if first else beyond, direct)

    @cached_property
    def _upon(self) -> dict[str, int]:
        """The steps of what needs an object which has none itself, by its uid."""
        out: dict[str, int] = {}
        for address in reversed(self.graph.order) if self.ending else ():
            decision = self.decisions.get(address)
            if decision is None or address in self.making:
                continue
            steps = 0
            for other in self.needing.get(decision.uid, ()):
                step = self._step(other)
                steps |= self._bit(step.id) if step else out.get(other.uid, 0)
            if steps:
                out[decision.uid] = steps
        return out

    def _before_first(self, decision: Decision) -> Iterator[str]:
        """What has to be there, and to pass its checks, before an object is given up for its successor. A change of what it
        stands on itself is not waited for: it may be in the way of that, as a subnet is where a network shrinks. Nor is what
        is made only after the object has gone, since it is deleted first as well."""
        beneath = decision.row.depends_on if decision.row else ()
        for ident in self._before(decision.want.address):
            step = self._by_id[ident]
            if step.verb is Verb.UPDATE and step.uid in beneath and not (step.want and step.want.checks):
                continue
            if decision.uid not in self._upon_first or step.address not in self._after_first:
                yield ident

    @cached_property
    def _upon_first(self) -> set[str]:
        """The uids of what stands, at any depth, on what is deleted first."""
        out: set[str] = set()
        for decision in filter(None, map(self.decisions.get, self.graph.order)):
            beneath = decision.row.depends_on if decision.row else ()
            if any(uid in out or uid in self._firsts for uid in beneath):
                out.add(decision.uid)
        return out

    @cached_property
    def _after_first(self) -> set[str]:
        """The addresses of what is deleted first, and of all that needs those."""
        out: set[str] = set()
        for address, decision in ((address, self.decisions.get(address)) for address in self.graph.order):
            if (decision and decision.uid in self._firsts) or not out.isdisjoint(self.graph.needs[address]):
                out.add(address)
        return out

    @cached_property
    def _firsts(self) -> set[str]:
        return {decision.uid for decision in self.decisions.values() if self._deleted_first(decision)}

    def _deleted_first(self, decision: Decision) -> Step | None:
        """The end of the old object, where it comes before the new one."""
        if decision.action is not Action.REPLACE or decision.order != "delete_first" or decision.row is None:
            return None
        return self.ending[decision.uid, decision.row.generation]

    @cached_property
    def needing(self) -> dict[str, list[LedgerRow]]:
        """For every uid the rows of objects that need it, as the ledger knows."""
        rows = {(d.row.uid, d.row.generation): d.row for d in self.decisions.values() if d.row}
        rows |= {key: step.row for key, step in self.ending.items() if step.row}
        out: dict[str, list[LedgerRow]] = {}
        for row in rows.values() if self.ending else ():
            for uid in row.depends_on:
                out.setdefault(uid, []).append(row)
        return out

    def _step(self, row: LedgerRow) -> Step | None:
        """What becomes of a row's object."""
        return self.ending.get((row.uid, row.generation)) or self._changing.get(row.uid)

    @cached_property
    def _changing(self) -> dict[str, Step]:
        return {step.uid: step for step in self.making.values()}

    @cached_property
    def _by_uid(self) -> dict[str, Decision]:
        return {decision.uid: decision for decision in self.decisions.values()}

    @cached_property
    def _by_id(self) -> dict[str, Step]:
        return {step.id: step for step in (*self.making.values(), *self.ending.values())}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {ident: place for place, ident in enumerate(self._by_id)}

    def _bit(self, ident: str) -> int:
        return 1 << self._places[ident]  # made anew each time: kept for all steps they would take more than the plan

    @cached_property
    def _ends(self) -> int:
        first = len(self.making)  # the endings stand behind
        return (1 << first + len(self.ending)) - (1 << first)

    def _ids(self, steps: int, known: Iterable[str]) -> Iterator[str]:
        """The ids of a set, but for those known already."""
        for ident in known if steps else ():
            steps &= ~self._bit(ident)
        while steps:
            lowest = steps & -steps
            yield self._names[lowest.bit_length() - 1]
            steps ^= lowest

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._by_id)
