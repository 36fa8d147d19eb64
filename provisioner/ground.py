"""What every plan of a stack starts from: its ledger in its places, credentials that are those of the accounts, what it looks up.

It reads the backend and the clouds, and must not judge what it has found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from provisioner import discovery
from provisioner.applier import doubt
from provisioner.discovery.inquiry import Events
from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.plan import Premise
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource_type import ResourceType
from provisioner.model.stack import Stack
from provisioner.planner import lookups as looking
from provisioner.planner.planner import Situation
from provisioner.protocols.backend import Backend
from provisioner.registry import Registry
from provisioner.scheduler.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Ground:
    """stack: its lookups in place · rows: its ledger, in its places as they are now · everything: the ledger of all stacks ·
    looked_up: what the plan rests on in other people's objects."""

    stack: Stack
    rows: tuple[LedgerRow, ...]
    everything: tuple[LedgerRow, ...]
    looked_up: tuple[Premise, ...]


def lay(
    stack: Stack, backend: Backend, registry: Registry, scheduler: Scheduler, on_event: Events, *, lookups: bool = True
) -> Ground:
    """``OrchError`` where somebody works on the stack, has left something in doubt, or a place is another account."""
    backend.check_free(f"{stack.name}/{stack.environment}")
    doubt.refuse(backend, stack.name, stack.environment)
    everything = backend.rows()
    rows = _placed(stack, everything)
    discovery.verify(_used(stack, rows), registry, scheduler)
    found = discovery.find(stack.lookups, registry, scheduler, on_event) if lookups else {}
    stack, looked_up = looking.resolve(stack, found)
    return Ground(stack, rows, everything, looked_up)


def situation_of(
    ground: Ground,
    survey: discovery.Survey,
    types: Mapping[str, ResourceType],
    backend: Backend,
    lineage: str,
    created: str,
) -> Situation:
    """All that a plan is made from."""
    stack = ground.stack
    return Situation(
        stack=stack,
        wants=survey.wants,
        types=types,
        rows=ground.rows,
        snapshot=survey.snapshot,
        lineage=lineage,
        serial=backend.serial(stack.name, stack.environment),
        created=created,
        owned=frozenset((row.uid, row.generation) for row in ground.everything),
        held={
            (row.place.account, row.type, row.identity): f"{row.address} of stack {row.stack}"
            for row in ground.everything
            if row.identity
        },
    )


def _placed(stack: Stack, rows: tuple[LedgerRow, ...]) -> tuple[LedgerRow, ...]:
    """The ledger of a stack, each row in its place as the environment has it now (endpoint, credentials)."""
    places = {place.name: place for place in stack.places}
    out = []
    for row in rows:
        if (row.stack, row.environment) != (stack.name, stack.environment):
            continue
        now = places.get(row.place.name)
        if now and (now.cloud, now.account) != (row.place.cloud, row.place.account):
            hint = f"give the new account another place, or set {row.place.account} again"
            message = f"place {now.name} is now {now.account}, but {row.address} lives in {row.place.account}"
            raise OrchError(Problem(message, row.source, row.address, hint))
        out.append(replace(row, place=replace(now, region=row.place.region, zone=row.place.zone)) if now else row)
    return tuple(out)


def _used(stack: Stack, rows: tuple[LedgerRow, ...]) -> list[Place]:
    """The places that are spoken to: those of resources and of ledger rows."""
    used = {row.place.name: row.place for row in rows}
    used |= {lookup.place.name: lookup.place for lookup in stack.lookups}
    used |= {resource.place.name: resource.place for resource in stack.resources}
    return list(used.values())
