"""What exists: records by id, who is inside whom, and who refers to whom. Must not check or shape anything."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

GROUP = "Microsoft.Resources/resourceGroups"


@dataclass(slots=True)
class Record:
    """One resource (or resource group).

    id: spelled as at its creation · body: what may be written, children that stand inline left out · assigned: properties
    that the service chose · parent: key of the enclosing resource, empty for none · place: key of the resource group ·
    guid, since (its making): stable for the life of a resource, another one when it is made again.
    """

    id: str
    type: str
    subscription: str
    body: dict[str, Any]
    parent: str = ""
    place: str = ""
    state: str = "Succeeded"
    etag: str = ""
    guid: str = ""
    since: str = ""
    assigned: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The id without letters' case."""
        return self.id.lower()

    @property
    def name(self) -> str:
        """The last segment of the id."""
        return self.id.rsplit("/", 1)[1]

    @property
    def group(self) -> str:
        """The resource group's name as the id spells it; empty outside of any."""
        parts = self.id.split("/")
        return parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else ""

    @property
    def location(self) -> str:
        """Where it is; empty for what has no location of its own."""
        return str(self.body.get("location", ""))

    @property
    def properties(self) -> dict[str, Any]:
        """The ``properties`` that were written, never None."""
        found: dict[str, Any] = self.body.get("properties") or {}
        return found


class World:
    """All records. Not safe for threads: its user holds a lock."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._children: dict[str, dict[str, None]] = {}
        self._users: dict[str, dict[str, None]] = {}
        self._uses: dict[str, frozenset[str]] = {}
        self._allocated = 0

    def get(self, identity: str) -> Record | None:
        """A record by id, in any case."""
        return self._records.get(identity.lower())

    def all(self) -> Iterator[Record]:
        """Every record, in the order of creation."""
        return iter(list(self._records.values()))

    def put(self, record: Record) -> None:
        """Add or replace a record, with its place among its siblings and its references."""
        key = record.key
        old = self._records.get(key)
        record.guid = old.guid if old else str(uuid.uuid4())
        record.since = old.since if old else f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"
        self._records[key] = record
        self._children.setdefault(record.parent or record.place, {})[key] = None
        self._forget_uses(key)
        self._uses[key] = frozenset(target for _, target in references(record.body))
        for target in self._uses[key]:
            self._users.setdefault(target, {})[key] = None

    def remove(self, record: Record) -> None:
        """Take a record and all inside it away."""
        for child in list(self.inside(record)):
            self.remove(child)
        self._records.pop(record.key, None)
        self._children.get(record.parent or record.place, {}).pop(record.key, None)
        self._children.pop(record.key, None)
        self._forget_uses(record.key)

    def inside(self, record: Record) -> Iterator[Record]:
        """What stands directly in a record: its children, or a group's resources."""
        return iter([self._records[key] for key in self._children.get(record.key, {})])

    def arrange(self, parent: Record, keys: list[str]) -> None:
        """Order the children of a record: these first, as given."""
        known = self._children.get(parent.key, {})
        self._children[parent.key] = dict.fromkeys([*(key for key in keys if key in known), *known])

    def root(self, record: Record) -> Record:
        """The outermost resource that encloses a record: what shares one etag and one operation at a time."""
        while record.parent and record.parent in self._records:
            record = self._records[record.parent]
        return record

    def users(self, record: Record) -> list[Record]:
        """Records that refer to this one."""
        return [self._records[key] for key in self._users.get(record.key, {})]

    def touch(self, record: Record) -> None:
        """Give the whole tree that a record belongs to a new etag."""
        root = self.root(record)
        root.etag = f'W/"{uuid.uuid4()}"'

    def next_number(self) -> int:
        """Ever new: for addresses."""
        self._allocated += 1
        return self._allocated

    def _forget_uses(self, key: str) -> None:
        for target in self._uses.pop(key, ()):
            self._users.get(target, {}).pop(key, None)


def references(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every ``{"id": "/subscriptions/…"}`` in a body: its path, and the id in lower case. An item of a list is called by
    its name on the path."""
    if isinstance(value, dict):
        found = value.get("id")
        if path and isinstance(found, str) and found.lower().startswith("/subscriptions/"):
            yield path, found.lower().rstrip("/")
        for key, item in value.items():
            yield from references(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            name = item.get("name", index) if isinstance(item, dict) else index
            yield from references(item, (*path, str(name)))
