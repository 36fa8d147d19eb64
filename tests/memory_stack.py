"""A stack on the in-memory cloud, an engine to plan and apply it with, and ways to kill that engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from providers.memory import MemoryCloud, MemoryProvider
from provisioner.applier.applier import Report
from provisioner.engine import Engine
from provisioner.model.place import Place
from provisioner.model.plan import Plan
from provisioner.model.resource import Options, Resource
from provisioner.model.source import Source
from provisioner.model.stack import Stack
from provisioner.model.value import Map, Reference, freeze
from provisioner.planner.caution import Caution
from provisioner.registry import Registry
from provisioner.scheduler.clock import SystemClock
from provisioner.state import container
from provisioner.state.sqlite import SqliteBackend

PLACE = Place("here", "memory", "memory", "here", visible_within=0.0)


def ref(address: str, *path: str) -> Reference:
    """A reference in a body."""
    return Reference(address, path)


def entry(address: str, kind: str, body: dict[str, Any] | None = None, **options: Any) -> Resource:
    """A wanted resource."""
    return Resource(
        address, f"Memory::{kind}", PLACE, freeze(body or {}), options=Options(**options), source=Source("b.yaml", 1)
    )


def stack_of(*resources: Resource, outputs: dict[str, Any] | None = None) -> Stack:
    """A stack of these."""
    return Stack("test", "dev", "b", resources, outputs=freeze(outputs or {}), places=(PLACE,))


def typical(**network: Any) -> Stack:
    """One of each difficulty, referring to each other."""
    return stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16", "Dns": True, **network}),
        entry("sub-a", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"}),
        entry("sub-b", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.2.0/24", "Name": "b"}),
        entry("bucket", "Bucket", {"Name": "data", "Tags": {"team": "x"}}),
        entry("vm", "Machine", {"SubnetId": ref("sub-a", "Id"), "Size": 1}),
        entry("link", "Link", {"From": ref("net", "Id"), "To": ref("bucket", "Id")}),
        entry("dns", "Network", {"Cidr": "10.9.0.0/16", "Data": {"vm": [ref("vm", "Address")]}}),
        outputs={"address": ref("vm", "Address")},
    )


class FastClock(SystemClock):
    """The machine's clock, a hundred times as fast: delays cost no time."""

    def monotonic(self) -> float:
        return super().monotonic() * 100

    def get(self, source: Any, timeout: float | None, busy: bool) -> Any:
        return super().get(source, None if timeout is None else timeout / 100, busy)


class Bench:
    """A cloud, a state file, and engines over them as separate processes would have them."""

    def __init__(self, folder: Path) -> None:
        self.cloud = MemoryCloud()
        self.path = folder / "state.db"
        self.events: list[Any] = []
        self.provider: Callable[[MemoryCloud], MemoryProvider] = MemoryProvider
        self.caution = Caution(at_least=1000)  # what is asked before an apply is for the tests of that

    def engine(self, **more: Any) -> Engine:
        """A new process."""
        registry = Registry({"memory": self.provider(self.cloud)})
        more = {"caution": self.caution, **more}
        return Engine(SqliteBackend(self.path), registry, clock=FastClock(), on_event=self.events.append, **more)

    def plan(self, stack: Stack, **how: Any) -> Plan:
        """Plan with a new process."""
        return self.engine().plan(stack, **how)

    def apply(self, stack: Stack | Plan, **more: Any) -> Report:
        """Plan if need be, and apply."""
        engine = self.engine(**more)
        plan = stack if isinstance(stack, Plan) else engine.plan(stack)
        return engine.apply(container.pack(plan))

    @contextmanager
    def calls(self, change: Callable[[str, Callable[[], Any]], Callable[[], Any]]) -> Iterator[None]:
        """For a while every call does what ``change(operation, work)`` makes of its work."""
        original = self.cloud.call
        self.cloud.call = lambda operation, work: original(operation, change(operation, work))  # type: ignore[method-assign]
        try:
            yield
        finally:
            self.cloud.call = original  # type: ignore[method-assign]

    def bodies(self) -> dict[str, Map]:
        """What exists, by identity."""
        return {identity: freeze(item.body) for identity, item in self.cloud.objects.items()}

    def kinds(self) -> list[str]:
        """The types of what exists, sorted."""
        return sorted(item.type for item in self.cloud.objects.values())


def without(stack: Stack, *addresses: str) -> Stack:
    """The stack without some entries."""
    return replace(stack, resources=tuple(r for r in stack.resources if r.address not in addresses))


def changed(stack: Stack, address: str, **body: Any) -> Stack:
    """The stack with other properties of one entry."""
    return replace(
        stack,
        resources=tuple(
            replace(r, body=freeze({**r.body, **body})) if r.address == address else r for r in stack.resources
        ),
    )
