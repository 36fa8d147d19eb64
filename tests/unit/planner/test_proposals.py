"""What a plan proposes and never does unasked: moves of renamed entries, adoption of strays; and claims that it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from providers.memory import MemoryProvider
from provisioner.model.plan import Plan
from provisioner.model.problem import OrchError
from provisioner.model.resource import Owner, Resource
from provisioner.model.stack import Stack
from provisioner.model.value import freeze
from provisioner.protocols.backend import Commit
from tests.memory_stack import PLACE, Bench, changed, entry, ref, stack_of

NET = {"Cidr": "10.0.0.0/16"}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def proposed(plan: Plan) -> list[tuple[str, str, str]]:
    return [(item.kind, item.address, item.write) for item in plan.proposals]


def acting(plan: Plan) -> dict[str, str]:
    return {change.address: str(change.action) for change in plan.changes if change.action != "no-op"}


def pair(net: str, sub: str, *, moved: bool = False) -> Stack:
    return stack_of(
        entry(net, "Network", NET, moved_from=("net",) if moved else ()),
        entry(
            sub, "Subnet", {"NetworkId": ref(net, "Id"), "Cidr": "10.0.1.0/24"}, moved_from=("sub",) if moved else ()
        ),
    )


def stray(bench: Bench, **body: str) -> str:
    """An object with our lineage's mark that no ledger has; its id."""
    bench.apply(stack_of(entry("seed", "Network", {"Cidr": "10.99.0.0/16"})))
    mark = Owner(bench.engine().backend.lineage(), "abc", 1)
    want = Resource("x", "Memory::Network", PLACE, freeze(body), owner=mark)
    return MemoryProvider(bench.cloud).create(want, "").identity or ""


SEED = entry("seed", "Network", {"Cidr": "10.99.0.0/16"})

# --- moves ----------------------------------------------------------------------------------------------------------------


def test_a_renamed_entry_is_proposed_as_a_move_and_not_moved(bench: Bench) -> None:
    bench.apply(stack_of(entry("net", "Network", NET)))
    plan = bench.plan(stack_of(entry("mesh", "Network", NET)))
    assert acting(plan) == {"mesh": "create", "net": "delete"}
    assert proposed(plan) == [("move", "mesh", "moved_from: net")]
    assert "net would be deleted, and mesh created just like it" in plan.proposals[0].message


def test_what_refers_to_a_renamed_entry_is_seen_as_renamed_too(bench: Bench) -> None:
    bench.apply(pair("net", "sub"))
    plan = bench.plan(pair("mesh", "part"))
    assert proposed(plan) == [("move", "mesh", "moved_from: net"), ("move", "part", "moved_from: sub")]
    assert bench.plan(pair("mesh", "part", moved=True)).proposals == ()


def test_doing_as_proposed_touches_no_object(bench: Bench) -> None:
    bench.apply(pair("net", "sub"))
    before = bench.bodies()
    bench.apply(pair("mesh", "part", moved=True))
    assert bench.bodies() == before and bench.plan(pair("mesh", "part")).empty


@pytest.mark.parametrize(
    "other",
    [
        entry("mesh", "Network", {"Cidr": "10.1.0.0/16"}),
        entry("mesh", "Network", {**NET, "Dns": True}),
        entry("mesh", "Network"),
        entry("mesh", "Machine", NET),
        replace(entry("mesh", "Network", NET), place=replace(PLACE, name="there")),
    ],
)
def test_what_is_not_just_like_it_is_no_rename(bench: Bench, other: Resource) -> None:
    bench.apply(stack_of(entry("net", "Network", NET)))
    stack = stack_of(other)
    assert proposed(bench.plan(replace(stack, places=(PLACE, replace(PLACE, name="there"))))) == []


def test_each_object_is_proposed_once(bench: Bench) -> None:
    bench.apply(stack_of(entry("a", "Network", NET), entry("b", "Network", NET)))
    plan = bench.plan(stack_of(*(entry(name, "Network", NET) for name in ("c", "d", "e"))))
    assert [item.write for item in plan.proposals] == ["moved_from: a", "moved_from: b"]


def test_an_entry_that_stays_is_no_rename(bench: Bench) -> None:
    bench.apply(stack_of(entry("net", "Network", NET)))
    assert proposed(bench.plan(stack_of(entry("net", "Network", NET), entry("mesh", "Network", NET)))) == []


def test_a_named_object_under_a_new_entry_says_what_to_write(bench: Bench) -> None:
    bench.apply(stack_of(entry("bucket", "Bucket", {"Name": "data"})))
    with pytest.raises(OrchError, match="data already exists; it is bucket") as caught:
        bench.plan(stack_of(entry("store", "Bucket", {"Name": "data"})))
    assert "write `moved_from: bucket`" in caught.value.problems[0].hint
    both = stack_of(entry("bucket", "Bucket", {"Name": "data"}), entry("store", "Bucket", {"Name": "data"}))
    with pytest.raises(
        OrchError, match=r"store and bucket .* both name data: one object cannot be two entries"
    ) as caught:
        bench.plan(both)
    assert caught.value.problems[0].hint.startswith("take one of them out")


# --- strays -----------------------------------------------------------------------------------------------------------------


def test_a_stray_is_proposed_for_the_entry_that_it_fits(bench: Bench) -> None:
    ident = stray(bench, **NET)
    plan = bench.plan(stack_of(SEED, entry("big", "Network", {"Cidr": "10.8.0.0/16"}), entry("net", "Network", NET)))
    assert proposed(plan) == [("adopt", "net", f"adopt: {ident}")]
    assert acting(plan) == {"big": "create", "net": "create"}


def test_a_stray_that_fits_no_entry_is_proposed_all_the_same_and_never_deleted(bench: Bench) -> None:
    ident = stray(bench, **NET)
    plan = bench.plan(stack_of(SEED))
    assert proposed(plan) == [("adopt", "", f"adopt: {ident}")] and plan.empty


def test_a_stray_is_ours_once_the_line_is_written(bench: Bench) -> None:
    ident = stray(bench, **NET)
    stack = stack_of(SEED, entry("net", "Network", NET, adopt=ident))
    bench.apply(stack)
    plan = bench.plan(stack)
    assert plan.empty and not plan.proposals and len(bench.cloud.objects) == 2


# --- claims -----------------------------------------------------------------------------------------------------------------


def other(stack: Stack) -> Stack:
    return replace(stack, name="other")


@pytest.mark.parametrize(
    "mine", [entry("store", "Bucket", {"Name": "data"}), entry("store", "Bucket", {"Name": "data"}, adopt="data")]
)
def test_what_another_stack_owns_cannot_be_claimed(bench: Bench, mine: Resource) -> None:
    bench.apply(other(stack_of(entry("bucket", "Bucket", {"Name": "data"}))))
    with pytest.raises(OrchError, match=r"data .* bucket of stack other in dev") as caught:
        bench.plan(stack_of(mine))
    way = "to have it here: orch state move bucket store --stack other -e dev --to-stack test"
    assert caught.value.problems[0].hint.endswith(way)


def test_what_another_environment_owns_is_forgotten_there_first(bench: Bench) -> None:
    bench.apply(replace(other(stack_of(entry("bucket", "Bucket", {"Name": "data"}))), environment="prod"))
    with pytest.raises(OrchError, match="bucket of stack other in prod") as caught:
        bench.plan(stack_of(entry("store", "Bucket", {"Name": "data"})))
    way = "orch state forget bucket --stack other -e prod --identity data, then `adopt: data` in this entry"
    assert caught.value.problems[0].hint.endswith(way)


def test_what_another_stack_has_let_go_can_be_taken_over(bench: Bench) -> None:
    bench.apply(other(stack_of(entry("bucket", "Bucket", {"Name": "data"}, on_remove="retain"))))
    bench.apply(other(stack_of()))
    mine = stack_of(entry("store", "Bucket", {"Name": "data"}, adopt="data"))
    bench.apply(mine)
    assert bench.plan(mine).empty and list(bench.cloud.objects) == ["data"]


def doubled(bench: Bench, stack: str = "test") -> None:
    """A second row for the link of the ledger, as only tampering makes one."""
    bench.apply(LINKED)
    backend = bench.engine().backend
    (row,) = (row for row in backend.rows() if row.address == "link")
    twin = replace(row, uid="twin", address="link2", stack=stack)
    lease = backend.acquire(f"{stack}/dev", "me", "tampering")
    backend.append(lease, row.run, Commit((), (twin,), ()))
    backend.release(lease)


ENDS = (entry("a", "Network", NET), entry("b", "Bucket", {"Name": "data"}))
LINK = {"From": ref("a", "Id"), "To": ref("b", "Id")}
LINKED = stack_of(*ENDS, entry("link", "Link", LINK))


def test_two_rows_for_one_object_are_refused_by_name(bench: Bench) -> None:
    doubled(bench)
    both = stack_of(*ENDS, entry("link", "Link", LINK), entry("link2", "Link", LINK))
    with pytest.raises(OrchError, match="stands in the ledger twice: as link and as link2") as caught:
        bench.plan(both)
    assert "take one of the two entries out" in caught.value.problems[0].hint


def test_one_of_two_rows_for_one_object_is_forgotten_and_the_object_stays(bench: Bench) -> None:
    doubled(bench)
    plan = bench.plan(LINKED)
    assert acting(plan) == {"link2": "forget"}
    bench.apply(plan)
    assert "Memory::Link" in bench.kinds() and bench.plan(LINKED).empty


def test_two_rows_for_one_object_that_both_go_delete_it_once(bench: Bench) -> None:
    doubled(bench)
    assert sorted(acting(bench.plan(stack_of(*ENDS))).values()) == ["delete", "forget"]
    bench.apply(bench.plan(stack_of(), destroy=True))
    assert not bench.cloud.objects and not bench.engine().backend.rows()


def test_an_object_that_another_stack_owns_too_is_neither_changed_nor_deleted(bench: Bench) -> None:
    doubled(bench, "other")
    with pytest.raises(OrchError, match="twice: as link and as link2 of stack other in dev"):
        bench.plan(LINKED)
    plan = bench.plan(stack_of(*ENDS))
    assert acting(plan) == {"link": "forget"}
    assert "link2 of stack other in dev owns" in plan.changes[-1].because[0].message
    bench.apply(plan)
    assert "Memory::Link" in bench.kinds() and bench.plan(stack_of(*ENDS)).empty


def test_a_change_is_still_possible_beside_a_row_that_is_forgotten(bench: Bench) -> None:
    doubled(bench)
    plan = bench.plan(changed(LINKED, "link", Data=1))
    assert acting(plan) == {"link": "update", "link2": "forget"}
    bench.apply(plan)
    assert bench.plan(changed(LINKED, "link", Data=1)).empty
