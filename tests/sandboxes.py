"""Fixtures that run the clouds' sandboxes in threads of the test process: one endpoint per cloud, session and worker.

``aws_endpoint`` is the url of an endpoint with whatever earlier tests left in it; ``fresh_aws`` the same one emptied. Each
sandbox is imported when the first test asks for it. With ``ORCH_HOSTILE=SEED`` they are hostile wherever a test resets one or
sets its faults.
"""

from __future__ import annotations

import importlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from providers.kit.server import CALM, HOSTILE, Rule


def hostile(seed: int) -> Rule:
    """The mode in which an endpoint answers as differently as the clouds do. What is new is missed by so few looks that no time needs
    to go by."""
    return Rule(HOSTILE, seconds=60.0, seed=seed)


SEED = os.environ.get("ORCH_HOSTILE", "")
MOOD = (hostile(int(SEED)),) if SEED else ()


def faults(url: str, *rules: Rule) -> None:
    """Replace an endpoint's fault rules; none clears them."""
    _control(url, "faults", [asdict(rule) for rule in (*MOOD, *rules)])


def calm(url: str) -> str:
    """The same endpoint for whoever wants to see what really is there."""
    return url + CALM


def requests(url: str) -> list[dict[str, Any]]:
    """The requests since the last reset, oldest first: ``method``, ``path``, ``operation``, ``status``."""
    logged: list[dict[str, Any]] = _control(url, "requests")["requests"]
    return logged


def operations(url: str) -> list[str]:
    """The names of the requests since the last reset, oldest first."""
    return [str(entry["operation"]) for entry in requests(url)]


def reset(url: str) -> None:
    """Empty a cloud, its fault rules and its request log."""
    _control(url, "reset", {})
    if MOOD:
        faults(url)


def _control(url: str, verb: str, content: Any = None) -> Any:
    at = urlsplit(url)
    connection = HTTPConnection(at.hostname or "", at.port, timeout=30)  # never through a proxy
    try:
        body = None if content is None else json.dumps(content)
        connection.request("GET" if content is None else "POST", f"/_orch/{verb}", body)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        assert answer.status == 200, f"{url} refused {verb}: {said}"
        return said
    finally:
        connection.close()


@contextmanager
def running(cloud: str) -> Iterator[str]:
    """A cloud's sandbox in a thread, at the url that is given."""
    server = importlib.import_module(f"providers.{cloud}.sandbox").serve()
    thread = threading.Thread(target=server.serve_forever, name=f"sandbox-{cloud}", daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join(10)


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    with running("aws") as url:
        yield url


@pytest.fixture(scope="session")
def azure_endpoint() -> Iterator[str]:
    with running("azure") as url:
        yield url


@pytest.fixture(scope="session")
def gcp_endpoint() -> Iterator[str]:
    with running("gcp") as url:
        yield url


@pytest.fixture
def fresh_aws(aws_endpoint: str) -> str:
    reset(aws_endpoint)
    return aws_endpoint


@pytest.fixture
def fresh_azure(azure_endpoint: str) -> str:
    reset(azure_endpoint)
    return azure_endpoint


@pytest.fixture
def fresh_gcp(gcp_endpoint: str) -> str:
    reset(gcp_endpoint)
    return gcp_endpoint
