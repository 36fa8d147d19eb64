"""New objects that reads do not show yet: absence is no proof, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from providers.memory import Script
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.problem import StaleError
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Reference
from provisioner.protocols.provider import Done, ReadResult
from provisioner.state import holder
from tests.memory_stack import PLACE, Bench, FastClock, entry, stack_of

SLOW = replace(PLACE, visible_within=30.0)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def at(place: Place, stack: Stack) -> Stack:
    """The stack in another place."""
    return replace(stack, resources=tuple(replace(r, place=place) for r in stack.resources), places=(place,))


def network(place: Place = PLACE, **body: Any) -> Stack:
    return at(place, stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16", **body})))


class Later(FastClock):
    """An hour from now."""

    def utc(self) -> str:
        return (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="milliseconds")


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
    plan = bench.plan(at(SLOW, machine))
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


@contextmanager
def missed(bench: Bench, looks: int) -> Iterator[list[str]]:
    """The first looks find nothing; what was looked at."""
    seen: list[str] = []

    def change(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        if not operation.startswith("read"):
            return work
        seen.append(operation)
        return ReadResult if len(seen) <= looks else work

    with bench.calls(change):
        yield seen


def test_what_was_made_a_moment_ago_is_looked_for_again_before_it_is_called_gone(bench: Bench) -> None:
    bench.apply(network(SLOW))
    with missed(bench, 3) as looks:
        assert bench.plan(network(SLOW)).empty
    assert len(looks) == 4  # by lineage, by its identity, and that again until it shows
    with missed(bench, 0) as looks:
        assert bench.plan(network(SLOW)).empty
    assert len(looks) == 1


def test_what_is_gone_is_called_so_once_it_would_have_to_show(bench: Bench) -> None:
    bench.apply(network(SLOW))
    bench.cloud.objects.clear()
    begun = bench.engine().clock.monotonic()
    assert [change.action for change in bench.plan(network(SLOW)).changes] == ["create"]
    assert bench.engine().clock.monotonic() - begun >= 29


def test_what_was_made_long_ago_is_looked_for_once(bench: Bench) -> None:
    bench.apply(network(SLOW))
    later = bench.engine()
    later.clock = Later()
    with hidden(bench):
        begun = bench.engine().clock.monotonic()
        assert [change.action for change in later.plan(network(SLOW)).changes] == ["create"]
        assert bench.engine().clock.monotonic() - begun < 29


def test_the_journal_tells_how_old_the_objects_of_a_run_are_that_died(bench: Bench) -> None:
    report = bench.apply(network(SLOW))
    backend = bench.engine().backend
    lease = backend.acquire("memory/test", holder.current(), "test")
    backend.close_run(lease, report.run.id, RunStatus.PARTIAL, "")
    backend.release(lease)
    with missed(bench, 3):
        assert bench.plan(network(SLOW)).empty
    later = bench.engine()
    later.clock = Later()
    with missed(bench, 3) as looks:
        assert not later.plan(network(SLOW)).empty
    assert len(looks) == 2


def test_a_plan_is_not_stale_because_a_look_has_missed_what_is_new(bench: Bench) -> None:
    bench.apply(network(SLOW))
    plan = bench.plan(network(SLOW, Dns=True))
    with missed(bench, 2):
        assert bench.apply(plan).run.status is RunStatus.DONE


def test_a_delete_that_met_nothing_is_sent_again_while_its_object_is_new(bench: Bench) -> None:
    bench.apply(network(SLOW))
    met: list[str] = []

    def change(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        if operation.startswith("delete") and len(met) < 2:
            met.append(operation)
            return lambda: Done(next(iter(bench.cloud.objects)), missing=True)
        return work

    with bench.calls(change):
        assert bench.engine().rollback().run.status is RunStatus.DONE
    assert len(met) == 2 and not bench.cloud.objects and not bench.engine().backend.rows()


def test_a_delete_that_met_nothing_is_done_at_once_where_all_shows_at_once(bench: Bench) -> None:
    bench.apply(network())
    plan = bench.engine().compensation()
    bench.cloud.objects.clear()
    with pytest.raises(StaleError):
        bench.engine().apply(plan)
    bench.apply(network())
    met: list[str] = []

    def change(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        met.append(operation)
        return lambda: Done("net", missing=True) if operation.startswith("delete") else work()

    with bench.calls(change):
        assert bench.engine().rollback().run.status is RunStatus.DONE
    assert met.count("delete Memory::Network") == 1


def test_an_update_waits_for_what_it_refers_to(bench: Bench) -> None:
    """A rule may name a group that was made in the same run, and that is not known everywhere yet."""
    first = entry("net", "Network", {"Cidr": "10.0.0.0/16"})
    bench.apply(at(SLOW, stack_of(first)))
    other = entry("other", "Network", {"Cidr": "10.1.0.0/16"})
    second = entry("net", "Network", {"Cidr": "10.0.0.0/16", "Data": Reference("other", ("Id",))})
    bench.cloud.scripts = [Script("update", Fault.NOT_FOUND, times=3)]
    assert bench.apply(at(SLOW, stack_of(other, second))).run.status is RunStatus.DONE


def test_an_update_that_meets_nothing_stops_where_all_shows_at_once(bench: Bench) -> None:
    bench.apply(network())
    bench.cloud.scripts = [Script("update", Fault.NOT_FOUND)]
    assert bench.apply(network(Dns=True)).run.status is RunStatus.PARTIAL


def test_what_never_shows_is_waited_for_only_so_long(bench: Bench) -> None:
    """Its run goes on, so that the other object stays young; the wait does not."""
    other = entry("other", "Network", {"Cidr": "10.1.0.0/16"})
    needs = entry("net", "Network", {"Cidr": "10.0.0.0/16", "Data": Reference("other", ("Id",))})
    bench.cloud.scripts = [Script("create Memory::Network", Fault.NOT_FOUND, times=-1, skip=1)]
    report = bench.apply(at(replace(PLACE, visible_within=3.0), stack_of(other, needs)))
    assert [failure.fault for failure in report.failures] == [Fault.NOT_FOUND]
    assert 3 <= bench.cloud.calls.count("create Memory::Network") <= 7  # the tries of three seconds
