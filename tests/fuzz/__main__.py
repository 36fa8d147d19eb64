"""Fuzz what a stranger's blueprint can reach: whatever it says, only errors for people come out, soon, and in little memory.

    python -m tests.fuzz [--minutes N] [--only TARGET]… [--seed N]

Hypothesis draws the examples and makes a failing one small. Prints a table, writes build/fuzz.json; exits 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import resource
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Rig, checked

ROOT = Path(__file__).parents[2]
LONGEST = 2.0  # seconds of the processor for one example
MEMORY_MB = 1_000
_ROUND = 1_000  # examples with one seed


@dataclass
class Tally:
    """What one target gave."""

    examples: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class TooSlowError(AssertionError):
    """An example took longer than it may."""


def fuzz(name: str, tally: Tally, start: int, examples: int) -> None:
    """Run examples of one target. A failure is kept with the smallest text that Hypothesis finds for it."""
    rig = Rig()

    @seed(start)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(st.randoms(use_true_random=False), st.integers(0, 2**64).map(Random)))  # far out, and at random
    def one(random: Random) -> None:
        began = time.thread_time()
        kind = checked(name, random, rig)
        took = time.thread_time() - began
        tally.examples += 1
        tally.kinds[kind] += 1
        tally.slowest_s = max(tally.slowest_s, took)
        if took > LONGEST:
            raise TooSlowError(f"{took:.1f} s")

    began = time.monotonic()
    try:
        one()
    except Exception as error:  # noqa: BLE001 what it is, is the finding
        tally.failures.append(f"{name}, seed {start}: {type(error).__name__}: {error}\n{rig.example}")
    finally:
        rig.close()
        tally.seconds += time.monotonic() - began


def run(minutes: float, only: list[str], start: int) -> dict[str, Tally]:
    """Rounds of all targets in turn until the time is over."""
    tallies = {name: Tally() for name in TARGETS if not only or name in only}
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        for name, tally in tallies.items():
            if time.monotonic() < end:
                fuzz(name, tally, start, _ROUND)
        start += 1
    return tallies


def table(tallies: dict[str, Tally], peak_mb: int) -> str:
    """For people."""
    lines = [f"{'target':<12} {'examples':>9} {'passed':>7} {'errors':>8} {'kinds':>6} {'slowest':>9} {'failures':>9}"]
    for name, tally in tallies.items():
        passed = tally.kinds[""]
        lines.append(
            f"{name:<12} {tally.examples:>9,} {passed:>7,} {tally.examples - passed:>8,} {len(tally.kinds):>6} "
            f"{tally.slowest_s:>7.2f} s {len(tally.failures):>9}"
        )
    total = sum(tally.examples for tally in tallies.values())
    return "\n".join([*lines, f"{total:,} examples, at most {peak_mb} MB"])


def main() -> int:
    """Fuzz, print, write."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--only", action="append", choices=sorted(TARGETS), default=[])
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    tallies = run(asked.minutes, asked.only, asked.seed)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(table(tallies, peak_mb))
    failures = [failure for tally in tallies.values() for failure in tally.failures]
    if peak_mb > MEMORY_MB:
        failures.append(f"it took {peak_mb} MB")
    found: dict[str, Any] = {
        "format_version": 1,
        "seed": asked.seed,
        "minutes": asked.minutes,
        "peak_mb": peak_mb,
        "targets": {
            name: {
                "examples": tally.examples,
                "passed": tally.kinds[""],
                "slowest_s": round(tally.slowest_s, 3),
                "errors": {kind: count for kind, count in tally.kinds.most_common() if kind},
            }
            for name, tally in tallies.items()
        },
        "failures": failures,
    }
    out = ROOT / "build" / "fuzz.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    for failure in failures:
        print(f"\n{failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
