"""Owner tags in the two shapes that clouds use, put in and taken out. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from provisioner.model.resource import Owner
from provisioner.model.value import Value

_OURS = (Owner.LINEAGE_TAG, Owner.OWNER_TAG)


def as_map(tags: Value, key: str = "Key", value: str = "Value") -> dict[str, Any]:
    """Tags of either shape as a plain dict."""
    if not tags:
        return {}
    if isinstance(tags, Mapping):
        return dict(tags)
    return {item[key]: item.get(value, "") for item in tags}


def as_list(tags: Mapping[str, Any], key: str = "Key", value: str = "Value") -> list[dict[str, Any]]:
    """Tags as a list of key-value objects, ordered by key."""
    return [{key: name, value: tags[name]} for name in sorted(tags)]


def split(tags: Mapping[str, Any], foreign: Iterable[str] = ()) -> tuple[dict[str, Any], Owner | None]:
    """The user's own tags and the owner that ours name. Keys with a prefix in ``foreign`` (``aws:``) are dropped too."""
    owner = Owner.parse(str(tags.get(Owner.LINEAGE_TAG, "")), str(tags.get(Owner.OWNER_TAG, "")))
    prefixes = tuple(foreign)
    own = {key: item for key, item in tags.items() if key not in _OURS and not (prefixes and key.startswith(prefixes))}
    return own, owner


def join(own: Mapping[str, Any], owner: Owner | None) -> dict[str, Any]:
    """The user's tags with the owner's, as a creating or tag-replacing call must send them."""
    return {**own, **(owner.tags() if owner else {})}
