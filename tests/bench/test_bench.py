"""The bench at its smallest: a document of the declared shape, ratios that are what they say, a ground that is as applied."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.model.run import RunStatus
from provisioner.state import container
from tests.bench import applier, blueprint, discovery, planner, policy, render, report, schedule, startup, terraform
from tests.bench.catalogue import CASES, NAMES
from tests.bench.measure import Result, Sample, command, in_turn
from tests.bench.stacks import Ground, layered, needed_by

ROW = {
    "name": str,
    "n": int,
    "median_s": float,
    "runs": int,
    "peak_mb": (float, type(None)),
    "against": (str, type(None)),
    "against_median_s": (float, type(None)),
    "ratio": (float, type(None)),
    "extra": dict,
}


def smallest() -> Iterable[Result]:
    yield from startup.help_text(True, runs=1)
    yield from blueprint.render(True, sizes=((100, 1),))
    yield from planner.noop(True, sizes=((30, 1),))
    yield from planner.one_change(True, sizes=((30, 1),))
    yield from applier.overhead(True, sizes=((20, 1),))
    yield from schedule.ideal(True, n=10, widths=(64,), seconds=0.05)
    yield from schedule.uneven(True, n=20, widths=(64,), seconds=0.05)
    yield from schedule.beside_long(True, n=2, seconds=0.1, runs=1)
    yield from schedule.requests(True, n=5, runs=1)
    yield from discovery.of("gcp")(True, n=3, runs=1)
    yield from policy.cel(True, n=10, runs=1)
    yield from render.of("json")(True, n=10, runs=1)


def test_the_document_has_its_shape() -> None:
    rows = [result.row() for result in smallest()]
    document = json.loads(json.dumps(report.document(rows, 0.5)))
    assert list(document) == ["format_version", "machine", "results"] and document["format_version"] == 1
    assert {"cores", "memory_mb", "python", "load_before"} <= document["machine"].keys()
    for row in document["results"]:
        assert list(row) == list(ROW)
        assert all(isinstance(row[key], kind) for key, kind in ROW.items()), row
        assert row["median_s"] > 0 and row["runs"] >= 1
        assert (row["against"] is None) == (row["ratio"] is None) == (row["against_median_s"] is None)
    assert len({row["name"] for row in rows}) == 12
    assert report.table(rows).count("\n") == 1 + len(rows)


def test_a_ratio_is_ours_to_theirs_and_null_without_a_peer() -> None:
    ours, theirs = [Sample(3.0, 10.0), Sample(1.0, 30.0), Sample(2.0, 20.0)], [Sample(4.0)]
    row = Result("a", 1, ours, theirs, "b").row()
    assert (row["median_s"], row["runs"], row["peak_mb"], row["against_median_s"], row["ratio"]) == (2, 3, 30, 4, 0.5)
    alone = Result("a", 1, ours).row()
    assert (alone["against"], alone["against_median_s"], alone["ratio"]) == (None, None, None)


def test_works_take_turns() -> None:
    order: list[str] = []

    def work(name: str) -> Sample:
        order.append(name)
        return Sample(1.0)

    in_turn(2, lambda: work("ours"), lambda: work("theirs"))
    assert order == ["ours", "theirs", "ours", "theirs"]


def test_a_command_that_fails_is_no_sample() -> None:
    with pytest.raises(RuntimeError, match=r"exit 3\nwhy"):
        command(sys.executable, "-c", "print('why'); raise SystemExit(3)")


def test_a_settled_ground_is_as_an_apply_leaves_it(tmp_path: Path) -> None:
    stack = layered(20, 300)
    applied, settled = (Ground(tmp_path / name) for name in ("applied", "settled"))
    engine = applied.engine()
    assert engine.apply(container.pack(engine.plan(stack))).run.status is RunStatus.DONE
    settled.settle(stack)
    assert _told(settled) == _told(applied)
    assert settled.engine().plan(stack).empty


def _told(ground: Ground) -> list[str]:
    """Ledger and cloud as text, with addresses where the two must differ: ids, uids, the lineage and the run."""
    rows = ground.engine().backend.rows()
    names = {row.identity: row.address for row in rows} | {row.uid: row.address for row in rows}
    names[ground.engine().backend.lineage()] = "lineage"
    objects = ground.cloud.objects.values()
    texts = [repr(replace(row, run="")) for row in rows] + [f"{o.type} {dict(o.body)} {o.owner}" for o in objects]
    return sorted(re.sub(r"'([a-z0-9-]+)'", lambda found: repr(names.get(found[1], found[1])), text) for text in texts)


@pytest.mark.parametrize(("size", "each"), [terraform.LARGE, terraform.SMALL])
@pytest.mark.parametrize("form", terraform.FORMS)
def test_the_blueprint_written_out_and_in_a_loop_is_as_applied(tmp_path: Path, form: str, size: int, each: int) -> None:
    terraform.filled(str(tmp_path / "ours"), "30", str(size), str(each))()
    spent = terraform.prepared(str(tmp_path / "ours"), form, "30")()  # it asserts that nothing is to be done
    assert spent.keys() == {"load_s", "plan_s", "pack_s", "blueprint_mb"}


def test_a_terraform_apply_of_ours_is_of_everything(tmp_path: Path) -> None:
    terraform.written(tmp_path, layered(30, terraform.LARGE[0]))
    assert terraform.from_nothing(str(tmp_path), "30")().keys() == {"load_s", "plan_s", "apply_s"}


def test_the_bound_is_the_longer_of_path_and_work() -> None:
    assert schedule.bound([1.0, 1.0, 5.0], [(), (0,), ()], 10) == 5.0
    assert schedule.bound([1.0, 1.0, 2.5], [(), (0,), (1,)], 10) == 4.5
    assert schedule.bound([1.0, 1.0, 1.0, 1.0], [()] * 4, 1) == 4.0


def test_growth_is_the_power_of_the_size() -> None:
    assert planner.exponent(1000, 2.0, 10_000, 20.0) == 1 and planner.exponent(10, 1.0, 20, 4.0) == 2


def test_layers_refer_to_two_others_on_average() -> None:
    needs = [needed_by(index, 10_000) for index in range(10_000)]
    assert sum(map(len, needs)) == 20_000
    assert all(other < index for index, others in enumerate(needs) for other in others)


def test_names_are_chosen_whole_or_by_their_beginning() -> None:
    assert len(set(NAMES)) == len(NAMES)

    def chosen(*only: str) -> list[str]:
        return [name for case in CASES for name in case.wanted(only)]

    assert chosen() == list(NAMES)
    assert chosen("calls.noop", "startup") == ["startup.help", "calls.noop"]
    assert not chosen("plan")
