"""Endpoints for the Google Cloud provider's tests: the Compute sandbox, and a scripted one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from gcp_rig import Gcp, Script

from providers.kit.server import Response, Server


@contextmanager
def _serving(server: Any) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.url
    server.shutdown()
    thread.join(timeout=5)


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[str]:
    from providers.gcp.sandbox import serve

    with _serving(serve(port=0, operation_seconds=0.01)) as url:
        yield url


@pytest.fixture(scope="session")
def _gcp(_sandbox: str) -> Gcp:
    return Gcp(_sandbox)


@pytest.fixture
def gcp(_gcp: Gcp) -> Gcp:
    """The provider at an empty Compute sandbox."""
    _gcp.control("reset")
    _gcp.default_tags = Gcp("").default_tags
    return _gcp


@pytest.fixture
def script() -> Iterator[tuple[Gcp, Script]]:
    """A provider before a server that answers as told."""
    made = Script()
    server = Server(made, namer=lambda _: "", fault=lambda *_: Response(500), reset=lambda: None)
    with _serving(server) as url:
        yield Gcp(url), made
