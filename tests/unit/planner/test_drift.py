"""Drift: what a plan does about it, what is accepted as the new baseline and what is not, and that nothing else is forgotten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.model.change import Fate
from provisioner.model.plan import Plan, Verb
from provisioner.model.problem import OrchError, StaleError
from provisioner.model.resource import Owner
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Value, freeze
from provisioner.render import text
from provisioner.render.outline import outline
from tests.memory_stack import Bench, changed, entry, ref, stack_of, without

STACK = stack_of(
    entry("net", "Network", {"Cidr": "10.0.0.0/16"}),
    entry("bucket", "Bucket", {"Name": "data", "Tags": {"team": "x"}}),
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    found = Bench(tmp_path)
    found.apply(STACK)
    return found


def meddle(bench: Bench, kind: str, **body: Value) -> None:
    """Somebody changes the objects of a type by hand."""
    for item in bench.cloud.objects.values():
        if item.type == f"Memory::{kind}":
            item.body.update(body)


def fates(plan: Plan) -> dict[str, Fate]:
    return {drift.address: drift.fate for drift in plan.drift}


def acting(plan: Plan) -> dict[str, str]:
    return {change.address: str(change.action) for change in plan.changes if change.action != "no-op"}


# --- what a plan does about it ----------------------------------------------------------------------------------------------


def test_what_the_plan_has_nothing_to_do_with_is_on_request_only(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    view = outline(bench.plan(STACK))
    assert fates(bench.plan(STACK)) == {"net": Fate.LEFT}
    assert "Size" not in text.plan(view) and "1 object changed outside orch, left as found (--all-drift)" in text.plan(
        view
    )
    assert "Size" in text.plan(view, all_drift=True) and "Size" in text.drift(view)


def test_what_the_blueprint_sets_is_put_back_in_whole_or_in_part(bench: Bench) -> None:
    meddle(bench, "Bucket", Tags={"team": "y"})
    assert fates(bench.plan(STACK)) == {"bucket": Fate.REVERTED}
    meddle(bench, "Bucket", Size=7)
    plan = bench.plan(STACK)
    assert fates(plan) == {"bucket": Fate.PARTLY} and [drift.back for drift in plan.drift] == [(("Tags", "team"),)]
    assert "an apply puts Tags.team back, and leaves Size so" in " ".join(text.drift(outline(plan)).split())


def test_what_a_step_or_an_output_reads_is_shown(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    reader = entry("other", "Network", {"Cidr": "10.1.0.0/16", "Data": ref("net", "Size")})
    assert fates(bench.plan(stack_of(*STACK.resources, reader))) == {"net": Fate.READ}
    assert fates(bench.plan(stack_of(*STACK.resources, outputs={"size": ref("net", "Size")}))) == {"net": Fate.READ}
    blind = entry("other", "Network", {"Cidr": "10.1.0.0/16", "Data": ref("net", "Id")})
    assert fates(bench.plan(stack_of(*STACK.resources, blind))) == {"net": Fate.LEFT}


@pytest.mark.parametrize("new", [without(STACK, "net"), changed(STACK, "net", Cidr="10.7.0.0/16")])
def test_what_goes_with_its_object_is_shown(bench: Bench, new: Stack) -> None:
    meddle(bench, "Network", Size=7)
    assert fates(bench.plan(new)) == {"net": Fate.LOST}


def test_what_is_gone_is_made_again_or_forgotten(bench: Bench) -> None:
    del bench.cloud.objects["data"]
    assert fates(bench.plan(STACK)) == {"bucket": Fate.REVERTED}
    assert fates(bench.plan(without(STACK, "bucket"))) == {"bucket": Fate.LOST}


def test_drift_that_nobody_has_accepted_outlives_a_change_beside_it(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    bench.apply(changed(STACK, "net", Dns=True))
    plan = bench.plan(changed(STACK, "net", Dns=True))
    assert plan.empty and fates(plan) == {"net": Fate.LEFT}
    assert [(edit.path, edit.after) for edit in plan.drift[0].diff.edits] == [(("Size",), 7)]


def test_an_output_of_what_has_drifted_is_recorded_as_found(bench: Bench) -> None:
    stack = stack_of(*STACK.resources, outputs={"size": ref("net", "Size")})
    meddle(bench, "Network", Size=7)
    bench.apply(stack)
    assert bench.engine().backend.outputs("test", "dev") == {"size": 7}
    assert bench.plan(stack).empty


# --- accepted ---------------------------------------------------------------------------------------------------------------


def test_what_is_accepted_is_the_baseline_from_then_on(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    plan = bench.plan(STACK, accept_drift=("net",))
    assert acting(plan) == {"net": "rebase"} and fates(plan) == {"net": Fate.ACCEPTED}
    assert [step.verb for step in plan.steps] == [Verb.REBASE]
    before = len(bench.cloud.calls)
    assert bench.plan(STACK).drift, "planning alone accepts nothing"
    bench.apply(plan)
    assert not any(call.startswith(("create", "update", "delete")) for call in bench.cloud.calls[before:])
    assert not bench.plan(STACK).drift and bench.plan(STACK).empty
    meddle(bench, "Network", Size=8)
    (drift,) = bench.plan(STACK).drift
    assert [(edit.before, edit.after) for edit in drift.diff.edits] == [(7, 8)]


def test_what_has_been_taken_away_can_be_accepted_too(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    bench.apply(bench.plan(STACK, accept_drift=("*",)))
    for item in bench.cloud.objects.values():
        item.body.pop("Size", None)
    bench.apply(bench.plan(STACK, accept_drift=("*",)))
    assert not bench.plan(STACK).drift


def test_what_the_blueprint_sets_is_put_back_all_the_same_and_told(bench: Bench) -> None:
    meddle(bench, "Bucket", Tags={"team": "y"}, Size=7)
    plan = bench.plan(STACK, accept_drift=("bucket",))
    assert acting(plan) == {"bucket": "update"}
    assert any(
        "Tags.team is set by the blueprint, so what was found there is not accepted" in note for note in plan.notes
    )
    bench.apply(plan)
    body = bench.bodies()["data"]
    assert body["Tags"]["team"] == "x" and body["Size"] == 7
    assert not bench.plan(STACK).drift


def test_only_what_is_named_is_accepted(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    meddle(bench, "Bucket", Size=7)
    bench.apply(bench.plan(STACK, accept_drift=("n*",)))
    assert fates(bench.plan(STACK)) == {"bucket": Fate.LEFT}


def test_what_is_gone_or_replaced_is_no_baseline(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    del bench.cloud.objects["data"]
    plan = bench.plan(changed(STACK, "net", Cidr="10.7.0.0/16"), accept_drift=("*",))
    assert acting(plan) == {"net": "replace", "bucket": "create"}
    assert any("bucket is gone, which is no baseline" in note for note in plan.notes)
    assert any("net is replaced" in note for note in plan.notes)


def test_accepting_where_nothing_has_drifted_does_nothing(bench: Bench) -> None:
    assert bench.plan(STACK, accept_drift=("**",)).empty
    with pytest.raises(OrchError, match="no address matches 'nett'"):
        bench.plan(STACK, accept_drift=("nett",))


def test_a_plan_is_stale_once_what_was_to_be_accepted_is_another(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    plan = bench.plan(STACK, accept_drift=("net",))
    meddle(bench, "Network", Size=8)
    with pytest.raises(StaleError, match="Size has changed since the plan was made"):
        bench.apply(plan)


def test_what_was_accepted_is_drift_again_after_a_rollback(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    drift = bench.plan(STACK).drift
    bench.apply(bench.plan(STACK, accept_drift=("net",)))
    undo = bench.engine().compensation().plan
    assert [(step.verb, step.diff.edits[0].before) for step in undo.steps] == [(Verb.REBASE, 7)]
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert bench.plan(STACK).drift == drift


def test_a_mark_that_was_taken_off_is_not_put_back_by_accepting(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    for item in bench.cloud.objects.values():
        item.owner = None
    bench.apply(bench.plan(STACK, accept_drift=("net",)))
    assert not any(item.owner for item in bench.cloud.objects.values())


# --- where something forbids a plan -----------------------------------------------------------------------------------------


def test_drift_is_told_although_nothing_can_be_planned(bench: Bench) -> None:
    meddle(bench, "Network", Size=7)
    bench.cloud.objects["data"].owner = Owner("theirs", "x", 1)
    stack = replace(STACK, outputs=freeze({"name": ref("bucket", "Name"), "fixed": 1}))
    with pytest.raises(OrchError, match="data is another object by now"):
        bench.plan(stack)
    plan = bench.plan(stack, only_drift=True)
    assert fates(plan) == {"net": Fate.OPEN, "bucket": Fate.OPEN} and plan.kind == "drift" and plan.empty
    told = " ".join(text.drift(outline(plan)).split())
    assert "it is gone, and another object stands under its name" in told and "an apply" not in told
    assert "2 objects differ" in told
    assert bench.plan(STACK, only_drift=True, targets=("net",)).kind == "apply"


def test_all_that_forbids_a_plan_is_told_at_once_and_what_to_type(bench: Bench) -> None:
    bench.apply(
        stack_of(
            *STACK.resources,
            entry("in", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"}, protect=True),
        )
    )
    for item in bench.cloud.objects.values():
        item.owner = Owner("theirs", "x", 1) if item.type != "Memory::Subnet" else item.owner
    with pytest.raises(OrchError) as caught:
        bench.plan(
            stack_of(
                *STACK.resources,
                entry("in", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"}, protect=True),
            )
        )
    first, second = caught.value.problems  # and not that the subnet would be replaced, which nobody wants
    assert {first.address, second.address} == {"net", "bucket"}
    hints = {problem.address: problem.hint for problem in (first, second)}
    assert "orch state forget bucket --stack test -e dev, then `adopt: data` in this entry" in str(hints["bucket"])
