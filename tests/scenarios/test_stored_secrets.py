"""Secrets of the clouds' own stores through plan, apply, a new version, and rollback: the value is that of the version reviewed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.cli.app import main
from tests import listing, sandboxes
from tests.canaries import found_in
from tests.sandboxes import Rule, faults, reset
from tests.secret_writers import aws_parameter, aws_secret, azure_secret, gcp_secret

CLOUDS = ("aws", "azure", "gcp")
REGION = "us-east-1"
PLACES = f"""\
places:
  aws: {{cloud: aws, account: '123456789012', region: {REGION}, endpoint: sandbox}}
  azure: {{cloud: azure, subscription: 00000000-0000-0000-0000-000000000000, location: westeurope, endpoint: sandbox}}
  gcp: {{cloud: gcp, project: sandbox, region: europe-west1, endpoint: sandbox}}
"""
TEMPLATE = """\
stack: stored
resources:
  eip:
    type: AWS::EC2::EIP
    properties:
      Tags:
        - {Key: manager, Value: {{ secret("awssecrets://aws/app/db#password") }}}
        - {Key: user, Value: {{ secret("awssecrets://aws/app/db#user") }}}
        - {Key: parameter, Value: {{ secret("awsssm://aws/app/db") }}}
        - {Key: vault, Value: {{ secret("azurekeyvault://azure/my-vault/db") }}}
        - {Key: google, Value: "<{{ secret("gcpsecrets://gcp/db") }}>"}
"""
READS = ("GetSecretValue", "vaults/secrets.get", "secrets.versions.access")
Urls = dict[str, str]


@pytest.fixture
def urls(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Urls]:
    urls: Urls = {cloud: request.getfixturevalue(f"fresh_{cloud}") for cloud in CLOUDS}
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: urls)
    (tmp_path / "b" / "environments").mkdir(parents=True)
    (tmp_path / "b" / "environments" / "dev.yaml").write_text(PLACES)
    (tmp_path / "b" / "blueprint.yaml.j2").write_text(TEMPLATE)
    stores = ("awssecrets://aws/app/*", "awsssm://aws/app/*", "azurekeyvault://azure/my-vault/*", "gcpsecrets://gcp/*")
    (tmp_path / "orch.yaml").write_text(f"secrets: {json.dumps(stores)}\npolicy: {{packs: []}}\n")
    monkeypatch.chdir(tmp_path)
    yield urls
    for url in urls.values():
        reset(url)


def keep(urls: Urls, word: str) -> None:
    """A new version in each store."""
    aws_secret(urls["aws"], "app/db", json.dumps({"user": f"canary-{word}-u", "password": f"canary-{word}-p"}), REGION)
    aws_parameter(urls["aws"], "/app/db", f"canary-{word}-s", REGION)
    azure_secret(urls["azure"], "my-vault", "db", f"canary-{word}-k")
    gcp_secret(urls["gcp"], "sandbox", "db", f"canary-{word}-g")


def tags(urls: Urls) -> dict[str, str]:
    """What the address has."""
    (address,) = listing.client("ec2", urls["aws"], REGION).describe_addresses()["Addresses"]
    return {tag["Key"]: tag["Value"] for tag in address["Tags"] if not tag["Key"].startswith("orch-")}


def values(word: str) -> dict[str, str]:
    ends = {"manager": "p", "user": "u", "parameter": "s", "vault": "k"}
    return {key: f"canary-{word}-{end}" for key, end in ends.items()} | {"google": f"<canary-{word}-g>"}


class Orch:
    """Runs commands, and looks through what they say and leave."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        got = main(["--debug", "--log-level", "debug", *words])
        told = self._capsys.readouterr()
        said = told.out + told.err
        assert got == code, said
        assert "canary" not in said, words
        assert not found_in(Path.cwd(), "canary"), words
        return said


@pytest.fixture
def orch(urls: Urls, capsys: pytest.CaptureFixture[str]) -> Orch:
    return Orch(capsys)


def test_a_plan_reads_no_value_and_an_apply_each_once(orch: Orch, urls: Urls) -> None:
    keep(urls, "one")
    orch("plan", "b", "--out", "one.orch")
    assert not [name for url in urls.values() for name in sandboxes.operations(url) if name.endswith(READS)]
    orch("apply", "one.orch", "--yes")
    assert tags(urls) == values("one")
    read = [name for url in urls.values() for name in sandboxes.operations(url) if name.endswith(READS)]
    assert len(read) == len(READS)  # two keys of one secret are one read
    orch("plan", "b", "--detailed-exitcode")


def test_the_value_is_of_the_version_that_was_reviewed(orch: Orch, urls: Urls) -> None:
    keep(urls, "one")
    orch("plan", "b", "--out", "one.orch")
    keep(urls, "two")
    orch("apply", "one.orch", "--yes")
    assert tags(urls) == values("one")
    assert "1 to update" in orch("plan", "b", "--out", "two.orch", "--detailed-exitcode", code=2)
    orch("apply", "two.orch", "--yes")
    assert tags(urls) == values("two")
    orch("rollback", "--yes")
    assert tags(urls) == values("one")


def test_a_version_that_is_pinned_stays(orch: Orch, urls: Urls) -> None:
    keep(urls, "one")
    path = Path("b/blueprint.yaml.j2")
    path.write_text(path.read_text().replace("gcpsecrets://gcp/db", "gcpsecrets://gcp/db?version=1"))
    keep(urls, "two")
    orch("apply", "b", "--yes")
    assert tags(urls) == values("two") | {"google": "<canary-one-g>"}


def test_a_store_that_refuses_is_told_before_anything_is_done(orch: Orch, urls: Urls) -> None:
    keep(urls, "one")
    orch("plan", "b", "--out", "one.orch")
    faults(urls["gcp"], Rule("deny", "secrets.versions.access", times=-1))
    said = orch("apply", "one.orch", "--yes", code=1)
    assert "cannot read gcpsecrets://gcp/db: gcp secretmanager:versions.access" in said
    assert not listing.client("ec2", urls["aws"], REGION).describe_addresses()["Addresses"]


def test_a_store_that_throttles_is_asked_again(orch: Orch, urls: Urls) -> None:
    keep(urls, "one")
    for url, name in (
        (urls["aws"], "GetSecretValue"),
        (urls["azure"], "vaults/secrets"),
        (urls["gcp"], "versions.get"),
    ):
        faults(url, Rule("error", name))
    orch("apply", "b", "--yes")
    assert tags(urls) == values("one")


def test_what_is_not_there_is_told_at_plan(orch: Orch, urls: Urls) -> None:
    said = orch("plan", "b", code=1)
    assert "awssecrets://aws/app/db#password is not there" in said


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("awssecrets://other/app/db", "there is no place 'other'"),
        ("awssecrets://gcp/app/db", "place 'gcp' is one of gcp, and awssecrets:// reads from aws"),
        ("awssecrets://aws", "awssecrets:// needs a place and a name"),
        ("awssecrets://aws/other", "awssecrets://aws/other may not be read in this project"),
        ("awssecrets://aws/app/db#nothing", "is no JSON object with 'nothing'"),
        ("awssecrets://aws/app/db#list", "'list' is no single value"),
    ],
)
def test_a_uri_that_leads_nowhere(orch: Orch, urls: Urls, uri: str, told: str) -> None:
    aws_secret(urls["aws"], "app/db", json.dumps({"list": ["canary"]}), REGION)
    path = Path("b/blueprint.yaml.j2")
    path.write_text(
        "stack: stored\nresources:\n  eip: {type: AWS::EC2::EIP, properties: {Tags: "
        f'[{{Key: a, Value: {{{{ secret("{uri}") }}}}}}]}}}}\n'
    )
    patterns = ["awssecrets://*" if "other/" in uri or uri.startswith("awssecrets://gcp") else "awssecrets://aws/app/*"]
    Path("orch.yaml").write_text(f"secrets: {json.dumps([*patterns, 'awssecrets://aws'])}\npolicy: {{packs: []}}\n")
    assert told in orch("apply", "b", "--yes", code=1)
    assert not listing.client("ec2", urls["aws"], REGION).describe_addresses()["Addresses"]


def test_uris_that_lead_nowhere_are_told_together_when_the_blueprint_is_checked(
    urls: Urls, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {
        "awssecrets://gcp/app/db": "place 'gcp' is one of gcp, and awssecrets:// reads from aws",
        "awssecrets://nowhere/app/db": "there is no place 'nowhere'",
        "azurekeyvault://azure": "azurekeyvault:// needs a place and a name",
        "vault://app/db": "there is no secret store for 'vault://app/db'",
    }
    tags = [f'{{Key: k{at}, Value: "x{{{{ secret("{uri}") }}}}"}}' for at, uri in enumerate([*wrong, "env://FINE"])]
    head = "stack: stored\nresources:\n  eip:\n    type: AWS::EC2::EIP\n    properties:\n      Tags:\n"
    last = 'outputs: {o: {{ secret("gcpsecrets://aws/db") }}}\n'
    Path("b/blueprint.yaml.j2").write_text(head + "".join(f"        - {tag}\n" for tag in tags) + last)
    for words in (["validate", "b"], ["plan", "b"]):
        assert main(words) == 1
        said = capsys.readouterr().err
        assert "5 problems" in said and "gcpsecrets:// reads from gcp" in said
        for line, message in enumerate(wrong.values(), 7):
            assert f"{message}\n    at  b/blueprint.yaml.j2:{line} (eip)" in said, said
