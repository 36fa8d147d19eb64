"""An ARM endpoint on a thread, spoken to over HTTP: plainly, or through Azure's own SDKs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure_sandbox_client import Arm, Clock, running

from providers.azure.sandbox import SUBSCRIPTION, serve
from providers.azure.sandbox.endpoint import Endpoint


@pytest.fixture
def arm() -> Iterator[Arm]:
    """An endpoint with the group ``rg`` in westeurope; operations take ten seconds of the test's clock."""
    clock = Clock()
    for url in running(Endpoint((SUBSCRIPTION,), 10.0, clock).server()):
        made = Arm(url, clock)
        made.put(made.group, {"location": "westeurope", "tags": {"a": "b"}})
        yield made


@pytest.fixture
def url() -> Iterator[str]:
    """An endpoint as ``orch sandbox`` starts it, its operations too short to wait for."""
    yield from running(serve(operation_seconds=0.01))


@pytest.fixture
def client(url: str) -> Callable[[Any], Any]:
    """Makes a management client of a class, pointed at the endpoint."""
    from azure.core.pipeline.policies import SansIOHTTPPolicy

    class Sign(SansIOHTTPPolicy):
        def on_request(self, request: Any) -> None:
            request.http_request.headers["Authorization"] = "Bearer x"

    def make(cls: Any) -> Any:
        signed = Sign()
        return cls(
            object(),
            SUBSCRIPTION,
            base_url=url,
            credential_scopes=["x"],
            authentication_policy=signed,
            polling_interval=0,
            retry_total=0,
        )

    return make
