"""Ctrl-C and SIGTERM of real processes: the first drains and says what comes next, the second stops at once."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from providers.kit.server import Rule
from tests.processes import Orch, until
from tests.sandboxes import faults, operations

TEMPLATE = """\
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16}
  gateway:
    type: AWS::EC2::InternetGateway
    depends_on: vpc
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_first_drains_and_says_which_two_commands_come_next(fresh_aws: str, tmp_path: Path, sign: int) -> None:
    faults(fresh_aws, Rule("latency", "CreateVpc", seconds=2))
    orch = Orch(tmp_path, fresh_aws, TEMPLATE)
    with orch.started("apply", "b", "--yes", "--format", "jsonl") as process:
        run = str(until(process, "started", address="vpc")["run"])
        process.send_signal(sign)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "long operations are left to orch resume; once more stops at once" in err
    report = json.loads(out.splitlines()[-1])["report"]
    assert report["next"] == [f"orch resume {run}", f"orch rollback {run}"]
    assert (report["done"], report["skipped"]) == (1, ["gateway"])
    assert orch.run("resume").returncode == 0
    assert operations(fresh_aws).count("CreateVpc") == 1


def test_the_second_stops_at_once_and_what_was_sent_is_not_sent_again(fresh_aws: str, tmp_path: Path) -> None:
    faults(fresh_aws, Rule("latency", "CreateVpc", seconds=15))
    orch = Orch(tmp_path, fresh_aws, TEMPLATE)
    with orch.started("apply", "b", "--yes", "--format", "jsonl") as process:
        run = until(process, "started", address="vpc")["run"]
        while not _sent(orch):
            pass
        process.send_signal(signal.SIGINT)
        assert process.stderr
        line = ""
        while not line.startswith("stopping"):
            line = process.stderr.readline()
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert time.monotonic() - begun < 8
        assert f"Next: orch resume {run}  or  orch rollback {run}\n" in process.stderr.read()
    faults(fresh_aws)
    assert orch.run("rollback", "--yes").returncode == 0
    assert orch.run("state", "list").stdout == "Nothing is owned.\n"


def _sent(orch: Orch) -> bool:
    """Whether a call is on its way: its intent is in the journal."""
    runs = json.loads(orch.run("runs", "list", "--format", "json").stdout)["runs"]
    shown = orch.run("runs", "show", runs[0]["run"]).stdout if runs else ""
    return "intent" in shown
