"""Outputs of several plans that are applied, or undone, in turn: none puts back what another has written since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import Script
from provisioner.model.fault import Fault
from provisioner.model.problem import StaleError
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Interpolation, Map, freeze
from tests.memory_stack import Bench, entry, ref, stack_of


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def pair(a: int = 1, b: int = 1, **outputs: Any) -> Stack:
    return stack_of(
        entry("a", "Bucket", {"Name": "a", "Size": a}),
        entry("b", "Bucket", {"Name": "b", "Size": b}),
        outputs={"a": ref("a", "Size"), "b": ref("b", "Size"), **outputs},
    )


def recorded(bench: Bench) -> Map:
    return bench.engine().backend.outputs("test", "dev") or Map()


def test_a_plan_leaves_the_outputs_that_it_does_not_touch(bench: Bench) -> None:
    bench.apply(pair())
    first, second = bench.plan(pair(a=2)), bench.plan(pair(b=2))
    bench.apply(first)
    bench.apply(second)
    assert recorded(bench) == {"a": 2, "b": 2}


def test_a_plan_whose_output_another_has_written_is_stale(bench: Bench) -> None:
    both = Interpolation((ref("a", "Size"), " and ", ref("b", "Size")))
    bench.apply(pair(both=both))
    first, second = bench.plan(pair(a=2, both=both)), bench.plan(pair(b=2, both=both))
    bench.apply(first)
    with pytest.raises(StaleError, match='output "both" has changed since the plan was made'):
        bench.apply(second)
    assert recorded(bench)["both"] == "2 and 1"
    bench.apply(pair(a=2, b=2, both=both))
    assert recorded(bench)["both"] == "2 and 2"


def test_two_plans_may_write_the_same(bench: Bench) -> None:
    bench.apply(pair())
    first, second = bench.plan(pair(a=2, told="x")), bench.plan(pair(b=2, told="x"))
    bench.apply(first)
    assert bench.apply(second).run.status is RunStatus.DONE
    assert recorded(bench) == {"a": 2, "b": 2, "told": "x"}


def test_a_resumed_run_puts_no_output_back(bench: Bench) -> None:
    bench.apply(pair())
    bench.cloud.scripts = [Script("update", Fault.DENIED)]
    first = bench.apply(pair(a=2)).run.id
    bench.apply(bench.plan(pair(b=2), targets=("b",)))  # of the whole stack, it would be a newer plan of a too
    assert bench.engine().resume(first).run.status is RunStatus.DONE
    assert recorded(bench) == {"a": 2, "b": 2}


def test_a_rollback_leaves_the_outputs_of_a_later_run(bench: Bench) -> None:
    bench.apply(pair())
    first = bench.apply(pair(a=2)).run.id
    bench.apply(pair(a=2, b=2, told="x"))
    assert bench.engine().rollback(first).run.status is RunStatus.DONE
    assert recorded(bench) == {"a": 1, "b": 2, "told": "x"}
    assert bench.plan(pair(b=2, told="x")).empty


@pytest.mark.parametrize("part", [{"excludes": ("a",)}, {"targets": ("b",)}])
def test_a_partial_plan_writes_the_outputs_of_its_part_alone(bench: Bench, part: dict[str, Any]) -> None:
    bench.apply(pair(told="x", range=ref("a", "Name"), old=ref("b", "Name")))
    later = replace(pair(a=2, b=2), outputs=freeze({"b": ref("b", "Size"), "told": "y", "range": ref("a", "Name")}))
    plan = bench.plan(later, **part)
    assert plan.outputs == {"a": 1, "b": 2, "told": "x", "range": "a"}
    bench.apply(plan)
    assert recorded(bench) == {"a": 1, "b": 2, "told": "x", "range": "a"}
