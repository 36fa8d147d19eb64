"""What ``orch --help`` says: the commands, the options that stand before them, a first round, the exit codes.

It must import nothing but the standard library's small parts, so that help costs little more than Python itself: typer and
what it brings take longer than all the rest.
"""

from __future__ import annotations

import shutil
from textwrap import wrap
from typing import NamedTuple

HELP_WORDS = ("-h", "--help")
MOST_WIDTH = 100  # columns that help fills at most
_LEAST_WIDTH = 50
_LEFT_COLUMN = 30  # a longer left side has its text on the next line


class Command(NamedTuple):
    """Where a command is (a function, or a typer app for a group), and the one line that the list shows."""

    where: str
    line: str


class RootOption(NamedTuple):
    """An option of ``orch`` itself."""

    name: str
    line: str
    words: tuple[str, ...] = ()

    @property
    def metavar(self) -> str:
        """What stands for its value; empty for a flag."""
        return f"[{'|'.join(self.words)}]" if self.words else ""


COMMANDS = {
    "validate": Command("plan:validate", "Check a blueprint, offline"),
    "render": Command("plan:render", "Show what a blueprint renders to, with lines"),
    "plan": Command("plan:plan", "Show what would change, and why"),
    "show": Command("plan:show", "Show a saved plan"),
    "apply": Command("apply:apply", "Carry out a plan"),
    "resume": Command("apply:resume", "Go on with a run that did not finish"),
    "rollback": Command("apply:rollback", "Undo a run"),
    "destroy": Command("apply:destroy", "Delete everything that a stack owns"),
    "drift": Command("plan:drift", "Show what was changed outside orch"),
    "graph": Command("graph:graph", "Draw what a blueprint wants, and what needs what"),
    "state": Command("state:ledger", "What the stacks own"),
    "runs": Command("state:runs", "What was run, and its journal"),
    "modules": Command("modules:group", "Modules from git: fetch and lock them"),
    "schema": Command("schema:schema", "What a resource type's properties are; find types"),
    "sandbox": Command("sandbox:group", "Local stand-ins of the three clouds"),
}
DEBUG = RootOption("--debug", "Show tracebacks.")
LOG_LEVEL = RootOption(
    "--log-level", "Log to standard error, from this level on.", ("debug", "info", "warning", "error")
)
LOG_FORMAT = RootOption("--log-format", "Log to standard error, in this form.", ("text", "json"))
VERSION = RootOption("--version", "Show the version.")
_HELP = RootOption(", ".join(HELP_WORDS), "Show this message and exit.")

_PURPOSE = "Plan, review and apply one environment across AWS, Azure and GCP."
_LAID_OUT = """\
  A first round, against local stand-ins of the three clouds:
    orch sandbox up
    orch plan blueprints/bootstrap -e sandbox --out change.orch
    orch apply change.orch
    orch drift blueprints/bootstrap -e sandbox
    orch destroy blueprints/bootstrap -e sandbox

  Exit codes:
    0    done, or nothing to do           3  refused by policy
    1    error                            4  the plan is stale
    2    changes (--detailed-exitcode)    5  applied in part
    130  interrupted
"""
_EVERYWHERE = (
    "--debug, --log-level and --log-format may stand behind any command; a log takes the place of the progress display."
)


def text() -> str:
    """The whole help, as wide as the terminal allows."""
    width = max(min(shutil.get_terminal_size().columns, MOST_WIDTH) - 2, _LEAST_WIDTH)
    options = [
        (f"{option.name} {option.metavar}".rstrip(), option.line)
        for option in (DEBUG, LOG_LEVEL, LOG_FORMAT, VERSION, _HELP)
    ]
    commands = [(name, command.line) for name, command in COMMANDS.items()]
    parts = [
        "Usage: orch [OPTIONS] COMMAND [ARGS]...\n",
        _paragraph(_PURPOSE, width),
        _LAID_OUT,
        "Options:\n" + _table(options, width),
        "Commands:\n" + _table(commands, width),
        _paragraph(_EVERYWHERE, width),
    ]
    return "\n".join(parts)


def _paragraph(words: str, width: int) -> str:
    return "".join(f"  {line}\n" for line in wrap(words, width - 2))


def _table(rows: list[tuple[str, str]], width: int) -> str:
    """Two columns, the right one wrapped."""
    column = min(max(len(left) for left, _ in rows), _LEFT_COLUMN) + 2
    lines = []
    for left, right in rows:
        wrapped = wrap(right, max(width - column - 2, 10))
        beside = len(left) <= column - 2
        first = f"  {left:<{column}}{wrapped[0]}" if beside else f"  {left}"
        lines += [first, *(f"  {'':<{column}}{line}" for line in wrapped[beside:])]
    return "".join(f"{line}\n" for line in lines)
