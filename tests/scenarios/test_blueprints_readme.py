"""The examples of blueprints/*.md are what they say: files are written, commands typed, expressions rendered, results compared.

A fenced block whose first line is a comment with a path is that file; a ``console`` block holds commands after ``$`` and what
they print; a line ``{{ … }} → result`` of a ``jinja`` block is what ``orch render`` makes of it, or the error that it gives.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.blueprint.filters import FILTERS
from provisioner.blueprint.template import RESERVED_NAMES
from provisioner.cli import main

PAGES = Path(__file__).parents[2] / "blueprints"
LANGUAGE = (PAGES / "LANGUAGE.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(?:#|\{#) (\S+/\S+)(?: #\})?\n")
SHOWN = re.compile(r"^(.*\{\{ .* \}\}.*) → (.*)$", re.MULTILINE)
JINJAS_OWN = {"caller", "cycler", "dict", "joiner", "kwargs", "loop", "namespace", "range", "self", "super", "varargs"}


def write_files(text: str, folder: Path) -> None:
    for _, body in BLOCK.findall(text):
        if named := NAMED.match(body):
            path = folder / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body.partition("\n")[2] if named[1].endswith(".sh.j2") else body)


@pytest.mark.parametrize("page", ["README.md", "LANGUAGE.md"])
def test_every_command_prints_what_is_shown(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    text = (PAGES / page).read_text()
    write_files(text, tmp_path)
    commands = []
    for kind, body in BLOCK.findall(text):
        if kind == "console":
            commands += re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE)
    assert commands
    for command, wanted in commands:
        main(shlex.split(command)[1:])
        printed = capsys.readouterr()
        assert printed.out + printed.err == wanted, command


def shown() -> Iterator[tuple[str, str, str]]:
    """Heading, expression and result of every line."""
    for part in re.split(r"^#{2,3} ", LANGUAGE, flags=re.MULTILINE)[1:]:
        for kind, body in BLOCK.findall(part):
            if kind == "jinja" and not NAMED.match(body):
                for expression, result in SHOWN.findall(body):
                    yield part.partition("\n")[0], expression, result


EXAMPLES = list(shown())


@pytest.mark.parametrize(("heading", "expression", "wanted"), EXAMPLES, ids=[f"{e[0]}: {e[1]}" for e in EXAMPLES])
def test_every_expression_gives_what_is_shown(
    heading: str,
    expression: str,
    wanted: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMMIT", "4f2c1e")
    monkeypatch.delenv("CHANNEL", raising=False)
    write_files(LANGUAGE, tmp_path)
    template = tmp_path / "app" / "blueprint.yaml.j2"
    template.write_text(f"{template.read_text()}outputs:\n  shown: {expression}\n")
    main(["render", "app"])
    printed = capsys.readouterr()
    if wanted.startswith("error: "):
        assert printed.err.splitlines()[0] == wanted
    else:
        assert printed.out.partition("\n  shown: ")[2] == f"{wanted}\n", printed.err


def test_every_function_and_filter_has_an_example() -> None:
    documented = {heading for heading, _, _ in EXAMPLES} | {"each"}
    assert documented >= {*FILTERS, *(RESERVED_NAMES - JINJAS_OWN)}
