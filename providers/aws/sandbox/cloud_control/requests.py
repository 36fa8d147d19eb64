"""The operations that Cloud Control has been asked for in one region: their events, tokens and pages. Works on no resource.

The work itself is done when it is asked for; how it went is told later. Time goes on by being asked: each look at an operation
under way (its status, a list of the operations, another one on the same resource) brings it nearer to its end, so that a caller
always has to wait, and one that never asks leaves nothing locked.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.aws.sandbox.errors import RefusedError

Event = dict[str, Any]
_LOOKS = {"CREATE": 2, "UPDATE": 1, "DELETE": 1}  # how often an operation is looked at before it has ended
_UNDER_WAY = ("PENDING", "IN_PROGRESS")
_NEXT = 0.02  # seconds until a status is worth asking for
_OPERATIONS_OF_A_PAGE, _RESOURCES_OF_A_PAGE = 20, 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation ends: what it was about, and the error where it failed."""

    identifier: str = ""
    error: str = ""
    message: str = ""


@dataclass(slots=True)
class Operation:
    """One operation. known: the identifier as far as it can be told before the end."""

    token: str
    type: str
    kind: str
    asked: Mapping[str, Any]
    known: str
    outcome: Outcome
    began: float
    left: int
    status: str = "IN_PROGRESS"

    def look(self) -> None:
        """Let time go on."""
        if self.status in _UNDER_WAY:
            self.left -= 1
            if self.left <= 0:
                self.status = "FAILED" if self.outcome.error else "SUCCESS"
        elif self.status == "CANCEL_IN_PROGRESS":
            self.status = "CANCEL_COMPLETE"

    def event(self) -> Event:
        """The ``ProgressEvent`` of now."""
        event: Event = {
            "TypeName": self.type,
            "RequestToken": self.token,
            "Operation": self.kind,
            "OperationStatus": self.status,
            "EventTime": self.began,
        }
        under_way = self.status in _UNDER_WAY
        if identifier := self.known if under_way else self.outcome.identifier:
            event["Identifier"] = identifier
        if under_way:
            event["RetryAfter"] = time.time() + _NEXT
        if self.status == "FAILED":
            event |= {"ErrorCode": self.outcome.error, "StatusMessage": self.outcome.message}
        return event


class Requests:
    """One region's operations, oldest first, and the listings that are being read."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}
        self._by_client: dict[str, Operation] = {}
        self._listings: dict[str, Sequence[Any]] = {}

    def again(self, asked: Mapping[str, Any]) -> Event | None:
        """The event of the operation that the same client token has begun. ``RefusedError`` where it began another one."""
        before = self._by_client.get(asked.get("ClientToken", ""))
        if before is None:
            return None
        if before.asked != asked:
            words = f"The client token {asked['ClientToken']} has already been used in another resource request."
            raise RefusedError("ClientTokenConflictException", words)
        return before.event()

    def refuse_another(self, name: str, identifier: str) -> None:
        """``RefusedError`` while an operation on the resource is under way."""
        for each in self._operations.values():
            if each.status in _UNDER_WAY and (each.type, each.outcome.identifier) == (name, identifier):
                each.look()
                words = f"Another operation on resource {identifier} of type {name} is in progress: {each.token}"
                raise RefusedError("ConcurrentOperationException", words)

    def begin(self, name: str, kind: str, asked: Mapping[str, Any], known: str, outcome: Outcome) -> Event:
        """The first event of an operation."""
        operation = Operation(str(uuid.uuid4()), name, kind, asked, known, outcome, time.time(), _LOOKS[kind])
        self._operations[operation.token] = operation
        if client := asked.get("ClientToken"):
            self._by_client[client] = operation
        return operation.event()

    def status(self, token: str) -> Event:
        """Where an operation is now."""
        operation = self._find(token)
        operation.look()
        return operation.event()

    def cancel(self, token: str) -> Event:
        """Have an operation canceled, if it is under way. What it has done already stays."""
        operation = self._find(token)
        if operation.status not in _UNDER_WAY:
            words = f"Request {token} is in status {operation.status} and cannot be canceled"
            raise RefusedError("ValidationException", words)
        operation.status = "CANCEL_IN_PROGRESS"
        return operation.event()

    def _find(self, token: str) -> Operation:
        if token not in self._operations:
            words = f"Request with RequestToken {token} was not found"
            raise RefusedError("RequestTokenNotFoundException", words)
        return self._operations[token]

    def summaries(self, asked: Mapping[str, Any]) -> tuple[list[Event], str]:
        """A page of the operations that a filter lets through, newest first, and the token of the next one."""

        def found() -> list[Event]:
            for operation in self._operations.values():
                operation.look()
            chosen = asked.get("ResourceRequestStatusFilter", {})
            kinds, statuses = chosen.get("Operations"), chosen.get("OperationStatuses")
            return [
                each.event()
                for each in reversed(self._operations.values())
                if (not kinds or each.kind in kinds) and (not statuses or each.status in statuses)
            ]

        return self.page(asked, found, _OPERATIONS_OF_A_PAGE)

    def page(
        self, asked: Mapping[str, Any], whole: Callable[[], Iterable[Any]], size: int = _RESOURCES_OF_A_PAGE
    ) -> tuple[list[Any], str]:
        """A page of a listing as it was when its first page was read, and the token of the next one."""
        size = int(asked.get("MaxResults", size))
        if not 1 <= size <= 100:
            words = f"Value '{size}' at 'maxResults' failed to satisfy constraint: Member must be between 1 and 100"
            raise RefusedError("ValidationException", words)
        name, _, start = str(asked.get("NextToken", "")).partition(":")
        if not name:
            name, start = uuid.uuid4().hex, "0"
            self._listings[name] = tuple(whole())
        if name not in self._listings or not start.isdecimal():
            raise RefusedError("InvalidRequestException", "The next token is not valid")
        items, first = self._listings[name], int(start)
        end = first + size
        if end < len(items):
            return list(items[first:end]), f"{name}:{end}"
        return list(items[first:]), ""
