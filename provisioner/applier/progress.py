"""Where one step stands: what it wants and has, its position in the verb, what it journals, how it ends.

The phases of a step share it (``step``, ``look``, ``call``). It must not speak to a cloud or decide what comes next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

from provisioner.applier.context import RunContext
from provisioner.applier.history import History
from provisioner.applier.reading import Reading
from provisioner.model.change import Diff
from provisioner.model.event import EventKind
from provisioner.model.fault import ProviderError
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Step, Verb
from provisioner.model.resource import NOBODY, Observed, Owner, Resource
from provisioner.model.resource_type import Ownership
from provisioner.model.run import EntryKind
from provisioner.model.secret import Veil, filled, hidden_in, keep, secret_paths
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map, Path, get
from provisioner.planner import secrecy
from provisioner.protocols.provider import Ask, Done, Pending, Provider, Read, ReadResult
from provisioner.scheduler import retry
from provisioner.scheduler.scheduler import Next

NOW = Next(delay=0.0)
CLOUD_VERBS = frozenset({Verb.CREATE, Verb.UPDATE, Verb.DELETE})
"""The others change nothing in a cloud but our mark."""


class Phase(StrEnum):
    """What a step does when it is its turn."""

    START = "start"  # resolve what is wanted, and choose one of the others
    LOOK = "look"  # read what is there
    DO = "do"  # the first call of the verb
    ADVANCE = "advance"  # the next call of the verb, or the next poll
    CHECK = "check"  # what must hold of the object before the step is over
    SAME = "same"  # send ``Progress.request``: once more, its next page, or one that an answer has called for


@dataclass(frozen=True, slots=True)
class Request:
    """One request to send, and who takes its answer (a result or a ``ProviderError``)."""

    send: Callable[[], Any]
    take: Callable[[Any], Next]


Turn: TypeAlias = Request | Next | Phase
"""What a phase comes to: a request, nothing to send, or another phase at once."""


class Progress:
    """One step on its way. ``verb`` is what is being done, which may become an update where a create found its object."""

    def __init__(self, context: RunContext, step: Step, on_end: Callable[[Step, bool], Next]) -> None:
        self.context, self.step, self._on_end = context, step, on_end
        self.kind = context.kind(step)
        self.provider: Provider = context.registry.provider(step.place.cloud)
        self.history = context.history.get(step.id, History(step.id))
        self.phase = Phase.START
        self.request: Request | None = None
        self.want: Resource | None = None
        self.booked: Resource | None = None  # what is recorded of an object that only our mark is changed on
        self.secret = self._secret(step.want)
        self.have = self._freshest(step.have)
        self.diff: Diff = step.diff
        self.verb: Verb = step.verb
        self.attempt = self.history.attempt + (1 if self.history.failed else 0)
        self.call = 0
        self.tries = 0
        self.restarts = 0  # how often the verb was begun again, in this process
        self.looks = 0
        self.pending: Pending | None = None
        self.shows_by: dict[tuple[str, int], float] = {}  # when an object that was not found would have to be
        self.settles_by: float | None = None  # when all that this needs would have to be
        self.passed = 0  # checks, in this process
        self.deadline: float | None = None  # of the present check
        self.started_at: float | None = None
        options, row = step.want.options if step.want else None, step.row
        self.timeout = options.timeout if options else row.timeout if row else None
        self.made = self.history.made  # it is as wanted: from here on only its checks take time
        self.ended = False

    @property
    def left(self) -> float | None:
        """The seconds that the step may still take; None where nobody has said."""
        if self.timeout is None or self.started_at is None or self.made or self.context.settling:
            return None
        return self.started_at + self.timeout - self.context.clock.monotonic()

    @property
    def wanted(self) -> Resource:
        """What is wanted, resolved; only once ``START`` is through."""
        assert self.want is not None
        return self.want

    @property
    def existing(self) -> Observed:
        """The object that is changed or deleted."""
        assert self.have is not None
        return self.have

    def resolved(self, want: Resource) -> None:
        """Take what is wanted with every reference replaced."""
        self.want, self.secret = want, tuple(dict.fromkeys((*self.secret, *self._secret(want))))

    def _secret(self, want: Resource | None) -> tuple[Path, ...]:
        """Where the body holds secrets, now or before this step."""
        row = self.step.row
        return (*(row.redacted if row else ()), *(secret_paths(want.body) if want else ()))

    def in_plain(self) -> tuple[Resource, Diff]:
        """What is wanted and what changes, every secret revealed: for a request, and for nothing else."""
        if not self.secret:
            return self.wanted, self.diff
        vault = self.context.vault
        found = self.have.body if self.have else EMPTY  # what is hidden in a wanted value stays as it is
        body = vault.revealed(filled(self.wanted.body, found))
        want = self.provider.normalize(replace(self.wanted, body=body))
        edits = tuple(
            replace(edit, after=vault.revealed(filled(edit.after, get(found, edit.path)))) for edit in self.diff.edits
        )
        return want, Diff(edits)

    def hidden(self, found: Observed) -> Observed:
        """An object as it may be kept, and compared: without what is secret in it."""
        return replace(found, body=self._covered(found.body, found.identity))

    def _covered(self, body: Map, identity: str) -> Map:
        wanted = self.step.want and (self.booked or self.want or self.step.want)  # else it is what was found
        veil = secrecy.of_row(self.step.row) if self.step.row else Veil()
        veil |= Veil(self.secret, (wanted.body,) if wanted else ())
        return self.context.vault.cover(body, veil, identity)

    def unmasked(self, then: Phase) -> Request | None:
        """What to read first where what stands there was kept without its secrets: a cloud sets some of it only as a whole."""
        have = self.have
        if have is None or not hidden_in(have.body):
            return None

        def seen(reading: Reading) -> Next:
            found = next((item for item in reading.seen if item.identity == have.identity), None)
            if not found and not reading.blind and (again := self.overlooked(self.row, then)):
                return again
            if reading.blind or found is None:
                return self.fail(f"cannot read {have.identity}: {reading.blind or 'it does not exist any more'}")
            self.have = replace(have, body=filled(have.body, found.body))
            return self.then(then)

        ask = Ask(have.place, have.type, identities=(have.identity,))
        return self.read_all(list(self.provider.reads(ask)), self.provider, seen)

    @property
    def mark(self) -> Owner | None:
        """The mark that the object should carry, where it does not."""
        if self.have is None or self.kind.ownership is Ownership.LEDGER or self.step.verb is Verb.REBASE:
            return None
        ours = Owner(self.context.plan.lineage, self.step.uid, self.step.generation)
        if self.step.verb is Verb.FORGET:
            return NOBODY if self.have.owner == ours and not self.step.keeps_mark else None
        return None if self.have.owner == ours else ours

    # --- going on ---------------------------------------------------------------------------------------------------

    def then(self, phase: Phase) -> Next:
        """Go on with a phase as soon as it is this step's turn again."""
        self.phase = phase
        return NOW

    def ask(self, request: Request) -> Next:
        """Go on with a request as soon as it is this step's turn again."""
        self.request = request
        return self.then(Phase.SAME)

    def again(self, delay: float, error: ProviderError) -> Next:
        """Go on after a delay that a fault has made necessary."""
        self.context.emit(
            EventKind.RETRIED, self.step, attempt=self.tries, message=error.message, code=error.code,
            request_id=error.request_id, delay=delay,
        )  # fmt: skip
        return Next(delay=delay)

    def overlooked(self, row: LedgerRow | None, phase: Phase, request: Request | None = None) -> Next | None:
        """Another try, with a phase or a request, where an object was not found that was made a moment ago; None where it would
        show by now."""
        if row is None:
            return None
        now = self.context.clock.monotonic()
        young = self.context.youth.of(row, self.step.place if row is self.row else row.place)
        left = self.shows_by.setdefault((row.uid, row.generation), now + young) - now
        if left <= 0:
            return None
        self.looks += 1
        self.phase, self.request = phase, request or self.request
        return Next(delay=min(left, retry.backoff(self.looks, 0.5)))

    @property
    def row(self) -> LedgerRow | None:
        """Of the object, as it is now."""
        return self.context.rows.get((self.step.uid, self.step.generation))

    def read_all(self, reads: list[Read], provider: Provider, then: Callable[[Reading], Next]) -> Request:
        """Reads one after the other, each tried again while that can help; then ``then``."""
        reading = Reading(reads, provider.read)

        def take(result: ReadResult | ProviderError) -> Next:
            again = reading.take(result)
            if again is None and reading.finished:
                return then(reading)
            self.phase = Phase.SAME
            return self.again(again.delay, result) if again and isinstance(result, ProviderError) else NOW

        return Request(reading.send, take)

    def made_for_another(self) -> Next | None:
        """The end of a create whose object this run makes for another entry; some clouds would accept it twice."""
        identity = self.wanted.identity
        other = self.context.maker(self.step, identity) if identity else ""
        hint = "two entries cannot own one object: take one of them out, or give it another name"
        return self.fail(f"{identity} is what {other} has made in this run", hint) if other else None

    # --- the journal ------------------------------------------------------------------------------------------------

    def note(self, kind: EntryKind, **more: Any) -> None:
        """Journal an entry of this step and attempt."""
        self.context.note(self.context.entry(kind, self.step, attempt=self.attempt, **more))

    def note_fault(self, error: ProviderError, call: int, *, doubt: bool = False) -> None:
        """Journal that a call has failed. doubt: it may have been done all the same."""
        self.note(
            EntryKind.FAILED, call=call, fault=error.fault, message=error.message, code=error.code,
            request_id=error.request_id, doubt=doubt, unsent=error.unsent,
        )  # fmt: skip

    # --- ends -------------------------------------------------------------------------------------------------------

    def succeed(self, done: Done) -> Next:
        """The object is as wanted (or gone, as wanted): ledger row, attributes for dependents, journal."""
        step = self.step
        if step.verb not in CLOUD_VERBS:
            return self.book(done.request_id)
        if step.verb is Verb.DELETE:
            self.context.drop(step.uid, step.generation)
        else:
            want = self.wanted
            self.context.record(step, want, done.identity, complete=True)
            self.context.supersede(step)
            self.learn(done)
        self.made = True
        checks = step.verb is not Verb.DELETE and bool(self.wanted.checks)
        self.note(
            EntryKind.MADE if checks else EntryKind.DONE,
            call=self.call,
            identity=done.identity,
            attributes=self._covered(done.attributes, done.identity),
            request_id=done.request_id,
        )
        if checks:
            return self.settled() if self.context.settling else self.then(Phase.CHECK)
        return self.end(True, request_id=done.request_id)

    def proven(self) -> Next:
        """The object stands as wanted, and all of its checks have passed."""
        step = self.step
        if step.verb is Verb.CHECK:
            self.context.record(step, self.wanted, self.existing.identity, complete=True)
        row = self.context.rows[step.uid, step.generation]
        self.context.put(replace(row, checks_due=False))
        live = self.context.live.objects[step.address]  # as a check has read it: more may be there by now
        self.context.live.objects[step.address] = replace(live, complete=False)
        self.note(EntryKind.DONE, call=self.call)
        return self.end(True)

    def book(self, request_id: str = "") -> Next:
        """The ledger is all that is left to write."""
        step = self.step
        if step.verb is Verb.FORGET:
            self.context.drop(step.uid, step.generation)
        elif step.verb is Verb.REBASE:
            self.context.rebase(step)
        elif step.want is not None and (standing := step.have or step.row) and standing.identity:
            self.context.record(step, self.booked or self.want or step.want, standing.identity, complete=True)
        self.note(EntryKind.DONE, call=self.call, request_id=request_id)
        return self.end(True, request_id=request_id)

    def learn(self, done: Done) -> None:
        """What dependents may read of the object."""
        self.context.learn(self.step, done.identity, self._body(self.wanted, done), complete=False)

    def _body(self, want: Resource, done: Done) -> Map:
        """What is known of the object now: as wanted, with what the cloud said; secrets as the blueprint has them."""
        former = self.have.body if self.have and self.step.verb is Verb.UPDATE else EMPTY
        stale = {str(path[0]) for path in self.kind.changes_with}
        kept = {key: value for key, value in former.items() if key not in stale}
        shown = self._covered(Map({**kept, **want.body, **done.attributes}), done.identity)
        body: Map = keep(shown, self.secret, want.body)
        return body

    def fail(self, message: str, hint: str = "", trace: str = "", source: Source | None = None) -> Next:
        """It cannot go on, for a reason of ours. What a call that is under way has done stays in doubt. source: the line of the
        reason, if that is not the entry's."""
        self.note(EntryKind.FAILED, call=self.call, message=message, doubt=True)
        self.context.fail(self.step, message, hint, trace, source)
        return self.end(False)

    def settled(self) -> Next:
        """What became of an open call is known, and nothing more is wanted."""
        self.ended = True
        return self._on_end(self.step, False)

    def end(self, success: bool, request_id: str = "") -> Next:
        """The step is over; its dependents may start, or not."""
        self.ended = True
        if success:
            self.context.done.add(self.step.id)
            seconds = self.context.clock.monotonic() - (self.started_at or 0.0)
            self.context.emit(EventKind.DONE, self.step, seconds=seconds, request_id=request_id)
        return self._on_end(self.step, success)

    def doubt(self) -> None:
        """What was sent may have been done."""
        self.history = replace(self.history, in_doubt=True, touched=True, intent_at=self.context.clock.utc())
        self.pending = None

    def _freshest(self, have: Observed | None) -> Observed | None:
        if have is None:
            return None
        return self.context.found.get((have.place.name, have.type, have.identity), have)
