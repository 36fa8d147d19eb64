"""What has to be confirmed beyond a yes: deletions by their number, a ledger that is half gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.model.change import Action, Change
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Plan, Question
from provisioner.model.problem import RefusedError
from provisioner.model.run import RunStatus
from provisioner.planner.caution import Caution, deletions, unanswered
from provisioner.state import container
from tests.memory_stack import PLACE, Bench, changed, entry, stack_of


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.caution = Caution()
    return bench


def rows(**types: int) -> list[LedgerRow]:
    return [
        LedgerRow(f"{kind}{n}", 1, "s", "e", f"{kind}{n}", f"Memory::{kind}", PLACE, "x")
        for kind, count in types.items()
        for n in range(count)
    ]


def gone(action: Action = Action.DELETE, **types: int) -> list[Change]:
    return [Change(row.address, row.type, PLACE, action, row.uid, 1) for row in rows(**types)]


@pytest.mark.parametrize(
    ("there", "goes", "asks"),
    [
        ({"A": 10}, {"A": 5}, 0),  # half is not more than half
        ({"A": 9}, {"A": 5}, 5),
        ({"A": 4}, {"A": 4}, 0),  # fewer than 5
        ({"A": 95, "B": 5}, {"B": 5}, 5),  # all of a type
        ({"A": 95, "B": 6}, {"B": 5}, 0),
        ({"A": 95, "B": 4}, {"B": 4, "A": 3}, 0),  # all of a type that has few
    ],
)
def test_when_deletions_are_asked_about(there: dict[str, int], goes: dict[str, int], asks: int) -> None:
    questions = deletions(gone(**goes), rows(**there), Caution())
    assert [question.destroys for question in questions] == ([asks] if asks else [])


def test_what_is_forgotten_does_not_count() -> None:
    assert not deletions(gone(Action.FORGET, A=5), rows(A=5), Caution())


def test_what_is_replaced_is_deleted_as_well() -> None:
    (question,) = deletions([*gone(Action.REPLACE, A=4), *gone(B=2)], rows(A=4, B=4), Caution())
    assert question == Question("it deletes 6 of the 8 objects of this stack, 4 of them to be replaced", 6)
    (question,) = deletions(gone(Action.REPLACE, A=8), rows(A=8, B=20), Caution())
    assert question.text == (
        "it deletes 8 of the 28 objects of this stack, 8 of them to be replaced, among them all 8 of type Memory::A"
    )


def test_the_limits_are_those_of_the_project() -> None:
    assert deletions(gone(A=2), rows(A=9), Caution(0.2, 2))
    assert not deletions(gone(A=7), rows(A=9), Caution(1.0, 5))


def test_which_questions_are_open() -> None:
    asked = (Question("seven go", 7), Question("the wrong account?"))
    plan = Plan("s", "e", "l", "now", changes=tuple(gone(A=7)), confirm=asked)

    def left(confirmed: bool, number: int | None) -> list[str]:
        return [problem.message for problem in unanswered(plan, confirmed, number)]

    assert left(False, None) == ["seven go", "the wrong account?"]
    assert left(True, None) == ["seven go"]
    assert left(True, 6) == ["seven go; 6 was confirmed"]
    assert left(True, 7) == []


def test_a_wrong_number_is_refused_though_none_was_asked_for() -> None:
    one = Plan("s", "e", "l", "now", changes=tuple(gone(A=1)))
    (problem,) = unanswered(one, False, 5)
    assert problem.message == "it deletes 1 object; 5 was confirmed" and "--confirm-destroy 1" in problem.hint
    (problem,) = unanswered(replace(one, changes=()), False, 5)
    assert problem.message == "it deletes 0 objects; 5 was confirmed" and "leave" in problem.hint
    assert not list(unanswered(one, False, 1))


def test_what_no_entry_owns_counts_apart() -> None:
    strays = [replace(change, uid="", address=f"net/{change.address}") for change in gone(B=1)]
    (question,) = deletions([*gone(A=20), *strays], rows(A=20), Caution())
    words = (
        "it deletes 20 of the 20 objects of this stack, among them all 20 of type Memory::A, and 1 that no entry owns"
    )
    assert question == Question(words, 21)
    assert "B" not in deletions([*gone(A=1), *[replace(c, uid="") for c in gone(B=5)]], rows(A=5), Caution())[0].text


def test_much_is_deleted_only_with_its_number(bench: Bench) -> None:
    networks = [entry(f"n{index}", "Network", {"Cidr": f"10.{index}.0.0/16"}) for index in range(8)]
    bench.apply(stack_of(*networks))
    file = container.pack(bench.plan(stack_of(*networks[:2])))
    for answer in ({}, {"confirmed": True}, {"confirm_destroy": 5}):
        with pytest.raises(RefusedError, match="it deletes 6 of the 8 objects of this stack"):
            bench.engine().apply(container.unpack(file.data), **answer)
    assert bench.engine().apply(file, confirm_destroy=6).run.status is RunStatus.DONE
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 8


def test_a_partial_plan_is_measured_by_the_whole_stack(bench: Bench) -> None:
    networks = [entry(f"n{index}", "Network", {"Cidr": f"10.{index}.0.0/16"}) for index in range(6)]
    buckets = [entry(f"b{index}", "Bucket", {"Name": f"b{index}"}) for index in range(6)]
    bench.apply(stack_of(*networks, *buckets))
    assert not bench.plan(stack_of(networks[0], *buckets), targets=("n*",)).confirm
    assert bench.plan(stack_of(*buckets), targets=("n*",)).confirm  # all of a type


def test_a_plan_to_destroy_carries_its_number_too(bench: Bench) -> None:
    bench.apply(stack_of(*(entry(f"n{index}", "Network", {"Cidr": f"10.{index}.0.0/16"}) for index in range(8))))
    file = container.pack(bench.plan(stack_of(), destroy=True))
    with pytest.raises(RefusedError, match="it deletes 8 of the 8 objects"):
        bench.engine().apply(file)
    assert bench.engine().apply(file, confirm_destroy=8).run.status is RunStatus.DONE


def test_an_undo_does_not_ask_what_its_plan_asked(bench: Bench) -> None:
    bench.apply(stack_of(*(entry(f"n{index}", "Network", {"Cidr": f"10.{index}.0.0/16"}) for index in range(3))))
    bench.cloud.objects.clear()
    stack = stack_of(*(entry(f"n{index}", "Network", {"Cidr": f"10.{index}.0.0/16"}) for index in range(3)))
    plan = bench.plan(changed(stack, "n0", Name="x"))
    assert plan.confirm and not plan.confirm[0].destroys
    bench.engine().apply(container.pack(plan), confirmed=True)
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert not bench.cloud.objects


def test_a_project_that_lost_its_state_does_not_make_everything_twice(bench: Bench) -> None:
    stack = stack_of(*(entry(f"n{index}", "Network", {"Cidr": f"10.{index}.0.0/16"}) for index in range(3)))
    bench.apply(stack)
    for file in bench.path.parent.glob("state.db*"):
        file.unlink()
    (question,) = bench.plan(stack).confirm
    assert question.text.startswith("3 objects carry the mark of another project")
    assert "orch state rebuild b -e dev" in question.text
    with pytest.raises(RefusedError, match="the mark of another project"):
        bench.apply(stack)
    other = stack_of(entry("n", "Network", {"Cidr": "172.16.0.0/16"}))
    assert not bench.plan(other).confirm
