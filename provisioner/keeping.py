"""Moving a resource in the ledger, and letting one go: which rows are meant, as plans of one step.

It writes nothing: an apply of the plan does. Must not know blueprints.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from provisioner import discovery
from provisioner.applier import doubt
from provisioner.blueprint.resources import ADDRESS, STACK
from provisioner.document import did_you_mean
from provisioner.engine import Engine
from provisioner.model.counting import many
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Plan
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource_type import ResourceType
from provisioner.model.snapshot import ObjectKey
from provisioner.model.value import EMPTY
from provisioner.planner import bookkeeping, secrecy
from provisioner.planner.whose import called, letting_go


def move(
    engine: Engine, old: str, new: str, *, stack: str | None, environment: str | None, to_stack: str | None
) -> Plan:
    """The plan that records ``old`` as ``new``; ``to_stack``: in another stack of the same environment."""
    place = _place(engine, old, stack, environment)
    rows = [row for row in engine.backend.rows(*place) if row.address == old]
    if not rows:
        raise _unowned(old, engine.backend.rows(*place))
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
            hint = f"{letting_go(taken)}, if that record is not wanted"
            raise OrchError(f"stack {target} has {new} already: it is {taken.identity}", hint=hint)
    engine.free(target, row.environment)
    return bookkeeping.move(_records(engine, *place, [row]), row, new, target)


def forget(
    engine: Engine, address: str, *, stack: str | None, environment: str | None, identity: str | None = None
) -> Plan:
    """The plan that lets a resource go: our mark comes off, and its object stays. What is in doubt, and nobody can settle, is
    not waited for any more, and that comes first. identity: which object, where the address has several."""
    place = _place(engine, address, stack, environment)
    rows = [row for row in engine.backend.rows(*place) if row.address == address]
    made = () if identity else doubt.creates(engine.backend, *place)
    doubts = [(left.run.id, step) for left, step in made if step.address == address]
    if not rows and not doubts:
        raise _unowned(address, engine.backend.rows(*place))
    rows = [] if doubts else [_chosen(rows, engine.types(rows), identity)]
    scheduler = engine.scheduler()
    discovery.verify({row.place.name: row.place for row in rows}.values(), engine.registry, scheduler)
    asks = discovery.asks_for((row.place, row.type, row.identity) for row in rows)
    snapshot = discovery.look_at(asks, engine.registry, scheduler, engine.on_event, engine.youth(rows))
    blind = [spot for spot in snapshot.blindspots if not spot.path]
    if blind:
        hint = "its mark could not be taken off; get the permission, or try again"
        raise OrchError(Problem(f"cannot read {address}: {blind[0].reason}", rows[0].source, address, hint))
    snapshot = secrecy.hidden(snapshot, secrecy.of_rows(rows, ()), engine.cover)
    found = [(row, snapshot.found.get(ObjectKey(row.place.name, row.type, row.identity or ""))) for row in rows]
    return bookkeeping.forget(_records(engine, *place, rows), found, engine.types(rows), doubts)


def _place(engine: Engine, address: str, stack: str | None, environment: str | None) -> tuple[str, str]:
    """The one stack and environment where an address is owned, or may be; of its dead runs is known what can be known."""
    everything = engine.backend.rows(stack, environment)
    places = {(row.stack, row.environment) for row in everything if row.address == address}
    made = doubt.creates(engine.backend, stack, environment)
    places |= {(left.run.stack, left.run.environment) for left, step in made if step.address == address}
    if not places:
        raise _unowned(address, everything)
    if len(places) > 1:
        named = ", ".join(f"--stack {name} -e {where}" for name, where in sorted(places))
        raise OrchError(f"{address} is owned in {len(places)} stacks or environments", hint=f"say which: {named}")
    (place,) = places
    engine.free(*place, make=False)
    return place


def _chosen(rows: Sequence[LedgerRow], types: Mapping[str, ResourceType], identity: str | None) -> LedgerRow:
    """The one of an address's objects that is meant: of two that a replacement has left, either may be."""
    meant = [row for row in rows if identity is None or called(types[row.type], row.identity or "", identity)]
    if len(meant) == 1:
        return meant[0]
    address, named = rows[0].address, [f"{row.identity or 'one without a name yet'}{_role(row)}" for row in rows]
    message = f"{address} has {many(len(rows), 'object', 'objects')}: {' and '.join(named)}"
    if identity is not None:
        message = f"{address} has no object {identity}; it has {' and '.join(named)}"
    raise OrchError(message, hint="say which one is let go: " + "\nor: ".join(letting_go(row) for row in rows))


def _role(row: LedgerRow) -> str:
    return "" if row.role is Role.CURRENT else f" ({row.role})"


def _unowned(address: str, everything: Iterable[LedgerRow]) -> OrchError:
    near = did_you_mean(address, {row.address for row in everything})
    return OrchError(f"no object called {address} is owned", hint=near or "orch state list shows all")


def _records(engine: Engine, stack: str, environment: str, rows: Collection[LedgerRow]) -> bookkeeping.Records:
    backend = engine.backend
    others = tuple(row for row in backend.rows() if row.environment == environment and row not in rows)
    return bookkeeping.Records(
        stack, environment, backend.lineage(), backend.serial(stack, environment), engine.clock.utc(), others,
        backend.outputs(stack, environment) or EMPTY, backend.outputs_written(stack, environment),
    )  # fmt: skip
