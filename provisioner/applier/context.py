"""What all steps of a run share: the journal's buffer, the ledger rows, live objects, events, and who waits for whom.

Everything here is touched by the scheduler's thread alone. Nothing in it speaks to a cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from provisioner.applier import claim
from provisioner.applier.history import History
from provisioner.applier.live import Live, LiveObject
from provisioner.discovery.youth import Youth
from provisioner.model.event import Event, EventKind
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.finding import Finding
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.place import Place
from provisioner.model.plan import Plan, Step, Verb
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.run import Entry, EntryKind
from provisioner.model.secret import keep, secret_paths
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, EMPTY, Map, put
from provisioner.planner import holding, inline, outputs
from provisioner.protocols.backend import Backend, Commit, Lease
from provisioner.registry import Registry
from provisioner.scheduler.clock import Clock
from provisioner.vault import Vault

Judge = Callable[[Step, Resource], tuple[str | None, tuple[Finding, ...]]]
"""The last word of policy on a step whose values are known now: None, or why it is refused."""


@dataclass(frozen=True, slots=True)
class StepFailure:
    """Why a step did not succeed, with all that the cloud said."""

    step: str
    address: str
    verb: str
    message: str
    fault: Fault | None = None
    code: str = ""
    request_id: str = ""
    cloud: str = ""
    service: str = ""
    operation: str = ""
    region: str = ""
    source: Source | None = None
    hint: str = ""
    trace: str = ""  # of a bug in orch, for --debug alone


def _object(place: Place, kind: str, identity: str) -> tuple[str, str, str]:
    return place.account, kind, identity.casefold()


@dataclass
class RunContext:
    """One run in progress. ``total`` counts the steps of the plan, ``done`` those that succeeded, in earlier tries too."""

    run: str
    plan: Plan
    backend: Backend
    leases: tuple[Lease, ...]  # of every stack that the plan writes
    registry: Registry
    clock: Clock
    on_event: Callable[[Event], None]
    live: Live
    vault: Vault
    history: Mapping[str, History]
    found: Mapping[tuple[str, str, str], Observed] = field(default_factory=dict)  # (place, type, identity) as just read
    keep_going: bool = False  # --on-failure continue
    judge: Judge | None = None
    settling: bool = False  # only find out what became of open calls; start nothing
    rows: dict[tuple[str, int], LedgerRow] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    failures: list[StepFailure] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    _makers: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)  # uid, address by object
    _entries: list[Entry] = field(default_factory=list)
    _put: dict[tuple[str, int], LedgerRow] = field(default_factory=dict)
    _drop: dict[tuple[str, int], None] = field(default_factory=dict)

    @property
    def halted(self) -> bool:
        """Whether no further step may start."""
        return bool(self.failures) and not self.keep_going

    def listed(self, found: Observed) -> bool:
        """Whether an update of this run that is done has made an object, as an item of its list."""
        done = (step for step in self.plan.steps if step.id in self.done)
        return any((found.type, found.identity.casefold()) in claim.brought(step, self.kind(step)) for step in done)

    @cached_property
    def planned(self) -> frozenset[str]:
        """The ids, in small letters, of all objects that the plan has steps for."""
        return inline.known(self.plan.steps)

    @cached_property
    def youth(self) -> Youth:
        """Whose absence proves nothing yet; asked by row."""
        return Youth((), self.backend, self.registry, self.clock, self.run)

    def settling_nearby(self, step: Step) -> float:
        """Seconds for which the object of a step, or something that it needs, need not show: it was made a moment ago."""
        uids = {step.uid, *step.depends_on}
        places = {place.name: place for place in self.plan.places}
        near = (row for row in self.rows.values() if row.uid in uids)
        return max((self.youth.of(row, places.get(row.place.name, row.place)) for row in near), default=0.0)

    def kind(self, step: Step) -> ResourceType:
        """The type's data."""
        return self.registry.resource_type(step.type)

    def note(self, entry: Entry) -> None:
        """Journal an entry with the next flush. No text of it holds a secret, whoever worded it."""
        self._entries.append(self.vault.redaction.entry(entry))

    def put(self, row: LedgerRow) -> None:
        """Write a ledger row with the next flush."""
        self.rows[row.uid, row.generation] = row
        self._put[row.uid, row.generation] = row
        self._drop.pop((row.uid, row.generation), None)

    def drop(self, uid: str, generation: int) -> None:
        """Drop a ledger row with the next flush. What a replacement had superseded is current again, if it still stands."""
        gone = self.rows.pop((uid, generation), None)
        older = [row for key, row in self.rows.items() if key[0] == uid and row.role is Role.SUPERSEDED]
        if gone and gone.role is Role.CURRENT and older:
            self.put(replace(max(older, key=lambda row: row.generation), role=Role.CURRENT))
        self._put.pop((uid, generation), None)
        self._drop[uid, generation] = None

    def flush(self) -> None:
        """Everything noted so far becomes durable, in one transaction."""
        if not (self._entries or self._put or self._drop):
            return
        commit = Commit(tuple(self._entries), tuple(self._put.values()), tuple(self._drop))
        first, *others = self.leases
        for lease in others:  # a write carries one fence; that of the others holds from now on for longer than it takes
            self.backend.renew(lease)
        self.backend.append(first, self.run, commit)
        self._entries, self._put, self._drop = [], {}, {}

    def emit(self, kind: EventKind, step: Step, **more: object) -> None:
        """Tell whoever listens."""
        base = Event(
            kind, self.clock.utc(), self.run, step.id, step.address, step.type, step.place.name, step.told,
            done=len(self.done), total=len(self.plan.steps),
        )  # fmt: skip
        self.on_event(replace(base, **more))  # type: ignore[arg-type]

    def fail(
        self, step: Step, error: ProviderError | str, hint: str = "", trace: str = "", source: Source | None = None
    ) -> None:
        """A step is over without success."""
        source = source or (step.want.source if step.want else step.row.source if step.row else None)
        if isinstance(error, ProviderError):
            hint = hint or error.remedy
            failure = StepFailure(
                step.id, step.address, step.verb, error.message, error.fault, error.code, error.request_id,
                error.cloud, error.service, error.operation, error.region, source, hint,
            )  # fmt: skip
        else:
            failure = StepFailure(step.id, step.address, step.verb, error, source=source, hint=hint, trace=trace)
        clean = self.vault.redaction.text
        failure = replace(failure, message=clean(failure.message), hint=clean(failure.hint), trace=clean(failure.trace))
        self.failures.append(failure)
        self.emit(EventKind.FAILED, step, message=failure.message, code=failure.code, request_id=failure.request_id)

    def warn(self, step: Step, finding: Finding) -> None:
        """A rule that only warns is broken, as shows right before the step: told, kept in the journal and in the report."""
        finding = replace(finding, message=self.vault.redaction.text(finding.message))
        if finding in self.warnings:  # a step that starts anew after a read is judged anew
            return
        self.warnings.append(finding)
        message = f"{finding.message} [{finding.rule}]"
        self.note(self.entry(EntryKind.WARNED, step, message=message))
        self.emit(EventKind.WARNED, step, message=message)

    def maker(self, step: Step, identity: str) -> str:
        """The address of another entry for which this run makes, or has made, the very object that a step is to make."""
        if not self._makers:
            made = (row for row in self.rows.values() if row.run == self.run and row.identity)
            self._makers = {_object(row.place, row.type, row.identity or ""): (row.uid, row.address) for row in made}
        uid, address = self._makers.setdefault(_object(step.place, step.type, identity), (step.uid, step.address))
        return address if uid != step.uid else ""

    def users(self, step: Step) -> str:
        """What to do about an object that cannot be deleted because other stacks use it; empty where none does, as far as the
        ledgers know."""
        here = (self.plan.stack, self.plan.environment)
        others = (row for row in self.backend.rows() if (row.stack, row.environment) != here)
        if step.row is None:
            return ""
        held = (self.kind(step), step.row)
        found = holding.users({step.uid: held}, others, self.registry.known_type).get(step.uid, [])
        if not found:
            return ""
        names = holding.naming(self.plan.outputs_written, step.address, *held) & self.plan.outputs.keys()
        names -= outputs.waiting(self.plan, self.done)
        way = "take that out there and apply (or orch destroy that stack)"
        if names:
            way = holding.moved_over(self.plan.stack, names, found)
        return f"{holding.told(found)}; {way}, then: orch resume {self.run}"

    def record(self, step: Step, want: Resource, identity: str, *, complete: bool) -> None:
        """The ledger row of an object that now exists; ``complete`` where it is as wanted."""
        old = self.rows.get((step.uid, step.generation))
        applied = want.body if complete else old.applied if old else EMPTY
        checked = step.verb in (Verb.CREATE, Verb.UPDATE, Verb.CHECK)
        if step.verb in (Verb.ADOPT, Verb.CREATE):  # where it differs it was never as wanted, so no undo may make it so
            for edit in step.diff.edits:  # and what a create gives beyond what was wanted was the cloud's to choose
                applied = put(applied, edit.path, edit.before)
        for path in step.unclaimed if complete else ():
            applied = put(applied, path, ABSENT)
        row = LedgerRow(
            uid=step.uid,
            generation=step.generation,
            stack=step.to_stack or self.plan.stack,
            environment=self.plan.environment,
            address=step.address,
            type=step.type,
            place=step.place,
            identity=identity,
            role=self._role(step),
            applied=applied,
            baseline=old.baseline if old and step.verb is Verb.MOVE else None,  # nothing about the object has changed
            within=want.within,
            depends_on=step.depends_on,
            written=step.written,
            protect=want.options.protect,
            on_remove=want.options.on_remove,
            on_replace=want.options.on_replace,
            timeout=want.options.timeout,
            redacted=secret_paths(want.body),
            source=want.source,
            run=self.run,
            checks_due=bool(want.checks) if checked else bool(old and old.checks_due),
        )
        self.put(row)

    def _role(self, step: Step) -> Role:
        """The role that a row is written with. One that is only recorded anew, or found again, may be what a replacement has
        left over, or have been away while that stood in its stead."""
        if step.verb not in (Verb.MOVE, Verb.ADOPT):
            return Role.CURRENT
        twins = [row for (uid, number), row in self.rows.items() if uid == step.uid and number != step.generation]
        for row in twins:
            if row.generation < step.generation and row.role is Role.CURRENT:
                self.put(replace(row, role=Role.SUPERSEDED))
        return Role.SUPERSEDED if any(row.generation > step.generation for row in twins) else Role.CURRENT

    def rebase(self, step: Step) -> None:
        """What was found where a step says so is the baseline from now on."""
        row = self.rows[step.uid, step.generation]
        baseline = row.baseline or EMPTY
        for edit in step.diff.edits:
            baseline = put(baseline, edit.path, edit.after)
        self.put(replace(row, baseline=baseline, run=self.run))

    def supersede(self, step: Step) -> None:
        """What becomes of the former object's row once its replacement stands."""
        former = step.row
        if former is None or former.generation == step.generation:
            return
        key = (former.uid, former.generation)
        ending = any((s.uid, s.generation) == key and s.verb is Verb.DELETE for s in self.plan.steps)
        if not ending:  # it was gone already when the plan was made
            self.drop(*key)
        elif key in self.rows:
            self.put(replace(self.rows[key], role=Role.SUPERSEDED))

    def learn(self, step: Step, identity: str, body: Map, *, complete: bool) -> None:
        """Attributes for those who refer to this object."""
        self.live.objects[step.address] = LiveObject(identity, step.type, step.place, body, complete)

    def learn_baseline(self, row: LedgerRow) -> None:
        """An object as it was read after the run, secrets as the blueprint has them."""
        body = keep(row.baseline, row.redacted, row.applied)
        self.live.objects[row.address] = LiveObject(row.identity or "", row.type, row.place, body, complete=True)

    def entry(self, kind: EntryKind, step: Step, **more: object) -> Entry:
        """A journal entry of a step, now."""
        return replace(Entry(kind, step.id, self.clock.utc()), **more)  # type: ignore[arg-type]
