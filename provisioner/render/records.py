"""The ledger, the runs and the locks, as lists and one by one. Property values that the ledger redacts are masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.run import Run
from provisioner.model.value import Path
from provisioner.render.shown import plain, unlisted
from provisioner.render.style import PLAIN, Style, block, clean

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class RowView:
    """One object that is owned. identity: empty while a create has not named it."""

    address: str
    type: str
    stack: str
    environment: str
    place: str
    identity: str
    role: str
    protect: bool
    run: str


@dataclass(frozen=True, slots=True)
class DetailView:
    """All that the ledger holds of an object. baseline: as read after the last apply, null while that is pending."""

    row: RowView
    uid: str
    generation: int
    on_remove: str
    source: str
    within: Any
    applied: Any
    baseline: Any


@dataclass(frozen=True, slots=True)
class RunView:
    """One run. next: commands that make sense now, where it has not come to its end."""

    run: str
    status: str
    kind: str
    stack: str
    environment: str
    started: str
    ended: str
    digest: str
    undoes: str
    holder: str
    next: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LockView:
    """Who works on a stack. expires: when anybody may take the lock, unless the holder is heard of before."""

    stack: str
    holder: str
    since: str
    expires: str
    purpose: str


class LockLike(Protocol):
    """What a lock must have; the backend's lease does."""

    @property
    def name(self) -> str: ...
    @property
    def holder(self) -> str: ...
    @property
    def since(self) -> str: ...
    @property
    def expires(self) -> str: ...
    @property
    def purpose(self) -> str: ...


def rows(found: Iterable[LedgerRow]) -> dict[str, Any]:
    """The ledger as a document."""
    return {"format_version": FORMAT_VERSION, "rows": tuple(_row(row) for row in found)}


def details(found: Iterable[LedgerRow], sensitive: Mapping[str, tuple[Path, ...]]) -> dict[str, Any]:
    """Rows with all that is in them. sensitive: paths that are masked, by type."""
    return {"format_version": FORMAT_VERSION, "rows": tuple(_detail(row, sensitive[row.type]) for row in found)}


def runs(found: Iterable[Run], following: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Runs as a document. following: what to type next, by run."""
    listed = tuple(run_view(run, following.get(run.id, ())) for run in found)
    return {"format_version": FORMAT_VERSION, "runs": listed}


def locks(found: Iterable[LockLike], *, taken: bool) -> dict[str, Any]:
    """Locks as a document. taken: their holder has just lost them."""
    listed = tuple(LockView(lock.name, lock.holder, lock.since, lock.expires, lock.purpose) for lock in found)
    return {"format_version": FORMAT_VERSION, "taken": taken, "locks": listed}


def _row(row: LedgerRow) -> RowView:
    return RowView(
        row.address,
        row.type,
        row.stack,
        row.environment,
        row.place.name,
        row.identity or "",
        str(row.role),
        row.protect,
        row.run,
    )


def _detail(row: LedgerRow, sensitive: tuple[Path, ...]) -> DetailView:
    applied, baseline = ((*unlisted(row.redacted, body), *sensitive) for body in (row.applied, row.baseline))
    return DetailView(
        _row(row),
        row.uid,
        row.generation,
        row.on_remove,
        str(row.source or ""),
        plain(row.within),
        plain(row.applied, applied),
        None if row.baseline is None else plain(row.baseline, baseline),
    )


def run_view(run: Run, following: tuple[str, ...]) -> RunView:
    """One run."""
    return RunView(
        run.id,
        str(run.status),
        run.kind,
        run.stack,
        run.environment,
        run.started,
        run.ended,
        run.plan,
        run.undoes,
        run.holder,
        following,
    )


def rows_text(document: dict[str, Any], style: Style = PLAIN) -> str:
    """The ledger as a table."""
    found: tuple[RowView, ...] = document["rows"]
    if not found:
        return "Nothing is owned.\n"
    cells = [
        (f"{r.stack}/{r.environment}", r.address + _role(r), r.type, r.place, r.identity or "(not named yet)")
        for r in found
    ]
    return table(("STACK", "ADDRESS", "TYPE", "PLACE", "IDENTITY"), cells, style)


def _role(row: RowView) -> str:
    """Of the two objects that an unfinished replacement has, which one this is."""
    return "" if row.role == Role.CURRENT else f" ({row.role})"


def details_text(document: dict[str, Any], style: Style = PLAIN) -> str:
    """Rows one by one."""
    lines: list[str] = []
    for detail in document["rows"]:
        row: RowView = detail.row
        lines += [f"{style.paint(clean(row.address), 'title')}  {clean(row.type)}", f"  {clean(row.identity)}"]
        facts = {
            "stack": f"{row.stack} in {row.environment}",
            "place": row.place,
            "owner": f"{detail.uid}-{detail.generation}",
        }
        facts |= {"role": row.role, "run": row.run, "from": detail.source, "on remove": detail.on_remove}
        lines += [f"  {name:<10}{clean(value)}" for name, value in facts.items() if value]
        for name, value in (("within", detail.within), ("applied", detail.applied), ("baseline", detail.baseline)):
            if value:
                lines += [f"  {name}", *(f"    {line}" for line in block(value, style.width - 4, open_up=True))]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def locks_text(document: dict[str, Any], style: Style = PLAIN) -> str:
    """Locks as a table, and what comes next."""
    found: tuple[LockView, ...] = document["locks"]
    if not found:
        return "Nobody works on a stack.\n"
    cells = [(lock.stack, lock.holder, time(lock.since), time(lock.expires), lock.purpose) for lock in found]
    shown = table(("STACK", "HOLDER (HOST:PROCESS:START)", "SINCE", "UNTIL", "DOING"), cells, style)
    if document["taken"]:
        return (
            f"{shown}\nIt has lost these locks, and can write nothing any more. What it has sent may still be done: orch resume"
            "  or  orch rollback\n"
        )
    return f"{shown}\nWho lives pushes UNTIL on. If one is surely gone, or stuck: orch state unlock {found[0].holder}\n"


def runs_text(document: dict[str, Any], style: Style = PLAIN) -> str:
    """Runs as a table."""
    found: tuple[RunView, ...] = document["runs"]
    if not found:
        return "Nothing was run yet.\n"
    cells = [
        (run.run, run.status, run.kind, f"{run.stack}/{run.environment}", time(run.started), time(run.ended))
        for run in found
    ]
    shown = table(("RUN", "STATUS", "KIND", "STACK", "STARTED", "ENDED"), cells, style)
    left = [f"Run {run.run} is {run.status}: {'  or  '.join(run.next)}\n" for run in found if run.next]
    return "\n".join([shown, "".join(left)]) if left else shown


def time(at: str) -> str:
    """A moment as people read it, in UTC."""
    return at.replace("T", " ")[:19]


def table(heads: tuple[str, ...], cells: Sequence[tuple[str, ...]], style: Style) -> str:
    """Columns as wide as they need to be; the last is not padded. Values are never cut: identities are for copying."""
    tidy = [tuple(clean(cell) for cell in line) for line in cells]
    widths = [max(len(line[index]) for line in (heads, *tidy)) for index in range(len(heads))]

    def join(line: tuple[str, ...]) -> str:
        return "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()

    return "\n".join(_lines(join(heads), map(join, tidy), style)) + "\n"


def _lines(head: str, rest: Iterable[str], style: Style) -> Iterator[str]:
    yield style.paint(head, "dim")
    yield from rest
