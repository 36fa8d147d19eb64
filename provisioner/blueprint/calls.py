"""Which lines of templates lead to a line: the macros, includes and imports on the way, read off Python's own frames.

Must not know an engine or what a template writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any, TypeAlias

Lines: TypeAlias = tuple[tuple[str, int], ...]
"""Template names and lines, each called at the one before; the last is the line in question."""

_DEEPEST = 4  # calls inside calls that an error names


def line_of(frame: Any, line: int = 0) -> tuple[str, int]:
    """Template name and line that a frame of compiled template code stands at; ``("", 0)`` for any other."""
    template = frame.f_globals.get("__jinja_template__")
    if template is None:
        return "", 0
    return str(template.name), int(template.get_corresponding_lineno(line or frame.f_lineno))


def lines_to(frame: Any) -> Lines:
    """The calls of templates that lead to a frame which runs now."""
    frames = []
    while frame is not None:
        frames.append((frame, frame.f_lineno))
        frame = frame.f_back
    return _calls(reversed(frames))


def lines_in(trace: TracebackType | None) -> Lines:
    """The calls of templates that lead to where an error was raised."""
    frames = []
    while trace is not None:
        frames.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    return _calls(frames)


def _calls(frames: Iterable[tuple[Any, int]]) -> Lines:
    """The line of each macro, include and import on the way; a block belongs to nobody who calls it."""
    found: list[tuple[str, int]] = []
    for frame, number in frames:
        if not (line := line_of(frame, number))[0]:
            continue
        function = frame.f_code.co_name
        if function.startswith("block_"):
            found = [line]
        elif function in ("macro", "root"):
            found += [line] if found[-1:] != [line] else []  # a macro that calls itself is named once
        else:
            found[-1:] = [line]
    return tuple(found if len(found) <= _DEEPEST else [*found[:_DEEPEST], found[-1]])
