"""Partial plans: what a glob names, what comes with it, what stays out, and that nothing out of it is read or lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Plan
from provisioner.model.problem import OrchError
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import EMPTY, Map, freeze
from provisioner.planner.scope import named, narrow
from tests.memory_stack import PLACE, Bench, changed, entry, ref, stack_of, typical, without

ADDRESSES = ("net", "net-b", "mesh/net", "mesh/a/net", "mesh/b/net", "subnet-1", "subnet-12")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def actions(plan: Plan) -> dict[str, str]:
    """What becomes of each address, no-ops included."""
    return {change.address: str(change.action) for change in plan.changes}


def row(address: str, *needs: str) -> LedgerRow:
    """A ledger row whose uid is its address."""
    return LedgerRow(address, 1, "test", "dev", address, "Memory::Network", PLACE, f"id-{address}", depends_on=needs)


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("net", {"net"}),
        ("net*", {"net", "net-b"}),
        ("mesh", {"mesh/net", "mesh/a/net", "mesh/b/net"}),
        ("mesh/*/net", {"mesh/a/net", "mesh/b/net"}),
        ("**/net", {"mesh/net", "mesh/a/net", "mesh/b/net"}),
        ("subnet-?", {"subnet-1"}),
        ("*", set(ADDRESSES)),
        ("NET", set()),
        ("n.t", set()),
    ],
)
def test_what_a_glob_names(glob: str, names: set[str]) -> None:
    assert named(glob, ADDRESSES) == names


def cut(stack: Stack, *rows: LedgerRow, targets: tuple[str, ...] = (), excludes: tuple[str, ...] = ()) -> set[str]:
    """The addresses that are not looked at."""
    scope = narrow(stack, rows, targets, excludes, EMPTY).scope
    assert scope is not None
    return set(scope.skipped)


def test_a_target_brings_what_it_needs_and_says_so() -> None:
    part = narrow(typical(), (), ("vm",), (), EMPTY)
    assert [resource.address for resource in part.stack.resources] == ["net", "sub-a", "vm"]
    assert part.scope is not None
    assert part.scope.needed == ("net", "sub-a") and part.scope.skipped == ("sub-b", "bucket", "link", "dns")


def test_an_exclude_takes_along_what_needs_it_and_says_so() -> None:
    part = narrow(typical(), (), (), ("sub-a",), EMPTY)
    assert part.scope is not None and part.scope.dropped == ("vm", "dns")
    assert part.scope.skipped == ("sub-a", "vm", "dns")


def test_an_exclude_wins_over_a_target_that_needs_it() -> None:
    assert "vm" in cut(typical(), targets=("vm", "bucket"), excludes=("net",))


def test_what_has_left_the_blueprint_goes_only_where_it_is_named() -> None:
    stack = stack_of(entry("net", "Network"))
    assert cut(stack, row("old"), targets=("net",)) == {"old"}
    assert cut(stack, row("old"), targets=("old",)) == {"net"}
    assert cut(stack, row("old"), excludes=("old",)) == {"old"}


def test_a_renamed_entry_is_named_by_its_new_name_and_its_object_never_goes() -> None:
    stack = stack_of(entry("new", "Network", moved_from=("old",)), entry("other", "Network"))
    part = narrow(stack, (row("old"), row("other")), ("other",), (), EMPTY)
    assert [each.address for each in part.rows] == ["other"] and [each.address for each in part.rest] == ["old"]
    assert [each.address for each in narrow(stack, (row("old"),), ("new",), (), EMPTY).rows] == ["old"]


def test_what_something_left_out_needs_stays_too_unless_it_is_named() -> None:
    gone = (row("a"), row("b", "a"), row("c", "b"), row("d"))
    assert cut(stack_of(), *gone, excludes=("c",)) == {"a", "b", "c"}
    assert cut(stack_of(), *gone, targets=("a", "d")) == {"b", "c"}


def test_outputs_of_what_is_left_out_stay_as_they_are_on_record() -> None:
    stack = replace(
        typical(), outputs=freeze({"a": ref("vm", "Address"), "b": ref("net", "Id"), "c": ref("dns", "Id")})
    )
    outputs = narrow(stack, (), ("net",), (), Map({"a": "10.0.0.9", "b": "net-1"})).stack.outputs
    assert outputs == {"a": "10.0.0.9", "b": ref("net", "Id")}


# --- the whole way ------------------------------------------------------------------------------------------------------


def test_only_the_part_is_planned_applied_and_rolled_back(bench: Bench) -> None:
    plan = bench.plan(typical(), targets=("vm",))
    assert actions(plan) == {"net": "create", "sub-a": "create", "vm": "create"}
    bench.apply(plan)
    assert bench.kinds() == ["Memory::Machine", "Memory::Network", "Memory::Subnet"]
    assert bench.plan(typical(), targets=("sub-a",)).empty
    bench.apply(typical())
    assert bench.plan(typical()).empty
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 3


def test_nothing_out_of_scope_is_read(bench: Bench) -> None:
    bench.apply(typical())
    bench.cloud.calls.clear()
    plan = bench.plan(changed(typical(), "bucket", Tags={"team": "y"}), targets=("bucket",))
    assert actions(plan) == {"bucket": "update"}
    assert {call.split()[-1] for call in bench.cloud.calls if "Memory::" in call} == {"Memory::Bucket"}


def test_outputs_survive_a_partial_apply(bench: Bench) -> None:
    bench.apply(typical())
    before = bench.engine().backend.outputs("test", "dev")
    assert before and "address" in before
    bench.apply(bench.plan(changed(typical(), "bucket", Tags={"team": "y"}), targets=("bucket",)))
    assert bench.engine().backend.outputs("test", "dev") == before


def test_a_removal_out_of_scope_does_not_happen(bench: Bench) -> None:
    bench.apply(typical())
    smaller = without(typical(), "dns", "link")
    assert bench.plan(smaller, targets=("net",)).empty
    plan = bench.plan(smaller, targets=("link",))
    assert actions(plan) == {"link": "delete"} and plan.scope is not None and "dns" in plan.scope.skipped


def test_what_is_still_needed_out_of_scope_is_not_deleted(bench: Bench) -> None:
    bench.apply(typical())
    bare = replace(without(typical(), "net", "sub-a", "sub-b", "vm", "dns", "link"), outputs=EMPTY)
    with pytest.raises(OrchError, match="sub-a would be deleted, and vm, which needs it, is out of scope"):
        bench.plan(bare, targets=("sub-a",))
    assert actions(bench.plan(bare, targets=("sub-a", "vm", "dns"))) == dict.fromkeys(("sub-a", "vm", "dns"), "delete")


def test_what_is_still_needed_out_of_scope_is_not_replaced(bench: Bench) -> None:
    bench.apply(typical())
    new = changed(typical(), "net", Cidr="10.1.0.0/16")
    with pytest.raises(OrchError, match=r"net would be replaced, and .*, which needs it, is out of scope") as caught:
        bench.plan(new, targets=("net",))
    assert "--target net --target" in caught.value.problems[0].hint


@pytest.mark.parametrize("how", ["targets", "excludes"])
def test_a_glob_that_names_nothing_is_refused(bench: Bench, how: str) -> None:
    with pytest.raises(OrchError, match="no address matches 'sub-aa'") as caught:
        bench.plan(typical(), **{how: ("sub-aa",)})
    assert caught.value.problems[0].hint.startswith("did you mean sub-a")


def test_a_plan_to_destroy_is_whole(bench: Bench) -> None:
    with pytest.raises(OrchError, match="takes no target"):
        bench.plan(typical(), destroy=True, targets=("vm",))


def test_two_partial_plans_do_not_make_each_other_stale(bench: Bench) -> None:
    bench.apply(typical())
    new = changed(changed(typical(), "bucket", Tags={"team": "y"}), "vm", Size=2)
    one, two = bench.plan(new, targets=("bucket",)), bench.plan(new, targets=("vm",))
    bench.apply(one)
    bench.apply(two)
    assert bench.plan(new).empty
