"""The help of ``orch`` itself: the same whichever way it is asked for, complete, and as wide as the terminal."""

from __future__ import annotations

import pytest

from provisioner.cli import main, overview
from provisioner.cli.root import app
from provisioner.model.problem import OrchError
from tests.scenarios.golden import compare


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_help_reads_like_this(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    compare(request, "help.txt", printed(capsys, "--help"))


@pytest.mark.parametrize("asked", [(), ("-h",), ("--debug", "--help"), ("--help", "--log-level", "info")])
def test_help_is_the_same_through_typer(capsys: pytest.CaptureFixture[str], asked: tuple[str, ...]) -> None:
    assert printed(capsys, *asked) == overview.text()


def test_no_option_of_typer_is_missing_from_the_help() -> None:
    from typer.main import get_command

    told = overview.text()
    names = [name for parameter in get_command(app).params for name in parameter.opts]
    assert len(names) == 4
    assert all(f"  {name}" in told for name in names)


@pytest.mark.parametrize("width", [50, 60, 100, 300])
def test_help_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    free = [line for line in overview.text().splitlines() if line not in overview._LAID_OUT]
    assert max(map(len, free)) <= min(width, overview.MOST_WIDTH)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["plna", "x"], "no such command: plna; did you mean plan?", "orch --help"),
        (["plan"], "Missing argument 'BLUEPRINT'", "orch plan --help"),
        (["--nope"], "No such option: --nope", "orch --help"),
    ],
)
def test_a_usage_error_names_the_help(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str, hint: str
) -> None:
    assert main(arguments) == OrchError.exit_code
    said = capsys.readouterr().err
    assert message in said and said.endswith(f"  hint  {hint}\n")
