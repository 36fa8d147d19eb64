"""The order in which an apply sends its requests, beside the best order possible: creates on the sandbox that take their time.

The objects are resource groups of the Azure sandbox, each a look whether its name is free and one PUT, which takes as long as a
rule of the sandbox says; a group is told by its path, so that its duration is known before. The bound is what no schedule can
be faster than: the longer of the longest path, and of all work shared by ``width`` hands, with nothing to read, check or write.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import groupby

from providers.kit.server import Rule
from provisioner.model.event import Event, EventKind
from provisioner.service import PlanFile
from tests.bench import sdks
from tests.bench.measure import Result, Sample, in_turn, timed
from tests.bench.sandbox import Site, site
from tests.bench.stacks import needed_by
from tests.sandboxes import faults, reset

DEPTH = 5


def ideal(quick: bool, n: int = 0, widths: tuple[int, ...] = (64, 10), seconds: float = 0.0) -> Iterator[Result]:
    """``applier.ideal``: every create takes as long as any other."""
    n, seconds = n or (100 if quick else 1000), seconds or (0.5 if quick else 2.0)
    for width in widths:
        yield _against_bound("applier.ideal", [seconds] * n, width, {"create_s": seconds}, 1 if width == 10 else 3)


def uneven(quick: bool, n: int = 0, widths: tuple[int, ...] = (64, 10), seconds: float = 0.0) -> Iterator[Result]:
    """``applier.uneven``: lognormal durations, one in twenty (by chance) ten times as long. ``barrier_ratio``: how a schedule that waits for
    each layer to be done would do, itself an ideal one."""
    n, seconds = n or (100 if quick else 1000), seconds or (0.2 if quick else 1.0)
    lengths = lognormal(n, seconds)
    for width in widths:
        barrier = sum(bound(layer, [()] * len(layer), width) for layer in _layers(lengths))
        extra = {"median_create_s": seconds, "barrier_ratio": round(barrier / _bound(lengths, width), 3)}
        yield _against_bound("applier.uneven", lengths, width, extra, 1 if width == 10 else 3)


def lognormal(n: int, median: float) -> list[float]:
    """Durations, the same each time, rounded so that few rules say all of them."""
    chance = random.Random(5)
    lengths = [median * chance.lognormvariate(0, 0.5) * (10 if chance.random() < 0.05 else 1) for _ in range(n)]
    return [round(max(length, 0.05) / (median / 10)) * median / 10 for length in lengths]


def bound(lengths: Sequence[float], needs: Sequence[Sequence[int]], width: int) -> float:
    """Seconds that no schedule can be faster than. needs: what each has to wait for, all of it further ahead."""
    ends: list[float] = []
    for length, before in zip(lengths, needs, strict=True):
        ends.append(length + max((ends[other] for other in before), default=0.0))
    return max(max(ends), sum(lengths) / width)


def _bound(lengths: Sequence[float], width: int) -> float:
    return bound(lengths, [needed_by(index, len(lengths), DEPTH) for index in range(len(lengths))], width)


def _layers(lengths: Sequence[float]) -> list[Sequence[float]]:
    each = -(-len(lengths) // DEPTH)
    return [lengths[start : start + each] for start in range(0, len(lengths), each)]


def _against_bound(name: str, lengths: Sequence[float], width: int, extra: Mapping[str, float], runs: int) -> Result:
    with site("azure", _groups(len(lengths))) as at:

        def work() -> Sample:
            plan = _fresh(at)
            faults(at.url, *_rules(lengths))
            return timed(lambda: at.project.apply(plan, parallelism=width))

        (ours,) = in_turn(runs, work)
    best = Sample(_bound(lengths, width))
    return Result(name, len(lengths), ours, [best], "the ideal schedule", {"width": width, "depth": DEPTH, **extra})


def _fresh(at: Site) -> PlanFile:
    """A plan of everything, of a cloud and a ledger with nothing in them, by a process whose clients are warm."""
    at.empty()
    return at.project.plan(at.blueprint, environment="sandbox")


def _rules(lengths: Sequence[float]) -> Iterator[Rule]:
    by_length = sorted(range(len(lengths)), key=lengths.__getitem__)
    for seconds, members in groupby(by_length, key=lengths.__getitem__):
        names = "|".join(f"r{member}" for member in members)
        yield Rule("latency", f" PUT .*/({names})$", times=-1, seconds=seconds)


def _groups(n: int) -> str:
    lines = ["stack: many", "resources:"]
    for index in range(n):
        lines += [f"  r{index}:", "    type: Microsoft.Resources/resourceGroups", f"    name: r{index}"]
        lines += ["    location: westeurope", "    tags:", "      made: for the bench"]
        others = enumerate(needed_by(index, n, DEPTH))
        lines += [f'      link{at}: {{{{ ref("r{other}").id }}}}' for at, other in others]
    return "\n".join(lines) + "\n"


# --- a long operation beside short ones -----------------------------------------------------------------------------------

_ADDRESSES = """\
stack: many
resources:
  network:
    type: compute.googleapis.com/Network
    properties: {name: network, autoCreateSubnetworks: false}
{%% for i in range(%d) %%}
  address-{{ i }}:
    type: compute.googleapis.com/Address
    properties: {name: address-{{ i }}}
{%% endfor %%}
"""


def beside_long(quick: bool, n: int = 0, seconds: float = 0.0, runs: int = 0) -> Iterator[Result]:
    """``applier.long``: until the last of many short creates is done, while one operation runs for a minute, beside the same
    without it."""
    n, seconds, runs = n or (50 if quick else 500), seconds or (5.0 if quick else 60.0), runs or (1 if quick else 3)
    with site("gcp", _ADDRESSES % n) as at:
        alone, beside = in_turn(runs, lambda: _until_short(at, 0.0), lambda: _until_short(at, seconds))
    yield Result("applier.long", n, beside, alone, "the same without it", {"long_s": seconds})


def _until_short(at: Site, seconds: float) -> Sample:
    plan = _fresh(at)
    if seconds:
        faults(at.url, Rule("slow", r"networks\.insert", seconds=seconds))
    done: list[str] = []

    def listen(event: Event) -> None:
        if event.kind is EventKind.DONE and event.address.startswith("address-"):
            done.append(event.at)

    began = time.time()
    at.project.apply(plan, parallelism=10, on_event=listen)
    return Sample(datetime.fromisoformat(max(done)).timestamp() - began)


# --- as many requests a second as Python sends --------------------------------------------------------------------------------


def requests(quick: bool, n: int = 0, width: int = 10, runs: int = 0) -> Iterator[Result]:
    """``applier.requests``: creates that take no time, beside as many threads of the plain SDK that send the same requests."""
    n, runs = n or (100 if quick else 500), runs or (1 if quick else 5)
    with site("azure", _groups(n)) as at:
        create = sdks.azure_group(at.url)

        def plain() -> Sample:
            reset(at.url)
            with ThreadPoolExecutor(width) as pool:
                return timed(lambda: list(pool.map(create, (f"r{index}" for index in range(n)))))

        def work() -> Sample:
            plan = _fresh(at)
            before = at.requests()
            ours = timed(lambda: at.project.apply(plan, parallelism=width))
            return Sample(ours.seconds, extra={"requests": at.requests() - before})

        ours, theirs = in_turn(runs, work, plain)
    sent = int(ours[0].extra["requests"])
    rates = [round(sent / sample.seconds) for sample in (min(ours, key=_seconds), min(theirs, key=_seconds))]
    extra = {"width": width, "requests": sent, "most_per_s": rates[0], "against_most_per_s": rates[1]}
    yield Result("applier.requests", n, ours, theirs, "azure-mgmt-resource", extra)


def _seconds(sample: Sample) -> float:
    return sample.seconds
