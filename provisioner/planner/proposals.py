"""What the blueprint might better say: strays to adopt, entries that seem only renamed. Pure; nothing of it is done unasked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from provisioner.model.change import Action, Change
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Proposal, Verb
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, Reference, Value, substitute
from provisioner.planner.decision import Decision
from provisioner.planner.diff import diff
from provisioner.planner.situation import Situation
from provisioner.planner.steps import Removal
from provisioner.planner.strays import Stray, rebuilding
from provisioner.planner.whose import key_of, named

_COMPARED = 100  # new entries that a stray is compared with, at most


def strays(situation: Situation, found: Sequence[Stray], changes: Sequence[Change]) -> Iterator[Proposal]:
    """Objects that carry our mark but stand in no ledger: what brings the ledger up to them, or the new entry that each could
    be."""
    here = (situation.stack.name, situation.stack.environment)
    new: dict[tuple[str, str], list[Change]] = {}
    by_uid = {change.uid: change for change in changes}
    taken = {
        key_of(change.place.account, change.type, change.have.identity)
        for change in changes
        if change.action is Action.ADOPT and change.have
    }
    for change in changes:
        if change.action is Action.CREATE:
            new.setdefault((change.place.name, change.type), []).append(change)
    for stray in found:
        item, row = stray.item, stray.row
        if key_of(item.place.account, item.type, item.identity) in taken:
            continue
        if row and stray.behind:
            entry = by_uid.get(row.uid)
            address, source = (entry.address, entry.source) if entry else (named(row, here), row.source)
            way = rebuilding(situation, row)
            yield Proposal("rebuild", stray.told(here), way, item.type, item.identity, address, source)
            continue
        entries = new.get((item.place.name, item.type), [])
        kind = situation.types[item.type]
        fitting = next((change for change in entries[:_COMPARED] if is_wanted(kind, change, item)), None)
        if fitting:
            entries.remove(fitting)
        address, source = (fitting.address, fitting.source) if fitting else ("", None)
        adopt = f"adopt: {item.identity}"
        yield Proposal("adopt", stray.told(here), adopt, item.type, item.identity, address, source)


def moved(
    decisions: Iterable[Decision], removals: Iterable[Removal], types: Mapping[str, ResourceType]
) -> Iterator[Proposal]:
    """What ``moved_from`` might say, or say otherwise. decisions: in dependency order."""
    decisions, removals = tuple(decisions), tuple(removals)
    wrong = tuple(mistaken(decisions, removals))
    told = {proposal.address for proposal in wrong}
    yield from wrong
    yield from (proposal for proposal in renamed(decisions, removals, types) if proposal.address not in told)


def renamed(
    decisions: Iterable[Decision], removals: Iterable[Removal], types: Mapping[str, ResourceType]
) -> Iterator[Proposal]:
    """Pairs of an object that would be deleted and one that would be created just like it, where the cloud gives the name.
    References count as the same where what they mean seems only renamed too. decisions: in dependency order."""
    going: dict[tuple[object, ...], list[Removal]] = {}
    for removal in removals:
        row = removal.row
        if removal.verb is Verb.DELETE and row.role is Role.CURRENT and not types[row.type].natural_key:
            going.setdefault(_likeness(row), []).append(removal)
    former: dict[str, Observed] = {}

    def was(reference: Reference) -> Value:
        return former[reference.address].attribute(reference.path) if reference.address in former else ABSENT

    for decision in decisions if going else ():
        want = decision.want
        if decision.action is not Action.CREATE or decision.row:
            continue
        like = (want.place.name, want.type, substitute(want.within, was), substitute(want.body, was))
        if like not in going or not going[like]:
            continue
        removal = going[like].pop(0)
        row, have = removal.row, removal.have
        if have is not None:
            former[want.address] = have
        message = f"{row.address} would be deleted, and {want.address} created just like it"
        if where := _entry_of(want, row):
            address, source, called = where
            yield Proposal("move", message, f"moved_from: {called}", want.type, row.identity or "", address, source)


def mistaken(decisions: Iterable[Decision], removals: Iterable[Removal]) -> Iterator[Proposal]:
    """New entries that say what they were, where the ledger has no such thing and something of their type is about to be
    deleted: likely the very object that they were to keep."""
    going = [r.row for r in removals if r.verb is Verb.DELETE and r.row.role is Role.CURRENT]
    for decision in decisions if going else ():
        want = decision.want
        if decision.action is not Action.CREATE or decision.row or not want.options.moved_from:
            continue
        former = want.options.moved_from[0]
        alike = [row for row in going if row.type == want.type and row.place.account == want.place.account]
        row = max(alike, key=lambda each: SequenceMatcher(None, former, each.address).ratio(), default=None)
        if row and (where := _entry_of(want, row)):
            address, source, called = where
            message = f"{want.address} says it was {former}, which this stack does not have, and {row.address} is about"
            message += " to be deleted"
            yield Proposal("move", message, f"moved_from: {called}", want.type, row.identity or "", address, source)


def kept_back(wants: Iterable[Resource], removals: Iterable[Removal]) -> Iterator[str]:
    """What is deleted though an entry says that it was that, because it is or keeps another object."""
    going = {r.row.address for r in removals if r.verb is Verb.DELETE and r.row.role is Role.CURRENT}
    for want in wants if going else ():
        for former in going.intersection(want.options.moved_from):
            yield f"{former} is deleted although moved_from of {want.address} names it: that has another object already"


def _entry_of(want: Resource, row: LedgerRow) -> tuple[str, Source | None, str] | None:
    """The entry that can say it, its line, and the former address as one writes it there; None where none can: what a module's
    template names lies in the module, and its entry renames it as a whole."""
    address, source, was = want.address, want.source, row.address
    while source and source.module:
        scope = source.module
        if was.startswith(f"{scope}/"):
            return address, source, was.removeprefix(f"{scope}/")
        if address == want.address and not was.endswith(want.address.removeprefix(scope)):
            return None
        was = was.removesuffix(address.removeprefix(scope))
        via = source.via
        while via and not via.module:
            via = via.source.via
        address, source = scope, via.source if via else None
    return address, source, was


def _likeness(row: LedgerRow) -> tuple[object, ...]:
    """All that has to be equal, as it was applied."""
    return row.place.name, row.type, row.within, row.applied


def is_wanted(kind: ResourceType, change: Change, item: Observed) -> bool:
    """Whether an object is just what a change would create."""
    return change.want is not None and not diff(kind, change.want, None, item)
