"""A protected object that something retained stands on: it would be left and owned no more, so it is refused as a deletion is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provisioner.model.change import Action
from provisioner.model.problem import OrchError
from provisioner.model.stack import Stack
from tests.memory_stack import Bench, entry, ref, stack_of, without


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def kept(**options: Any) -> Stack:
    return stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16"}, **options),
        entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"}, on_remove="retain"),
    )


@pytest.mark.parametrize(("stack", "how"), [(kept(), {"destroy": True}), (without(kept(), "net", "sub"), {})])
def test_it_is_refused(bench: Bench, stack: Stack, how: dict[str, Any]) -> None:
    bench.apply(kept(protect=True))
    with pytest.raises(OrchError) as caught:
        bench.plan(stack, **how)
    (problem,) = caught.value.problems
    words = "net is protected and would be ours no longer: sub, which is retained, needs it"
    assert problem.message == words and problem.address == "net" and problem.source is not None
    assert "protect: false" in problem.hint


def test_one_that_asks_to_be_retained_itself_may_go(bench: Bench) -> None:
    bench.apply(kept(protect=True, on_remove="retain"))
    plan = bench.plan(kept(), destroy=True)
    assert {change.action for change in plan.changes} == {Action.FORGET}


def test_nor_is_one_whose_guard_was_taken_away(bench: Bench) -> None:
    bench.apply(kept(protect=True))
    bench.apply(kept())
    assert {change.action for change in bench.plan(kept(), destroy=True).changes} == {Action.FORGET}
