"""Results as a document for programs and as a table for people."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FORMAT_VERSION = 1


def document(rows: Sequence[Mapping[str, Any]], load: float) -> dict[str, Any]:
    """What build/bench.json holds. load: the machine's before the first measurement; much of it spoils the figures."""
    return {"format_version": FORMAT_VERSION, "machine": {**_machine(), "load_before": load}, "results": list(rows)}


def _machine() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "python": platform.python_version(),
    }


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


HEAD = ("name", "n", "median", "runs", "peak", "against", "theirs", "ratio", "also")


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """All results, one a line."""
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    right = {1, 2, 3, 4, 6, 7}
    return "".join(
        "  ".join(f"{cell:{'>' if at in right else '<'}{widths[at]}}" for at, cell in enumerate(line)).rstrip() + "\n"
        for line in lines
    )


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    also = ", ".join(f"{key} {_number(value)}" for key, value in row["extra"].items())
    return (
        row["name"],
        str(row["n"]),
        _seconds(row["median_s"]),
        str(row["runs"]),
        f"{row['peak_mb']:.0f} MB" if row["peak_mb"] is not None else "",
        row["against"] or "",
        _seconds(row["against_median_s"]),
        f"{row['ratio']:.2f}" if row["ratio"] is not None else "",
        also,
    )


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
