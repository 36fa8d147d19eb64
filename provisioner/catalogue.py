"""The resource types that there are: one by its name, many by words in theirs, all as schemas for an editor. Calls no cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from provisioner import export
from provisioner.blueprint import smallest
from provisioner.export import Exported
from provisioner.model.fault import UnknownTypeError
from provisioner.model.problem import OrchError
from provisioner.model.resource_type import ResourceType
from provisioner.registry import Registry


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The types of all clouds of an installation."""

    registry: Registry

    def type(self, name: str) -> tuple[ResourceType, Mapping[str, object]]:
        """A type's data, and the smallest entry of it. ``OrchError`` with near names where there is no such type."""
        plain = name.partition("@")[0]
        try:
            kind = self.registry.resource_type(plain)
        except UnknownTypeError as error:
            near = f"did you mean {' or '.join(error.near)}?" if error.near else ""
            raise OrchError(
                f"unknown resource type {plain!r}", hint=near or "orch schema --search WORDS finds types"
            ) from None
        return kind, smallest(kind)

    def search(self, words: str, most: int = 40) -> tuple[tuple[ResourceType, ...], int]:
        """The types whose names hold all the words, nearest first, and how many there are beyond ``most``."""
        names = self.registry.search(words)
        if not names:
            raise OrchError(
                f"no resource type has {words!r} in its name",
                hint="names are those of the clouds: subnet, storageAccounts, Firewall",
            )
        return tuple(self.registry.resource_type(name) for name in names[:most]), max(len(names) - most, 0)

    def export(self, target: Path, out: Path, *, every: bool = False) -> Exported:
        """Write JSON Schemas for an editor to ``out``: of ``target``, a blueprint, or of all blueprints beneath it. every: check
        entries of all types, not only of those that a template names."""
        return export.write(self.registry, target, out, every=every)
