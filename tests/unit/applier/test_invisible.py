"""New objects that reads do not show yet: absence is no proof, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import Script
from provisioner.model.fault import Fault
from provisioner.model.problem import StaleError
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.protocols.provider import ReadResult
from tests.memory_stack import PLACE, Bench, entry, stack_of

SLOW = replace(PLACE, visible_within=30.0)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def network(place: Any = PLACE, **body: Any) -> Stack:
    stack = stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16", **body}))
    return replace(stack, resources=tuple(replace(r, place=place) for r in stack.resources), places=(place,))


@contextmanager
def hidden(bench: Bench) -> Iterator[None]:
    """Reads show nothing."""

    def change(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        return ReadResult if operation.startswith("read") else work

    with bench.calls(change):
        yield


def test_a_failed_create_is_not_forgotten_before_it_shows(bench: Bench) -> None:
    plan = bench.plan(network(SLOW, Dns=True))
    bench.cloud.scripts = [Script("advance", Fault.INVALID)]
    with hidden(bench):
        assert bench.apply(plan).run.status is RunStatus.PARTIAL
    assert [row.identity for row in bench.engine().backend.rows()] == list(bench.cloud.objects)
    bench.engine().rollback()
    assert not bench.cloud.objects


def test_a_rollback_deletes_what_does_not_show_yet(bench: Bench) -> None:
    plan = bench.plan(network(SLOW))
    with hidden(bench):
        bench.apply(plan)
        assert bench.engine().rollback().run.status is RunStatus.DONE
    assert not bench.cloud.objects and not bench.engine().backend.rows()


def test_what_was_absent_at_the_plan_and_shows_at_the_apply_makes_it_stale(bench: Bench) -> None:
    bench.apply(network())
    with hidden(bench):
        plan = bench.plan(network())
    with pytest.raises(StaleError, match="takes it for absent"):
        bench.apply(plan)
    assert len(bench.cloud.objects) == 1


def test_what_seemed_gone_is_not_forgotten_when_it_shows_again(bench: Bench) -> None:
    bench.apply(network())
    with hidden(bench):
        plan = bench.plan(stack_of())
    with pytest.raises(StaleError, match="takes it for absent"):
        bench.apply(plan)


def test_a_create_whose_operation_failed_is_waited_for_before_another(bench: Bench) -> None:
    """The object has an id, its operation says CONFLICT, and for a while no read shows it."""
    machine = stack_of(entry("vm", "Machine", {"Size": 1}))
    machine = replace(machine, resources=tuple(replace(r, place=SLOW) for r in machine.resources), places=(SLOW,))
    plan = bench.plan(machine)
    looks: list[str] = []

    def change(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        if operation.startswith("read") and len(looks) < 2:
            looks.append(operation)
            return ReadResult
        return work

    bench.cloud.scripts = [Script("advance", Fault.CONFLICT)]
    with bench.calls(change):
        assert bench.apply(plan).run.status is RunStatus.DONE
    assert len(looks) == 2 and len(bench.cloud.objects) == 1
