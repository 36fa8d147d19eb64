"""What a request is about: a path taken apart into subscription, group, type and names, letters' case forgiven.

Must not know what exists, nor which types there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote


@dataclass(frozen=True, slots=True)
class Target:
    """One path. kind: ``resource``, ``collection``, ``group``, ``groups``, ``inside`` (resources of a group), ``everything``
    (resources of a subscription), ``subscription``, ``subscriptions``, ``locations``, ``namespace``, ``namespaces``,
    ``register``, ``operation``, ``result``, ``graph``; empty: nothing of ARM's that is known here.

    scope: the path before the last ``/providers/`` · types, names: without the namespace; a collection has a name less ·
    operation: id of a long operation, for the two paths that tell of one.
    """

    kind: str
    subscription: str = ""
    group: str = ""
    scope: str = ""
    namespace: str = ""
    types: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    operation: str = ""

    @property
    def type(self) -> str:
        """``Microsoft.Network/virtualNetworks/subnets`` as the request spells it."""
        return f"{self.namespace}/{'/'.join(self.types)}"

    @property
    def label(self) -> str:
        """What the request log calls it: ``virtualNetworks/subnets``, ``resourceGroups``."""
        if self.kind in ("resource", "collection"):
            return "/".join(self.types)
        return {"group": "resourceGroups", "groups": "resourceGroups", "inside": "resources"}.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class Query:
    """The query string, names in lower case, first value of each."""

    values: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Query:
        """From the raw query string."""
        return cls({name.lower(): values[0] for name, values in parse_qs(text, keep_blank_values=True).items()})

    def get(self, name: str) -> str:
        """A value, or empty."""
        return self.values.get(name.lower(), "")


def parse(path: str) -> Target:
    """The target of a path; its ``kind`` is empty where ARM has no such path."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    folded = [part.lower() for part in parts]
    match folded:
        case ["subscriptions"]:
            return Target("subscriptions")
        case ["providers", "microsoft.resourcegraph", "resources"]:
            return Target("graph")
        case ["subscriptions", _]:
            return Target("subscription", parts[1])
        case ["subscriptions", _, "locations" | "resources" | "resourcegroups" | "providers" as what]:
            kinds = {"resources": "everything", "resourcegroups": "groups", "providers": "namespaces"}
            return Target(kinds.get(what, what), parts[1])
        case ["subscriptions", _, "operationresults", _]:
            return Target("result", parts[1], operation=parts[3])
        case ["subscriptions", _, "resourcegroups", _]:
            return Target("group", parts[1], parts[3])
        case ["subscriptions", _, "resourcegroups", _, "resources"]:
            return Target("inside", parts[1], parts[3])
        case ["subscriptions", _, "providers", _]:
            return Target("namespace", parts[1], namespace=parts[3])
        case ["subscriptions", _, "providers", _, "register"]:
            return Target("register", parts[1], namespace=parts[3])
        case ["subscriptions", _, "providers", _, "locations", _, "operations" | "operationresults" as what, _]:
            return Target("operation" if what == "operations" else "result", parts[1], operation=parts[7])
    return _of_provider(parts, folded)


def _of_provider(parts: list[str], folded: list[str]) -> Target:
    if "providers" not in folded:
        return Target("")
    at = len(folded) - 1 - folded[::-1].index("providers")
    rest = parts[at + 1 :]
    if len(rest) < 2:
        return Target("")
    subscription = parts[1] if folded[:1] == ["subscriptions"] and at > 1 else ""
    group = parts[3] if subscription and len(parts) > 3 and folded[2] == "resourcegroups" else ""
    kind = "collection" if len(rest) % 2 == 0 else "resource"
    scope = "/" + "/".join(parts[:at]) if at else ""
    return Target(kind, subscription, group, scope, rest[0], tuple(rest[1::2]), tuple(rest[2::2]))
