"""The commands as typer knows them, with the options that stand before any of them. Imports no service, renderer or SDK."""

from __future__ import annotations

import warnings

import typer

from provisioner.cli.errors import INTERRUPTED
from provisioner.cli.lazy import CONTEXT, LazyGroup, UsageError
from provisioner.cli.options import Debug, LogFormat, LogLevel, Version, asked_form, hoist
from provisioner.cli.session import Session
from provisioner.model.problem import OrchError

app = typer.Typer(
    name="orch",
    cls=LazyGroup,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
)


@app.callback()
def _root(
    context: typer.Context,
    debug: Debug = False,
    log_level: LogLevel = None,
    log_format: LogFormat = None,
    _version: Version = False,
) -> None:
    session: Session = context.obj
    session.debug = debug
    if not debug:  # an SDK's remark on an optional proxy package is no business of the user's
        warnings.filterwarnings("ignore", module=r"urllib3\.contrib\.socks")
    session.log(log_level, log_format)


def run(arguments: list[str], session: Session) -> object:
    """Parse the arguments and run the command that they name. ``OrchError`` where they make no sense."""
    session.form = asked_form(arguments)
    try:
        code = app(hoist(arguments), prog_name="orch", obj=session, standalone_mode=False)
    except UsageError as error:
        command = error.ctx.command_path if error.ctx else "orch"
        message = error.format_message().replace("Value error, ", "")  # typer's own doing
        raise OrchError(message, hint=f"{command} --help") from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    if code == INTERRUPTED and not session.interrupted:  # typer takes Ctrl-C for an exit code of its own
        raise KeyboardInterrupt
    return code
