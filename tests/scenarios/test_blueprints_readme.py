"""The examples of blueprints/README.md are what they say: its files are written, its commands typed, their output compared.

A fenced block whose first line is a comment with a path is that file; a ``console`` block holds commands after ``$`` and what
they print.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from provisioner.cli import main

TEXT = (Path(__file__).parents[2] / "blueprints" / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(?:#|\{#) (\S+/\S+)(?: #\})?\n")


def test_every_example_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    commands = []
    for kind, body in BLOCK.findall(TEXT):
        if kind == "console":
            commands += re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE)
        elif named := NAMED.match(body):
            path = tmp_path / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body)
    assert commands
    for command, wanted in commands:
        main(shlex.split(command)[1:])
        printed = capsys.readouterr()
        assert printed.out + printed.err == wanted, command
