"""The use cases that change what is owned without making or deleting an object, as plans for ``Project.apply``.

    plan = project.holdings.move("vpc", "network", stack="bootstrap")
    report = project.apply(plan)

Every method but those that make a plan reads only; nothing here applies one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from provisioner import keeping
from provisioner.engine import Engine
from provisioner.loader import Loader
from provisioner.model.event import Event
from provisioner.model.plan import Plan
from provisioner.state.container import PlanFile


@dataclass(frozen=True, slots=True)
class Holdings:
    """engine: opens the project's state · loader: of blueprints · judged: policy's word on a plan, packed."""

    engine: Callable[..., AbstractContextManager[Engine]]
    loader: Loader
    judged: Callable[[Plan], PlanFile]

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
        on_event: Callable[[Event], None] | None = None,
    ) -> PlanFile:
        """The plan that lets a resource go: its object stays, our mark comes off."""
        with self.engine(on_event) as engine:
            return self.judged(keeping.forget(engine, address, stack=stack, environment=environment))
