"""Real ``orch`` processes in a project of a test: started, watched by their events, stopped by signals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ORCH = Path(sys.executable).with_name("orch")


class Orch:
    """A project folder whose only place is an AWS endpoint."""

    def __init__(self, folder: Path, endpoint: str, template: str) -> None:
        self.folder = folder
        blueprint = folder / "b"
        (blueprint / "environments").mkdir(parents=True)
        (blueprint / "blueprint.yaml.j2").write_text(template)
        place = f'{{cloud: aws, account: "123456789012", region: us-east-1, endpoint: "{endpoint}"}}'
        (blueprint / "environments" / "dev.yaml").write_text(f"places:\n  aws: {place}\n")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command, to its end."""
        return subprocess.run([ORCH, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=60)

    @contextmanager
    def started(
        self, *arguments: str, preexec: Callable[[], None] | None = None, environ: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        """A command under way; killed at the end if it still runs."""
        process = subprocess.Popen(
            [ORCH, *arguments], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=preexec, env={**os.environ, **(environ or {})},
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def until(process: subprocess.Popen[str], kind: str, **more: Any) -> dict[str, Any]:
    """Read the events of ``--format jsonl`` until one is of this kind and has these values."""
    assert process.stdout
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event.get("kind") == kind and more.items() <= event.items():
            return event
    assert process.stderr
    raise AssertionError(f"it ended before {kind}: {process.stderr.read()}")


class Terminal:
    """A command on a terminal of its own: what it shows, and what somebody types."""

    def __init__(self, orch: Orch, *arguments: str) -> None:
        self._screen, inside = os.openpty()
        self.shown = ""
        self._process = subprocess.Popen(
            [ORCH, *arguments], cwd=orch.folder, stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
            env={**os.environ, "TERM": "dumb"},
        )  # fmt: skip
        os.close(inside)

    def reads(self, words: str) -> None:
        """Wait until the words are shown."""
        while words not in self.shown:
            if not self._more():
                raise AssertionError(f"it ended without {words!r}: {self.shown}")

    def types(self, line: str) -> None:
        """Type a line."""
        os.write(self._screen, line.encode() + b"\n")

    def ends(self) -> int:
        """The exit code, once it has ended."""
        while self._more():
            pass
        os.close(self._screen)
        return self._process.wait(30)

    def _more(self) -> bool:
        try:
            read = os.read(self._screen, 65536).decode(errors="replace")
        except OSError:  # the other end is closed
            return False
        self.shown += read.replace("\r\n", "\n")
        return bool(read)
