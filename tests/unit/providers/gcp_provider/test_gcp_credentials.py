"""What a place says of credentials: a file, an account to impersonate, a project that pays. Tokens come over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from providers.gcp.client import _credentials
from providers.gcp.provider import GcpProvider
from providers.kit.server import Request, Response, Server
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.value import Map

ROBOT, OTHER = "robot@acme.iam.gserviceaccount.com", "deployer@acme.iam.gserviceaccount.com"


class Google:
    """Google's token endpoint and its IAM, on loopback; what they were asked."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.server = Server(self.answer, namer=lambda _: "", fault=lambda *_: Response(500), reset=lambda: None)

    def answer(self, request: Request) -> Response:
        self.seen.append(request)
        if request.path == "/token":
            return Response.of_json(200, {"access_token": "of-the-robot", "expires_in": 3600})
        return Response.of_json(200, {"accessToken": "of-the-other", "expireTime": "2999-01-01T00:00:00Z"})

    def request(self, url: str, **how: Any) -> Any:
        """What the SDK sends requests with, IAM's being sent here."""
        from google.auth.transport.requests import Request as Send

        return Send()(url=url.replace("https://iamcredentials.googleapis.com", self.server.url), **how)


@pytest.fixture
def google() -> Iterator[Google]:
    found = Google()
    thread = Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    thread.join(10)


@pytest.fixture(scope="session")
def key() -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def file(tmp_path: Path, google: Google, key: str) -> str:
    path = tmp_path / "robot.json"
    said = {"type": "service_account", "project_id": "acme", "private_key_id": "1", "private_key": key,
            "client_email": ROBOT, "client_id": "1", "token_uri": f"{google.server.url}/token"}  # fmt: skip
    path.write_text(json.dumps(said))
    return str(path)


def place(**credentials: Any) -> Place:
    return Place("a", "gcp", "acme-dev", "europe-west1", credentials=Map(credentials))


def headers(credentials: Any, google: Google) -> dict[str, str]:
    """What a request is sent with."""
    sent: dict[str, str] = {}
    credentials.refresh(google.request)
    credentials.apply(sent)
    return sent


def test_a_file_is_taken_instead_of_the_default(file: str, google: Google) -> None:
    assert headers(_credentials(place(file=file)), google)["authorization"] == "Bearer of-the-robot"


def test_without_one_the_default_is_taken(file: str, google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
    assert headers(_credentials(place()), google)["authorization"] == "Bearer of-the-robot"


def test_an_account_is_impersonated_with_the_places_own_credentials(file: str, google: Google) -> None:
    made = _credentials(place(file=file, impersonate=OTHER))
    assert headers(made, google)["authorization"] == "Bearer of-the-other"
    asked = google.seen[-1]
    assert OTHER in asked.path and asked.headers["authorization"] == "Bearer of-the-robot"
    assert made.service_account_email == OTHER


@pytest.mark.parametrize("more", [{}, {"impersonate": OTHER}])
def test_a_project_that_pays_is_named_with_every_request(file: str, google: Google, more: dict[str, str]) -> None:
    sent = headers(_credentials(place(file=file, quota_project="acme-billing", **more)), google)
    assert sent["x-goog-user-project"] == "acme-billing"


def test_a_file_that_is_not_there_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"no credentials: cannot read .*none\.json: No such file") as caught:
        GcpProvider().identify(place(file=str(tmp_path / "none.json")))
    assert caught.value.fault is Fault.DENIED


def test_a_federated_file_is_not_taken_from_a_place(tmp_path: Path) -> None:
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps({"type": "external_account", "credential_source": {"file": "/etc/passwd"}}))
    with pytest.raises(ProviderError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        GcpProvider().identify(place(file=str(path)))


def test_a_persons_sign_in_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "person.json"
    path.write_text(
        json.dumps({"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"})
    )
    assert _credentials(place(file=str(path))).refresh_token == "r"
