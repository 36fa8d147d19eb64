"""Rendered text with marks -> plain text: macro output indented to the column of its call, and where each line came from.

Must not look into values: it moves tokens, and never what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from provisioner.blueprint.tokens import MARK, MARK_END, MARK_START, SPLICE_END, SPLICE_START
from provisioner.model.source import Source

_SPLICE = re.compile(f"([{SPLICE_START}{SPLICE_END}])")
_LEADING = re.compile(f"(?:\\s|{MARK_START}[^{MARK_END}]*{MARK_END})*")
_TRAILING = re.compile(f"(?:\\s|{MARK_START}[^{MARK_END}]*{MARK_END})*\\Z")


def splice(raw: str) -> str:
    """The text with all splices laid out. What a macro wrote begins in the column of its call, and so do its further lines;
    its last line break is dropped where the line of the call has one of its own."""
    return _Splicer().run(raw) if SPLICE_START in raw else raw


def unmark(raw: str) -> str:
    """The text without line marks."""
    return MARK.sub("", raw) if MARK_START in raw else raw


def trim(raw: str) -> str:
    """The text without white space around it; the mark of its first line stays."""
    lead = _LEADING.match(raw)
    start = lead.end() if lead else 0
    marks = MARK.findall(raw[:start])
    mark = f"{MARK_START}{marks[-1][0]}:{marks[-1][1]}{MARK_END}" if marks else ""
    return mark + _TRAILING.sub("", raw[start:])


def origins(raw: str, templates: Sequence[str]) -> tuple[str, list[Source]]:
    """The plain text, and the template line of each of its lines.

    A line comes from the last mark before its first visible character (the macro's body rather than its call), else
    from any mark in it, else it continues the line before.
    """
    known: dict[tuple[str, str], Source] = {}
    current = Source(templates[0] if templates else "", 1)
    lines: list[str] = []
    sources: list[Source] = []
    for line in raw.split("\n"):
        if MARK_START in line:
            lead = _LEADING.match(line)
            marks = MARK.findall(lead[0] if lead else "") or MARK.findall(line)
            key = marks[-1]
            if key not in known:
                known[key] = Source(templates[int(key[0])], int(key[1]))
            current = known[key]
            line = MARK.sub("", line)
        lines.append(line)
        sources.append(current)
    return "\n".join(lines), sources


class _Splicer:
    """Writes text piece by piece, knowing the column."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._indents = [0]
        self._column = 0
        self._fresh = True  # nothing visible stands on this line yet, its indentation included

    def run(self, raw: str) -> str:
        closed = False  # a splice has just ended with a line break
        for piece in _SPLICE.split(raw):
            if piece == SPLICE_START:
                self._indents.append(self._indents[-1] if self._fresh else self._column)
                closed = False
            elif piece == SPLICE_END:
                self._indents.pop()
                closed = self._fresh
            elif piece:
                self._write(piece[1:] if closed and piece.startswith("\n") else piece)
                closed = False
        return "".join(self._out)

    def _write(self, piece: str) -> None:
        if len(self._indents) == 1:  # outside of any splice nothing moves
            self._out.append(piece)
            _, broken, tail = piece.rpartition("\n")
            self._column = len(unmark(tail)) + (0 if broken else self._column)
            self._fresh = not self._column
            return
        first, *rest = piece.split("\n")
        self._part(first)
        for part in rest:
            self._out.append("\n")
            self._column, self._fresh = 0, True
            self._part(part)

    def _part(self, part: str) -> None:
        width = len(unmark(part))
        if not width:
            self._out.append(part)
            return
        if self._fresh:
            indent = self._indents[-1]
            self._out.append(" " * indent)
            self._column, self._fresh = indent, False
        self._out.append(part)
        self._column += width
