"""A rule: what a rule file may say (pydantic), and the frozen, compiled form that the gate evaluates.

Judges nothing and reads no file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from provisioner.model.change import Action
from provisioner.model.finding import Level
from provisioner.model.source import Source
from provisioner.policy.cel import Program

Expectation: TypeAlias = Literal["pass", "deny", "defer"]
Given: TypeAlias = str | int | bool | list[str] | list[int]
WANTING = (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.ADOPT, Action.REBASE)


class CaseFile(BaseModel):
    """An example beside the rule: bodies in the cloud's own words, ``(known after apply)`` for a value."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    expect: Expectation
    type: str = ""
    action: Annotated[Action, Field(strict=False)] = Action.CREATE
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


class RuleFile(BaseModel):
    """One rule as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: str
    severity: Literal["low", "medium", "high", "critical"]
    level: Annotated[Level, Field(strict=False)]
    types: list[str] = []
    actions: Annotated[list[Annotated[Action, Field(strict=False)]], Field(min_length=1)] = list(WANTING)
    given: dict[str, Given] = {}
    deny: str | dict[str, str]
    message: str
    remediation: str = ""
    references: list[str] = []
    tests: list[CaseFile]

    @model_validator(mode="after")
    def _complete(self) -> RuleFile:
        if isinstance(self.deny, str) == (not self.types):
            raise ValueError("needs `types` with one `deny` expression, or a `deny` expression per type and no `types`")
        for pattern in self.clauses:
            outcomes = {
                case.expect for case in self.tests if fnmatchcase(case.type or next(iter(self.clauses)), pattern)
            }
            for needed in ("pass", "deny"):
                if needed not in outcomes:
                    raise ValueError(f"has no case in `tests` that expects {needed} for {pattern}")
        return self

    @property
    def clauses(self) -> dict[str, str]:
        """Expression by type pattern."""
        return dict.fromkeys(self.types, self.deny) if isinstance(self.deny, str) else self.deny


class PackFile(BaseModel):
    """One file of a pack."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rules: Annotated[list[RuleFile], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Case:
    """An example that must come out as ``expect`` says. before and after: frozen, with references where unknown."""

    name: str
    expect: Expectation
    type: str
    action: Action
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule. id: ``pack/name`` · clauses: expression by type pattern, the first that matches counts · message:
    alternating text and program."""

    id: str
    title: str
    severity: str
    level: Level
    actions: frozenset[Action]
    clauses: tuple[tuple[str, Program], ...]
    message: tuple[str | Program, ...]
    remediation: str
    references: tuple[str, ...]
    source: Source
    cases: tuple[Case, ...] = ()

    def program(self, type_name: str) -> Program | None:
        """The expression for a resource type (an Azure ``@version`` does not matter), or None."""
        name = type_name.partition("@")[0]
        return next((program for pattern, program in self.clauses if fnmatchcase(name, pattern)), None)


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules that are switched on together. name: of its folder · digest: sha256 over its files, hexadecimal."""

    name: str
    digest: str
    rules: tuple[Rule, ...] = ()

    @property
    def version(self) -> str:
        """How a verdict names it: a plan is bound to the very rules that judged it."""
        return f"{self.name}@{self.digest[:12]}"


def split_message(template: str) -> list[str]:
    """Text and expressions in turn: even items are text, odd ones stood in ``{{ }}``."""
    return re.split(r"\{\{(.*?)\}\}", template)
