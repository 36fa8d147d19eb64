"""A sandbox in its own process: made by its cloud's factory, announced in one line, served until it is told to end.

It must not outlive its lock file: whoever removes the directory has removed the sandbox.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

GROUP = "orch.sandboxes"
_LOOK_SECONDS = 2.0  # how often it looks whether its lock file is still there
_TRIES, _TRY_SECONDS = 50, 0.01  # a look at the lock from outside holds it for a moment


def factories() -> dict[str, EntryPoint]:
    """The sandboxes of this installation, by cloud; none is loaded."""
    return {point.name: point for point in entry_points(group=GROUP)}


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m provisioner.sandbox serve CLOUD``: prints ``{"url"}`` once it serves or ``{"error", "hint"}``."""
    parser = argparse.ArgumentParser(prog="python -m provisioner.sandbox")
    serve = parser.add_subparsers(required=True).add_parser("serve")
    serve.add_argument("cloud")
    serve.add_argument("--port", type=int, default=0)
    serve.add_argument("--lock", type=Path, required=True)
    given = parser.parse_args(arguments)
    return _serve(given.cloud, given.port, given.lock)


def _serve(cloud: str, port: int, lock: Path) -> int:
    held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)  # never closed: the lock ends with the process, not before
    if not _taken(held):
        return _say(
            error=f"process {os.read(held, 20).decode()} runs it already", hint="stop it with: orch sandbox down"
        )
    os.truncate(held, 0)
    os.write(held, str(os.getpid()).encode())
    try:
        server = factories()[cloud].load()(port)
    except OSError as error:
        where = f"port {port} of 127.0.0.1" if port else "a free port of 127.0.0.1"
        return _say(error=f"{where}: {error.strerror or error}", hint="choose another port, or none for a free one")
    except ModuleNotFoundError as error:
        return _say(error=str(error), hint="install what it needs with: pip install 'orch[all]'")
    ending = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):  # from here on; a sandbox still in the making just ends
        signal.signal(sign, lambda _sign, _frame: ending.set())
    serving = threading.Thread(target=server.serve_forever, name=f"sandbox-{cloud}", daemon=True)
    serving.start()
    _say(url=server.url)
    os.dup2(2, 1)  # nobody listens from here on
    while serving.is_alive() and not ending.wait(_LOOK_SECONDS) and _is_at(lock, held):
        pass
    if serving.is_alive():
        server.shutdown()
    return 0


def _taken(descriptor: int) -> bool:
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_TRY_SECONDS)
        else:
            return True
    return False


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _say(**message: str) -> int:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
    return 1
