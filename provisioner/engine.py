"""From a stack to a plan, from a plan to a run, from a run back: the use cases without blueprint files and settings.

``service`` puts project, blueprint and policy around it. Nothing here reads a file of the user's, prints or exits.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Unpack

from provisioner import collector, discovery, restoring
from provisioner.applier import choice, doubt, freshness
from provisioner.applier.applier import Applier, Report
from provisioner.applier.context import Judge
from provisioner.applier.history import read as read_history
from provisioner.ground import Ground, How, lay, narrowed, verify, with_contents
from provisioner.model.event import Event
from provisioner.model.ledger import LedgerRow
from provisioner.model.naming import base32
from provisioner.model.plan import Plan, Question, Step
from provisioner.model.problem import OrchError, Problem, RefusedError, StaleError
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.run import Run, RunStatus
from provisioner.model.secret import Veil, secrets
from provisioner.model.stack import Stack
from provisioner.model.value import EMPTY, Map
from provisioner.planner import outputs, planner, secrecy, twice
from provisioner.planner.caution import Caution, unanswered
from provisioner.planner.situation import Situation, placed
from provisioner.planner.undoing import Past, Undoing
from provisioner.planner.whose import holders
from provisioner.protocols.backend import Backend, LeaseHeldError
from provisioner.protocols.provider import Ask
from provisioner.registry import Registry
from provisioner.scheduler.budget import Budgets
from provisioner.scheduler.clock import Clock, SystemClock
from provisioner.scheduler.scheduler import Scheduler
from provisioner.state import container, holder
from provisioner.state.container import PlanFile
from provisioner.vault import MissingSecretError, Vault


def _silent(_event: Event) -> None:
    """Nobody listens."""


@dataclass
class Engine:
    """A backend, the clouds, a clock: what every use case needs. ``random(n)`` gives n random bytes; ``judge(plan)`` is
    policy's last word on that plan's steps."""

    backend: Backend
    registry: Registry
    clock: Clock = field(default_factory=SystemClock)
    random: Callable[[int], bytes] = os.urandom
    on_event: Callable[[Event], None] = _silent
    parallelism: int = 10
    keep_going: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    judge: Callable[[Plan], Judge] | None = None
    budgets: Budgets = field(default_factory=Budgets)
    vault: Vault | None = None
    caution: Caution = Caution()

    def __post_init__(self) -> None:
        self.vault = self.vault or Vault(self.backend.key())
        listener = self.on_event
        self.on_event = lambda event: listener(self._vault.redaction.event(event))

    # --- plan -------------------------------------------------------------------------------------------------------

    def plan(self, stack: Stack, **how: Unpack[How]) -> Plan:
        """What would have to be done so that the clouds are as the stack wants them (or, to destroy, empty of it)."""
        with collector.off():
            return self._plan(stack, how)

    def _plan(self, stack: Stack, how: How) -> Plan:
        destroy = how.get("destroy", False)
        self.free(stack.name, stack.environment)
        before = self.backend.outputs(stack.name, stack.environment) or EMPTY
        everything = self.backend.rows()
        written = self.backend.outputs_written(stack.name, stack.environment)
        part = narrowed(stack, placed(stack, everything), how, before, written)
        ground = self.ground(part.stack, part.rows, everything, lookups=not destroy)
        stack, rows = ground.stack, ground.rows
        resources = () if destroy else stack.resources
        lineage = self.backend.lineage()
        reading = (self.registry, self.scheduler(), self.cover, self.on_event, self.youth(rows))
        survey = discovery.survey(resources, rows, lineage, *reading)
        blind = [spot for spot in survey.snapshot.blindspots if not spot.path]
        if blind and not how.get("allow_blind"):
            raise OrchError(*discovery.unseen(blind, [*resources, *rows]))
        situation = replace(
            self.situation(ground, survey, lineage),
            scope=part.scope,
            rest=part.rest,
            caution=self.caution,
            accept=tuple(how.get("accept_drift", ())),
        )
        try:
            plan = planner.destroy(situation) if destroy else planner.plan(situation, self.uids())
        except OrchError:
            if not how.get("only_drift"):
                raise
            return planner.drift_alone(situation)
        plan = with_contents(plan, [*resources, *rows], self.registry, self.scheduler(), self.on_event, how)
        plan = replace(plan, outputs_before=before, outputs_written_before=written)
        if destroy:
            return plan
        kept = tuple((path, value) for path, value in written if path[0] in part.kept)
        return replace(
            plan,
            outputs=outputs.in_former_words(plan, before, situation),
            confirm=(*plan.confirm, *(() if everything or self.backend.runs() else self._doubled(plan, situation))),
            outputs_written=(*plan.outputs_written, *kept),
            premises=(*plan.premises, *ground.looked_up) if plan.steps else (),
            outputs_read=stack.outputs_read,
        )

    def _doubled(self, plan: Plan, situation: Situation) -> tuple[Question, ...]:
        """What to ask of a project that has no state yet: its former one may have been lost."""
        asks = [Ask(place, kind) for place, kind in twice.where(plan.changes, situation.types)]
        seen = discovery.look_at(asks, self.registry, self.scheduler(), self.on_event)
        return twice.doubled(plan.changes, seen, situation.types, situation.lineage, situation.stack)

    def free(self, stack: str, environment: str, *, make: bool = True) -> None:
        """Find out what became of calls of dead runs, so that what they did is known as theirs. ``OrchError`` where somebody
        works on the stack or, where anything is to be made, a create stays in doubt."""
        self.backend.check_free(f"{stack}/{environment}")
        for left in doubt.unsettled(self.backend, stack, environment):
            run = replace(left.run, holder=holder.current())
            try:
                self._applier(left.plan).settle(left.plan, run, left.entries, left.steps)
            except LeaseHeldError:
                raise
            except OrchError:
                pass  # what then stays in doubt is told below
        if make:
            doubt.refuse(self.backend, stack, environment)

    def ground(
        self, stack: Stack, rows: tuple[LedgerRow, ...], everything: tuple[LedgerRow, ...], *, lookups: bool = True
    ) -> Ground:
        """What a plan of a stack that is ``free`` starts from. rows: of the stack, as far as they are in it · everything: of all
        stacks."""
        scheduler = self.scheduler()
        verify(stack, rows, self.registry, scheduler)
        stack = self._stamped(stack)
        return lay(stack, rows, everything, self.registry, scheduler, self.on_event, self.cover, lookups=lookups)

    def situation(self, ground: Ground, survey: discovery.Survey, lineage: str) -> Situation:
        """All that such a plan is made from."""
        stack = ground.stack
        return Situation(
            stack=stack,
            wants=survey.wants,
            types=self.types([*survey.wants, *ground.rows]),
            rows=survey.rows,
            snapshot=survey.snapshot,
            lineage=lineage,
            serial=self.backend.serial(stack.name, stack.environment),
            created=self.clock.utc(),
            owned=frozenset((row.uid, row.generation) for row in ground.everything),
            held=holders(ground.everything),
            sealed=self._vault.bound(EMPTY, stack.places).sealed,
            type_of=self.registry.known_type,
        )

    # --- apply ------------------------------------------------------------------------------------------------------

    def apply(self, file: PlanFile, *, confirmed: bool = False, confirm_destroy: int | None = None) -> Report:
        """Execute a plan, once. The report says what became of it; nothing is raised for steps that failed.

        ``confirmed``: a person has confirmed what ``plan.confirm`` says; ``confirm_destroy``: and that so much is deleted."""
        plan = file.plan
        if questions := tuple(unanswered(plan, confirmed, confirm_destroy)):
            raise RefusedError(*questions)
        if plan.kind == "rebuild":
            self.backend.take_lineage(plan.lineage)
        choice.unused(self.backend, plan, file.digest)
        self.check_ground(plan)
        return self._applier(plan).apply(plan, file.digest, file.data, self._run(plan, file.digest))

    def check_ground(self, plan: Plan) -> None:
        """``StaleError`` where the plan is another project's, or rests on outputs of other stacks that are others by now."""
        if plan.lineage != self.backend.lineage():
            hint = "apply it in the project where it was made, or plan again here"
            raise StaleError(Problem("this plan was made with another state than this project's", hint=hint))
        freshness.outputs_unchanged(plan, self.backend)

    def resume(self, run_id: str | None = None) -> Report:
        """Go on with a run that did not finish; the newest such run where none is named."""
        return self._go_on(choice.to_resume(self.backend, run_id))

    def _go_on(self, run: Run) -> Report:
        run, data, entries = self.backend.run(run.id)
        file = container.unpack(data, f"the plan of run {run.id}")
        try:
            return self._applier(file.plan).resume(
                file.plan, file.digest, replace(run, holder=holder.current()), entries
            )
        except (MissingSecretError, StaleError):
            if file.plan.undoes:
                restoring.go_on(file.plan, read_history(entries), self._vault.bound(file.plan.asks, file.plan.places))
            raise

    # --- undo -------------------------------------------------------------------------------------------------------

    def compensation(self, run_id: str | None = None, *, accept_loss: bool = False) -> PlanFile:
        """The plan that undoes a run. First finds out what became of steps that were under way when it stopped.
        ``FormerSecretError`` where it needs secrets that cannot be had as they were; ``accept_loss``: it then leaves out what
        needs them, and its notes say what that is."""
        begun = choice.begun_undo(self.backend, run_id) if accept_loss else None
        run = choice.to_undo(self.backend, run_id, instead_of=begun)
        if begun:
            begun, data, entries = self.backend.run(begun.id)
            half = container.unpack(data, f"the plan of run {begun.id}").plan
            self._applier(half).settle(half, replace(begun, holder=holder.current()), entries)
        run, data, entries = self.backend.run(run.id)
        plan = container.unpack(data, f"the plan of run {run.id}").plan
        self._applier(plan).settle(plan, replace(run, holder=holder.current()), entries)
        _, _, entries = self.backend.run(run.id)
        history = read_history(entries)
        rows = freshness.rows_of(plan, self.backend)
        doubt.not_undoable(plan.steps, history, rows)
        past = {ident: Past(h.touched, h.done, h.have, h.stranger) for ident, h in history.items()}
        steps = [step for step in plan.steps if step.id in past and not step.offline]
        reading = (self.registry, self.scheduler(), self.on_event, self.youth(rows.values()))
        looked = discovery.touched(steps, rows, plan.lineage, *reading)
        snapshot = secrecy.hidden(looked, secrecy.of_rows(rows.values(), plan.steps), self.cover)
        if snapshot.blindspots:
            raise OrchError(*(f"cannot read {spot.type}: {spot.reason}" for spot in snapshot.blindspots))
        where = (run.stack, run.environment)
        serial, written = self.backend.serial(*where), self.backend.outputs_written(*where)
        before = self.backend.outputs(*where) or EMPTY
        undoing = Undoing(
            run.id, plan, past, rows, self.types(plan.steps), snapshot, serial, self.clock.utc(), before, written,
            run.started, held=holders(self.backend.rows()),
        )  # fmt: skip
        undo = restoring.plan(undoing, self._vault.bound(plan.asks, plan.places), accept_loss=accept_loss, begun=begun)
        undo = with_contents(undo, (), self.registry, self.scheduler(), self.on_event, {"allow_blind": True})
        return container.pack(replace(undo, outputs_before=before, outputs_written_before=written))

    def rollback(self, run_id: str | None = None, *, accept_loss: bool = False) -> Report:
        """Undo a run: put back what it has changed, delete what it has created. Goes on with a rollback that was begun.
        accept_loss: as in ``compensation``."""
        begun = choice.begun_undo(self.backend, run_id)
        if begun and not accept_loss:
            return self._go_on(choice.to_resume(self.backend, begun.id, outdated=True))
        file = self.compensation(run_id, accept_loss=accept_loss)
        if begun:  # what is left of it is in the new one
            self._close(begun, RunStatus.DONE)
        if file.plan.empty:
            run = replace(self._run(file.plan, file.digest), id="", status=RunStatus.DONE, ended=self.clock.utc())
            self._close(self.backend.run(file.plan.undoes)[0], RunStatus.ROLLED_BACK)
            return Report(run, file.digest, outputs=file.plan.outputs_before, notes=file.plan.notes[1:])
        return replace(self.apply(file), notes=file.plan.notes[1:])

    def _close(self, run: Run, status: RunStatus) -> None:
        lease = self.backend.acquire(f"{run.stack}/{run.environment}", holder.current(), f"rollback {run.id}")
        try:
            self.backend.close_run(lease, run.id, status, self.clock.utc())
        finally:
            self.backend.release(lease)

    # --- small ------------------------------------------------------------------------------------------------------

    def _stamped(self, stack: Stack) -> Stack:
        """The stack with the present version of every secret that it wants."""

        vault = self._vault.bound(EMPTY, stack.places)
        vault.present(stack.resources, [stack.outputs])

        def stamped(resource: Resource) -> Resource:
            secret = next(secrets(resource.body), None)
            return replace(resource, body=vault.stamped(resource.body)) if secret else resource

        resources = tuple(stamped(resource) for resource in stack.resources)
        return replace(stack, resources=resources, outputs=vault.stamped(stack.outputs))

    @property
    def _vault(self) -> Vault:
        assert self.vault is not None
        return self.vault

    def cover(self, body: Map, veil: Veil, identity: str) -> Map:
        """What was found, as it may be shown and kept."""
        return self._vault.cover(body, veil, identity)

    def types(self, items: Iterable[LedgerRow | Resource | Step]) -> dict[str, ResourceType]:
        """The data of their types, by name."""
        return {item.type: self.registry.resource_type(item.type) for item in items}

    def uids(self) -> Iterator[str]:
        """Of new resources."""
        while True:
            yield base32(self.random(16))

    def _run(self, plan: Plan, digest: str) -> Run:
        stamp = "".join(c for c in self.clock.utc()[:19] if c.isdecimal())
        return Run(
            id=f"{stamp}-{base32(self.random(4))[:6]}",
            plan=digest, stack=plan.stack, environment=plan.environment, kind=plan.kind, status=RunStatus.RUNNING,
            started=self.clock.utc(), holder=holder.current(), undoes=plan.undoes,
        )  # fmt: skip

    def youth(self, rows: Iterable[LedgerRow]) -> discovery.Youth:
        """Which of these objects may not show yet."""
        return discovery.Youth(rows, self.backend, self.registry, self.clock)

    def scheduler(self) -> Scheduler:
        """For one round of requests."""
        return Scheduler(self.clock, self.parallelism, self.budgets)

    def _applier(self, plan: Plan) -> Applier:
        judge = self.judge(plan) if self.judge else None
        return Applier(
            self.backend, self.registry, self.on_event, self.clock, self.parallelism, self.keep_going, judge,
            self.stop, self.budgets, self._vault.bound(plan.asks, plan.places),
        )  # fmt: skip
