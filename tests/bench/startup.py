"""How long `orch --help` takes, as a whole process, beside Python's own start."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench.measure import Result, command, in_turn, median

ORCH = Path(sys.executable).with_name("orch")


def help_text(quick: bool, runs: int = 21) -> Iterator[Result]:
    """``startup.help``; click's bare import beside it, which most command lines pay at least."""
    help_, nothing = partial(command, ORCH, "--help"), partial(command, sys.executable, "-c", "pass")
    click = partial(command, sys.executable, "-c", "import click")
    in_turn(1, help_, nothing, click)  # bytecode and file cache
    ours, theirs, bare = in_turn(runs, help_, nothing, click)
    extra = {"import_click_s": round(median(bare), 6), "import_click_ratio": round(median(bare) / median(theirs), 3)}
    yield Result("startup.help", 1, ours, theirs, "python -c pass", extra)
