"""What may go wrong in the middle of a run that nobody could foresee: each stops with the cloud's words, and can be gone on with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from providers.kit.server import Rule
from provisioner.cli import main
from provisioner.model.event import Event, EventKind
from provisioner.model.fault import Fault
from provisioner.service import PartlyAppliedError, Project
from tests import listing
from tests.processes import Orch
from tests.sandboxes import faults, operations

TEMPLATE = """\
resources:
  one: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.1.0.0/16, Tags: [{Key: v, Value: {{ v }}}]}}
  two: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.2.0.0/16}, depends_on: one}
  gateway: {type: AWS::EC2::InternetGateway, depends_on: two}
"""


@pytest.fixture
def orch(fresh_aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Orch:
    made = Orch(tmp_path, fresh_aws, TEMPLATE)
    (tmp_path / "b" / "parameters.yaml").write_text("parameters: {v: {type: string, default: a}}\n")
    monkeypatch.chdir(tmp_path)
    return made


@pytest.mark.parametrize(
    ("kind", "said", "code"),
    [
        ("expired", "The security token included in the request is expired", "denied · RequestExpired"),
        ("quota", "The maximum number of Vpcs has been reached.", "quota · VpcLimitExceeded"),
    ],
)
def test_refused_halfway_by_the_account(fresh_aws: str, orch: Orch, kind: str, said: str, code: str) -> None:
    faults(fresh_aws, Rule(kind, "CreateVpc", skip=1, times=-1))
    failed = orch.run("apply", "b", "--yes")
    assert failed.returncode == 5
    assert "✗ create two  b/blueprint.yaml.j2:3" in failed.stdout
    assert said in failed.stdout and f"{code} · aws ec2:CreateVpc in us-east-1 · request " in " ".join(
        failed.stdout.split()
    )
    assert "orch resume" in failed.stdout and "orch rollback" in failed.stdout
    again = orch.run("resume")
    assert again.returncode == 5 and said in again.stdout
    faults(fresh_aws)
    assert orch.run("resume").returncode == 0
    assert len(_vpcs(fresh_aws)) == 2 and "No changes" in orch.run("plan", "b").stdout
    run = json.loads(orch.run("runs", "list", "--format", "json").stdout)["runs"][0]["run"]
    two = json.loads(orch.run("runs", "show", run, "--format", "json").stdout)["steps"][1]
    assert (two["address"], two["status"], two["tries"], two["faults"]) == ("two", "done", 3, 2)
    assert len(two["request_ids"]) == 3


def test_credentials_that_expire_before_anything_can_be_looked_at(fresh_aws: str, orch: Orch) -> None:
    faults(fresh_aws, Rule("expired", times=-1))
    failed = orch.run("plan", "b")
    assert failed.returncode == 1 and "ExpiredToken" in failed.stderr, failed.stderr
    assert "CreateVpc" not in operations(fresh_aws)


@pytest.mark.usefixtures("hurried")
def test_what_a_step_needs_is_deleted_by_hand_during_the_run(
    fresh_aws: str, orch: Orch, capsys: pytest.CaptureFixture[str]
) -> None:
    orch.run("apply", "b", "--yes")
    project = Project.open(orch.folder)
    plan = project.plan(Path("b"), parameters={"v": "b"})

    def by_hand(event: Event) -> None:
        if event.kind is EventKind.STARTED and event.address == "one":
            ec2 = listing.client("ec2", fresh_aws, "us-east-1")
            ec2.delete_vpc(VpcId=next(v["VpcId"] for v in _vpcs(fresh_aws) if v["CidrBlock"] == "10.1.0.0/16"))

    with pytest.raises(PartlyAppliedError) as caught:
        project.apply(plan, on_event=by_hand)
    (failure,) = caught.value.report.failures
    assert failure.address == "one" and str(failure.source).endswith("blueprint.yaml.j2:2")
    assert failure.fault is Fault.NOT_FOUND and failure.code.endswith("NotFound") and failure.request_id
    assert main(["plan", "b", "-p", "v=b"]) == 0
    assert "no longer exists; it was deleted outside orch" in " ".join(capsys.readouterr().out.split())
    assert main(["apply", "b", "-p", "v=b", "--yes"]) == 0
    capsys.readouterr()
    assert main(["plan", "b", "-p", "v=b"]) == 0 and "No changes" in capsys.readouterr().out


def _vpcs(url: str) -> list[dict[str, str]]:
    found = listing.client("ec2", url, "us-east-1").describe_vpcs()["Vpcs"]
    return [vpc for vpc in found if not vpc["IsDefault"]]
