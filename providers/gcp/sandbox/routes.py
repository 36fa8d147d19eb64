"""From a method and a path to the API method that it calls. Must not know what the methods do."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.gcp.sandbox.kinds import Kind, kinds

PREFIX = "/compute/v1/"
_LIST = {"filter": {"type": "string"}, "orderBy": {"type": "string"}, "pageToken": {"type": "string"}} | {
    "maxResults": {"type": "integer", "minimum": "0"}
}
_OPERATIONS = {
    "globalOperations": "projects/{project}/global/operations",
    "regionOperations": "projects/{project}/regions/{region}/operations",
    "zoneOperations": "projects/{project}/zones/{zone}/operations",
    "globalOrganizationOperations": "locations/global/operations",
}


@dataclass(frozen=True)
class Route:
    """One API method: ``networks.insert`` is collection ``networks``, verb ``insert``. ``kind`` is None for operations
    and projects."""

    collection: str
    verb: str
    http: str
    path: str
    query: Mapping[str, Any]
    request: str | None
    kind: Kind | None

    @property
    def name(self) -> str:
        """As the document calls it."""
        return f"{self.collection}.{self.verb}"


@dataclass(frozen=True)
class Match:
    """A route and the path that led to it. ``path`` is without the version prefix."""

    route: Route
    path: str
    params: Mapping[str, str]

    @property
    def project(self) -> str:
        """The project in the path; empty for an organization's methods."""
        return self.params.get("project", "")

    @property
    def object_key(self) -> str:
        """The key of the object that the method is about."""
        depth = self.route.kind.depth if self.route.kind else len(self.path.split("/"))
        return "/".join(self.path.split("/")[:depth])

    @property
    def collection_key(self) -> str:
        """What stands before the object's name in its key."""
        depth = self.route.kind.depth - 1 if self.route.kind else len(self.path.split("/"))
        return "/".join(self.path.split("/")[:depth])


def find(http: str, path: str) -> Match | None:
    """The route of a request; None where the API has none."""
    if not path.startswith(PREFIX):
        return None
    rest = path.removeprefix(PREFIX)
    segments = rest.split("/")
    node = _descend(_tree(), segments)
    route = node.get(http) if node else None
    if not isinstance(route, Route):
        return None
    named = zip(route.path.split("/"), segments, strict=True)
    params = {pattern[1:-1]: given for pattern, given in named if pattern.startswith("{")}
    return Match(route, rest, params) if all(params.values()) else None


def _descend(node: Mapping[str, Any], segments: Sequence[str]) -> Mapping[str, Any] | None:
    """The leaf of a path in the tree; a literal segment goes before a parameter."""
    if not segments:
        leaf: Mapping[str, Any] | None = node.get("")
        return leaf
    for key in (segments[0], "{}"):
        if key in node and (found := _descend(node[key], segments[1:])) is not None:
            return found
    return None


@functools.cache
def _tree() -> dict[str, Any]:
    root: dict[str, Any] = {}
    for route in _routes():
        node = root
        for segment in route.path.split("/"):
            node = node.setdefault("{}" if segment.startswith("{") else segment, {})
        node.setdefault("", {})[route.http] = route
    return root


def _routes() -> list[Route]:
    found = [
        Route(name, verb, method["http"], method["path"], method["query"], method["request"], kind)
        for name, kind in kinds().items()
        for verb, method in kind.cloud["methods"].items()
    ]
    for name, path in _OPERATIONS.items():
        one = path + "/{operation}"
        parent = {} if "project" in path else {"parentId": {"type": "string"}}
        found += [
            Route(name, "get", "GET", one, parent, None, None),
            Route(name, "delete", "DELETE", one, parent, None, None),
            Route(name, "list", "GET", path, _LIST | parent, None, None),
        ]
        if "project" in path:
            found.append(Route(name, "wait", "POST", one + "/wait", {}, None, None))
    scopes = {"includeAllScopes": {"type": "boolean"}, "serviceProjectNumber": {"type": "string"}}
    aggregated = "projects/{project}/aggregated/operations"
    found.append(Route("globalOperations", "aggregatedList", "GET", aggregated, _LIST | scopes, None, None))
    found.append(Route("projects", "get", "GET", "projects/{project}", {}, None, None))
    return found
