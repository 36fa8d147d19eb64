"""The published types as the sandbox asks about them, over the schema archive. Must not know what exists."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.azure.sandbox.errors import ArmError
from providers.azure.schema import archive

LOCATIONS = (
    "australiacentral",
    "australiaeast",
    "australiasoutheast",
    "austriaeast",
    "belgiumcentral",
    "brazilsouth",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "chilecentral",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "indonesiacentral",
    "israelcentral",
    "italynorth",
    "japaneast",
    "japanwest",
    "koreacentral",
    "koreasouth",
    "malaysiawest",
    "mexicocentral",
    "newzealandnorth",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "polandcentral",
    "qatarcentral",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "southindia",
    "spaincentral",
    "swedencentral",
    "switzerlandnorth",
    "uaenorth",
    "uksouth",
    "ukwest",
    "westcentralus",
    "westeurope",
    "westindia",
    "westus",
    "westus2",
    "westus3",
)
_GLOBAL = "global"
_VERSION = re.compile(r"^\d{4}-\d{2}-\d{2}(-(preview|alpha|beta|rc|privatepreview))?$")


@dataclass(frozen=True)
class Kind:
    """One ARM type."""

    name: str
    schema: Mapping[str, Any]
    cloud: Mapping[str, Any]
    create_only: tuple[tuple[str, ...], ...]

    @property
    def namespace(self) -> str:
        """``Microsoft.Network``."""
        return self.name.partition("/")[0]

    @property
    def api_version(self) -> str:
        """The newest that is known."""
        return str(self.cloud["api_version"])

    @property
    def methods(self) -> Mapping[str, Mapping[str, Any]]:
        """Published verbs: ``put``, ``get``, …"""
        found: Mapping[str, Mapping[str, Any]] = self.cloud["methods"]
        return found

    @property
    def children(self) -> Mapping[str, str]:
        """Name of a list in ``properties`` → the child type that it holds."""
        return {path.removeprefix("properties/"): name for path, name in self.cloud["children"].items()}

    @property
    def members(self) -> Mapping[str, Any]:
        """Members of the body's first level."""
        found: Mapping[str, Any] = self.schema["properties"]
        return found

    @functools.cached_property
    def properties(self) -> Mapping[str, Any]:
        """Members of ``properties``."""
        part = self.members.get("properties", {})
        target = self.schema["$defs"][part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else part
        found: Mapping[str, Any] = target.get("properties", {})
        return found

    @property
    def tracked(self) -> bool:
        """Whether it has a location of its own, and so stands in lists of resources."""
        return "location" in self.members

    def check_version(self, version: str, location: str = "") -> None:
        """Refuse an API version that is lacking, malformed, or newer than the specification that is known here."""
        if _VERSION.match(version) and version[:10] <= self.api_version:
            return
        _, _, short = self.name.partition("/")
        where = f" for location '{location}' and" if location else " for"
        message = (
            f"No registered resource provider found{where} API version '{version}' for type '{short}'. The supported "
            f"api-versions are '{self.api_version}'. The supported locations are '{', '.join(LOCATIONS)}'."
        )
        raise ArmError(400, "NoRegisteredProviderFound", message)

    def check_name(self, name: str) -> None:
        """Refuse a name that the naming rules do not allow."""
        rule = self.cloud["name"]
        longest = int(rule.get("maxLength", 260))
        fits = int(rule.get("minLength", 1)) <= len(name) <= longest and re.search(rule.get("pattern", ""), name)
        if fits and rule.get("const", name).lower() == name.lower():
            return
        if self.namespace == "Microsoft.Network":
            message = (
                f"Resource name {name} is invalid. The name can be up to {longest} characters long. It must begin with a "
                "word character, and it must end with a word character or with '_'. The name may contain word characters "
                "or '.', '-', '_'."
            )
            raise ArmError(400, "InvalidResourceName", message)
        raise ArmError(400, "InvalidResourceName", f"The provided resource name '{name}' is invalid.", target="name")


@functools.cache
def _folded() -> Mapping[str, str]:
    return {name.lower(): name for name in archive().names()}


@functools.cache
def _kind(name: str) -> Kind:
    entry = archive().entry(name)
    fixed = tuple(tuple(path) for path in entry.get("create_only", ()))
    return Kind(name, entry["schema"], entry["cloud"], fixed)


def known(name: str) -> Kind | None:
    """A type by name, in any case."""
    found = _folded().get(name.lower())
    return _kind(found) if found else None


def find(name: str, version: str) -> Kind:
    """A type by name; ``ArmError`` 404 where there is no such namespace or type."""
    kind = known(name)
    if kind:
        return kind
    namespace, _, short = name.partition("/")
    if not any(other.startswith(f"{namespace.lower()}/") for other in _folded()):
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    message = (
        f"The resource type '{short}' could not be found in the namespace '{namespace}' for api version '{version}'. "
        "The supported api-versions are ''."
    )
    raise ArmError(404, "InvalidResourceType", message)


def namespaces() -> dict[str, list[Kind]]:
    """Every namespace with its types."""
    found: dict[str, list[Kind]] = {}
    for name in archive().names():
        found.setdefault(name.partition("/")[0], []).append(_kind(name))
    return found


def location(text: str) -> str:
    """A location as the service writes it back: ``West Europe`` is ``westeurope``."""
    return text.replace(" ", "").lower()


def check_location(text: str, kind: str) -> None:
    """Refuse a location that does not exist."""
    if location(text) not in (*LOCATIONS, _GLOBAL):
        message = (
            f"The provided location '{text}' is not available for resource type '{kind}'. List of available regions for "
            f"the resource type is '{','.join(LOCATIONS)}'."
        )
        raise ArmError(400, "LocationNotAvailableForResourceType", message)
