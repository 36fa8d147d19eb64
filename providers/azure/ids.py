"""ARM ids: how they are built from names, taken apart, and brought into one form. Pure functions; no request, no type data."""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = "Microsoft.Resources/resourceGroups"
SUBSCRIPTIONS = "Microsoft.Resources/subscriptions"

_WORDS = {
    "subscriptions": "subscriptions",
    "resourcegroups": "resourceGroups",
    "providers": "providers",
    "managementgroups": "managementGroups",
}


@dataclass(frozen=True, slots=True)
class TypeName:
    """``Microsoft.Network/virtualNetworks/subnets@2024-05-01``, taken apart."""

    namespace: str
    kinds: tuple[str, ...]
    api_version: str = ""

    @classmethod
    def parse(cls, text: str) -> TypeName:
        """Of a name as blueprints write it."""
        name, _, version = text.partition("@")
        namespace, *kinds = name.split("/")
        return cls(namespace, tuple(kinds), version)

    def __str__(self) -> str:
        return "/".join((self.namespace, *self.kinds))

    @property
    def parent(self) -> TypeName | None:
        """The type of the enclosing resource; None at the top."""
        return TypeName(self.namespace, self.kinds[:-1]) if len(self.kinds) > 1 else None


def subscription_id(account: str) -> str:
    """The id of a subscription."""
    return f"/subscriptions/{account}"


def group_id(account: str, name: str) -> str:
    """The id of a resource group."""
    return f"/subscriptions/{account}/resourceGroups/{name}"


def collection(type_name: str, enclosing: str) -> str:
    """Where the objects of a type are listed, beneath a parent's id or a scope's."""
    name = TypeName.parse(type_name)
    if str(name) == GROUPS:
        return f"{enclosing}/resourceGroups"
    if name.parent:
        return f"{enclosing}/{name.kinds[-1]}"
    return f"{enclosing}/providers/{name}"


def child(type_name: str, enclosing: str, name: str) -> str:
    """The id of an object by its name and what encloses it."""
    return f"{collection(type_name, enclosing)}/{name}"


def canonical(identity: str, type_name: str, account: str) -> str:
    """The same id with ARM's words, the subscription and the type in one spelling; names stay as they are.

    ARM answers with ``resourcegroups``, upper-case providers and the like, whatever was sent.
    """
    name = TypeName.parse(type_name)
    parts = identity.strip("/").split("/")
    out = [_WORDS.get(part.lower(), part) if index % 2 == 0 else part for index, part in enumerate(parts)]
    if len(out) > 1 and out[0] == "subscriptions" and out[1].lower() == account.lower():
        out[1] = account
    at = max((index for index, part in enumerate(out) if part == "providers" and index % 2 == 0), default=-1)
    if at >= 0 and len(out) > at + 2 and out[at + 1].lower() == name.namespace.lower():
        out[at + 1] = name.namespace
        for kind, index in zip(name.kinds, range(at + 2, len(out), 2), strict=False):
            if out[index].lower() == kind.lower():
                out[index] = kind
    return "/" + "/".join(out)


def type_of(identity: str) -> str:
    """The type that an id names, as the id spells it; empty for what is none."""
    parts = identity.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if "providers" in lowered:
        at = len(lowered) - 1 - lowered[::-1].index("providers")
        return "/".join((parts[at + 1], *parts[at + 2 :: 2])) if len(parts) > at + 2 else ""
    if len(parts) == 4 and lowered[0] == "subscriptions" and lowered[2] == "resourcegroups":
        return GROUPS
    return SUBSCRIPTIONS if len(parts) == 2 and lowered[0] == "subscriptions" else ""


def parent_of(identity: str, type_name: str) -> str:
    """The id of the enclosing resource of a child; empty for a type at the top."""
    return identity.rpartition("/")[0].rpartition("/")[0] if TypeName.parse(type_name).parent else ""


def collection_of(identity: str) -> str:
    """Where an id's siblings are listed."""
    return identity.rpartition("/")[0]


def last(identity: str) -> str:
    """The object's own name."""
    return identity.rpartition("/")[2]
