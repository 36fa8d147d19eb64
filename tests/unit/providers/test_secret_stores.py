"""The clouds' secret stores, through their SDKs over HTTP: the version is asked without the value, and kept to."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from providers.kit.server import Rule
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.protocols.secret_store import SecretStore
from provisioner.registry import Registry
from tests import sandboxes
from tests.secret_writers import aws_parameter, aws_secret, azure_secret, gcp_secret

pytestmark = pytest.mark.usefixtures("fresh_aws", "fresh_azure", "fresh_gcp")


@dataclass(frozen=True)
class Kept:
    scheme: str
    name: str
    write: Callable[[str, str], object]  # endpoint, value
    reading: str  # what of the operations reads a value


KEPT = [
    Kept("awssecrets", "app/db", lambda url, value: aws_secret(url, "app/db", value), "GetSecretValue"),
    Kept("awsssm", "app/db", lambda url, value: aws_parameter(url, "/app/db", value), "GetParameter"),
    Kept("azurekeyvault", "my-vault/db", lambda url, value: azure_secret(url, "my-vault", "db", value), "secrets.get"),
    Kept("gcpsecrets", "db", lambda url, value: gcp_secret(url, "sandbox", "db", value), "access"),
]
ACCOUNTS = {"aws": "123456789012", "azure": "00000000-0000-0000-0000-000000000000", "gcp": "sandbox"}


@pytest.fixture(params=KEPT, ids=lambda kept: kept.scheme)
def kept(request: pytest.FixtureRequest) -> Kept:
    found: Kept = request.param
    return found


@pytest.fixture
def store(kept: Kept) -> SecretStore:
    found = Registry().secret_store(kept.scheme)
    assert found is not None
    return found


@pytest.fixture
def place(store: SecretStore, request: pytest.FixtureRequest) -> Place:
    url = request.getfixturevalue(f"{store.cloud}_endpoint")
    return Place("there", store.cloud, ACCOUNTS[store.cloud], region="eu-west-1", endpoint=url)


def test_each_version_keeps_its_value(kept: Kept, store: SecretStore, place: Place) -> None:
    kept.write(place.endpoint, "the first")
    first = store.version(place, kept.name)
    kept.write(place.endpoint, "the second")
    second = store.version(place, kept.name)
    assert first != second
    assert [store.value(place, kept.name, version) for version in (first, second)] == ["the first", "the second"]


def test_the_version_is_asked_without_the_value(kept: Kept, store: SecretStore, place: Place) -> None:
    kept.write(place.endpoint, "hidden")
    before = len(sandboxes.operations(place.endpoint))
    store.version(place, kept.name)
    read = [name for name in sandboxes.operations(place.endpoint)[before:] if kept.reading in name]
    assert read == (["ssm:GetParameter"] if kept.scheme == "awsssm" else [])  # there without decryption


@pytest.mark.parametrize("written", [False, True], ids=["no such secret", "no such version"])
def test_what_is_not_there(kept: Kept, store: SecretStore, place: Place, written: bool) -> None:
    if written:
        kept.write(place.endpoint, "hidden")
    with pytest.raises(ProviderError) as caught:
        store.value(place, kept.name, "99" * 16) if written else store.version(place, kept.name)
    assert caught.value.fault is Fault.NOT_FOUND
    assert "hidden" not in str(caught.value)


def test_a_refusal_is_denied_and_says_where(kept: Kept, store: SecretStore, place: Place) -> None:
    kept.write(place.endpoint, "hidden")
    sandboxes.faults(place.endpoint, Rule("deny"))
    with pytest.raises(ProviderError) as caught:
        store.version(place, kept.name)
    assert caught.value.fault is Fault.DENIED and caught.value.cloud == store.cloud and caught.value.service


@pytest.mark.parametrize(
    ("scheme", "name"),
    [
        ("azurekeyvault", "evil.example/x/db"),
        ("azurekeyvault", "db"),
        ("azurekeyvault", "my-vault/../keys"),
        ("azurekeyvault", "my-vault.evil/db"),
        ("gcpsecrets", "../../other/secrets/db"),
        ("gcpsecrets", "db/versions/1"),
    ],
)
def test_a_name_leads_nowhere_else(scheme: str, name: str, aws_endpoint: str) -> None:
    store = Registry().secret_store(scheme)
    assert store is not None
    with pytest.raises(ProviderError) as caught:
        store.version(Place("there", store.cloud, "a", endpoint=aws_endpoint), name)
    assert caught.value.fault is Fault.INVALID


def test_a_binary_secret_is_base64(aws_endpoint: str) -> None:
    store = Registry().secret_store("awssecrets")
    assert store is not None
    place = Place("there", "aws", ACCOUNTS["aws"], region="eu-west-1", endpoint=aws_endpoint)
    aws_secret(aws_endpoint, "binary", b"\xff\x00")
    assert store.value(place, "binary", store.version(place, "binary")) == base64.b64encode(b"\xff\x00").decode()


def test_of_two_versions_of_one_second_it_is_the_later(azure_endpoint: str) -> None:
    store = Registry().secret_store("azurekeyvault")
    assert store is not None
    place = Place("there", "azure", ACCOUNTS["azure"], endpoint=azure_endpoint)
    for number in range(5):
        azure_secret(azure_endpoint, "my-vault", "fast", str(number))
    assert store.value(place, "my-vault/fast", store.version(place, "my-vault/fast")) == "4"


def test_a_scheme_that_nobody_has() -> None:
    assert Registry().secret_store("vault") is None
