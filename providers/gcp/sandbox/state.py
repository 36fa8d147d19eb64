"""What the sandbox holds: objects, who refers to whom, operations and their due times. Must not know HTTP or any type.

An operation does its work when it falls due, not before and not on a thread of its own: each request first settles what
has become due, in order. So outcomes depend on the clock alone.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

from providers.gcp.sandbox.errors import ApiError
from providers.gcp.sandbox.kinds import Kind

_PACIFIC = timezone(timedelta(hours=-8))  # the service's timestamps are in it


class Phase(Enum):
    """Where an object is in its life."""

    CREATING = 1
    READY = 2
    DELETING = 3


@dataclass(slots=True)
class Record:
    """One object. ``body`` is replaced, never changed in place; ``refs`` are the keys it refers to; ``busy`` is the key
    of the operation under way on it."""

    key: str
    kind: Kind
    body: Mapping[str, Any]
    refs: frozenset[str] = frozenset()
    phase: Phase = Phase.CREATING
    busy: str = ""
    generation: int = 0

    @property
    def visible(self) -> bool:
        """Whether reads find it: a new object without a status shows only once it is done."""
        return self.phase is not Phase.CREATING or self.kind.statuses is not None


@dataclass(slots=True)
class Operation:
    """One operation: what it is about, when it ends, and what its end does. ``work`` raises ``ApiError`` to fail it."""

    key: str
    number: int
    verb: str
    target: str
    target_id: str
    request_id: str
    started: float
    due: float
    work: Callable[[], None]
    undo: Callable[[], None]
    done: bool = False
    error: ApiError | None = None


@dataclass(slots=True)
class State:
    """Everything, behind one lock that the caller holds. ``clock`` gives seconds since 1970."""

    clock: Callable[[], float]
    objects: dict[str, Record] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    replays: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    _users: dict[str, set[str]] = field(default_factory=dict)
    _due: list[tuple[float, int, str]] = field(default_factory=list)
    _last: int = 0

    def number(self) -> int:
        """A new id: 19 digits, rising."""
        self._last = max(self._last + 1, int(self.clock() * 1e9))
        return self._last

    def seen(self, project: str) -> str:
        """The number of a project, which exists from its first mention on."""
        return self.projects.setdefault(project, str(100_000_000_001 + len(self.projects)))

    def put(self, record: Record) -> None:
        """Add or replace an object, keeping the index of who refers to whom."""
        self._forget_refs(record.key)
        self.objects[record.key] = record
        for target in record.refs:
            self._users.setdefault(target, set()).add(record.key)

    def drop(self, key: str) -> None:
        """Remove an object."""
        self._forget_refs(key)
        self.objects.pop(key, None)

    def _forget_refs(self, key: str) -> None:
        old = self.objects.get(key)
        for target in old.refs if old else ():
            users = self._users.get(target, set())
            users.discard(key)
            if not users:
                self._users.pop(target, None)

    def users(self, key: str) -> list[str]:
        """Keys of the objects that refer to one, in order."""
        return sorted(self._users.get(key, ()))

    def under(self, collection: str) -> Iterator[Record]:
        """The visible objects whose keys are one segment below ``collection``."""
        start = collection + "/"
        for key, record in self.objects.items():
            if key.startswith(start) and "/" not in key[len(start) :] and record.visible:
                yield record

    def of_kind(self, kinds: Iterable[Kind], project: str) -> Iterator[Record]:
        """The objects of some kinds in a project, visible or not."""
        collections, start = {kind.collection for kind in kinds}, f"projects/{project}/"
        for key, record in self.objects.items():
            if record.kind.collection in collections and key.startswith(start):
                yield record

    def begin(self, operation: Operation) -> None:
        """Take an operation up; it ends at its due time."""
        self.operations[operation.key] = operation
        heapq.heappush(self._due, (operation.due, operation.number, operation.key))

    def settle(self) -> None:
        """Do the work of all operations that have become due."""
        now = self.clock()
        while self._due and self._due[0][0] <= now:
            operation = self.operations.get(heapq.heappop(self._due)[2])
            if operation is None:
                continue  # deleted meanwhile
            try:
                operation.work()
            except ApiError as error:
                operation.error = error
                operation.undo()
            operation.done = True


def timestamp(seconds: float) -> str:
    """A time as the service writes it, ``2026-11-24T04:18:00.123-08:00``."""
    return datetime.fromtimestamp(seconds, _PACIFIC).isoformat(timespec="milliseconds")


def fingerprint(*parts: Any) -> str:
    """A hash in the service's form: eight bytes in base64."""
    text = json.dumps(parts, sort_keys=True, default=str).encode()
    return base64.b64encode(hashlib.sha256(text).digest()[:8]).decode()


def is_request_id(text: str) -> bool:
    """Whether it is a UUID other than zero."""
    try:
        return uuid.UUID(text).int != 0 and len(text) == 36
    except ValueError:
        return False
