"""Errors for people: what happened, where, why, and what to type next. Every expected failure is an ``OrchError``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from provisioner.model.source import Source


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. hint: what to do or type next."""

    message: str
    source: Source | None = None
    address: str = ""
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.source}: " if self.source else ""
        return f"{where}{self.message}" + (f"\n  {self.hint}" if self.hint else "")


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """By file and line, each once; what belongs to no line comes first."""

    def place(problem: Problem) -> tuple[str, int]:
        return (problem.source.file, problem.source.line) if problem.source else ("", 0)

    return sorted(dict.fromkeys(problems), key=place)


class OrchError(Exception):
    """One or more problems, reported together. ``exit_code`` as the command line documents it."""

    exit_code = 1

    def __init__(self, *problems: Problem | str, hint: str = "") -> None:
        self.problems = tuple(
            problem if isinstance(problem, Problem) else Problem(problem, hint=hint) for problem in problems
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


class BlueprintError(OrchError):
    """The blueprint, its parameters or its environment are wrong; no cloud was called."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A parameter that has no value. type: in JSON Schema's words · source: where it is declared · give: ways to give it a
    value, as one would type them, the nearest first."""

    name: str
    type: str
    description: str = ""
    sensitive: bool = False
    source: Source | None = None
    give: tuple[str, ...] = ()


class MissingValuesError(BlueprintError):
    """Parameters have no value.

    others: what else is wrong with the values · elsewhere: where values for all of them can be given.
    """

    def __init__(
        self, missing: tuple[Missing, ...], others: tuple[Problem, ...] = (), elsewhere: tuple[str, ...] = ()
    ) -> None:
        self.missing = missing
        self.others = others
        self.elsewhere = elsewhere
        own = (
            Problem(f"the parameter {item.name!r} has no value", item.source, hint=f"give it: {item.give[0]}")
            for item in missing
        )
        super().__init__(*others, *own)


class RefusedError(OrchError):
    """Policy or a missing approval refuses."""

    exit_code = 3


class StaleError(OrchError):
    """What the plan rests on has changed since it was made."""

    exit_code = 4


class PartialError(OrchError):
    """Applied in part: resume or roll back."""

    exit_code = 5
