"""The use cases: the one way in, for the command line, for Python, and for whoever comes later.

    from pathlib import Path
    from provisioner.service import Project

    project = Project.open(Path("."))
    plan = project.plan(Path("blueprints/bootstrap"), environment="sandbox")
    report = project.apply(plan)

Every failure that can be expected is an ``OrchError`` (``provisioner.model.problem``). Nothing here prints or exits.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from functools import partialmethod
from pathlib import Path
from typing import Unpack

from provisioner import blueprint as blueprints
from provisioner import collector, config, sandbox
from provisioner.applier import choice
from provisioner.applier.applier import Report
from provisioner.applier.context import StepFailure
from provisioner.applier.partly import PartlyAppliedError, undone, whole
from provisioner.catalogue import Catalogue
from provisioner.engine import Engine
from provisioner.ground import How
from provisioner.holdings import Holdings
from provisioner.loader import Inputs, Loader
from provisioner.model.event import Event
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Plan
from provisioner.model.problem import OrchError
from provisioner.model.run import Entry, Run, RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import EMPTY, Map
from provisioner.planner import graph as graphs
from provisioner.planner.caution import Caution
from provisioner.planner.graph import Graph
from provisioner.policy import packs, word
from provisioner.policy.rule import Pack
from provisioner.registry import Registry
from provisioner.scheduler.budget import Budgets
from provisioner.sources import Sources
from provisioner.state import container
from provisioner.state.container import PlanFile
from provisioner.state.sqlite import SqliteBackend
from provisioner.stores import Stores
from provisioner.vault import Vault

__all__ = ["Events", "How", "Inputs", "PartlyAppliedError", "PlanFile", "Project", "Report", "StepFailure"]

Events = Callable[[Event], None]
"""Whoever wants to hear of progress; called on one thread, in order."""


class Project:
    """A folder with blueprints and state: ``orch.yaml`` marks it, else the folder itself is one.

    Use ``Project.open``. A project may be used from one thread at a time. budgets: how fast it may call the clouds, and how often
    it has.
    """

    def __init__(self, settings: config.Settings, registry: Registry | None = None) -> None:
        self.settings = settings
        self.directory: Path = settings.directory
        self.registry = registry or Registry()
        self.budgets = Budgets()

    @classmethod
    def open(cls, directory: Path | str | None = None) -> Project:
        """The project of a folder (default: the working directory), found there or above."""
        return cls(config.load_settings(Path(directory or "")))

    @property
    def catalogue(self) -> Catalogue:
        """The resource types that there are."""
        return Catalogue(self.registry)

    @property
    def holdings(self) -> Holdings:
        """What is owned, for changing what is recorded of it."""
        return Holdings(self._engine, self._loader, lambda plan: container.pack(word.judged(plan, self._packs())))

    @property
    def sandbox_directory(self) -> Path:
        """Where the sandbox keeps its state file and logs."""
        return self.directory / ".orch"

    # --- blueprints -------------------------------------------------------------------------------------------------

    def render(self, blueprint: Path | str, *, live: bool = False, **inputs: Unpack[Inputs]) -> Stack:
        """The rendered and checked stack. Calls no cloud. ``BlueprintError`` with every problem found.

        live: as a plan needs it: a sandbox's endpoints are looked up, outputs of a stack that was never applied are an error.
        """
        return self._loader.stack(blueprint, live=live, **inputs)

    validate = render

    def graph(self, blueprint: Path | str, **inputs: Unpack[Inputs]) -> tuple[Stack, Graph]:
        """The wanted resources, and what must exist before what. Calls no cloud."""
        stack = self._loader.stack(blueprint, **inputs)
        return stack, graphs.build(stack.resources)

    def rendered(self, blueprint: Path | str, **inputs: Unpack[Inputs]) -> blueprints.Rendered:
        """What the template says, before any check against the clouds' schemas."""
        return self._loader.rendered(blueprint, **inputs)

    def lock_modules(self, blueprint: Path | str, *, update: bool = False, **inputs: Unpack[Inputs]) -> Sources:
        """Fetch the git modules that a blueprint uses, in one environment or in all, and fix their content in ``orch.lock``;
        ``update``: as their tags have it now. ``used`` of the result says what was met."""
        return self._loader.lock(blueprint, update=update, **inputs)

    # --- plans ------------------------------------------------------------------------------------------------------

    @collector.off()
    def plan(
        self,
        blueprint: Path | str,
        *,
        destroy: bool = False,
        allow_blind: bool = False,
        targets: Sequence[str] = (),
        excludes: Sequence[str] = (),
        accept_drift: Sequence[str] = (),
        only_drift: bool = False,
        on_event: Events | None = None,
        **inputs: Unpack[Inputs],
    ) -> PlanFile:
        """What would change, why, what policy says, and how it would be undone. Changes nothing in any cloud or ledger.

        targets, excludes: globs of addresses (``net/*``, ``subnet-?``, ``**/vpc``); the plan is then about the targets and what
        they need, but for the excludes and what needs those, and ``plan.scope`` says what was left out · accept_drift: globs of
        those whose drift becomes the baseline, where the blueprint does not say otherwise · only_drift: see ``drift`` ·
        inputs: environment, parameters, params_file, as in ``Inputs``; to destroy, parameters are not needed.
        """
        loader = self._loader
        stack = loader.doomed(blueprint, **inputs) if destroy else loader.stack(blueprint, live=True, **inputs)
        with self._engine(on_event, given=stack.sensitive) as engine:
            plan = engine.plan(
                stack,
                destroy=destroy,
                allow_blind=allow_blind,
                targets=targets,
                excludes=excludes,
                accept_drift=accept_drift,
                only_drift=only_drift,
            )
        return replace(container.pack(word.judged(plan, self._packs())), given=stack.sensitive)

    drift = partialmethod(plan, only_drift=True)
    """The same reads: ``plan.drift`` is what changed outside orch, and all (of kind ``drift``) where a plan is forbidden."""

    def save(self, plan: PlanFile, path: Path | str) -> None:
        """Write a plan file, readable by its owner alone."""
        container.write(plan, Path(path))

    def load(self, path: Path | str) -> PlanFile:
        """Read a plan file. ``OrchError`` where it is another file, cut short, changed, or of a newer format."""
        return container.read(Path(path))

    # --- runs -------------------------------------------------------------------------------------------------------

    def apply(
        self,
        plan: PlanFile,
        *,
        parallelism: int | None = None,
        on_failure: str = "stop",
        confirmed: bool = False,
        confirm_destroy: int | None = None,
        parameters: Mapping[str, object] = EMPTY,
        on_event: Events | None = None,
        stop: threading.Event | None = None,
    ) -> Report:
        """Execute exactly this plan, once.

        parallelism: most requests at once · on_failure: ``stop``, ``continue`` (independent branches) or ``rollback`` ·
        confirmed: a person has confirmed ``plan.confirm`` · confirm_destroy: and the number of deletions, where that asks for
        it · parameters: the sensitive ones, which no plan file holds (a plan
        made by this process still knows them) · stop: set it to finish the requests under way and send no more.
        Raises ``RefusedError`` (policy), ``StaleError``, ``PartlyAppliedError`` (its ``report`` says what was done).
        """
        if plan.plan.empty:
            if plan.plan.outputs_read:
                with self._engine() as engine:
                    engine.check_ground(plan.plan)
            return Report(_no_run(plan), plan.digest, outputs=plan.plan.outputs)
        word.agree(plan.plan, self._packs())
        given = {**plan.given, **parameters}
        with self._engine(on_event, parallelism, stop, keep_going=on_failure == "continue", given=given) as engine:
            report = engine.apply(plan, confirmed=confirmed, confirm_destroy=confirm_destroy)
            if report.run.status is RunStatus.PARTIAL and on_failure == "rollback" and not engine.stop.is_set():
                try:
                    report = undone(report, engine.rollback(report.run.id))
                except OrchError as error:
                    raise PartlyAppliedError(replace(report, problems=error.problems)) from error
        return whole(report)

    def resume(
        self,
        run: str | None = None,
        *,
        parallelism: int | None = None,
        parameters: Mapping[str, object] = EMPTY,
        on_event: Events | None = None,
        stop: threading.Event | None = None,
    ) -> Report:
        """Go on with a run that did not finish (default: the newest such run). Parameters and errors as those of ``apply``."""
        with self._engine(on_event, parallelism, stop, given=parameters) as engine:
            return whole(engine.resume(run))

    def rollback_plan(
        self,
        run: str | None = None,
        *,
        accept_loss: bool = False,
        parameters: Mapping[str, object] = EMPTY,
        on_event: Events | None = None,
    ) -> PlanFile:
        """The plan that would undo a run, for review (default: the last one, but for rollbacks, and none before it). parameters:
        its sensitive ones · accept_loss: as in ``rollback``."""
        with self._engine(on_event, given=parameters) as engine:
            return container.pack(word.judged(engine.compensation(run, accept_loss=accept_loss).plan, self._packs()))

    def rollback(
        self,
        run: str | None = None,
        *,
        accept_loss: bool = False,
        parallelism: int | None = None,
        parameters: Mapping[str, object] = EMPTY,
        on_event: Events | None = None,
        stop: threading.Event | None = None,
    ) -> Report:
        """Undo a run (default as for ``rollback_plan``), unless policy refuses what that brings back. Parameters and errors as
        those of ``apply``; ``StaleError`` first of all where a secret to be put back is lacking or another now. accept_loss:
        what needs it is left as it is; the notes of ``rollback_plan`` say what."""
        with self._engine(on_event, parallelism, stop, given=parameters) as engine:
            return whole(engine.rollback(run, accept_loss=accept_loss))

    # --- state ------------------------------------------------------------------------------------------------------

    def runs(self) -> tuple[Run, ...]:
        """All runs, newest first."""
        with self._engine() if self._state.exists() else nullcontext() as engine:
            return tuple(choice.told(engine.backend, run) for run in engine.backend.runs()) if engine else ()

    def following(self, runs: Sequence[Run]) -> Mapping[str, tuple[str, ...]]:
        """What to type next, by run id, for those of these runs that have not come to their end and still can."""
        ended = (RunStatus.RUNNING, RunStatus.DONE, RunStatus.ROLLED_BACK)
        if begun := [run for run in runs if run.status not in ended]:
            with self._engine() as engine:
                return {run.id: choice.following(engine.backend, run) for run in begun}
        return {}

    def run(self, run: str) -> tuple[Run, Plan, tuple[Entry, ...]]:
        """A run by id, or by the beginning of its id, with the plan that it carries out and its journal."""
        with self._engine() as engine:
            found, data, entries = engine.backend.run(run)
            found = choice.told(engine.backend, found)
        return found, container.unpack(data, f"the plan of run {found.id}").plan, entries

    def rows(self, stack: str | None = None, environment: str | None = None) -> tuple[LedgerRow, ...]:
        """The ledger: every object that is owned."""
        if self._state.exists():
            with self._engine() as engine:
                return engine.backend.rows(stack, environment)
        return ()

    # --- small ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _engine(
        self,
        on_event: Events | None = None,
        parallelism: int | None = None,
        stop: threading.Event | None = None,
        *,
        keep_going: bool = False,
        given: Mapping[str, object] = EMPTY,
    ) -> Iterator[Engine]:
        with closing(SqliteBackend(self._state)) as backend:
            allowed, stores = self.settings.secrets, Stores(self.registry)
            vault = Vault(backend.key(), Map(given), os.environ, self.directory, allowed, stores)
            engine = Engine(
                backend,
                self.registry,
                on_event=on_event or (lambda _event: None),
                parallelism=parallelism or self.settings.parallelism,
                keep_going=keep_going,
                stop=stop or threading.Event(),
                judge=lambda plan: word.last(plan, self._packs()),
                caution=Caution(self.settings.destroy_share, self.settings.destroy_at_least),
                budgets=self.budgets, vault=vault,
            )  # fmt: skip
            try:
                yield engine
            except Exception as error:
                clean = vault.redaction.error(error)
                if clean is not error:
                    raise clean from None
                raise

    @property
    def _state(self) -> Path:
        return self.directory / self.settings.backend

    @property
    def _loader(self) -> Loader:
        return Loader(
            self.registry, self._outputs,
            lambda *of: next((run for run in self.runs() if (run.stack, run.environment) == of), None),
            lambda: sandbox.endpoints(self.sandbox_directory), lambda: sandbox.lagging(self.sandbox_directory),
            os.environ, self.settings.env_vars,
        )  # fmt: skip

    def _outputs(self, stack: str, environment: str) -> Map | None:
        """Of another stack, by its ledger; asking makes no state file."""
        if self._state.exists():
            with self._engine() as engine:
                return engine.backend.outputs(stack, environment)
        return None

    def _packs(self) -> tuple[Pack, ...]:
        return packs.load(self.settings.policy_folders())


def _no_run(file: PlanFile) -> Run:
    plan = file.plan
    return Run("", file.digest, plan.stack, plan.environment, plan.kind, RunStatus.DONE, plan.created, plan.created)
