"""Every event of a run says which run it belongs to, those of its reads too."""

from __future__ import annotations

from pathlib import Path

from provisioner.model.event import EventKind
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
