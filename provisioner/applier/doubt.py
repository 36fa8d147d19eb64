"""Creates of unfinished runs of which nobody knows yet whether they were done: to make such an object again may double it.

It only reads the journal, and must not find out anything itself: a resume or a rollback does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from provisioner.applier import history as histories
from provisioner.applier.history import History
from provisioner.model.plan import Plan, Step, Verb
from provisioner.model.problem import OrchError, Problem
from provisioner.model.run import RunStatus
from provisioner.protocols.backend import Backend
from provisioner.state import container


def unknown(
    plan: Plan, history: Mapping[str, History], rows: Collection[tuple[str, int]], verbs: Collection[Verb]
) -> Iterator[Step]:
    """The steps with one of these verbs whose last call may have been done; not a create whose object the ledger has."""
    for step in plan.steps:
        past = history.get(step.id)
        known = step.verb is Verb.CREATE and (step.uid, step.generation) in rows
        if step.verb in verbs and past and past.open and not known:
            yield step


def refuse(backend: Backend, stack: str, environment: str) -> None:
    """``OrchError`` that names every create of this stack that is in doubt."""
    runs = [r for r in backend.runs(stack, environment) if r.status in (RunStatus.RUNNING, RunStatus.PARTIAL)]
    if not runs:
        return
    rows = {(row.uid, row.generation) for row in backend.rows(stack, environment)}
    problems = []
    for run in runs:
        _, data, entries = backend.run(run.id)
        plan = container.unpack(data, f"the plan of run {run.id}").plan
        hint = f"wait if it is still at work, else: orch resume {run.id}  or  orch rollback {run.id}"
        for step in unknown(plan, histories.read(entries), rows, (Verb.CREATE,)):
            message = f"run {run.id} has left the create of {step.address} in doubt: it may exist already"
            problems.append(Problem(message, step.want.source if step.want else None, step.address, hint))
    if problems:
        raise OrchError(*problems)
