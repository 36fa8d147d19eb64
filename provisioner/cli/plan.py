"""Commands that change nothing: validate, render, plan, show, drift."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from provisioner.cli.options import (
    AcceptDrift,
    AllDrift,
    AllowBlind,
    Blueprint,
    DetailedExitCode,
    Environment,
    Excludes,
    Format,
    Formats,
    Out,
    Parameters,
    ParamsFile,
    RenderFormat,
    RenderFormats,
    Requests,
    RunFormat,
    Targets,
    parse_parameters,
)
from provisioner.cli.session import Session

if TYPE_CHECKING:
    from provisioner.render.outline import Outline
    from provisioner.render.stats import Stats
    from provisioner.service import How, Inputs, PlanFile


def validate(
    context: typer.Context,
    blueprint: Blueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    output: Formats = Format.TEXT,
) -> None:
    """Check a blueprint: parameters, template, types, properties, references. Calls no cloud.

    \b
    Examples:
      orch validate blueprints/bootstrap -e sandbox
      orch validate blueprints/bootstrap -e prod --format json | jq .problems
    """
    from provisioner.cli.errors import warn
    from provisioner.render import json, validation

    session: Session = context.obj
    values = parse_parameters(parameters)
    stack = session.project().validate(blueprint, environment=environment, parameters=values, params_file=params)
    view = validation.valid(stack)
    if output is Format.TEXT:
        warn(session, stack.warnings)
    session.say(json.dump(view) if output is Format.JSON else validation.text(view))


def render(
    context: typer.Context,
    blueprint: Blueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    output: RenderFormats = RenderFormat.TEXT,
    lines: Annotated[bool, typer.Option("--lines", help="With the template's line of every value.")] = False,
) -> None:
    """Show what a blueprint renders to: every resource with its line. Calls no cloud.

    \b
    Examples:
      orch render blueprints/bootstrap -e sandbox -p service_port=8443
      orch render blueprints/bootstrap -e sandbox --lines
      orch render blueprints/bootstrap -e sandbox --format yaml
    """
    from provisioner.render import json, stack

    session: Session = context.obj
    given: Inputs = {
        "environment": environment,
        "parameters": parse_parameters(parameters),
        "params_file": params,
    }
    if output is RenderFormat.YAML:
        found = session.project().rendered(blueprint, **given)
        entries = {entry.address: entry.value for entry in found.entries}
        session.say(stack.form(found.stack, entries, found.outputs))
        return
    view = stack.view(session.project().render(blueprint, **given), lines=lines)
    session.say(json.dump(view) if output is RenderFormat.JSON else stack.text(view, session.style(session.out)))


def plan(
    context: typer.Context,
    blueprint: Blueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    out: Out = None,
    output: Formats = Format.TEXT,
    destroy: Annotated[bool, typer.Option("--destroy", help="Plan to delete everything the stack owns.")] = False,
    targets: Targets = None,
    excludes: Excludes = None,
    accept_drift: AcceptDrift = None,
    all_drift: AllDrift = False,
    allow_blind: AllowBlind = False,
    stats: Requests = False,
    detailed_exitcode: DetailedExitCode = False,
) -> None:
    """Show what would change, why, what policy says, and how it would be undone. Changes nothing.

    \b
    Examples:
      orch plan blueprints/bootstrap -e sandbox
      orch plan blueprints/bootstrap -e prod --params prod.yaml --out change.orch
      orch plan blueprints/bootstrap -e prod --target 'aws-*' --exclude aws-vm
      orch plan blueprints/bootstrap -e prod --format json | jq .counts
    """
    from provisioner.model.problem import OrchError
    from provisioner.render import stats as costs

    session: Session = context.obj
    began = time.monotonic()
    made = make_plan(
        session, blueprint, environment, parameters, params,
        destroy=destroy, allow_blind=allow_blind, targets=targets or (), excludes=excludes or (),
        accept_drift=accept_drift or (),
    )  # fmt: skip
    if out is not None:
        session.project().save(made, out)
    cost = costs.stats(session.project().budgets.counts(), time.monotonic() - began) if stats else None
    view = print_plan(session, made, output, all_drift=all_drift, cost=cost)
    if cost and output is Format.TEXT:
        session.tell(costs.text(cost))
    if out is not None:
        session.tell(f"Saved as {out}. Apply exactly this with: orch apply {out}")
    if detailed_exitcode and view.empty and view.unplanned and not view.drift:
        raise OrchError("what could not be read was not planned: orch cannot say that there is nothing to do")
    if detailed_exitcode:
        raise typer.Exit(3 if view.refused else 0 if view.empty and not view.drift else 2)


def show(
    context: typer.Context,
    plan_file: Annotated[
        Path, typer.Argument(metavar="PLAN", help="A file written by plan --out.", show_default=False)
    ],
    output: Formats = Format.TEXT,
    all_drift: AllDrift = False,
) -> None:
    """Show a saved plan. Needs no cloud, no blueprint and no credentials.

    \b
    Example:
      orch show change.orch | less -R
    """
    session: Session = context.obj
    print_plan(session, session.project().load(plan_file), output, all_drift=all_drift)


def drift(
    context: typer.Context,
    blueprint: Blueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    output: Formats = Format.TEXT,
    detailed_exitcode: DetailedExitCode = False,
) -> None:
    """Show what was changed outside orch since the last apply. Changes nothing. Exits with 1 where something could not be
    read, since that might have changed too.

    \b
    Example:
      orch drift blueprints/bootstrap -e prod --detailed-exitcode
    """
    from provisioner.model.problem import OrchError
    from provisioner.render import json, text
    from provisioner.render.outline import outline

    session: Session = context.obj
    made = make_plan(session, blueprint, environment, parameters, params, allow_blind=True, only_drift=True)
    view = outline(made.plan, made.digest)
    session.say(json.drift(view) if output is Format.JSON else text.drift(view, session.style(session.out)))
    session.out.flush()
    if made.plan.kind == "drift":
        session.tell("Nothing can be planned as things are: orch plan says why.")
    if view.blindspots:
        raise OrchError("what could not be read may have changed: orch cannot say that there is no drift")
    if detailed_exitcode:
        raise typer.Exit(2 if view.drift else 0)


def make_plan(
    session: Session,
    blueprint: Path,
    environment: str | None,
    parameters: list[str] | None,
    params: Path | None,
    **how: Unpack[How],
) -> PlanFile:
    """A plan made now, with progress."""
    values = parse_parameters(parameters)
    with session.watching() as on_event:
        return session.project().plan(
            blueprint,
            environment=environment,
            parameters=values,
            params_file=params,
            on_event=on_event,
            **how,
        )


def print_plan(
    session: Session, made: PlanFile, output: Format | RunFormat, *, all_drift: bool = False, cost: Stats | None = None
) -> Outline:
    """Print a plan, as one line where each line is a JSON document of its own, or with its cost; its view."""
    from provisioner import collector
    from provisioner.render import json, text
    from provisioner.render.outline import outline

    with collector.off():
        view = outline(made.plan, made.digest)
        if output is RunFormat.JSONL:
            session.say(json.line("plan", view))
        elif output.value == "json":
            session.say(json.plan(view, cost))
        else:
            session.say(text.plan(view, session.style(session.out), all_drift=all_drift))
    session.out.flush()
    return view
