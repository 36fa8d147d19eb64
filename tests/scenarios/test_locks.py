"""A stack's lock between real processes: shown, refused with a way on, taken from a process that sleeps and later wakes."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

from tests.processes import Orch, until
from tests.sandboxes import operations

TEMPLATE = """\
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {{CidrBlock: 10.0.0.0/16}}
    check: {{tcp: "127.0.0.1:{port}", within: 1h}}
  gateway:
    type: AWS::EC2::InternetGateway
    depends_on: vpc
"""


def test_a_process_that_wakes_after_its_lock_was_taken_writes_nothing(fresh_aws: str, tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        orch = Orch(tmp_path, fresh_aws, TEMPLATE.format(port=server.getsockname()[1]))
        with orch.started("apply", "b", "--yes", "--format", "jsonl") as sleeper:
            run = str(until(sleeper, "polling", address="vpc")["run"])
            sleeper.send_signal(signal.SIGSTOP)

            (lock,) = json.loads(orch.run("state", "unlock", "--format", "json").stdout)["locks"]
            host, pid, _ = lock["holder"].split(":")
            assert (lock["stack"], host, pid) == ("b/dev", socket.gethostname(), str(sleeper.pid))
            assert lock["purpose"] == f"apply {run}" and lock["since"] < lock["expires"]
            refused = orch.run("plan", "b")
            assert refused.returncode == 1
            assert f"b/dev is locked by {lock['holder']} since {lock['since']} (apply {run})" in refused.stderr
            assert f"orch state unlock {lock['holder']}" in refused.stderr
            wrong = orch.run("state", "unlock", "nobody:1:1")
            assert wrong.returncode == 1 and f"who does: {lock['holder']}" in wrong.stderr

            taken = orch.run("state", "unlock", lock["holder"])
            assert taken.returncode == 0 and "can write nothing any more" in taken.stdout, taken.stderr
            assert orch.run("state", "unlock").stdout == "Nobody works on a stack.\n"
            server.listen()
            resumed = orch.run("resume")
            assert resumed.returncode == 0, resumed.stderr
            before = orch.run("runs", "show", run, "--format", "json").stdout
            sleeper.send_signal(signal.SIGCONT)
            told, _ = sleeper.communicate(timeout=20)
            assert sleeper.returncode == 5
            assert "the lock of b/dev was taken over; nothing more was written" in told.splitlines()[-1]
        assert orch.run("runs", "show", run, "--format", "json").stdout == before
    assert operations(fresh_aws).count("CreateInternetGateway") == 1
    steps = {step["address"]: step for step in json.loads(before)["steps"]}
    vpc = steps["vpc"]
    assert (vpc["status"], vpc["tries"], vpc["faults"]) == ("done", 1, 0)
    assert vpc["identity"].startswith("vpc-") and vpc["request_ids"] and vpc["started"] < vpc["ended"]
    assert "No changes" in orch.run("plan", "b").stdout
