"""Lists that other objects add to (the policies of a role): of such a list an entry means what it says itself. Pure.

What somebody else has put there is neither a difference nor drift, and is not taken away. It must not judge whether lists differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from provisioner.model.ledger import LedgerRow
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.secret import hidden_in
from provisioner.model.value import ABSENT, Map, Path, Value, get, put
from provisioner.planner.equality import same

Entries = Callable[[str], Sequence[Map]]
"""By type: what is found of the entries that stand in an object's lists."""


def apart(entries: Sequence[Map], stood: Value, stands: Value, default: Value) -> tuple[Value, Value]:
    """A list that entries of their own add to, as it stood and as it stands, without what is theirs. Of what has gone only
    that is told which the cloud gives by itself: all else was an entry's, or is missed by nobody."""

    def is_theirs(item: Value) -> bool:
        return isinstance(item, Map) and any(item.items() <= entry.items() for entry in entries)

    now = tuple(item for item in _items(stands) if not is_theirs(item))
    kept = (*now, *_items(default))
    return tuple(item for item in _items(stood) if item in kept and not is_theirs(item)), now


def own_part(kind: ResourceType, body: Map, *own: Map) -> Map:
    """A body as found, its shared lists without the items that none of our bodies (as wanted, as applied) have."""
    for path, key in kind.shared:
        found = get(body, path)
        if isinstance(found, tuple):
            ours = [item for each in own for item in _items(get(each, path))]
            kept = tuple(item for item in found if any(_one(kind, path, key, item, other) for other in ours))
            body = put(body, path, kept)
    return body


def own(kind: ResourceType, have: Observed, *said: LedgerRow | Resource | None) -> Observed:
    """An object without what is not ours in it. said: what says what is."""
    bodies = [one.applied if isinstance(one, LedgerRow) else one.body for one in said if one]
    return replace(have, body=own_part(kind, have.body, *bodies))


def to_delete(kind: ResourceType, have: Observed, applied: Map) -> Observed:
    """An object as a delete may know it: what is ours of it, and what the cloud never returns as it was last applied. One whose
    create came to no end is ours as a whole."""
    if not applied:
        return have
    body = own_part(kind, have.body, applied)
    for path in kind.write_only:
        value = get(applied, path)
        if value is not ABSENT and get(body, path) is ABSENT and not hidden_in(value):
            body = put(body, path, value)
    return replace(have, body=body)


def _items(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else ()


def _one(kind: ResourceType, path: Path, key: str, item: Value, other: Value) -> bool:
    """Whether two items are the same one, changed or not."""
    if key and isinstance(item, Mapping) and isinstance(other, Mapping):
        return bool(item.get(key, ABSENT) == other.get(key))
    return same(kind, (*path, 0), other, item)
