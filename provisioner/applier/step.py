"""One step as a job of the scheduler: resolve, look, call, go on, finish. One request at a time.

The order that keeps objects from being orphaned or doubled: an intent is durable before the call; an outcome, with its
ledger row, before anything that depends on it; and whatever may have been done is looked at before it is done again. The
module must not know a cloud, and decides about retries only by asking ``scheduler.retry``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from provisioner.applier.claim import is_ours, needs_absent_read, still_invisible
from provisioner.applier.context import RunContext
from provisioner.applier.history import History
from provisioner.applier.live import MissingAttributeError
from provisioner.applier.reading import Reading
from provisioner.model.change import Diff
from provisioner.model.event import EventKind
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.naming import step_token
from provisioner.model.plan import Step, Verb
from provisioner.model.resource import NOBODY, Observed, Owner, Resource
from provisioner.model.resource_type import EffectKind, Ownership
from provisioner.model.run import EntryKind
from provisioner.model.value import EMPTY, Map, is_known, path_text, references
from provisioner.planner.diff import broken, diff
from provisioner.protocols.provider import Ask, Done, Pending, Provider, Read, ReadResult
from provisioner.scheduler import retry
from provisioner.scheduler.budget import Lane
from provisioner.scheduler.scheduler import Next

_FINISHED = Next()
_NOW = Next(delay=0.0)
_CLOUD_VERBS = frozenset({Verb.CREATE, Verb.UPDATE, Verb.DELETE})  # the others change nothing there but our mark


class StepJob:
    """A step on its way. ``on_end`` is called once when it has succeeded or failed and says which jobs may start now."""

    def __init__(self, context: RunContext, step: Step, weight: float, on_end: Callable[[Step, bool], Next]) -> None:
        self.context, self.step, self.weight, self._on_end = context, step, weight, on_end
        self.kind = context.kind(step)
        self.provider = context.registry.provider(step.place.cloud)
        self.history = context.history.get(step.id, History(step.id))
        self.lane = Lane(step.place.cloud, step.place.account, step.place.region, self.kind.service)
        self._want: Resource | None = None
        self._booked: Resource | None = None  # what is recorded of an object that only our mark is changed on
        self._have = self._freshest(step.have)
        self._diff = step.diff
        self._verb: Verb = step.verb
        self._attempt = self.history.attempt + (1 if self.history.failed else 0)
        self._call = 0
        self._tries = 0
        self._looks = 0
        self._pending: Pending | None = None
        self._started_at: float | None = None
        self._enter: Callable[[], Next | None] = self._start
        self._send: Callable[[], Any] = self._nothing
        self._take: Callable[[Any], Next] = self._never

    # --- the job protocol -------------------------------------------------------------------------------------------

    def prepare(self) -> Next | None:
        if self._started_at is None and self.context.halted and not self.context.settling:
            return _FINISHED  # reported as skipped by the applier
        return self._enter()

    def send(self) -> Any:
        return self._send()

    def settle(self, result: Any) -> Next:
        if isinstance(result, BaseException) and not isinstance(result, ProviderError):
            raise result
        return self._take(result)

    # --- resolve ----------------------------------------------------------------------------------------------------

    def _start(self) -> Next | None:
        if self._started_at is None:
            self._started_at = self.context.clock.monotonic()
            self.context.emit(EventKind.STARTED, self.step, attempt=self._attempt)
        if self.step.want is not None:
            try:
                self._want = self._resolved(self.step.want)
            except MissingAttributeError as missing:
                return self._fetch(missing)
            unknown = [str(ref) for _, ref in (*references(self._want.body), *references(self._want.within))]
            if unknown:
                return self._fail(f"{unknown[0]} is not known although what it refers to was applied")
            refused = self.context.judge(self.step, self._want) if self.context.judge else None
            if refused:
                return self._fail(refused)
        return self._first()

    def _resolved(self, want: Resource) -> Resource:
        resolved = self.provider.normalize(self.context.live.resolve(want))
        return replace(resolved, owner=Owner(self.context.plan.lineage, self.step.uid, self.step.generation))

    def _fetch(self, missing: MissingAttributeError) -> Next | None:
        """Read an object whose attribute we need and nobody has returned yet."""
        target = self.context.live.objects[missing.reference.address]
        if missing.complete:
            return self._fail(f"{missing.reference} has no value: {target.type} {target.identity} does not have it")
        provider = self.context.registry.provider(target.place.cloud)
        reads = provider.reads(Ask(target.place, target.type, identities=(target.identity,)))

        def learned(reading: Reading) -> Next:
            found = next((item for item in reading.seen if item.identity == target.identity), None)
            if reading.blind or found is None:
                return self._fail(f"cannot read {missing.reference}: {reading.blind or 'it does not exist any more'}")
            newer = replace(target, body=found.body, complete=True)
            self.context.live.objects[missing.reference.address] = newer
            self._enter = self._start
            return _NOW

        return self._read_all(reads, provider, learned)

    def _first(self) -> Next | None:
        """Where a step starts, or goes on after a crash."""
        history = self.history
        if self._verb not in _CLOUD_VERBS:
            return self._bookkeeping()
        if self._verb is Verb.DELETE and history.touched and (history.in_doubt or history.continuation is None):
            return self._go(self._look)  # another may have taken the name since, and a failed delete may have been done
        if history.identity and self._verb is Verb.CREATE:
            self._have = self._have or Observed(self.step.type, self.step.place, history.identity)
        completing = self._verb is Verb.CREATE and history.have is not None and bool(history.have.body)
        if completing and history.continuation is not None:
            return self._go(self._look)  # it was on its way from what was found, which only another look tells
        if history.continuation is not None and not history.in_doubt:
            self._call = history.call
            place, kind = self.step.place, self.step.type
            self._pending = Pending(place, kind, history.identity, history.continuation, history.writes)
            return self._go(self._advance)
        if self.context.settling and not history.in_doubt:
            return self._settled()
        if self._verb is Verb.CREATE and (
            history.in_doubt or history.identity or needs_absent_read(self.kind, history)
        ):
            return self._go(self._look)
        if self._verb is Verb.UPDATE and (history.touched or not is_known_diff(self._diff)):
            return self._go(self._look)
        return self._go(self._do)

    def _go(self, phase: Callable[[], Next | None]) -> Next | None:
        self._enter = phase
        return phase()

    def _bookkeeping(self) -> Next | None:
        """Steps that write only the ledger and, where an object is taken over or let go, our mark on it."""
        mark, have = self._mark(), self._have
        if mark is None or have is None:
            return self._book()
        within = self.step.row.within if self.step.row else self._want.within if self._want else EMPTY
        self._booked = self._want
        self._want = Resource(
            self.step.address, have.type, have.place, have.body, within, identity=have.identity, owner=mark
        )
        self._diff, self._verb = Diff(), Verb.UPDATE
        return self._go(self._do)

    def _mark(self) -> Owner | None:
        """The mark that the object should carry, where it does not."""
        if self._have is None or self.kind.ownership is Ownership.LEDGER:
            return None
        ours = Owner(self.context.plan.lineage, self.step.uid, self.step.generation)
        if self.step.verb is Verb.FORGET:
            return NOBODY if self._have.owner == ours else None
        return None if self._have.owner == ours else ours

    def _look_marked(self, found: Observed | None) -> Next:
        self._have = found
        if found is None and self.step.verb is not Verb.FORGET:
            return self._fail("it no longer exists; it was deleted while the plan was applied")
        if self._mark() is None:
            return self._book()
        self._enter = self._do
        return _NOW

    def _book(self, request_id: str = "") -> Next:
        step = self.step
        if step.verb is Verb.FORGET:
            self.context.drop(step.uid, step.generation)
        elif step.want is not None and step.have is not None:
            self.context.record(step, self._booked or self._want or step.want, step.have.identity, complete=True)
        self._note(EntryKind.DONE, call=self._call, request_id=request_id)
        return self._end(True, request_id=request_id)

    # --- look -------------------------------------------------------------------------------------------------------

    def _look(self) -> Next | None:
        reads = self._look_reads()
        if not reads and self.history.in_doubt:
            return self._fail("it may have been created, and there is no way to look for it")
        if not reads:
            return self._go(self._do)
        return self._read_all(reads, self.provider, self._looked)

    def _look_reads(self) -> list[Read]:
        """By identity where there is one, by owner tag, by natural key: the first that this type can answer."""
        place, kind = self.step.place, self.step.type
        want = self._want
        identity = self._have.identity if self._have else want.identity if want else None
        asks = [Ask(place, kind, identities=(identity,))] if identity else []
        if want is not None and self._verb is Verb.CREATE and not identity:
            asks += [Ask(place, kind, owner=want.owner), Ask(place, kind, want=want)]
        for ask in asks:
            reads = self.provider.reads(ask)
            if reads:
                return list(reads)
        return []

    def _looked(self, reading: Reading) -> Next:
        if reading.blind:
            return self._fail(f"cannot see whether it exists: {reading.blind}")
        found = reading.seen[0] if reading.seen else None
        if self.step.verb not in _CLOUD_VERBS:
            return self._look_marked(found)
        if self._verb is Verb.DELETE:
            return self._look_delete(found)
        if self._verb is Verb.UPDATE and self.step.verb is Verb.UPDATE:
            return self._look_update(found)
        return self._look_create(found)

    def _look_delete(self, found: Observed | None) -> Next:
        ours = self._existing().owner
        if found is None or (found.owner is not None and found.owner != ours):
            return self._succeed(Done(self._existing().identity), complete=True)  # ours is gone
        if self.context.settling:
            self._note(EntryKind.FAILED, call=0, message="looked: it was not done")
            return self._settled()
        if found.owner != ours:
            hint = "nothing was changed; if it is still ours, delete it by hand and resume"
            return self._fail(f"{found.identity} no longer carries our mark: it may be another object now", hint=hint)
        self._enter = self._do
        return _NOW

    def _look_update(self, found: Observed | None) -> Next:
        if found is None or self._want is None:
            return self._fail("it no longer exists; it was deleted while the plan was applied")
        self._have = found
        self._diff = self._approved(diff(self.kind, self._want, self.step.row, found))
        beyond = [edit for edit in self._diff.edits if edit.effect not in (EffectKind.IN_PLACE, EffectKind.RESTART)]
        if beyond:
            name = path_text(beyond[0].path)
            return self._fail(
                f"{name} turns out to need a replacement, which was not approved",
                hint="plan again: the value is known now",
            )
        if not self._diff and not broken(self.kind, found):
            return self._succeed(Done(found.identity, found.body), complete=True)
        self._enter = self._do
        return _NOW

    def _approved(self, found: Diff) -> Diff:
        """Only what was reviewed: what else has changed meanwhile belongs to another plan."""
        return Diff(tuple(edit for edit in found.edits if self.step.diff.touches(edit.path)))

    def _look_create(self, found: Observed | None) -> Next:
        want = self._want
        assert want is not None
        if found is None:
            return self._shown_absent()
        named_by_cloud = want.identity is None and self._have is not None
        if not is_ours(found, want, self.history, self.kind.ownership, named_by_cloud=named_by_cloud):
            hint = "nothing was changed; if it is to be managed here, adopt it, else choose another name"
            return self._fail(f"{found.identity} already exists and is not ours", hint=hint)
        self.context.record(self.step, want, found.identity, complete=False)
        self._have = found
        self._diff = diff(self.kind, want, None, found)
        marked = found.owner == want.owner or self.kind.ownership is Ownership.LEDGER
        if not self._diff and marked and not broken(self.kind, found):
            return self._succeed(Done(found.identity, found.body), complete=True)
        self._verb = Verb.UPDATE  # it exists but is not yet as wanted: the rest of the create
        self._enter = self._do
        return _NOW

    def _shown_absent(self) -> Next:
        if self.history.in_doubt or self._have is not None:
            wait = still_invisible(self.kind, self.step.place, self.history, self.context.clock.utc())
            if wait > 0:
                self._looks += 1
                self._enter = self._look
                return Next(delay=min(wait, retry.backoff(self._looks, 0.5)))
        if self.history.in_doubt:
            self._note(EntryKind.FAILED, call=0, message="looked: it was not done")
            self._attempt += 1
        entry = self.context.entry(EntryKind.READ, self.step)
        self.context.note(entry)
        made = self.history.in_doubt or self.history.may_have_made
        self.history = replace(self.history.after(entry), in_doubt=False, may_have_made=made, identity=None)
        self._have = None
        self._enter = self._do
        return _NOW

    def _read_all(self, reads: list[Read], provider: Provider, then: Callable[[Reading], Next]) -> Next | None:
        """Send reads one after the other, then go on."""
        reading = Reading(reads, provider.read)

        def take(result: ReadResult | ProviderError) -> Next:
            again = reading.take(result)
            if again and isinstance(result, ProviderError):
                return self._again(again.delay, result)
            return then(reading) if reading.finished else _NOW

        self._send, self._take = reading.send, take
        self._enter = lambda: None
        return None

    # --- call -------------------------------------------------------------------------------------------------------

    def _do(self) -> Next | None:
        """The first call of the verb."""
        if self.context.settling:
            return self._settled()
        token = step_token(self.context.run, self.step.id, self._attempt)
        self._call = 0
        self._intend(token)
        match self._verb:
            case Verb.CREATE:
                self._send = lambda: self.provider.create(self._wanted(), token)
            case Verb.UPDATE:
                self._send = lambda: self.provider.update(self._existing(), self._wanted(), self._diff, token)
            case _:
                self._send = lambda: self.provider.delete(self._existing(), token)
        self._take = self._called
        return None

    def _advance(self) -> Next | None:
        """The next call of the verb, or the next poll."""
        pending = self._pending
        assert pending is not None
        if pending.writes and self.context.settling:
            return self._settled()
        token = step_token(self.context.run, self.step.id, self._attempt)
        if pending.writes:
            self._call += 1
            self._intend(token)
        self._send = lambda: self.provider.advance(pending, self._have, self._want, self._diff, token)
        self._take = self._called
        return None

    def _intend(self, token: str) -> None:
        self.history = replace(self.history, touched=True, intent_at=self.context.clock.utc())
        self._note(EntryKind.INTENT, call=self._call, token=token, have=self._have)

    def _called(self, result: Done | Pending | ProviderError) -> Next:
        if isinstance(result, ProviderError):
            return self._faulted(result)
        if isinstance(result, Done):
            return self._succeed(result, complete=True)
        self._tries = 0
        self._pending = result
        self.history = replace(self.history, may_have_made=True)
        self._note(
            EntryKind.PENDING, call=self._call, identity=result.identity, continuation=result.continuation,
            writes=result.writes, request_id=result.request_id,
        )  # fmt: skip
        if result.identity and self.step.verb is Verb.CREATE:
            self._have = self._have or Observed(self.step.type, self.step.place, result.identity)
            self.context.record(self.step, self._wanted(), result.identity, complete=False)
        if not result.writes:
            self.context.emit(EventKind.POLLING, self.step, message=result.progress, delay=result.delay)
        self._enter = self._advance
        return Next(delay=result.delay)

    def _faulted(self, error: ProviderError) -> Next:
        self._tries += 1
        polling = self._enter == self._advance and self._pending is not None and not self._pending.writes
        lost_poll = polling and error.fault in (Fault.THROTTLED, Fault.TRANSIENT, Fault.UNCERTAIN)
        verb = "read" if lost_poll else str(self._verb)
        if self._enter == self._advance and self._verb is Verb.CREATE and not polling:
            verb = "update"  # a later call of a create: the object is there, so nothing can be made twice
        decision = retry.decide(verb, error.fault, self._tries, retry_after=error.retry_after)
        if decision.kind is retry.Kind.LOOK:
            return self._in_doubt(decision.delay, error)
        if decision.kind is retry.Kind.FAIL:
            self._note_fault(error, call=self._call, doubt=self._doubtful(error, polling=polling))
            return self._give_up(error)
        if lost_poll:
            return self._again(decision.delay, error)
        if self._enter == self._advance and not polling:
            self._note_fault(error, call=self._call)
            self._call -= 1
            return self._again(decision.delay, error)
        self._note_fault(error, call=0)
        self._attempt += 1
        self._pending = None
        moved_on = self._verb is Verb.UPDATE and error.fault is Fault.CONFLICT
        half_made = self._verb is Verb.CREATE and (polling or error.fault is Fault.CONFLICT)
        self._enter = self._look if moved_on or half_made else self._do
        return self._again(decision.delay, error)

    def _doubtful(self, error: ProviderError, *, polling: bool) -> bool:
        """Whether a fault that the step gives up on leaves open what was done. A poll that failed says nothing of its
        operation; where the object has no identity yet, only that operation can tell of it."""
        if not polling:
            return error.fault in (Fault.UNCERTAIN, Fault.TRANSIENT)
        unnamed = self._pending is not None and self._pending.identity is None
        return unnamed and error.fault in (Fault.UNCERTAIN, Fault.TRANSIENT, Fault.THROTTLED, Fault.DENIED)

    def _in_doubt(self, delay: float, error: ProviderError) -> Next:
        """It may have been done: look, with the fault and the delay as the cloud gave them."""
        self.history = replace(self.history, in_doubt=True, touched=True, intent_at=self.context.clock.utc())
        self._pending = None
        self._enter = self._look
        return self._again(delay, error)

    def _again(self, delay: float, error: ProviderError) -> Next:
        self.context.emit(
            EventKind.RETRIED, self.step, attempt=self._tries, message=error.message, code=error.code,
            request_id=error.request_id, delay=delay,
        )  # fmt: skip
        return Next(delay=delay)

    # --- end --------------------------------------------------------------------------------------------------------

    def _succeed(self, done: Done, *, complete: bool) -> Next:
        step = self.step
        if step.verb not in _CLOUD_VERBS:
            return self._book(done.request_id)
        if step.verb is Verb.DELETE:
            self.context.drop(step.uid, step.generation)
        else:
            want = self._wanted()
            self.context.record(step, want, done.identity, complete=complete)
            self.context.supersede(step)
            former = self._have.body if self._have and step.verb is Verb.UPDATE else EMPTY
            stale = {str(path[0]) for path in self.kind.changes_with}
            kept = {key: value for key, value in former.items() if key not in stale}
            self.context.learn(step, done.identity, Map({**kept, **want.body, **done.attributes}), complete=False)
        self._note(
            EntryKind.DONE,
            call=self._call,
            identity=done.identity,
            attributes=done.attributes,
            request_id=done.request_id,
        )
        return self._end(True, request_id=done.request_id)

    def _give_up(self, error: ProviderError) -> Next:
        """A failed create may have left nothing behind: then its row must not say otherwise."""
        row = self.context.rows.get((self.step.uid, self.step.generation))
        if self.step.verb is not Verb.CREATE or row is None or error.fault is Fault.DENIED:
            self.context.fail(self.step, error)
            return self._end(False)
        reads = self.provider.reads(Ask(self.step.place, self.step.type, identities=(row.identity or "",)))

        def looked(reading: Reading) -> Next:
            hidden = still_invisible(self.kind, self.step.place, self.history, self.context.clock.utc())
            if not reading.blind and not reading.seen and not hidden:
                self.context.drop(self.step.uid, self.step.generation)
            self.context.fail(self.step, error)
            return self._end(False)

        self._read_all(list(reads), self.provider, looked)
        return _NOW

    def _fail(self, message: str, hint: str = "") -> Next:
        self._note(EntryKind.FAILED, call=self._call, message=message, doubt=True)
        self.context.fail(self.step, message, hint)
        return self._end(False)

    def _settled(self) -> Next:
        """What became of an open call is known, and nothing more is wanted."""
        return self._on_end(self.step, False)

    def _end(self, success: bool, request_id: str = "") -> Next:
        if success:
            self.context.done.add(self.step.id)
            seconds = self.context.clock.monotonic() - (self._started_at or 0.0)
            self.context.emit(EventKind.DONE, self.step, seconds=seconds, request_id=request_id)
        return self._on_end(self.step, success)

    # --- small --------------------------------------------------------------------------------------------------------

    def _note(self, kind: EntryKind, **more: Any) -> None:
        self.context.note(self.context.entry(kind, self.step, attempt=self._attempt, **more))

    def _note_fault(self, error: ProviderError, call: int, *, doubt: bool = False) -> None:
        self._note(
            EntryKind.FAILED, call=call, fault=error.fault, message=error.message, code=error.code,
            request_id=error.request_id, doubt=doubt,
        )  # fmt: skip

    def _freshest(self, have: Observed | None) -> Observed | None:
        if have is None:
            return None
        return self.context.found.get((have.place.name, have.type, have.identity), have)

    def _wanted(self) -> Resource:
        assert self._want is not None
        return self._want

    def _existing(self) -> Observed:
        assert self._have is not None
        return self._have

    def _nothing(self) -> Any:
        raise AssertionError("nothing to send")

    def _never(self, _result: Any) -> Next:
        raise AssertionError("nothing was sent")


def is_known_diff(found: Diff) -> bool:
    """Whether every new value is known already."""
    return all(is_known(edit.after) for edit in found.edits)
