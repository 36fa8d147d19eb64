"""One measurement in a process of its own: prepare, run, and print seconds and the peak of memory as a line of JSON.

python -m tests.bench.child MODULE:FUNCTION [ARGUMENT…]
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path


def peak_mb() -> float:
    """The most memory that this process has had. ``ru_maxrss`` would begin with that of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Measure what the arguments name."""
    module, _, name = sys.argv[1].partition(":")
    prepare = getattr(import_module(module), name)
    began = time.perf_counter()
    work = prepare(*sys.argv[2:])
    ready = time.perf_counter()
    extra = work()
    done = time.perf_counter()
    print(
        json.dumps({"seconds": done - ready, "prepared_s": ready - began, "peak_mb": peak_mb(), "extra": extra or {}})
    )


if __name__ == "__main__":
    main()
