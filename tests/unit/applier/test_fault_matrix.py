"""Every class of fault at every call of a change, answered or lost, once or for good: resumed or rolled back, nothing is
doubled, left behind or lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.memory import Script
from provisioner.model.change import Action
from provisioner.model.fault import Fault
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from tests.memory_stack import Bench, changed, typical, without

CALLS = [
    "create Memory::Network", "advance Memory::Network", "create Memory::Subnet", "create Memory::Link",
    "create Memory::Machine", "advance Memory::Machine", "update Memory::Bucket", "update Memory::Network",
    "delete Memory::Network", "delete Memory::Link", "delete Memory::Machine", "delete Memory::Subnet",
]  # fmt: skip
LOSING = (Fault.UNCERTAIN, Fault.TRANSIENT)


def later() -> Stack:
    """Updates, a replacement that spreads, and a deletion."""
    new = changed(typical(), "net", Cidr="10.1.0.0/16")
    return without(changed(changed(new, "bucket", Tags={"team": "z"}), "dns", Name="x"), "sub-b")


@pytest.mark.parametrize(
    ("fault", "times", "lost"), [*((f, 40, False) for f in Fault), *((f, n, True) for f in LOSING for n in (1, 40))]
)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("back", [False, True])
def test_a_fault_in_a_change(tmp_path: Path, call: str, fault: Fault, times: int, *, lost: bool, back: bool) -> None:
    bench = Bench(tmp_path)
    bench.apply(typical())
    plan = bench.plan(later())
    bench.cloud.scripts = [Script(call, fault, times=times, lost=lost)]
    report = bench.apply(plan)
    bench.cloud.scripts = []
    if back:
        undone = bench.engine().rollback(report.run.id)
        assert undone.run.status is RunStatus.DONE, undone.failures
        now = bench.plan(typical())
        assert not [(c.address, c.action) for c in now.changes if c.action is not Action.NOOP]
    elif report.run.status is not RunStatus.DONE:
        report = bench.engine().resume()
        assert report.run.status is RunStatus.DONE, report.failures
    if not back:
        assert bench.plan(later()).empty
    assert len(bench.cloud.objects) == (7 if back else 6), bench.kinds()
    rows = bench.engine().backend.rows()
    assert sorted(row.identity or "" for row in rows) == sorted(bench.cloud.objects)


def test_what_a_resume_passes_on_is_the_new_objects(tmp_path: Path) -> None:
    """The machine was replaced before the run stopped; who refers to its address is given the new one's."""
    bench = Bench(tmp_path)
    bench.apply(typical())
    plan = bench.plan(later())
    bench.cloud.scripts = [Script("update Memory::Network", Fault.DENIED, times=40)]
    bench.apply(plan)
    bench.cloud.scripts = []
    assert bench.engine().resume().run.status is RunStatus.DONE
    addresses = [body["Address"] for body in bench.bodies().values() if "Address" in body]
    assert [body["Data"]["vm"] for body in bench.bodies().values() if "Data" in body] == [tuple(addresses)]
