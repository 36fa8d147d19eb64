"""Commands that change something: apply, resume, rollback, destroy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from provisioner.cli.execution import ask, confirmed, execute, roll_back, run_shown
from provisioner.cli.options import (
    AcceptDrift,
    AcceptLoss,
    AllowBlind,
    Blueprint,
    Confirm,
    ConfirmDestroy,
    Environment,
    Excludes,
    OnFailures,
    Parallelism,
    Parameters,
    ParamsFile,
    PlanOnly,
    PlanOrBlueprint,
    RunFormat,
    RunFormats,
    RunId,
    Targets,
    Yes,
    parse_parameters,
)
from provisioner.cli.plan import make_plan
from provisioner.cli.session import Session

if TYPE_CHECKING:
    from provisioner.service import PlanFile


def apply(
    context: typer.Context,
    target: PlanOrBlueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    yes: Yes = False,
    confirm: Confirm = False,
    confirm_destroy: ConfirmDestroy = None,
    on_failure: OnFailures = None,
    parallelism: Parallelism = None,
    targets: Targets = None,
    excludes: Excludes = None,
    accept_drift: AcceptDrift = None,
    allow_blind: AllowBlind = False,
    output: RunFormats = RunFormat.TEXT,
) -> None:
    """Carry out a plan: exactly the one in a file, or one made now from a blueprint and confirmed.

    \b
    Examples:
      orch apply change.orch
      orch apply blueprints/bootstrap -e sandbox
      orch apply change.orch --on-failure rollback --format jsonl > run.jsonl
    """
    session: Session = context.obj
    given: Mapping[str, object] = {}
    if target.is_dir():
        made = make_plan(
            session, target, environment, parameters, params,
            allow_blind=allow_blind, targets=targets or (), excludes=excludes or (),
            accept_drift=accept_drift or (),
        )  # fmt: skip
        ask(session, made, yes, output, f"Apply this to {made.plan.environment}?")
    else:
        if environment or params or allow_blind or targets or excludes or accept_drift:
            words = "a plan file already holds its environment, parameters and scope; leave -e, --params, --target out"
            raise typer.BadParameter(words)
        made = session.project().load(target)
        given = _sensitive(made, parse_parameters(parameters))
        if output is RunFormat.TEXT:
            _headline(session, made)
    execute(session, made, confirmed(session, made, confirm, confirm_destroy), on_failure, parallelism, output, given)


def destroy(
    context: typer.Context,
    blueprint: Blueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    allow_blind: AllowBlind = False,
    yes: Yes = False,
    confirm: Confirm = False,
    on_failure: OnFailures = None,
    parallelism: Parallelism = None,
    output: RunFormats = RunFormat.TEXT,
) -> None:
    """Delete everything that a stack owns, dependents first. The yes to that is all it asks, where a plan file of as much
    (orch plan --destroy --out) needs --confirm-destroy too.

    What was last applied with `on_remove: retain` stays, with all that it needs, and is owned no more.

    \b
    Example:
      orch destroy blueprints/bootstrap -e sandbox
    """
    session: Session = context.obj
    made = make_plan(session, blueprint, environment, parameters, params, destroy=True, allow_blind=allow_blind)
    ask(session, made, yes, output, f"Destroy {made.plan.stack} in {made.plan.environment}?")
    going = made.plan.destroys or None  # that all of it goes is what was just said yes to
    execute(session, made, confirmed(session, made, confirm, going), on_failure, parallelism, output)


def resume(
    context: typer.Context,
    run: RunId = None,
    parameters: Parameters = None,
    parallelism: Parallelism = None,
    output: RunFormats = RunFormat.TEXT,
) -> None:
    """Go on with a run that was interrupted or failed: the same plan, from where it stopped.

    \b
    Example:
      orch resume
    """
    session: Session = context.obj
    project = session.project()
    _, code = run_shown(
        session,
        output,
        lambda given, on_event, stop: project.resume(
            run, parallelism=parallelism, parameters=given, on_event=on_event, stop=stop
        ),
        parse_parameters(parameters),
    )
    raise typer.Exit(code)


def rollback(
    context: typer.Context,
    run: RunId = None,
    parameters: Parameters = None,
    plan_only: PlanOnly = False,
    accept_loss: AcceptLoss = False,
    yes: Yes = False,
    parallelism: Parallelism = None,
    output: RunFormats = RunFormat.TEXT,
) -> None:
    """Undo a run: put back what it changed, delete what it created. Without RUN it is the last one, and no run before it:
    name that to go further back. The rollback of a rollback does again what was undone. Whoever applied a run has agreed to
    its undoing, so it needs no --confirm-destroy.

    In a script, name the run or use `orch apply --on-failure rollback`: where an apply fails before its run begins, the last
    run is the one before.

    \b
    Examples:
      orch rollback --plan
      orch rollback 20261124-100122 --yes
    """
    session: Session = context.obj
    given = parse_parameters(parameters)
    code = roll_back(
        session, run, given, output, plan_only=plan_only, accept_loss=accept_loss, yes=yes, parallelism=parallelism
    )
    raise typer.Exit(code)


def _sensitive(made: PlanFile, given: dict[str, object]) -> dict[str, object]:
    """What was given beside a plan file: its sensitive parameters may be, all others stand in it."""
    for name in given.keys() - made.plan.asks.keys():
        asked = ", ".join(made.plan.asks) or "it asks for none"
        why = (
            f"the plan file holds {name} already"
            if name in made.plan.parameters
            else f"the plan has no parameter {name}"
        )
        raise typer.BadParameter(f"{why}; -p gives only sensitive parameters here: {asked}")
    return given


def _headline(session: Session, made: PlanFile) -> None:
    from provisioner.render.head import headline
    from provisioner.render.outline import outline

    plan = made.plan
    session.say(f"{plan.stack} in {plan.environment}, planned {plan.created}: {headline(outline(plan))}\n")
