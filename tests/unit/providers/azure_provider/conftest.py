"""Endpoints for the Azure provider's tests: ARM's sandbox, and a scripted one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure_rig import Azure, Script, serving

from providers.kit.server import Response, Server


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[str]:
    from providers.azure.sandbox import serve

    with serving(serve(port=0, operation_seconds=0.01)) as url:
        yield url


@pytest.fixture
def azure(_sandbox: str) -> Azure:
    """The provider at an empty ARM sandbox."""
    made = Azure(_sandbox)
    made.control("POST", "reset")
    return made


@pytest.fixture
def script() -> Iterator[Script]:
    """A server that answers as told, and the provider in front of it."""
    made = Script()
    server = Server(made, namer=lambda _: "", fault=lambda *_: Response(500), reset=lambda: None)
    with serving(server) as url:
        made.azure.url = url
        yield made
