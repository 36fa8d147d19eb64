"""Outputs of a run that ends in part: those of the objects that are as planned are on record, all others stay as they were,
and so does what the blueprint alone says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import Script
from provisioner.model.fault import Fault
from provisioner.model.problem import StaleError
from provisioner.model.run import RunStatus
from provisioner.model.stack import OutputRead, Stack
from provisioner.model.value import Interpolation, Map
from provisioner.state import container
from tests.memory_stack import Bench, entry, ref, stack_of


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def net(cidr: str = "10.0.0.0/16", **outputs: Any) -> Stack:
    return stack_of(entry("net", "Network", {"Cidr": cidr}), outputs={"id": ref("net", "Id"), **outputs})


def app(bench: Bench) -> Stack:
    """A stack that stands on the other's output, as it is on record."""
    value = recorded(bench)["id"]
    stack = stack_of(entry("sub", "Subnet", {"NetworkId": value, "Cidr": "10.0.1.0/24"}))
    return replace(stack, name="app", outputs_read=(OutputRead("test", "id", value),))


def recorded(bench: Bench) -> Map:
    return bench.engine().backend.outputs("test", "dev") or Map()


def current(bench: Bench, address: str = "net") -> str | None:
    rows = [row for row in bench.engine().backend.rows("test", "dev") if row.address == address]
    return max(rows, key=lambda row: row.generation).identity


def half_replaced(bench: Bench) -> tuple[str, str]:
    """The old network's id, and the run that made the new one and could not delete the old one: the other stack uses it."""
    bench.apply(net())
    bench.apply(app(bench))
    old = recorded(bench)["id"]
    report = bench.engine().apply(container.pack(bench.plan(net("10.1.0.0/16"))), confirmed=True)
    assert report.run.status is RunStatus.PARTIAL
    assert [failure.verb for failure in report.failures] == ["delete"]
    assert report.outputs == recorded(bench)
    return str(old), report.run.id


def test_a_replacement_whose_old_object_stays_has_its_outputs_on_record(bench: Bench) -> None:
    old, run = half_replaced(bench)
    assert recorded(bench) == {"id": current(bench)}
    assert recorded(bench)["id"] != old
    bench.apply(app(bench))
    assert bench.engine().resume(run).run.status is RunStatus.DONE
    assert old not in bench.cloud.objects
    assert recorded(bench) == {"id": current(bench)}
    assert bench.plan(net("10.1.0.0/16")).empty
    assert bench.plan(app(bench)).empty


def test_a_plan_made_with_the_former_output_is_stale(bench: Bench) -> None:
    bench.apply(net())
    plan = bench.plan(app(bench))
    bench.cloud.scripts = [Script("delete", Fault.DENIED)]
    assert bench.apply(net("10.1.0.0/16")).run.status is RunStatus.PARTIAL
    with pytest.raises(StaleError, match=r'output\("test", "id"\) has changed'):
        bench.apply(plan)


def test_its_rollback_puts_the_former_output_back(bench: Bench) -> None:
    old, run = half_replaced(bench)
    assert bench.engine().rollback(run).run.status is RunStatus.DONE
    assert recorded(bench) == {"id": old}
    assert bench.plan(net()).empty
    assert bench.plan(app(bench)).empty


def test_a_rollback_breaks_nobody_who_has_moved_over(bench: Bench) -> None:
    old, run = half_replaced(bench)
    bench.apply(app(bench))
    report = bench.engine().rollback(run)
    assert report.run.status is RunStatus.PARTIAL
    assert "stack app in dev still uses it: sub" in report.failures[0].hint
    assert (
        f'orch apply app -e dev (which moves over where it reads output("test", "id")), then: orch resume {report.run.id}'
        in (report.failures[0].hint)
    )
    assert recorded(bench) == report.outputs == {"id": old}
    bench.apply(app(bench))
    assert bench.engine().resume(report.run.id).run.status is RunStatus.DONE
    assert {row.identity for row in bench.engine().backend.rows()} == set(bench.cloud.objects)
    assert recorded(bench) == {"id": old}


def test_another_run_may_finish_it_and_be_undone(bench: Bench) -> None:
    half_replaced(bench)
    bench.apply(app(bench))
    new = recorded(bench)["id"]
    assert bench.apply(net("10.1.0.0/16")).run.status is RunStatus.DONE
    assert recorded(bench) == {"id": new}
    bench.engine().rollback()
    assert recorded(bench) == {"id": new}


def test_an_output_of_what_is_not_as_planned_keeps_its_value(bench: Bench) -> None:
    def stack(size: int) -> Stack:
        return stack_of(
            entry("a", "Bucket", {"Name": "a", "Size": size}),
            entry("b", "Network", {"Cidr": "10.0.0.0/16", "Data": {"n": size}}),
            outputs={
                "a": ref("a", "Size"),
                "b": ref("b", "Data", "n"),
                "both": Interpolation((ref("a", "Size"), " ", ref("b", "Data", "n"))),
                "told": size,
            },
        )

    bench.apply(stack(1))
    bench.cloud.scripts = [Script("update Memory::Network", Fault.DENIED)]
    report = bench.apply(stack(2), keep_going=True)
    assert report.run.status is RunStatus.PARTIAL
    assert report.outputs == recorded(bench) == {"a": 2, "b": 1, "both": "1 1", "told": 1}
    assert bench.engine().resume(report.run.id).outputs == recorded(bench)
    assert recorded(bench) == {"a": 2, "b": 2, "both": "2 2", "told": 2}
    bench.engine().rollback(report.run.id)
    assert recorded(bench) == {"a": 1, "b": 1, "both": "1 1", "told": 1}


def test_a_first_apply_records_what_it_has_made(bench: Bench) -> None:
    more = net(sub=ref("sub", "Id"))
    sub = entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"})
    more = replace(more, resources=(*more.resources, sub))
    bench.cloud.scripts = [Script("create Memory::Subnet", Fault.DENIED)]
    report = bench.apply(more)
    assert report.outputs == recorded(bench) == {"id": current(bench)}
    bench.cloud.scripts = []
    bench.engine().rollback()
    assert not bench.cloud.objects and recorded(bench) == {}


def test_nothing_is_on_record_of_a_first_apply_that_made_nothing(bench: Bench) -> None:
    bench.cloud.scripts = [Script("create", Fault.DENIED)]
    assert bench.apply(net()).outputs == {}
    assert bench.engine().backend.outputs("test", "dev") is None


def test_an_output_that_goes_is_gone_with_what_it_read(bench: Bench) -> None:
    stack = stack_of(
        entry("a", "Bucket", {"Name": "a"}),
        entry("b", "Network", {"Cidr": "10.0.0.0/16"}),
        outputs={"a": ref("a", "Name"), "b": ref("b", "Cidr")},
    )
    bench.apply(stack)
    bench.cloud.scripts = [Script("delete Memory::Network", Fault.DENIED)]
    report = bench.apply(bench.plan(stack, destroy=True), keep_going=True)
    assert report.outputs == recorded(bench) == {"b": "10.0.0.0/16"}
    bench.cloud.scripts = []
    bench.engine().rollback()
    assert recorded(bench) == {"a": "a", "b": "10.0.0.0/16"}
    assert bench.plan(stack).empty


def tagged(tag: str, *, cidr: str = "10.0.0.0/16", **outputs: Any) -> Stack:
    """A release: its name is a constant of the blueprint, told by itself and within what reads an object."""
    return stack_of(
        entry("net", "Network", {"Cidr": cidr}),
        entry("data", "Bucket", {"Name": "data", "Tags": {"tag": tag}}),
        outputs={
            "tag": tag,
            "url": Interpolation((ref("net", "Id"), "/", tag)),
            "id": ref("net", "Id"),
            "set": ref("data", "Tags", "tag"),
            **outputs,
        },
    )


@pytest.mark.parametrize("keep_going", [False, True])
def test_what_the_blueprint_alone_says_stays_until_the_run_is_done(bench: Bench, keep_going: bool) -> None:
    bench.apply(tagged("old"))
    before = recorded(bench)
    bench.cloud.scripts = [Script("update", Fault.DENIED)]
    report = bench.apply(tagged("new", more="new"), keep_going=keep_going)
    assert (report.done, report.outputs) == (0, before)
    assert recorded(bench) == before
    bench.cloud.scripts = []
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert recorded(bench) == {
        "tag": "new",
        "url": f"{current(bench)}/new",
        "id": current(bench),
        "set": "new",
        "more": "new",
    }
    assert bench.plan(tagged("new", more="new")).empty


def test_a_constant_that_goes_stays_until_the_run_is_done(bench: Bench) -> None:
    bench.apply(tagged("old"))
    before = recorded(bench)
    bench.cloud.scripts = [Script("delete", Fault.DENIED, times=2)]
    assert bench.apply(bench.plan(tagged("old"), destroy=True)).outputs == before
    assert recorded(bench) == before
    bench.cloud.scripts = []
    assert bench.engine().resume().outputs == recorded(bench) == {}


def test_what_reads_an_object_that_is_as_planned_is_told_with_its_constants(bench: Bench) -> None:
    bench.apply(tagged("old"))
    bench.cloud.scripts = [Script("update Memory::Bucket", Fault.DENIED)]
    bench.apply(tagged("new", cidr="10.1.0.0/16"), keep_going=True)
    new = current(bench)
    assert recorded(bench) == {"tag": "old", "url": f"{new}/new", "id": new, "set": "old"}


def test_what_changed_outside_is_told_though_the_run_ends_in_part(bench: Bench) -> None:
    stack = tagged("old", size=ref("data", "Size"))
    bench.apply(stack)
    (bucket,) = [item for item in bench.cloud.objects.values() if item.type == "Memory::Bucket"]
    bucket.body["Size"] = 7
    bench.cloud.scripts = [Script("create", Fault.DENIED)]
    bench.apply(replace(stack, resources=(*stack.resources, entry("b", "Bucket", {"Name": "b"}))))
    assert recorded(bench)["size"] == 7
