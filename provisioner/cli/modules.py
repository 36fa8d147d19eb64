"""Commands for the modules that blueprints take from git."""

from __future__ import annotations

from typing import Annotated

import typer

from provisioner.cli.lazy import CONTEXT
from provisioner.cli.options import Blueprint, Environment, Format, Formats, Parameters, ParamsFile, parse_parameters
from provisioner.cli.session import Session

group = typer.Typer(
    help="Modules from git: fetch and lock them.", rich_markup_mode=None, add_completion=False, context_settings=CONTEXT
)


@group.callback(invoke_without_command=True)
def _help_without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@group.command("lock")
def lock(
    context: typer.Context,
    blueprint: Blueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    update: Annotated[bool, typer.Option("--update", help="Take what the tags have now, whatever was locked.")] = False,
    output: Formats = Format.TEXT,
) -> None:
    """Fetch a blueprint's git modules and fix their content in orch.lock; commit that file.

    What is locked already is fetched where it lacks and must be the same. Without -e, for all environments.

    \b
    Example:
      orch modules lock blueprints/app
    """
    session: Session = context.obj
    found = session.project().lock_modules(
        blueprint, environment=environment, parameters=parse_parameters(parameters), params_file=params, update=update
    )
    if output is Format.JSON:
        from provisioner.render.json import dump

        modules = [
            {"module": name, "commit": one.commit, "digest": one.digest} for name, one in sorted(found.used.items())
        ]
        session.say(dump({"format_version": 1, "file": str(found.file), "modules": modules}))
        return
    if not found.used:
        session.say(f"{blueprint} takes no module from git: there is nothing to lock.\n")
        return
    for name, locked in sorted(found.used.items()):
        session.say(f"{name}\n  commit {locked.commit}  {locked.digest}\n")
    session.tell(f"Locked in {found.file}; commit it.")
