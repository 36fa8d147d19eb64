"""Objects that carry our mark and stand in no ledger: whose they may be, and whether they prove the ledger an older copy. Pure.

An object is known by itself, never by its mark alone: a mark can be copied, and an older state gives the same one again. Nothing
is taken over or deleted here.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from provisioner.model.change import Action, Change
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Plan, Question
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed
from provisioner.planner.decision import Decider
from provisioner.planner.situation import Situation
from provisioner.planner.whose import Key, gone, key_of, named

_SHOWN = 4
_REFUSED = (Action.CREATE, Action.REPLACE, Action.UPDATE)


@dataclass(frozen=True, slots=True)
class Stray:
    """row: the latest that has the uid of its mark · newer: than all that the ledger knows of that uid · instead: the object of
    that row is gone, so that it may be this one by now."""

    item: Observed
    generation: int
    row: LedgerRow | None = None
    newer: bool = False
    instead: bool = False

    @property
    def behind(self) -> bool:
        """Whether the ledger may have to be brought up to it."""
        return self.newer or self.instead

    @property
    def found(self) -> str:
        """How it was found, for whoever takes it over."""
        was = f" instead of {self.row.identity}" if self.row and self.row.identity != self.item.identity else ""
        return f"by its mark, as generation {self.generation} of this{was}"

    def told(self, here: tuple[str, str]) -> str:
        """What it is, in words."""
        ident, row = self.item.identity, self.row
        if row is None:
            return f"{ident} carries this project's mark, but stands in no ledger of it"
        name = named(row, here)
        if self.newer:
            known = f"the ledger has only generation {row.generation} ({row.identity})"
            return f"{ident} is generation {self.generation} of {name}, and {known}: this state is an older copy"
        if self.instead:
            return f"{ident} carries the mark of {name}, and stands in no ledger; {row.identity}, which had it, is gone"
        return f"{ident} carries the mark of {name}, which is {row.identity}: a copy, or left over from before that"


def strays(situation: Situation) -> tuple[Stray, ...]:
    """All that were found."""
    snapshot, held = situation.snapshot, situation.held
    marked = [item for item in snapshot.found.values() if item.owner and item.owner.lineage == situation.lineage]
    latest: dict[str, LedgerRow] = {}
    for each in (row for rows in held.values() for row in rows) if marked else ():
        if each.uid not in latest or each.generation > latest[each.uid].generation:
            latest[each.uid] = each
    out: dict[Key, Stray] = {}  # a cloud may name one object in two cases
    for item in marked:
        uid, generation = (item.owner.uid, item.owner.generation) if item.owner else ("", 0)
        key = key_of(item.place.account, item.type, item.identity)
        row = latest.get(uid)
        if row and (row.type, row.place.account) != (item.type, item.place.account):
            row = None
        newer = row is not None and generation > row.generation
        if key not in held or (newer and row is not None and any(each.uid == row.uid for each in held[key])):
            instead = row is not None and not newer and gone(row, snapshot)
            out.setdefault(key, Stray(item, generation, row, newer, instead))
    return tuple(out.values())


def successors(found: Iterable[Stray]) -> dict[str, Stray]:
    """By uid what the ledger has to be brought up to: of several the last."""
    out: dict[str, Stray] = {}
    for stray in found:
        if stray.row and stray.behind and (stray.row.uid not in out or _order(stray) > _order(out[stray.row.uid])):
            out[stray.row.uid] = stray
    return out


def _order(stray: Stray) -> tuple[bool, int]:
    return stray.newer, stray.generation


def rebuilding(situation: Situation, row: LedgerRow) -> str:
    """The command that brings the ledger of a row's stack up to date."""
    if (row.stack, row.environment) == (situation.stack.name, situation.stack.environment):
        return f"orch state rebuild {situation.stack.words}"
    return rebuild_of(row)


def rebuild_of(row: LedgerRow) -> str:
    """The same, as far as the ledger knows where its blueprint lies."""
    folder = (row.source.blueprint if row.source else "") or row.stack
    return f"orch state rebuild {shlex.join([folder, '-e', row.environment])}"


def outdated(situation: Situation, found: Iterable[Stray], decider: Decider) -> Iterator[Problem]:
    """The entries that an older copy of the ledger would make again, replace or change."""
    later, here = {uid: s for uid, s in successors(found).items() if s.newer}, _here(situation)
    for address, row in decider.rows.items() if later else ():
        want, decision = decider.wants.get(address), decider.decisions.get(address)
        if row.uid not in later or want is None or address in decider.blind:
            continue
        if decision is None or decision.action in _REFUSED:
            hint = f"bring it up to date: {rebuilding(situation, row)}"
            yield Problem(later[row.uid].told(here), want.source, address, hint)


def questions(situation: Situation, found: Sequence[Stray], plan: Plan) -> Iterator[Question]:
    """What a person has to say before a plan is applied beside strays: that the state may be an older copy, and that what is
    created may be there already."""
    own = {row.uid for row in situation.rows}
    for uid, stray in successors(found).items() if plan.steps else ():
        if stray.newer and stray.row and uid in own:
            way = f"{rebuilding(situation, stray.row)} brings it up to date, before anything else is done"
            yield Question(f"{stray.told(_here(situation))}; {way}")
    taken = {change.have.identity for change in plan.changes if change.action is Action.ADOPT and change.have}
    open_ = [stray for stray in found if not stray.newer and stray.item.identity not in taken]
    creating: dict[tuple[str, str], list[Change]] = {}
    for change in plan.changes if open_ else ():
        if change.action is Action.CREATE:
            creating.setdefault((change.place.name, change.type), []).append(change)
    for (place, kind), changes in creating.items():
        here = [stray for stray in open_ if (stray.item.place.name, stray.item.type) == (place, kind)]
        unknown = [stray for stray in here if stray.row is None]
        new = [c for c in changes if unknown or any(s.row and s.row.uid == c.uid for s in here)]
        uids = {change.uid for change in new}
        objects = [stray for stray in here if stray.row is None or stray.row.uid in uids]
        if new:
            yield Question(_twice(situation, new, objects))


def _twice(situation: Situation, new: Sequence[Change], objects: Sequence[Stray]) -> str:
    names, things = _some([change.address for change in new]), _some([stray.item.identity for stray in objects])
    stands = "which is this project's, stands" if len(objects) == 1 else "which are this project's, stand"
    which = "that is" if len(new) == 1 else "one of them is"
    way = f"orch state rebuild {situation.stack.words}, or `adopt` in the entry, takes it over"
    return (
        f"it creates {names} while {things} ({objects[0].item.type}), {stands} in no ledger: if {which} there already,"
        f" it is made twice ({way})"
    )


def _some(names: Collection[str]) -> str:
    listed = list(names)[:_SHOWN]
    return ", ".join(listed) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def following(found: Iterable[Stray]) -> Callable[[LedgerRow], int]:
    """The generation that comes after a row's: a later one than any stray of it has, so that no mark is given twice."""
    last: dict[str, int] = {}
    for uid, generation in ((stray.row.uid, stray.generation) for stray in found if stray.row):
        last[uid] = max(generation, last.get(uid, 0))
    return lambda row: 1 + max(row.generation, last.get(row.uid, 0))


def _here(situation: Situation) -> tuple[str, str]:
    return situation.stack.name, situation.stack.environment
