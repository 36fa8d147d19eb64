"""An environment: the named places and parameter values that a blueprint is planned with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from provisioner.model.place import Place
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map, Path, Value


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter's value with where it was given: ``source`` is its first line, ``lines`` those of the leaves in it."""

    value: Value
    source: Source
    lines: tuple[tuple[Path, Source], ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """name: ``-e`` · places: in the order of the file · parameters: values by name · default_tags: of every place too
    (``Place.default_tags``) · file: where it was read, as the user would name it."""

    name: str
    places: tuple[Place, ...] = ()
    parameters: Mapping[str, Given] = field(default_factory=lambda: MappingProxyType({}))
    default_tags: Map = EMPTY
    file: str = ""
