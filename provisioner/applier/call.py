"""The calls of a verb: intent, request, what the answer or the fault means for the step.

The order that keeps objects from being orphaned or doubled: an intent is durable before a call that may change something, an
outcome with its ledger row before anything that depends on it, and what may have been done is looked at before it is done
again. About retries it decides only by asking ``scheduler.retry``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from provisioner.applier.claim import still_invisible
from provisioner.applier.progress import Phase, Progress, Request, Turn
from provisioner.applier.reading import Reading
from provisioner.model.event import EventKind
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.naming import step_token
from provisioner.model.plan import Verb
from provisioner.model.problem import OrchError
from provisioner.model.resource import Observed
from provisioner.model.run import EntryKind
from provisioner.model.value import EMPTY
from provisioner.planner.sharing import to_delete
from provisioner.planner.whose import letting_go
from provisioner.protocols.provider import Ask, Done, Pending
from provisioner.scheduler import retry
from provisioner.scheduler.scheduler import Next


def do(p: Progress) -> Turn:
    """The first call of the verb."""
    if p.context.settling:
        return p.settled()
    if p.verb is Verb.UPDATE and (first := p.unmasked(Phase.DO)):
        return first
    if p.verb is Verb.CREATE and (refused := p.made_for_another()):
        return refused
    token = step_token(p.context.run, p.step.id, p.attempt)
    send = _first_call(p, token)
    if isinstance(send, OrchError):
        return p.fail(send.problems[0].message, send.problems[0].hint)
    p.call = 0
    _intend(p, token)
    return Request(send, lambda result: _called(p, result))


def _first_call(p: Progress, token: str) -> Callable[[], Done | Pending] | OrchError:
    if p.verb is Verb.DELETE:
        return lambda: p.provider.delete(_deleted(p), token)
    try:
        want, diff = p.in_plain()
    except OrchError as error:  # a secret that was there when the run began
        return error
    if p.verb is Verb.CREATE:
        return lambda: p.provider.create(want, token)
    return lambda: p.provider.update(p.existing, want, diff, token)


def _deleted(p: Progress) -> Observed:
    """The object of a delete, as far as it is ours."""
    row = p.row or p.step.row
    return to_delete(p.kind, p.existing, row.applied if row else EMPTY)


def advance(p: Progress) -> Turn:
    """The next call of the verb, or the next poll."""
    pending = p.pending
    assert pending is not None
    if pending.writes and p.context.settling:
        return p.settled()
    if pending.writes and p.verb is Verb.UPDATE and (first := p.unmasked(Phase.ADVANCE)):
        return first
    token = step_token(p.context.run, p.step.id, p.attempt)
    try:
        want, diff = p.in_plain() if p.want else (None, p.diff)
    except OrchError as error:
        return p.fail(error.problems[0].message, error.problems[0].hint)
    if pending.writes:
        p.call += 1
        _intend(p, token)
    have = _deleted(p) if p.verb is Verb.DELETE and p.have else p.have
    return Request(lambda: p.provider.advance(pending, have, want, diff, token), lambda result: _called(p, result))


def _intend(p: Progress, token: str) -> None:
    now = p.context.clock.utc()
    p.history = replace(p.history, touched=True, first_at=p.history.first_at or now, intent_at=now)
    p.note(EntryKind.INTENT, call=p.call, token=token, have=p.hidden(p.have) if p.have else None)


def _called(p: Progress, result: Done | Pending | ProviderError) -> Next:
    if isinstance(result, ProviderError):
        return _faulted(p, result)
    if isinstance(result, Done):
        return _unfound(p, result) or p.succeed(result)
    p.tries = 0
    p.pending = result
    p.history = replace(p.history, may_have_made=True, heard_at=p.context.clock.utc())
    p.note(
        EntryKind.PENDING, call=p.call, identity=result.identity, continuation=result.continuation,
        writes=result.writes, request_id=result.request_id,
    )  # fmt: skip
    if result.identity and p.step.verb is Verb.CREATE:
        p.have = p.have or Observed(p.step.type, p.step.place, result.identity)
        p.context.record(p.step, p.wanted, result.identity, complete=False)
    if not result.writes:
        p.context.emit(
            EventKind.POLLING, p.step, message=result.progress, delay=result.delay, request_id=result.request_id
        )
    p.phase = Phase.ADVANCE
    return Next(delay=result.delay)


def _unfound(p: Progress, done: Done) -> Next | None:
    """A delete met nothing, but of an object that was made a moment ago that does not mean that it is gone."""
    again = p.overlooked(p.row, Phase.DO) if done.missing and p.verb is Verb.DELETE else None
    if again:
        message = "it was not found, and may not show yet: it was made a moment ago"
        p.note(EntryKind.FAILED, call=p.call, message=message, request_id=done.request_id)
        p.attempt += 1
        p.pending = None
        p.context.emit(EventKind.RETRIED, p.step, attempt=p.looks, message=message, delay=again.delay)
    return again


def _unsettled(p: Progress) -> bool:
    """Whether something that it needs may not show yet."""
    now = p.context.clock.monotonic()
    if p.settles_by is None:
        p.settles_by = now + p.context.settling_nearby(p.step)
    return now < p.settles_by


def _faulted(p: Progress, error: ProviderError) -> Next:
    p.tries += 1
    if p.verb is Verb.DELETE and error.fault is Fault.CONFLICT and (held := p.context.users(p.step)):
        p.note_fault(error, call=0)  # no wait makes another stack let go of it; a resume begins the delete again
        p.context.fail(p.step, error, held)
        return p.end(False)
    later = p.phase is Phase.ADVANCE
    polling = later and p.pending is not None and not p.pending.writes
    if polling and _stays(p, error):
        p.tries, error.ended = 1, True
    lost_poll = polling and not error.ended and error.fault in (Fault.THROTTLED, Fault.TRANSIENT, Fault.UNCERTAIN)
    verb = "read" if lost_poll else str(p.verb)
    not_done = error.unsent or (error.ended and error.fault is Fault.TRANSIENT)
    if p.verb is Verb.CREATE and not lost_poll and ((later and not polling) or not_done):
        verb = "update"  # the object is there, or it is known that it is not made: nothing can be made twice
    same_call = lost_poll or (later and not polling)
    # An operation that is accepted each time and fails each time must not be tried for ever.
    tries = p.tries if same_call else max(p.tries, p.restarts + 1)
    settles = error.fault is Fault.NOT_FOUND and not polling and verb in ("create", "update")
    fault = Fault.NOT_READY if settles and _unsettled(p) else error.fault
    decision = retry.decide(verb, fault, tries, retry_after=error.retry_after)
    if decision.kind is retry.Kind.LOOK:
        p.doubt()
        p.phase = Phase.LOOK
        return p.again(decision.delay, error)
    if decision.kind is retry.Kind.FAIL:
        known = error.ended or (error.unsent and not polling)
        doubt = not known and _doubtful(error, polling=polling)
        p.note_fault(error, call=0 if polling else p.call, doubt=doubt)  # a failed operation says the same for ever
        return _give_up(p, error, doubt=doubt)
    if lost_poll:
        return p.again(decision.delay, error)
    if later and not polling:
        p.note_fault(error, call=p.call)
        p.call -= 1
        return p.again(decision.delay, error)
    p.note_fault(error, call=0)
    p.attempt += 1
    p.restarts += 1
    p.pending = None
    moved_on = p.verb is Verb.UPDATE and error.fault is Fault.CONFLICT
    half_made = p.verb is Verb.CREATE and (polling or error.fault is Fault.CONFLICT)
    filled = p.verb is Verb.DELETE and bool(p.kind.children)  # while it waited, with what nobody has seen
    p.phase = Phase.LOOK if moved_on or half_made or filled else Phase.DO
    return p.again(decision.delay, error)


def _stays(p: Progress, error: ProviderError) -> bool:
    """Whether a poll is answered with the same failure however often it is asked: then that is how the operation has ended, which
    is all that ARM's ``Location`` ever says of it."""
    answered = error.fault is Fault.TRANSIENT and bool(error.request_id)
    return answered and retry.decide("read", error.fault, p.tries).kind is retry.Kind.FAIL


def _held(p: Progress) -> str:
    """What to do about an object that something holds. Its address may be another's by now: a replacement's new object."""
    row = p.row or p.step.row
    leave = f"; or leave it there: {letting_go(row)}" if row else ""
    return f"if something else holds it, take that away and resume{leave}"


def _doubtful(error: ProviderError, *, polling: bool) -> bool:
    """Whether a fault that the step gives up on leaves open what was done. A poll that got no answer, or may not ask, says
    nothing of its operation, which goes on: whoever resumes asks again."""
    lost = (Fault.UNCERTAIN, Fault.TRANSIENT)
    return error.fault in ((*lost, Fault.THROTTLED, Fault.DENIED) if polling else lost)


def _give_up(p: Progress, error: ProviderError, *, doubt: bool) -> Next:
    """A failed create may have left nothing behind: then its row must not say otherwise."""
    row = p.context.rows.get((p.step.uid, p.step.generation))
    if p.step.verb is not Verb.CREATE or row is None or doubt or error.fault is Fault.DENIED:
        held = p.verb is Verb.DELETE and error.fault in (Fault.CONFLICT, Fault.INVALID)
        p.context.fail(p.step, error, _held(p) if held else "")
        return p.end(False)

    def looked(reading: Reading) -> Next:
        hidden = still_invisible(p.kind, p.step.place, p.history, p.context.clock.utc())
        if not reading.blind and not reading.seen and not hidden:
            p.context.drop(p.step.uid, p.step.generation)
        p.context.fail(p.step, error)
        return p.end(False)

    reads = p.provider.reads(Ask(p.step.place, p.step.type, identities=(row.identity or "",)))
    return p.ask(p.read_all(list(reads), p.provider, looked))
