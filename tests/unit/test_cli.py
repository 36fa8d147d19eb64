"""The command line as it is typed: what goes to which stream, in which form, with which exit code."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from providers.kit.server import Rule
from provisioner.cli.app import main
from provisioner.service import Project
from tests import listing
from tests.sandboxes import faults

TEMPLATE = """\
stack: small
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: {{ cidr }}}
"""
PLACES = "places: {aws: {cloud: aws, account: '123456789012', region: us-east-1, endpoint: sandbox}}\n"


@pytest.fixture
def folder(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with one small blueprint, worked in."""
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {"aws": fresh_aws})
    (tmp_path / "small" / "environments").mkdir(parents=True)
    (tmp_path / "small" / "blueprint.yaml.j2").write_text(TEMPLATE)
    (tmp_path / "small" / "parameters.yaml").write_text("parameters: {cidr: {type: string, default: 10.0.0.0/16}}\n")
    (tmp_path / "small" / "environments" / "dev.yaml").write_text(PLACES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(text: str) -> list[dict[str, Any]]:
    """Every line as the JSON object that it is."""
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_of_jsonl_says_what_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", "small", "--yes", "--format", "jsonl"]) == 0
    told = lines(capsys.readouterr().out)
    assert [line["kind"] for line in told][-2:] == ["run_finished", "report"]
    assert (told[-1]["report"]["kind"], told[-1]["report"]["status"]) == ("apply", "done")
    assert {line["format_version"] for line in told} == {1}
    assert main(["rollback", "--plan", "--format", "jsonl"]) == 0
    (undo,) = lines(capsys.readouterr().out)
    assert (undo["kind"], undo["plan"]["kind"], undo["plan"]["counts"]["delete"]) == ("plan", "rollback", 1)


SHAPE = [
    "valid",
    "stack",
    "environment",
    "resources",
    "clouds",
    "problems",
    "missing",
    "elsewhere",
    "warnings",
    "format_version",
]
EVERY = [
    *(f"{command} none" for command in ("validate", "render", "graph", "plan", "drift", "apply", "destroy", "adopt", "state rebuild", "show")),
    "resume none", "rollback none", "state show none", "state list --stak x", "plan small -p cidr",
    "plan small -e prod", "apply small", "runs show none", "schema AWS::EC2::Nothing",
]  # fmt: skip


@pytest.mark.parametrize("command", EVERY)
def test_an_error_is_json_where_that_is_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main(command.split()) == 1
    text = capsys.readouterr().err
    assert main([*command.split(), "--format", "json"]) == 1
    told = capsys.readouterr()
    view = json.loads(told.out)
    assert list(view) == SHAPE and view["valid"] is False and "error" not in told.err
    for problem in view["problems"]:
        assert problem["message"].splitlines()[0] in text and (problem["hint"].splitlines() or [""])[0] in text


def test_an_error_is_a_line_among_those_of_jsonl(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", "none", "--format", "jsonl"]) == 1
    (told,) = lines(capsys.readouterr().out)
    assert told["kind"] == "error" and list(told["error"]) == SHAPE and told["error"]["problems"]


def test_a_run_is_one_json_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", "small", "--yes", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["kind"], report["status"], report["done"]) == ("apply", "done", 1)
    assert main(["rollback", "--plan", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["delete"] == 1
    assert main(["rollback", "--yes", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "rollback"
    assert main(["destroy", "small", "--yes", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "destroy"


def test_what_was_not_read_is_in_the_one_document_of_a_drift(
    folder: Path, capsys: pytest.CaptureFixture[str], fresh_aws: str
) -> None:
    assert main(["apply", "small", "--yes"]) == 0
    capsys.readouterr()
    faults(fresh_aws, Rule("deny", "DescribeVpcs", times=50))
    assert main(["drift", "small", "--format", "json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["blindspots"] and "orch cannot say that there is no drift" in told.err


def test_what_is_only_recorded_is_not_called_moved(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", "small", "--yes"]) == 0
    (folder / "small" / "blueprint.yaml.j2").write_text(TEMPLATE + "    protect: true\n")
    capsys.readouterr()
    assert main(["apply", "small", "--yes"]) == 0
    told = capsys.readouterr()
    assert "· record vpc" in told.out and "protect was false, is true" in told.out and "1 to record anew" in told.out
    assert "recorded vpc" in told.err and "move" not in told.out + told.err
    (folder / "small" / "blueprint.yaml.j2").write_text(
        TEMPLATE.replace("vpc:", "net:\n    moved_from: vpc") + "    protect: true\n"
    )
    assert main(["apply", "small", "--yes"]) == 0
    told = capsys.readouterr()
    assert "1 to move" in told.out and "moved net" in told.err


def test_a_graph_is_nodes_and_edges(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = "  net: {type: AWS::EC2::Subnet, properties: {VpcId: {{ ref('vpc').VpcId }}, CidrBlock: 10.0.1.0/24}}\n"
    (folder / "small" / "blueprint.yaml.j2").write_text(TEMPLATE + more)
    assert main(["graph", "small", "--format", "json"]) == 0
    graph = json.loads(capsys.readouterr().out)
    assert {node["address"]: (node["type"], node["place"], node["layer"]) for node in graph["nodes"]} == {
        "vpc": ("AWS::EC2::VPC", "aws", 0), "net": ("AWS::EC2::Subnet", "aws", 1),
    }  # fmt: skip
    assert graph["edges"] == [{"from": "net", "to": "vpc"}]
    assert (graph["format_version"], graph["stack"], graph["environment"]) == (1, "small", "dev")


@pytest.mark.parametrize(
    ("words", "needle"),
    [
        (["plan", "small", "--format", "html"], "'html' is not one of"),
        (["plan", "small", "-p", "cidr"], "'cidr' is not NAME=VALUE"),
        (["plan"], "Missing argument 'BLUEPRINT'"),
        (["apply", "small", "--parallelism", "0"], "greater than or equal to 1"),
        (["pln"], "did you mean plan?"),
    ],
)
def test_wrong_use_is_exit_1_and_said_on_standard_error(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], needle: str
) -> None:
    assert main(words) == 1
    told = capsys.readouterr()
    assert not told.out
    assert needle in told.err and "Value error" not in told.err


def test_the_help_tells_no_number_that_is_not_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "--parallelism N Most requests at once. [default: (as orch.yaml says, else 32); 1<=x<=1024]" in told


def test_a_failure_is_told_once_as_it_happens(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = "sn: {type: AWS::EC2::Subnet, properties: {VpcId: {{ ref('vpc').VpcId }}, CidrBlock: 192.168.0.0/24}}"
    (folder / "small" / "blueprint.yaml.j2").write_text(TEMPLATE.replace("resources:\n", f"resources:\n  {outside}\n"))
    assert main(["apply", "small", "--yes"]) == 5
    told = capsys.readouterr()
    assert told.err.count("InvalidSubnet.Range") == 1


@pytest.mark.parametrize("option", [["--log-format", "json"], ["--log-level", "info", "--log-format", "json"]])
def test_a_json_log_is_all_that_standard_error_holds(
    folder: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    assert main(["apply", "small", "--yes", *option]) == 0
    told = lines(capsys.readouterr().err)
    (done,) = [line for line in told if line["event"] == "done"]
    assert done["run"] and done["step"] and done["address"] == "vpc" and done["request_id"]


def test_what_could_not_be_read_is_no_absence_of_drift(
    folder: Path, fresh_aws: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", "small", "--yes"]) == 0
    assert main(["drift", "small"]) == 0
    assert "No drift: everything is as it was last applied." in capsys.readouterr().out
    faults(fresh_aws, Rule("deny", "DescribeVpcs", times=50))
    assert main(["drift", "small", "--detailed-exitcode"]) == 1
    told = capsys.readouterr()
    assert "everything is as it was" not in told.out
    assert "No drift in what could be read." in told.out and "Could not be read" in told.out
    assert "cannot say that there is no drift" in told.err


def test_a_destroy_takes_the_option_that_it_advises(
    folder: Path, fresh_aws: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", "small", "--yes"]) == 0
    faults(fresh_aws, Rule("deny", "DescribeVpcs", times=50))
    assert main(["destroy", "small", "--yes"]) == 1
    assert "--allow-blind" in capsys.readouterr().err
    assert main(["destroy", "small", "--yes", "--allow-blind"]) == 0
    assert "Could not be read" in capsys.readouterr().out
    assert main(["state", "list"]) == 0
    assert "vpc" in capsys.readouterr().out, "what was not seen is still owned"


def test_a_graph_is_drawn_in_the_form_that_is_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beginnings = {"text": "small in dev: 1 resource", "dot": "// small", "mermaid": "%% small", "svg": "<svg"}
    for form, beginning in beginnings.items():
        assert main(["graph", "small", "--format", form]) == 0
        assert capsys.readouterr().out.startswith(beginning)


def test_a_resource_is_moved_and_forgotten_as_a_reviewed_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", "small", "--yes"]) == 0
    capsys.readouterr()
    assert main(["state", "move", "vpc", "network"]) == 1  # no terminal to ask
    told = capsys.readouterr()
    assert "1 to move." in told.out and "vpc is recorded as network" in told.out and "add --yes" in told.err
    assert main(["state", "move", "vpc", "network", "--out", "move.orch"]) == 0
    assert main(["apply", "move.orch"]) == 0
    assert main(["apply", "move.orch"]) == 4  # used
    capsys.readouterr()
    assert main(["state", "forget", "network", "--plan"]) == 0
    assert "without our mark" in capsys.readouterr().out
    assert main(["state", "forget", "netwrk", "--yes"]) == 1
    assert "did you mean network?" in capsys.readouterr().err
    assert main(["state", "forget", "network", "--yes", "--format", "jsonl"]) == 0
    assert lines(capsys.readouterr().out)[-1]["report"]["status"] == "done"
    assert main(["state", "list"]) == 0
    assert "Nothing is owned" in capsys.readouterr().out
    assert main(["rollback", "--yes"]) == 0 and main(["rollback", "--yes"]) == 1
    further = capsys.readouterr().err.split("name the run before it: orch ")[1].splitlines()[0].split()
    assert main([*further, "--yes"]) == 0
    capsys.readouterr()
    assert main(["plan", "small", "--detailed-exitcode"]) == 0


TWO = TEMPLATE + "  other:\n    type: AWS::EC2::VPC\n    properties: {CidrBlock: 10.1.0.0/16}\n"


def test_a_part_of_a_stack_is_planned_and_applied(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "small" / "blueprint.yaml.j2").write_text(TWO)
    assert main(["plan", "small", "--target", "vp?"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "Partial plan for small in dev: 1 of 2 addresses was not looked at: other"
    assert main(["apply", "small", "--exclude", "vpc", "--yes"]) == 0
    capsys.readouterr()
    assert main(["plan", "small", "--target", "other", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["scope"]["skipped"] == ["vpc"] and told["counts"]["no-op"] == 1


def test_much_is_deleted_only_with_its_number(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    template = folder / "small" / "blueprint.yaml.j2"
    template.write_text(TWO)
    (folder / "orch.yaml").write_text("confirm_destroy: {share: 0.4, at_least: 1}\n")
    assert main(["apply", "small", "--yes"]) == 0
    template.write_text(TEMPLATE)
    assert main(["plan", "small", "--out", "less.orch"]) == 0
    assert "apply it with --confirm-destroy 1" in capsys.readouterr().out
    for words in ([], ["--confirm"], ["--confirm-destroy", "2"]):
        assert main(["apply", "less.orch", *words]) == 3
        assert "it deletes 1 of the 2 objects of this stack" in capsys.readouterr().err
    monkeypatch.setattr("provisioner.cli.session.Session.terminal", True)
    monkeypatch.setattr("sys.stdin", io.StringIO("2\n1\n"))
    assert main(["apply", "less.orch"]) == 1
    assert main(["apply", "less.orch"]) == 0
    assert "Only that number goes on" in capsys.readouterr().err


def test_a_file_that_destroys_wants_the_number_and_orch_destroy_a_yes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "orch.yaml").write_text("confirm_destroy: {share: 0.4, at_least: 1}\n")
    assert main(["apply", "small", "--yes"]) == 0
    assert main(["plan", "small", "--destroy", "--out", "gone.orch"]) == 0
    assert main(["apply", "gone.orch", "--yes"]) == 3
    assert "apply with --confirm-destroy 1" in capsys.readouterr().err
    assert main(["apply", "gone.orch", "--confirm-destroy", "1"]) == 0
    assert main(["apply", "small", "--yes"]) == 0
    assert main(["destroy", "small", "--yes"]) == 0


def test_drift_is_exit_2_until_it_is_accepted(folder: Path, fresh_aws: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", "small", "--yes"]) == 0
    ec2 = listing.client("ec2", fresh_aws, "us-east-1")
    made = next(vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["CidrBlock"] == "10.0.0.0/16")
    ec2.create_tags(Resources=[made], Tags=[{"Key": "by", "Value": "hand"}])
    assert main(["drift", "small"]) == 0
    assert main(["drift", "small", "--detailed-exitcode"]) == 2
    capsys.readouterr()
    assert main(["plan", "small"]) == 0
    assert "left as found (--all-drift)" in capsys.readouterr().out
    assert main(["plan", "small", "--all-drift", "--accept-drift", "v*", "--out", "accept.orch"]) == 0
    told = capsys.readouterr().out
    assert (
        "1 to accept as found." in told and "≈ rebase vpc" in told and "an apply takes it as the new baseline" in told
    )
    assert main(["apply", "accept.orch"]) == 0
    assert main(["drift", "small", "--detailed-exitcode"]) == 0


def test_variables_of_other_stacks_are_no_error(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One environment serves several stacks: what nearly names a parameter is only a warning, unless a value lacks."""
    monkeypatch.setenv("ORCH_PARAM_CIDRS", "x")
    monkeypatch.setenv("ORCH_PARAM_COLOUR", "red")
    words = "it names no parameter of this blueprint and is not used; did you mean ORCH_PARAM_CIDR?"
    assert main(["validate", "small"]) == 0
    said = capsys.readouterr().err
    assert words in said and "variable ORCH_PARAM_CIDRS" in said and "COLOUR" not in said
    assert main(["plan", "small"]) == 0
    assert words in " ".join(capsys.readouterr().out.split())
    assert main(["plan", "small", "-p", "cidrs=x"]) == 1
    (folder / "small" / "parameters.yaml").write_text("parameters: {cidr: {type: string}}\n")
    capsys.readouterr()
    assert main(["validate", "small"]) == 1
    assert words in capsys.readouterr().err


def test_what_is_given_beside_a_plan_file_is_told_from_what_is_in_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "small", "--out", "p.orch"]) == 0
    for name, why in (("cidr", "the plan file holds cidr already"), ("x", "the plan has no parameter x")):
        capsys.readouterr()
        assert main(["apply", "p.orch", "-p", f"{name}=1", "--yes"]) == 1
        said = " ".join(capsys.readouterr().err.split())
        assert f"{why}; -p gives only sensitive parameters here: it asks for none" in said


def test_python_may_name_folders_and_files_by_text(folder: Path) -> None:
    project = Project.open(str(folder))
    plan = project.plan("small")
    project.save(plan, "p.orch")
    assert project.load("p.orch").digest == plan.digest
    assert project.render("small").name == project.rendered("small").stack == project.graph("small")[0].name == "small"
    assert project.plan("small", destroy=True).plan.empty


def test_what_is_stopped_before_its_run_names_no_command_that_would_undo_another(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    assert main(["apply", "small", "--yes"]) == 0
    monkeypatch.setattr(Project, "apply", stopped)
    capsys.readouterr()
    assert main(["apply", "small", "--yes", "-p", "cidr=10.1.0.0/16"]) == 130
    err = capsys.readouterr().err
    assert "stopped at once, before a run was begun: nothing was changed" in err and "rollback" not in err
