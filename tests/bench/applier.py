"""What an apply adds to its calls: the machine's own work at no latency, and the schedule beside the best one possible."""

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
LATENCY = 0.1  # seconds of each call


def overhead(quick: bool, n: int = 0, runs: int = 5) -> Iterator[Result]:
    """``applier.overhead``: a cloud that answers at once, the journal on disk."""
    n = n or (300 if quick else 1000)
    (ours,) = in_turn(runs, partial(_sample, n, 0.0, 10))
    extra = {"steps_per_s": round(n / median(ours), 1), "cloud_s": of_extra(ours, "cloud_s")}
    yield Result("applier.overhead", n, ours, extra=extra)


def ideal(quick: bool, n: int = 0, widths: tuple[int, ...] = (10, 64), runs: int = 0) -> Iterator[Result]:
    """``applier.ideal``: each call takes a tenth of a second; the bound is the longer of the longest path and all the work
    shared by ``width`` hands, with nothing to read, check or write."""
    n = n or (300 if quick else 1000)
    for width in widths:
        (ours,) = in_turn(runs or (1 if quick else 3), partial(_sample, n, LATENCY, width))
        bound = Sample(max(DEPTH, -(-n // width)) * LATENCY)
        extra = {"width": width, "depth": DEPTH, "latency_s": LATENCY, "calls": of_extra(ours, "calls")}
        yield Result("applier.ideal", n, ours, [bound], "the ideal schedule", extra)


def _sample(n: int, latency: float, width: int) -> Sample:
    with TemporaryDirectory(prefix="orch-bench-") as folder:
        return child(prepared, folder, n, latency, width)


def prepared(folder: str, n: str, latency: str, width: str) -> Callable[[], dict[str, float]]:
    """An apply of a plan that was made before, of creates only."""
    ground = Ground(folder)
    file = container.pack(ground.engine().plan(layered(int(n), SIZE, DEPTH)))
    engine = ground.engine(parallelism=int(width))
    ground.cloud.latency, ground.cloud_s = float(latency), 0.0
    ground.cloud.calls.clear()

    def work() -> dict[str, float]:
        report = engine.apply(file)
        assert report.run.status is RunStatus.DONE and report.done == int(n), report.failures[:3]
        return {"cloud_s": ground.cloud_s, "calls": len(ground.cloud.calls)}

    return work
