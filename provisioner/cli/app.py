"""The one way into the command line. Help is told here, without typer: nothing else may be imported before it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from provisioner.cli import overview
from provisioner.cli.errors import INTERRUPTED, guarded
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


def run() -> NoReturn:
    """``main`` as a process of its own. One that was interrupted does not wait for requests that hang."""
    code = main()
    if code == INTERRUPTED:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
