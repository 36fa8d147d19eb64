"""Several runs on the same objects: a plan from old ground, a resume or rollback past a later run, a rollback in two goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import Script
from provisioner.applier import choice
from provisioner.model.fault import Fault
from provisioner.model.plan import Plan
from provisioner.model.problem import OrchError, StaleError
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.protocols.backend import PlanUsedError
from provisioner.render import records
from provisioner.state import container
from tests.memory_stack import Bench, changed, entry, stack_of, typical, without


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def network(address: str = "net", **options: Any) -> Stack:
    return stack_of(entry(address, "Network", {"Cidr": "10.0.0.0/16"}, **options))


def kill_after_create(bench: Bench, stack: Stack | Plan) -> None:
    """Apply, and die when the create was done and its answer not yet heard."""

    def dying(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def done() -> Any:
            work()
            raise Killed

        return done if operation.startswith("create") else work

    engine = bench.engine()
    plan = container.pack(stack if isinstance(stack, Plan) else engine.plan(stack))
    with bench.calls(dying), pytest.raises(Killed):
        engine.apply(plan)
    engine.backend.close()


def test_two_plans_from_the_same_ground_make_one_object(bench: Bench) -> None:
    engine = bench.engine()
    first, second = engine.plan(network()), engine.plan(network())
    bench.apply(first)
    with pytest.raises(StaleError, match="net: another run has made it"):
        bench.apply(second)
    assert len(bench.cloud.objects) == 1


def test_plans_of_different_addresses_do_not_disturb_each_other(bench: Bench) -> None:
    both = stack_of(*network().resources, entry("b", "Bucket", {"Name": "data"}))
    bench.apply(stack_of(*both.resources[1:]))
    later = bench.plan(both)
    bench.apply(changed(stack_of(*both.resources[1:]), "b", Tags={"x": "y"}))
    assert bench.apply(later).run.status is RunStatus.DONE


def test_a_resume_past_a_later_run_is_refused(bench: Bench) -> None:
    bench.cloud.scripts = [Script("create Memory::Machine", Fault.DENIED)]
    first = bench.apply(typical())
    later = bench.apply(typical())
    assert later.run.status is RunStatus.DONE
    with pytest.raises(OrchError, match=f"run {later.run.id} has since changed"):
        bench.engine().resume(first.run.id)
    with pytest.raises(OrchError, match="nothing to resume"):
        bench.engine().resume()
    assert len(bench.cloud.objects) == 7


def failed(bench: Bench, stack: Stack, *operations: str) -> str:
    """The run of an apply in which these are denied."""
    bench.cloud.scripts = [Script(operation, Fault.DENIED) for operation in operations]
    report = bench.apply(stack)
    bench.cloud.scripts = []
    assert report.run.status is RunStatus.PARTIAL
    return report.run.id


def bucket() -> Stack:
    return stack_of(*network().resources, entry("b", "Bucket", {"Name": "data"}))


def test_what_a_newer_plan_decided_otherwise_is_not_resumed(bench: Bench) -> None:
    bench.apply(network())
    old = failed(bench, bucket(), "create Memory::Bucket")
    later = bench.apply(changed(network(), "net", Name="x")).run.id
    backend = bench.engine().backend
    said = f"run {later} has since carried out a newer plan of test in dev: what is left of run {old} is out of date"
    with pytest.raises(StaleError) as caught:
        bench.engine().resume(old)
    (problem,) = caught.value.problems
    assert problem.message == said
    assert problem.hint == f"plan again: orch plan test -e dev\nto undo what run {old} did: orch rollback {old}"
    with pytest.raises(OrchError) as nothing:
        bench.engine().resume()
    said = "no run is unfinished: there is nothing to resume\n  orch runs list shows them all"
    assert str(nothing.value.problems[0]) == said
    run = choice.told(backend, backend.run(old)[0])
    assert run.status is RunStatus.SUPERSEDED and choice.following(backend, run) == (f"orch rollback {old}",)
    assert "b" not in {row.address for row in backend.rows()}
    bench.engine().rollback(later)
    assert bench.engine().resume().run.id == old, "that decision was taken back"


@pytest.mark.parametrize("how", ["part", "other stack", "older plan"])
def test_what_decides_on_something_else_supersedes_nothing(bench: Bench, how: str) -> None:
    bench.apply(network())
    older = bench.plan(changed(network(), "net", Name="x"))
    old = failed(bench, bucket(), "create Memory::Bucket")
    if how == "part":
        bench.apply(bench.engine().plan(changed(bucket(), "net", Name="x"), targets=("net",)))
    elif how == "older plan":
        bench.apply(replace(older, created="2000" + older.created[4:]))
    else:
        bench.apply(replace(network(), name="other"))
    assert bench.engine().resume().run.id == old


def test_the_rollback_of_a_run_goes_on_past_a_newer_plan(bench: Bench) -> None:
    bench.apply(network())
    undone = bench.apply(bucket()).run.id
    bench.cloud.scripts = [Script("delete Memory::Bucket", Fault.DENIED)]
    half = bench.engine().rollback(undone).run.id
    bench.cloud.scripts = []
    bench.apply(changed(bucket(), "net", Name="x"))
    with pytest.raises(StaleError, match="newer plan") as caught:
        bench.engine().resume(half)
    assert f"orch rollback {undone}" in caught.value.problems[0].hint
    assert bench.engine().rollback(undone).run.status is RunStatus.DONE
    assert [row.address for row in bench.engine().backend.rows()] == ["net"]


def test_a_rollback_in_two_goes_makes_nothing_twice(bench: Bench) -> None:
    bench.apply(typical())
    undone = bench.apply(without(typical(), "dns", "vm")).run.id
    bench.cloud.scripts = [Script("create Memory::Network", Fault.DENIED)]
    assert bench.engine().rollback(undone).run.status is RunStatus.PARTIAL
    bench.cloud.scripts = []
    with pytest.raises(OrchError, match="is undoing run"):
        bench.engine().compensation(undone)
    assert bench.engine().rollback(undone).run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 7
    assert bench.engine().backend.run(undone)[0].status is RunStatus.ROLLED_BACK
    assert bench.plan(typical()).empty


def test_a_run_whose_rollback_was_resumed_is_rolled_back(bench: Bench) -> None:
    bench.cloud.scripts = [
        Script("create Memory::Machine", Fault.DENIED),
        Script("delete Memory::Bucket", Fault.DENIED),
    ]
    first = bench.apply(typical()).run.id
    assert bench.engine().rollback().run.status is RunStatus.PARTIAL
    with pytest.raises(OrchError, match="is undoing run"):
        bench.engine().resume(first)
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert bench.engine().backend.run(first)[0].status is RunStatus.ROLLED_BACK
    with pytest.raises(OrchError, match="nothing to resume"):
        bench.engine().resume()
    assert not bench.cloud.objects


def test_a_rollback_that_died_after_its_last_step_is_not_done_again(bench: Bench) -> None:
    bench.apply(typical())
    undone = bench.apply(without(typical(), "dns")).run.id
    engine = bench.engine()
    file = engine.compensation(undone)
    assert engine.apply(file).run.status is RunStatus.DONE  # and dead before the undone run is closed
    with pytest.raises(OrchError, match="was rolled back already"):
        bench.engine().rollback(undone)
    assert len(bench.cloud.objects) == 7


def test_a_second_rollback_goes_no_further_back(bench: Bench) -> None:
    first = bench.apply(network()).run.id
    last = bench.apply(changed(network(), "net", Name="x")).run.id
    undone = bench.engine().rollback().run
    undo = undone.id
    assert undone.status is RunStatus.DONE
    for again in (bench.engine().rollback, bench.engine().compensation):
        with pytest.raises(OrchError, match=f"run {last}, the last one, was rolled back already") as caught:
            again()
        assert caught.value.problems[0].hint == (
            f"to go further back, name the run before it: orch rollback {first}\nto do it again: orch rollback {undo}"
        )
    assert bench.engine().rollback(first).run.status is RunStatus.DONE
    with pytest.raises(OrchError, match="was rolled back already") as caught:
        bench.engine().rollback()
    assert not caught.value.problems[0].hint and not bench.cloud.objects
    with pytest.raises(OrchError, match="has since changed net"):
        bench.engine().rollback(undo)


def test_a_rollback_of_a_rollback_does_the_run_again_and_is_the_last_one(bench: Bench) -> None:
    def name() -> Any:
        return next(iter(bench.bodies().values())).get("Name")

    first = bench.apply(changed(network(), "net", Name="one")).run.id
    second = bench.apply(changed(network(), "net", Name="two")).run.id
    undo = bench.engine().rollback().run.id
    assert name() == "one"
    again = bench.engine().rollback(undo).run.id
    assert name() == "two"
    with pytest.raises(OrchError, match=f"run {again} has since changed net, which run {first} touched"):
        bench.engine().rollback(first)
    with pytest.raises(OrchError, match="was rolled back already") as caught:
        bench.engine().rollback(second)
    assert caught.value.problems[0].hint == f"run {again} has done it again: orch rollback {again}"
    last = bench.engine().rollback()
    assert bench.engine().backend.run(last.run.id)[0].undoes == again and name() == "one"
    with pytest.raises(OrchError, match=f"run {again}, the last one, was rolled back already") as caught:
        bench.engine().rollback()
    assert f"orch rollback {first}\nto do it again: orch rollback {last.run.id}" in caught.value.problems[0].hint
    assert bench.engine().rollback(first).run.status is RunStatus.DONE
    assert not bench.cloud.objects


def test_the_same_address_in_another_stack_is_another_object(bench: Bench) -> None:
    first = bench.apply(network())
    bench.apply(replace(network(), name="second"))
    assert bench.engine().rollback(first.run.id).run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 1


def test_an_object_that_moved_is_still_the_same(bench: Bench) -> None:
    first = bench.apply(network())
    bench.apply(changed(network("other", moved_from=("net",)), "other", Name="x"))
    with pytest.raises(OrchError, match="has since changed other"):
        bench.engine().rollback(first.run.id)


def test_a_plan_over_a_create_in_doubt_finds_it_first(bench: Bench) -> None:
    kill_after_create(bench, network())
    bench.cloud.scripts = [Script("read Memory::Network", Fault.DENIED)]
    with pytest.raises(OrchError, match=r"has left the create of net in doubt(.|\n)*orch resume"):
        bench.plan(network())
    assert bench.plan(network()).empty
    bench.engine().resume()
    assert len(bench.cloud.objects) == 1 and bench.plan(network()).empty


def test_nothing_is_applied_over_a_create_in_doubt(bench: Bench) -> None:
    early = bench.plan(network())
    kill_after_create(bench, network())
    with pytest.raises(OrchError, match="in doubt"):
        bench.apply(early)
    assert len(bench.cloud.objects) == 1


def test_runs_are_rolled_back_one_after_the_other(bench: Bench) -> None:
    first = bench.apply(network())
    second = bench.apply(stack_of())
    assert bench.engine().rollback(second.run.id).run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 1
    assert bench.engine().rollback(first.run.id).run.status is RunStatus.DONE
    assert not bench.cloud.objects and not bench.engine().backend.rows()


def test_what_a_dead_run_has_made_is_watched_once_a_later_run_is_through(bench: Bench) -> None:
    both = stack_of(*network().resources, entry("b", "Bucket", {"Name": "data"}))
    kill_after_create(bench, network())
    assert bench.apply(both).run.status is RunStatus.DONE
    next(item for item in bench.cloud.objects.values() if item.type == "Memory::Network").body["Name"] = "theirs"
    assert [drift.address for drift in bench.plan(both).drift] == ["net"]


def test_a_run_whose_process_is_gone_is_told_as_interrupted(bench: Bench) -> None:
    watching, seen = bench.engine().backend, []

    def asked(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        seen.extend((choice.told(watching, run).status, choice.following(watching, run)) for run in watching.runs())
        return work

    with bench.calls(asked):
        kill_after_create(bench, network())
    assert set(seen) == {(RunStatus.RUNNING, ())}
    (run,) = watching.runs()
    assert choice.told(watching, run).status is RunStatus.INTERRUPTED
    assert choice.following(watching, run) == (f"orch resume {run.id}", f"orch rollback {run.id}")
    text = records.runs_text(records.runs([choice.told(watching, run)], {run.id: choice.following(watching, run)}))
    assert f"Run {run.id} is interrupted: orch resume {run.id}  or  orch rollback {run.id}\n" in text
    bench.apply(changed(network(), "net", Name="x"))
    assert choice.following(watching, run) == ()


def test_a_plan_whose_run_was_interrupted_is_resumed_not_made_again(bench: Bench) -> None:
    plan = bench.plan(network())
    kill_after_create(bench, plan)
    with pytest.raises(PlanUsedError, match="interrupted") as caught:
        bench.apply(plan)
    assert "orch resume" in caught.value.problems[0].hint


def test_a_change_before_a_removal_is_undone_on_the_object_made_again(bench: Bench) -> None:
    bench.apply(changed(network(), "net", Name="one"))
    change = bench.apply(changed(network(), "net", Name="two")).run.id
    bench.apply(stack_of())
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert bench.engine().rollback(change).run.status is RunStatus.DONE
    assert [body["Name"] for body in bench.bodies().values()] == ["one"]
    assert bench.plan(changed(network(), "net", Name="one")).empty
