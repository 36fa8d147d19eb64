"""One step as a job of the scheduler: resolve what is wanted, then look, call, go on, finish. One request at a time.

It chooses the phase; what the phases do stands in ``look`` and ``call``. The module must not know a cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from provisioner.applier.call import advance, do
from provisioner.applier.checking import check, due
from provisioner.applier.claim import needs_absent_read
from provisioner.applier.context import RunContext
from provisioner.applier.fetch import read
from provisioner.applier.live import MissingAttributeError
from provisioner.applier.look import look
from provisioner.applier.progress import CLOUD_VERBS, Phase, Progress, Request, Turn
from provisioner.model import bug
from provisioner.model.change import Diff
from provisioner.model.counting import in_words
from provisioner.model.event import EventKind
from provisioner.model.fault import ProviderError
from provisioner.model.plan import Step, Verb
from provisioner.model.problem import OrchError
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.value import EMPTY, is_known, references
from provisioner.protocols.provider import Pending
from provisioner.scheduler.budget import Lane, lane
from provisioner.scheduler.scheduler import Next

_FINISHED = Next()


class StepJob:
    """A step on its way. ``on_end`` is called once when it has succeeded or failed and says which jobs may start now."""

    def __init__(self, context: RunContext, step: Step, weight: float, on_end: Callable[[Step, bool], Next]) -> None:
        self.weight = weight
        self._p = Progress(context, step, on_end)

    @property
    def lane(self) -> Lane:
        p = self._p
        reads = p.phase is Phase.LOOK or (p.phase is Phase.ADVANCE and p.pending and not p.pending.writes)
        verb = "read" if reads or p.verb not in CLOUD_VERBS else str(p.verb)
        return lane(p.step.place, p.provider.limit(p.step.type, verb))

    def prepare(self) -> Next | None:
        try:
            following = self._prepare()
        except Exception as error:  # noqa: BLE001 - one step's bug must not end the run of all others
            following = self._failed(error)
        return following and self._in_time(following)

    def _prepare(self) -> Next | None:
        p = self._p
        if p.started_at is None and p.context.halted and not p.context.settling:
            return _FINISHED  # reported as skipped by the applier
        if p.left is not None and p.left <= 0:
            return overdue(p)
        turn: Turn = p.phase
        while isinstance(turn, Phase):
            p.phase = turn
            turn = _PHASES[turn](p)
        if isinstance(turn, Next):
            return turn
        p.request = turn
        return None

    def send(self) -> Any:
        assert self._p.request is not None
        return self._p.request.send()

    def settle(self, result: Any) -> Next:
        if isinstance(result, BaseException) and not isinstance(result, ProviderError):
            if isinstance(result, Exception):
                return self._failed(result)
            raise result
        assert self._p.request is not None
        try:
            following = self._p.request.take(result)
        except Exception as error:  # noqa: BLE001 - as above
            following = self._failed(error)
        return self._in_time(following)

    def _in_time(self, following: Next) -> Next:
        """No wait goes beyond the step's own time."""
        left = self._p.left
        if following.delay is None or left is None or self._p.ended:
            return following
        return replace(following, delay=min(following.delay, max(left, 0.0)))

    def _failed(self, error: Exception) -> Next:
        """What nobody expected ends this step. One that has ended already has not failed by it: then it is the run's."""
        p = self._p
        if p.ended:
            raise error
        if isinstance(error, OrchError):
            return p.fail(error.problems[0].message, error.problems[0].hint)
        hint = f"{bug.HINT}; what was sent may have been done, and both commands below look first"
        return p.fail(bug.told(error), hint, bug.trace(error))


def overdue(p: Progress) -> Next:
    """The step's time is up. An operation that still runs goes on in the cloud, and a resume picks it up."""
    source = (p.step.want.source if p.step.want else None) or (p.step.row.source if p.step.row else None)
    of = f" of {source}" if source else ""
    running = p.pending is not None and not p.pending.writes
    hint = "the operation goes on in the cloud: a resume picks it up, with the time anew" if running else ""
    return p.fail(f"took longer than {in_words(p.timeout or 0.0)} (timeout:{of})", hint)


def _start(p: Progress) -> Turn:
    if p.started_at is None:
        p.started_at = p.context.clock.monotonic()
        p.context.emit(EventKind.STARTED, p.step, attempt=p.attempt)
    if p.step.want is not None:
        try:
            p.resolved(_resolved(p, p.step.want))
        except MissingAttributeError as missing:
            return _fetch(p, missing)
        except OrchError as error:
            return p.fail(error.problems[0].message, error.problems[0].hint)
        unknown = [str(ref) for _, ref in (*references(p.wanted.body), *references(p.wanted.within))]
        if unknown:
            return p.fail(f"{unknown[0]} is not known although what it refers to was applied")
        if p.step.offline:
            return p.book()
        try:
            refused = None if p.context.settling else _judged(p)
        except OrchError as error:
            return p.fail(error.problems[0].message, error.problems[0].hint)
        if refused:
            return p.fail(refused)
    return _first(p)


def _judged(p: Progress) -> str | None:
    """Policy's last word: why it is refused, or None. What only warns is told."""
    if p.context.judge is None:
        return None
    have = p.step.have
    now = have and p.context.found.get((have.place.name, have.type, have.identity))
    step = replace(p.step, have=p.hidden(now)) if now else p.step
    refusal, warnings = p.context.judge(step, p.in_plain()[0] if p.step.reveals else p.wanted)
    for finding in warnings:
        p.context.warn(p.step, finding)
    return refusal


def _resolved(p: Progress, want: Resource) -> Resource:
    resolved = p.provider.normalize(p.context.live.resolve(want))
    return replace(resolved, owner=Owner(p.context.plan.lineage, p.step.uid, p.step.generation))


def _fetch(p: Progress, missing: MissingAttributeError) -> Turn:
    """Read an object whose attribute we need and nobody has returned yet."""
    target = p.context.live.objects[missing.reference.address]
    if missing.complete:
        return p.fail(f"{missing.reference} has no value: {target.type} {target.identity} does not have it")

    def lacking(why: str) -> Next:
        return p.fail(f"cannot read {missing.reference}: {why or 'it does not exist any more'}")

    return read(p, missing.reference.address, lambda _found: p.then(Phase.START), lacking)


def _first(p: Progress) -> Turn:
    """Where a step starts, or goes on after a crash."""
    history, settling = p.history, p.context.settling
    if history.made or p.verb is Verb.CHECK:
        return due(p)
    if p.verb not in CLOUD_VERBS:
        return _bookkeeping(p)
    if p.verb is Verb.DELETE and history.touched and (history.in_doubt or history.continuation is None):
        return Phase.LOOK  # another may have taken the name since, and a failed delete may have been done
    if history.identity and p.verb is Verb.CREATE:
        p.have = p.have or Observed(p.step.type, p.step.place, history.identity)
    completing = p.verb is Verb.CREATE and history.have is not None and bool(history.have.body)
    if completing and history.continuation is not None:
        return Phase.LOOK  # it was on its way from what was found, which only another look tells
    if history.continuation is not None and not history.in_doubt:
        p.call = history.call
        p.pending = Pending(p.step.place, p.step.type, history.identity, history.continuation, history.writes)
        return Phase.ADVANCE
    if settling and not history.in_doubt:
        return p.settled()
    if p.verb is Verb.DELETE and p.kind.children:
        return Phase.LOOK  # somebody may have put something into it since, which would go with it
    if p.verb is Verb.CREATE and (history.in_doubt or history.identity or needs_absent_read(p.kind, history)):
        return Phase.LOOK
    if p.verb is Verb.UPDATE and (history.touched or not _is_known(p.diff)):
        return Phase.LOOK
    return Phase.DO


def _bookkeeping(p: Progress) -> Turn:
    """Steps that write only the ledger and, where an object is taken over or let go, our mark on it."""
    mark, have = p.mark, p.have
    if mark is None or have is None:
        return p.book()
    if first := p.unmasked(Phase.START):
        return first
    within = p.step.row.within if p.step.row else p.want.within if p.want else EMPTY
    p.booked = p.want
    p.resolved(Resource(p.step.address, have.type, have.place, have.body, within, identity=have.identity, owner=mark))
    p.diff, p.verb = Diff(), Verb.UPDATE
    return Phase.DO


def _same(p: Progress) -> Request:
    assert p.request is not None
    return p.request


def _is_known(found: Diff) -> bool:
    """Whether every new value is known already."""
    return all(is_known(edit.after) for edit in found.edits)


_PHASES: Mapping[Phase, Callable[[Progress], Turn]] = {
    Phase.START: _start,
    Phase.LOOK: look,
    Phase.DO: do,
    Phase.ADVANCE: advance,
    Phase.CHECK: check,
    Phase.SAME: _same,
}
