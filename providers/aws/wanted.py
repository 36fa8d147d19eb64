"""What is wanted, in the form that AWS would give it back: default tags beneath the entry's own, canonical values, identity.

Pure functions; idempotent. References may stand anywhere and stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from providers.aws.kinds import TAG_KEY, Kind
from provisioner.model.place import Place
from provisioner.model.resource import Resource
from provisioner.model.resource_type import TagField
from provisioner.model.value import ABSENT, Map, Value, get, put


def normalize(want: Resource, kind: Kind) -> Resource:
    """See ``Provider.normalize``."""
    body = _with_default_tags(want.body, kind.type.tags, want.place)
    if kind.table and kind.table.canonical:
        body = kind.table.canonical(body, want.place)
    want = replace(want, body=body)
    return replace(want, identity=kind.identity_of(want) or want.identity)


def _with_default_tags(body: Map, field: TagField | None, place: Place) -> Map:
    if field is None or not place.default_tags:
        return body
    own: Any = get(body, field.path)
    absent = own is ABSENT
    merged: Value
    if field.shape == "map" and (absent or isinstance(own, Mapping)):
        merged = Map({**_text(place.default_tags), **(own or {})})
    elif field.shape == "list" and (absent or isinstance(own, tuple)):
        taken = {item.get(TAG_KEY) for item in own or () if isinstance(item, Mapping)}
        more = {key: value for key, value in _text(place.default_tags).items() if key not in taken}
        merged = (*(own or ()), *(Map(Key=key, Value=more[key]) for key in sorted(more)))
    else:
        return body  # all of the tags are one reference
    result: Map = put(body, field.path, merged)
    return result


def _text(tags: Mapping[str, Any]) -> dict[str, str]:
    return {key: value if isinstance(value, str) else str(value) for key, value in tags.items()}
