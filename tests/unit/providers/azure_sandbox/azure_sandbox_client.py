"""Plain HTTP to an ARM sandbox whose clock the test holds."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from providers.azure.sandbox import SUBSCRIPTION
from providers.kit.server import Server

VERSIONS = {"microsoft.network": "2026-03-01", "microsoft.resourcegraph": "2021-03-01"}


@dataclass
class Clock:
    """Time that a test moves."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])

    @property
    def message(self) -> str:
        error = self.body["error"]
        return str(error["details"][0]["message"] if error.get("details") else error["message"])


@dataclass
class Arm:
    """Plain HTTP to an endpoint whose clock the test holds."""

    url: str
    clock: Clock
    group: str = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
    headers: dict[str, str] = field(default_factory=lambda: {"Authorization": "Bearer x"})

    def __call__(
        self, method: str, path: str, body: Any = None, version: str = "", headers: dict[str, str] | None = None
    ) -> Answer:
        if path.startswith("http"):
            split = urlsplit(path)
            path = f"{split.path}?{split.query}"
        else:
            path, _, query = path.partition("?")
            folded = path.lower()
            known = next((item for name, item in VERSIONS.items() if f"/providers/{name}/" in folded), "2025-04-01")
            path = f"{quote(path)}?api-version={version or known}{'&' + quote(query, safe='=&$') if query else ''}"
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.url).port, timeout=10)
        raw = body if isinstance(body, str) else json.dumps(body) if body is not None else None
        connection.request(method, path, raw, {**self.headers, **(headers or {})})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, lowered, json.loads(text) if text else None)

    def network(self, path: str) -> str:
        return f"{self.group}/providers/Microsoft.Network/{path}"

    def put(self, path: str, body: Any, **more: Any) -> Answer:
        """A PUT that must be accepted, and the time that it takes."""
        answer = self("PUT", path if path.startswith("/") else self.network(path), body, **more)
        assert answer.status in (200, 201), answer.body
        self.settle()
        return answer

    def get(self, path: str) -> Any:
        answer = self("GET", path if path.startswith("/") else self.network(path))
        assert answer.status == 200, answer.body
        return answer.body

    def settle(self) -> None:
        self.clock.now += 10

    def control(self, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.url).port, timeout=10)
        connection.request("POST" if body is not None else "GET", f"/_orch/{path}", json.dumps(body or []))
        return json.loads(connection.getresponse().read())


def running(server: Server) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.url
    server.shutdown()
    thread.join(timeout=5)
