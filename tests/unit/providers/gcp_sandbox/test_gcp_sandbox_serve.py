"""The entry point: a port, a time from the environment, and the clock of the machine."""

from __future__ import annotations

import json
import threading
import urllib.request
from typing import Any

import pytest

from providers.gcp.sandbox import SECONDS_VARIABLE, serve


def ask(url: str, body: Any = None, method: str | None = None) -> Any:
    raw = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, raw, method=method), timeout=10) as answer:
        return json.loads(answer.read())


def test_serves_on_a_free_port_and_waits_for_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECONDS_VARIABLE, "0.03")
    server = serve()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        assert ask(f"{server.url}/_orch/health") == {"ok": True}
        assert ask(f"{server.url}/_orch/settings", {})["operation_seconds"] == 0.03
        root = f"{server.url}/compute/v1/projects/p/global"
        started = ask(f"{root}/networks", {"name": "net", "autoCreateSubnetworks": False})
        assert started["status"] == "PENDING"
        assert ask(f"{root}/operations/{started['name']}/wait", method="POST")["status"] == "DONE"
    finally:
        server.shutdown()
        thread.join(timeout=5)
    assert not thread.is_alive()


def test_a_taken_port_is_an_os_error() -> None:
    server = serve()
    port = int(server.url.rsplit(":", 1)[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with pytest.raises(OSError, match="use"):
            serve(port)
    finally:
        server.shutdown()
        thread.join(timeout=5)
