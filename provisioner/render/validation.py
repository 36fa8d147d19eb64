"""What ``orch validate`` has to say, for people and for programs: problems, and the parameters that have no value.

Must not validate anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provisioner.model.counting import many
from provisioner.model.problem import Missing, MissingValuesError, OrchError, Problem
from provisioner.model.stack import Stack
from provisioner.render.style import PLAIN, Style, clean

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One thing that is wrong. via: who called the macro at ``file`` and ``line``, or which module it is in, in words."""

    message: str
    file: str
    line: int
    via: str
    address: str
    hint: str


@dataclass(frozen=True, slots=True)
class MissingView:
    """A parameter without a value. give: ways to give it one."""

    name: str
    type: str
    description: str
    sensitive: bool
    file: str
    line: int
    give: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValidationView:
    """The outcome. stack, environment, resources and clouds are those of a valid one; elsewhere: where values for all that is
    missing can be given; warnings: what should be known of a valid one."""

    valid: bool
    stack: str = ""
    environment: str = ""
    resources: int = 0
    clouds: tuple[str, ...] = ()
    problems: tuple[ProblemView, ...] = ()
    missing: tuple[MissingView, ...] = ()
    elsewhere: tuple[str, ...] = ()
    warnings: tuple[ProblemView, ...] = ()
    format_version: int = FORMAT_VERSION


def valid(stack: Stack) -> ValidationView:
    """The view of a stack that has passed."""
    clouds = tuple(sorted({resource.place.cloud for resource in stack.resources}))
    warnings = tuple(problem(warning) for warning in stack.warnings)
    return ValidationView(True, stack.name, stack.environment, len(stack.resources), clouds, warnings=warnings)


def invalid(error: OrchError) -> ValidationView:
    """The view of what is wrong."""
    if not isinstance(error, MissingValuesError):
        return ValidationView(False, problems=tuple(map(problem, error.problems)))
    return ValidationView(
        False,
        problems=tuple(map(problem, error.others)),
        missing=tuple(_missing(item) for item in error.missing),
        elsewhere=error.elsewhere,
    )


def problem(found: Problem) -> ProblemView:
    """The view of one."""
    source = found.source
    file, line = (source.file, source.line) if source else ("", 0)
    via = str(source).partition(", ")[2] if source else ""
    return ProblemView(found.message, file, line, via, found.address, found.hint)


def _missing(item: Missing) -> MissingView:
    file, line = (item.source.file, item.source.line) if item.source else ("", 0)
    return MissingView(item.name, item.type, item.description, item.sensitive, file, line, item.give)


def text(view: ValidationView) -> str:
    """One line for a terminal."""
    clouds = ", ".join(view.clouds) or "no cloud"
    return (
        f"{view.stack} is valid in {view.environment}: {many(view.resources, 'resource', 'resources')} on {clouds}.\n"
    )


def missing(items: Sequence[Missing], style: Style = PLAIN) -> Iterator[str]:
    """Lines of a table: name, type, how to give it, where it is declared; the description beneath."""
    names = max(len(item.name) for item in items)
    types = max(len(item.type) for item in items)
    ways = max(len(item.give[0]) for item in items)
    for item in items:
        declared = style.paint(clean(str(item.source or "")), "dim")
        name = style.paint(f"{item.name:<{names}}", "title")
        yield f"  {name}  {item.type:<{types}}  {item.give[0]:<{ways}}  {declared}".rstrip()
        about = f"{item.description} (sensitive)" if item.sensitive else item.description
        if about.strip():
            yield from style.wrap(clean(about.strip()), names + 4)
