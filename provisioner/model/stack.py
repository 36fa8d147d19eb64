"""A stack: what a rendered blueprint wants in one environment, before any cloud was asked."""

from __future__ import annotations

from dataclasses import dataclass

from provisioner.model.place import Place
from provisioner.model.resource import Resource
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map, Path


@dataclass(frozen=True, slots=True)
class Stack:
    """The resources that are planned together. resources: in the order of the blueprint · outputs: values, with
    references · output_lines: of everything in them, by path · parameters: the values used, sensitive ones left out ·
    blueprint: its folder as the user named it."""

    name: str
    environment: str
    blueprint: str
    resources: tuple[Resource, ...] = ()
    outputs: Map = EMPTY
    parameters: Map = EMPTY
    places: tuple[Place, ...] = ()
    output_lines: tuple[tuple[Path, Source], ...] = ()
