"""Texts that fit a pattern, for examples: a small reader of regular expressions that writes instead of matching.

It guesses (lookaheads say nothing to it), so whoever uses it judges what it writes. Must not know schemas.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_TASTES = ("aA1-_./: ", "1aA-_./: ", "A1a-_./: ")  # which letters to write where several fit, in turn
_MORE = (0, 1, 3, 7, 11, 15, 19, 31, 35, 63, 127)  # how often to repeat beyond what a pattern needs
_TURNS = 4  # how many alternatives to try
_OFTEN = 10_000

_Test = Callable[[str], bool]
_CLASSES: dict[str, _Test] = {
    "d": str.isdecimal,
    "w": lambda char: char == "_" or char.isalnum(),
    "s": str.isspace,
    "L": str.isalpha,
    "N": str.isnumeric,
    "P": lambda char: char in "-_.:/",
    "S": lambda char: char in "+$=",
    "Z": lambda char: char == " ",
    "C": lambda char: not char.isprintable(),
    "M": lambda char: False,
}


@dataclass(frozen=True, slots=True)
class _Char:
    """One character. likely: those that the pattern spells out."""

    fits: _Test
    likely: str = ""

    def write(self, taste: str, _more: int, _turn: int) -> str:
        return next((char for char in (*taste, *self.likely, *map(chr, range(33, 127))) if self.fits(char)), "a")


@dataclass(frozen=True, slots=True)
class _Repeat:
    """A part, at least so often."""

    part: _Node
    least: int
    most: int

    def write(self, taste: str, more: int, turn: int) -> str:
        return "".join(self.part.write(taste, 0, turn) for _ in range(min(self.least + more, self.most)))


@dataclass(frozen=True, slots=True)
class _Row:
    """Parts, one after the other."""

    parts: list[_Node] = field(default_factory=list)

    def write(self, taste: str, more: int, turn: int) -> str:
        return "".join(part.write(taste, more, turn) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Either:
    """Alternatives, written in turn."""

    options: list[_Node]

    def write(self, taste: str, more: int, turn: int) -> str:
        return self.options[turn % len(self.options)].write(taste, more, turn)


_Node = _Char | _Repeat | _Row | _Either


def samples(pattern: str) -> Iterator[str]:
    """Texts that may fit, shortest first; a few dozen at most, none where the pattern cannot be read."""
    try:
        root = _Reader(pattern).read()
    except (IndexError, ValueError):
        return
    for more, turn, taste in itertools.product(_MORE, range(_TURNS), _TASTES):
        yield root.write(taste, more, turn)


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0

    def read(self) -> _Node:
        options: list[_Node] = [self._row()]
        while self._taken("|"):
            options.append(self._row())
        return _Either(options) if len(options) > 1 else options[0]

    def _taken(self, word: str) -> bool:
        if self._text.startswith(word, self._at):
            self._at += len(word)
            return True
        return False

    def _next(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _row(self) -> _Node:
        row = _Row()
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            part = self._part()
            if part is not None:
                row.parts.append(self._repeated(part))
        return row

    def _part(self) -> _Node | None:
        char = self._next()
        if char in "^$":
            return None
        if char == ".":
            return _Char(str.isprintable)
        if char == "[":
            return self._set()
        if char == "(":
            return self._group()
        return self._escape() if char == "\\" else _exactly(char)

    def _group(self) -> _Node | None:
        looks = any(self._taken(word) for word in ("?=", "?!", "?<=", "?<!"))
        if not looks and not self._taken("?:") and self._taken("?"):
            self._at = self._text.index(">" if self._text[self._at] in "P<" else ")", self._at) + 1
            if self._text[self._at - 1] == ")":
                return None  # flags
        inner = self.read()
        if not self._taken(")"):
            raise ValueError("an open group")
        return None if looks else inner

    def _repeated(self, part: _Node) -> _Node:
        least, most = 1, 1
        for word, bounds in (("*", (0, _OFTEN)), ("+", (1, _OFTEN)), ("?", (0, 1))):
            if self._taken(word):
                least, most = bounds
                break
        else:
            if self._taken("{"):
                low, _, high = self._text[self._at : (end := self._text.index("}", self._at))].partition(",")
                least = int(low)
                most = int(high) if high else _OFTEN if "," in self._text[self._at : end] else least
                self._at = end + 1
        _ = self._taken("?") or self._taken("+")  # lazy and possessive ones write the same
        return part if (least, most) == (1, 1) else _Repeat(part, least, most)

    def _escape(self) -> _Char:
        char = self._next()
        if char in "pP":
            name = self._text[self._at + 1 : (end := self._text.index("}", self._at))]
            self._at = end + 1
            return _negated(_CLASSES.get(name[:1], str.isalpha), char == "P")
        if char.lower() in "dws":
            return _negated(_CLASSES[char.lower()], char.isupper())
        if char == "u" and self._taken("{"):
            digits = self._text[self._at : (end := self._text.index("}", self._at))]
            self._at = end + 1
            return _exactly(chr(int(digits, 16)))
        if char in "ux":
            digits = self._text[self._at : self._at + (4 if char == "u" else 2)]
            self._at += len(digits)
            return _exactly(chr(int(digits, 16)))
        return _exactly({"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}.get(char, char))

    def _set(self) -> _Char:
        negated = self._taken("^")
        tests: list[_Test] = []
        likely = ""
        while not (self._taken("]") if tests else False):
            found = self._escape() if (char := self._next()) == "\\" else _exactly(char)
            if found.likely and self._text[self._at] == "-" and self._text[self._at + 1] != "]":
                self._at += 1
                last = self._escape() if (char := self._next()) == "\\" else _exactly(char)
                tests.append(_between(found.likely, last.likely))
            else:
                tests.append(found.fits)
            likely += found.likely
        fits: _Test = lambda char: any(test(char) for test in tests)  # noqa: E731
        return _negated(fits, negated, likely)


def _exactly(char: str) -> _Char:
    return _Char(lambda other: other == char, char)


def _between(low: str, high: str) -> _Test:
    return lambda char: low <= char <= high


def _negated(fits: _Test, negated: bool, likely: str = "") -> _Char:
    return _Char((lambda char: not fits(char)), "") if negated else _Char(fits, likely)
