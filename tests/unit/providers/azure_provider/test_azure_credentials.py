"""What a place says of credentials reaches the SDK's own default chain: the tenant asked for, the identity chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from providers.azure.client import _credential
from providers.kit.server import Request, Response, Server
from provisioner.model.place import Place
from provisioner.model.value import Map

SCOPE = "https://management.azure.com/.default"
TENANT, IDENTITY = "11111111-2222-3333-4444-555555555555", "99999999-8888-7777-6666-555555555555"


def place(**credentials: Any) -> Place:
    return Place("a", "azure", "sub", "westeurope", credentials=Map(credentials))


@pytest.fixture
def signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine where somebody has signed in with the Azure CLI; the file of what that is asked."""
    asked, answer = tmp_path / "asked", {"accessToken": "from-the-cli", "expiresOn": "2999-01-01 00:00:00.000000"}
    script = tmp_path / "az"
    script.write_text(f"#!/bin/sh\necho \"$@\" >> {asked}\necho '{json.dumps(answer)}'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    return asked


def test_a_tenant_is_the_one_that_tokens_are_asked_of(signed_in: Path) -> None:
    credential, _ = _credential(place(tenant=TENANT), "https://management.azure.com")
    assert credential.get_token(SCOPE).token == "from-the-cli"
    assert f"--tenant {TENANT}" in signed_in.read_text()


def test_without_one_the_chain_decides(signed_in: Path) -> None:
    credential, _ = _credential(place(), "https://management.azure.com")
    assert credential.get_token(SCOPE).token == "from-the-cli"
    assert "--tenant" not in signed_in.read_text()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, list[str]]]]:
    """A machine with managed identities, as an app service has them; what its endpoint was asked."""
    seen: list[dict[str, list[str]]] = []

    def answer(request: Request) -> Response:
        seen.append(parse_qs(request.query))
        return Response.of_json(
            200,
            {"access_token": "of-the-machine", "expires_on": "32472144000", "resource": "r", "token_type": "Bearer"},
        )

    server = Server(answer, namer=lambda _: "", fault=lambda *_: Response(500), reset=lambda: None)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/token")
    monkeypatch.setenv("IDENTITY_HEADER", "secret")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    yield seen
    server.shutdown()
    thread.join(10)


def test_a_client_id_chooses_among_the_machines_identities(machine: list[dict[str, list[str]]]) -> None:
    credential, _ = _credential(place(client_id=IDENTITY, tenant=TENANT), "https://management.azure.com")
    assert credential.get_token(SCOPE).token == "of-the-machine"
    assert machine[0]["client_id"] == [IDENTITY]
