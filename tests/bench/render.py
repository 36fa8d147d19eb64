"""How long a plan takes to be shown in a format: from the plan to the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec

from provisioner import collector
from provisioner.render.outline import outline
from tests.bench.measure import Result, in_turn, timed
from tests.plans import DIGEST, many


def of(form: str) -> Callable[[bool], Iterator[Result]]:
    """``render.<form>``: no results while there is no such format. A format is a module with ``plan(outline)``."""

    def measure(quick: bool, n: int = 0, runs: int = 5) -> Iterator[Result]:
        if find_spec(f"provisioner.render.{form}") is None:
            print(f"render.{form}: left out, there is no such format yet")
            return
        plan = many(n or (1000 if quick else 10_000))
        render = import_module(f"provisioner.render.{form}").plan
        with collector.off():  # as the command line does
            (ours,) = in_turn(runs, lambda: timed(lambda: {"bytes": len(render(outline(plan, DIGEST)))}))
        yield Result(f"render.{form}", len(plan.changes), ours, extra={"bytes": ours[0].extra["bytes"]})

    return measure
