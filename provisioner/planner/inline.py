"""Lists that are made true by deleting (a network's subnets): what a change of such a list, or of what holds it, takes with it.
Pure.

It must not let a list delete what an entry owns: that is a problem. What nobody here owns is told as the deletion that it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from provisioner.model.change import Action, Because, Change, Reason, Undo, UndoLabel
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Verb
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed, Owner
from provisioner.model.resource_type import Child, ResourceType
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, EMPTY, Map, Value, get, path_text
from provisioner.planner.decision import Decision
from provisioner.planner.situation import Situation
from provisioner.planner.steps import Removal
from provisioner.planner.whose import key_of, named

_LABEL = Undo(UndoLabel.LOSSY, "made again as it stood in the list, with a new id and nothing that was in it")


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
            problems.append(_forbidden(item, named(row, here) if row else want.address if want else ""))
        elif not item.own:
            changes.append(_deletion(item, situation.lineage))
    return changes, problems


def listed(decisions: Mapping[str, Decision], row: LedgerRow) -> str:
    """The address of what has the object of a row in a list that stays or is wanted, so that deleting it is no way to let go
    of it; empty where nothing has."""
    identity = (row.identity or "").casefold()
    for decision in decisions.values() if identity else ():
        have = decision.have if decision.action is not Action.REPLACE else None
        for child in decision.kind.children if have else ():
            kept = _names(child, get(decision.want.body, child.path))
            items = _items(get(have.body, child.path)) if have and kept and child.type == row.type else ()
            if any(str(item.get(child.id, "")).casefold() == identity and _name(child, item) in kept for item in items):
                return decision.want.address
    return ""


def put_back(
    child: Child, was: Value, current: Value, brought: Value, apart: Collection[str]
) -> tuple[Value, frozenset[str]]:
    """What an undo makes of a list that was nobody's before the run: what stood there, but not what is made again as an entry
    (``apart``: ids, in small letters), and what others have put there since; and the ids that it leaves out, which have to
    come after it. brought: the list as the run has applied it."""
    former = {str(item.get(child.id, "")).casefold(): item for item in _items(was)}
    known = _names(child, was) | _names(child, brought)
    since = [item for item in _items(current) if _name(child, item) not in known]
    stays = [item for ident, item in former.items() if ident not in apart]
    return (*stays, *since) or (was if was in (ABSENT, None) else ()), frozenset(former) & frozenset(apart)


def _of(decision: Decision) -> Iterator[Lost]:
    """What an update or a replacement of one object takes."""
    have, want, kind = decision.have, decision.want, decision.kind
    if have is None or decision.action not in (Action.UPDATE, Action.REPLACE):
        return
    whole = decision.action is Action.REPLACE
    own = decision.row.applied if decision.row else EMPTY
    for child in filter(_told, kind.children):
        if kind.is_read_only(child.path) or not (whole or decision.diff.touches(child.path)):
            continue
        stays, brought = (_names(child, get(body, child.path)) for body in (EMPTY if whole else want.body, own))
        for item in _items(get(have.body, child.path)):
            if (name := _name(child, item)) not in stays:
                yield Lost(child, want.address, have, item, want.line_of(child.path), whole, name in brought)


def _with(kind: ResourceType, removal: Removal) -> Iterator[Lost]:
    """What goes with an object that is deleted."""
    if removal.have is None or removal.verb is not Verb.DELETE:
        return
    row = removal.row
    for child in filter(_told, kind.children):
        own = _names(child, get(row.applied, child.path))
        for item in _items(get(removal.have.body, child.path)) if not kind.is_read_only(child.path) else ():
            yield Lost(child, row.address, removal.have, item, row.source, True, _name(child, item) in own)


def _forbidden(lost: Lost, owner: str) -> Problem:
    at = path_text(lost.child.path)
    message = f"{at} of {lost.holder} leaves out {lost.name}, which is {owner}: the cloud would delete it"
    hint = f"write it in one place: all of them in {at}, or an entry for each and no {at}"
    hint += f" (to only let go of the list: ignore_changes: [{at}] in {lost.holder})"
    return Problem(message, lost.source, lost.holder, hint)


def _deletion(lost: Lost, lineage: str) -> Change:
    at = path_text(lost.child.path)
    why = (
        f"it goes with {lost.holder}" if lost.whole else f"{at} of {lost.holder} leaves it out, so the cloud deletes it"
    )
    because = Because(Reason.WANTED, f"{why}; {_whose(lost.item, lineage)}", source=lost.source)
    identity = str(lost.item.get(lost.child.id, "")) or f"{lost.have.identity}/{lost.child.path[-1]}/{lost.name}"
    have = Observed(lost.child.type, lost.have.place, identity, lost.item, parent=lost.have.identity)
    address = f"{lost.holder}/{lost.child.path[-1]}/{lost.name}"
    return Change(
        address, lost.child.type, have.place, Action.DELETE, "", 0, (because,), undo=_LABEL, have=have, source=lost.source
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


def _told(child: Child) -> bool:
    """Whether a list shows which objects its items are. One that does not is an edit of its own property like any other."""
    return bool(child.id)


def _items(value: Value) -> tuple[Map, ...]:
    return tuple(item for item in value if isinstance(item, Map)) if isinstance(value, tuple) else ()


def _name(child: Child, item: Map) -> str:
    return str(item.get(child.name) or item.get(child.id) or "").casefold()


def _names(child: Child, value: Value) -> set[str]:
    """The names that a list has, as far as they are known."""
    return {_name(child, item) for item in _items(value) if isinstance(item.get(child.name, ABSENT), str)}
