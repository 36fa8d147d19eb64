"""A run from opening to closing: lease, places, freshness, steps, baseline.

It must not decide what a step does (``step``) or what a change means (``planner``).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from provisioner import discovery
from provisioner.applier import baseline, choice, doubt, freshness
from provisioner.applier import history as histories
from provisioner.applier.context import Judge, RunContext, StepFailure
from provisioner.applier.leases import Leased
from provisioner.applier.live import Live, LiveObject
from provisioner.applier.step import StepJob
from provisioner.model.event import Event, EventKind
from provisioner.model.finding import Finding
from provisioner.model.place import Place
from provisioner.model.plan import Plan, Premise, Step, Verb
from provisioner.model.problem import PartialError, Problem
from provisioner.model.resource import Observed
from provisioner.model.run import Entry, Run, RunStatus, undoing
from provisioner.model.secret_uri import secret_places
from provisioner.model.value import EMPTY, Map, Written
from provisioner.planner import outputs, secrecy
from provisioner.protocols.backend import Backend, Lease, StateWriteError
from provisioner.registry import Registry
from provisioner.scheduler.budget import Budgets
from provisioner.scheduler.clock import Clock, SystemClock
from provisioner.scheduler.scheduler import Next, Scheduler
from provisioner.vault import Vault

_RENEW_EVERY = 15.0  # seconds; a lease lasts 60


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a run. done: steps that succeeded, in earlier tries too · begun: addresses that are half done, without a
    failure of their own · skipped: those for which nothing was done · next: commands that make sense now ·
    kept: objects that stay and are owned no more · warnings: advisory rules that only now could be judged, and are broken ·
    notes: of a rollback, what it leaves, in words · rollback: what became of the one that its failure has brought about ·
    problems: why that could not begin."""

    run: Run
    digest: str
    done: int = 0
    total: int = 0
    failures: tuple[StepFailure, ...] = ()
    begun: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    outputs: Map = EMPTY
    seconds: float = 0.0
    next: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    rollback: Report | None = None
    problems: tuple[Problem, ...] = ()


@dataclass
class Applier:
    """Carries out plans. parallelism: most requests at once · keep_going: independent branches go on after a failure."""

    backend: Backend
    registry: Registry
    on_event: Callable[[Event], None]
    clock: Clock = field(default_factory=SystemClock)
    parallelism: int = 10
    keep_going: bool = False
    judge: Judge | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    budgets: Budgets = field(default_factory=Budgets)
    vault: Vault = field(default_factory=lambda: Vault(b""))

    def apply(self, plan: Plan, digest: str, data: bytes, run: Run) -> Report:
        """Execute a plan as a new run. ``StaleError`` before anything is done, if what it rests on has changed."""
        with Leased(self.backend, run, plan.stacks) as leases:
            discovery.verify(_places(plan), self.registry, self._scheduler())
            self._secrets_there(plan.steps)
            for stack in plan.stacks if plan.kind != "forget" else ():  # the way on from a doubt that nobody can settle
                doubt.refuse(self.backend, stack, plan.environment)
            freshness.ledger_unchanged(plan, self.backend)
            outputs.unchanged(plan, self.backend.outputs(plan.stack, plan.environment) or EMPTY)
            found, reads = self._looked_again(run, plan, plan.premises)
            self.backend.open_run(leases[0], run, data)
            context = self._context(plan, run, leases, {}, found)
            for entry in reads:
                context.note(entry)
            context.history = histories.read(reads)
            return self._execute(context, run, digest)

    def resume(self, plan: Plan, digest: str, run: Run, entries: Sequence[Entry]) -> Report:
        """Go on with a run that was interrupted or failed: the steps that are left, with their former tokens.
        ``StaleError`` where those that have not begun have lost their ground."""
        with Leased(self.backend, run, plan.stacks) as leases:
            past = histories.read(entries)
            left = (step for step in plan.steps if not ((h := past.get(step.id)) and h.done))
            discovery.verify(_places(plan), self.registry, self._scheduler())
            self._secrets_there(left)
            found, reads = self._looked_again(run, plan, freshness.untouched(plan, past, self.registry.resource_type))
            self.backend.close_run(leases[0], run.id, RunStatus.RUNNING, "")
            context = self._context(plan, run, leases, histories.read([*entries, *reads]), found)
            for entry in reads:
                context.note(entry)
            return self._execute(context, replace(run, status=RunStatus.RUNNING), digest)

    def _secrets_there(self, steps: Iterable[Step]) -> None:
        """That the secrets of steps can be had, before anything is done."""
        wants = [step.want for step in steps if step.want and step.reveals]
        self.vault.check((want.body for want in wants), wants)

    def settle(self, plan: Plan, run: Run, entries: Sequence[Entry], steps: Sequence[Step] | None = None) -> None:
        """Find out what became of steps that were under way (None: of all that have not come to their end), and let running
        operations end; starts nothing new."""
        history = histories.read(entries)
        if steps is None:
            steps = tuple(s for s in plan.steps if (h := history.get(s.id)) and h.touched and not h.done)
        if not steps:
            return
        with Leased(self.backend, run, plan.stacks) as leases:
            discovery.verify(_places(plan), self.registry, self._scheduler())
            context = self._context(plan, run, leases, history, {})
            context.settling = True
            self._learn_past(context)
            self._run_steps(context, steps)

    def _context(
        self,
        plan: Plan,
        run: Run,
        leases: tuple[Lease, ...],
        history: Mapping[str, histories.History],
        found: Mapping[tuple[str, str, str], Observed],
    ) -> RunContext:
        context = RunContext(
            run.id, plan, self.backend, leases, self.registry, self.clock, self.on_event, Live.of(plan), self.vault, history,
            found, self.keep_going, self.judge,
        )  # fmt: skip
        context.rows = freshness.rows_of(plan, self.backend)
        return context

    def _scheduler(self, context: RunContext | None = None) -> Scheduler:
        scheduler = Scheduler(self.clock, self.parallelism, self.budgets)
        if context:
            renewed = self.clock.monotonic()

            def tick() -> None:
                nonlocal renewed
                if self.clock.monotonic() - renewed >= _RENEW_EVERY:
                    renewed = self.clock.monotonic()
                    for lease in context.leases:
                        self.backend.renew(lease)

            scheduler.flush, scheduler.tick = context.flush, tick
        return scheduler

    def _of(self, run: str) -> Callable[[Event], None]:
        """Whoever listens, told which run an event belongs to."""
        return lambda event: self.on_event(replace(event, run=run))

    # --- before -----------------------------------------------------------------------------------------------------

    def _looked_again(
        self, run: Run, plan: Plan, premises: Sequence[Premise]
    ) -> tuple[dict[tuple[str, str, str], Observed], list[Entry]]:
        """Everything that the plan touches or reads, as it is now, and what is known to be absent before a create. The objects
        are as the cloud shows them: for its provider, and for no journal."""
        asks = discovery.asks_for((p.place, p.type, p.identity) for p in premises)
        rows = freshness.rows_of(plan, self.backend)
        young = discovery.Youth(rows.values(), self.backend, self.registry, self.clock, run.id)
        inquiries = discovery.inquire(asks, self.registry, self._scheduler(), self._of(run.id), young)
        snapshot = discovery.snapshot_of(inquiries)
        shown = secrecy.hidden(snapshot, secrecy.of_rows(rows.values(), plan.steps), self.vault.cover)
        looked = {(premise.place.name, premise.type, premise.identity) for premise in premises}
        ends = [s for s in plan.steps if s.have and (s.place.name, s.type, s.have.identity) in looked]
        asks = discovery.inside(ends, self.registry)
        inside = discovery.look_at(asks, self.registry, self._scheduler(), self._of(run.id)).found.values()
        freshness.check(plan, premises, shown, self.registry.resource_type, inside)
        found = {(k.place, k.type, k.identity): item for k, item in snapshot.found.items()}
        return found, freshness.absent_reads(plan, premises, self.clock.utc())

    # --- during -----------------------------------------------------------------------------------------------------

    def _execute(self, context: RunContext, run: Run, digest: str) -> Report:
        try:
            return self._carried_out(context, run, digest)
        except StateWriteError as error:  # what was sent may have been done, and a resume finds out
            hint = f"{error.problems[0].hint}; then: orch resume {run.id}  or  orch rollback {run.id}"
            raise PartialError(Problem(f"run {run.id} stopped: {error.problems[0].message}", hint=hint)) from error

    def _carried_out(self, context: RunContext, run: Run, digest: str) -> Report:
        started = self.clock.monotonic()
        plan = context.plan
        which = undoing(plan.undoes, plan.undoes_started) if plan.undoes else ""
        now, total = self.clock.utc(), len(plan.steps)
        self.on_event(Event(EventKind.RUN_STARTED, now, run.id, message=which, total=total))
        try:
            self._learn_past(context)
            self._run_steps(context, context.plan.steps)
            self._baseline(context)
        except Exception:
            with contextlib.suppress(Exception):  # what was thrown is what is told
                context.flush()
                self.backend.close_run(context.leases[0], run.id, RunStatus.PARTIAL, self.clock.utc())
            raise
        finished = len(context.done) == len(context.plan.steps)
        status = RunStatus.DONE if finished else RunStatus.PARTIAL
        ended = self.clock.utc()
        if finished and context.plan.undoes:  # first, so that no crash in between lets anybody undo it once more
            self.backend.close_run(context.leases[0], context.plan.undoes, RunStatus.ROLLED_BACK, ended)
        recorded, changed, how = self._outputs(context)
        self.backend.close_run(context.leases[0], run.id, status, ended, changed, how)
        self.on_event(
            Event(
                EventKind.RUN_FINISHED,
                ended,
                run.id,
                message=status,
                done=len(context.done),
                total=len(context.plan.steps),
            )
        )
        begun, skipped = ((), ()) if finished else self._left(context)
        left = [step for step in context.plan.steps if step.id not in context.done]
        following = () if finished else choice.ways_on(run, left)
        return Report(
            replace(run, status=status, ended=ended), digest, len(context.done), len(context.plan.steps),
            tuple(context.failures), begun, skipped, recorded, self.clock.monotonic() - started, following, _kept(context),
            tuple(context.warnings),
        )  # fmt: skip

    def _outputs(self, context: RunContext) -> tuple[Map, Map | None, Written]:
        """The outputs on record after this run, and then what is to be written of them (None: nothing). Of a run that ends in
        part too: whoever uses what it has replaced must learn of the new one, or the old one could never go."""
        plan, resolved = context.plan, context.live.outputs(context.plan.outputs)
        now = self.backend.outputs(plan.stack, plan.environment)
        written = self.backend.outputs_written(plan.stack, plan.environment)
        finished = len(context.done) == len(plan.steps)
        unknown = () if finished else plan.outputs.keys() - resolved.keys()
        waits = outputs.waiting(plan, context.done).union(unknown)
        values, how = outputs.merged(plan, resolved, now or EMPTY, written, waits)
        same = (values, how) == (now or EMPTY, written)
        return (values, None, ()) if same and not finished else (values, values, how)

    def _left(self, context: RunContext) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The addresses that are not finished, and for which nothing was done; without those whose failure is told."""
        _, _, entries = self.backend.run(context.run)
        history = histories.read(entries)
        told = {failure.address for failure in context.failures}
        left = dict.fromkeys(
            s.address for s in context.plan.steps if s.id not in context.done and s.address not in told
        )
        touched = {s.address for s in context.plan.steps if (h := history.get(s.id)) and (h.touched or h.done)}
        return tuple(a for a in left if a in touched), tuple(a for a in left if a not in touched)

    def _learn_past(self, context: RunContext) -> None:
        """Steps that earlier tries have finished."""
        for step in context.plan.steps:
            past = context.history.get(step.id)
            if past is None or not past.done:
                continue
            context.done.add(step.id)
            if step.want is not None and past.identity:
                want = step.want
                old = context.live.objects.get(step.address)
                stale = {str(path[0]) for path in context.kind(step).changes_with}
                stale |= {str(edit.path[0]) for edit in step.diff.edits}
                former = old.body if old and step.verb is not Verb.CREATE else EMPTY  # else it is another object's
                kept = {key: value for key, value in former.items() if key not in stale}
                body = Map({**kept, **past.attributes})
                context.live.objects[step.address] = LiveObject(past.identity, step.type, want.place, body)

    def _run_steps(self, context: RunContext, steps: Sequence[Step]) -> None:
        """All steps that are left, each as soon as those it waits for have succeeded; heaviest path first."""
        chosen = {step.id: step for step in steps if step.id not in context.done}
        waiting = {s.id: {a for a in s.after if a in chosen} for s in chosen.values()}
        dependents: dict[str, list[str]] = {ident: [] for ident in chosen}
        for ident, needs in waiting.items():
            for need in needs:
                dependents[need].append(ident)
        weights = _weights(chosen, dependents)

        def job(ident: str) -> StepJob:
            return StepJob(context, chosen[ident], weights[ident], ended)

        def ended(step: Step, success: bool) -> Next:
            ready = []
            for ident in dependents[step.id] if success else ():
                waiting[ident].discard(step.id)
                if not waiting[ident]:
                    ready.append(job(ident))
            return Next(jobs=tuple(ready))

        self._scheduler(context).run([job(ident) for ident, needs in waiting.items() if not needs], self.stop)

    # --- after ------------------------------------------------------------------------------------------------------

    def _baseline(self, context: RunContext) -> None:
        """One bulk read of what the run has made or changed, or a dead one before it: what the next plan takes as undisturbed."""
        rows = baseline.pending(context, {place.name for place in _places(context.plan)})
        if not rows or self.stop.is_set():
            return
        asks = discovery.asks_for((row.place, row.type, row.identity or "") for row in rows)
        young = discovery.Youth(rows, self.backend, self.registry, self.clock, context.run)
        inquiries = discovery.inquire(asks, self.registry, self._scheduler(), self._of(context.run), young)
        baseline.take(context, rows, discovery.snapshot_of(inquiries))


def _places(plan: Plan) -> list[Place]:
    """The places that the plan's steps and premises speak to."""
    used = secret_places((step.want.body for step in plan.steps if step.want and step.reveals), plan.places)
    used |= {step.place.name: step.place for step in plan.steps if not step.offline}
    used |= {premise.place.name: premise.place for premise in plan.premises}
    return list(used.values())


def _weights(steps: Mapping[str, Step], dependents: Mapping[str, list[str]]) -> dict[str, float]:
    """For every step the expected seconds of the longest chain that starts with it."""
    out: dict[str, float] = {}
    stack = list(steps)
    while stack:
        ident = stack[-1]
        missing = [other for other in dependents[ident] if other not in out]
        if ident not in out and missing:
            stack += missing
            continue
        stack.pop()
        out[ident] = steps[ident].weight + max((out[other] for other in dependents[ident]), default=0.0)
    return out


def _kept(context: RunContext) -> tuple[str, ...]:
    """The addresses of what was let go, and stays where it is."""
    let_go = {step.uid for step in context.plan.steps if step.verb is Verb.FORGET and step.id in context.done}
    return tuple(change.address for change in context.plan.changes if change.retain and change.uid in let_go)
