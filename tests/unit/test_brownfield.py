"""Taking over what exists, and finding a lost ledger again: what is found, what it is worth, and whose it stays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import MemoryProvider, Script
from provisioner import brownfield
from provisioner.model.candidate import Standing
from provisioner.model.change import Action, Reason
from provisioner.model.fault import Fault
from provisioner.model.plan import Plan, Verb
from provisioner.model.problem import OrchError, RefusedError, StaleError
from provisioner.model.resource import Owner, Resource
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Map, freeze
from provisioner.planner.takeover import Existing, takeover
from provisioner.state import container
from tests.memory_stack import PLACE, Bench, changed, entry, ref, stack_of, typical, without

OTHER = Owner("l" * 26, "u" * 26)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def there(bench: Bench, kind: str, owner: Owner | None = None, **body: Any) -> str:
    """An object that exists already; its id."""
    want = Resource("x", f"Memory::{kind}", PLACE, freeze(body), owner=owner)
    return MemoryProvider(bench.cloud).create(want, "").identity or ""


def look(bench: Bench, stack: Stack, **how: Any) -> Existing:
    return brownfield.find(bench.engine(), stack, **how)


def standings(existing: Existing) -> dict[str, str]:
    return {found.want.address: str(found.standing) for found in existing.candidates}


def why(existing: Existing, address: str) -> str:
    return next(found.why for found in existing.candidates if found.want.address == address)


def plan_of(bench: Bench, existing: Existing, accepted: Collection[str] | None = None) -> Plan:
    chosen = {found.want.address for found in existing.ready} if accepted is None else accepted
    return takeover(existing, chosen, bench.engine().uids())


def adopt(bench: Bench, stack: Stack, accepted: Collection[str] | None = None) -> Plan:
    """Look, take over, and say with which plan."""
    plan = plan_of(bench, look(bench, stack), accepted)
    bench.apply(plan)
    return plan


def actions(plan: Plan) -> dict[str, Action]:
    return {change.address: change.action for change in plan.changes if change.action is not Action.NOOP}


def net(address: str = "net", cidr: str = "10.0.0.0/16", **body: Any) -> Resource:
    return entry(address, "Network", {"Cidr": cidr, **body})


NAMED = {"Tags": {"Name": "main"}}


# --- what is found, and how ---------------------------------------------------------------------------------------------------


def test_what_carries_its_name_tag_is_taken_over_and_nothing_is_left_to_do(bench: Bench) -> None:
    ident = there(bench, "Network", Cidr="10.0.0.0/16", **NAMED)
    there(bench, "Network", Cidr="10.0.0.0/16", Tags={"Name": "another"})
    stack = stack_of(net(**NAMED), outputs={"id": ref("net", "Id")})
    plan = adopt(bench, stack)
    assert actions(plan) == {"net": Action.ADOPT} and 'tag Name "main"' in plan.changes[0].because[0].message
    (row,) = bench.engine().backend.rows()
    assert (row.identity, bench.cloud.objects[ident].owner) == (ident, Owner(plan.lineage, row.uid, 1))
    assert bench.plan(stack).empty
    assert bench.engine().backend.outputs("test", "dev") == Map({"id": ident})


def test_all_tags_that_the_entry_wants_tell_an_object(bench: Bench) -> None:
    ident = there(bench, "Network", Cidr="10.0.0.0/16", Tags={"team": "x", "tier": "web", "more": "y"})
    there(bench, "Network", Cidr="10.0.0.0/16", Tags={"team": "x"})
    (found,) = look(bench, stack_of(net(Tags={"team": "x", "tier": "web"}))).candidates
    assert (found.have.identity, found.how) == (ident, "by its tags team, tier")


def test_tags_of_the_whole_place_tell_nothing(bench: Bench) -> None:
    there(bench, "Network", Cidr="10.0.0.0/16", Tags={"team": "x"})
    place = replace(PLACE, default_tags=Map({"team": "x"}))
    want = replace(net(Tags={"team": "x"}), place=place)
    existing = look(bench, replace(stack_of(want), places=(place,)))
    assert not existing.candidates and [want.address for want in existing.absent] == ["net"]


def test_a_name_decides_alone(bench: Bench) -> None:
    there(bench, "Bucket", Name="data")
    there(bench, "Bucket", Name="other", Tags={"Name": "data"})
    (found,) = look(bench, stack_of(entry("bucket", "Bucket", {"Name": "data", "Tags": {"Name": "data"}}))).candidates
    assert (found.have.identity, found.how) == ("data", "by its name")


def test_what_a_network_turns_out_to_be_tells_its_subnets_and_links(bench: Bench) -> None:
    mine, other = (there(bench, "Network", Cidr="10.0.0.0/16", Tags={"Name": name}) for name in ("main", "other"))
    there(bench, "Subnet", NetworkId=other, Cidr="10.0.1.0/24", Tags={"Name": "sub"})
    sub = there(bench, "Subnet", NetworkId=mine, Cidr="10.0.1.0/24", Tags={"Name": "sub"})
    there(bench, "Bucket", Name="data")
    link = there(bench, "Link", From=mine, To="data")
    stack = stack_of(
        entry("link", "Link", {"From": ref("net", "Id"), "To": ref("bucket", "Id")}),
        entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24", "Tags": {"Name": "sub"}}),
        entry("bucket", "Bucket", {"Name": "data"}),
        net(**NAMED),
    )
    plan = adopt(bench, stack)
    rows = {row.address: row for row in bench.engine().backend.rows()}
    assert {address: row.identity for address, row in rows.items()} == {"net": mine, "sub": sub, "bucket": "data", "link": link}  # fmt: skip
    assert rows["sub"].depends_on == (rows["net"].uid,)
    assert [step.verb for step in plan.steps] == [Verb.ADOPT] * 4
    assert bench.plan(stack).empty
    bench.apply(stack_of())
    assert len(bench.cloud.objects) == 2, "what was taken over can be deleted, in order"


def test_what_is_owned_tells_what_is_not(bench: Bench) -> None:
    stack = stack_of(net(**NAMED), entry("link", "Link", {"From": ref("net", "Id"), "To": "x"}))
    bench.apply(without(stack, "link"))
    ident = bench.engine().backend.rows()[0].identity
    link = there(bench, "Link", From=ident, To="x")
    there(bench, "Link", From=ident, To="y")
    assert actions(adopt(bench, stack)) == {"link": Action.ADOPT}
    assert {row.identity for row in bench.engine().backend.rows()} == {ident, link}
    assert bench.plan(stack).empty


def test_a_difference_is_told_and_left_to_the_next_plan(bench: Bench) -> None:
    ident = there(bench, "Network", Cidr="10.0.0.0/16", Dns=False, Rules=["a"], **NAMED)
    stack = stack_of(net(Dns=True, **NAMED))
    plan = adopt(bench, stack)
    assert "it differs in Dns" in plan.changes[0].because[1].message
    assert bench.cloud.objects[ident].body["Dns"] is False
    assert actions(bench.plan(stack)) == {"net": Action.UPDATE}


# --- what is never taken ------------------------------------------------------------------------------------------------------


def test_of_two_that_fit_neither_is_taken_nor_what_stands_in_them(bench: Bench) -> None:
    for _ in range(2):
        ident = there(bench, "Network", Cidr="10.0.0.0/16", **NAMED)
    there(bench, "Subnet", NetworkId=ident, Cidr="10.0.1.0/24", Tags={"Name": "sub"})
    sub = entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24", "Tags": {"Name": "sub"}})
    existing = look(bench, stack_of(net(**NAMED), sub))
    assert standings(existing) == {"net": Standing.AMBIGUOUS, "sub": Standing.WAITING}
    assert "2 objects fit equally" in why(existing, "net")
    plan = plan_of(bench, existing, {"net", "sub"})
    assert plan.empty and any("net is not taken over" in note for note in plan.notes)


def test_what_two_entries_mean_is_neithers(bench: Bench) -> None:
    ident = there(bench, "Network", Cidr="10.0.0.0/16", **NAMED)
    there(bench, "Link", From=ident, To="x")
    stack = stack_of(net("a", **NAMED), net("b", **NAMED), entry("link", "Link", {"From": ref("a", "Id"), "To": "x"}))
    existing = look(bench, stack)
    assert standings(existing) == {"a": Standing.AMBIGUOUS, "b": Standing.AMBIGUOUS}
    assert why(existing, "a") == f"b fits {ident} too"


def test_nobody_elses_object_is_taken(bench: Bench) -> None:
    there(bench, "Network", OTHER, Cidr="10.0.0.0/16", **NAMED)
    there(bench, "Bucket", OTHER, Name="data")
    existing = look(bench, stack_of(net(**NAMED), entry("bucket", "Bucket", {"Name": "data"})))
    assert standings(existing) == {"net": Standing.FOREIGN, "bucket": Standing.FOREIGN}
    assert OTHER.lineage in why(existing, "net")
    assert plan_of(bench, existing, {"net", "bucket"}).empty


def test_another_stacks_object_is_not_taken(bench: Bench) -> None:
    stack = stack_of(net(**NAMED), entry("bucket", "Bucket", {"Name": "data"}))
    bench.apply(replace(stack, name="first"))
    existing = look(bench, stack)
    assert standings(existing) == {"net": Standing.FOREIGN, "bucket": Standing.FOREIGN}
    assert why(existing, "net") == "it is net of stack first in dev already"


def test_of_two_of_a_name_the_one_that_is_nobodys_is_meant(bench: Bench) -> None:
    there(bench, "Network", OTHER, Cidr="10.0.0.0/16", **NAMED)
    ident = there(bench, "Network", Cidr="10.0.0.0/16", **NAMED)
    (found,) = look(bench, stack_of(net(**NAMED))).ready
    assert found.have.identity == ident


def test_what_would_be_replaced_at_once_is_not_taken(bench: Bench) -> None:
    ident = there(bench, "Network", Cidr="10.9.0.0/16", **NAMED)
    existing = look(bench, stack_of(net(**NAMED)))
    assert standings(existing) == {"net": Standing.UNFIT}
    assert "Cidr can only be set at creation" in why(existing, "net") and f"adopt: {ident}" in why(existing, "net")


def test_what_refers_to_something_new_waits(bench: Bench) -> None:
    there(bench, "Network", Cidr="10.0.0.0/16", Data="old", **NAMED)
    stack = stack_of(net(Data=ref("new", "Id"), **NAMED), net("new", "10.1.0.0/16"))
    existing = look(bench, stack)
    assert standings(existing) == {"net": Standing.WAITING} and "new.Id" in why(existing, "net")


def test_a_part_is_taken_as_far_as_it_stands_by_itself(bench: Bench) -> None:
    ident = there(bench, "Network", Cidr="10.0.0.0/16", **NAMED)
    there(bench, "Link", From=ident, To="x")
    stack = stack_of(net(**NAMED), entry("link", "Link", {"From": ref("net", "Id"), "To": "x"}))
    plan = plan_of(bench, look(bench, stack), {"link"})
    assert plan.empty and any("link was left out: it refers to net.Id" in note for note in plan.notes)
    assert any("orch adopt b -e dev --address net" in note for note in plan.notes)


def test_what_could_not_be_read_is_not_taken_for_absent(bench: Bench) -> None:
    there(bench, "Network", Cidr="10.0.0.0/16", **NAMED)
    stack = stack_of(net(**NAMED), entry("bucket", "Bucket", {"Name": "data"}))
    there(bench, "Bucket", Name="data")
    bench.cloud.scripts.append(Script("read Memory::Network", Fault.DENIED, times=9))
    with pytest.raises(OrchError, match="cannot read Memory::Network"):
        look(bench, stack)
    existing = look(bench, stack, allow_blind=True)
    assert standings(existing) == {"bucket": Standing.READY} and not existing.absent


def test_a_takeover_is_stale_once_somebody_else_has_come_first(bench: Bench) -> None:
    ident = there(bench, "Network", Cidr="10.0.0.0/16", **NAMED)
    plan = plan_of(bench, look(bench, stack_of(net(**NAMED))))
    bench.cloud.objects[ident].owner = OTHER
    with pytest.raises(StaleError, match="mark"):
        bench.apply(plan)
    assert bench.cloud.objects[ident].owner == OTHER


def test_a_takeover_is_taken_back(bench: Bench) -> None:
    ident = there(bench, "Network", Cidr="10.0.0.0/16", **NAMED)
    before = bench.bodies()
    adopt(bench, stack_of(net(**NAMED)))
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert bench.cloud.objects[ident].owner is None and bench.bodies() == before
    assert not bench.engine().backend.rows()


@pytest.mark.parametrize("by", ["search", "entry"])
def test_what_differs_is_said_and_put_back_as_it_was_found(bench: Bench, by: str) -> None:
    ident = there(bench, "Network", Cidr="10.0.0.0/16", Dns=False, Data={"a": 1, "more": 2}, **NAMED)
    found = bench.bodies()[ident]
    wanted = net(Dns=True, Data={"a": 5}, Size=3, **NAMED)
    stack = stack_of(wanted if by == "search" else replace(wanted, options=replace(wanted.options, adopt=ident)))
    plan = adopt(bench, stack) if by == "search" else bench.plan(stack)
    assert any("it differs in Data.a, Dns, Size: the plan after this" in b.message for b in plan.changes[0].because)
    if by == "entry":
        bench.apply(plan)
    assert bench.bodies()[ident] == found
    after = bench.plan(stack)
    assert not after.drift and actions(after) == {"net": Action.UPDATE}
    assert {b.reason for b in after.changes[0].because} == {Reason.WANTED}
    bench.apply(after)
    assert bench.plan(stack).empty and bench.bodies()[ident]["Dns"] is True
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert bench.bodies()[ident] == found
    assert actions(bench.plan(stack)) == {"net": Action.UPDATE} and not bench.plan(stack).drift


def test_a_stray_keeps_its_uid(bench: Bench) -> None:
    stack = stack_of(net(**NAMED))
    bench.apply(stack)
    (row,) = bench.engine().backend.rows()
    engine = bench.engine()
    engine.backend._db.execute("DELETE FROM ledger")  # type: ignore[attr-defined]
    calls = sum(call.startswith("update") for call in bench.cloud.calls)
    adopt(bench, stack)
    (again,) = bench.engine().backend.rows()
    assert (again.uid, again.generation, again.identity) == (row.uid, row.generation, row.identity)
    assert sum(call.startswith("update") for call in bench.cloud.calls) == calls, "its mark is on it already"


def test_a_copy_of_an_owned_objects_mark_is_no_claim(bench: Bench) -> None:
    stack = stack_of(net(**NAMED), net("copy", Tags={"Name": "copy"}))
    bench.apply(without(stack, "copy"))
    (row,) = bench.engine().backend.rows()
    owner = Owner(bench.engine().backend.lineage(), row.uid, 1)
    there(bench, "Network", owner, Cidr="10.0.0.0/16", Tags={"Name": "copy"})
    existing = look(bench, stack)
    assert standings(existing)["copy"] in (Standing.FOREIGN, Standing.AMBIGUOUS)
    assert "mark" in why(existing, "copy") and plan_of(bench, existing).empty


# --- a ledger that was lost ---------------------------------------------------------------------------------------------------


def lose(bench: Bench) -> dict[str, Any]:
    """The state is gone; what its ledger had."""
    had = {row.address: row for row in bench.engine().backend.rows()}
    for path in bench.path.parent.glob("state.db*"):
        path.unlink()
    return had


def rebuild(bench: Bench, stack: Stack, accepted: Collection[str] | None = None, **how: Any) -> Plan:
    existing = look(bench, stack, rebuild=True, **how)
    chosen = {found.want.address for found in existing.ready} if accepted is None else accepted
    plan = plan_of(bench, existing, {found.want.address for found in existing.proven} | set(chosen))
    bench.engine().apply(container.pack(plan), confirmed=True)
    return plan


def test_a_lost_ledger_is_found_again(bench: Bench) -> None:
    bench.apply(typical())
    lineage = bench.engine().backend.lineage()
    owners = {ident: item.owner for ident, item in bench.cloud.objects.items()}
    had = lose(bench)
    plan = rebuild(bench, typical())
    rows = {row.address: row for row in bench.engine().backend.rows()}
    marked = {address for address in had if address != "link"}
    assert bench.engine().backend.lineage() == lineage == plan.lineage
    assert rows.keys() == had.keys()
    for address, row in rows.items():
        assert (row.identity, row.applied, row.baseline) == (had[address].identity, had[address].applied, had[address].baseline)  # fmt: skip
        assert address not in marked or (row.uid, row.generation) == (had[address].uid, had[address].generation)
    assert rows["vm"].depends_on == had["vm"].depends_on
    assert {ident: item.owner for ident, item in bench.cloud.objects.items()} == owners
    assert bench.plan(typical()).empty
    assert bench.engine().backend.outputs("test", "dev")


def test_a_ledger_that_lacks_nothing_is_not_said_to_be_lost(bench: Bench) -> None:
    bench.apply(typical())
    plan = plan_of(bench, look(bench, typical(), rebuild=True))
    assert plan.empty and plan.notes == ("the ledger has all of it (7 resources): nothing is missing",)


def test_what_no_mark_proves_is_only_proposed(bench: Bench) -> None:
    bench.apply(typical())
    lose(bench)
    existing = look(bench, typical(), rebuild=True)
    assert [found.want.address for found in existing.proposed] == ["link"]
    plan = rebuild(bench, typical(), accepted=())
    assert "link" not in {row.address for row in bench.engine().backend.rows()}
    assert any(
        "link is not taken over" in note and "orch state rebuild b -e dev --address link" in note for note in plan.notes
    )
    assert any(note.startswith("6 of 7 resources are recovered") for note in plan.notes)


def test_somebody_elses_object_under_a_name_of_ours_is_only_proposed(bench: Bench) -> None:
    stack = stack_of(net(**NAMED), entry("bucket", "Bucket", {"Name": "data"}))
    bench.apply(stack)
    lose(bench)
    bench.cloud.objects["data"].owner = None
    existing = look(bench, stack, rebuild=True)
    assert [found.want.address for found in existing.proven] == ["net"]
    rebuild(bench, stack, accepted=())
    assert bench.cloud.objects["data"].owner is None


def test_a_marked_object_wins_over_one_of_the_same_name(bench: Bench) -> None:
    bench.apply(stack_of(net(**NAMED)))
    had = lose(bench)
    there(bench, "Network", Cidr="10.0.0.0/16", **NAMED)
    rebuild(bench, stack_of(net(**NAMED)))
    assert bench.engine().backend.rows()[0].identity == had["net"].identity


def test_a_lost_state_has_to_be_really_gone(bench: Bench) -> None:
    bench.apply(stack_of(net(**NAMED)))
    lose(bench)
    plan = plan_of(bench, look(bench, stack_of(net(**NAMED)), rebuild=True))
    with pytest.raises(RefusedError, match="is its former state really gone"):
        bench.apply(plan)
    assert not bench.engine().backend.rows()


def test_of_several_lineages_one_has_to_be_named(bench: Bench) -> None:
    bench.apply(stack_of(net(**NAMED)))
    lineage = bench.engine().backend.lineage()
    lose(bench)
    there(bench, "Network", OTHER, Cidr="10.5.0.0/16", Tags={"Name": "theirs"})
    with pytest.raises(OrchError, match="objects of 2 lineages") as caught:
        look(bench, stack_of(net(**NAMED)), rebuild=True)
    assert lineage in str(caught.value) and OTHER.lineage in str(caught.value)
    with pytest.raises(OrchError, match="no object of this blueprint's types carries"):
        look(bench, stack_of(net(**NAMED)), rebuild=True, lineage="nope")
    existing = look(bench, stack_of(net(**NAMED)), rebuild=True, lineage=lineage)
    assert [found.want.address for found in existing.proven] == ["net"]


def test_a_state_in_use_takes_no_other_lineage(bench: Bench) -> None:
    bench.apply(stack_of(net(**NAMED)))
    lineage = bench.engine().backend.lineage()
    lose(bench)
    bench.apply(stack_of(entry("bucket", "Bucket", {"Name": "data"})))
    stack = stack_of(net(**NAMED), entry("bucket", "Bucket", {"Name": "data"}))
    with pytest.raises(OrchError, match="state is in use"):
        look(bench, stack, rebuild=True, lineage=lineage)
    assert standings(look(bench, stack, rebuild=True)) == {"net": Standing.FOREIGN}
    with pytest.raises(OrchError, match="is in use"):
        bench.engine().backend.take_lineage(lineage)


def test_stacks_of_one_lineage_are_rebuilt_one_after_the_other(bench: Bench) -> None:
    one = stack_of(net(**NAMED))
    two = replace(stack_of(net("other", "10.1.0.0/16", Tags={"Name": "second"})), name="two")
    bench.apply(one)
    bench.apply(two)
    lose(bench)
    assert [proposal.kind for proposal in rebuild(bench, one).proposals] == ["adopt"]
    plan = rebuild(bench, two)
    assert not plan.confirm and not plan.proposals
    assert bench.plan(one).empty and bench.plan(two).empty


def test_a_mark_that_two_objects_carry_proves_nothing(bench: Bench) -> None:
    bench.apply(stack_of(net(**NAMED)))
    had = lose(bench)
    owner = bench.cloud.objects[had["net"].identity].owner
    there(bench, "Network", owner, Cidr="10.0.0.0/16", Tags={"Name": "copy"})
    existing = look(bench, stack_of(net(**NAMED)), rebuild=True)
    assert standings(existing) == {"net": Standing.AMBIGUOUS} and "very mark" in why(existing, "net")


def test_of_an_unfinished_replacement_the_new_object_is_the_one(bench: Bench) -> None:
    bench.apply(stack_of(net(**NAMED)))
    had = lose(bench)
    owner = bench.cloud.objects[had["net"].identity].owner or pytest.fail()
    newer = there(bench, "Network", replace(owner, generation=2), Cidr="10.0.0.0/16", **NAMED)
    plan = rebuild(bench, stack_of(net(**NAMED)))
    assert [(row.identity, row.generation) for row in bench.engine().backend.rows()] == [(newer, 2)]
    assert [proposal.identity for proposal in plan.proposals] == [had["net"].identity]


def test_a_rebuild_that_is_taken_back_leaves_the_marks(bench: Bench) -> None:
    bench.apply(typical())
    had = lose(bench)
    owners = {ident: item.owner for ident, item in bench.cloud.objects.items()}
    rebuild(bench, typical())
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert not bench.engine().backend.rows()
    assert {ident: item.owner for ident, item in bench.cloud.objects.items()} == owners
    rebuild(bench, typical())
    assert {row.address for row in bench.engine().backend.rows()} == had.keys()
    assert bench.plan(typical()).empty


def test_what_is_gone_is_told_and_what_has_changed_is_the_next_plans(bench: Bench) -> None:
    bench.apply(typical())
    had = lose(bench)
    del bench.cloud.objects[str(had["sub-b"].identity)]
    bench.cloud.objects["data"].body["Tags"] = {"team": "y"}
    plan = rebuild(bench, typical())
    assert "sub-b was not found: the next plan creates it" in plan.notes
    assert actions(bench.plan(typical())) == {"sub-b": Action.CREATE, "bucket": Action.UPDATE}


def test_a_blueprint_that_has_changed_since_says_so_in_the_next_plan(bench: Bench) -> None:
    bench.apply(stack_of(net(**NAMED)))
    lose(bench)
    later = changed(stack_of(net(**NAMED)), "net", Cidr="10.9.0.0/16")
    rebuild(bench, later)
    assert actions(bench.plan(later)) == {"net": Action.REPLACE}, "it is ours, whatever the blueprint says now"


def test_nothing_found_leaves_the_new_state_as_it_is(bench: Bench) -> None:
    existing = look(bench, typical(), rebuild=True)
    assert not existing.candidates and not existing.taken_lineage
    assert plan_of(bench, existing).empty and len(existing.absent) == 7


# --- an older copy of the ledger ----------------------------------------------------------------------------------------------


def older(bench: Bench, before: Stack, *after: Stack) -> None:
    """The state as it was before stacks were applied, over the cloud as it was afterwards."""
    bench.apply(before)
    engine = bench.engine()
    copy = bench.path.with_suffix(".copy")
    engine.backend._db.execute(f"VACUUM INTO '{copy}'")  # type: ignore[attr-defined]
    engine.backend.close()
    for stack in after:
        bench.apply(stack)
    lose(bench)
    copy.rename(bench.path)


def ledger(bench: Bench) -> dict[tuple[str, int], tuple[str | None, str]]:
    return {(row.address, row.generation): (row.identity, str(row.role)) for row in bench.engine().backend.rows()}


def test_an_older_copy_is_brought_up_to_date(bench: Bench) -> None:
    now = changed(typical(), "net", Cidr="10.9.0.0/16")
    older(bench, typical(), now)
    there_now = bench.bodies()
    with pytest.raises(OrchError, match="this state is an older copy") as caught:
        bench.plan(now)
    assert all("orch state rebuild b -e dev" in problem.hint for problem in caught.value.problems)
    with pytest.raises(OrchError, match="this state is an older copy"):
        bench.plan(typical())
    plan = rebuild(bench, now)
    assert "5 of 7 resources are brought up to date" in plan.notes[0] and not plan.proposals
    assert bench.bodies() == there_now
    assert {identity for identity, _ in ledger(bench).values()} == there_now.keys()
    assert bench.plan(now).empty
    bench.apply(bench.plan(now, destroy=True))
    assert not bench.cloud.objects


def test_an_older_copy_rolls_nothing_back_over_what_came_later(bench: Bench) -> None:
    first = stack_of(net(**NAMED))
    bench.apply(first)
    second, third = (changed(first, "net", Cidr=f"10.{n}.0.0/16") for n in (8, 9))
    older(bench, second, third)
    before = bench.bodies()
    with pytest.raises(OrchError, match="a later generation of net than the ledger knows") as caught:
        bench.engine().rollback()
    assert caught.value.problems[0].hint.endswith("orch state rebuild test -e dev") and bench.bodies() == before


def test_what_carries_no_mark_is_proposed_for_an_older_copy_too(bench: Bench) -> None:
    now = changed(typical(), "net", Cidr="10.9.0.0/16")
    older(bench, typical(), now)
    existing = look(bench, now, rebuild=True)
    assert [found.want.address for found in existing.proposed] == ["link"]
    had = {row.address: row.uid for row in bench.engine().backend.rows()}
    rebuild(bench, now, accepted=())
    rebuild(bench, now)
    assert {row.address: row.uid for row in bench.engine().backend.rows()} == had
    assert bench.plan(now).empty


def test_the_former_object_that_still_stands_is_left_over(bench: Bench) -> None:
    before = stack_of(net(**NAMED))
    older(bench, before)
    row = bench.engine().backend.rows()[0]
    lineage = bench.engine().backend.lineage()
    newer = there(bench, "Network", Owner(lineage, row.uid, 2), Cidr="10.0.0.0/16", **NAMED)
    plan = bench.plan(before)
    assert plan.empty and [proposal.kind for proposal in plan.proposals] == ["rebuild"]
    rebuild(bench, before)
    assert ledger(bench) == {("net", 1): (row.identity, "superseded"), ("net", 2): (newer, "current")}
    assert actions(bench.plan(before)) == {"net": Action.DELETE}
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert ledger(bench) == {("net", 1): (row.identity, "current")}
    rebuild(bench, before)
    bench.apply(before)
    assert ledger(bench) == {("net", 2): (newer, "current")} and list(bench.cloud.objects) == [newer]


def test_a_name_whose_object_was_made_again_is_brought_up_to_date(bench: Bench) -> None:
    stack = stack_of(entry("bucket", "Bucket", {"Name": "data"}))
    older(bench, stack)
    bench.cloud.objects["data"].owner = replace(bench.cloud.objects["data"].owner or OTHER, generation=2)
    with pytest.raises(OrchError, match=r"data is generation 2 of bucket.*older copy"):
        bench.plan(stack)
    rebuild(bench, stack)
    assert ledger(bench) == {("bucket", 2): ("data", "current")} and bench.plan(stack).empty


def test_what_carries_the_mark_of_an_object_that_is_gone_is_taken_for_it(bench: Bench) -> None:
    stack = stack_of(net(**NAMED))
    bench.apply(stack)
    row = bench.engine().backend.rows()[0]
    twin = there(bench, "Network", bench.cloud.objects[str(row.identity)].owner, Cidr="10.0.0.0/16", **NAMED)
    assert [proposal.kind for proposal in bench.plan(stack).proposals] == ["adopt"]
    del bench.cloud.objects[str(row.identity)]
    with pytest.raises(RefusedError, match="it creates net while"):
        bench.apply(stack)
    rebuild(bench, stack)
    assert ledger(bench) == {("net", 1): (twin, "current")} and bench.plan(stack).empty


def test_of_two_later_objects_with_one_mark_none_is_taken(bench: Bench) -> None:
    stack = stack_of(net(**NAMED))
    bench.apply(stack)
    row = bench.engine().backend.rows()[0]
    owner = Owner(bench.engine().backend.lineage(), row.uid, 2)
    for _ in range(2):
        there(bench, "Network", owner, Cidr="10.0.0.0/16", **NAMED)
    plan = rebuild(bench, stack)
    assert plan.empty and any("take the mark off those that are not meant" in note for note in plan.notes)
    assert not any("nothing is missing" in note for note in plan.notes)
