"""Samples and results: whole processes and functions in processes of their own, in turn with what they are compared to.

It must not know what is measured.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# Bytecode as users of a wheel have it; and Terraform is not to look for newer versions of itself on the network.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT["CHECKPOINT_DISABLE"] = "1"

Extra = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. peak_mb: of its whole process, where it had one of its own."""

    seconds: float
    peak_mb: float | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What is reported of one name at one size. against: what ``theirs`` is, empty where there is no peer."""

    name: str
    n: int
    ours: Sequence[Sample]
    theirs: Sequence[Sample] = ()
    against: str = ""
    extra: Extra = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """As build/bench.json has it."""
        mine, other = median(self.ours), median(self.theirs) if self.theirs else None
        peaks = [sample.peak_mb for sample in self.ours if sample.peak_mb is not None]
        return {
            "name": self.name,
            "n": self.n,
            "median_s": round(mine, 6),
            "runs": len(self.ours),
            "peak_mb": round(max(peaks), 1) if peaks else None,
            "against": self.against or None,
            "against_median_s": round(other, 6) if other is not None else None,
            "ratio": round(mine / other, 3) if other else None,
            "extra": dict(self.extra),
        }


def median(samples: Sequence[Sample]) -> float:
    """The median of the seconds."""
    return statistics.median(sample.seconds for sample in samples)


def in_turn(runs: int, *works: Callable[[], Sample]) -> list[list[Sample]]:
    """Each work ``runs`` times, one after the other, so that what disturbs the machine disturbs all of them."""
    samples: list[list[Sample]] = [[] for _ in works]
    for _ in range(runs):
        for found, work in zip(samples, works, strict=True):
            found.append(work())
    return samples


def timed(work: Callable[[], Any]) -> Sample:
    """A function in this process. What it returns is the sample's extra, if it is a dict."""
    began = time.perf_counter()
    returned = work()
    seconds = time.perf_counter() - began
    return Sample(seconds, extra=returned if isinstance(returned, dict) else {})


def command(*arguments: str | Path, folder: Path | None = None) -> Sample:
    """A whole process, from its start to its end. ``RuntimeError`` with what it said where it ends otherwise."""
    began = time.perf_counter()
    with subprocess.Popen(
        [str(argument) for argument in arguments], cwd=folder or ROOT, env=ENVIRONMENT, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, arguments))}: exit {process.returncode}\n{said[-3000:]}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # a new process's peak begins with that of who starts it
    peak_mb = usage.ru_maxrss / 1024 if usage.ru_maxrss > own * 1.05 else None
    return Sample(seconds, peak_mb, {"said": said})


def child(work: Callable[..., Any], *arguments: object) -> Sample:
    """``work(*arguments)`` of a module of the bench, in a process of its own. It prepares and returns a function; that one's
    seconds count. In extra ``whole_s``: the whole process without the preparation; ``start_s``: its start and end alone."""
    where = f"{work.__module__}:{work.__qualname__}"
    run = command(sys.executable, "-m", "tests.bench.child", where, *map(str, arguments))
    told = json.loads(run.extra["said"].splitlines()[-1])
    whole = run.seconds - told["prepared_s"]
    extra = {**told["extra"], "whole_s": whole, "start_s": whole - told["seconds"]}
    return Sample(told["seconds"], told["peak_mb"], extra)


def of_extra(samples: Sequence[Sample], key: str) -> float:
    """The median of one number of the extras."""
    return round(statistics.median(sample.extra[key] for sample in samples), 6)


class Stopwatch:
    """The seconds spent in one function of a module or class, from now on. finish: what makes a generator do its work."""

    def __init__(self, owner: Any, name: str, finish: Callable[[Any], Any] = lambda returned: returned) -> None:
        self.seconds = 0.0
        called = getattr(owner, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return finish(called(*arguments, **named))
            finally:
                self.seconds += time.perf_counter() - began

        setattr(owner, name, watched)
