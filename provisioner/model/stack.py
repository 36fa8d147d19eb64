"""A stack: what a rendered blueprint wants in one environment, before any cloud was asked."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map, Path, Value


@dataclass(frozen=True, slots=True)
class Lookup:
    """Something that exists and is not ours: exactly one object of a type in a place.

    address: how references name it, ``lookup("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")`` · where: what it must have, by path;
    ``("id",)`` is its identity, an Azure ``("name",)`` the last part of that.
    """

    address: str
    type: str
    place: Place
    where: tuple[tuple[Path, Value], ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class OutputRead:
    """An output of another stack of the same environment, with the value that the ledger had."""

    stack: str
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Stack:
    """The resources that are planned together.

    resources: in the order of the blueprint · outputs: values, with references · parameters: the values used, sensitive ones
    left out · output_lines: of everything in the outputs, by path · sensitive: those, by name; never written anywhere · asks:
    their types · lookups: what bodies and outputs refer to that is not ours · outputs_read: of other stacks · blueprint: its
    folder as the user named it · warnings: what is no error, and should be known.
    """

    name: str
    environment: str
    blueprint: str
    resources: tuple[Resource, ...] = ()
    outputs: Map = EMPTY
    parameters: Map = EMPTY
    places: tuple[Place, ...] = ()
    output_lines: tuple[tuple[Path, Source], ...] = ()
    sensitive: Map = field(default=EMPTY, repr=False)
    asks: Map = EMPTY
    lookups: tuple[Lookup, ...] = ()
    outputs_read: tuple[OutputRead, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def words(self) -> str:
        """What a command is to be given for it."""
        return shlex.join([self.blueprint, "-e", self.environment])
