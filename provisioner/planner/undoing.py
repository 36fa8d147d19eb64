"""What an undo is made from, and what the values of before are once objects have been made again. Pure.

It must not decide what is undone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Plan, Step, Verb
from provisioner.model.resource import Observed
from provisioner.model.resource_type import ResourceType
from provisioner.model.secret import secret_paths, secrets
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import (
    ABSENT,
    EMPTY,
    Map,
    Path,
    Reference,
    Secret,
    Value,
    Written,
    get,
    is_known,
    put,
    references,
    substitute,
)
from provisioner.planner import losing
from provisioner.planner.graph import reached
from provisioner.planner.outputs import differing
from provisioner.planner.whose import Held

Rows: TypeAlias = Mapping[tuple[str, int], LedgerRow]
"""Ledger rows by uid and generation."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the journal says of one step: whether a call was sent, whether it succeeded, what stood there before; stranger: what
    was found under its name and may be ours or not, in words."""

    touched: bool
    done: bool
    have: Observed | None
    stranger: str = ""


@dataclass(frozen=True, slots=True)
class Undoing:
    """What a compensation is made from. past: by step id · rows: the ledger now · snapshot: the touched objects now ·
    outputs, outputs_written: those on record now · started: when that run began · lost: secrets of objects before the run that
    cannot be had any more · held: the rows of every object, other stacks' too."""

    run: str
    plan: Plan
    past: Mapping[str, Past]
    rows: Rows
    types: Mapping[str, ResourceType]
    snapshot: Snapshot
    serial: int
    created: str
    outputs: Map = EMPTY
    outputs_written: Written = ()
    started: str = ""
    lost: frozenset[Secret] = frozenset()
    held: Held = field(default_factory=dict)

    def lost_in(self, value: Value) -> Secret | None:
        """A secret in a value that cannot be had any more."""
        return next((secret for _, secret in secrets(value) if secret in self.lost), None)


def standing(rows: Rows, uid: str, generation: int) -> LedgerRow | None:
    """The row of an object, or of the one that was made in its stead when a later run was undone."""
    later = [row for row in rows.values() if row.uid == uid and row.generation > generation]
    return rows.get((uid, generation)) or max(later, key=lambda row: row.generation, default=None)


def gone(undoing: Undoing, step: Step, past: Past) -> bool:
    """Whether a delete has had its effect, whatever was answered."""
    have = past.have or step.have
    key = ObjectKey(have.place.name, have.type, have.identity) if have else None
    return past.done or (past.touched and key in undoing.snapshot.absent)


def made_again(undoing: Undoing) -> frozenset[str]:
    """The addresses of what the run has deleted and a rollback that did not get to its end has made again."""
    out = set()
    for row in (step.row for step in undoing.plan.steps if step.verb is Verb.DELETE and step.row):
        later = standing(undoing.rows, row.uid, row.generation)
        if later and later.generation > row.generation and later.run != undoing.run:
            out.add(row.address)
    return frozenset(out)


def unmade(undoing: Undoing) -> dict[str, str]:
    """The objects that the run has deleted and that are not made again, by address, with the reason: a secret that is lost,
    without which they cannot be or another stands in their stead, or that they stand on such an object; though not where another
    stands in the stead of that and none in their own: then they are made again on that one."""
    if not undoing.lost:
        return {}
    rows = {step.address: step.row for step in _deleted(undoing) if step.row}
    replaced = {step.address for step in undoing.plan.steps if step.verb is Verb.CREATE}
    out = {
        address: lost(secret)
        for address, row in rows.items()
        if (secret := undoing.lost_in(row.applied))
        and (address in replaced or losing.without(undoing.types[row.type], row.applied, undoing.lost) is None)
    }
    more = dict(out)
    while more:
        bare = {address for address in more if not in_its_stead(undoing, rows[address])}
        standing_on = {
            address: _first_read(row, more if in_its_stead(undoing, row) else bare)
            for address, row in rows.items()
            if address not in out
        }
        more = {address: f"it stands on {other}" for address, other in standing_on.items() if other}
        out |= more
    return out


def in_its_stead(undoing: Undoing, row: LedgerRow) -> LedgerRow | None:
    """The object that stands for an entry whose former one was deleted."""
    later = standing(undoing.rows, row.uid, row.generation)
    return later if later and later.generation > row.generation else None


def _deleted(undoing: Undoing) -> list[Step]:
    """The steps by which the run has deleted something."""
    deletes = (step for step in undoing.plan.steps if step.verb is Verb.DELETE)
    return [step for step in deletes if (past := undoing.past.get(step.id)) and gone(undoing, step, past)]


def lost(secret: Secret) -> str:
    """The words for a secret that cannot be had any more."""
    return f"{secret} cannot be had as it was"


def why_kept(undoing: Undoing, row: LedgerRow, path: Path, was: Value) -> str:
    """Why a former value is not put back: its secret is lost, or it names an object that is."""
    if secret := undoing.lost_in(was):
        return lost(secret)
    written = [value for at, value in row.written if at[: len(path)] == path or path[: len(at)] == at]
    read = {reference.address for value in written for _, reference in references(value)}
    gone_for_good = sorted(read & unmade(undoing).keys())
    return f"{gone_for_good[0]} cannot be made again" if gone_for_good else ""


def without_lost(undoing: Undoing, body: Value, row: LedgerRow) -> Value:
    """A body without what is lost beside the edits; the cloud may take the object only as a whole."""
    for path in secret_paths(body):
        if undoing.lost_in(get(body, path)):
            body = put(body, path, get(row.applied, path))
    return losing.unsaid(body, undoing.lost)


def needs(undoing: Undoing, row: LedgerRow, path: Path) -> dict[str, str]:
    """The uids of what a value that stays as the run has left it refers to."""
    uids = {other.address: other.uid for other in undoing.rows.values()}
    written = [value for at, value in row.written if at[: len(path)] == path or path[: len(at)] == at]
    read = {reference.address for value in written for _, reference in references(value)}
    return {uids[address]: row.address for address in read if address in uids}


def _first_read(row: LedgerRow, addresses: Collection[str]) -> str | None:
    read = (reference.address for _, written in row.written for _, reference in references(written))
    return next((address for address in read if address in addresses), None)


def formers_of(undoing: Undoing) -> dict[str, Observed]:
    """The objects that the run has deleted, as they were, by address: the undo makes them again, under new ids maybe."""
    out: dict[str, Observed] = {}
    barred = unmade(undoing)
    for step in _deleted(undoing):
        have = undoing.past[step.id].have or step.have
        if step.address not in barred and have is not None:
            out[step.address] = have
    return out


def substitutes(undoing: Undoing) -> dict[str, Observed]:
    """The objects that the run has deleted and that others stand for, since they are not made again, as they were, by address."""
    barred = unmade(undoing)
    lasting = [s for s in _deleted(undoing) if s.address in barred and s.row and in_its_stead(undoing, s.row)]
    former = {step.address: undoing.past[step.id].have or step.have for step in lasting}
    return {address: have for address, have in former.items() if have}


def made_after(undoing: Undoing, step: Step, kind: str, formers: Mapping[str, Observed]) -> dict[str, str]:
    """The objects of a type that are still to be made again and need not come before the undo of a step, which they would
    where the run deleted them after it: addresses by identity, in small letters."""
    waits = {other.id: other.after for other in undoing.plan.steps}
    deletes = {other.address: other for other in undoing.plan.steps if other.verb is Verb.DELETE}
    missing = formers.keys() - made_again(undoing)
    return {
        formers[address].identity.casefold(): address
        for address in sorted(missing)
        if formers[address].type == kind and step.id not in reached(deletes[address].after, waits)
    }


def repointed(
    undoing: Undoing, row: LedgerRow, formers: Mapping[str, Observed], others: Mapping[str, Observed] = EMPTY
) -> Map:
    """A row's body with references wherever it holds a value of an object that will be made again; others: of those that are not,
    it gets the values of what stands for them."""
    now, moved = _standing(undoing, formers), {**formers, **others}

    def before(reference: Reference) -> Value:
        former = moved.get(reference.address)
        return former.attribute(reference.path) if former else now(reference)

    body = row.applied
    for path, value in row.written:
        if _reads(value, moved) and substitute(value, before) == get(body, path):  # else the two have parted since
            body = put(body, path, substitute(value, now))
    return body


def outputs_of(undoing: Undoing, formers: Mapping[str, Observed]) -> tuple[Map, Written]:
    """The outputs once the run is undone, and how they are written: those before it, but of the objects that stand then, and
    what another run has written as it is. What reads an object that cannot be made again is left out."""
    plan = undoing.plan
    before, ours = plan.outputs_before, differing(plan.outputs, plan.outputs_before)
    since = {
        name for name in ours if is_known(plan.outputs.get(name)) and name in differing(plan.outputs, undoing.outputs)
    }
    back = ours - since
    base = {name: value for name, value in undoing.outputs.items() if name not in back}
    base |= {name: value for name, value in before.items() if name in back}
    written = (
        *((path, value) for path, value in undoing.outputs_written if path[0] not in back),
        *((path, value) for path, value in plan.outputs_written_before if path[0] in back),
    )
    now = _standing(undoing, formers)
    deleted = {step.address for step in _deleted(undoing)}
    outputs = Map(base)
    for path, value in written:
        if _reads(value, formers):
            outputs = put(outputs, path, substitute(value, now))
    lost = {path[0] for path, value in written if _reads(value, deleted - formers.keys())}
    return Map({name: value for name, value in outputs.items() if name not in lost}), written


def _standing(undoing: Undoing, formers: Mapping[str, Observed]) -> Callable[[Reference], Value]:
    """What references read while the undo is planned; ABSENT for an object that it will make."""
    rows = {row.address: row for row in undoing.rows.values() if row.role is Role.CURRENT}
    missing = formers.keys() - made_again(undoing)

    def value(reference: Reference) -> Value:
        row = rows.get(reference.address)
        if reference.address in missing or row is None:
            return ABSENT
        if not reference.path:
            return row.identity
        found = undoing.snapshot.found.get(ObjectKey(row.place.name, row.type, row.identity or ""))
        known = get(row.baseline, reference.path)  # which a run that did not come to its end has not taken
        return found.attribute(reference.path) if known is ABSENT and found else known

    return value


def _reads(value: Value, addresses: Collection[str]) -> bool:
    return any(reference.address in addresses for _, reference in references(value))
