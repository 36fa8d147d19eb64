"""What became of a run: the view, redacted by construction (no property value is in it), and its text.

Takes any report of the shape below, since the applier's own lies in a layer above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from provisioner.model.counting import many
from provisioner.model.fault import Fault
from provisioner.model.finding import Finding
from provisioner.model.problem import Problem
from provisioner.model.run import Run
from provisioner.model.source import Source
from provisioner.model.value import Map
from provisioner.render.shown import Shown, shown
from provisioner.render.style import PLAIN, Style, clean, flow
from provisioner.render.validation import ProblemView, problem

FORMAT_VERSION = 1
_DONE = {"apply": "Applied", "destroy": "Destroyed", "rollback": "Rolled back"}
_REFUSED = frozenset({"invalid", "denied", "quota"})  # where another try alone changes nothing
_LISTED = 10  # skipped addresses named before "and n more"


class FailureLike(Protocol):
    """Why a step did not succeed."""

    @property
    def address(self) -> str: ...
    @property
    def verb(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def fault(self) -> Fault | None: ...
    @property
    def code(self) -> str: ...
    @property
    def request_id(self) -> str: ...
    @property
    def cloud(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def source(self) -> Source | None: ...
    @property
    def hint(self) -> str: ...


class ReportLike(Protocol):
    """The report of a run."""

    @property
    def run(self) -> Run: ...
    @property
    def digest(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def failures(self) -> Sequence[FailureLike]: ...
    @property
    def begun(self) -> tuple[str, ...]: ...
    @property
    def skipped(self) -> tuple[str, ...]: ...
    @property
    def outputs(self) -> Map: ...
    @property
    def seconds(self) -> float: ...
    @property
    def next(self) -> tuple[str, ...]: ...
    @property
    def kept(self) -> tuple[str, ...]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def warnings(self) -> tuple[Finding, ...]: ...
    @property
    def rollback(self) -> ReportLike | None: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...


@dataclass(frozen=True, slots=True)
class FailureLine:
    """One failure, with all that the cloud told. source: ``file:line`` or empty."""

    address: str
    verb: str
    message: str
    fault: str
    code: str
    cloud: str
    service: str
    operation: str
    region: str
    request_id: str
    source: str
    hint: str


@dataclass(frozen=True, slots=True)
class WarningLine:
    """An advisory rule that could only be judged at apply, and is broken. source: ``file:line`` or empty."""

    address: str
    rule: str
    severity: str
    message: str
    remediation: str
    source: str


@dataclass(frozen=True, slots=True)
class Result:
    """A run as it is shown. digest: of the plan · seconds: how long it took · next: commands that make sense now ·
    kept: addresses of objects that stay and are owned no more · warnings: what policy warns of since it could be judged ·
    notes: of a rollback, what it leaves · blueprint: its folder, as far as a failure says · rollback: what became of the one
    that its failure has brought about; outputs, next and notes are then of that · problems: why that could not begin."""

    run: str
    digest: str
    stack: str
    environment: str
    kind: str
    status: str
    undoes: str
    done: int
    total: int
    failures: tuple[FailureLine, ...]
    begun: tuple[str, ...]
    skipped: tuple[str, ...]
    outputs: dict[str, Shown]
    seconds: float
    next: tuple[str, ...]
    kept: tuple[str, ...]
    warnings: tuple[WarningLine, ...] = ()
    notes: tuple[str, ...] = ()
    blueprint: str = ""
    rollback: Result | None = None
    problems: tuple[ProblemView, ...] = ()
    format_version: int = FORMAT_VERSION


def result(report: ReportLike) -> Result:
    """The view of a report."""
    run = report.run
    return Result(
        run=run.id,
        digest=report.digest,
        stack=run.stack,
        environment=run.environment,
        kind=run.kind,
        status=str(run.status),
        undoes=run.undoes,
        done=report.done,
        total=report.total,
        failures=tuple(_failure(failure) for failure in report.failures),
        begun=report.begun,
        skipped=report.skipped,
        outputs={name: shown(value) for name, value in report.outputs.items()},
        seconds=round(report.seconds, 3),
        next=report.next,
        kept=report.kept,
        warnings=tuple(
            WarningLine(w.address, w.rule, w.severity, w.message, w.remediation, str(w.source or ""))
            for w in report.warnings
        ),
        notes=report.notes,
        blueprint=next((failure.source.blueprint for failure in report.failures if failure.source), ""),
        rollback=result(report.rollback) if report.rollback else None,
        problems=tuple(map(problem, report.problems)),
    )


def _failure(failure: FailureLike) -> FailureLine:
    return FailureLine(
        address=failure.address,
        verb=str(failure.verb),
        message=failure.message,
        fault=str(failure.fault or ""),
        code=failure.code,
        cloud=failure.cloud,
        service=failure.service,
        operation=failure.operation,
        region=failure.region,
        request_id=failure.request_id,
        source=str(failure.source or ""),
        hint=failure.hint,
    )


def text(view: Result, style: Style = PLAIN) -> str:
    """The report for a terminal, ending in a newline."""
    lines = [line for failure in view.failures for line in (*_failure_text(failure, style), "")]
    for warning in view.warnings:
        lines += [*_warning_text(warning, style), ""]
    for note in view.notes:
        lines += [*style.wrap(f"note: {clean(note)}", 0, 2), ""]
    lines += _all_left(view, style)
    if view.rollback and view.rollback.status != "done":
        lines += [style.paint(_of_rollback(view.rollback), "title"), ""]
        lines += [line for failure in view.rollback.failures for line in (*_failure_text(failure, style), "")]
        lines += _all_left(view.rollback, style)
    if view.outputs:
        lines += [style.paint("Outputs", "title")]
        column = max(len(name) for name in view.outputs)
        for name, side in view.outputs.items():
            value = flow(side.value) if side.kind in ("value", "unknown") else "(sensitive)"
            lines.append(f"  {clean(name):<{column}}  {value}")
        lines.append("")
    lines.append(style.paint(_headline(view), "good" if view.status == "done" else "bad"))
    for index, command in enumerate(view.next):
        lines.append(f"{'  then' if not index else '    or'}  {command}")
    if view.next and not view.rollback and any(failure.fault in _REFUSED for failure in view.failures):
        lines += _again(view)
    return "\n".join(lines) + "\n"


def _failure_text(failure: FailureLine, style: Style) -> Iterator[str]:
    source = f"  {style.paint(clean(failure.source), 'dim')}" if failure.source else ""
    yield f"{style.paint(f'✗ {failure.verb}', 'bad')} {style.paint(clean(failure.address), 'title')}{source}"
    yield from style.wrap(clean(failure.message), 4)
    call = ":".join(part for part in (failure.service, failure.operation) if part)
    where = " ".join(part for part in (failure.cloud, call, f"in {failure.region}" if failure.region else "") if part)
    request = f"request {failure.request_id}" if failure.request_id else ""
    facts = [clean(part) for part in (failure.fault, failure.code, where, request) if part]
    for line in style.wrap(" · ".join(facts), 4) if facts else ():
        yield style.paint(line, "dim")
    if failure.hint:
        yield from style.wrap(clean(failure.hint), 4)


def _warning_text(warning: WarningLine, style: Style) -> Iterator[str]:
    source = f"  {style.paint(clean(warning.source), 'dim')}" if warning.source else ""
    yield f"{style.paint('! policy warns', 'warn')} {style.paint(clean(warning.address), 'title')}{source}"
    yield from style.wrap(f"{clean(warning.message)} [{clean(warning.rule)}]", 4)
    if warning.remediation:
        yield from style.wrap(clean(warning.remediation), 4)


def _again(view: Result) -> list[str]:
    """What else to type where a cloud has refused something, which a resume alone may not change."""
    of = f"{clean(view.blueprint or view.stack)} -e {clean(view.environment)}"
    again = {"apply": f"correct the blueprint, then plan again: orch plan {of}", "destroy": f"orch destroy {of}"}
    return [f"    or  {again[view.kind]}"] if view.kind in again else []


def _of_rollback(view: Result) -> str:
    return f"Its rollback was not finished: {view.done} of {many(view.total, 'step', 'steps')}, run {view.run}"


def _all_left(view: Result, style: Style) -> list[str]:
    left = (("not finished", view.begun), ("not started", view.skipped), ("kept, and owned no more", view.kept))
    return [line for what, addresses in left if addresses for line in (*_left(what, addresses, style), "")]


def _left(what: str, addresses: tuple[str, ...], style: Style) -> list[str]:
    names = [clean(address) for address in addresses]
    rest = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return style.wrap(f"{what}: {', '.join(names[:_LISTED])}{rest}", 0, 2)


def _headline(view: Result) -> str:
    where = f"{clean(view.stack)} in {clean(view.environment)}"
    if not view.total and view.status == "done":
        if view.run:
            return f"Recorded the outputs of {where}: no object had to change."
        if view.undoes:
            return f"Nothing to undo of run {view.undoes} for {where}{'' if view.notes else ': it left no change'}."
        return f"Nothing to do for {where}."
    steps = (
        many(view.total, "step", "steps")
        if view.done == view.total
        else f"{view.done} of {many(view.total, 'step', 'steps')}"
    )
    took = f"{steps} in {duration(view.seconds)}, run {view.run}"
    if view.status == "done" and view.undoes:
        took += f", which undoes run {view.undoes}"
    if view.status == "done":
        if view.kind == "destroy" and len(view.kept) == view.total:
            return f"Destroyed nothing of {where}: all of it is kept, {took}."
        return f"{_DONE.get(view.kind, 'Applied')} {where}: {took}."
    if view.status == "rolled_back":
        return f"Failed and rolled back {where}: {took}."
    if view.rollback:
        return f"Failed, and rolled back in part: {where}: {took}."
    if view.problems:
        return f"Failed, and not rolled back: {where}: {took}."
    return f"Applied in part: {where}: {took}."


def duration(seconds: float) -> str:
    """``0.8 s``, ``42 s``, ``3 min 5 s``, ``2 h 10 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
