"""How a template falls into text and tags, and which white space is written: a line of nothing but tags leaves no line.

Jinja's own ``trim_blocks`` and ``lstrip_blocks`` look at one tag, not at its line, and join a line with other text to the next
one. Must not know what a statement does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from jinja2.lexer import Lexer

from provisioner.blueprint.tokens import ONLY_RETURNED, RETURNED

Piece: TypeAlias = tuple[int, str, str]
"""Line, kind and text, as Jinja's lexer gives them."""

_TEXT = r"([^{]*(?:\{(?![{%#])[^{]*)*)"
_BEGINS = frozenset({"block_begin", "comment_begin", "raw_begin", "raw_end"})
_ENDS = frozenset({"block_end", "comment_end", "raw_begin", "raw_end"})
_BREAK = re.compile("\r\n|\r|\n")
_BLANK = f" \t\n{RETURNED}{ONLY_RETURNED}"
_PLUS = re.compile(r"\+[%#]\}")
_OPENING = frozenset({"macro", "call", "set", "set |"})
_CLOSING = frozenset({"endmacro", "endset", "endcall"})
"""What stands between these is kept for later: the white space at its ends is not the line's."""
_WRITING = frozenset({"include", "call", "endcall"})
"""Statements that write in the column where they stand, as ``{{ macro() }}`` does."""


class LineLexer(Lexer):
    """Jinja's own asks at each character of a text whether ``{{``, ``{%`` or ``{#`` begins there; this one does not."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        first = self.rules["root"][0]
        lazy, begins = "(.*?)", first.pattern.pattern
        if begins.startswith(lazy):
            quick = re.compile(_TEXT + begins.removeprefix(lazy), first.pattern.flags)
            self.rules["root"][0] = first._replace(pattern=quick)

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[Piece]:
        """The pieces of a template, without the white space that lines of tags have around them."""
        line: list[Piece] = []
        returns = _returns(source)
        try:
            for piece in super().tokeniter(source, name, filename, state):
                if piece[1] != "data":
                    line.append(piece)
                    continue
                *ended, rest = _lines(piece, returns)
                if ended:
                    yield from _written([*line, ended[0]])
                    yield from _joined(ended[1:])
                    line = []
                if rest[2]:
                    line.append(rest)
        except Exception:
            yield from line  # what is wrong before this is told first
            raise
        yield from _written(line)


def _returns(source: str) -> dict[int, str]:
    """What marks the end of a line, of those that do not end with ``\\n``: Jinja makes them do so."""
    if "\r" not in source:
        return {}
    marks = {"\r\n": RETURNED, "\r": ONLY_RETURNED}
    return {number: marks[end] for number, end in enumerate(_BREAK.findall(source), 1) if end in marks}


def _lines(piece: Piece, returns: Mapping[int, str]) -> list[Piece]:
    """A text cut behind each line break; the last part may be empty."""
    number, kind, text = piece
    *ended, rest = text.split("\n")
    if returns:
        ended = [part + returns.get(number + index, "") for index, part in enumerate(ended)]
    return [
        *((number + index, kind, f"{part}\n") for index, part in enumerate(ended)),
        (number + len(ended), kind, rest),
    ]


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    if pieces:
        yield pieces[0][0], "data", "".join([text for _, _, text in pieces])


def _written(line: list[Piece]) -> Iterable[Piece]:
    """The pieces of one line of text, tags over several lines in it, without white space that nobody wants written."""
    begins = [index for index, piece in enumerate(line) if piece[1] in _BEGINS]
    if not begins:
        return line
    statements = _statements(line)
    kept = _kept(line, statements)
    silent = not any(
        _seen(piece) or statements.get(index) in _WRITING for index, piece in enumerate(line) if index not in kept
    )
    last = max(index for index, piece in enumerate(line) if piece[1] in _ENDS or index == begins[-1])
    dropped: set[int] = set()
    if (silent or statements.get(begins[0]) in _CLOSING) and not line[begins[0]][2].startswith("{%+"):
        dropped.update(range(begins[0]))
    if (silent or statements.get(begins[-1]) in _OPENING) and not _PLUS.search(line[last][2]):
        dropped.update(range(last + 1, len(line)))
    if silent:
        dropped.update(set(range(begins[0], last)) - kept)
    return [piece for index, piece in enumerate(line) if index not in dropped or _seen(piece) or piece[1] != "data"]


def _statements(line: list[Piece]) -> dict[int, str]:
    """The name of each statement, by where it begins; ``set =`` for one that has its value in it."""
    names: dict[int, str] = {}
    begin = 0
    for index, (_, kind, text) in enumerate(line):
        if kind == "block_begin":
            begin = index
            names[begin] = ""
        elif begin in names and names[begin] == "" and kind != "whitespace":
            names[begin] = text
        elif names.get(begin) == "set" and kind == "operator" and text in ("=", "|"):
            names[begin] = f"set {text}"
    return names


def _seen(piece: Piece) -> bool:
    return piece[1] == "variable_begin" or (piece[1] == "data" and bool(piece[2].strip(_BLANK)))


def _kept(line: list[Piece], statements: dict[int, str]) -> set[int]:
    """What stands on the line inside of macros, calls and set blocks: they keep it, the line does not write it."""
    kept: set[int] = set()
    begins: list[int] = []  # of those that begin on this line
    for index in range(len(line)):
        if (name := statements.get(index)) in _OPENING:
            begins.append(index)
        elif name in _CLOSING:
            kept.update(range(begins.pop() + 1 if begins else 0, index))
    for begin in begins:
        kept.update(range(begin + 1, len(line)))
    return kept
