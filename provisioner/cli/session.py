"""What the commands of one invocation share: streams, style, the project, progress, and how Ctrl-C stops a run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, TextIO, TypeVar

if TYPE_CHECKING:
    from provisioner.model.event import Event
    from provisioner.render.progress import Progress
    from provisioner.render.style import Style
    from provisioner.service import Project


T = TypeVar("T")

_ADVISED = re.compile(r"\b(orch(?: [a-z]+)+) BLUEPRINT\b")
_HANGUP = getattr(signal, "SIGHUP", None)  # not on every system
_STOPPING = (
    b"\nstopping: requests under way are finished, long operations are left to orch resume; "
    b"once more stops at once (still recoverable)\n"
)
_STOPS = (signal.SIGINT, signal.SIGTERM, *((_HANGUP,) if _HANGUP else ()))


def open_project() -> Project:
    """The project of the working directory. The one place where the command line meets the service."""
    from provisioner.service import Project

    return Project.open()


@dataclass
class Session:
    """One invocation. out: results · err: errors, questions, progress and logs."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    debug: bool = False
    interrupted: bool = False
    logs: bool = False
    form: str = ""  # json or jsonl, where the command line asks for it: then errors are told in it too
    said: bool = False
    blueprint: str = ""  # as it was given, with its environment: for commands that are advised
    environment: str = ""
    _project: Project | None = None

    def project(self) -> Project:
        """The project that the command works in."""
        self._project = self._project or open_project()
        return self._project

    def typed(self, advice: str) -> str:
        """An advice as one would type it: the commands in it name this invocation's blueprint and environment."""
        if not self.blueprint:
            return advice
        words = shlex.join([self.blueprint, *(["-e", self.environment] if self.environment else [])])
        return _ADVISED.sub(lambda match: f"{match[1]} {words}", advice)

    def log(self, level: str | None, form: str | None) -> None:
        """Set logging up, if either is given: the log then stands in the place of the progress display."""
        from provisioner import log

        self.logs = bool(level or form)
        log.set_up(self.err, level or ("info" if form else None), form or "text")

    def style(self, stream: TextIO) -> Style:
        """How to write to a stream: colours only on a terminal that wants them, its width where it has one."""
        from provisioner.render.style import Style

        terminal = stream.isatty()
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        width = shutil.get_terminal_size((80, 24)).columns if terminal or os.environ.get("COLUMNS") else 80
        return Style(width, bool((terminal or os.environ.get("FORCE_COLOR")) and not plain))

    def say(self, text: str) -> None:
        """A result, as it is."""
        self.said = True
        self.out.write(text)

    def tell(self, text: str) -> None:
        """A remark beside the result."""
        self.err.write(text + "\n")
        self.err.flush()

    @property
    def terminal(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin.isatty() and self.err.isatty()

    def confirm(self, question: str, otherwise: str, answer: str = "yes", left: str = "Nothing was changed.") -> None:
        """Ask on a terminal and go on with that answer; elsewhere, or with any other, end. ``otherwise``: to type · left: how
        things are then."""
        from provisioner.model.problem import OrchError

        if not self.terminal:
            raise OrchError("this needs a yes, and there is no terminal to ask", hint=otherwise)
        self.out.flush()
        only = f"Only {answer!r} goes on" if answer == "yes" else "Only that number goes on"
        self.err.write(f"\n{question}\n{only}: ")
        self.err.flush()
        if sys.stdin.readline().strip() != answer:
            self.tell(left)
            import typer

            raise typer.Exit(1)

    def agrees(self, question: str) -> bool:
        """Ask on a terminal something that may well be denied; elsewhere the answer is no."""
        if not self.terminal:
            return False
        self.out.flush()
        self.err.write(f"\n{question}\n'yes', or anything else for no: ")
        self.err.flush()
        return sys.stdin.readline().strip() == "yes"

    def asking(
        self, given: Mapping[str, object], work: Callable[[Mapping[str, object]], T]
    ) -> tuple[T, Mapping[str, object]]:
        """Do something that may need sensitive parameters: on a terminal those that lack are asked for, unseen. What came of it,
        and what was given in the end."""
        from provisioner.vault import MissingSecretError

        try:
            return work(given), given
        except MissingSecretError as error:
            if not error.parameters or not self.terminal:
                raise
            from getpass import getpass

            asked = {name: getpass(f"{name} (sensitive): ", self.err) for name in error.parameters}
            return work({**given, **asked}), {**given, **asked}

    def progress(self) -> Progress:
        """Where events go while something runs: a live display on a terminal, lines in a pipe."""
        from provisioner.render.progress import choose

        live = self.err.isatty() and os.environ.get("TERM") != "dumb"
        return choose(self.err, self.style(self.err), live=live)

    @contextmanager
    def watching(self, show: Progress | None = None) -> Iterator[Callable[[Event], None]]:
        """Events to the log, and to ``show`` or the progress display."""
        from provisioner.log import log_event

        if self.logs and show is None:
            yield log_event
            return
        with show or self.progress() as display:

            def both(event: Event) -> None:
                log_event(event)
                display(event)

            yield both

    @contextmanager
    def stopping(self) -> Iterator[threading.Event]:
        """The event that a first Ctrl-C sets (or SIGTERM, or the terminal's end): requests under way are finished, and no
        more are sent. A second one interrupts at once."""
        stop = threading.Event()

        terminals = [stream for stream in (1, 2) if os.isatty(stream)]

        def asked(number: int, _frame: FrameType | None) -> None:
            if number == _HANGUP:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                for stream in terminals:  # gone: a write would fail, and the run with it
                    os.dup2(nowhere, stream)
                os.close(nowhere)
            if stop.is_set():
                raise KeyboardInterrupt
            self.interrupted = True
            stop.set()
            os.write(2, _STOPPING)

        wanted = [number for number in _STOPS if signal.getsignal(number) != signal.SIG_IGN]  # nohup ignores the hangup
        known = {number: signal.signal(number, asked) for number in wanted}
        try:
            yield stop
        finally:
            for number, handler in known.items():
                signal.signal(number, handler)
