"""All that the bench measures, in the order in which it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.bench import applier, blueprint, calls, discovery, planner, policy, render, schedule, startup, terraform
from tests.bench.measure import Result


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured together. names: of its results · measure: gives them; True asks for small sizes and few runs."""

    names: tuple[str, ...]
    measure: Callable[[bool], Iterator[Result]]

    def wanted(self, only: Iterable[str]) -> tuple[str, ...]:
        """Those of its names that are asked for, by name or by the part before a dot. Nothing asked: all."""
        asked = tuple(only)
        return tuple(n for n in self.names if not asked or any(n == a or n.startswith(f"{a}.") for a in asked))


CASES = (
    Case(("startup.help",), startup.help_text),
    Case(("blueprint.render",), blueprint.render),
    Case(("planner.noop",), planner.noop),
    Case(("planner.one_change",), planner.one_change),
    Case(terraform.NAMES, terraform.noop),
    Case(("applier.ideal",), schedule.ideal),
    Case(("applier.uneven",), schedule.uneven),
    Case(("applier.long",), schedule.beside_long),
    Case(("applier.requests",), schedule.requests),
    Case(("applier.overhead",), applier.overhead),
    Case(("applier.terraform",), terraform.applied),
    Case(("discovery.aws",), discovery.of("aws")),
    Case(("discovery.azure",), discovery.of("azure")),
    Case(("discovery.gcp",), discovery.of("gcp")),
    Case(("calls.apply", "calls.noop"), calls.both),
    Case(("policy.cel",), policy.cel),
    Case(("render.text",), render.of("text")),
    Case(("render.markdown",), render.of("markdown")),
    Case(("render.html",), render.of("html")),
)
NAMES = tuple(name for case in CASES for name in case.names)
