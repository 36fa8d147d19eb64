"""What ARM answers, in the blueprint's vocabulary: canonical ids, the owner's tags taken out, the etag apart.

Pure functions; it must not send requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.azure import ids
from providers.azure.kinds import Kind
from providers.kit import tags as kit_tags
from provisioner.model.place import Place
from provisioner.model.resource import Observed
from provisioner.model.value import freeze


def observe(place: Place, type_name: str, kind: Kind, content: Mapping[str, Any], identity: str = "") -> Observed:
    """The object of an answer. ``identity``: the id that it was asked for by, whose spelling then holds."""
    found = str(content.get("id") or identity)
    if not identity or (found and found.lower() != identity.lower()):
        identity = ids.canonical(found, kind.type.name, place.account)
    body = {key: content[key] for key in kind.type.body_keys if content.get(key) is not None}
    body = {key: _without_etags(item) for key, item in body.items()}
    body |= {"id": identity, "name": ids.last(identity), "type": kind.type.name}
    owner = None
    if kind.taggable and "tags" in body:
        body["tags"], owner = kit_tags.split(kit_tags.as_map(body["tags"]))
    etag = content.get("etag") or ""
    parent = ids.parent_of(identity, kind.type.name)
    return Observed(type_name, place, identity, freeze(body), owner, str(etag), parent)


def _without_etags(value: Any) -> Any:
    """Etags of what is shown inline change with every neighbour; the object's own stands apart."""
    if isinstance(value, Mapping):
        return {key: _without_etags(item) for key, item in value.items() if key != "etag"}
    return [_without_etags(item) for item in value] if isinstance(value, list) else value


def state(content: Any) -> str:
    """ARM's provisioningState: ``Succeeded``, ``Failed``, ``Canceled``, or what it is still busy with; empty if it has none."""
    inside = content.get("properties") if isinstance(content, Mapping) else None
    return str(inside.get("provisioningState") or "") if isinstance(inside, Mapping) else ""


def broken(content: Any) -> bool:
    """Whether ARM gave up on an object and left it as it was then."""
    return state(content).lower() in ("failed", "canceled")
