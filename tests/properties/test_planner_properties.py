"""What holds for every stack and every change of one: no noise, one order, one plan, a way back, and renames that touch nothing.

``make properties`` tries each a few thousand times; ``make test`` the same few examples every time.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, reject
from hypothesis import strategies as st

from providers.memory import Script
from provisioner.applier.applier import Report
from provisioner.model.change import Action
from provisioner.model.fault import Fault
from provisioner.model.plan import Plan, Verb
from provisioner.model.problem import OrchError
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Reference, references, substitute
from provisioner.state import container
from tests.memory_stack import Bench, stack_of
from tests.properties.worlds import Steady, World, bench, profile, told, worlds

DONE = RunStatus.DONE


def planned(ground: Bench, stack: Stack, **how: Any) -> Plan:
    """The plan; an order that is asked for and cannot be is no example."""
    try:
        return ground.plan(stack, **how)
    except OrchError as error:
        if "cannot be created first" in str(error):
            reject()
        raise


def succeeded(report: Report) -> None:
    assert report.run.status is DONE, report.failures


@profile(40)
@given(worlds())
def test_a_plan_made_after_an_apply_is_empty(world: World) -> None:
    with bench() as ground:
        for stack in (world.before, world.after):
            succeeded(ground.apply(planned(ground, stack)))
            again = ground.plan(stack)
            assert again.empty and not again.drift and not again.notes, again.steps


@profile(30)
@given(worlds())
def test_the_same_input_gives_the_same_plan(world: World) -> None:
    with bench() as ground:
        succeeded(ground.apply(world.before))
        planned(ground, world.after)
        one, other = (container.pack(ground.twin().plan(world.after)) for _ in range(2))
        assert one.data == other.data and one.digest == other.digest


@profile(60)
@given(worlds(size=8))
def test_steps_wait_for_what_they_need_and_for_those_that_need_them(world: World) -> None:
    with bench() as ground:
        succeeded(ground.apply(world.before))
        assert_ordered(planned(ground, world.after), world.after)
        assert_ordered(ground.plan(world.before, destroy=True), stack_of())


def assert_ordered(plan: Plan, stack: Stack) -> None:
    before: dict[str, set[str]] = {}
    left = list(plan.steps)
    while left:  # in any order that the steps allow; without end if there is a circle
        ready = [step for step in left if all(other in before for other in step.after)]
        assert ready, f"these wait for each other: {[(s.id, str(s.verb), s.address, s.after) for s in left]}"
        for step in ready:
            before[step.id] = {*step.after, *(far for other in step.after for far in before[other])}
            left.remove(step)
    making = {step.address: step for step in plan.steps if step.want}
    ending = {(step.uid, step.generation): step for step in plan.steps if not step.want}
    wants = {want.address: want for want in stack.resources}
    for address, step in making.items():
        for _, reference in references(wants[address].body):
            if reference.address in making:
                assert making[reference.address].id in before[step.id], f"{address} needs {reference.address}"
    first = {change.uid for change in plan.changes if change.order == "delete_first"}
    remaking = {step.uid: step for step in making.values() if step.row}
    for (uid, _), step in ending.items():
        for other in rows_of(plan):
            if uid in other.depends_on and step.verb is Verb.DELETE:
                theirs = ending.get((other.uid, other.generation)) or (
                    None if uid in first else remaking.get(other.uid)
                )
                assert theirs is None or theirs.id in before[step.id], f"{other.address} still needs {step.address}"


def rows_of(plan: Plan) -> list[Any]:
    return [step.row for step in plan.steps if step.row]


FAULTS = st.sampled_from(
    [None, (Fault.INVALID, False), (Fault.DENIED, False), (Fault.UNCERTAIN, True), (Fault.TRANSIENT, True)]
)


@profile(60)
@given(
    worlds(), FAULTS, st.sampled_from(["create", "update", "delete", "advance", "e"]), st.integers(0, 4), st.randoms()
)
def test_undoing_an_apply_restores_what_was_found(
    world: World, fault: tuple[Fault, bool] | None, operation: str, skip: int, chance: random.Random
) -> None:
    with bench() as ground:
        succeeded(ground.apply(world.before))
        drifting(ground, chance)
        before, rows = told(ground), ledger(ground)
        plan = planned(ground, world.after)
        if plan.empty:
            return
        if fault:
            kind, lost = fault
            ground.cloud.scripts.append(Script(f"^{operation}(?!d)", kind, times=1, skip=skip, lost=lost))
        assert_ordered(plan, world.after)
        report = ground.apply(plan)
        ground.cloud.scripts.clear()
        undo(ground, report)
        assert told(ground) == before
        assert ledger(ground) == rows


def drifting(ground: Bench, chance: random.Random) -> None:
    """Somebody changes a few objects by hand."""
    for item in ground.cloud.objects.values():
        if chance.random() < 0.2:
            item.body["Size"] = 7
        if chance.random() < 0.1:
            item.body.pop("Rules", None)


def undo(ground: Steady, report: Report) -> None:
    undone = ground.engine().rollback(report.run.id)
    assert undone.run.status is DONE, (report.failures, undone.failures)


def ledger(ground: Bench) -> Any:
    """What the ledger says, without ids and runs."""
    return sorted(
        (row.address, row.type, row.role, row.uid, row.protect, row.on_remove, row.on_replace, row.depends_on)
        for row in ground.engine().backend.rows()
    )


@profile(30)
@given(worlds(), st.integers(0, 3), st.randoms())
def test_renames_create_and_delete_nothing(world: World, by: int, chance: random.Random) -> None:
    """Each entry takes the name of one that stood further along, or one of its own, in blueprint order or any other."""
    with bench() as ground:
        succeeded(ground.apply(world.before))
        names = {f"r{n}": f"r{n + by}" if by else f"module/r{n}" for n in range(10)}
        entries = [renamed(want, names) for want in world.before.resources]
        chance.shuffle(entries)
        moved = replace(stack_of(*entries), outputs=world.before.outputs)
        calls = len(ground.cloud.calls)
        before = {identity: dict(item.body) for identity, item in ground.cloud.objects.items()}
        plan = ground.plan(replace(moved, outputs=stack_of().outputs))
        assert {change.action for change in plan.changes} <= {Action.MOVE}
        succeeded(ground.apply(plan))
        assert not [call for call in ground.cloud.calls[calls:] if not call.startswith(("read", "identify"))]
        assert {identity: dict(item.body) for identity, item in ground.cloud.objects.items()} == before
        assert ground.plan(replace(moved, outputs=stack_of().outputs)).empty


def renamed(want: Any, names: dict[str, str]) -> Any:
    def now(value: Any) -> Any:
        return substitute(value, lambda reference: Reference(names[reference.address], reference.path))

    options = replace(want.options, moved_from=(want.address,))
    return replace(want, address=names[want.address], body=now(want.body), options=options)
