"""A run: each of its steps with times, retries and request ids, then its journal. Shows no property value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisioner.model.plan import Plan, Step
from provisioner.model.run import Entry, EntryKind, Run, seconds_between
from provisioner.render.records import RunView, run_view, table, time
from provisioner.render.report import duration
from provisioner.render.style import PLAIN, Style, clean

FORMAT_VERSION = 1
_ENDS = (EntryKind.DONE, EntryKind.FAILED)


@dataclass(frozen=True, slots=True)
class StepView:
    """One step. status: ``waiting`` (the journal has nothing of it), ``open``, ``made`` (its checks are left), ``failed`` or
    ``done`` · seconds: from its first entry to its last · tries: how often it was begun · faults: answers that were errors ·
    request_ids: of its calls, in order · message: what policy warned of, and why it failed."""

    step: str
    verb: str
    address: str
    type: str
    place: str
    status: str
    identity: str
    started: str
    ended: str
    seconds: float
    tries: int
    faults: int
    request_ids: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """One journal entry."""

    at: str
    kind: str
    step: str
    verb: str
    address: str
    attempt: int
    call: int
    identity: str
    fault: str
    code: str
    message: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Journal:
    """A run with its steps and its journal."""

    run: RunView
    steps: tuple[StepView, ...]
    entries: tuple[EntryView, ...]
    format_version: int = FORMAT_VERSION


def view(run: Run, plan: Plan, entries: Sequence[Entry], following: tuple[str, ...] = ()) -> Journal:
    """The view of a run. following: what to type next."""
    steps = {step.id: step for step in plan.steps}
    by_step: dict[str, list[Entry]] = {ident: [] for ident in steps}
    for entry in entries:
        by_step.setdefault(entry.step, []).append(entry)
    return Journal(
        run_view(run, following),
        tuple(_step(step, by_step[step.id]) for step in plan.steps),
        tuple(_entry(entry, steps.get(entry.step)) for entry in entries),
    )


def _step(step: Step, entries: Sequence[Entry]) -> StepView:
    warnings = [entry.message for entry in entries if entry.kind is EntryKind.WARNED]
    entries = [entry for entry in entries if entry.kind is not EntryKind.WARNED]
    last = entries[-1] if entries else None
    ended = last.at if last and last.kind in _ENDS else ""
    identity = next((entry.identity for entry in reversed(entries) if entry.identity), "")
    return StepView(
        step.id,
        str(step.verb),
        step.address,
        step.type,
        step.place.name,
        _status(last),
        identity or (step.have.identity if step.have else ""),
        entries[0].at if entries else "",
        ended,
        seconds_between(entries[0].at, entries[-1].at) if entries else 0.0,
        max((entry.attempt for entry in entries if entry.kind is EntryKind.INTENT), default=0),
        sum(1 for entry in entries if entry.fault),
        tuple(dict.fromkeys(entry.request_id for entry in entries if entry.request_id)),
        "; ".join([*warnings, *([last.message] if last and last.kind is EntryKind.FAILED else [])]),
    )


def _status(last: Entry | None) -> str:
    if last is None:
        return "waiting"
    return str(last.kind) if last.kind in (*_ENDS, EntryKind.MADE) else "open"


def _entry(entry: Entry, step: Step | None) -> EntryView:
    return EntryView(
        entry.at,
        str(entry.kind),
        entry.step,
        str(step.verb) if step else "",
        step.address if step else "",
        entry.attempt,
        entry.call,
        entry.identity or "",
        str(entry.fault or ""),
        entry.code,
        entry.message,
        entry.request_id,
    )


def text(view: Journal, style: Style = PLAIN) -> str:
    """The run for a terminal, ending in a newline."""
    run = view.run
    head = f"run {run.run}: {run.kind} of {clean(run.stack)} in {clean(run.environment)}, {run.status}"
    facts = {"plan": run.digest, "started": run.started, "ended": run.ended, "undoes": run.undoes, "holder": run.holder}
    facts["next"] = "  or  ".join(run.next)
    lines = [style.paint(head, "title"), *(f"  {name:<9}{clean(value)}" for name, value in facts.items() if value), ""]
    steps = [
        (s.step, f"{s.verb} {s.address}", s.status, duration(s.seconds) if s.started else "", str(s.tries or ""),
         str(s.faults or ""), ", ".join((*([s.message] if s.message else []), *s.request_ids)))
        for s in view.steps
    ]  # fmt: skip
    if steps:
        lines.append(table(("STEP", "DOES", "STATUS", "TOOK", "TRIES", "FAULTS", "REQUESTS"), steps, style))
    cells = [
        (time(e.at), e.step, f"{e.verb} {e.address}".strip(), e.kind, str(e.attempt), _outcome(e)) for e in view.entries
    ]
    heads = ("AT", "STEP", "DOES", "ENTRY", "TRY", "WHAT")
    return "\n".join([*lines, table(heads, cells, style) if cells else "The journal is empty.\n"])


def _outcome(entry: EntryView) -> str:
    request = f"request {entry.request_id}" if entry.request_id else ""
    return ", ".join(part for part in (entry.identity, entry.fault, entry.code, entry.message, request) if part)
