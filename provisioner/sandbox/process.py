"""The processes of sandboxes, seen from outside: start, wait, ask, stop. Writes no state."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from provisioner.model.problem import OrchError
from provisioner.sandbox import record
from provisioner.sandbox.record import Running

START_SECONDS = 60.0
STOP_SECONDS = 5.0
_LOG_LINES = 15


def start(directory: Path, names: Sequence[str], ports: Mapping[str, int]) -> dict[str, Running]:
    """Start processes side by side and wait for all; either all of them run afterwards or none."""
    deadline = time.monotonic() + START_SECONDS
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in names:
            children[name] = _spawn(directory, name, ports.get(name, 0))
        return {name: _ready(name, one, record.log_file(directory, name), deadline) for name, one in children.items()}
    except BaseException:  # an interrupt too must leave nothing behind
        for one in children.values():
            stop(one.pid, lambda popen=one: popen.poll() is not None)  # type: ignore[misc]
        raise
    finally:
        for one in children.values():
            one.returncode = one.poll() or 0  # it outlives us, of which Popen would warn
            if one.stdout:
                one.stdout.close()


def stop(pid: int, ended: Callable[[], bool]) -> None:
    """Ask a sandbox, which leads a process group of its own, to end; after a while make it."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if ended():
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, sign)
        deadline = time.monotonic() + STOP_SECONDS
        while not ended() and time.monotonic() < deadline:
            time.sleep(0.01)


def reap(pid: int) -> None:
    """Take note of an ended process where it is our child: otherwise its entry stays until we end."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def answers(url: str, seconds: float = 2.0) -> bool:
    """Whether a sandbox answers at a url."""
    import http.client

    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=seconds)  # never through a proxy
    try:
        connection.request("GET", "/_orch/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _spawn(directory: Path, name: str, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "provisioner.sandbox", "serve", name, "--port", str(port)]
    command += ["--lock", str(record.lock_file(directory, name))]
    with record.log_file(directory, name).open("wb") as log:  # in a session of its own: Ctrl-C here is not for it
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )


def _ready(name: str, started: subprocess.Popen[bytes], log: Path, deadline: float) -> Running:
    """Wait for the line in which a sandbox says where it answers, and ask it there."""
    said = _first_line(started, deadline)
    if said is None:
        raise _failure(name, f"did not start within {START_SECONDS:.0f} s", log)
    message = json.loads(said) if said else {}
    if "error" in message:
        raise OrchError(f"the {name} sandbox did not start: {message['error']}", hint=message.get("hint", ""))
    if "url" not in message:
        raise _failure(name, f"ended with exit code {started.wait()} before it answered", log)
    if not answers(message["url"], max(deadline - time.monotonic(), 0.1)):
        raise _failure(name, f"does not answer at {message['url']}", log)
    return Running(message["url"], started.pid, log)


def _first_line(started: subprocess.Popen[bytes], deadline: float) -> bytes | None:
    """What a sandbox says first; empty where it ended without a word, None where time is up."""
    pipe = started.stdout
    assert pipe is not None  # we asked for it
    line = b""
    with selectors.DefaultSelector() as waiting:  # select() refuses a descriptor beyond 1,023
        waiting.register(pipe, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not waiting.select(max(deadline - time.monotonic(), 0)):
                return None
            if not (part := os.read(pipe.fileno(), 65536)):
                return b""
            line += part
    return line


def _failure(name: str, what: str, log: Path) -> OrchError:
    lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
    return OrchError("\n".join([f"the {name} sandbox {what}; the end of {log}:", *(f"  {line}" for line in lines)]))
