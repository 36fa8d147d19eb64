"""What every plan of a stack rests on: the part of it that is meant, accounts that are who they say, what it looks up or into.

It reads the backend and the clouds, and must not judge what it has found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from provisioner import discovery
from provisioner.discovery.inquiry import Events
from provisioner.document import did_you_mean
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Plan, Premise
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource import Resource
from provisioner.model.stack import Stack
from provisioner.model.value import Map, Written
from provisioner.planner import enclosing, secrecy
from provisioner.planner import lookups as looking
from provisioner.planner import scope as scoping
from provisioner.planner.situation import used
from provisioner.planner.whose import holders
from provisioner.registry import Registry
from provisioner.scheduler.scheduler import Scheduler


class How(TypedDict, total=False):
    """What a plan is to be. destroy: of everything the stack owns · allow_blind: of what can be seen, where something cannot ·
    targets, excludes: globs of the addresses that it is about, or not · accept_drift: globs of those whose drift is accepted ·
    only_drift: what forbids a plan does not matter, and none is made then."""

    destroy: bool
    allow_blind: bool
    targets: Sequence[str]
    excludes: Sequence[str]
    accept_drift: Sequence[str]
    only_drift: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """stack: its lookups in place · rows: its ledger, in its places as they are now · everything: the ledger of all stacks ·
    looked_up: what a plan rests on in other people's objects."""

    stack: Stack
    rows: tuple[LedgerRow, ...]
    everything: tuple[LedgerRow, ...]
    looked_up: tuple[Premise, ...]


def verify(stack: Stack, rows: tuple[LedgerRow, ...], registry: Registry, scheduler: Scheduler) -> None:
    """``OrchError`` where a place is another account than it says."""
    discovery.verify(used(stack, rows), registry, scheduler)


def lay(
    stack: Stack,
    rows: tuple[LedgerRow, ...],
    everything: tuple[LedgerRow, ...],
    registry: Registry,
    scheduler: Scheduler,
    on_event: Events,
    cover: secrecy.Cover,
    *,
    lookups: bool = True,
) -> Ground:
    """``OrchError`` where a lookup means none or several, or reads what is secret."""
    seen = discovery.find(stack.lookups, registry, scheduler, on_event) if lookups else {}
    held = holders(everything)
    found = {
        address: replace(item, body=cover(item.body, secrecy.of_held(item, held), item.identity))
        for address, item in seen.items()
    }
    stack, looked_up = looking.resolve(stack, found, held)
    return Ground(stack, rows, everything, looked_up)


def with_contents(
    plan: Plan, items: Sequence[Resource | LedgerRow], registry: Registry, scheduler: Scheduler, on_event: Events, how: How
) -> Plan:  # fmt: skip
    """The plan with what else lies in what it deletes. ``OrchError`` where that cannot be read, with the lines of ``items``."""
    asks = [] if how.get("only_drift") else discovery.inside(plan.steps, registry)
    seen = discovery.look_at(asks, registry, scheduler, on_event)
    if seen.blindspots and not how.get("allow_blind"):
        raise OrchError(*discovery.unseen(list(seen.blindspots), items))
    return enclosing.told(plan, seen.found.values())


def narrowed(
    stack: Stack, rows: tuple[LedgerRow, ...], how: How, before: Map, written_before: Written
) -> scoping.Narrowed:
    """What of a stack is to be planned. ``OrchError`` for a glob that names nothing."""
    targets, excludes = how.get("targets", ()), how.get("excludes", ())
    if how.get("destroy") and (targets or excludes):
        hint = "to delete a part of a stack, take its entries out of the blueprint and apply"
        raise OrchError("a plan to destroy is about the whole stack, so it takes no target and no exclude", hint=hint)
    accepted = how.get("accept_drift", ())
    _named((*targets, *excludes), stack, rows)
    part = scoping.narrow(stack, rows, targets, excludes, before, written_before)
    _named(accepted, part.stack, part.rows)
    return part


def _named(globs: Sequence[str], stack: Stack, rows: tuple[LedgerRow, ...]) -> None:
    """``OrchError`` for each glob that names nothing."""
    every = scoping.addresses(stack, rows) if globs else ()
    problems = [
        Problem(f"no address matches {glob!r}", hint=did_you_mean(glob, every, else_list="there are"))
        for glob in globs
        if not scoping.named(glob, every)
    ]
    if problems:
        raise OrchError(*problems)
