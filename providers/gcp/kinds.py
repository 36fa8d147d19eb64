"""The compiled archive as the provider reads it: how a type's objects are named and which methods it has.

Must not send anything or know any single type.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from providers.gcp.schema import archive
from provisioner.model.problem import OrchError
from provisioner.model.value import Map, freeze

SERVICES: Mapping[str, tuple[str, str]] = {"compute.googleapis.com": ("compute", "compute/v1")}
"""By the service in a type's name: what errors and budgets call it, and the root of its URLs."""

_PARAMETER = re.compile(r"\{\w+\}")
_SCOPES = {
    "global": "projects/{project}/global",
    "region": "projects/{project}/regions/{region}",
    "zone": "projects/{project}/zones/{zone}",
    "organization": "locations/global",
}
_FINGERPRINT = "fingerprint"


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a collection. path: its template · query: names of its query parameters · request: its body's schema,
    or empty."""

    name: str
    http: str
    path: str
    query: frozenset[str]
    request: str

    @property
    def writes(self) -> bool:
        """Whether it may change anything."""
        return self.http != "GET"


@dataclass(frozen=True, slots=True)
class Kind:
    """One type's collection, as the archive's ``cloud`` section describes it (``providers.gcp.schema.compile``)."""

    name: str
    service: str
    root: str
    cloud: Map
    properties: Map
    methods: Mapping[str, Method]

    @property
    def collection(self) -> str:
        """``globalAddresses``"""
        return str(self.cloud["collection"])

    @property
    def scope(self) -> str:
        """``global``, ``region``, ``zone`` or ``organization``"""
        return str(self.cloud["scope"])

    @property
    def parents(self) -> tuple[str, ...]:
        """Path parameters that name the enclosing object, for types that live in another one."""
        return tuple(self.cloud["parents"])

    @property
    def place_keys(self) -> tuple[str, ...]:
        """Entry keys beside ``properties`` that say where an object lives."""
        own = {"region": ("region",), "zone": ("zone",), "organization": ("parentId",)}.get(self.scope, ())
        return (*own, *self.parents)

    @property
    def labelled(self) -> bool:
        """Whether its objects can carry labels, at the insert or by ``setLabels`` afterwards."""
        return bool(self.cloud["labels_on_insert"]) or self.labels_after

    @property
    def labels_after(self) -> bool:
        """Whether labels can be set, but only after the insert."""
        return self.cloud["labels_on_insert"] is False and "setLabels" in self.methods

    @property
    def aggregated(self) -> bool:
        """Whether one request lists the objects of all scopes."""
        return self.cloud["aggregated_by"] is not None

    @property
    def has_fingerprint(self) -> bool:
        """Whether objects carry a ``fingerprint`` of their whole content."""
        return _FINGERPRINT in self.properties

    def fields(self, schema: str) -> frozenset[str]:
        """Property names of a request's schema; empty for a schema that bodies use too."""
        return frozenset(self.cloud["requests"].get(schema, {}).get("properties", ()))

    def container(self, project: str, within: Mapping[str, Any]) -> str | None:
        """What encloses an object, ``projects/p/regions/r`` (or a parent's identity); None while a part is unknown."""
        values = {"project": project, **within}
        template = str(self.cloud["path"]).rsplit("/", 2)[0]
        names = [match[1:-1] for match in _PARAMETER.findall(template)]
        if any(not isinstance(values.get(name), str) or not values[name] for name in names):
            return None
        return template.format(**{name: values[name] for name in names})

    def identity(self, container: str, name: str) -> str:
        """``projects/p/global/networks/n``"""
        return f"{container}/{self.cloud['segment']}/{name}"

    def find(self, text: str) -> str | None:
        """The identity in a URL or an identity, or None where it names no object of this type."""
        found = _pattern(str(self.cloud["path"])).search(text)
        return found[0] if found else None

    def values(self, identity: str) -> tuple[str, ...]:
        """The path parameters of an identity, in order. ``OrchError`` where it is none of this type."""
        found = _pattern(str(self.cloud["path"])).fullmatch(identity)
        if not found:
            raise OrchError(f"{identity!r} is no {self.name}", hint=f"its identity looks like {self.cloud['path']}")
        return found.groups()

    def container_values(self, container: str) -> tuple[str, ...]:
        """The path parameters of a container, in order."""
        return self.values(self.identity(container, "-"))[:-1]

    def operation(self, identity_or_container: str, name: str) -> str:
        """Path of an operation on an object: operations live in the object's own scope."""
        size = _SCOPES[self.scope].count("/") + 1
        return "/".join([*identity_or_container.split("/")[:size], "operations", name])

    def region(self, container: str) -> str:
        """Region or zone of an identity or container; empty for global objects. For error messages."""
        parts = container.split("/")
        return parts[3] if self.scope in ("region", "zone") and len(parts) > 3 else ""


def fill(template: str, values: Sequence[str]) -> str:
    """A path template with its parameters filled in order, escaped. Their names differ from method to method
    (``{address}``, ``{resource}``), their order does not."""
    left = iter(values)
    return _PARAMETER.sub(lambda _: quote(next(left), safe=":"), template)


def container_of(identity: str) -> str:
    """What encloses the object that an identity names."""
    return identity.rsplit("/", 2)[0]


def name_of(identity: str) -> str:
    """The last segment of an identity or URL."""
    return identity.rsplit("/", 1)[-1]


@functools.cache
def kind(name: str) -> Kind:
    """The kind of a type name. ``UnknownTypeError`` with near names where the archive has none."""
    entry = archive().entry(name)
    service, root = SERVICES[name.split("/")[0]]
    methods = {
        method: Method(method, given["http"], given["path"], frozenset(given["query"]), given["request"] or "")
        for method, given in entry["cloud"]["methods"].items()
    }
    cloud = {key: value for key, value in entry["cloud"].items() if key != "methods"}
    return Kind(name, service, root, freeze(cloud), freeze(entry["schema"]["properties"]), MappingProxyType(methods))


@functools.cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in _PARAMETER.split(path)]
    return re.compile(r"(?:^|(?<=/))" + "([^/]+)".join(parts) + "$")
