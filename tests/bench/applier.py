"""What an apply adds to its calls: the machine's own work where a cloud answers at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from tempfile import TemporaryDirectory

from provisioner.model.run import RunStatus
from provisioner.state import container
from tests.bench.measure import Result, Sample, child, in_turn, median, of_extra
from tests.bench.stacks import Ground, layered

SIZE = 500
DEPTH = 5


def overhead(quick: bool, sizes: tuple[tuple[int, int], ...] = ()) -> Iterator[Result]:
    """``applier.overhead``: a cloud in memory that answers at once, the journal on disk."""
    for n, runs in sizes or (((300, 5),) if quick else ((1000, 5), (10_000, 3))):
        (ours,) = in_turn(runs, partial(_sample, n))
        extra = {"steps_per_s": round(n / median(ours), 1), "cloud_s": of_extra(ours, "cloud_s")}
        yield Result("applier.overhead", n, ours, extra=extra)


def _sample(n: int) -> Sample:
    with TemporaryDirectory(prefix="orch-bench-") as folder:
        return child(prepared, folder, n)


def prepared(folder: str, n: str) -> Callable[[], dict[str, float]]:
    """An apply of a plan that was made before, of creates only."""
    ground = Ground(folder)
    file = container.pack(ground.engine().plan(layered(int(n), SIZE, DEPTH)))
    engine = ground.engine()
    ground.cloud_s = 0.0

    def work() -> dict[str, float]:
        report = engine.apply(file)
        assert report.run.status is RunStatus.DONE and report.done == int(n), report.failures[:3]
        return {"cloud_s": ground.cloud_s}

    return work
