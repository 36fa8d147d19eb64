"""Drift: what of it a plan reverts, takes as the new baseline, loses or rests on. Pure.

It must not judge what a difference is; ``diff`` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from provisioner.model.change import Action, Because, Change, Diff, Drift, Edit, Fate, Reason
from provisioner.model.ledger import LedgerRow
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed
from provisioner.model.snapshot import ObjectKey
from provisioner.model.value import Map, Path, path_text
from provisioner.planner import diff as differ
from provisioner.planner.decision import Decision
from provisioner.planner.scope import named
from provisioner.planner.situation import Situation
from provisioner.planner.unseen import seen
from provisioner.planner.whose import foreign, others, unmarked


def accepted(situation: Situation, decisions: Mapping[str, Decision]) -> tuple[dict[str, Decision], tuple[str, ...]]:
    """The decisions that become others where drift is to be accepted, and what there is to say about it. What the blueprint
    sets is put back all the same."""
    out: dict[str, Decision] = {}
    notes: list[str] = []
    entries = _entries(situation) if situation.accept else {}
    for address, decision in decisions.items():
        if not _asked(situation, address):
            continue
        found = _found(situation, decision.row, entries) if decision.row and decision.have else Diff()
        if decision.action is Action.CREATE and decision.row:
            notes.append(
                f"{address} is gone, which is no baseline: take its entry out of the blueprint to have it forgotten"
            )
        elif found and decision.action is Action.REPLACE:
            notes.append(f"{address} is replaced, so its drift goes with it and is not accepted")
        elif found and decision.action is Action.MOVE:
            notes.append(f"{address}: this plan changes only what is recorded; accept its drift in the next one")
        back = [path_text(edit.path) for edit in found.edits if decision.diff.touches(edit.path)]
        if back and decision.action is Action.UPDATE:
            verb = "is" if len(back) == 1 else "are"
            notes.append(
                f"{address}: {', '.join(back)} {verb} set by the blueprint, so what was found there is not accepted; to keep it,"
                " write it into the blueprint"
            )
        if found and decision.action is Action.NOOP:
            if doubt := _doubt(situation, decision):
                notes.append(f"{address}: its drift is not accepted: {doubt.message}")
                continue
            words = f"what was found of {', '.join(path_text(edit.path) for edit in found.edits)} is accepted"
            because = (Because(Reason.REQUESTED, words, source=decision.want.source),)
            out[address] = replace(decision, action=Action.REBASE, diff=found, because=because)
    return out, tuple(notes)


def _doubt(situation: Situation, decision: Decision) -> Problem | None:
    """What speaks against taking an object as it is for ours."""
    if decision.row is None or decision.have is None:
        return None
    return unmarked(decision.kind, decision.row, decision.have, situation.lineage, decision.want.source)


def drifts(situation: Situation, changes: Sequence[Change], read: Mapping[str, Sequence[Path]]) -> tuple[Drift, ...]:
    """All drift, with what becomes of it. read: the attributes, by address, that steps and outputs rest on."""
    by_key = {(change.uid, change.generation): change for change in changes}
    by_uid = {change.uid: change for change in changes}
    out = []
    entries = _entries(situation)
    for row in situation.rows:
        key = ObjectKey(row.place.name, row.type, row.identity or "")
        have = situation.snapshot.found.get(key)
        another = have is not None and not others(situation.held, row) and _another(situation, row, have)
        gone = another or (have is None and key in situation.snapshot.absent)
        found = Diff() if another else _found(situation, row, entries)
        if not gone and not found:
            continue
        change = by_key.get((row.uid, row.generation)) or by_uid.get(row.uid)
        fate = _gone(change) if gone else _fate(situation, change, found, read)
        back = tuple(edit.path for edit in _back(change, found)) if fate is Fate.PARTLY else ()
        out.append(Drift(row.address, row.type, row.place, key.identity, found, gone, fate, row.source, back, another))
    return tuple(out)


_InLists = Mapping[tuple[str, str, str], Sequence[Map]]
"""What is found of entries that stand in a list of another object, by account, type and that object."""


def _entries(situation: Situation) -> _InLists:
    """Of all stacks, since a list shows them all."""
    holders = {each.type: each.holder for kind in situation.types.values() for each in kind.entered}
    out: dict[tuple[str, str, str], list[Map]] = {}
    for row in (row for rows in situation.held.values() if holders for row in rows if row.type in holders):
        have = situation.snapshot.found.get(ObjectKey(row.place.name, row.type, row.identity or ""))
        body = have.body if have else row.baseline or row.applied
        out.setdefault((row.place.account, row.type, str(body.get(holders[row.type]))), []).append(body)
    return out


def _found(situation: Situation, row: LedgerRow, entries: _InLists) -> Diff:
    key = ObjectKey(row.place.name, row.type, row.identity or "")
    have = situation.snapshot.found.get(key)
    if have is None:
        return Diff()
    unread = [spot.path for spot in situation.snapshot.unread(key)]

    def beside(kind: str) -> Sequence[Map]:
        return entries.get((row.place.account, kind, have.identity), ())

    return seen(differ.drift(situation.types[row.type], row, have, beside), unread)


def _another(situation: Situation, row: LedgerRow, have: Observed) -> bool:
    return foreign(situation.types[row.type], row, have, situation.lineage)


def _gone(change: Change | None) -> Fate:
    if change is None:
        return Fate.LEFT
    return Fate.REVERTED if change.action is Action.CREATE else Fate.LOST


def _fate(situation: Situation, change: Change | None, found: Diff, read: Mapping[str, Sequence[Path]]) -> Fate:
    if change is None:
        return Fate.LEFT
    if change.action in (Action.DELETE, Action.FORGET):
        return Fate.LOST
    back = _back(change, found)
    if len(back) == len(found.edits):
        return Fate.REVERTED
    if change.action is Action.REPLACE:
        return Fate.LOST
    if _asked(situation, change.address) and change.action is not Action.MOVE:
        return Fate.ACCEPTED
    if back:
        return Fate.PARTLY
    return Fate.READ if found.touches(*(path for path in read.get(change.address, ()) if path)) else Fate.LEFT


def _back(change: Change | None, found: Diff) -> list[Edit]:
    """What of the drift a change puts back."""
    planned = change.diff if change and change.action in (Action.UPDATE, Action.REPLACE) else Diff()
    return [edit for edit in found.edits if planned.touches(edit.path)]


def _asked(situation: Situation, address: str) -> bool:
    return any(named(glob, (address,)) for glob in situation.accept)
