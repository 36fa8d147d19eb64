"""Faults on demand: what a user types, what the endpoints then answer, and what status says of it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from providers.kit.server import Rule
from provisioner import sandbox
from provisioner.cli import main
from provisioner.model.problem import OrchError
from provisioner.sandbox import faults
from provisioner.sandbox.faults import Fault
from tests.sandboxes import faults as set_faults

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/g?api-version=2025-04-01"
NETWORKS = "/compute/v1/projects/sandbox/global/networks"


def send(url: str, method: str, path: str, body: Any = None) -> tuple[int, Any, dict[str, str]]:
    at = urlsplit(url)
    connection = HTTPConnection(at.hostname or "", at.port, timeout=10)
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content or b"null"), dict(answer.getheaders())


@pytest.mark.parametrize(
    ("kind", "code"),
    [("expired", "RequestExpired"), ("quota", "VpcLimitExceeded"), ("throttle", "RequestLimitExceeded")],
)
def test_aws_words_them(fresh_aws: str, kind: str, code: str) -> None:
    set_faults(fresh_aws, Rule(kind, "CreateVpc", seconds=3))
    once = Config(retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    ec2 = boto3.client("ec2", region_name="us-east-1", endpoint_url=fresh_aws, config=once, **keys)
    with pytest.raises(ClientError) as caught:
        ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert caught.value.response["Error"]["Code"] == code
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers.get("retry-after") == ("3" if kind == "throttle" else None)


@pytest.mark.parametrize(
    ("kind", "status", "code"), [("expired", 401, "ExpiredAuthenticationToken"), ("quota", 409, "QuotaExceeded")]
)
def test_azure_words_them(fresh_azure: str, kind: str, status: int, code: str) -> None:
    set_faults(fresh_azure, Rule(kind))
    got, body, _ = send(fresh_azure, "PUT", GROUP, {"location": "westeurope"})
    assert (got, body["error"]["code"]) == (status, code)


def test_gcp_words_them_and_takes_its_time(fresh_gcp: str) -> None:
    set_faults(fresh_gcp, Rule("expired"), Rule("throttle", seconds=7), Rule("slow", "networks.insert", seconds=3600))
    body = {"name": "n", "autoCreateSubnetworks": False}
    status, said, _ = send(fresh_gcp, "POST", NETWORKS, body)
    assert (status, said["error"]["status"]) == (401, "UNAUTHENTICATED")
    status, _, headers = send(fresh_gcp, "POST", NETWORKS, body)
    assert (status, headers["Retry-After"]) == (429, "7")
    status, operation, _ = send(fresh_gcp, "POST", NETWORKS, body)
    assert (status, operation["status"]) == (200, "PENDING")
    path = urlsplit(operation["selfLink"]).path
    assert send(fresh_gcp, "GET", path)[1]["status"] != "DONE"


def test_an_endpoint_refuses_a_rule_that_it_does_not_know(fresh_aws: str) -> None:
    status, said, _ = send(fresh_aws, "PATCH", "/_orch/faults", [{"kind": "fail"}])
    assert status == 400 and said["error"].startswith("there is no fault 'fail' here; there are throttle, error,")
    status, said, _ = send(fresh_aws, "PATCH", "/_orch/faults", [{"kind": "deny", "operation": "("}])
    assert status == 400 and "is no regular expression" in said["error"]
    assert send(fresh_aws, "GET", "/_orch/faults")[1]["rules"] == []


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path / ".orch"
    sandbox.down(tmp_path / ".orch")


def test_typed_shown_used_up_and_cleared(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def orch(*words: str) -> tuple[int, str]:
        code = main(list(words))
        said = capsys.readouterr()
        return code, said.out + said.err

    assert orch("sandbox", "fault", "error")[1].startswith("error: the sandbox is not running")
    url = sandbox.up(directory, ["gcp"]).clouds["gcp"].url
    code, said = orch("sandbox", "fault", "fail", "--on", "networks.insert", "--times", "2")
    assert (code, said) == (
        0,
        "gcp: fail, the next 2 calls that match 'networks.insert'. Take it back with: orch sandbox fault clear gcp\n",
    )
    again = (
        "sandbox",
        "fault",
        "throttle",
        "gcp",
        "--seconds",
        "4",
        "--skip",
        "1",
        "--times",
        "-1",
        "--format",
        "json",
    )
    told = json.loads(orch(*again)[1])
    assert (told["format_version"], told["clouds"], told["fault"]["kind"]) == (1, ["gcp"], "throttle")
    send(url, "POST", NETWORKS, {"name": "n", "autoCreateSubnetworks": False})
    assert faults.active(sandbox.status(directory)) == {
        "gcp": (Fault("fail", "networks.insert", 1, 0, 1.0), Fault("throttle", ".", -1, 1, 4.0))
    }
    _, shown = orch("sandbox", "status")
    assert "fail, the next call that matches 'networks.insert'" in shown
    assert "throttle 4 s, every call after 1 more" in shown
    listed = json.loads(orch("sandbox", "status", "--format", "json")[1])["clouds"]["gcp"]["faults"]
    assert [rule["kind"] for rule in listed] == ["fail", "throttle"]
    assert orch("sandbox", "fault", "clear") == (0, "No faults any more: gcp.\n")
    assert json.loads(orch("sandbox", "fault", "clear", "--format", "json")[1])["clouds"] == ["gcp"]
    assert faults.active(sandbox.status(directory)) == {"gcp": ()}
    code, said = orch("sandbox", "fault", "flood")
    assert code == 1 and "gcp has no fault 'flood'" in said and "there are: throttle, error, deny, expired" in said
    assert "there is no sandbox of 'aws'" in orch("sandbox", "fault", "error", "aws")[1]
    with pytest.raises(OrchError, match="is no regular expression"):
        faults.add(directory, Fault("error", "("))


def test_the_status_asks_the_endpoints(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def status(*words: str) -> tuple[int, str, str]:
        code = main(["sandbox", "status", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    down = (1, "", "error: the sandbox is not running\n  hint  start it with: orch sandbox up\n")
    assert status() == down
    one = sandbox.up(directory, ["gcp"]).clouds["gcp"]
    code, said, err = status()
    assert (code, err) == (0, "") and said.startswith(f"The sandbox is up.\n  gcp    {one.url}\n")
    os.kill(one.pid, signal.SIGKILL)
    os.waitpid(one.pid, 0)
    code, said, err = status()
    assert code == 1 and said.startswith(f"The sandbox is not up.\n  gcp    {one.url}   does not answer; see ")
    assert err.startswith("error: the sandbox of gcp does not answer\n  hint  start it again: orch sandbox up;")
    code, said, err = status("--format", "json")
    view = json.loads(said)
    assert code == 1 and view["running"] is False and view["clouds"]["gcp"]["answers"] is False
    sandbox.down(directory)
    assert status() == down
    code, said, err = status("--format", "json")
    assert (code, json.loads(said)["running"], err) == (1, False, down[2])
