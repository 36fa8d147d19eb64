"""Sessions and clients: one per place and service, safe to make from many threads, deaf to the environment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from aws_rig import ACCOUNT, Aws

from providers.aws.client import Clients
from providers.aws.provider import AwsProvider
from providers.kit.server import Request, Response, Server
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.value import Map


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys; from providers.aws.provider import AwsProvider as P; P().resource_type('AWS::EC2::VPC'); "
        "print([m for m in ('boto3', 'botocore', 'moto', 'urllib3') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_clients_are_shared_by_threads_and_made_once() -> None:
    clients, place = Clients(), Place("a", "aws", ACCOUNT, region="eu-west-1", endpoint="http://127.0.0.1:1")
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: clients.client(place, "ec2"), range(32)))
    assert len({id(client) for client in made}) == 1
    assert clients.client(replace(place, name="b"), "ec2") is made[0]
    assert clients.client(replace(place, region="us-east-1"), "ec2") is not made[0]
    assert clients.client(replace(place, endpoint="http://127.0.0.1:2"), "ec2") is not made[0]


def test_the_sdk_never_tries_again() -> None:
    place = Place("a", "aws", ACCOUNT, region="eu-west-1", endpoint="http://127.0.0.1:1")
    config = Clients().client(place, "ec2").meta.config
    assert config.retries["total_max_attempts"] == 1


def test_a_sandbox_is_reached_whatever_the_environment_says(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "mars-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    fresh = Aws(aws.url, AwsProvider())
    assert fresh.provider.identify(fresh.place()).account == ACCOUNT


def test_a_real_place_takes_no_endpoint_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDBASE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    client = Clients().client(Place("a", "aws", ACCOUNT, region="eu-west-1"), "ec2")
    assert client.meta.endpoint_url == "https://ec2.eu-west-1.amazonaws.com"


def test_a_missing_profile_is_denied_and_named(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", f"{tmp_path}/none")
    place = Place("a", "aws", ACCOUNT, region="eu-west-1", credentials=Map(profile="nobody"))
    with pytest.raises(ProviderError, match="nobody") as caught:
        Clients().send(place, "sts", "GetCallerIdentity", {})
    assert caught.value.fault is Fault.DENIED


def test_a_role_is_assumed_with_the_places_own_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDBASE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    role = f"arn:aws:iam::{ACCOUNT}:role/deployer"
    place = Place("a", "aws", ACCOUNT, region="eu-west-1", credentials=Map(role_arn=role, external_id="ours"))
    with pytest.raises(ProviderError, match=r"look up 'sts\.eu-west-1\.amazonaws\.com'"):  # the tests' guard
        Clients().send(place, "ec2", "DescribeVpcs", {})


OTHER = "210987654321"
ROLE = f"arn:aws:iam::{OTHER}:role/deployer"


def test_a_profile_gives_its_own_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile dev]\naws_access_key_id = AKIDDEV\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDBASE")  # of whoever runs it
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    place = Place("a", "aws", ACCOUNT, region="eu-west-1", credentials=Map(profile="dev"))
    made = Clients().client(place, "sts")
    assert made._request_signer._credentials.access_key == "AKIDDEV"


def test_a_role_of_another_account_is_assumed_at_the_places_endpoint(aws: Aws) -> None:
    place = replace(aws.place(), account=OTHER, credentials=Map(role_arn=ROLE, session_name="night"))
    found = AwsProvider().identify(place)
    assert (found.account, found.principal) == (OTHER, f"arn:aws:sts::{OTHER}:assumed-role/deployer/night")


GRANTED = {"expires": "2999-01-01T00:00:00Z"}
"""Of what the endpoint below grants."""


@pytest.fixture
def asked() -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """An endpoint that grants any role, and what it was asked."""
    from threading import Thread

    seen: list[dict[str, list[str]]] = []

    def answer(request: Request) -> Response:
        form = parse_qs(request.body.decode())
        seen.append(form)
        granted = (
            "<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
            f"<Expiration>{GRANTED['expires']}</Expiration>"
        )
        action = form["Action"][0]
        inner = (
            f"<Credentials>{granted}</Credentials>"
            if action == "AssumeRole"
            else f"<Account>{OTHER}</Account><Arn>arn:aws:sts::{OTHER}:assumed-role/deployer/orch</Arn>"
        )
        body = f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>{inner}</{action}Result></{action}Response>'
        return Response(200, body.encode(), {"Content-Type": "text/xml"})

    server = Server(answer, namer=lambda _: "", fault=lambda *_: Response(500), reset=lambda: None)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.url, seen
    server.shutdown()
    thread.join(10)


def test_the_external_id_is_sent_and_a_role_is_assumed_once(asked: tuple[str, list[dict[str, list[str]]]]) -> None:
    url, seen = asked
    place = Place(
        "a", "aws", OTHER, region="eu-west-1", endpoint=url, credentials=Map(role_arn=ROLE, external_id="ours")
    )
    provider = AwsProvider()
    assert provider.identify(place).account == provider.identify(place).account == OTHER
    assert [form["Action"][0] for form in seen] == ["AssumeRole", "GetCallerIdentity", "GetCallerIdentity"]
    assert (seen[0]["RoleArn"], seen[0]["ExternalId"], seen[0]["RoleSessionName"]) == ([ROLE], ["ours"], ["orch"])


def test_a_role_that_expires_during_a_run_is_assumed_again_by_the_sdk(
    asked: tuple[str, list[dict[str, list[str]]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, seen = asked
    soon = (datetime.now(UTC) + timedelta(seconds=90)).strftime("%Y-%m-%dT%H:%M:%SZ")  # less than the SDK leaves
    provider = AwsProvider()
    place = Place("a", "aws", OTHER, region="eu-west-1", endpoint=url, credentials=Map(role_arn=ROLE))
    monkeypatch.setitem(GRANTED, "expires", soon)
    provider.identify(place)
    monkeypatch.undo()
    provider.identify(place)
    renewed = [form["Action"][0] for form in seen].count("AssumeRole")
    provider.identify(place)
    assert [form["Action"][0] for form in seen].count("AssumeRole") == renewed > 1
