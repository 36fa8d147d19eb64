"""URLs of objects: recognised in every form that the service takes, written in the one that it gives. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from providers.gcp.sandbox.kinds import segments

ROOT = "https://www.googleapis.com/compute/v1/"
_HOST = re.compile(r"^https?://(?:www|compute)\.googleapis\.com/compute/(?:v1|beta|alpha)/")
_SCOPED = re.compile(
    r"^(?:projects/(?P<project>[^/]+)/)?(?P<rest>(?:global|regions/[^/]+|zones/[^/]+)/(?P<segment>[A-Za-z]+)/[^/].*)$"
)
# Collections that nobody can create in: their objects are named, but not kept here.
_CATALOGUE = frozenset({"acceleratorTypes", "diskTypes", "machineTypes", "networkProfiles", "nodeTypes"}) | frozenset(
    {"interconnectLocations", "interconnectRemoteLocations", "storagePoolTypes"}
)
_FREE_TEXT = frozenset(["annotations", "description", "displayName", "labels", "metadata", "name"])


def full(key: str) -> str:
    """``projects/p/global/networks/n`` as the service writes it."""
    return ROOT + key


def key_of(text: str, project: str) -> str | None:
    """The key that a full or partial URL names, in ``project`` where it names none; None where it is no such URL."""
    found = _SCOPED.match(_HOST.sub("", text))
    if found is None or found["segment"] not in segments() | _CATALOGUE:
        return None
    return f"projects/{found['project'] or project}/{found['rest']}"


def is_kept(key: str) -> bool:
    """Whether the object that a key names is one that the sandbox would hold."""
    parts = key.split("/")
    segment = parts[3] if parts[2] == "global" else parts[4]
    return segment in segments() and "/images/family/" not in key


def spread(body: Any, project: str, field: str = "resource") -> tuple[Any, dict[str, str]]:
    """``body`` with every link in full, and the fields that hold links with the keys they name.

    Free text is left alone.
    """
    links: dict[str, str] = {}

    def visit(value: Any, where: str, name: str) -> Any:
        if name in _FREE_TEXT:
            return value
        if isinstance(value, Mapping):
            return {key: visit(child, f"{where}.{key}", key) for key, child in value.items()}
        if isinstance(value, list):
            return [visit(child, f"{where}[{index}]", name) for index, child in enumerate(value)]
        if isinstance(value, str) and (key := key_of(value, project)):
            links[where] = key
            return full(key)
        return value

    return visit(body, field, ""), links


def scope_of(key: str) -> str:
    """``global``, ``regions/us-central1`` or ``zones/us-central1-a``: as aggregated lists group objects."""
    parts = key.split("/")
    return "global" if parts[2] == "global" else f"{parts[2]}/{parts[3]}"


def prefixes(key: str) -> Iterator[str]:
    """The keys of the objects that enclose one, outermost first."""
    parts = key.split("/")
    start = 5 if parts[0] == "projects" and parts[2] == "global" else 6
    for end in range(start, len(parts) - 1, 2):
        yield "/".join(parts[:end])
