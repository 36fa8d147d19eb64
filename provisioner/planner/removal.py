"""What goes: objects whose entry has left the blueprint, or all of a stack; deleted or only forgotten, each with its reason.
Pure.

It must not order anything; ``steps`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from provisioner.model.change import Action, Because, Change, Reason, Undo, UndoLabel
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Verb
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.snapshot import ObjectKey
from provisioner.model.value import EMPTY
from provisioner.planner.decision import Decision
from provisioner.planner.inline import listed
from provisioner.planner.situation import Situation
from provisioner.planner.steps import Removal
from provisioner.planner.undo import undo_of
from provisioner.planner.whose import elsewhere, foreign, named, others, unmarked


def removals_of(
    situation: Situation,
    leaving: Sequence[LedgerRow],
    wants: Mapping[str, Resource],
    decisions: Mapping[str, Decision],
    reason: Reason = Reason.REMOVED,
) -> tuple[list[Removal], list[Problem]]:
    """How each of these rows goes, and what forbids it."""
    removals, problems = [], []
    going = {row.uid: row for row in leaving}
    staying = _staying(situation, leaving, wants)
    for row in leaving:
        key = ObjectKey(row.place.name, row.type, row.identity or "")
        have = situation.snapshot.found.get(key)
        kind = situation.types[row.type]
        why = ""
        if have is not None and foreign(kind, row, have, situation.lineage):
            why = f"{row.identity} is another object by now, so it is only forgotten"
        if keeper := _keeper(situation, row, going):
            why = f"{keeper} owns {row.identity} as well, so it is only forgotten here"
        if not why and (holder := listed(decisions, row)):
            why = f"{holder} lists it now, so it is only forgotten here"
        retained = not why and (row.uid, row.generation) in staying
        needed = staying[row.uid, row.generation] if retained else ""
        why = f"{needed}: it is retained as well, and is ours no longer" if needed else why
        leave = have is None or retained or bool(why)
        verb = Verb.FORGET if leave else Verb.DELETE
        if row.protect and row.role is Role.CURRENT and (verb is Verb.DELETE or (needed and have)):
            entry = "on the entry" if row.address in wants or reason is Reason.DESTROY else "in its entry, put back"
            hint = f"set `protect: false` {entry}, and apply; then plan again"
            lot = f"ours no longer: {needed}" if needed else "deleted"
            message = f"{row.address} is protected and would be {lot}"
            problems.append(Problem(message, row.source, row.address, hint))
        doubt = None if have is None or leave else unmarked(kind, row, have, situation.lineage, row.source)
        problems += [doubt] if doubt else []
        removals.append(Removal(row, have, verb, why, retained))
    return removals, problems


def removal_change(situation: Situation, removal: Removal, reason: Reason = Reason.REMOVED) -> Change:
    """The change of one that goes."""
    row = removal.row
    action = Action.DELETE if removal.verb is Verb.DELETE else Action.FORGET
    if removal.have is None:
        because = Because(Reason.MISSING, f"{row.identity} no longer exists; it was deleted outside orch")
    elif removal.why:
        because = Because(reason, removal.why)
    else:
        because = _left(situation.wants, row, reason)
        if removal.retained:
            words = f"{because.message}; it is retained, as its entry asked, and is ours no longer"
            because = replace(because, message=words)
    retained = removal.verb is Verb.FORGET and removal.have is not None
    before = removal.have.body if removal.have else EMPTY
    undo = undo_of(action, situation.types[row.type], retain=retained, have=before)
    if action is Action.DELETE and row.role is Role.SUPERSEDED:
        undo = Undo(UndoLabel.IMPOSSIBLE, "another object stands in its stead, which this plan has not made")
    return Change(
        row.address, row.type, row.place, action, row.uid, row.generation, (because,), undo=undo, have=removal.have,
        source=row.source, retain=retained,
    )  # fmt: skip


def retained_on(removals: Iterable[Removal], decisions: Iterable[Decision]) -> Iterator[Problem]:
    """What would be replaced under an object that is retained."""
    replaced = {decision.uid: decision for decision in decisions if decision.action is Action.REPLACE}
    for row in (removal.row for removal in removals if removal.retained):
        for decision in (replaced[uid] for uid in row.depends_on if uid in replaced):
            address = decision.want.address
            message = f"{address} would be replaced, and {row.address}, which is to be retained, needs it"
            hint = (
                f"leave {address} as it is; or give {row.address} its entry again with `on_remove: delete`, and apply"
            )
            yield Problem(message, decision.want.source, address, hint)


def _staying(
    situation: Situation, leaving: Sequence[LedgerRow], wants: Mapping[str, Resource]
) -> dict[tuple[str, int], str]:
    """Of what goes that which asks to be retained (an empty text), and with why what such an object could not stand without."""
    by_uid: dict[str, list[LedgerRow]] = {}
    for row in leaving:
        by_uid.setdefault(row.uid, []).append(row)
    ask = [row for row in leaving if row.on_remove == "retain" and row.address not in wants and _stands(situation, row)]
    out = dict.fromkeys(((row.uid, row.generation) for row in ask), "")
    queue = [(row, row.address) for row in ask]
    while queue:
        other, first = queue.pop(0)
        for row in (row for uid in other.depends_on for row in by_uid.get(uid, ())):
            if (row.uid, row.generation) not in out:
                out[row.uid, row.generation] = f"{first}, which is retained, needs it"
                queue.append((row, first))
    return out


def _stands(situation: Situation, row: LedgerRow) -> bool:
    """Whether the object of a row is there, and still the one that the row is about."""
    have = situation.snapshot.found.get(ObjectKey(row.place.name, row.type, row.identity or ""))
    return have is not None and not foreign(situation.types[row.type], row, have, situation.lineage)


def _left(wants: Iterable[Resource], row: LedgerRow, reason: Reason) -> Because:
    if row.role is Role.SUPERSEDED:
        return Because(reason, "left over from a replacement that was not finished")
    if reason is Reason.DESTROY:
        return Because(reason, "the stack is destroyed")
    was = f" (it was at {row.source})" if row.source else ""
    now = next((want for want in wants if want.address == row.address), None)
    left = f"its entry has left the blueprint{was}"
    if now and now.type == row.type and not elsewhere(row, now):
        left = "its entry has another object"
    elif now:
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
