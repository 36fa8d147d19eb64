"""A project of its own with three local clouds around it, in which commands are run, disturbed and killed.

The clouds answer from this process, so that a kill can fall exactly between a request's work and its answer. It must not judge
what it sees.
"""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import shutil
import signal
import sqlite3
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from providers.kit.server import Request, Response, Rule, Server
from tests import sandboxes
from tests.crash import standing
from tests.crash.warm import Ended, Warm

BLUEPRINT = Path(__file__).with_name("blueprint")
PLACES = ("00000000-0000-0000-0000-000000000000", "sandbox", "us-east-1")
_READS = ("Describe", "List", "Get", "Head")
_LONGEST = 240.0  # seconds after which a command is taken for hanging


@dataclass(frozen=True)
class Kill:
    """When a command dies. kind: ``commit`` (``number``-th of its state), ``request`` (``number``-th that changes something),
    ``instant`` (``number`` seconds after its start), ``none`` · side: ``before`` or ``after`` what is counted was done."""

    kind: str = "none"
    number: float = 0
    side: str = "before"


@dataclass(frozen=True)
class Seen:
    """A run as the state has it."""

    id: str
    status: str
    kind: str
    undoes: str


class Ground:
    """One per process: moto keeps its content for the whole of it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="orch-crash-"))
        (self.folder / "orch.yaml").write_text("confirm_destroy: {at_least: 1000}\n")  # nobody is there to be asked
        self._lock = threading.Lock()
        self._busy = self._writes = 0
        self._kill, self._pid = Kill(), 0
        self.prepared: tuple[Sequence[str], ...] | None = None  # the commands that would lead to what stands here
        self.died_at = ""  # the request at which the last command died
        self.stages: dict[str, standing.Things] = {}  # what stands after an undisturbed run
        self.pace = 0.0  # seconds that creating the stack takes here and now
        self._started = threading.Event()
        self._servers = {cloud: self._serve(cloud) for cloud in ("aws", "azure", "gcp")}
        self.urls = {cloud: server.url for cloud, server in self._servers.items()}
        self._announce()
        self.warm = Warm(self.folder)
        for _ in range(2):  # the first one compiles
            self.reset()
            self.run(*staged("apply", "first", "--yes"))

    def close(self) -> None:
        """Stop everything and leave nothing."""
        self.warm.close()
        for server in self._servers.values():
            server.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- the clouds -------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Empty clouds and no state."""
        self.calm()
        for url in self.urls.values():
            sandboxes.reset(url)
        for leftover in (self.folder / ".orch").glob("state.db*"):
            leftover.unlink()

    def disturb(self, rules: dict[str, list[Rule]]) -> None:
        """Inject faults, by cloud; {} ends all."""
        for cloud, url in self.urls.items():
            sandboxes.faults(url, *rules.get(cloud, ()))

    def calm(self) -> None:
        """Wait until the clouds have done all that was sent to them: what a dead process has sent may still be under way."""
        quiet = 0
        while quiet < 3:
            time.sleep(0.01)
            quiet = 0 if self._busy else quiet + 1

    def standing(self) -> standing.Things:
        """What the clouds hold."""
        self.disturb({})
        return standing.everything({cloud: sandboxes.calm(url) for cloud, url in self.urls.items()}, *PLACES)

    # --- commands ---------------------------------------------------------------------------------------------------

    def run(self, *arguments: str, kill: Kill = Kill()) -> tuple[Ended, int]:
        """Run a command, to its end or to its death; how it ended, and how many requests that change something it has sent."""
        self._kill, self._writes, self._pid = kill, 0, 0
        self._started.clear()
        self.died_at = ""
        at = int(kill.number) if kill.kind == "commit" else 0
        self._pid = self.warm.start(*arguments, commit=at, side=kill.side)
        self._started.set()
        began = time.monotonic()
        ended = self.warm.wait(kill.number if kill.kind == "instant" else _LONGEST)
        if ended is None:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(self._pid, signal.SIGKILL)
            ended = self.warm.wait(_LONGEST)
            assert ended is not None
            if kill.kind != "instant":
                raise TimeoutError(f"orch {' '.join(arguments)} did not end\n{ended.out[-3000:]}")
        self._kill = Kill()
        if ended.code == 0 and arguments == staged("apply", "first", "--yes"):
            self.pace = time.monotonic() - began
        self.calm()
        return ended, self._writes

    def runs(self) -> list[Seen]:
        """All runs, newest first."""
        found = self._query("SELECT run FROM run ORDER BY number DESC")
        return [Seen(r["id"], r["status"], r["kind"], r.get("undoes", "")) for r in found]

    def rows(self) -> list[dict[str, Any]]:
        """The ledger."""
        return self._query("SELECT row FROM ledger")

    def journal(self) -> list[str]:
        """What the newest run has written, an entry a line."""
        entries = self._query(
            "SELECT entry FROM journal WHERE run=(SELECT id FROM run ORDER BY number DESC LIMIT 1) ORDER BY number"
        )
        shown = ("step", "kind", "at", "call", "attempt", "identity", "doubt", "writes", "message", "token")
        return [" ".join(f"{key}={entry[key]}" for key in shown if entry.get(key)) for entry in entries]

    def _query(self, statement: str) -> list[dict[str, Any]]:
        path = self.folder / ".orch" / "state.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name='run'").fetchone():
                return []
            return [json.loads(data) for (data,) in db.execute(statement)]

    # --- small ------------------------------------------------------------------------------------------------------

    def _serve(self, cloud: str) -> Server:
        server: Server = importlib.import_module(f"providers.{cloud}.sandbox").serve()
        work = server._handler

        def counted(request: Request) -> Response | None:
            number = 0
            with self._lock:
                self._busy += 1
                if _writes(cloud, request, server._namer(request)):
                    self._writes += 1
                    number = self._writes
            try:
                if self._dies(number, "before", request):
                    return None
                response = work(request)
                return None if self._dies(number, "after", request) else response
            finally:
                with self._lock:
                    self._busy -= 1

        server._handler = counted  # type: ignore[assignment]
        server._http.handle_error = lambda *_: None  # type: ignore[method-assign]  # a dead client's connection is no news
        threading.Thread(target=server.serve_forever, name=f"sandbox-{cloud}", daemon=True).start()
        return server

    def _dies(self, number: int, side: str, request: Request) -> bool:
        kill = self._kill
        if not number or kill.kind != "request" or (number, side) != (kill.number, kill.side):
            return False
        self._started.wait(10)
        os.kill(self._pid, signal.SIGKILL)
        self.died_at = f"{request.method} {request.path} {request.body[:60]!r}"
        return True

    def _announce(self) -> None:
        """Write what `orch sandbox up` writes, and hold its locks."""
        state = self.folder / ".orch"
        (state / "sandbox").mkdir(parents=True)
        for cloud in self.urls:
            held = os.open(state / "sandbox" / f"{cloud}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(held, fcntl.LOCK_EX)
            os.write(held, str(os.getpid()).encode())
        clouds = {
            cloud: {"url": url, "pid": os.getpid(), "log": "none", "lags": bool(sandboxes.MOOD)}
            for cloud, url in self.urls.items()
        }
        content = {"format_version": 1, "started": "2026-01-01T00:00:00+00:00", "clouds": clouds}
        (state / "sandbox.json").write_text(json.dumps(content))


def _writes(cloud: str, request: Request, operation: str) -> bool:
    if cloud == "aws":
        return not operation.rpartition(":")[2].startswith(_READS)
    return request.method not in ("GET", "HEAD") and "ResourceGraph" not in request.path


def staged(command: str, stage: str, *more: str) -> Sequence[str]:
    """A command on the blueprint of the crashes."""
    chosen = () if command == "destroy" else ("-p", f"stage={stage}")
    return (command, str(BLUEPRINT), "-e", "local", *chosen, *more)
