"""The commands and the one way into them. Imports no service, renderer or SDK: ``orch --help`` must be quick."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence

import typer

from provisioner.cli.lazy import CONTEXT, LazyGroup
from provisioner.cli.options import Debug, LogFormat, LogLevel, Version, hoist
from provisioner.cli.session import Session

_HELP = """Plan, review and apply one environment across AWS, Azure and GCP.

\b
A first round, against local stand-ins of the three clouds:
  orch sandbox up
  orch plan blueprints/bootstrap -e sandbox --out change.orch
  orch apply change.orch
  orch drift blueprints/bootstrap -e sandbox
  orch destroy blueprints/bootstrap -e sandbox

\b
Exit codes:
  0    done, or nothing to do           3  refused by policy
  1    error                            4  the plan is stale
  2    changes (--detailed-exitcode)    5  applied in part
  130  interrupted
"""
_EVERYWHERE = (
    "--debug, --log-level and --log-format may stand behind any command; a log takes the place of the progress display."
)

app = typer.Typer(
    name="orch",
    cls=LazyGroup,
    help=_HELP,
    epilog=_EVERYWHERE,
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Reads ``sys.argv`` where no arguments are given."""
    from provisioner.cli.errors import guarded

    given = list(sys.argv[1:] if arguments is None else arguments)
    session = Session()
    return guarded(
        session, lambda: app(hoist(given or ["--help"]), prog_name="orch", obj=session, standalone_mode=False)
    )
