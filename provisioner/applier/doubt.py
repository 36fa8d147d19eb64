"""Calls of unfinished runs of which nobody knows yet whether they were done: to make such an object again may double it.

It only reads the journal, and must not find out anything itself: a plan does before all else, a resume or a rollback too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from provisioner.applier import choice
from provisioner.applier import history as histories
from provisioner.applier.history import History
from provisioner.applier.progress import CLOUD_VERBS
from provisioner.model.plan import Plan, Step, Verb
from provisioner.model.problem import OrchError, Problem
from provisioner.model.run import Entry, EntryKind, Run, RunStatus
from provisioner.planner.undoing import Rows, standing
from provisioner.protocols.backend import Backend
from provisioner.state import container


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An unfinished run, and of its steps those whose last call may have been done, without what a later run has touched."""

    run: Run
    plan: Plan
    entries: tuple[Entry, ...]
    history: Mapping[str, History]
    steps: tuple[Step, ...]


def unsettled(backend: Backend, stack: str | None, environment: str | None) -> Iterator[Unsettled]:
    """Such runs of a stack (None: of all). What a later run has touched was seen by its plan, and is that run's matter."""
    for run in backend.runs(stack, environment):
        if run.status not in (RunStatus.RUNNING, RunStatus.PARTIAL):
            continue
        _, data, entries = backend.run(run.id)
        history = histories.read(entries)
        if not any(past.under_way for past in history.values()):
            continue
        plan = container.unpack(data, f"the plan of run {run.id}").plan
        steps = (s for s in plan.steps if s.verb in CLOUD_VERBS and (past := history.get(s.id)) and past.under_way)
        left = tuple(s for s in steps if not choice.overtaken(backend, run, {s.uid: s.address}))
        if left:
            yield Unsettled(run, plan, entries, history, left)


def unknown(
    steps: Collection[Step], history: Mapping[str, History], rows: Rows, verbs: Collection[Verb]
) -> Iterator[Step]:
    """The steps with one of these verbs whose last call may have been done; not a create whose object was named, since the
    ledger has it, or a later run has let it go."""
    for step in steps:
        past = history.get(step.id)
        if step.verb not in verbs or past is None or not past.open:
            continue
        if step.verb is not Verb.CREATE or not (past.identity or standing(rows, step.uid, step.generation)):
            yield step


def creates(backend: Backend, stack: str | None, environment: str | None) -> Iterator[tuple[Unsettled, Step]]:
    """Every create that is in doubt, with its run."""
    for left in unsettled(backend, stack, environment):
        run = left.run
        rows = {(row.uid, row.generation): row for row in backend.rows(run.stack, run.environment)}
        for step in unknown(left.steps, left.history, rows, (Verb.CREATE,)):
            yield left, step


def refuse(backend: Backend, stack: str, environment: str) -> None:
    """``OrchError`` that names every create of this stack that is in doubt."""
    problems = []
    for left, step in creates(backend, stack, environment):
        run = left.run.id
        told = [e.message for e in left.entries if e.step == step.id and e.kind is EntryKind.FAILED and e.doubt]
        why = f" ({told[-1]})" if told and told[-1] else ""
        message = f"run {run} has left the create of {step.address} in doubt: it may exist already{why}"
        hint = (
            f"wait if it is still at work, else: orch resume {run}  or  orch rollback {run}\n"
            f"where neither can find out: orch state forget {step.address} --stack {stack} -e {environment}"
        )
        problems.append(Problem(message, step.want.source if step.want else None, step.address, hint))
    if problems:
        raise OrchError(*problems)


def not_undoable(steps: Collection[Step], history: Mapping[str, History], rows: Rows) -> None:
    """``OrchError`` with every step of a run of which it stays unknown what it has done: an undo without it could leave
    something behind."""
    problems = [
        Problem(
            f"it cannot be found out whether the last {step.verb} of {step.address} was done",
            address=step.address,
            hint="make it readable again (orch runs show says why it is not), then roll back again",
        )
        for step in unknown(steps, history, rows, (Verb.CREATE, Verb.DELETE))
    ]
    if problems:
        raise OrchError(*problems)
