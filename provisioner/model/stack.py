"""A stack: what a rendered blueprint wants in one environment, before any cloud was asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from provisioner.model.place import Place
from provisioner.model.resource import Resource
from provisioner.model.value import EMPTY, Map


@dataclass(frozen=True, slots=True)
class Stack:
    """The resources that are planned together. resources: in the order of the blueprint · outputs: values, with
    references · parameters: the values used, sensitive ones left out · sensitive: those, by name; never written anywhere ·
    blueprint: its folder as the user named it."""

    name: str
    environment: str
    blueprint: str
    resources: tuple[Resource, ...] = ()
    outputs: Map = EMPTY
    parameters: Map = EMPTY
    places: tuple[Place, ...] = ()
    sensitive: Map = field(default=EMPTY, repr=False)
