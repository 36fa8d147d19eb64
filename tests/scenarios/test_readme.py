"""The README's tour, typed as it stands: every command of its console blocks, its output line by line.

`…` alone on a line stands for any lines, and whatever differs from run to run (ports, run ids, seconds) is one thing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ORCH = Path(sys.executable).parent / "orch"
_VARYING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\b\d{14}-[a-z2-7]{6}\b"), "RUN"),
    (re.compile(r"\b\d+(\.\d+)? s\b"), "N s"),
)


def console(text: str) -> list[tuple[str, str]]:
    """The commands of all console blocks, in order, each with the output shown."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output.strip("\n")))
    return found


def files(text: str) -> dict[str, str]:
    """The files that YAML blocks show, by the name in their first line."""
    blocks = re.findall(r"```yaml\n# (\S+)\n(.*?)```", text, re.S)
    return dict(blocks)


def steady(text: str) -> list[str]:
    """Output without what differs from run to run."""
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Whether the printed lines are those shown; ``…`` stands for any."""
    if not shown:
        return not printed
    if shown[0].strip() == "…":
        return any(agrees(shown[1:], printed[start:]) for start in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and agrees(shown[1:], printed[1:])


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    text = (ROOT / "README.md").read_text()
    shutil.copytree(ROOT / "blueprints", tmp_path / "blueprints")
    for name, content in files(text).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    yield tmp_path
    subprocess.run([ORCH, "sandbox", "down"], cwd=tmp_path, capture_output=True, timeout=60, check=False)


def test_the_console_blocks_print_what_the_readme_shows(project: Path) -> None:
    assert (project / "network/blueprint.yaml.j2").is_file() and (project / "orch.yaml").is_file()
    commands = console((ROOT / "README.md").read_text())
    assert len(commands) >= 6
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ORCH_")} | {"COLUMNS": "130"}
    for command, shown in commands:
        words = command.split()
        assert words[0] == "orch"
        done = subprocess.run(
            [ORCH, *words[1:]], cwd=project, capture_output=True, text=True, timeout=100, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        printed = steady(done.stdout)
        assert agrees(steady(shown), printed), "\n".join([f"$ {command}", *printed])


def test_disagreement_is_seen() -> None:
    assert agrees(["a", "…", "c"], ["a", "b", "b", "c"])
    assert not agrees(["a", "…", "c"], ["a", "b"])
    assert not agrees(["a"], ["a", "b"])


def test_its_numbers_of_types_are_those_that_there_are() -> None:
    from providers.aws.provider import AwsProvider
    from providers.aws.types import tables
    from tests.conformance.cases import CASES

    text, aws = (ROOT / "README.md").read_text(), AwsProvider()
    native = len(tables())
    others = sum(aws.resource_type(name).applies for name in aws.type_names()) - native
    assert f"{native} of AWS by native calls and {others:,} through Cloud Control" in text
    assert f"lists the {sum(map(len, CASES.values()))} that are put through every" in text
