"""All that a plan is made from, gathered by the engine. It must not decide anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.plan import Scope
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.secret_uri import secret_places
from provisioner.model.snapshot import Snapshot
from provisioner.model.stack import Stack
from provisioner.model.value import Value
from provisioner.planner.adoption import hiding
from provisioner.planner.caution import Caution
from provisioner.planner.whose import Held


@dataclass(frozen=True, slots=True)
class Situation:
    """wants: normalized, with references as written, ``identity`` where names decide it · types: by name, for wants and
    rows · rows: the stack's ledger, places brought up to date · owned: (uid, generation) of every object of the lineage,
    other stacks' too · held: the rows of each, see ``whose`` · scope: of a partial plan, wants and rows are
    then those in it, and ``rest`` the other rows of the stack ·
    caution: which deletions have to be confirmed · accept: globs of addresses whose drift is
    taken as the new baseline · sealed: a wanted value as it would be found, hidden where that cannot be told ·
    type_of: the data of other stacks' types, as far as it can be had."""

    stack: Stack
    wants: tuple[Resource, ...]
    types: Mapping[str, ResourceType]
    rows: tuple[LedgerRow, ...]
    snapshot: Snapshot
    lineage: str
    serial: int
    created: str
    owned: frozenset[tuple[str, int]] = frozenset()
    held: Held = field(default_factory=dict)
    scope: Scope | None = None
    rest: tuple[LedgerRow, ...] = ()
    caution: Caution = Caution()
    accept: tuple[str, ...] = ()
    sealed: Callable[[Value], Value] = hiding
    type_of: Callable[[str], ResourceType | None] = lambda _name: None


def placed(stack: Stack, rows: tuple[LedgerRow, ...]) -> tuple[LedgerRow, ...]:
    """The ledger of a stack, each row in its place as the environment has it now (endpoint, credentials)."""
    places = {place.name: place for place in stack.places}
    known: dict[tuple[str, str, str], Place] = {}  # one for all rows that are in it
    out = []
    for row in rows:
        if (row.stack, row.environment) != (stack.name, stack.environment):
            continue
        now = places.get(row.place.name)
        if now and (now.cloud, now.account) != (row.place.cloud, row.place.account):
            hint = f"give the new account another place, or set {row.place.account} again"
            message = f"place {now.name} is now {now.account}, but {row.address} lives in {row.place.account}"
            raise OrchError(Problem(message, row.source, row.address, hint))
        if now:
            key = now.name, row.place.region, row.place.zone
            if key not in known:
                known[key] = replace(now, region=row.place.region, zone=row.place.zone)
            row = replace(row, place=known[key])
        out.append(row)
    return tuple(out)


def used(stack: Stack, rows: tuple[LedgerRow, ...]) -> list[Place]:
    """The places that are spoken to: those of resources, of ledger rows and of secret stores."""
    used = secret_places((*(resource.body for resource in stack.resources), stack.outputs), stack.places)
    used |= {row.place.name: row.place for row in rows}
    used |= {lookup.place.name: lookup.place for lookup in stack.lookups}
    used |= {resource.place.name: resource.place for resource in stack.resources}
    return list(used.values())
