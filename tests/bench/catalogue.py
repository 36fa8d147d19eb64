"""All that the bench measures, in the order in which it does: names as build/bench.json has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.bench import applier, blueprint, planner, startup, terraform
from tests.bench.measure import Result


@dataclass(frozen=True, slots=True)
class Case:
    """One name. measure: gives its results; True asks for small sizes and few runs."""

    name: str
    measure: Callable[[bool], Iterator[Result]]


CASES = (
    Case("startup.help", startup.help_text),
    Case("blueprint.render", blueprint.render),
    Case("planner.noop", planner.noop),
    Case("planner.one_change", planner.one_change),
    Case("planner.terraform", terraform.noop),
    Case("applier.ideal", applier.ideal),
    Case("applier.overhead", applier.overhead),
)
