"""Checks over a real endpoint, by real processes: passed in the end, interrupted, killed, resumed, undone."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from tests import listing
from tests.processes import Orch, until
from tests.sandboxes import operations

TEMPLATE = """\
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {{CidrBlock: 10.0.0.0/16}}
    check:
      - {{that: "self.CidrBlock == '10.0.0.0/16' && self.VpcId.startsWith('vpc-')"}}
      - {check}
  gateway:
    type: AWS::EC2::InternetGateway
    depends_on: vpc
"""


def test_a_check_passes_once_the_endpoint_answers_as_it_should(fresh_aws: str, tmp_path: Path) -> None:
    orch = Orch(tmp_path, fresh_aws, TEMPLATE.format(check=f'{{http: "{fresh_aws}/_orch/health"}}'))
    plan = " ".join(orch.run("plan", "b").stdout.split())
    assert f"check http {fresh_aws}/_orch/health answers with 200 within 60 s, asked from where orch runs" in plan
    assert orch.run("apply", "b", "--yes").returncode == 0
    assert "No changes" in orch.run("plan", "b").stdout
    assert " made " in orch.run("runs", "show", "2").stdout


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_stopped_while_it_waits_for_a_check_only_the_check_is_repeated(
    fresh_aws: str, tmp_path: Path, sign: int, code: int
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        orch = Orch(tmp_path, fresh_aws, TEMPLATE.format(check=f'{{tcp: "127.0.0.1:{port}", within: 1h}}'))
        with orch.started("apply", "b", "--yes", "--format", "jsonl") as process:
            event = until(process, "polling", address="vpc")
            assert event["message"] == f"check tcp 127.0.0.1:{port}: connection refused"
            process.send_signal(sign)
            assert process.wait(20) == code
        assert "CreateInternetGateway" not in operations(fresh_aws)
        server.listen()
        resumed = orch.run("resume")
        assert resumed.returncode == 0, resumed.stderr
    assert operations(fresh_aws).count("CreateVpc") == 1
    assert "No changes" in orch.run("plan", "b").stdout


def test_a_check_that_fails_says_where_and_is_undone(fresh_aws: str, tmp_path: Path) -> None:
    orch = Orch(tmp_path, fresh_aws, TEMPLATE.format(check=f'{{http: "{fresh_aws}/_orch/nothing", within: 1s}}'))
    failed = orch.run("apply", "b", "--yes")
    said = failed.stdout + failed.stderr
    assert failed.returncode == 5
    assert f"check http {fresh_aws}/_orch/nothing did not pass within 1 s: it answers with status 404" in said
    assert "b/blueprint.yaml.j2:7" in said
    assert "1 to check" in orch.run("plan", "b").stdout
    assert orch.run("rollback", "--yes").returncode == 0
    ec2 = listing.client("ec2", fresh_aws, "us-east-1")
    assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
