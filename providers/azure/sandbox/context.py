"""What every verb works with: the request, the world, the clock, and how a long operation starts and answers.

Must not know any one verb.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.azure.sandbox import errors, shaping
from providers.azure.sandbox.errors import ArmError
from providers.azure.sandbox.operations import Operation, Operations
from providers.azure.sandbox.route import Query, Target
from providers.azure.sandbox.world import GROUP, Record, World
from providers.kit.server import Request, Response


@dataclass(frozen=True, slots=True)
class Context:
    """One request and what it meets. failing: what the long operation that it starts shall fail with, if anything · seconds:
    how long that takes, if not as long as all do."""

    request: Request
    target: Target
    query: Query
    world: World
    operations: Operations
    now: float
    failing: ArmError | None = None
    seconds: float | None = None

    @property
    def version(self) -> str:
        """The API version that the request names."""
        return self.query.get("api-version")

    @property
    def base(self) -> str:
        """The endpoint as the client sees it."""
        return f"http://{self.request.headers.get('host', '127.0.0.1')}"

    def group(self) -> Record:
        """The resource group of the path; 404 where there is none."""
        found = self.world.get(f"/subscriptions/{self.target.subscription}/resourceGroups/{self.target.group}")
        if found is None:
            raise errors.group_not_found(self.target.group)
        return found

    def answer(self, status: int, record: Record, headers: Mapping[str, str] | None = None) -> Response:
        """A resource as an answer, with its etag in the header too."""
        content = shaping.body(self.world, record)
        etag = {"ETag": content["etag"]} if content.get("etag") else {}
        return of_json(status, content, {**etag, **(headers or {})})

    def start(self, records: Sequence[Record], finish: Callable[[], None]) -> Operation:
        """Begin a long operation on a record and those changed with it; when it fails, they say so."""
        record = records[0]

        def work() -> None:
            if self.failing:
                for item in records:
                    item.state = "Succeeded" if item.type == GROUP else "Failed"
                self.world.touch(record)
                raise self.failing
            finish()

        path = f"/subscriptions/{record.subscription}/"
        if record.type != GROUP:
            where = self.world.root(record).location or "global"
            path += f"providers/{record.type.partition('/')[0]}/locations/{where}/"
        return self.operations.start(self.now, path, self.world.root(record).key, record.id, work, self.seconds)

    def polls(self, operation: Operation, style: str) -> dict[str, str]:
        """The headers that say where to ask: both for what has both, for a resource group only ``Location``."""
        headers = {"Retry-After": self.operations.retry_after}
        if style != "original-uri" and operation.path.count("/") > 3:
            headers["Azure-AsyncOperation"] = self.url(operation, "operations")
        if style == "location":
            headers["Location"] = self.url(operation, "operationResults")
        return headers

    def url(self, operation: Operation, kind: str) -> str:
        """Where an operation is polled: ``operations`` or ``operationResults``."""
        return f"{self.base}{operation.path}{kind}/{operation.id}?api-version={self.version}"

    def free(self, record: Record) -> None:
        """Refuse to touch what a running operation holds."""
        holder = self.operations.holding(self.world.root(record).key)
        if holder:
            raise errors.busy(self.url(holder, "operations"), self.operations.retry_after)


def of_json(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; headers as they are written."""
    typed = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return Response(status, json.dumps(content).encode(), typed)
