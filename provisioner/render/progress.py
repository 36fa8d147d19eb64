"""Events of a run as they happen: a live display on a terminal, plain lines in a pipe, JSON lines for programs.

Each writes to the stream it is given and decides nothing. Rich is imported only for the live display.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from provisioner.model.counting import many
from provisioner.model.event import Event, EventKind
from provisioner.render.json import dump
from provisioner.render.report import duration
from provisioner.render.style import PLAIN, Style, clean

_PAST = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "adopt": "adopted",
    "move": "moved",
    "take back": "taken back",
    "record": "recorded",
    "forget": "forgotten",
    "rebase": "recorded",
    "check": "checked",
}
_PRESENT = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "adopt": "adopting",
    "move": "moving",
    "take back": "taking back",
    "record": "recording",
    "forget": "forgetting",
    "rebase": "recording",
    "check": "checking",
}
_IN_FLIGHT = 12  # lines of the live display; more are counted


class Progress(Protocol):
    """Takes events one after another, within ``with``."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __call__(self, event: Event) -> None:
        """One event happened."""
        ...


def line(event: Event, style: Style = PLAIN) -> str:
    """One event for a person, or nothing where it says nothing worth a line."""
    width = len(str(event.total))
    count = f"[{event.done:>{width}}/{event.total}]"
    name = clean(event.address)
    told = ", ".join(
        clean(part) for part in (event.code, f"request {event.request_id}" if event.request_id else "") if part
    )
    match event.kind:
        case EventKind.DONE:
            done = f"{_PAST.get(event.verb, event.verb)} {name}"
            return f"{style.paint(count, 'dim')} {style.paint(done, 'good')}  {style.paint(duration(event.seconds), 'dim')}"
        case EventKind.FAILED:
            why = f"{clean(event.message)}" + (f" ({told})" if told else "")
            return f"{style.paint(count, 'dim')} {style.paint(f'failed to {event.verb} {name}', 'bad')}: {why}"
        case EventKind.RETRIED:
            again = f"again in {duration(event.delay)}" if event.delay else "again"
            why = clean(event.code or event.message)
            return f"{style.paint(count, 'dim')} {style.paint(f'{event.verb} {name}: {why}, {again}', 'warn')}"
        case EventKind.WARNED:
            return (
                f"{style.paint(count, 'dim')} {style.paint(f'policy warns of {name}', 'warn')}: {clean(event.message)}"
            )
        case EventKind.SKIPPED:
            return f"{style.paint(count, 'dim')} skipped {name}: {clean(event.message)}"
        case EventKind.READING:
            return style.paint(f"reading {clean(event.message)}", "dim")
        case EventKind.RUN_STARTED:
            of = f", {clean(event.message)}" if event.message else ""
            return style.paint(f"run {event.run}: {many(event.total, 'step', 'steps')}{of}", "dim")
        case _:
            return ""


class Plain:
    """A line for each event that says something; for pipes, files and build logs."""

    def __init__(self, stream: TextIO, style: Style = PLAIN) -> None:
        self._stream = stream
        self._style = style

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def __call__(self, event: Event) -> None:
        """Write its line."""
        text = line(event, self._style)
        if text:
            self._stream.write(text + "\n")
            self._stream.flush()


class JsonLines:
    """Every event as one JSON object on one line, with ``format_version``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def __call__(self, event: Event) -> None:
        """Write its object."""
        import msgspec

        self._stream.write(dump({"format_version": 1, **msgspec.to_builtins(event)}, indent=0))
        self._stream.flush()


class Live:
    """What is in flight, with a clock and a bar, beneath the lines of what is over."""

    def __init__(self, stream: TextIO, style: Style) -> None:
        self._stream = stream
        self._style = style
        self._tasks: dict[str, Any] = {}
        self._bar: Any = None
        self._overall: Any = None

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console(
            file=self._stream, no_color=not self._style.colour, highlight=False, markup=False, emoji=False
        )
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(24), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True)
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Move the display."""
        if event.kind in (EventKind.READING, EventKind.RUN_STARTED):
            self._start(event)
        elif event.kind is EventKind.STARTED:
            self._add(event)
        elif event.kind is EventKind.POLLING and event.step in self._tasks:
            self._bar.update(self._tasks[event.step], description=self._doing(event))
        elif event.kind in (EventKind.DONE, EventKind.FAILED, EventKind.SKIPPED):
            self._remove(event)
        if event.kind in (EventKind.DONE, EventKind.FAILED, EventKind.RETRIED, EventKind.WARNED, EventKind.SKIPPED):
            self._print(line(event, self._style))

    def _start(self, event: Event) -> None:
        text = f"reading {clean(event.message)}" if event.kind is EventKind.READING else "applying"
        total = (event.total or None) if event.kind is EventKind.RUN_STARTED else None
        if self._overall is None:
            self._overall = self._bar.add_task(text, total=total)
        else:
            self._bar.update(self._overall, description=text, total=total, completed=0)

    def _add(self, event: Event) -> None:
        if event.step not in self._tasks and len(self._tasks) < _IN_FLIGHT:
            self._tasks[event.step] = self._bar.add_task(self._doing(event), total=None)

    def _remove(self, event: Event) -> None:
        task = self._tasks.pop(event.step, None)
        if task is not None:
            self._bar.remove_task(task)
        if self._overall is not None:
            self._bar.update(
                self._overall, completed=event.done, description=f"{event.done} of {many(event.total, 'step', 'steps')}"
            )

    def _doing(self, event: Event) -> str:
        message = f" ({clean(event.message)})" if event.message else ""
        return f"{_PRESENT.get(event.verb, event.verb)} {clean(event.address)}{message}"

    def _print(self, text: str) -> None:
        from rich.text import Text

        self._bar.console.print(Text.from_ansi(text), soft_wrap=True)


def choose(stream: TextIO, style: Style, *, live: bool) -> Progress:
    """The live display for a terminal, else plain lines."""
    return Live(stream, style) if live else Plain(stream, style)
