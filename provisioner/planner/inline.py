"""Lists that are made true by deleting (a network's subnets): what a change of such a list, or of what holds it, takes with it.
Pure.

It must not let a list delete what an entry owns: that is a problem. What nobody here owns is told as the deletion that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from provisioner.model.change import Action, Because, Change, Diff, Reason, Undo, UndoLabel
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Step, Verb
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed, Owner
from provisioner.model.resource_type import Child, ResourceType
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Value, get, path_text
from provisioner.planner.decision import Decision
from provisioner.planner.situation import Situation
from provisioner.planner.steps import Removal
from provisioner.planner.whose import key_of, named

_LABEL = Undo(UndoLabel.LOSSY, "made again as it stood in the list, with a new id and nothing that was in it")
_NEVER = Undo(UndoLabel.IMPOSSIBLE, "what holds it is not made again")


@dataclass(frozen=True, slots=True)
class Lost:
    """An item that a list no longer has, or that goes with the object that holds the list."""

    child: Child
    holder: str  # the address of that object
    have: Observed  # and it, as found
    item: Map
    source: Source | None
    whole: bool  # whether it goes with its holder
    own: bool  # whether that list had brought it
    again: bool = True  # whether an undo makes it anew

    @property
    def name(self) -> str:
        """What it is called in its list."""
        return str(self.item.get(self.child.name) or self.item.get(self.child.id))


def taken(
    situation: Situation, decisions: Iterable[Decision], removals: Sequence[Removal]
) -> tuple[list[Change], list[Problem]]:
    """The deletions that no step of the plan stands for, and what forbids the plan."""
    decisions = tuple(decisions)
    lost = [item for decision in decisions for item in _of(decision)]
    lost += [item for removal in removals for item in _with(situation.types[removal.row.type], removal)]
    if not lost:
        return [], []
    wants = {key_of(d.want.place.account, d.want.type, d.want.identity): d.want for d in decisions}
    ending = {(r.row.uid, r.row.generation) for r in removals if r.verb is Verb.DELETE}
    ending |= {(d.row.uid, d.row.generation) for d in decisions if d.row and d.action is Action.REPLACE}
    changes, problems = [], []
    for item in lost:
        key = key_of(item.have.place.account, item.child.type, str(item.item.get(item.child.id, "")))
        row, want = next(iter(situation.held.get(key, ())), None), wants.get(key)
        if row and (item.whole or (row.uid, row.generation) in ending):
            continue  # it has steps of its own, or speaks up as what still needs the holder
        if row or want:
            here = (situation.stack.name, situation.stack.environment)
            problems.append(forbidden(item, named(row, here) if row else want.address if want else ""))
        elif not item.own:
            changes.append(deletion(item, situation.lineage))
    return changes, problems


def listed(decisions: Mapping[str, Decision], row: LedgerRow) -> str:
    """The address of what has the object of a row in a list that stays or is wanted, so that deleting it is no way to let go
    of it; empty where nothing has."""
    identity = (row.identity or "").casefold()
    for decision in decisions.values() if identity else ():
        have = decision.have if decision.action is not Action.REPLACE else None
        for child in decision.kind.children if have else ():
            kept = names_of(child, get(decision.want.body, child.path))
            items = items_of(get(have.body, child.path)) if have and kept and child.type == row.type else ()
            if any(
                str(item.get(child.id, "")).casefold() == identity and name_of(child, item) in kept for item in items
            ):
                return decision.want.address
    return ""


def put_back(
    child: Child, was: Value, current: Value, brought: Value, apart: Collection[str]
) -> tuple[Value, frozenset[str]]:
    """What an undo makes of a list that was nobody's before the run: what stood there, but not what is made again as an entry
    (``apart``: ids, in small letters), and what others have put there since; and the ids that it leaves out, which have to
    come after it. brought: the list as the run has applied it."""
    former = {str(item.get(child.id, "")).casefold(): item for item in items_of(was)}
    known = names_of(child, was) | names_of(child, brought)
    since = [item for item in items_of(current) if name_of(child, item) not in known]
    stays = [item for ident, item in former.items() if ident not in apart]
    return (*stays, *since) or (was if was in (ABSENT, None) else ()), frozenset(former) & frozenset(apart)


def known(steps: Iterable[Step]) -> frozenset[str]:
    """The ids, in small letters, of all objects that a plan has steps for."""
    ids = (each.identity for step in steps for each in (step.have, step.want, step.row) if each)
    return frozenset(ident.casefold() for ident in ids if ident)


def unseen(kind: ResourceType, step: Step, now: Observed, known: Collection[str]) -> str:
    """What an object that a step deletes shows now, and the plan has not seen: it would go with it, and nobody has been told;
    empty where there is nothing. known: as above."""
    seen = step.have.body if step.have else EMPTY
    for child in (child for child in kind.children if not kind.is_read_only(child.path)):
        before = names_of(child, get(seen, child.path))
        items = (i for i in items_of(get(now.body, child.path)) if str(i.get(child.id, "")).casefold() not in known)
        if more := [str(i.get(child.name) or i.get(child.id)) for i in items if name_of(child, i) not in before]:
            return f"{path_text(child.path)} has {', '.join(more)} now, which would go with it and is not in the plan"
    return ""


def leaving(
    kind: ResourceType, have: Observed, address: str, own: Map, stays: Map | None, diff: Diff,
    line: Callable[[Path], Source | None], again: bool = True,
) -> Iterator[Lost]:  # fmt: skip
    """What an object's lists lose by an update that wants them as in ``stays``, or with the object (None)."""
    for child in kind.children:
        if kind.is_read_only(child.path) or not (stays is None or diff.touches(child.path)):
            continue
        kept, brought = (names_of(child, get(body, child.path)) for body in (stays or EMPTY, own))
        for item in items_of(get(have.body, child.path)):
            if (called := name_of(child, item)) not in kept:
                yield Lost(child, address, have, item, line(child.path), stays is None, called in brought, again)


def _of(decision: Decision) -> Iterator[Lost]:
    """What an update or a replacement of one object takes."""
    have, want = decision.have, decision.want
    if have is None or decision.action not in (Action.UPDATE, Action.REPLACE):
        return iter(())
    own = decision.row.applied if decision.row else EMPTY
    stays = None if decision.action is Action.REPLACE else want.body
    return leaving(decision.kind, have, want.address, own, stays, decision.diff, want.line_of)


def _with(kind: ResourceType, removal: Removal) -> Iterator[Lost]:
    """What goes with an object that is deleted."""
    have, row = removal.have, removal.row
    if have is None or removal.verb is not Verb.DELETE:
        return iter(())
    again = row.role is not Role.SUPERSEDED
    return leaving(kind, have, row.address, row.applied, None, Diff(), lambda _path: row.source, again)


def forbidden(lost: Lost, owner: str, hint: str = "") -> Problem:
    """That a list would delete what an entry owns."""
    at = path_text(lost.child.path)
    message = f"{at} of {lost.holder} leaves out {lost.name}, which is {owner}: the cloud would delete it"
    way = f"write it in one place: all of them in {at}, or an entry for each and no {at}"
    way += f" (to only let go of the list: ignore_changes: [{at}] in {lost.holder})"
    return Problem(message, lost.source, lost.holder, hint or way)


def deletion(lost: Lost, lineage: str) -> Change:
    """The change that it is, which no step stands for."""
    at = path_text(lost.child.path)
    why = (
        f"it goes with {lost.holder}" if lost.whole else f"{at} of {lost.holder} leaves it out, so the cloud deletes it"
    )
    because = Because(Reason.WANTED, f"{why}; {_whose(lost.item, lineage)}", source=lost.source)
    identity = str(lost.item.get(lost.child.id, "")) or f"{lost.have.identity}/{lost.child.path[-1]}/{lost.name}"
    have = Observed(lost.child.type, lost.have.place, identity, lost.item, parent=lost.have.identity)
    address = f"{lost.holder}/{lost.child.path[-1]}/{lost.name}"
    return Change(
        address, lost.child.type, have.place, Action.DELETE, "", 0, (because,), undo=_LABEL if lost.again else _NEVER,
        have=have, source=lost.source,
    )  # fmt: skip


def _whose(item: Map, lineage: str) -> str:
    tags = item.get("tags")
    tags = tags if isinstance(tags, Mapping) else EMPTY
    owner = Owner.parse(str(tags.get(Owner.LINEAGE_TAG, "")), str(tags.get(Owner.OWNER_TAG, "")))
    if owner is None:
        return "no entry of this project owns it"
    if owner.lineage == lineage:
        return "it carries this project's mark but stands in no ledger of it"
    return f"it carries the mark of another project (lineage {owner.lineage})"


def items_of(value: Value) -> tuple[Map, ...]:
    """The items of a list, as far as they are told."""
    return tuple(item for item in value if isinstance(item, Map)) if isinstance(value, tuple) else ()


def name_of(child: Child, item: Map) -> str:
    """What an item is told apart by."""
    return str(item.get(child.name) or item.get(child.id) or "").casefold()


def names_of(child: Child, value: Value) -> set[str]:
    """The names that a list has, as far as they are known."""
    return {name_of(child, item) for item in items_of(value) if isinstance(item.get(child.name, ABSENT), str)}
