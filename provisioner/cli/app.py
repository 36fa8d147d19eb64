"""The one way into the command line. Help is told here, without typer: nothing else may be imported before it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from provisioner.cli import overview
from provisioner.cli.errors import guarded
from provisioner.cli.session import Session


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Reads ``sys.argv`` where no arguments are given."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    session = Session()
    if not given or (len(given) == 1 and given[0] in overview.HELP_WORDS):
        return guarded(session, lambda: session.say(overview.text()))

    def command() -> object:
        from provisioner.cli import root

        return root.run(given, session)

    return guarded(session, command)
