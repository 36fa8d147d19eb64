"""What becomes of a run whose step has failed, on a terminal: somebody is asked, and sees what a rollback would do."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.kit.server import Rule
from tests.processes import Orch, Terminal
from tests.sandboxes import faults

TEMPLATE = """\
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16}
  gateway:
    type: AWS::EC2::InternetGateway
    depends_on: vpc
"""
QUESTION = "Roll back what this run has done?"


@pytest.fixture
def orch(fresh_aws: str, tmp_path: Path) -> Orch:
    faults(fresh_aws, Rule("deny", "CreateInternetGateway", times=-1))
    return Orch(tmp_path, fresh_aws, TEMPLATE)


def test_yes_rolls_back_what_is_shown_first(orch: Orch) -> None:
    terminal = Terminal(orch, "apply", "b", "--yes")
    terminal.reads(QUESTION)
    assert "1 of 2 steps" in terminal.shown and "UnauthorizedOperation" in terminal.shown
    terminal.types("yes")
    terminal.reads("Roll back? It deletes 1 object.\nOnly 'yes' goes on: ")
    assert "- delete vpc" in terminal.shown
    terminal.types("yes")
    assert terminal.ends() == 5
    assert orch.run("state", "list").stdout == "Nothing is owned.\n"


@pytest.mark.parametrize("answers", [["no"], ["yes", "no"]], ids=["at once", "having seen it"])
def test_no_leaves_it_to_be_resumed(orch: Orch, fresh_aws: str, answers: list[str]) -> None:
    terminal = Terminal(orch, "apply", "b", "--yes")
    for question, answer in zip((QUESTION, "Roll back? It deletes 1 object.\n"), answers, strict=False):
        terminal.reads(question)
        terminal.types(answer)
    assert terminal.ends() == 5 and "Nothing was changed" not in terminal.shown
    faults(fresh_aws)
    assert orch.run("resume").returncode == 0


@pytest.mark.parametrize(
    "more", [["--on-failure", "stop"], ["--format", "jsonl"], ["--on-failure", "continue"]], ids=" ".join
)
def test_nobody_is_asked_who_has_said_it(orch: Orch, more: list[str]) -> None:
    terminal = Terminal(orch, "apply", "b", "--yes", *more)
    assert terminal.ends() == 5 and QUESTION not in terminal.shown


def test_nobody_is_asked_in_a_pipe(orch: Orch) -> None:
    assert orch.run("apply", "b", "--yes").returncode == 5
