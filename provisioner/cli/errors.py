"""How failures leave the command line: a message with its place and what to do, an exit code, and never a traceback.

``--debug`` shows the traceback as well.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from provisioner.cli.session import Session

if TYPE_CHECKING:
    from provisioner.model.problem import MissingValuesError, OrchError, Problem

INTERRUPTED = 130
_PIPE_CLOSED = 141  # as a shell reports a process that SIGPIPE ended


def guarded(session: Session, command: Callable[[], object]) -> int:
    """Run a command and turn whatever happens into an exit code."""
    try:
        code = _outcome(session, command)
    except BrokenPipeError:  # nobody reads on
        code = _PIPE_CLOSED
    try:
        session.out.flush()
    except OSError:  # say nothing at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _outcome(session: Session, command: Callable[[], object]) -> int:
    from provisioner.model.fault import ProviderError
    from provisioner.model.problem import OrchError

    for stream in (session.out, session.err):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = command()
        session.out.flush()
    except OrchError as error:
        _debug(session)
        _explain(session, error)
        code = INTERRUPTED if session.interrupted else error.exit_code
    except ProviderError as error:
        _debug(session)
        _explain(session, OrchError(str(error)))
        code = 1
    except KeyboardInterrupt:
        stopped(session, "interrupted")
        code = INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:  # a file, a folder or a disk of the user's
        _debug(session)
        _explain(session, OrchError(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"))
        code = 1
    except Exception as error:  # noqa: BLE001 the last guard: a traceback must not reach a user
        _debug(session)
        _explain(session, _bug(error))
        code = 1
    return code if isinstance(code, int) else 0


def _explain(session: Session, error: OrchError) -> None:
    from provisioner.model.problem import MissingValuesError

    error.problems = tuple(replace(problem, hint=session.typed(problem.hint)) for problem in error.problems)
    if _answered(session, error):
        return
    if isinstance(error, MissingValuesError):
        _missing(session, error)
        tell(session, error.others)
    else:
        tell(session, error.problems)


def _answered(session: Session, error: OrchError) -> bool:
    """Tell it as JSON, where the command line asks for that and has no answer yet: one document, or one more line."""
    if not session.form or (session.form == "json" and session.said):
        return False
    from provisioner.render import json, validation

    view = validation.invalid(error)
    session.say(json.dump(view) if session.form == "json" else json.line("error", view))
    return True


def stopped(session: Session, message: str) -> None:
    """Tell that a person has stopped the command: that person, and the program that reads on."""
    from provisioner.model.problem import OrchError

    _answered(session, OrchError(message))
    session.tell(message)


def tell(session: Session, problems: Sequence[Problem]) -> None:
    """Each problem with its place and what to do."""
    for problem in problems:
        _problem(session, problem)
    if len(problems) > 1:
        session.tell(f"{len(problems)} problems")


def warn(session: Session, warnings: Sequence[Problem]) -> None:
    """The same of what is no error."""
    for warning in warnings:
        _problem(session, warning, "warning:")


def _missing(session: Session, error: MissingValuesError) -> None:
    from provisioner.render import validation

    count = len(error.missing)
    table = list(validation.missing(error.missing, session.style(session.err)))
    head = "a parameter has no value" if count == 1 else f"{count} parameters have no value"
    hints = [
        f"  {'hint  give them so, or' if not index else '      or'} {way}" for index, way in enumerate(error.elsewhere)
    ]
    _error(session, head, ["", *table, "", *hints])


def _problem(session: Session, problem: Problem, word: str = "error:") -> None:
    from provisioner.render.style import clean

    where = f"{problem.source or ''}" + (f" ({problem.address})" if problem.address else "")
    lines = [f"    at  {clean(where.strip())}"] if where.strip() else []
    lines += [
        f"  {'hint' if not index else '    '}  {clean(line)}" for index, line in enumerate(problem.hint.splitlines())
    ]
    first, *more = problem.message.splitlines() or [""]
    _error(session, clean(first), [*(f"        {clean(line)}" for line in more), *lines], word)


def _error(session: Session, message: str, lines: list[str] | None = None, word: str = "error:") -> None:
    style = session.style(session.err)
    session.tell("\n".join([f"{style.paint(word, 'bad')} {message}", *(lines or [])]))


def _bug(error: Exception) -> OrchError:
    from provisioner.model import bug
    from provisioner.model.problem import OrchError

    return OrchError(bug.told(error), hint=f"{bug.HINT}; run state is safe, `orch runs list` shows it")


def _debug(session: Session) -> None:
    if session.debug:
        import traceback

        session.tell(traceback.format_exc().rstrip())
