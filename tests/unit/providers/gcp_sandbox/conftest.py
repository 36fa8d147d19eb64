"""A running Compute sandbox under a clock that only tests move, its real clients, and plain HTTP beside them."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from providers.gcp.sandbox.server import ComputeServer
from providers.gcp.sandbox.service import Settings

PROJECT = "acme-dev"
REGION = "us-central1"
SECONDS = 10.0  # an operation's time on the clock below


@dataclass
class Clock:
    """Time that passes only when it is told to, or slept away."""

    now: float = 1_800_000_000.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Answer:
    status: int
    body: Any

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body["error"]
        return found


@dataclass
class Cloud:
    """The sandbox as tests use it. Paths are relative to ``projects/acme-dev``."""

    server: ComputeServer
    clock: Clock
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, name: str) -> Any:
        """A real client: ``Networks`` for ``compute_v1.NetworksClient``."""
        from google.api_core.client_options import ClientOptions
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import compute_v1

        if name not in self._clients:
            options = ClientOptions(api_endpoint=self.server.url)
            made = getattr(compute_v1, f"{name}Client")(client_options=options, credentials=AnonymousCredentials())
            self._clients[name] = made
        return self._clients[name]

    def http(self, method: str, path: str, body: Any = None) -> Answer:
        """One request, whatever the answer."""
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        where = path if path.startswith("/") else f"/compute/v1/projects/{PROJECT}/{path}"
        request = urllib.request.Request(self.server.url + where, raw, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return Answer(answer.status, json.loads(answer.read() or b"null"))
        except urllib.error.HTTPError as error:
            return Answer(error.code, json.loads(error.read() or b"null"))

    def finish(self) -> None:
        """Let every operation under way come to its end."""
        self.clock.sleep(SECONDS)

    def do(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A changing request and its operation, which must succeed; the ended operation."""
        ended = self.fails(method, path, body)
        assert "error" not in ended, ended
        return ended

    def fails(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A changing request that is accepted; its ended operation."""
        started = self.http(method, path, body)
        assert started.status == 200, started.body
        self.finish()
        ended: dict[str, Any] = self.http(
            "GET", started.body["selfLink"].removeprefix("https://www.googleapis.com")
        ).body
        assert ended["status"] == "DONE"
        return ended

    def network(self, name: str = "net") -> str:
        """A custom-mode network; its URL."""
        self.do("POST", "global/networks", {"name": name, "autoCreateSubnetworks": False})
        return f"global/networks/{name}"

    def subnetwork(
        self, name: str = "sub", cidr: str = "10.0.0.0/24", network: str = "global/networks/net", **more: Any
    ) -> str:
        body = {"name": name, "network": network, "ipCidrRange": cidr, **more}
        self.do("POST", f"regions/{REGION}/subnetworks", body)
        return f"regions/{REGION}/subnetworks/{name}"


@pytest.fixture(scope="session")
def _running() -> Iterator[Cloud]:
    clock = Clock()
    server = ComputeServer(0, Settings(operation_seconds=SECONDS), clock.time, clock.sleep)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Cloud(server, clock)
    server.shutdown()
    thread.join(timeout=5)


@pytest.fixture
def cloud(_running: Cloud) -> Cloud:
    """The sandbox, empty."""
    assert _running.http("POST", "/_orch/reset").status == 200
    return _running


@pytest.fixture
def faults(cloud: Cloud) -> Callable[..., None]:
    """Inject faults: keyword arguments of one rule."""

    def inject(**rule: Any) -> None:
        assert cloud.http("POST", "/_orch/faults", [rule]).status == 200

    return inject
