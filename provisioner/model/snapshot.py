"""What was read from the clouds: objects found, objects known to be absent, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from provisioner.model.place import Place
from provisioner.model.resource import Observed
from provisioner.model.value import Path


@dataclass(frozen=True, slots=True)
class Blindspot:
    """Something that could not be read, which is never the same as its absence.

    An empty ``type`` means the whole place, an empty ``identity`` every object of the type, an empty ``path`` the whole
    object; else just that property of it.
    """

    place: Place
    type: str
    reason: str
    identity: str = ""
    path: Path = ()
    code: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class ObjectKey:
    """Which object of a cloud: the place's name, the type and the cloud's identity."""

    place: str
    type: str
    identity: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The merged result of discovery. ``absent`` holds only what a successful read has shown not to be there."""

    found: Mapping[ObjectKey, Observed] = field(default_factory=lambda: MappingProxyType({}))
    absent: frozenset[ObjectKey] = frozenset()
    blindspots: tuple[Blindspot, ...] = ()

    def blind(self, key: ObjectKey) -> Blindspot | None:
        """The blindspot that hides this whole object, if there is one."""
        for spot in self.blindspots:
            if (
                spot.place.name == key.place
                and spot.type in ("", key.type)
                and spot.identity in ("", key.identity)
                and not spot.path
            ):
                return spot
        return None

    def unread(self, key: ObjectKey) -> tuple[Blindspot, ...]:
        """The blindspots that hide only properties of this object."""
        return tuple(
            spot
            for spot in self.blindspots
            if spot.path and (spot.place.name, spot.type, spot.identity) == (key.place, key.type, key.identity)
        )
