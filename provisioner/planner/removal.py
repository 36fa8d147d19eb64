"""What goes: objects whose entry has left the blueprint, deleted or only forgotten, each with its reason. Pure.

It must not order anything; ``steps`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from provisioner.model.change import Action, Because, Change, Reason
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Verb
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.snapshot import ObjectKey
from provisioner.planner.situation import Situation
from provisioner.planner.steps import Removal
from provisioner.planner.undo import undo_of
from provisioner.planner.whose import foreign, named, others, unmarked


def removals_of(
    situation: Situation, leaving: Sequence[LedgerRow], wants: Mapping[str, Resource], reason: Reason = Reason.REMOVED
) -> tuple[list[Removal], list[Problem]]:
    """How each of these rows goes, and what forbids it."""
    removals, problems = [], []
    going = {row.uid: row for row in leaving}
    for row in leaving:
        key = ObjectKey(row.place.name, row.type, row.identity or "")
        have = situation.snapshot.found.get(key)
        kind = situation.types[row.type]
        why = ""
        if have is not None and foreign(kind, row, have, situation.lineage):
            why = f"{row.identity} is another object by now, so it is only forgotten"
        if keeper := _keeper(situation, row, going):
            why = f"{keeper} owns {row.identity} as well, so it is only forgotten here"
        retain = row.on_remove == "retain" and reason is not Reason.DESTROY and row.address not in wants
        leave = have is None or retain or bool(why)
        verb = Verb.FORGET if leave else Verb.DELETE
        if row.protect and row.role is Role.CURRENT and verb is Verb.DELETE:
            hint = "set `protect: false` on the entry and apply, then plan again"
            problems.append(Problem(f"{row.address} is protected and would be deleted", row.source, row.address, hint))
        doubt = None if have is None or leave else unmarked(kind, row, have, situation.lineage, row.source)
        problems += [doubt] if doubt else []
        removals.append(Removal(row, have, verb, why))
    return removals, problems


def removal_change(situation: Situation, removal: Removal, reason: Reason = Reason.REMOVED) -> Change:
    """The change of one that goes."""
    row = removal.row
    action = Action.DELETE if removal.verb is Verb.DELETE else Action.FORGET
    if removal.have is None:
        because = Because(Reason.MISSING, f"{row.identity} no longer exists; it was deleted outside orch")
    elif row.role is Role.SUPERSEDED:
        because = Because(reason, "left over from a replacement that was not finished")
    elif removal.why:
        because = Because(reason, removal.why)
    elif reason is Reason.DESTROY:
        because = Because(reason, "the stack is destroyed")
    else:
        because = _left(situation.wants, row, reason)
    retained = removal.verb is Verb.FORGET and removal.have is not None
    undo = undo_of(action, situation.types[row.type], retain=retained)
    return Change(
        row.address, row.type, row.place, action, row.uid, row.generation, (because,), undo=undo, have=removal.have,
        source=row.source, retain=retained,
    )  # fmt: skip


def _left(wants: Iterable[Resource], row: LedgerRow, reason: Reason) -> Because:
    was = f" (it was at {row.source})" if row.source else ""
    now = next((want for want in wants if want.address == row.address), None)
    left = f"its entry has left the blueprint{was}"
    if now:
        left = f"its entry is of another {'type' if now.type != row.type else 'place'} now"
    return Because(reason, left, source=now.source if now else row.source)


def _keeper(situation: Situation, row: LedgerRow, going: Mapping[str, LedgerRow]) -> str:
    """Who else owns the object of a row and keeps it, in words. Of several rows that go together one takes it along:
    the one whose mark it carries."""
    twins = others(situation.held, row)
    staying = next((twin for twin in twins if twin.uid not in going), None)
    if staying or not twins:
        return named(staying, (row.stack, row.environment)) if staying else ""
    have = situation.snapshot.found.get(ObjectKey(row.place.name, row.type, row.identity or ""))
    marked = have.owner.uid if have and have.owner else ""
    last = min((row, *twins), key=lambda each: (each.uid != marked, each.uid))
    return "" if last.uid == row.uid else last.address
