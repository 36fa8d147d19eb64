"""The use cases that change what is owned without making or deleting an object, as plans for ``Project.apply``.

    plan = project.holdings.move("vpc", "network", stack="bootstrap")
    report = project.apply(plan)

Every method but those that make a plan, and ``unlock``, reads only; nothing here applies one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

from provisioner import brownfield, keeping
from provisioner.engine import Engine
from provisioner.loader import Inputs, Loader
from provisioner.model.event import Event
from provisioner.model.plan import Plan
from provisioner.model.problem import OrchError
from provisioner.planner.takeover import Existing, takeover
from provisioner.protocols.backend import Lease
from provisioner.state.container import PlanFile

Events = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Holdings:
    """engine: opens the project's state · loader: of blueprints · judged: policy's word on a plan, packed."""

    engine: Callable[..., AbstractContextManager[Engine]]
    loader: Loader
    judged: Callable[[Plan], PlanFile]

    def locks(self) -> tuple[Lease, ...]:
        """Who works on which stacks just now."""
        with self.engine() as engine:
            return engine.backend.leases()

    def unlock(self, holder: str) -> tuple[Lease, ...]:
        """Take all locks from their holder, which is named as ``locks`` names it: it cannot write from then on. Which ones
        that were; ``OrchError`` where it holds none."""
        with self.engine() as engine:
            held = engine.backend.leases()
            taken = tuple(lease for lease in held if lease.holder == holder and engine.backend.unlock(lease))
        if not taken:
            names = ", ".join(dict.fromkeys(lease.holder for lease in held)) or "nobody does"
            raise OrchError(f"{holder} holds no lock", hint=f"who does: {names}")
        return taken

    def existing(
        self,
        blueprint: Path | str,
        *,
        rebuild: bool = False,
        lineage: str = "",
        allow_blind: bool = False,
        on_event: Events | None = None,
        **inputs: Unpack[Inputs],
    ) -> Existing:
        """What the resources of a blueprint that are not owned may be already: found by name, natural key or tags.

        rebuild: the ledger was lost, so the mark of its lineage proves what is ours · lineage: names it where several are found.
        """
        stack = self.loader.stack(blueprint, live=True, **inputs)
        with self.engine(on_event, given=stack.sensitive) as engine:
            return brownfield.find(engine, stack, rebuild=rebuild, lineage=lineage, allow_blind=allow_blind)

    def takeover(self, existing: Existing, accepted: Collection[str] | None = None) -> PlanFile:
        """The plan that takes over what was accepted, by address (None: what can be, in a rebuild what its mark proves)."""
        sure = existing.proven if existing.rebuild else existing.ready
        chosen = {found.want.address for found in sure} if accepted is None else accepted
        with self.engine() as engine:
            made = self.judged(takeover(existing, chosen, engine.uids()))
        return replace(made, given=existing.situation.stack.sensitive)

    def move(
        self,
        old: str,
        new: str,
        *,
        stack: str | None = None,
        environment: str | None = None,
        to_stack: str | None = None,
    ) -> PlanFile:
        """The plan that records a resource under another address, in another stack of its environment maybe. Asks no cloud."""
        with self.engine() as engine:
            return self.judged(keeping.move(engine, old, new, stack=stack, environment=environment, to_stack=to_stack))

    def forget(
        self,
        address: str,
        *,
        stack: str | None = None,
        environment: str | None = None,
        identity: str | None = None,
        on_event: Events | None = None,
    ) -> PlanFile:
        """The plan that lets a resource go: its object stays, our mark comes off. identity: which object, where an unfinished
        replacement has left two under the address."""
        with self.engine(on_event) as engine:
            made = keeping.forget(engine, address, stack=stack, environment=environment, identity=identity)
            return self.judged(made)
