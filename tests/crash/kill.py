"""Kill real `orch apply` processes with SIGKILL at random instants, over the three sandbox endpoints.

    python -m tests.crash.kill [--short] [--kills N] [--seed N]

Each kill is followed by `orch resume` (nothing doubled, nothing lost, an empty plan) or by `orch rollback` (nothing left).
What exists is listed with plain SDKs. Writes build/crash.json; exits 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests import listing

ROOT = Path(__file__).parents[2]
BLUEPRINT = ROOT / "blueprints" / "bootstrap"
ORCH = Path(sys.executable).with_name("orch")


@dataclass
class Tally:
    """What build/crash.json reports."""

    kills: int = 0
    resumed: int = 0
    rolled_back: int = 0
    orphans: int = 0
    duplicates: int = 0
    lost: int = 0
    not_converged: int = 0
    seeds_failed: list[int] = field(default_factory=list)
    scenarios: list[str] = field(default_factory=lambda: ["apply+resume", "apply+rollback"])


@dataclass
class Field:
    """A project of its own with its sandbox."""

    folder: Path
    endpoints: dict[str, str] = field(default_factory=dict)

    def orch(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        result = subprocess.run([ORCH, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        if check and result.returncode:
            raise RuntimeError(f"orch {' '.join(arguments)}: exit {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def up(self) -> None:
        """Start the sandbox."""
        self.orch("sandbox", "up")
        state = json.loads((self.folder / ".orch" / "sandbox.json").read_text())
        self.endpoints = {cloud: entry["url"] for cloud, entry in state["clouds"].items()}

    def reset(self) -> None:
        """Empty clouds and no state."""
        for url in self.endpoints.values():
            request = urllib.request.Request(f"{url}/_orch/reset", data=b"", method="POST")
            urllib.request.urlopen(request, timeout=30).close()
        for leftover in (self.folder / ".orch").glob("state.db*"):
            leftover.unlink()

    def plan(self) -> Path:
        """A plan file of the bootstrap blueprint."""
        out = self.folder / "p.orchplan"
        out.unlink(missing_ok=True)
        self.orch("plan", str(BLUEPRINT), "-e", "sandbox", "--out", str(out))
        return out

    def exists(self) -> Counter[str]:
        """What the endpoints really hold."""
        places = yaml.safe_load((BLUEPRINT / "environments" / "sandbox.yaml").read_text())["places"]
        by_cloud: dict[str, Any] = {place["cloud"]: place for place in places.values()}
        return listing.everything(
            self.endpoints, by_cloud["azure"]["subscription"], by_cloud["gcp"]["project"], by_cloud["aws"]["region"]
        )

    def kill_apply(self, plan: Path, after: float) -> bool:
        """Start an apply and kill it after some seconds. Whether it was still running."""
        process = subprocess.Popen(
            [ORCH, "apply", str(plan), "--yes"], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(after)
            return False
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True


def one(ground: Field, seed: int, expected: Counter[str], seconds: float, tally: Tally) -> None:
    """One seed: kill, then resume or roll back, then look."""
    chance = random.Random(seed)
    ground.reset()
    plan = ground.plan()
    # An apply spends its first half starting up and reading: a kill there tells nothing.
    if not ground.kill_apply(plan, chance.uniform(0.6, 1.0) * seconds):
        return
    runs = json.loads(ground.orch("runs", "list", "--format", "json").stdout)["runs"]
    if runs and runs[0]["status"] == "done":
        return  # its work was over, and only the process was still there
    tally.kills += 1
    if not runs:
        wrong = ground.exists()
        tally.orphans += wrong.total()
    elif chance.random() < 0.5:
        tally.resumed += 1
        result = ground.orch("resume", check=False)
        now = ground.exists()
        tally.lost += (expected - now).total()
        tally.duplicates += (now - expected).total()
        empty = ground.orch("plan", str(BLUEPRINT), "-e", "sandbox", "--detailed-exitcode", check=False)
        tally.not_converged += empty.returncode != 0
        wrong = (expected - now) + (now - expected)
        if result.returncode or empty.returncode:
            wrong["exit codes"] += 1
            print(result.stdout[-1500:], result.stderr[-1500:], empty.stdout[-1500:], empty.stderr[-1500:])
    else:
        tally.rolled_back += 1
        result = ground.orch("rollback", "--yes", check=False)
        wrong = ground.exists()
        tally.orphans += wrong.total()
        if result.returncode:
            wrong["exit code"] += 1
            print(result.stdout[-1500:], result.stderr[-1500:])
    if wrong.total():
        tally.seeds_failed.append(seed)
        print(f"seed {seed}: {dict(wrong)}")


def main() -> int:
    """Run the seeds and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="12 kills")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, help="replay one")
    options = parser.parse_args()
    tally = Tally()
    folder = Path(tempfile.mkdtemp(prefix="orch-crash-"))
    ground = Field(folder)
    try:
        ground.up()
        started = time.monotonic()
        ground.reset()
        plan = ground.plan()
        began = time.monotonic()
        ground.orch("apply", str(plan), "--yes")
        seconds = time.monotonic() - began
        expected = ground.exists()
        seeds = [options.seed] if options.seed is not None else range(10_000)
        goal = 1 if options.seed is not None else 12 if options.short else options.kills
        for seed in seeds:
            if tally.kills >= goal:
                break
            one(ground, seed, expected, seconds, tally)
        print(f"{tally.kills} kills in {time.monotonic() - started:.0f} s; an apply takes {seconds:.1f} s")
    finally:
        ground.orch("sandbox", "down", check=False)
        shutil.rmtree(folder, ignore_errors=True)
    report = {"format_version": 1, **tally.__dict__}
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    (build / "crash.json").write_text(json.dumps(report, indent=2) + os.linesep)
    for name, value in report.items():
        print(f"{name:>16}  {value}")
    return 1 if tally.seeds_failed or not tally.kills else 0


if __name__ == "__main__":
    raise SystemExit(main())
