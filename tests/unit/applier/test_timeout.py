"""``timeout``: the time of a whole step, its calls, retries and polling; what runs on in the cloud is picked up by a resume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from providers.memory import Script
from provisioner.model.check import Check, CheckKind
from provisioner.model.counting import in_words
from provisioner.model.fault import Fault
from provisioner.model.run import EntryKind, RunStatus
from provisioner.model.source import Source
from tests.memory_stack import Bench, FastClock, changed, entry, ref, stack_of, without


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def machine(**options: object) -> object:
    return stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16"}),
        entry("vm", "Machine", {"SubnetId": ref("net", "Id")}, **options),
    )


def test_an_operation_that_runs_on_is_picked_up(bench: Bench) -> None:
    bench.cloud.polls = 10**9
    report = bench.apply(machine(timeout=60.0))  # type: ignore[arg-type]
    (failure,) = report.failures
    assert failure.message == "took longer than 1m (timeout: of b.yaml:1)" and "resume" in failure.hint
    assert report.run.status is RunStatus.PARTIAL and report.next == (
        f"orch resume {report.run.id}", f"orch rollback {report.run.id}",
    )  # fmt: skip
    _, _, entries = bench.engine().backend.run(report.run.id)
    assert [each.doubt for each in entries if each.kind is EntryKind.FAILED] == [True]
    creates = bench.cloud.calls.count("create Memory::Machine")
    again = bench.engine().resume()  # the time is counted anew
    assert again.run.status is RunStatus.PARTIAL and again.failures[0].message == failure.message
    bench.cloud.polls = 2
    for item in bench.cloud.objects.values():
        assert item.type != "Memory::Machine" or item.owner
    with bench.calls(
        lambda operation, work: (lambda: _done(work())) if operation == "advance Memory::Machine" else work
    ):
        assert bench.engine().resume().run.status is RunStatus.DONE
    assert bench.cloud.calls.count("create Memory::Machine") == creates == 1
    assert bench.plan(machine(timeout=60.0)).empty  # type: ignore[arg-type]


def _done(answer: object) -> object:
    from provisioner.model.value import Map
    from provisioner.protocols.provider import Done

    return Done(answer.identity, Map({"Id": answer.identity}))  # type: ignore[attr-defined]


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.NOT_READY, Fault.CONFLICT])
def test_retries_end_with_it_and_nothing_is_left_in_doubt(bench: Bench, fault: Fault) -> None:
    wanted = stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"}, timeout=2.0))
    bench.cloud.scripts.append(Script("create Memory::Network", fault, times=10**6))
    report = bench.apply(wanted)
    assert [f.message for f in report.failures] == ["took longer than 2s (timeout: of b.yaml:1)"]
    assert report.seconds < 20  # no wait goes beyond it, however long a retry would have waited
    bench.cloud.scripts.clear()
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert bench.kinds() == ["Memory::Network"] and bench.plan(wanted).empty


@pytest.mark.parametrize("answer", ["done", "throttled"])
def test_a_call_under_way_is_not_broken_off(bench: Bench, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """What it has done counts, however late it says so; no other is sent."""
    bench.cloud.scripts = [Script("create", Fault.THROTTLED)] if answer == "throttled" else []
    now, late = FastClock.monotonic, [0.0]
    monkeypatch.setattr(FastClock, "monotonic", lambda clock: now(clock) + sum(late))

    def slow(operation: str, work: Callable[[], object]) -> Callable[[], object]:
        late.append(8.0 if operation.startswith("create") else 0.0)
        return work

    with bench.calls(slow):
        report = bench.apply(stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"}, timeout=3.0)))
    late_words = ["took longer than 3s (timeout: of b.yaml:1)"] if answer == "throttled" else []
    assert [failure.message for failure in report.failures] == late_words
    assert bench.cloud.calls.count("create Memory::Network") == 1


def test_a_delete_has_the_time_of_the_entry_that_has_left(bench: Bench) -> None:
    wanted = stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16"}, timeout=2.0), entry("b", "Bucket", {"Name": "b"})
    )
    bench.apply(wanted)
    bench.cloud.scripts.append(Script("delete Memory::Network", Fault.THROTTLED, times=10**6))
    report = bench.apply(without(wanted, "net"))
    assert [f.message for f in report.failures] == ["took longer than 2s (timeout: of b.yaml:1)"]
    bench.cloud.scripts.clear()
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert bench.plan(wanted).empty


def test_without_one_nothing_ends_early(bench: Bench) -> None:
    bench.cloud.polls = 300
    assert bench.apply(machine()).run.status is RunStatus.DONE  # type: ignore[arg-type]
    assert bench.apply(changed(machine(timeout=60.0), "vm", Size=2)).run.status is RunStatus.DONE  # type: ignore[arg-type]


def test_checks_have_a_time_of_their_own(bench: Bench) -> None:
    check = Check(CheckKind.THAT, "self.State == 'ready'", 30.0, source=Source("b.yaml", 7))
    wanted = stack_of(replace(entry("net", "Network", {"Cidr": "10.0.0.0/16"}, timeout=5.0), checks=(check,)))
    report = bench.apply(wanted)
    assert report.failures[0].message.startswith("check that self.State == 'ready' did not pass within 30 s")


@pytest.mark.parametrize(("seconds", "words"), [(600.0, "10m"), (90.0, "90s"), (7200.0, "2h"), (0.5, "0.5s")])
def test_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
