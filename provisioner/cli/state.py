"""Commands of the state: what is owned, what was run, and what is recorded of it in another way."""

from __future__ import annotations

from typing import Annotated

import typer

from provisioner.cli.adopt import rebuild
from provisioner.cli.lazy import CONTEXT
from provisioner.cli.options import Format, Formats, Out, PlanOnly, RunFormat, RunFormats, Yes
from provisioner.cli.session import Session

ledger = typer.Typer(
    help="What the stacks own: the ledger.", rich_markup_mode=None, add_completion=False, context_settings=CONTEXT
)
runs = typer.Typer(
    help="What was run, and its journal.", rich_markup_mode=None, add_completion=False, context_settings=CONTEXT
)

_Stack = Annotated[str | None, typer.Option("--stack", metavar="NAME", help="Only this stack.", show_default=False)]
_Environment = Annotated[
    str | None, typer.Option("--environment", "-e", metavar="NAME", help="Only this environment.", show_default=False)
]

_Address = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="The resource's name in its stack.", show_default=False)
]


@ledger.command("list")
def list_rows(
    context: typer.Context, stack: _Stack = None, environment: _Environment = None, output: Formats = Format.TEXT
) -> None:
    """List the objects that are owned.

    \b
    Example:
      orch state list --stack bootstrap -e sandbox
    """
    from provisioner.render import json, records

    session: Session = context.obj
    view = records.rows(session.project().rows(stack, environment))
    session.say(json.dump(view) if output is Format.JSON else records.rows_text(view, session.style(session.out)))


@ledger.command("show")
def show_row(
    context: typer.Context,
    address: _Address,
    stack: _Stack = None,
    environment: _Environment = None,
    output: Formats = Format.TEXT,
) -> None:
    """Show what the ledger holds of one resource.

    \b
    Example:
      orch state show vpc --stack bootstrap
    """
    from provisioner.model.problem import OrchError
    from provisioner.render import json, records

    session: Session = context.obj
    project = session.project()
    found = [row for row in project.rows(stack, environment) if row.address == address]
    if not found:
        raise OrchError(f"no object called {address} is owned", hint="orch state list shows all")
    view = records.details(found, {row.type: project.registry.resource_type(row.type).sensitive for row in found})
    session.say(json.dump(view) if output is Format.JSON else records.details_text(view, session.style(session.out)))


@ledger.command("move")
def move(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="What it is called now.", show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it is to be called.", show_default=False)],
    stack: _Stack = None,
    environment: _Environment = None,
    to_stack: Annotated[
        str | None,
        typer.Option("--to-stack", metavar="NAME", help="Into this stack of its environment.", show_default="its own"),
    ] = None,
    plan_only: PlanOnly = False,
    out: Out = None,
    yes: Yes = False,
    output: RunFormats = RunFormat.TEXT,
) -> None:
    """Record a resource under another address, or in another stack. Its object is left alone, and no cloud is asked.

    \b
    Examples:
      orch state move vpc network --stack bootstrap -e prod
      orch state move logs logs --stack bootstrap --to-stack audit -e prod
    """
    from provisioner.cli.execution import carry_out

    session: Session = context.obj
    made = session.project().holdings.move(old, new, stack=stack, environment=environment, to_stack=to_stack)
    carry_out(session, made, "Move it?", output, yes=yes, plan_only=plan_only, out=out)


@ledger.command("forget")
def forget(
    context: typer.Context,
    address: _Address,
    stack: _Stack = None,
    environment: _Environment = None,
    identity: Annotated[
        str | None,
        typer.Option(
            "--identity", metavar="ID", help="The object to let go, where the address has several.", show_default=False
        ),
    ] = None,
    plan_only: PlanOnly = False,
    out: Out = None,
    yes: Yes = False,
    output: RunFormats = RunFormat.TEXT,
) -> None:
    """Let a resource go: its object stays as it is, but for our mark on it, and is no longer owned. What a killed run may have
    made, and nobody can look for, is let go the same way.

    \b
    Examples:
      orch state forget logs --stack bootstrap -e prod
      orch state forget vpc --stack bootstrap -e prod --identity vpc-0a1b2c3d
    """
    from provisioner.cli.execution import carry_out

    session: Session = context.obj
    with session.watching() as on_event:
        made = session.project().holdings.forget(
            address, stack=stack, environment=environment, identity=identity, on_event=on_event
        )
    carry_out(session, made, "Forget it?", output, yes=yes, plan_only=plan_only, out=out)


ledger.command("rebuild")(rebuild)


@ledger.command("unlock")
def unlock(
    context: typer.Context,
    holder: Annotated[
        str | None,
        typer.Argument(metavar="HOLDER", help="Who is to lose its locks, as shown.", show_default="only show them"),
    ] = None,
    output: Formats = Format.TEXT,
) -> None:
    """Show who works on which stack, since when and doing what; with a HOLDER, take its locks away.

    \b
    Examples:
      orch state unlock
      orch state unlock build-7:4711:88121
    """
    from provisioner.render import json, records

    session: Session = context.obj
    holdings = session.project().holdings
    taken = holdings.unlock(holder) if holder else ()
    view = records.locks(taken or holdings.locks(), taken=bool(taken))
    session.say(json.dump(view) if output is Format.JSON else records.locks_text(view, session.style(session.out)))


@runs.command("list")
def list_runs(context: typer.Context, output: Formats = Format.TEXT) -> None:
    """List all runs, newest first.

    \b
    Example:
      orch runs list
    """
    from provisioner.render import json, records

    session: Session = context.obj
    project = session.project()
    found = project.runs()
    view = records.runs(found, project.following(found))
    session.say(json.dump(view) if output is Format.JSON else records.runs_text(view, session.style(session.out)))


@runs.command("show")
def show_run(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or how it begins.", show_default=False)],
    output: Formats = Format.TEXT,
) -> None:
    """Show a run: its steps with times, retries and the clouds' request ids, then its journal, entry by entry.

    \b
    Example:
      orch runs show 20261124
    """
    from provisioner.render import journal, json

    session: Session = context.obj
    project = session.project()
    found, plan, entries = project.run(run)
    view = journal.view(found, plan, entries, project.following([found]).get(found.id, ()))
    session.say(json.dump(view) if output is Format.JSON else journal.text(view, session.style(session.out)))


@ledger.callback(invoke_without_command=True)
@runs.callback(invoke_without_command=True)
def _help_without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
