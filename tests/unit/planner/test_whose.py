"""Whose an object is: taken over, let go, made again by somebody else under the same name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from providers.memory import MemoryProvider
from provisioner.model.change import Action
from provisioner.model.problem import OrchError, RefusedError, StaleError
from provisioner.model.resource import Owner, Resource
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import freeze
from provisioner.state import container
from tests.memory_stack import PLACE, Bench, changed, entry, ref, stack_of

BUCKET = stack_of(entry("bucket", "Bucket", {"Name": "data"}))
GONE = stack_of()


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def network(address: str = "net", **options: Any) -> Stack:
    return stack_of(entry(address, "Network", {"Cidr": "10.0.0.0/16"}, **options))


def found(bench: Bench, kind: str = "Network", owner: Owner | None = None, **body: Any) -> str:
    """An object that somebody else has made; its id."""
    body = body or {"Cidr": "10.0.0.0/16"}
    return MemoryProvider(bench.cloud).create(Resource("x", f"Memory::{kind}", PLACE, freeze(body), owner=owner), "").identity or ""  # fmt: skip


def owners(bench: Bench) -> list[str]:
    """The marks that the objects carry."""
    return [item.owner.uid if item.owner else "" for item in bench.cloud.objects.values()]


def again(bench: Bench, owner: Owner | None) -> None:
    """Somebody else deletes the bucket and makes one of their own under its name."""
    del bench.cloud.objects["data"]
    found(bench, "Bucket", owner, Name="data")


# --- taken over and let go ------------------------------------------------------------------------------------------------


def test_what_is_taken_over_is_marked_and_no_second_one_is_made(bench: Bench) -> None:
    ident = found(bench)
    plan = bench.plan(network(adopt=ident))
    assert [c.action for c in plan.changes] == [Action.ADOPT]
    bench.apply(plan)
    assert owners(bench) == [bench.engine().backend.rows()[0].uid]
    assert bench.plan(network(adopt=ident)).empty and bench.plan(network()).empty


def test_a_rolled_back_adoption_takes_the_mark_off(bench: Bench) -> None:
    ident = found(bench)
    bench.apply(network(adopt=ident))
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert owners(bench) == [""] and not bench.engine().backend.rows()


@pytest.mark.parametrize("resumed", [True, False])
def test_an_adoption_that_died_is_finished_or_undone(bench: Bench, *, resumed: bool) -> None:
    def dying(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def done() -> Any:
            work()
            raise Killed

        return done if operation.startswith("update") else work

    stack = network(adopt=found(bench))
    with bench.calls(dying), pytest.raises(Killed):
        bench.apply(stack)
    engine = bench.engine()
    assert (engine.resume() if resumed else engine.rollback()).run.status is RunStatus.DONE
    assert bool(owners(bench)[0]) is resumed and len(bench.engine().backend.rows()) == resumed


def test_what_does_not_exist_cannot_be_taken_over(bench: Bench) -> None:
    with pytest.raises(OrchError, match="network-77 does not exist"):
        bench.plan(network(adopt="network-77"))


def test_what_another_entry_owns_cannot_be_taken_over(bench: Bench) -> None:
    bench.apply(network())
    ident = next(iter(bench.cloud.objects))
    with pytest.raises(OrchError, match="belongs to net already"):
        bench.plan(stack_of(*network().resources, *network("two", adopt=ident).resources))
    with pytest.raises(OrchError, match="belongs to net already"):
        bench.plan(network("two", adopt=ident))


def test_two_entries_cannot_take_over_the_same_object(bench: Bench) -> None:
    ident = found(bench)
    with pytest.raises(OrchError, match=r"belongs to .* already"):
        bench.plan(stack_of(*network(adopt=ident).resources, *network("two", adopt=ident).resources))


def test_an_entry_takes_over_no_other_name_than_its_own(bench: Bench) -> None:
    found(bench, "Bucket", Name="theirs")
    with pytest.raises(OrchError, match="the entry names data, and cannot take over theirs"):
        bench.plan(stack_of(entry("bucket", "Bucket", {"Name": "data"}, adopt="theirs")))


def test_what_is_retained_carries_our_mark_no_longer(bench: Bench) -> None:
    bench.apply(network(on_remove="retain"))
    bench.apply(GONE)
    assert owners(bench) == [""]
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert owners(bench) == [bench.engine().backend.rows()[0].uid]


# --- made again by somebody else ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", [None, Owner("other", "theirs", 1)])
def test_a_name_that_changed_hands_after_the_plan_makes_it_stale(bench: Bench, owner: Owner | None) -> None:
    bench.apply(BUCKET)
    plan = bench.plan(GONE)
    again(bench, owner)
    with pytest.raises(StaleError, match="mark on data has changed"):
        bench.apply(plan)
    assert bench.cloud.objects


def test_another_ones_object_is_forgotten_and_not_deleted(bench: Bench) -> None:
    bench.apply(BUCKET)
    again(bench, Owner("other", "theirs", 1))
    plan = bench.plan(GONE)
    assert "another object by now" in plan.changes[0].because[0].message
    bench.apply(plan)
    assert owners(bench) == ["theirs"] and not bench.engine().backend.rows()


def test_another_ones_object_is_not_changed(bench: Bench) -> None:
    bench.apply(BUCKET)
    again(bench, Owner("other", "theirs", 1))
    with pytest.raises(OrchError, match="data is another object by now"):
        bench.plan(changed(BUCKET, "bucket", Size=2))


def test_a_rollback_leaves_what_somebody_else_has_made_again(bench: Bench) -> None:
    bench.apply(BUCKET)
    again(bench, Owner("other", "theirs", 1))
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert owners(bench) == ["theirs"] and not bench.engine().backend.rows()


@pytest.mark.parametrize("stack", [GONE, changed(BUCKET, "bucket", Name="new")])
def test_a_name_without_our_mark_is_not_deleted(bench: Bench, stack: Stack) -> None:
    bench.apply(BUCKET)
    owner = bench.cloud.objects["data"].owner
    again(bench, None)
    with pytest.raises(OrchError, match=r"carries our mark no longer(.|\n)*orch-owner="):
        bench.plan(stack)
    bench.cloud.objects["data"].owner = owner
    assert bench.apply(stack).run.status is RunStatus.DONE


def test_what_has_lost_our_mark_and_has_only_its_name_is_changed_when_a_person_says_that_it_is_ours(
    bench: Bench,
) -> None:
    bench.apply(BUCKET)
    again(bench, None)
    plan = bench.plan(changed(BUCKET, "bucket", Size=2))
    assert "our mark on it was taken off" in plan.changes[0].because[-1].message
    with pytest.raises(RefusedError, match=r"data carries our mark no longer(.|\n)*--confirm$"):
        bench.apply(plan)
    assert owners(bench) == [""]
    bench.engine().apply(container.pack(plan), confirmed=True)
    assert owners(bench) == [bench.engine().backend.rows()[0].uid]


def test_a_rollback_neither_deletes_nor_sets_back_what_has_lost_our_mark(bench: Bench) -> None:
    bench.apply(BUCKET)
    again(bench, None)
    with pytest.raises(OrchError, match="carries our mark no longer"):
        bench.engine().rollback()
    assert owners(bench) == [""]


@pytest.mark.parametrize("owner", [None, Owner("other", "theirs", 1)])
def test_a_rollback_sets_nothing_back_on_what_somebody_else_has_made_again(bench: Bench, owner: Owner | None) -> None:
    bench.apply(BUCKET)
    bench.apply(changed(BUCKET, "bucket", Size=2))
    del bench.cloud.objects["data"]
    found(bench, "Bucket", owner, Name="data", Size=3)
    if owner:
        assert "is another object by now" in " ".join(bench.engine().compensation().plan.notes)
        bench.engine().rollback()
    else:
        with pytest.raises(OrchError, match="carries our mark no longer"):
            bench.engine().rollback()
    assert bench.bodies()["data"]["Size"] == 3


def test_a_resumed_run_takes_no_other_object_for_its_own(bench: Bench) -> None:
    def dying(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def done() -> Any:
            raise Killed

        return done if operation.startswith("create") and "Link" in operation else work

    link = entry("link", "Link", {"From": ref("b", "Name"), "To": "x"})
    with bench.calls(dying), pytest.raises(Killed):
        bench.apply(stack_of(LINK.resources[0], link))
    again(bench, None)
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert {row.address: row.baseline is None for row in bench.engine().backend.rows()} == {"b": True, "link": False}


LINK = stack_of(entry("b", "Bucket", {"Name": "data"}), entry("link", "Link", {"From": "data", "To": "x", "Size": 1}))


def link_again(bench: Bench) -> None:
    """Somebody else deletes the link, which cannot be marked, and makes the same one."""
    del bench.cloud.objects["data|x"]
    found(bench, "Link", From="data", To="x", Size=1)


def test_an_unmarked_object_that_was_made_again_is_known_by_its_birth(bench: Bench) -> None:
    bench.apply(LINK)
    link_again(bench)
    with pytest.raises(OrchError, match=r"data\|x is another object by now"):
        bench.plan(changed(LINK, "link", Size=2))
    bench.apply(stack_of(LINK.resources[0]))
    assert "data|x" in bench.cloud.objects


def test_an_unmarked_object_that_is_made_again_after_the_plan_makes_it_stale(bench: Bench) -> None:
    bench.apply(LINK)
    plan = bench.plan(stack_of(LINK.resources[0]))
    link_again(bench)
    with pytest.raises(StaleError, match="Born has changed"):
        bench.apply(plan)
