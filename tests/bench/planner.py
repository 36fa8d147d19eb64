"""How long a plan takes that finds nothing to do, or one thing: from a stack and a ledger on disk to a plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

from provisioner.model.change import Action
from provisioner.model.stack import Stack
from provisioner.model.value import Map, put
from provisioner.planner import planner
from tests.bench.measure import Result, Sample, Stopwatch, child, in_turn, median, of_extra
from tests.bench.stacks import Ground, layered

SIZE = 500  # bytes of each resource

Sizes = tuple[tuple[int, int], ...]


def noop(quick: bool, sizes: Sizes = ()) -> Iterator[Result]:
    """``planner.noop``: reads of the in-memory cloud and the ledger included, the blueprint not. growth in extra: from the size before."""
    yield from _results(
        "planner.noop", sizes or (((1000, 5), (10_000, 1)) if quick else ((1000, 5), (10_000, 3), (50_000, 1)))
    )


def one_change(quick: bool, sizes: Sizes = ()) -> Iterator[Result]:
    """``planner.one_change``: the same with one property changed."""
    yield from _results("planner.one_change", sizes or (((1000, 5),) if quick else ((1000, 5), (10_000, 3))))


def _results(name: str, sizes: Sizes) -> Iterator[Result]:
    smaller: tuple[int, float] | None = None
    for n, runs in sizes:
        (ours,) = in_turn(runs, partial(_sample, n, name == "planner.one_change"))
        extra = {key: of_extra(ours, key) for key in ("planner_s", "cloud_s", "references")}
        if smaller:
            extra["growth"] = exponent(*smaller, n, median(ours))
        smaller = n, median(ours)
        yield Result(name, n, ours, extra=extra)


def exponent(n: int, seconds: float, more: int, longer: float) -> float:
    """By which power of the size the time grows: 1 is in step with it, 2 is four times the time for twice the size."""
    return round(math.log(longer / seconds) / math.log(more / n), 3)


def _sample(n: int, change: bool) -> Sample:
    with TemporaryDirectory(prefix="orch-bench-") as folder:
        return child(prepared, folder, n, SIZE, int(change))


def prepared(folder: str, n: str, size: str, change: str) -> Callable[[], dict[str, float]]:
    """A plan of a stack that was applied long ago."""
    stack = layered(int(n), int(size))
    ground = Ground(folder)
    ground.settle(stack)
    wanted = changed(stack) if int(change) else stack
    references = sum(1 for row in ground.engine().backend.rows() for _ in row.written)
    spent = Stopwatch(planner, "plan")

    def work() -> dict[str, float]:
        plan = ground.engine().plan(wanted)
        actions = [item.action for item in plan.changes if item.action is not Action.NOOP]
        assert actions == ([Action.UPDATE] if int(change) else []) and len(plan.changes) == int(n)
        return {"planner_s": spent.seconds, "cloud_s": ground.cloud_s, "references": references}

    return work


def changed(stack: Stack) -> Stack:
    """The stack with one property of one resource, in the middle, wanted otherwise."""
    middle = len(stack.resources) // 2
    body: Any = put(stack.resources[middle].body, ("Data", "key00"), "changed")
    assert isinstance(body, Map)
    one = replace(stack.resources[middle], body=body)
    return replace(stack, resources=(*stack.resources[:middle], one, *stack.resources[middle + 1 :]))
