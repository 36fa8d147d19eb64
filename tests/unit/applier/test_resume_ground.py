"""A resume carries out what is left of a plan only while that still has the ground it was reviewed on."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.memory import MemoryProvider, Script
from provisioner.model.fault import Fault
from provisioner.model.problem import StaleError
from provisioner.model.resource import Resource
from provisioner.model.run import RunStatus
from provisioner.model.value import freeze
from tests.memory_stack import PLACE, Bench, changed, entry, ref, stack_of

BOTH = stack_of(
    entry("net", "Network", {"Cidr": "10.0.0.0/16"}),
    entry("vm", "Machine", {"Size": 1, "Data": {"of": ref("net", "Id")}}),
)
LATER = changed(changed(BOTH, "net", Name="x"), "vm", Size=2)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A run that stopped before its second step."""
    bench = Bench(tmp_path)
    bench.apply(BOTH)
    plan = bench.plan(LATER)
    bench.cloud.scripts = [Script("update Memory::Network", Fault.DENIED)]
    report = bench.apply(plan)
    assert report.run.status is RunStatus.PARTIAL and "vm" in report.skipped
    return bench


def machine(bench: Bench) -> str:
    return next(identity for identity, item in bench.cloud.objects.items() if item.type == "Memory::Machine")


def test_what_did_not_change_meanwhile_is_finished(bench: Bench) -> None:
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert bench.plan(LATER).empty


def test_what_was_changed_meanwhile_is_not_overwritten(bench: Bench) -> None:
    bench.cloud.objects[machine(bench)].body["Size"] = 9
    with pytest.raises(StaleError, match="Size has changed"):
        bench.engine().resume()
    assert bench.bodies()[machine(bench)]["Size"] == 9


def test_what_the_run_itself_has_changed_is_no_obstacle(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.apply(BOTH)
    plan = bench.plan(LATER)
    bench.cloud.scripts = [Script("update Memory::Machine", Fault.DENIED)]
    assert bench.apply(plan).run.status is RunStatus.PARTIAL
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert bench.plan(LATER).empty


def test_a_name_that_was_taken_meanwhile_is_not_touched(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    stack = stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16"}),
        entry("bucket", "Bucket", {"Name": "data", "Tags": {"of": "us"}}, depends_on=(ref("net"),)),
    )
    plan = bench.plan(stack)
    bench.cloud.scripts = [Script("create Memory::Network", Fault.DENIED)]
    bench.apply(plan)
    theirs = freeze({"Name": "data", "Tags": {"of": "them"}})
    MemoryProvider(bench.cloud).create(Resource("x", "Memory::Bucket", PLACE, theirs), "")
    with pytest.raises(StaleError, match="data exists now"):
        bench.engine().resume()
    assert bench.bodies()["data"]["Tags"] == {"of": "them"}
