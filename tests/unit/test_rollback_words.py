"""What a rollback says that has less to do than one might think."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.memory import Script
from provisioner.model.event import EventKind
from provisioner.model.fault import Fault
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.render import progress, report, text
from provisioner.render.outline import outline
from provisioner.render.style import Style
from tests.memory_stack import Bench, entry, stack_of


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def network(cidr: str = "10.0.0.0/16", **options: str) -> Stack:
    return stack_of(entry("net", "Network", {"Cidr": cidr}, **options))


def refused(bench: Bench, stack: Stack, operation: str) -> str:
    bench.cloud.scripts = [Script(operation, Fault.DENIED)]
    run = bench.apply(stack).run
    bench.cloud.scripts = []
    assert run.status is RunStatus.PARTIAL
    return run.id


def test_a_run_that_changed_nothing_leaves_nothing_to_undo(bench: Bench) -> None:
    run = refused(bench, network(), "create Memory::Network")
    undone = bench.engine().rollback()
    assert report.text(report.result(undone)) == f"Nothing to undo of run {run} for test in dev: it left no change.\n"


def test_the_end_of_a_replacement_that_another_run_began_is_not_undone(bench: Bench) -> None:
    bench.apply(network())
    refused(bench, network("10.1.0.0/16"), "delete Memory::Network")
    end = bench.plan(network("10.1.0.0/16"))
    assert [str(change.undo.label) for change in end.changes if change.action == "delete"] == ["impossible"]
    bench.apply(end)
    undone = bench.engine().rollback()
    said = "net is not made again: network-1 was left over from a replacement, and the object in its stead stays"
    assert undone.notes == (said,) and said in " ".join(report.text(report.result(undone)).split())
    assert len(bench.cloud.objects) == 1


def test_a_leftover_goes_with_a_destroy_for_good(bench: Bench) -> None:
    bench.apply(network())
    refused(bench, network("10.1.0.0/16"), "delete Memory::Network")
    bench.apply(bench.engine().plan(network("10.1.0.0/16"), destroy=True))
    assert not bench.cloud.objects
    undone = bench.engine().rollback()
    assert undone.run.status is RunStatus.DONE and len(undone.notes) == 1
    assert [row.address for row in bench.engine().backend.rows()] == ["net"]
    assert bench.plan(network("10.1.0.0/16")).empty


def test_what_was_let_go_is_taken_back(bench: Bench) -> None:
    kept = network(on_remove="retain")
    bench.apply(kept)
    bench.apply(bench.engine().plan(kept, destroy=True))
    assert bench.cloud.objects and not bench.engine().backend.rows()
    bench.events.clear()
    bench.engine().rollback()
    assert [progress.line(e).split("] ")[1].split("  ")[0] for e in bench.events if e.kind is EventKind.DONE] == [
        "taken back net"
    ]
    assert [row.address for row in bench.engine().backend.rows()] == ["net"]


def test_the_first_line_of_the_plan_and_of_the_run_says_which_run_of_when_is_undone(bench: Bench) -> None:
    run = bench.apply(network()).run
    which = f"undoes run {run.id} of {run.started[:16].replace('T', ' ')} UTC"
    shown = text.plan(outline(bench.engine().compensation().plan), Style(width=100))
    assert shown.splitlines()[0].startswith(f"Plan to roll back test in dev: {which}")
    narrow = text.plan(outline(bench.engine().compensation().plan), Style(width=80)).split("\n\n")[0]
    assert which in " ".join(narrow.split()) and max(map(len, narrow.splitlines())) <= 80
    bench.events.clear()
    undone = bench.engine().rollback().run.id
    (began,) = [progress.line(event) for event in bench.events if event.kind is EventKind.RUN_STARTED]
    assert began == f"run {undone}: 1 step, {which}"


def test_a_refused_destroy_is_not_answered_with_a_plan_that_makes_it_all_again(bench: Bench) -> None:
    bench.apply(network())
    bench.cloud.scripts = [Script("delete", Fault.DENIED)]
    failed = bench.apply(bench.plan(network(), destroy=True), keep_going=True)
    shown = report.text(report.result(failed)).splitlines()[-3:]
    run = failed.run.id
    assert shown == [f"  then  orch resume {run}", f"    or  orch rollback {run}", "    or  orch destroy test -e dev"]


def test_a_refused_rollback_is_not_answered_with_a_plan(bench: Bench) -> None:
    bench.apply(network())
    bench.cloud.scripts = [Script("delete", Fault.DENIED)]
    undone = bench.engine().rollback()
    assert report.text(report.result(undone)).splitlines()[-1] == f"  then  orch resume {undone.run.id}"
