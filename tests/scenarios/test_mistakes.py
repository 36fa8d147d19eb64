"""Each kind of mistake and the exact message that it gets, through the real command line: ``golden/mistakes/*.txt``.

A case reads as a session on a terminal. Lines of ``--- NAME`` begin a file, ``--- faults CLOUD`` the faults that a sandbox has
from there on; ``$ COMMAND`` runs one and is followed by what it prints and its exit code; ``% COMMAND`` runs one that must
succeed and is not shown. Commands other than ``orch`` are the shell's. Where a case has no environment of its own, ``ENVIRONMENT``
is written; ``endpoint: sandbox`` is the sandbox of the test. What differs from run to run is replaced: ids, ports.
"""

from __future__ import annotations

import functools
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from providers.kit.server import Rule
from provisioner.cli import main
from provisioner.engine import Engine
from tests.memory_stack import FastClock
from tests.sandboxes import faults

FOLDER = Path(__file__).parent / "golden" / "mistakes"
CASES = sorted(path.stem for path in FOLDER.glob("*.txt"))
ENVIRONMENT = """\
places:
  aws: {cloud: aws, account: "123456789012", region: eu-west-1}
  azure: {cloud: azure, subscription: 00000000-0000-0000-0000-000000000000, location: westeurope}
  gcp: {cloud: gcp, project: acme-dev, region: europe-west1}
"""


@dataclass
class Step:
    """A line that begins something, and the lines beneath it."""

    head: str
    body: str


def steps(text: str) -> list[Step]:
    """The parts of a case; the first is its title."""
    parts = re.split(r"^(?=--- \S|\$ |% )", text, flags=re.MULTILINE)
    title, *rest = parts
    return [Step("", title), *(Step(*part.split("\n", 1)) for part in rest)]


def steady(text: str, folder: Path) -> str:
    """The text without what differs from run to run."""
    text = text.replace(f"{folder}/", "").replace(str(folder), ".")
    text = re.sub(r"127\.0\.0\.1:(?!1\b)\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"port=(?!1\b)\d+", "port=PORT", text)
    text = re.sub(r"\b(request\s+|request_id=)[\w/+=-]{8,}", r"\1REQUEST-ID", text)
    text = re.sub(r"\b\d{14}-[a-z2-7]{6}\b", "RUN", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC", "TIME", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?", "TIME", text)
    text = re.sub(r"sha256:[0-9a-f]{12,64}", "sha256:DIGEST", text)
    text = re.sub(r"\b(\d+ min )?\d+(\.\d+)? s\b", "0.0 s", text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


class Terminal:
    """A folder to type commands in."""

    def __init__(
        self,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        url: Callable[[str], str],
        set_variable: Callable[[str, str], None],
    ) -> None:
        self._folder, self._capsys, self._url, self._set = folder, capsys, url, set_variable
        self._endpoints: dict[str, str] = {}

    def endpoints(self, _directory: Path) -> dict[str, str]:
        """Where the sandboxes are that the case has named."""
        return self._endpoints

    def play(self, case: list[Step]) -> str:
        """The case as it would have to read."""
        out = [case[0].body]
        if not any("/environments/" in step.head for step in case):
            self._write("net/environments/dev.yaml", ENVIRONMENT)
        for step in case[1:]:
            shown = step.body
            if step.head.startswith("--- faults "):
                rules = yaml.safe_load(step.body) or []
                faults(self._url(step.head.removeprefix("--- faults ").strip()), *(Rule(**rule) for rule in rules))
            elif step.head.startswith("--- "):
                self._write(step.head.removeprefix("--- ").strip(), step.body)
            else:
                printed, code = self._run(step.head[2:])
                if step.head.startswith("% "):
                    assert code == 0, f"{step.head}: {printed}"
                else:
                    shown = f"{printed}exit {code}\n\n"
            out.append(f"{step.head}\n{shown}")
        return "".join(out).rstrip("\n") + "\n"

    def _write(self, name: str, text: str) -> None:
        if "endpoint: sandbox" in text:
            self._endpoints |= {cloud: self._url(cloud) for cloud in re.findall(r"cloud: (\w+)", text)}
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{text.rstrip()}\n".encode())

    def _run(self, command: str) -> tuple[str, int]:
        words = shlex.split(command)
        while "=" in words[0]:  # variables before the command, as a shell has them
            self._set(*words.pop(0).split("=", 1))
        if words[0] != "orch":
            shell = command.replace("python ", f"{shlex.quote(sys.executable)} ")
            done = subprocess.run(shell, shell=True, cwd=self._folder, capture_output=True, text=True, check=False)
            return done.stdout + done.stderr, done.returncode
        self._capsys.readouterr()
        code = main(words[1:])
        printed = self._capsys.readouterr()
        return steady(printed.out + printed.err, self._folder), code


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """The url of a cloud's sandbox, emptied when a case first asks for it."""
    return functools.cache(lambda cloud: str(request.getfixturevalue(f"fresh_{cloud}")))


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: Callable[[str], str]
) -> Iterator[Terminal]:
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("provisioner.service.Engine", functools.partial(Engine, clock=FastClock()))
    found = Terminal(tmp_path, capsys, url, monkeypatch.setenv)
    monkeypatch.setattr("provisioner.sandbox.endpoints", found.endpoints)
    yield found
    capsys.readouterr()


@pytest.mark.parametrize("name", CASES)
def test_the_message(request: pytest.FixtureRequest, terminal: Terminal, name: str) -> None:
    file = FOLDER / f"{name}.txt"
    wanted = file.read_text()
    printed = terminal.play(steps(wanted))
    assert "Traceback" not in printed and "bug in orch" not in printed
    if request.config.getoption("--update-golden"):
        file.write_text(printed)
    assert printed == file.read_text()


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("cloud-")])
def test_a_fault_of_a_cloud_says_which_call_it_was(name: str) -> None:
    """Cloud, service, operation and region; the request's id where the cloud gave one."""
    for command in re.findall(r"^\$ .*?^exit", (FOLDER / f"{name}.txt").read_text(), re.MULTILINE | re.DOTALL):
        said = " ".join(command.split())
        assert re.search(r"\b(aws|azure|gcp) [\w.]+:(GET |PUT )?[\w./]+ in [a-z0-9-]+", said), said
        unanswered, read_of_gcp = name.startswith("cloud-down"), name.endswith("gcp") and "orch plan" in said
        assert unanswered or read_of_gcp or "request REQUEST-ID" in said, said
