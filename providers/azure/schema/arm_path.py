"""Resource Manager paths: which type a URL template stands for, at which scope, beneath which parent. Pure functions.

Must not know models, archives or any one service.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_GROUP = re.compile(r"^/subscriptions/\{\w+\}/resourcegroups/\{\w+\}$", re.IGNORECASE)
_SCOPES = (
    ("resourceGroup", _GROUP),
    ("subscription", re.compile(r"^/subscriptions/\{\w+\}$", re.IGNORECASE)),
    ("managementGroup", re.compile(r"^/providers/Microsoft\.Management/managementGroups/\{\w+\}$", re.IGNORECASE)),
    ("tenant", re.compile(r"^$")),
)
RESOURCE_GROUP = "Microsoft.Resources/resourceGroups"


@dataclass(frozen=True, slots=True)
class ArmPath:
    """What a template for one resource says. last: the name's placeholder, or a fixed name for a singleton."""

    type: str
    scope: str
    parent: str
    last: str

    @property
    def fixed_name(self) -> str:
        """The only name that a singleton can have, else empty."""
        return "" if self.last.startswith("{") else self.last


def parse(template: str) -> ArmPath | None:
    """The type that a template names, or None where it is not one resource's own path."""
    if _GROUP.match(template):
        return ArmPath(RESOURCE_GROUP, "subscription", "", template.rsplit("/", 1)[1])
    before, found, after = template.rpartition("/providers/")
    parts = after.split("/")
    if not found or len(parts) < 3 or len(parts) % 2 == 0 or parts[0].startswith("{"):
        return None
    kinds = parts[1::2]
    if any(kind.startswith("{") for kind in kinds):
        return None
    scope = next((name for name, pattern in _SCOPES if pattern.match(before)), "extension")
    parent = f"{parts[0]}/{'/'.join(kinds[:-1])}" if len(kinds) > 1 else ""
    return ArmPath(f"{parts[0]}/{'/'.join(kinds)}", scope, parent, parts[-1])


def beneath(path: ArmPath, parent: str) -> ArmPath:
    """The same path with its parent spelled so: templates of one service differ in letters' case."""
    return replace(path, type=f"{parent}/{path.type.rsplit('/', 1)[1]}", parent=parent)


def shape(template: str) -> str:
    """The template without letters' case and placeholders' names, to tell which operations share a path."""
    return re.sub(r"\{\w+\}", "{}", template).lower()


def collection(template: str) -> str:
    """The path that lists what the template's last segment names."""
    return template.rsplit("/", 1)[0]
