"""Every event of a run says which run it belongs to, those of its reads too."""

from __future__ import annotations

from pathlib import Path

from provisioner.applier.context import Judge
from provisioner.model.event import EventKind
from provisioner.model.finding import Finding, Level
from provisioner.model.plan import Plan
from provisioner.render import journal
from provisioner.render import report as reports
from provisioner.state import container
from tests.memory_stack import Bench, changed, typical


def test_all_events_of_a_run_carry_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.apply(typical())
    plan = bench.plan(changed(typical(), "vm", Size=2))
    bench.events.clear()
    report = bench.apply(plan)
    assert {event.kind for event in bench.events} >= {EventKind.READING, EventKind.RUN_STARTED, EventKind.DONE}
    assert {event.run for event in bench.events} == {report.run.id}
    steps = [event for event in bench.events if event.kind in (EventKind.STARTED, EventKind.DONE)]
    assert steps and all(event.step and event.address for event in steps)


def test_a_rule_that_only_warns_is_told_once_it_is_judged(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    finding = Finding("mine/size", Level.ADVISORY, "low", "vm", "it is large", "take a smaller one")

    def judge(_plan: Plan) -> Judge:
        return lambda step, _want: (None, (finding,) if step.address == "vm" else ())

    report = bench.apply(typical(), judge=judge)
    assert report.warnings == (finding,)
    assert [e.message for e in bench.events if e.kind is EventKind.WARNED] == ["it is large [mine/size]"]
    text, told = reports.text(reports.result(report)), reports.result(report).warnings
    assert "! policy warns vm" in text and "it is large [mine/size]" in text and "take a smaller one" in text
    assert [(w.address, w.rule) for w in told] == [("vm", "mine/size")]
    run, data, entries = bench.engine().backend.run(report.run.id)
    shown = journal.view(run, container.unpack(data).plan, entries)
    assert "it is large [mine/size]" in journal.text(shown)
    (step,) = (step for step in shown.steps if step.address == "vm")
    assert (step.status, step.message) == ("done", "it is large [mine/size]")
