"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from provisioner.cli import overview
from provisioner.cli.overview import RootOption
from provisioner.cli.session import Session

_GLOBAL_FLAGS = (overview.DEBUG.name,)
_GLOBAL_VALUES = (overview.LOG_LEVEL.name, overview.LOG_FORMAT.name)


class Format(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


class RenderFormat(StrEnum):
    """How a rendered blueprint is printed."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


class GraphFormat(StrEnum):
    """How a graph is drawn."""

    TEXT = "text"
    DOT = "dot"
    MERMAID = "mermaid"
    SVG = "svg"
    JSON = "json"


class RunFormat(StrEnum):
    """How a run is shown."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


class OnFailure(StrEnum):
    """What becomes of a run once a step has failed."""

    STOP = "stop"
    ROLLBACK = "rollback"
    CONTINUE = "continue"


class Level(StrEnum):
    """From which level on log lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"orch {version('orch')}")
        raise typer.Exit


def _root(option: RootOption, **more: Any) -> Any:
    """An option of ``orch`` itself, as the overview describes it."""
    return typer.Option(option.name, metavar=option.metavar or None, help=option.line, **more)


def _choice(*words: str) -> str:
    return f"[{'|'.join(words)}]"


def _blueprint(context: typer.Context, given: Path) -> Path:
    """Remembered for the commands that are advised."""
    session: Session = context.obj
    session.blueprint = str(given) if given.is_dir() else ""
    return given


def _environment(context: typer.Context, given: str | None) -> str | None:
    session: Session = context.obj
    session.environment = given or ""
    return given


Blueprint = Annotated[
    Path,
    typer.Argument(metavar="BLUEPRINT", help="The folder of a blueprint.", show_default=False, callback=_blueprint),
]
PlanOrBlueprint = Annotated[
    Path,
    typer.Argument(
        metavar="PLAN|BLUEPRINT",
        help="A file written by plan --out, or a blueprint's folder.",
        show_default=False,
        callback=_blueprint,
    ),
]
Environment = Annotated[
    str | None,
    typer.Option(
        "--environment",
        "-e",
        metavar="NAME",
        help="Which of the blueprint's environments.",
        show_default=False,
        callback=_environment,
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter", "-p", metavar="NAME=VALUE", help="A parameter's value; may be repeated.", show_default=False
    ),
]
ParamsFile = Annotated[
    Path | None,
    typer.Option("--params", metavar="FILE", help="A YAML file with parameter values.", show_default=False),
]
AllowBlind = Annotated[bool, typer.Option("--allow-blind", help="Plan even where something could not be read.")]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="GLOB",
        help="Plan only these addresses and what they need; may be repeated. A module's name means all in it.",
        show_default=False,
    ),
]
Excludes = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="GLOB",
        help="Leave these addresses out, and what needs them; may be repeated.",
        show_default=False,
    ),
]
AcceptDrift = Annotated[
    list[str] | None,
    typer.Option(
        "--accept-drift",
        metavar="GLOB",
        help="Take what was changed outside orch on these addresses as the new baseline; may be repeated.",
        show_default=False,
    ),
]
AllDrift = Annotated[bool, typer.Option("--all-drift", help="Show drift that the plan has nothing to do with, too.")]
Requests = Annotated[bool, typer.Option("--stats", help="Tell how many requests it has cost, and for what.")]
Formats = Annotated[Format, typer.Option("--format", metavar=_choice(*Format), help="How the result is printed.")]
RenderFormats = Annotated[
    RenderFormat,
    typer.Option("--format", metavar=_choice(*RenderFormat), help="Text, JSON, or the blueprint without its template."),
]
GraphFormats = Annotated[
    GraphFormat,
    typer.Option(
        "--format",
        metavar=_choice(*GraphFormat),
        help="Text, Graphviz, a Mermaid flowchart, an SVG drawing, or JSON: nodes and edges.",
    ),
]
RunFormats = Annotated[
    RunFormat,
    typer.Option(
        "--format", metavar=_choice(*RunFormat), help="Text, the report as JSON, or every event as a line of JSON."
    ),
]
DetailedExitCode = Annotated[
    bool, typer.Option("--detailed-exitcode", help="Exit with 2 where something differs, with 3 where policy refuses.")
]
Addresses = Annotated[
    list[str] | None,
    typer.Option(
        "--address", metavar="GLOB", help="Accept what was found for these; may be repeated.", show_default=False
    ),
]
AcceptLoss = Annotated[
    bool,
    typer.Option(
        "--accept-loss", help="Leave out what needs a secret that nobody has any more; the plan says what that is."
    ),
]
PlanOnly = Annotated[bool, typer.Option("--plan", help="Only show what it would do.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Write the plan, to apply exactly it.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Confirm what the plan wants confirmed, beyond --yes.")]
ConfirmDestroy = Annotated[
    int | None,
    typer.Option(
        "--confirm-destroy",
        metavar="N",
        min=1,
        help="Confirm that the plan deletes N objects, as it asks where they are many. Any other number is refused.",
        show_default=False,
    ),
]
Parallelism = Annotated[
    int | None,
    typer.Option(
        "--parallelism",
        metavar="N",
        min=1,
        max=1024,
        help="Most requests at once.",
        show_default="as orch.yaml says, else 32",
    ),
]
OnFailures = Annotated[
    OnFailure | None,
    typer.Option(
        "--on-failure",
        metavar=_choice(*OnFailure),
        help="What to do once a step has failed.",
        show_default="stop, and ask on a terminal whether to roll back",
    ),
]
RunId = Annotated[
    str | None, typer.Argument(metavar="RUN", help="The run's id, or how it begins.", show_default="the newest")
]
Debug = Annotated[bool, _root(overview.DEBUG)]
LogLevel = Annotated[Level | None, _root(overview.LOG_LEVEL)]
LogFormat = Annotated[Format | None, _root(overview.LOG_FORMAT)]
Version = Annotated[bool, _root(overview.VERSION, callback=_show_version, is_eager=True, show_default=False)]


def hoist(arguments: list[str]) -> list[str]:
    """The arguments with the options of ``orch`` itself in front, wherever they stood."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for word in waiting:
        if word == "--":
            rest += [word, *waiting]
        elif word in _GLOBAL_FLAGS or word.startswith(tuple(f"{name}=" for name in _GLOBAL_VALUES)):
            front.append(word)
        elif word in _GLOBAL_VALUES:
            front += [word, *([value] if (value := next(waiting, None)) is not None else [])]
        else:
            rest.append(word)
    return front + rest


def asked_form(arguments: list[str]) -> str:
    """``json`` or ``jsonl``, where the arguments ask for it: known before they are read, so that what is wrong with them is
    told so too."""
    words = arguments[: arguments.index("--")] if "--" in arguments else arguments
    given = [after for word, after in pairwise(words) if word == "--format"]
    given += [word.removeprefix("--format=") for word in words if word.startswith("--format=")]
    return given[-1] if given and given[-1] in ("json", "jsonl") else ""


def parse_parameters(pairs: list[str] | None) -> dict[str, object]:
    """``NAME=VALUE`` pairs by name; a bad or a repeated one is a usage error."""
    found: dict[str, object] = {}
    for pair in pairs or []:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise typer.BadParameter(f"{pair!r} is not NAME=VALUE", param_hint="-p")
        if name in found:
            raise typer.BadParameter(f"{name} is given twice", param_hint="-p")
        found[name] = value
    return found
