"""What could not be read, and what that forbids: nothing is deleted under it, replaced under it, or changed from it. Pure.

It must not decide whether a plan may be made at all with blindspots; the engine asks for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from provisioner.model.change import Diff
from provisioner.model.ledger import LedgerRow
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.snapshot import Blindspot, ObjectKey, Snapshot
from provisioner.model.value import ABSENT, Path, get, path_text
from provisioner.planner.diff import same_as_applied

Key = tuple[str, int]


def key_of(row: LedgerRow) -> ObjectKey:
    """Which object of a cloud a row stands for."""
    return ObjectKey(row.place.name, row.type, row.identity or "")


def staying(leaving: Sequence[LedgerRow], blind: Iterable[LedgerRow], snapshot: Snapshot) -> dict[Key, str]:
    """Of the objects that would go those that stay, each with why: it could not be read, or something that could not be read
    may still need it. blind: rows of entries that are not planned."""
    if not snapshot.blindspots:
        return {}
    out: dict[Key, str] = {}
    queue = list(blind)
    by_uid: dict[str, list[LedgerRow]] = {}
    for row in leaving:
        by_uid.setdefault(row.uid, []).append(row)
        if spot := snapshot.blind(key_of(row)):
            out[row.uid, row.generation] = spot.reason
            queue.append(row)
    while queue:
        other = queue.pop()
        for row in (row for uid in other.depends_on for row in by_uid.get(uid, ())):
            if (row.uid, row.generation) not in out:
                out[row.uid, row.generation] = f"{other.address} may still need it, and was not planned"
                queue.append(row)
    return out


def needed(rows: Iterable[LedgerRow], not_planned: Mapping[str, str], snapshot: Snapshot) -> dict[str, str]:
    """The uids that something unread may need, with whose need it is. not_planned: by the address that rows have here."""
    if not snapshot.blindspots:
        return {}
    return {
        uid: row.address
        for row in rows
        if row.address in not_planned or snapshot.blind(key_of(row))
        for uid in row.depends_on
    }


@dataclass(frozen=True, slots=True)
class Compared:
    """A diff without what could not be compared, notes on that, and what speaks against the plan."""

    diff: Diff
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def compared(kind: ResourceType, want: Resource, row: LedgerRow, changed: Diff, spots: Sequence[Blindspot]) -> Compared:
    """The diff of an object some of whose properties could not be read: as wanted is as applied, another cannot be made."""
    notes, problems = [], []
    for spot in spots:
        value, was, name = get(want.body, spot.path), get(row.applied, spot.path), path_text(spot.path)
        if value is not was and not same_as_applied(kind, spot.path, value, was):
            message = f"{name} is to change, and could not be read: {spot.reason}"
            hint = "get the permission to read it, or add it to `ignore_changes`"
            problems.append(Problem(message, want.line_of(spot.path), want.address, hint))
        elif value is not ABSENT:
            notes.append(f"{want.address}: {name} was not compared: {spot.reason}")
    return Compared(seen(changed, [spot.path for spot in spots]), tuple(notes), tuple(problems))


def seen(diff: Diff, unread: Sequence[Path]) -> Diff:
    """A diff without the edits at, above or beneath paths that could not be read."""
    if not unread:
        return diff
    return Diff(tuple(edit for edit in diff.edits if not Diff((edit,)).touches(*unread)))
