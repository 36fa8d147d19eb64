"""Commands that change something: apply, resume, rollback, destroy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event as Stop
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from provisioner.cli.options import (
    AcceptDrift,
    AcceptLoss,
    AllowBlind,
    Blueprint,
    Confirm,
    ConfirmDestroy,
    Environment,
    Excludes,
    OnFailure,
    OnFailures,
    Parallelism,
    Parameters,
    ParamsFile,
    PlanOnly,
    RunFormat,
    RunFormats,
    RunId,
    Targets,
    Yes,
    parse_parameters,
)
from provisioner.cli.plan import make_plan, print_plan
from provisioner.cli.session import Session

if TYPE_CHECKING:
    from provisioner.model.event import Event
    from provisioner.service import PlanFile, Report


def apply(
    context: typer.Context,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="PLAN|BLUEPRINT", help="A file written by plan --out, or a blueprint's folder.", show_default=False
        ),
    ],
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    yes: Yes = False,
    confirm: Confirm = False,
    confirm_destroy: ConfirmDestroy = None,
    on_failure: OnFailures = OnFailure.STOP,
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
    execute(session, made, _confirmed(session, made, confirm, confirm_destroy), on_failure, parallelism, output, given)


def destroy(
    context: typer.Context,
    blueprint: Blueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    allow_blind: AllowBlind = False,
    yes: Yes = False,
    confirm: Confirm = False,
    on_failure: OnFailures = OnFailure.STOP,
    parallelism: Parallelism = None,
    output: RunFormats = RunFormat.TEXT,
) -> None:
    """Delete everything that a stack owns, dependents first.

    What was last applied with `on_remove: retain` stays, with all that it needs, and is owned no more.

    \b
    Example:
      orch destroy blueprints/bootstrap -e sandbox
    """
    session: Session = context.obj
    made = make_plan(session, blueprint, environment, parameters, params, destroy=True, allow_blind=allow_blind)
    ask(session, made, yes, output, f"Destroy {made.plan.stack} in {made.plan.environment}?")
    execute(session, made, _confirmed(session, made, confirm, None), on_failure, parallelism, output)


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
    _run(
        session,
        output,
        lambda given, on_event, stop: project.resume(
            run, parallelism=parallelism, parameters=given, on_event=on_event, stop=stop
        ),
        parse_parameters(parameters),
    )


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
    name that to go further back.

    \b
    Examples:
      orch rollback --plan
      orch rollback 20261124-100122 --yes
    """
    session: Session = context.obj
    project = session.project()
    given: Mapping[str, object] = parse_parameters(parameters)
    if plan_only or accept_loss or not yes:
        with session.watching() as on_event:
            made, given = session.asking(
                given,
                lambda given: project.rollback_plan(run, accept_loss=accept_loss, parameters=given, on_event=on_event),
            )
        view = print_plan(session, made, output)
        if plan_only or view.empty:
            return
        if not yes:
            session.confirm("Roll back?", "add --yes")
    _run(
        session,
        output,
        lambda given, on_event, stop: project.rollback(
            run, accept_loss=accept_loss, parallelism=parallelism, parameters=given, on_event=on_event, stop=stop
        ),
        given,
    )


def _sensitive(made: PlanFile, given: dict[str, object]) -> dict[str, object]:
    """What was given beside a plan file: its sensitive parameters may be, all others stand in it."""
    for name in given.keys() - made.plan.asks.keys():
        asked = ", ".join(made.plan.asks) or "none"
        raise typer.BadParameter(f"the plan file holds {name} already; -p gives only sensitive parameters: {asked}")
    return given


def _headline(session: Session, made: PlanFile) -> None:
    from provisioner.render.head import headline
    from provisioner.render.outline import outline

    plan = made.plan
    session.say(f"{plan.stack} in {plan.environment}, planned {plan.created}: {headline(outline(plan))}\n")


def carry_out(
    session: Session,
    made: PlanFile,
    question: str,
    output: RunFormat,
    *,
    yes: bool,
    confirm: bool = False,
    plan_only: bool = False,
    out: Path | None = None,
) -> None:
    """A plan that a command has made by itself: written to a file, only shown, or asked about and applied."""
    if out is not None:
        session.project().save(made, out)
    if out is not None or plan_only:
        print_plan(session, made, output)
        if out is not None:
            session.tell(f"Saved as {out}. Apply exactly this with: orch apply {out}")
        return
    ask(session, made, yes, output, question)
    execute(session, made, _confirmed(session, made, confirm, None), OnFailure.STOP, None, output)


def ask(session: Session, made: PlanFile, yes: bool, output: RunFormat, question: str) -> None:
    """A yes for a plan made just now and shown. One that is empty or refused needs none: the service says so."""
    if output is RunFormat.TEXT:
        print_plan(session, made, output)
    if not yes and not made.plan.empty and not made.plan.verdict.refused:
        session.confirm(question, "look at it first (orch plan … --out FILE, orch apply FILE), or add --yes")


class _Answer(NamedTuple):
    """What was confirmed beyond a yes."""

    confirmed: bool = False
    destroys: int | None = None


def _confirmed(session: Session, made: PlanFile, confirm: bool, destroys: int | None) -> _Answer:
    """The answers to what the plan asks: as given, else asked for on a terminal; without one the service refuses."""
    if made.plan.empty or made.plan.verdict.refused or not session.terminal:
        return _Answer(confirm, destroys)
    for question in made.plan.confirm:
        if question.destroys and destroys is None:
            told = f"This has to be confirmed with the number of deletions:\n  {question.text}"
            session.confirm(told, "", str(question.destroys))
            destroys = question.destroys
        elif not question.destroys and not confirm:
            session.confirm(f"This has to be confirmed:\n  {question.text}", "")
    return _Answer(True, destroys)


def execute(
    session: Session,
    made: PlanFile,
    answer: _Answer,
    on_failure: OnFailure,
    parallelism: int | None,
    output: RunFormat,
    given: Mapping[str, object] = MappingProxyType({}),
) -> None:
    project = session.project()
    _run(
        session,
        output,
        lambda given, on_event, stop: project.apply(
            made,
            parallelism=parallelism,
            on_failure=on_failure,
            confirmed=answer.confirmed,
            confirm_destroy=answer.destroys,
            parameters=given,
            on_event=on_event,
            stop=stop,
        ),
        given,
    )


def _run(
    session: Session,
    output: RunFormat,
    work: Callable[[Mapping[str, object], Callable[[Event], None], Stop], Report],
    given: Mapping[str, object],
) -> None:
    """Run something with progress, a way to stop it, and its report; the exit code is the outcome's. given: sensitive
    parameters; one that lacks is asked for."""
    from provisioner.cli import errors
    from provisioner.render.progress import JsonLines
    from provisioner.service import PartlyAppliedError

    show = JsonLines(session.out) if output is RunFormat.JSONL else None
    code = 0
    try:
        with session.watching(show) as on_event, session.stopping() as stop:
            report, _ = session.asking(given, lambda given: work(given, on_event, stop))
    except PartlyAppliedError as error:
        report = error.report
        errors.tell(session, error.more)
        for trace in filter(None, (failure.trace for failure in report.failures)) if session.debug else ():
            session.tell(trace)
        code = errors.INTERRUPTED if session.interrupted else error.exit_code
    except KeyboardInterrupt:
        session.tell("stopped at once; what was under way may have been done. Next: orch resume  or  orch rollback")
        raise typer.Exit(errors.INTERRUPTED) from None
    _print_report(session, report, output)
    raise typer.Exit(code)


def _print_report(session: Session, report: Report, output: RunFormat) -> None:
    from provisioner.render import json
    from provisioner.render import report as reports

    view = reports.result(report)
    if output is RunFormat.JSONL:
        session.say(json.line("report", view))
    else:
        session.say(reports.text(view, session.style(session.out)))
