"""What lies outside of a template: outputs of other stacks, objects that exist already, variables of the process.

A template may ask for them by name; what it has asked is kept for the plan. Must not call a cloud or read a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from provisioner.document import did_you_mean, either
from provisioner.model.environment import Environment
from provisioner.model.fault import UnknownTypeError
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource_type import ResourceType
from provisioner.model.run import Run
from provisioner.model.source import Source
from provisioner.model.stack import Lookup, OutputRead
from provisioner.model.value import EMPTY, Map, Path, Value

OUTPUT = "output("
LOOKUP = "lookup("
"""What the address of a reference begins with that means no resource of the stack; no address can."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A lookup as the template wrote it. place: empty where there is only one of its cloud."""

    type: str
    place: str
    where: tuple[tuple[Path, Value], ...]
    source: Source


def _never(_stack: str) -> Map | None:
    return None


def _no_run(_stack: str) -> Run | None:
    return None


def _unsaid(_stack: str) -> str:
    return "apply its blueprint first: orch apply FOLDER"


@dataclass
class Outside:
    """One load's view of it.

    outputs_of: what the ledger has for a stack of this environment, None where it was never applied · must: whether such a
    stack is an error (a plan) or its outputs are simply not known (a validation) · how_to_apply: the command, for a
    stack that was not · last_run: of a stack, None where there was none · variables: those of the process that
    ``orch.yaml`` lets templates read; ``None`` for one that is not set.
    """

    outputs_of: Callable[[str], Map | None] = _never
    must: bool = False
    how_to_apply: Callable[[str], str] = _unsaid
    last_run: Callable[[str], Run | None] = _no_run
    variables: Mapping[str, str | None] = EMPTY
    asked: dict[str, Asked] = field(default_factory=dict)  # by address
    read: dict[tuple[str, str], Value] = field(default_factory=dict)

    def outputs_read(self) -> tuple[OutputRead, ...]:
        """The outputs of other stacks that were read."""
        return tuple(OutputRead(stack, name, value) for (stack, name), value in self.read.items())


class Lookups:
    """What was asked, with type and place: for the plan, and for checks on references to it."""

    def __init__(
        self,
        outside: Outside,
        environment: Environment,
        resource_type: Callable[[str], ResourceType],
        problems: list[Problem],
    ) -> None:
        self.types: dict[str, ResourceType] = {}
        found = []
        for address, asked in outside.asked.items():
            try:
                kind = resource_type(asked.type)
            except UnknownTypeError as error:
                hint = f"did you mean {either(error.near)}?" if error.near else ""
                problems.append(Problem(f"{address}: unknown resource type {asked.type!r}", asked.source, hint=hint))
                continue
            self.types[address] = kind
            if not kind.applies:
                problems.append(
                    Problem(f"{address}: {kind.name} is known, but this version cannot read it yet", asked.source)
                )
                continue
            place = _place(asked, kind, environment)
            problems += _unknown_properties(address, asked, kind)
            if isinstance(place, Place):
                found.append(Lookup(address, kind.name, place, asked.where, asked.source))
            else:
                problems.append(Problem(f"{address}: {place}", asked.source))
        self.found = tuple(found)


def _place(asked: Asked, kind: ResourceType, environment: Environment) -> Place | str:
    """The place to look in, or what is wrong with it."""
    of_cloud = [place for place in environment.places if place.cloud == kind.cloud]
    names = ", ".join(place.name for place in of_cloud) or "none"
    if asked.place:
        return next(
            (place for place in of_cloud if place.name == asked.place),
            f"there is no place {asked.place!r} for {kind.cloud}; there are: {names}",
        )
    return of_cloud[0] if len(of_cloud) == 1 else f"which place of {kind.cloud}? write place=…; there are: {names}"


def _unknown_properties(address: str, asked: Asked, kind: ResourceType) -> list[Problem]:
    known = {"id", *kind.schema.get("properties", {}), *(["name"] if "name" in kind.place_keys else [])}
    return [
        Problem(
            f"{address}: {path[0]!r} is not a known property of {kind.name}",
            asked.source,
            hint=did_you_mean(str(path[0]), known),
        )
        for path, _ in asked.where
        if path[0] not in known
    ]
