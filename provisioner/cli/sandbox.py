"""Commands for the sandbox: local stand-ins of the three clouds' endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from provisioner.cli.lazy import CONTEXT
from provisioner.cli.options import Format, Formats
from provisioner.cli.session import Session

if TYPE_CHECKING:
    from provisioner.sandbox import SandboxState

group = typer.Typer(
    help="Local stand-ins of the three clouds, for trying things out.",
    rich_markup_mode=None,
    add_completion=False,
    context_settings=CONTEXT,
)


@group.command("up")
def up(context: typer.Context, output: Formats = Format.TEXT) -> None:
    """Start the three clouds on this machine (loopback only, free ports).

    \b
    Example:
      orch sandbox up && orch plan blueprints/bootstrap -e sandbox
    """
    from provisioner import sandbox

    session: Session = context.obj
    _endpoints(session, sandbox.up(session.project().sandbox_directory), output)


@group.command("down")
def down(context: typer.Context) -> None:
    """Stop them. What was built in them is gone; so forget it with destroy first, or remove the state."""
    from provisioner import sandbox

    session: Session = context.obj
    sandbox.down(session.project().sandbox_directory)
    session.say("The sandbox is down.\n")


@group.command("status")
def status(context: typer.Context, output: Formats = Format.TEXT) -> None:
    """Say whether they run, and where."""
    from provisioner import sandbox

    session: Session = context.obj
    _endpoints(session, sandbox.status(session.project().sandbox_directory), output)


def _endpoints(session: Session, state: SandboxState | None, output: Format) -> None:
    """Say where the endpoints are, as text or as one JSON document."""
    clouds = state.clouds if state else {}
    if output is Format.JSON:
        from provisioner.render.json import dump

        listed = {
            name: {"url": c.url, "pid": c.pid, "log": str(c.log), "answers": c.answers} for name, c in clouds.items()
        }
        session.say(dump({"format_version": 1, "running": state is not None, "clouds": listed}))
        return
    if state is None:
        session.say("The sandbox is not running. Start it: orch sandbox up\n")
        return
    session.say("The sandbox was running already.\n" if state.already else "The sandbox is up.\n")
    for name, cloud in clouds.items():
        trouble = "" if cloud.answers else f"   does not answer; see {cloud.log}"
        session.say(f"  {name:<6} {cloud.url}{trouble}\n")
    session.say("Places with `endpoint: sandbox` use it. Stop it with: orch sandbox down\n")


@group.callback(invoke_without_command=True)
def _help_without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
