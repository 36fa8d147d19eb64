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
