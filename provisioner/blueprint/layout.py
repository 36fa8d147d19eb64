"""Rendered text with marks -> plain text: macro output indented to the column of its call, and where each line came from.

Must not look into values: it moves tokens, and never what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from provisioner.blueprint.tokens import (
    CALL_END,
    CALL_START,
    MARK,
    MARK_END,
    MARK_START,
    ONLY_RETURNED,
    RETURNED,
    SPLICE_END,
    SPLICE_START,
)
from provisioner.model.source import Source, Via

_SPLICE = re.compile(f"([{SPLICE_START}{SPLICE_END}])")
_RETURNS = {ord(RETURNED): None, ord(ONLY_RETURNED): None}
_MARKS = f"[{MARK_START}{CALL_START}][^{MARK_END}]*{MARK_END}|[{CALL_END}{RETURNED}{ONLY_RETURNED}]"
_LEADING = re.compile(f"(?:\\s|{_MARKS})*")
_TRAILING = re.compile(f"(?:\\s|{_MARKS})*\\Z")
_LINE_BREAK = re.compile(f"((?:{_MARKS})*)\n")
_DEEPEST = 4  # calls inside calls that a line names


def splice(raw: str) -> str:
    """The text with all splices laid out. What a macro wrote begins in the column of its call, and so do its further lines;
    its last line break is dropped where the line of the call has one of its own."""
    return _Splicer().run(raw) if SPLICE_START in raw else raw


def unmark(raw: str) -> str:
    """The text without marks of lines and calls, each of its lines ended with ``\\n``."""
    plain = MARK.sub("", raw) if MARK_END in raw or CALL_END in raw else raw
    return plain.translate(_RETURNS) if RETURNED in plain or ONLY_RETURNED in plain else plain


def returned(raw: str) -> str:
    """The text with the line breaks that its files have."""
    return raw.replace(f"{RETURNED}\n", "\r\n").replace(f"{ONLY_RETURNED}\n", "\r")


def indent(s: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    """Jinja's own, which takes more characters for line breaks than there are, and rewrites them."""
    by = width if isinstance(width, str) else " " * width
    head, *rest = s.split("\n")
    moved = [f"{by}{line}" if blank or unmark(line).strip("\r") else line for line in rest]
    return "\n".join([f"{by}{head}" if first else head, *moved])


def trim(raw: str) -> str:
    """The text without white space around it; the marks of its first line and those of calls stay."""
    lead = _LEADING.match(raw)
    start = lead.end() if lead else 0
    kept = "".join(found[0] for found in MARK.finditer(raw[:start]))
    return kept + _TRAILING.sub(_calls_only, raw[start:])


def _calls_only(found: re.Match[str]) -> str:
    return "".join(mark[0] for mark in MARK.finditer(found[0]) if mark[1] != MARK_START)


def origins(raw: str, templates: Sequence[str]) -> tuple[bytes, list[Source]]:
    """The plain text in UTF-8, half as large with its tokens, and the template line of each of its lines.

    A line comes from the last mark before its first visible character (the macro's body rather than its call, which is
    ``via``), else from any mark in it, else it continues the line before.
    """
    origin = _Origin(templates)
    if RETURNED in raw or ONLY_RETURNED in raw:  # in YAML a line break is one, however it is written
        raw = raw.translate(_RETURNS)
    lines: list[bytes] = []
    sources: list[Source] = []
    for line in _lines(raw):
        lines.append((origin.read(line) if MARK_END in line or CALL_END in line else line).encode())
        sources.append(origin.current)
    return b"\n".join(lines), sources


def joined(raw: str, place: str) -> list[int]:
    """The lines of a template that stand on one line with ``place`` (template number, line), itself left out; not what is
    called there."""
    template, _, number = place.partition(":")
    for line in _lines(raw):
        places = [found[2] for found in MARK.finditer(line) if found[1] == MARK_START]
        if place in places and len(set(places)) > 1 and CALL_START not in line and CALL_END not in line:
            there = {other.partition(":")[2] for other in places if other.partition(":")[0] == template}
            return sorted(int(other) for other in there - {number})
    return []


def _lines(raw: str) -> Iterator[str]:
    """The lines, one at a time: all of them at once, marks included, take as much memory as everything else."""
    start = 0
    while (end := raw.find("\n", start)) >= 0:
        yield raw[start:end]
        start = end + 1
    yield raw[start:]


class _Origin:
    """Where the text that is read line by line comes from. Each place has one ``Source``, each call of a macro its own."""

    def __init__(self, templates: Sequence[str]) -> None:
        self._templates = templates
        self._calls: list[Source] = []
        self._known: dict[tuple[str, int], Source] = {}
        self.current = Source(templates[0] if templates else "", 1)

    def read(self, line: str) -> str:
        """Take a line's marks in: its own source is then ``current``. The line without them."""
        if line.count(MARK_END) == 1 and CALL_START not in line and CALL_END not in line:  # as nearly all
            marked, _, after = line.partition(MARK_END)
            before, _, place = marked.rpartition(MARK_START)
            self.current = self._source(place)
            return before + after
        lead = _LEADING.match(line)
        visible = lead.end() if lead else 0
        leading = last = None
        for found in MARK.finditer(line):
            kind, place = found.groups()
            if kind is None:
                del self._calls[-1:]
            elif kind == CALL_START:
                deep = len(self._calls) >= _DEEPEST
                self._calls.append(self._calls[-1] if deep else self._source(place))
            else:
                last = self._source(place)
                leading = last if found.start() < visible else leading
        self.current = leading or last or self.current
        return MARK.sub("", line)

    def _source(self, place: str) -> Source:
        via = self._calls[-1] if self._calls else None
        key = place, id(via)  # the calls' own sources are kept here, so that no id is given twice
        if (found := self._known.get(key)) is None:
            at = None if via is None else Via("", via)
            template, number = map(int, place.split(":"))
            found = self._known[key] = Source(self._templates[template], number, at)
        return found


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
                if closed and (found := _LINE_BREAK.match(piece)):
                    piece, closed = found[1].translate(_RETURNS) + piece[found.end() :], False
                closed = closed and not unmark(piece)
                self._write(piece)
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
