"""Which run may be resumed and which undone: never one whose objects a later run has touched, or whose end a newer plan has
made pointless.

It reads runs and journals only; it must not change any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import takewhile

from provisioner.applier import leases
from provisioner.applier.history import read as read_history
from provisioner.model.plan import Plan, Step
from provisioner.model.problem import OrchError, Problem, StaleError
from provisioner.model.run import Run, RunStatus
from provisioner.model.secret import secrets
from provisioner.protocols.backend import Backend, PlanUsedError
from provisioner.state import container

_UNFINISHED = (RunStatus.RUNNING, RunStatus.PARTIAL)


def unused(backend: Backend, plan: Plan, digest: str) -> None:
    """A plan is used once, and whoever tries again hears by which run rather than what that run has changed."""
    for run in backend.runs(plan.stack, plan.environment):
        if run.plan == digest:
            run = told(backend, run)
            begun = run.status in (RunStatus.PARTIAL, RunStatus.INTERRUPTED)
            hint = f"orch resume {run.id} goes on with it" if begun else _planned_again(plan, " --out FILE")
            raise PlanUsedError(f"this plan was already used, by run {run.id}, which is {run.status}", hint=hint)


def told(backend: Backend, run: Run) -> Run:
    """A run as it is: interrupted, where no process works on it any more; superseded, where nobody needs its end any more."""
    if run.status not in _UNFINISHED:
        return run
    name = f"{run.stack}/{run.environment}"
    if any(lease.name == name and lease.purpose == leases.purpose(run) for lease in backend.leases()):
        return run
    if superseding(backend, run):
        return replace(run, status=RunStatus.SUPERSEDED)
    return replace(run, status=RunStatus.INTERRUPTED) if run.status is RunStatus.RUNNING else run


def superseding(backend: Backend, run: Run) -> Run | None:
    """The latest later run that has carried out a newer plan of the whole stack: that decided on everything anew. What was
    rolled back since has decided nothing."""
    made = ""
    for later in takewhile(lambda other: other.id != run.id, backend.runs(run.stack, run.environment)):
        if later.status is RunStatus.DONE and later.kind in ("apply", "destroy"):
            made = made or _plan(backend, run).created
            plan = _plan(backend, later)
            if plan.scope is None and plan.created >= made:
                return later
    return None


def following(backend: Backend, run: Run) -> tuple[str, ...]:
    """The commands that lead on from a run that has not come to its end, and would not be refused; none while it is at work."""
    status = told(backend, run).status
    if status not in (RunStatus.INTERRUPTED, RunStatus.PARTIAL, RunStatus.SUPERSEDED):
        return ()
    if run.undoes and status is RunStatus.SUPERSEDED:
        return (f"orch rollback {run.undoes}",)
    _, data, entries = backend.run(run.id)
    history = read_history(entries)
    steps = container.unpack(data).plan.steps
    ways = ways_on(run, (step for step in steps if not ((past := history.get(step.id)) and past.done)))
    refused = [
        verb for verb, chosen in (("resume", to_resume), ("rollback", to_undo)) if not _allowed(chosen, backend, run.id)
    ]
    return tuple(way for way in ways if run.undoes or way.split()[1] not in refused)


def ways_on(run: Run, left: Iterable[Step]) -> tuple[str, ...]:
    """What can be typed right after a run that did not get to its end. A rollback only goes on: with the secrets that it needs,
    or without. left: the steps that are not done."""
    if not run.undoes:
        return f"orch resume {run.id}", f"orch rollback {run.id}"
    bodies = [step.want.body for step in left if step.want and step.reveals]
    needs = any(secret.uri for body in bodies for _, secret in secrets(body))
    return (f"orch resume {run.id}", *((f"orch rollback {run.undoes} --accept-loss --plan",) if needs else ()))


def _allowed(chosen: Callable[[Backend, str], Run], backend: Backend, run_id: str) -> bool:
    try:
        return bool(chosen(backend, run_id))
    except OrchError:
        return False


def to_resume(backend: Backend, run_id: str | None, *, outdated: bool = False) -> Run:
    """The run to resume; ``StaleError`` where a later run has touched what its steps are about, or a newer plan has decided on
    the whole stack (outdated: even so)."""
    if run_id:
        run, _, _ = backend.run(run_id)
        if run.status not in _UNFINISHED:
            raise OrchError(f"run {run.id} is {run.status}: there is nothing to resume")
        _not_undoing(backend, run)
        over = overtaken(backend, run, _objects(backend, run, touched=False))
        if over:
            hint = _planned_again(_plan(backend, run))
            raise StaleError(Problem(f"{over[1]}: what is left of run {run.id} has no ground", hint=hint))
        if not outdated and (later := superseding(backend, run)):
            raise StaleError(_outdated(backend, run, later))
        return run
    for run in backend.runs():
        if run.status not in _UNFINISHED or begun_undo(backend, run.id) or superseding(backend, run):
            continue
        if not overtaken(backend, run, _objects(backend, run, touched=False)):
            return run
    raise OrchError("no run is unfinished: there is nothing to resume", hint="orch runs list shows them all")


def _outdated(backend: Backend, run: Run, later: Run) -> Problem:
    message = f"run {later.id} has since carried out a newer plan of {run.stack} in {run.environment}"
    hint = _planned_again(_plan(backend, run))
    what = run.undoes or run.id
    undo = (
        f"\nto undo what run {what} did: orch rollback {what}" if run.undoes or _allowed(to_undo, backend, what) else ""
    )
    return Problem(f"{message}: what is left of run {run.id} is out of date", hint=hint + undo)


def _planned_again(plan: Plan, more: str = "") -> str:
    """How to make such a plan once more, where a blueprint makes it."""
    if plan.kind in ("adopt", "rebuild", "move", "forget"):
        return "plan again"
    return f"plan again: {plan.again}{' --destroy' if plan.kind == 'destroy' else ''}{more}"


def _plan(backend: Backend, run: Run) -> Plan:
    return container.unpack(backend.run(run.id)[1]).plan


def to_undo(backend: Backend, run_id: str | None, *, instead_of: Run | None = None) -> Run:
    """The run to undo; refused where a later run has touched the same objects. Without an id it is the last one that did
    something, a rollback of a rollback included, and none before that: who repeats the command must neither go back through
    history nor do again what he has undone. instead_of: a rollback that was begun and cannot be ended as it is: then it is the
    run of that."""
    runs = [run for run in backend.runs() if not _put_back(backend, run)]
    if run_id or instead_of:
        run, _, _ = backend.run(instead_of.undoes if instead_of else str(run_id))
    elif runs:
        run = runs[0]
    else:
        raise OrchError("there is no run to roll back", hint="orch runs list shows them all")
    if run.status is RunStatus.ROLLED_BACK:
        last = "" if run_id else ", the last one,"
        raise OrchError(
            f"run {run.id}{last} was rolled back already", hint=_instead(backend, run, runs, named=bool(run_id))
        )
    if not instead_of:
        _not_undoing(backend, run)
    over = overtaken(backend, run, _objects(backend, run, touched=True))
    if over:
        hint = f"roll that one back first: orch rollback {over[0].id}"
        raise OrchError(f"{over[1]}, which run {run.id} touched", hint=hint)
    return run


def _put_back(backend: Backend, run: Run) -> Run | None:
    """The run before which everything was as this one, a rollback, leaves it. None for a rollback of a rollback: it does again
    what was undone."""
    by_id = {other.id: other for other in backend.runs()} if run.undoes else {}
    back = False
    while run.undoes and run.undoes in by_id:
        run, back = by_id[run.undoes], not back
    return run if back else None


def _instead(backend: Backend, run: Run, runs: list[Run], *, named: bool) -> str:
    """What may be meant by undoing a run once more: the run that did it again, the undo itself, the run before."""
    undos = {other.undoes: other for other in reversed(backend.runs()) if other.undoes}
    undo = undos.get(run.id)
    if again := undos.get(undo.id) if undo else None:
        if again.status is RunStatus.ROLLED_BACK:
            return _instead(backend, again, runs, named=named)
        return f"run {again.id} has done it again: orch rollback {again.id}"
    hints = [f"to do it again: orch rollback {undo.id}"] if undo and _allowed(to_undo, backend, undo.id) else []
    before = next((other for other in runs if other.status is not RunStatus.ROLLED_BACK), None)
    if before and not named:
        hints.insert(0, f"to go further back, name the run before it: orch rollback {before.id}")
    return "\n".join(hints)


def begun_undo(backend: Backend, run_id: str | None) -> Run | None:
    """The unfinished rollback of a run; of any run, if that is the newest there is."""
    runs = backend.runs()
    if run_id:
        run_id = backend.run(run_id)[0].id
    elif not runs:
        return None
    begun = [r for r in (runs if run_id else runs[:1]) if r.undoes and r.status in _UNFINISHED]
    return next((r for r in begun if run_id in (None, r.undoes)), None)


def _not_undoing(backend: Backend, run: Run) -> None:
    begun = begun_undo(backend, run.id)
    if begun:
        hint = f"orch resume {begun.id}"
        raise OrchError(f"run {begun.id} is undoing run {run.id}, and has not come to its end", hint=hint)


def overtaken(backend: Backend, run: Run, mine: Mapping[str, str]) -> tuple[Run, str] | None:
    """The latest later run that has changed one of these objects, and the words for it. What was done and rolled back since
    is as it was before."""
    later_runs = list(takewhile(lambda other: other.id != run.id, backend.runs()))
    since = {other.id for other in later_runs}
    for later in later_runs:
        undone = _put_back(backend, later) if later.status is RunStatus.DONE else None
        instead = later.undoes == run.id  # a rollback of this one that did not get to its end
        if later.status is RunStatus.ROLLED_BACK or instead or (undone and undone.id in since):
            continue
        theirs = _objects(backend, later, touched=True)
        both = sorted(theirs[key] for key in mine.keys() & theirs.keys())
        if both:
            return later, f"run {later.id} has since changed {both[0]}"
    return None


def _objects(backend: Backend, run: Run, *, touched: bool) -> dict[str, str]:
    """The objects that a run's steps are about (``touched``: that it has tried to change), by uid, with their
    addresses; the addresses count too, for an object may be made where another was."""
    _, data, entries = backend.run(run.id)
    history = read_history(entries)
    steps = container.unpack(data).plan.steps
    if touched:
        steps = tuple(s for s in steps if (h := history.get(s.id)) and (h.touched or h.done))
    found = {step.uid: step.address for step in steps}
    return found | {f"{run.stack}/{run.environment}/{step.address}": step.address for step in steps}
