"""What only the ledger knows of an object (its name, its guards) reaches it, and comes back with a rollback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provisioner.model.change import Action
from provisioner.model.problem import OrchError
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from tests.memory_stack import Bench, changed, entry, stack_of

GONE = stack_of()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def network(address: str = "net", **options: Any) -> Stack:
    return stack_of(entry(address, "Network", {"Cidr": "10.0.0.0/16"}, **options))


def roll_back(bench: Bench) -> None:
    report = bench.engine().rollback()
    assert report.run.status is RunStatus.DONE, report.failures


def test_a_guard_that_comes_later_guards(bench: Bench) -> None:
    bench.apply(network())
    plan = bench.plan(network(protect=True))
    (change,) = plan.changes
    assert change.action is Action.MOVE and change.because[0].message == "protect was false, is true"
    bench.apply(plan)
    assert bench.plan(network(protect=True)).empty
    with pytest.raises(OrchError, match="protected and would be deleted"):
        bench.plan(GONE)


def test_a_time_is_told_as_a_blueprint_writes_it(bench: Bench) -> None:
    for before, after, words in (
        (None, 3.0, "not set, is 3s"),
        (3.0, 600.0, "3s, is 10m"),
        (600.0, None, "10m, is not set"),
    ):
        bench.apply(network(timeout=before))
        (change,) = bench.plan(network(timeout=after)).changes
        assert change.because[0].message == f"timeout was {words}"


def test_a_guard_that_is_taken_away_guards_no_longer(bench: Bench) -> None:
    bench.apply(network(protect=True))
    bench.apply(network())
    bench.apply(GONE)
    assert not bench.cloud.objects


def test_what_is_to_be_retained_from_now_on_is_retained(bench: Bench) -> None:
    bench.apply(network())
    bench.apply(network(on_remove="retain"))
    assert bench.plan(network(on_remove="retain")).empty
    bench.apply(GONE)
    assert len(bench.cloud.objects) == 1 and not bench.engine().backend.rows()


def test_a_forgotten_object_is_remembered_by_a_rollback(bench: Bench) -> None:
    bench.apply(network(on_remove="retain"))
    bench.apply(GONE)
    roll_back(bench)
    assert bench.plan(network(on_remove="retain")).empty


def test_a_guard_goes_back_with_a_rollback(bench: Bench) -> None:
    bench.apply(network(protect=True))
    bench.apply(network())
    roll_back(bench)
    assert bench.plan(network(protect=True)).empty


@pytest.mark.parametrize("also", [{}, {"Name": "x"}])
def test_a_renamed_entry_has_its_old_name_after_a_rollback(bench: Bench, also: dict[str, str]) -> None:
    bench.apply(network())
    bench.apply(changed(network("other", moved_from=("net",)), "other", **also))
    assert [row.address for row in bench.engine().backend.rows()] == ["other"]
    roll_back(bench)
    assert [row.address for row in bench.engine().backend.rows()] == ["net"]
    assert bench.plan(network()).empty
