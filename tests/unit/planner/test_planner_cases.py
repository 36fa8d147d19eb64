"""Every case of ``tests/cases/planner``: what is wanted, in the ledger and found → the plan. No provider, no state, no clock."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest

from provisioner.model.plan import Plan, Step, Verb
from provisioner.model.problem import OrchError
from provisioner.planner import enclosing, planner
from provisioner.state import container
from tests.planner_cases import Case, cases, expected, told

CASES = cases()
LEAST = {
    "diff": 8,
    "actions": 8,
    "drift": 8,
    "blindspots": 8,
    "moves": 8,
    "adoption": 8,
    "scope": 8,
    "protection": 8,
    "lists": 8,
    "exchange": 8,
    "strays": 8,
}
_MAKING = {"create": Verb.CREATE, "replace": Verb.CREATE, "no-op": None}


def planned(case: Case) -> Plan:
    uids = (f"new-{number}" for number in itertools.count(1))
    plan = planner.destroy(case.situation) if case.destroy else planner.plan(case.situation, uids)
    return enclosing.told(plan, case.inside)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    want = expected(case.expect)
    try:
        plan = planned(case)
    except OrchError as error:
        assert [f"{p.address}: {p.message}" for p in error.problems] == want["problems"]
        assert all(p.source or not _written(case, p.address) for p in error.problems), "a problem must say where"
        return
    assert told(plan, case.expect) == want
    assert_sound(plan)
    assert_ordered(plan, case.expect)
    again = planned(case)
    assert container.pack(again).data == container.pack(plan).data, "the same input gives the same bytes"
    assert container.unpack(container.pack(plan).data).plan == plan


def _written(case: Case, address: str) -> bool:
    """Whether the blueprint, or the ledger, knows a line for an address."""
    return any(item.address == address and item.source for item in (*case.situation.wants, *case.situation.rows))


def assert_sound(plan: Plan) -> None:
    """The steps are those of the changes, each after its own."""
    verbs: Counter[tuple[Any, str]] = Counter()
    for change in (each for each in plan.changes if each.uid):  # else it goes with another's list
        verb = _MAKING.get(change.action, change.action)
        verbs.update([(str(verb), change.uid)] if verb else [])
        verbs.update([("delete", change.uid)] if change.action == "replace" else [])
    assert verbs == Counter((str(step.verb), step.uid) for step in plan.steps)
    known = {step.id for step in plan.steps}
    for step in plan.steps:
        assert set(step.after) <= known and step.id not in earlier(plan.steps)[step.id]
    assert plan.empty is not bool(plan.steps or plan.outputs_change)


def earlier(steps: tuple[Step, ...]) -> dict[str, set[str]]:
    """For each step all that come before it."""
    direct = {step.id: step.after for step in steps}
    out: dict[str, set[str]] = {}
    for ident in direct:
        seen: set[str] = set()
        queue = list(direct[ident])
        while queue:
            other = queue.pop()
            if other not in seen:
                seen.add(other)
                queue += direct[other]
        out[ident] = seen
    return out


def assert_ordered(plan: Plan, expect: Any) -> None:
    """``order``: chains ``create a < create b``; ``unordered``: pairs of which neither waits for the other."""
    before = earlier(plan.steps)
    by_name = {f"{step.verb} {step.address}": step.id for step in plan.steps}
    for chain in expect.get("order", ()):
        for first, second in itertools.pairwise(chain.split(" < ")):
            assert by_name[first] in before[by_name[second]], f"{first} must come before {second}"
    for pair in expect.get("unordered", ()):
        one, other = (by_name[name] for name in pair.split(" | "))
        assert one not in before[other] and other not in before[one], f"{pair}: neither has to wait"


def test_there_are_enough_cases_and_each_has_a_name_of_its_own() -> None:
    points = Counter(case.point for case in CASES)
    assert all(points[point] >= least for point, least in LEAST.items()), points
    assert not [name for name, count in Counter(map(str, CASES)).items() if count > 1]
