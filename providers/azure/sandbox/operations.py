"""Long operations: they end when their time has come, and tell of it in ARM's two styles. Must not know what they do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from providers.azure.sandbox.errors import ArmError

_KEPT = 10_000


@dataclass(slots=True)
class Operation:
    """One long operation. root: key of the tree it holds · finish: does the work; an ``ArmError`` it raises is its failure ·
    status: ``InProgress``, ``Succeeded``, ``Failed`` · subject: id of what it works on."""

    id: str
    path: str
    due: float
    root: str
    subject: str
    finish: Callable[[], None]
    status: str = "InProgress"
    error: ArmError | None = None


class Operations:
    """All long operations. Time comes from outside; nothing happens between requests."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._all: dict[str, Operation] = {}
        self._running: dict[str, Operation] = {}

    @property
    def retry_after(self) -> str:
        """The ``Retry-After`` of a poll, whole seconds as HTTP has it."""
        return str(int(self.seconds))

    def start(
        self,
        now: float,
        path: str,
        root: str,
        subject: str,
        finish: Callable[[], None],
        seconds: float | None = None,
    ) -> Operation:
        """Begin. path: the URL path beneath which it can be polled, without the id."""
        due = now + (self.seconds if seconds is None else seconds)
        made = Operation(str(uuid.uuid4()), path, due, root, subject, finish)
        self._all[made.id] = made
        self._running[made.id] = made
        while len(self._all) > _KEPT:
            self._all.pop(next(iter(self._all)))
        return made

    def settle(self, now: float) -> None:
        """End what is due, the earliest first."""
        for operation in sorted(self._running.values(), key=lambda item: item.due):
            if operation.due > now:
                return
            del self._running[operation.id]
            try:
                operation.finish()
            except ArmError as error:
                operation.status, operation.error = "Failed", error
            else:
                operation.status = "Succeeded"

    def holding(self, root: str) -> Operation | None:
        """The running operation that holds a tree."""
        return next((item for item in self._running.values() if item.root == root), None)

    def get(self, identity: str) -> Operation | None:
        """An operation by id."""
        return self._all.get(identity.lower())
