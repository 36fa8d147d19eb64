"""What ``--on-failure rollback`` reports: what stands after the rollback, or what that rollback has failed on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from providers.kit.server import Rule
from provisioner.cli import main
from provisioner.model.event import Event, EventKind
from provisioner.render import report as reports
from provisioner.service import PartlyAppliedError, Project
from tests.processes import Orch
from tests.sandboxes import faults

TEMPLATE = """\
resources:
  one: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.1.0.0/16, Tags: [{Key: v, Value: {{ v }}}]}}
{% if v != "a" %}
  two: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.2.0.0/16}, depends_on: one}
  gateway: {type: AWS::EC2::InternetGateway, depends_on: two}
{% endif %}
outputs:
  tag: {{ v }}
  set: {{ ref("one").Tags }}
"""


@pytest.fixture
def orch(fresh_aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orch:
    """A project whose stack stands as ``v=a`` has it, in a cloud that lets nobody make a gateway."""
    made = Orch(tmp_path, fresh_aws, TEMPLATE)
    (tmp_path / "b" / "parameters.yaml").write_text("parameters: {v: {type: string, default: a}}\n")
    monkeypatch.chdir(tmp_path)
    assert main(["apply", "b", "--yes"]) == 0
    faults(fresh_aws, Rule("deny", "CreateInternetGateway", times=-1))
    capsys.readouterr()
    return made


@pytest.fixture
def failed(capsys: pytest.CaptureFixture[str]) -> Any:
    """A changed stack is applied, fails and is to be rolled back: what is printed of that."""

    def apply(*more: str) -> str:
        assert main(["apply", "b", "-p", "v=b", "--yes", "--on-failure", "rollback", *more]) == 5
        told = capsys.readouterr()
        return told.out if more else told.out + told.err

    return apply


@pytest.mark.usefixtures("orch")
def test_what_was_undone_is_in_no_output(failed: Any) -> None:
    shown = failed()
    assert "Failed and rolled back b in dev: 2 of 3 steps" in shown
    assert '\nOutputs\n  tag  "a"\n' in shown and '  tag  "b"\n' not in shown


@pytest.mark.usefixtures("orch")
def test_a_program_reads_what_stands_and_which_run_has_undone_it(failed: Any) -> None:
    report = json.loads(failed("--format", "json"))
    assert (report["status"], report["next"], report["problems"]) == ("rolled_back", [], [])
    assert report["outputs"]["tag"]["value"] == "a"
    assert report["outputs"]["set"]["value"] == [{"Key": "v", "Value": "a"}]
    undo = report["rollback"]
    assert (undo["kind"], undo["status"], undo["undoes"], undo["done"]) == ("rollback", "done", report["run"], 2)


def test_a_rollback_that_fails_too_is_told_with_what_it_failed_on(orch: Orch, fresh_aws: str, failed: Any) -> None:
    faults(fresh_aws, *(Rule("deny", name, times=-1) for name in ("CreateInternetGateway", "DeleteVpc")))
    report = json.loads(failed("--format", "json"))
    undo = report["rollback"]
    assert (report["status"], [f["address"] for f in report["failures"]]) == ("partial", ["gateway"])
    assert (undo["status"], undo["undoes"], undo["total"]) == ("partial", report["run"], 2)
    assert [(f["verb"], f["address"], f["fault"]) for f in undo["failures"]] == [("delete", "two", "denied")]
    assert report["next"] == undo["next"] == [f"orch resume {undo['run']}"]
    assert report["outputs"] == undo["outputs"] and report["outputs"]["tag"]["value"] == "a"
    faults(fresh_aws)
    assert main(["resume"]) == 0
    assert "No changes" in orch.run("plan", "b").stdout


@pytest.mark.usefixtures("orch")
def test_both_failures_are_on_the_terminal(fresh_aws: str, failed: Any) -> None:
    faults(fresh_aws, *(Rule("deny", name, times=-1) for name in ("CreateInternetGateway", "DeleteVpc")))
    shown = failed()
    assert "✗ create gateway" in shown and "✗ delete two" in shown
    assert shown.index("✗ create gateway") < shown.index("Its rollback") < shown.index("✗ delete two")
    assert "run" in shown.split("Its rollback was not finished: 0 of 2 steps, ")[1] and "not started: one" in shown
    assert "Failed, and rolled back in part: b in dev: " in shown
    assert shown.count("then  orch resume") == 1 and "correct the blueprint" not in shown


def test_a_rollback_that_cannot_begin_is_told_with_why(orch: Orch, fresh_aws: str) -> None:
    project = Project.open(orch.folder)

    def blinded(event: Event) -> None:
        if event.kind is EventKind.FAILED:
            faults(fresh_aws, Rule("deny", "DescribeVpcs", times=-1))

    plan = project.plan(Path("b"), parameters={"v": "b"})
    with pytest.raises(PartlyAppliedError) as caught:
        project.apply(plan, on_failure="rollback", on_event=blinded)
    view = reports.result(caught.value.report)
    assert (view.status, view.rollback) == ("partial", None)
    assert [problem.message.split(":")[0] for problem in view.problems] == ["cannot read AWS"]
    assert view.next == (f"orch resume {view.run}", f"orch rollback {view.run}")
    assert "Failed, and not rolled back: b in dev: 2 of 3 steps" in reports.text(view)
