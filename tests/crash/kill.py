"""Kill real `orch` processes with SIGKILL over the three local clouds, and look whether anything is left wrong.

    python -m tests.crash.kill [--short] [--kills N] [--minutes N] [--boundaries] [--seed N] [--only SEED]… [--workers N]

Each trial prepares a small stack, kills a command on it (at a commit of its state, between a request's work and its answer, or
at any instant), most of the time while a cloud misbehaves, resumes or rolls back, which may be killed too, and compares what
stands with what should, property by property. ``--boundaries`` tries every commit and every request of every scenario. Writes
build/crash.json; exits 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SHORT_KILLS = 12


def main() -> int:
    """Run the trials and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--short", action="store_true", help=f"{SHORT_KILLS} kills")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=240, help="stop after so many, whatever was reached")
    parser.add_argument("--boundaries", action="store_true", help="every commit and request of every scenario too")
    parser.add_argument("--seed", type=int, default=0, help="what all chance is drawn from")
    parser.add_argument("--only", action="append", help="replay this trial")
    parser.add_argument("--first", type=int, default=0, help="the number of the first trial")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--all", action="store_true", help="tell of every trial, not only of those that failed")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return _serve(options.seed)
    goal = SHORT_KILLS if options.short else options.kills
    tally = Tally(options.seed, goal, time.monotonic() + 60 * options.minutes, options.all)
    workers = 1 if options.only else options.workers
    seeds = iter(options.only or _seeds(options.first, options.boundaries))
    lock = threading.Lock()
    threads = [threading.Thread(target=_work, args=(options.seed, seeds, tally, lock)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = tally.report()
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    (build / "crash.json").write_text(json.dumps(report, indent=2) + os.linesep)
    for name, value in report.items():
        print(f"{name:>16}  {value}")
    return 1 if tally.failed or tally.broken or (not tally.kills and not options.only) else 0


class Tally:
    """What build/crash.json reports."""

    def __init__(self, seed: int, goal: int, until: float, all: bool = False) -> None:
        self.all = all
        self.seed, self.goal, self.until = seed, goal, until
        self.began = time.monotonic()
        self.by: dict[str, Counter[str]] = {key: Counter() for key in ("kind", "scenario", "fault", "ending", "wrong")}
        self.trials = 0
        self.failed: list[str] = []
        self.broken: list[str] = []

    @property
    def kills(self) -> int:
        """All kills so far."""
        return self.by["kind"].total()

    @property
    def over(self) -> bool:
        """Whether it is enough."""
        return self.kills >= self.goal or time.monotonic() > self.until

    def add(self, outcome: dict[str, Any]) -> None:
        """Count one trial, and say what was wrong with it."""
        self.trials += 1
        self.by["kind"].update(outcome["kills"])
        self.by["scenario"][outcome["scenario"]] += 1
        self.by["fault"].update(outcome["faults"])
        self.by["ending"][outcome["ending"]] += 1
        wrong = {
            key: outcome[key] for key in ("orphans", "duplicates", "lost", "changed", "not_converged") if outcome[key]
        }
        self.by["wrong"].update({key: len(value) for key, value in wrong.items()})
        if self.all and not wrong:
            print(
                f"\n{outcome['seed']} ({outcome['scenario']}, {outcome['ending']}, faults {outcome['faults']})",
                *outcome["log"],
                sep="\n  ",
                flush=True,
            )
        if wrong:
            self.failed.append(outcome["seed"])
            print(
                f"\n--- {outcome['seed']} ({outcome['scenario']}, {outcome['ending']}, faults {outcome['faults']}) is wrong:"
            )
            for key, values in wrong.items():
                print(f"{key}:", *values, sep="\n  ")
            print("what was run:", *outcome["log"], sep="\n  ")
            print(f"again: python -m tests.crash.kill --seed {self.seed} --only {outcome['seed']}", flush=True)

    def report(self) -> dict[str, Any]:
        """The whole."""
        wrong = self.by["wrong"]
        return {
            "format_version": 1,
            "kills": self.kills,
            "trials": self.trials,
            "seconds": round(time.monotonic() - self.began),
            "scenarios": dict(self.by["scenario"]),
            "instants": dict(self.by["kind"]),
            "faults": dict(self.by["fault"]),
            "resumed": self.by["ending"]["resume"],
            "rolled_back": self.by["ending"]["rollback"],
            "not_begun": self.by["ending"]["not begun"],
            "survived": self.by["ending"]["survived"],
            **{key: wrong[key] for key in ("orphans", "duplicates", "lost", "changed", "not_converged")},
            "seeds_failed": [f"python -m tests.crash.kill --seed {self.seed} --only {seed}" for seed in self.failed],
            "broken": self.broken,
        }


def _seeds(first: int, boundaries: bool) -> Iterator[str]:
    if boundaries:
        from tests.crash.trial import SCENARIOS

        for number in range(1, 121):  # past the last one nothing is killed, and the trial is over soon
            for name in SCENARIOS:
                for kind, sides in (("commit", ("inside", "after")), ("request", ("before", "after"))):
                    yield from (f"{name}@{kind}:{number}:{side}" for side in sides)
    number = first
    while True:
        yield str(number)
        number += 1


def _work(base: int, seeds: Iterator[str], tally: Tally, lock: threading.Lock) -> None:
    """Feed one worker until it is enough."""
    command = [sys.executable, "-m", "tests.crash.kill", "--serve", "--seed", str(base)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as worker:
        assert worker.stdin and worker.stdout
        while True:
            with lock:
                seed = None if tally.over else next(seeds, None)
            if seed is None:
                break
            worker.stdin.write(seed + "\n")
            worker.stdin.flush()
            line = worker.stdout.readline()
            if not line:
                with lock:
                    tally.broken.append(seed)
                break
            said = json.loads(line)
            with lock:
                if "broken" in said:
                    tally.broken.append(seed)
                    print(f"\n--- {seed} could not be tried: {said['broken']}", flush=True)
                else:
                    tally.add(said)
        worker.stdin.close()


def _serve(base: int) -> int:
    """A worker: a seed a line in, an outcome a line out."""
    import traceback

    from tests.crash.ground import Ground
    from tests.crash.trial import Trial

    ground = Ground()
    try:
        for line in sys.stdin:
            seed = line.strip()
            try:
                said: dict[str, Any] = asdict(Trial(ground, base, seed).run())
            except Exception:  # noqa: BLE001 - it is told, and the next is tried
                said = {"broken": traceback.format_exc()}
            print(json.dumps(said), flush=True)
    finally:
        ground.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
