"""Words for an exception that nobody expected: a fault of orch itself. Must not decide what happens after it."""

from __future__ import annotations

import traceback
from pathlib import PurePath

HINT = "report it with what `orch --debug …` prints and `orch --version`"


def told(error: BaseException) -> str:
    """That it is a bug, which, and where: on one line, without a traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    what = str(error).splitlines()[0] if str(error) else ""
    name = f"{type(error).__name__}{where}" + (f": {what}" if what else "")
    return f"this is a bug in orch, not in your blueprint ({name})"


def trace(error: BaseException) -> str:
    """The whole traceback, for whoever asks for it."""
    return "".join(traceback.format_exception(error)).rstrip()
