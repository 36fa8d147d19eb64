"""A process that has imported all that `orch` needs, and forks a real process of it for each command it is sent.

Start-up is nine tenths of a short command, and no kill is worth anything in it. It runs beside the tests, never inside them,
and must not change what a command does, but for one thing: a command may be told to kill itself at its n-th commit.
"""

from __future__ import annotations

import json
import mmap
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ended:
    """How a command has ended. code: None where it was killed · commits: of its state that it has begun."""

    code: int | None
    commits: int
    out: str


class Warm:
    """The other end: starts such a process, and sends it commands one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.warm"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        self._heard = b""

    def start(self, *arguments: str, commit: int = 0, side: str = "") -> int:
        """Begin a command; its process id. commit, side: the commit at which it kills itself, ``before``, ``inside`` (its
        statements are sent, and nothing is committed) or ``after``; 0: none."""
        self._send(arguments=arguments, folder=str(self._folder), commit=commit, side=side)
        said = self._hear(60.0)
        assert said is not None
        return int(said["pid"])

    def wait(self, seconds: float) -> Ended | None:
        """How it has ended; None where it has not within so many seconds."""
        said = self._hear(seconds)
        if said is None:
            return None
        return Ended(said["code"], said["commits"], (self._folder / "out").read_text(errors="replace"))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    def _send(self, **what: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(what).encode() + b"\n")

    def _hear(self, seconds: float) -> dict[str, Any] | None:
        assert self._process.stdout
        until = time.monotonic() + seconds
        while b"\n" not in self._heard:
            if not select.select([self._process.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
                return None
            more = self._process.stdout.read(65536)
            if not more:
                raise RuntimeError("the warm process has ended")
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        heard: dict[str, Any] = json.loads(line)
        return heard


def _import() -> None:
    """All that a command imports while it works. Only modules: no client, no thread, no connection."""
    import importlib

    for name in (
        "provisioner.cli.root", "provisioner.cli.apply", "provisioner.cli.plan", "provisioner.cli.state", "provisioner.service",
        "provisioner.render.report", "provisioner.render.progress", "provisioner.render.text", "provisioner.render.json",
        "provisioner.policy.packs", "provisioner.policy.cel", "boto3", "botocore.client", "google.cloud.compute_v1", "google.auth",
        "google.oauth2.service_account", "google.auth.impersonated_credentials", "requests", "azure.core.rest",
        "azure.core.pipeline.policies", "azure.core.pipeline.transport", "azure.mgmt.resource.resources", "jsonschema_rs",
    ):  # fmt: skip
        importlib.import_module(name)
    from provisioner.registry import Registry

    registry = Registry()
    for cloud in registry.clouds():
        registry.provider(cloud)


def _count(shared: mmap.mmap, at: int, side: str) -> None:
    """Count the transactions of the state, in memory that outlives the process, and die at one of them."""
    from provisioner.state.sqlite import SqliteBackend

    original = SqliteBackend._transaction

    def die(number: int, here: str) -> None:
        if number == at and here == side:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def counted(self: SqliteBackend, lease: Any = None) -> Iterator[None]:
        number = struct.unpack("q", shared[:8])[0] + 1
        shared[:8] = struct.pack("q", number)
        die(number, "before")
        with original(self, lease):
            yield
            die(number, "inside")
        die(number, "after")

    SqliteBackend._transaction = counted  # type: ignore[method-assign]


def _child(command: dict[str, Any], shared: mmap.mmap) -> int:
    os.chdir(command["folder"])
    out = os.open("out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    _count(shared, command["commit"], command["side"])
    from provisioner.cli.app import main

    try:
        return main(command["arguments"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def serve() -> None:
    """Fork for every line of stdin until it ends."""
    _import()
    shared = mmap.mmap(-1, 8)
    for line in sys.stdin:
        command = json.loads(line)
        shared[:8] = struct.pack("q", 0)
        pid = os.fork()
        if pid == 0:
            os._exit(_child(command, shared))
        print(json.dumps({"pid": pid}), flush=True)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        killed = code == -signal.SIGKILL
        commits = struct.unpack("q", shared[:8])[0]
        print(json.dumps({"code": None if killed else code, "commits": commits}), flush=True)


if __name__ == "__main__":
    serve()
