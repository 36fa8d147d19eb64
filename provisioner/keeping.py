"""Moving a resource in the ledger, and letting one go: which rows are meant, as plans of one step.

It writes nothing: an apply of the plan does. Must not know blueprints.
"""

from __future__ import annotations

from provisioner import discovery
from provisioner.blueprint.resources import ADDRESS, STACK
from provisioner.document import did_you_mean
from provisioner.engine import Engine
from provisioner.ground import free
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Plan
from provisioner.model.problem import OrchError, Problem
from provisioner.model.snapshot import ObjectKey
from provisioner.model.value import EMPTY
from provisioner.planner import bookkeeping, secrecy


def move(
    engine: Engine, old: str, new: str, *, stack: str | None, environment: str | None, to_stack: str | None
) -> Plan:
    """The plan that records ``old`` as ``new``; ``to_stack``: in another stack of the same environment."""
    rows = _rows(engine, old, stack, environment)
    row = next((row for row in rows if row.role is Role.CURRENT), rows[0])
    target = to_stack or row.stack
    if not all(ADDRESS.fullmatch(part) for part in new.split("/")):
        raise OrchError(f"{new!r} is no address", hint="letters, digits, - and _; a module's with a /, as in net/vpc")
    if not STACK.fullmatch(target):
        raise OrchError(f"{target!r} cannot be the name of a stack")
    if (new, target) == (old, row.stack):
        raise OrchError(f"{old} of stack {target} is called so already")
    for taken in engine.backend.rows(target, row.environment):
        if taken.address == new:
            hint = f"orch state forget {new} --stack {target}, if that record is not wanted"
            raise OrchError(f"stack {target} has {new} already: it is {taken.identity}", hint=hint)
    free(engine.backend, target, row.environment)
    return bookkeeping.move(_records(engine, [row]), row, new, target)


def forget(engine: Engine, address: str, *, stack: str | None, environment: str | None) -> Plan:
    """The plan that lets a resource go: our mark comes off, and its object stays."""
    rows = _rows(engine, address, stack, environment)
    scheduler = engine.scheduler()
    discovery.verify({row.place.name: row.place for row in rows}.values(), engine.registry, scheduler)
    asks = discovery.asks_for((row.place, row.type, row.identity) for row in rows)
    snapshot = discovery.look_at(asks, engine.registry, scheduler, engine.on_event)
    blind = [spot for spot in snapshot.blindspots if not spot.path]
    if blind:
        hint = "its mark could not be taken off; get the permission, or try again"
        raise OrchError(Problem(f"cannot read {address}: {blind[0].reason}", rows[0].source, address, hint))
    snapshot = secrecy.hidden(snapshot, secrecy.of_rows(rows, ()), engine.cover)
    found = [(row, snapshot.found.get(ObjectKey(row.place.name, row.type, row.identity or ""))) for row in rows]
    return bookkeeping.forget(_records(engine, rows), found, engine.types(rows))


def _rows(engine: Engine, address: str, stack: str | None, environment: str | None) -> list[LedgerRow]:
    """The rows at an address, which must be of one stack and environment and have their objects' ids."""
    everything = engine.backend.rows(stack, environment)
    rows = [row for row in everything if row.address == address]
    if not rows:
        near = did_you_mean(address, {row.address for row in everything})
        raise OrchError(f"no object called {address} is owned", hint=near or "orch state list shows all")
    places = sorted({(row.stack, row.environment) for row in rows})
    if len(places) > 1:
        named = ", ".join(f"--stack {name} -e {where}" for name, where in places)
        raise OrchError(f"{address} is owned in {len(places)} stacks or environments", hint=f"say which: {named}")
    free(engine.backend, *places[0])
    return rows


def _records(engine: Engine, rows: list[LedgerRow]) -> bookkeeping.Records:
    stack, environment = rows[0].stack, rows[0].environment
    backend = engine.backend
    others = tuple(row for row in backend.rows() if row.environment == environment and row not in rows)
    return bookkeeping.Records(
        backend.lineage(), backend.serial(stack, environment), engine.clock.utc(), others,
        backend.outputs(stack, environment) or EMPTY, backend.outputs_written(stack, environment),
    )  # fmt: skip
