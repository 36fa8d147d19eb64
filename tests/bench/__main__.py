"""Run the bench: print a table, write build/bench.json.

python -m tests.bench [--quick] [--only NAME]… [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.bench import report
from tests.bench.catalogue import CASES, NAMES
from tests.bench.measure import ROOT


def run(only: Iterable[str], quick: bool) -> list[dict[str, Any]]:
    """The rows of all cases, or of what is asked for."""
    asked = tuple(only)
    rows: list[dict[str, Any]] = []
    for case in CASES:
        wanted = case.wanted(asked)
        if not wanted:
            continue
        began = time.monotonic()
        for result in case.measure(quick):
            if result.name in wanted:
                rows.append(result.row())
                print(report.table(rows[-1:]).splitlines()[-1], flush=True)
        print(f"  {', '.join(wanted)}: {time.monotonic() - began:.0f} s", flush=True)
    return rows


def main() -> int:
    """Measure, print, write."""
    names = ", ".join(NAMES)
    parser = argparse.ArgumentParser(prog="python -m tests.bench", epilog=f"names: {names}")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="a name, or its part before a dot")
    parser.add_argument("--quick", action="store_true", help="small sizes and few runs, about two minutes")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json", metavar="FILE")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if unknown := [name for name in options.only if not any(case.wanted([name]) for case in CASES)]:
        parser.error(f"nothing is called {' or '.join(unknown)}; there are {names}")
    rows = run(options.only, options.quick)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report.document(rows, load), indent=2) + "\n")
    print()
    print(report.table(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
