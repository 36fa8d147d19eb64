"""Outputs after a rollback: those of the objects that stand then, not of those that stood there before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import Script
from provisioner.model.fault import Fault
from provisioner.model.run import RunStatus
from provisioner.model.stack import OutputRead, Stack
from provisioner.model.value import Interpolation, Map
from provisioner.render import text
from provisioner.render.outline import outline
from provisioner.render.style import Style
from tests.memory_stack import Bench, entry, ref, stack_of


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def machines(cidr: str = "10.0.0.0/16", **outputs: Any) -> Stack:
    return stack_of(
        entry("net", "Network", {"Cidr": cidr}),
        entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"}),
        entry("other", "Network", {"Cidr": "10.7.0.0/16"}),
        outputs={
            "id": ref("net", "Id"),
            "told": Interpolation((ref("sub", "Id"), " in ", ref("other", "Id"))),
            "size": 3,
            **outputs,
        },
    )


def recorded(bench: Bench) -> Map:
    return bench.engine().backend.outputs("test", "dev") or Map()


def standing(bench: Bench) -> dict[str, str]:
    rows = {row.address: row.identity or "" for row in bench.engine().backend.rows()}
    assert set(rows.values()) == set(bench.cloud.objects)
    return {"id": rows["net"], "told": f"{rows['sub']} in {rows['other']}"}


def test_outputs_after_the_undo_of_a_replacement_are_of_what_stands_then(bench: Bench) -> None:
    bench.apply(machines())
    first = recorded(bench)
    bench.apply(machines("10.1.0.0/16", size=4))
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert recorded(bench) == {**standing(bench), "size": 3}
    assert recorded(bench)["id"] != first["id"]
    assert bench.plan(machines()).empty


def test_outputs_after_the_undo_of_a_delete(bench: Bench) -> None:
    bench.apply(machines())
    bench.apply(stack_of(entry("other", "Network", {"Cidr": "10.7.0.0/16"})))
    assert recorded(bench) == {}
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert recorded(bench) == {**standing(bench), "size": 3}
    assert bench.plan(machines()).empty


def test_outputs_after_the_undo_of_a_run_that_stopped_half_way(bench: Bench) -> None:
    bench.apply(machines())
    changed = machines("10.1.0.0/16")
    extra = replace(changed, resources=(*changed.resources, entry("bad", "Machine", {"SubnetId": ref("sub", "Id")})))
    bench.cloud.scripts = [Script("create Memory::Machine", Fault.DENIED)]
    assert bench.apply(extra).run.status is RunStatus.PARTIAL
    bench.cloud.scripts = []
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert recorded(bench) == {**standing(bench), "size": 3}
    assert bench.plan(machines()).empty


def test_outputs_of_an_undo_that_is_undone(bench: Bench) -> None:
    bench.apply(machines())
    bench.apply(machines("10.1.0.0/16"))
    engine = bench.engine()
    engine.rollback()
    report = bench.apply(machines("10.2.0.0/16"))
    assert bench.engine().rollback(report.run.id).run.status is RunStatus.DONE
    assert recorded(bench) == {**standing(bench), "size": 3}


def test_a_part_that_was_applied_keeps_how_the_other_outputs_came_about(bench: Bench) -> None:
    bench.apply(machines())
    bench.apply(bench.plan(machines(), targets=("other",), destroy=False))
    partial = bench.plan(machines("10.1.0.0/16"), targets=("sub",))
    assert {change.address for change in partial.changes} == {"net", "sub"}
    bench.apply(partial)
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert recorded(bench) == {**standing(bench), "size": 3}


def test_the_undo_says_which_outputs_will_be_others(bench: Bench) -> None:
    bench.apply(machines())
    run = bench.apply(machines("10.1.0.0/16")).run.id
    plan = bench.engine().compensation(run).plan
    shown = text.plan(outline(plan), Style(width=100))
    assert "Outputs" in shown and "known after apply" in shown.split("Outputs", 1)[1]


def test_an_output_of_another_stack_that_changed_since_does_not_stop_an_undo(bench: Bench) -> None:
    other = replace(stack_of(entry("n", "Network", {"Cidr": "10.5.0.0/16"}), outputs={"range": "a"}), name="network")
    bench.apply(other)
    read = OutputRead("network", "range", "a")
    run = bench.apply(replace(stack_of(entry("r", "Network", {"Cidr": "10.6.0.0/16"})), outputs_read=(read,))).run.id
    bench.apply(replace(other, outputs=Map({"range": "b"})))
    assert bench.engine().rollback(run).run.status is RunStatus.DONE
    assert len(bench.cloud.objects) == 1
