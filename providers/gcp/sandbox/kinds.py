"""The resource types that the sandbox serves, as the archive describes them. Must not know any by name."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.gcp.schema import archive

STATUS_FIELDS = ("status", "state")
_EARLY = ("RESERVING", "PROVISIONING", "CREATING", "INITIALIZING", "PENDING")
_SETTLED = ("RESERVED", "RUNNING", "READY", "ACTIVE", "ESTABLISHED", "SUCCEEDED", "READY_TO_ANNOUNCE")


@dataclass(frozen=True)
class Kind:
    """One resource type: its body's schema and what ``cloud`` says of its collection."""

    schema: Mapping[str, Any]
    cloud: Mapping[str, Any]
    create_only: frozenset[str]

    @property
    def collection(self) -> str:
        return str(self.cloud["collection"])

    @property
    def scope(self) -> str:
        return str(self.cloud["scope"])

    @functools.cached_property
    def properties(self) -> Mapping[str, Any]:
        """The body's top-level properties."""
        found: Mapping[str, Any] = self.schema["properties"]
        return found

    @functools.cached_property
    def defs(self) -> Mapping[str, Any]:
        """All schemas by name: the body's own, those it reaches, and those that only requests use."""
        return {**self.schema["$defs"], **self.cloud["requests"], self.cloud["schema_id"]: self.schema}

    @functools.cached_property
    def depth(self) -> int:
        """How many segments the path of an object has."""
        return len(self.cloud["path"].split("/"))

    @functools.cached_property
    def noun(self) -> str:
        """What messages call an object: ``network``, ``address``."""
        name = str(self.cloud["schema_id"])
        return name[0].lower() + name[1:]

    @functools.cached_property
    def statuses(self) -> tuple[str, str, str] | None:
        """The property that tells an object's state, its value while being created and once it is; None without one."""
        for name in STATUS_FIELDS:
            values = self.properties.get(name, {}).get("enum", ())
            early = next((value for value in _EARLY if value in values), None)
            settled = next((value for value in _SETTLED if value in values), None)
            if early and settled:
                return name, early, settled
        return None


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Every kind, by collection."""
    found = {}
    for name in archive().names():
        entry = archive().entry(name)
        fixed = frozenset(path[0] for path in entry["create_only"] if len(path) == 1)
        found[entry["cloud"]["collection"]] = Kind(entry["schema"], entry["cloud"], fixed)
    return found


@functools.cache
def segments() -> frozenset[str]:
    """Every collection as URLs write it."""
    return frozenset(str(kind.cloud["segment"]) for kind in kinds().values())
