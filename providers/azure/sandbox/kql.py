"""The part of Resource Graph's query language that is really used: ``table | where … | project … | order by … | limit n``.

``where`` knows ``and or not ()``, ``== != =~ !~ in in~ !in !in~ has contains startswith endswith``, ``isempty isnotempty
isnull isnotnull tolower tostring``. Anything else is refused rather than guessed. Must not know where rows come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Expression = Callable[[Row], Any]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<number>\d+(?:\.\d+)?)
    |(?P<op>==|!=|=~|!~|!in~|!in\b|in~|<=|>=|[<>=()\[\],.|])|(?P<word>[A-Za-z_][\w-]*))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "=~": lambda a, b: _fold(a) == _fold(b),
    "!~": lambda a, b: _fold(a) != _fold(b),
    "has": lambda a, b: _fold(b) in re.split(r"[^0-9a-z]+", _fold(a)),
    "contains": lambda a, b: _fold(b) in _fold(a),
    "startswith": lambda a, b: _fold(a).startswith(_fold(b)),
    "endswith": lambda a, b: _fold(a).endswith(_fold(b)),
}
_AMONG: dict[str, Callable[[Any, list[Any]], bool]] = {
    "in": lambda a, b: a in b,
    "in~": lambda a, b: _fold(a) in [_fold(item) for item in b],
    "!in": lambda a, b: a not in b,
    "!in~": lambda a, b: _fold(a) not in [_fold(item) for item in b],
}
_CALLS: dict[str, Callable[[Any], Any]] = {
    "isempty": lambda a: a in (None, ""),
    "isnotempty": lambda a: a not in (None, ""),
    "isnull": lambda a: a is None,
    "isnotnull": lambda a: a is not None,
    "tolower": lambda a: _fold(a),
    "tostring": lambda a: "" if a is None else str(a),
}


class QueryError(Exception):
    """A query that is wrong, or beyond the subset."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: which table, and what becomes of its rows."""

    table: str
    stages: tuple[Callable[[list[Row]], list[Row]], ...]

    def run(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that come out."""
        found = list(rows)
        for stage in self.stages:
            found = stage(found)
        return found


def parse(text: str) -> Query:
    """A query from its text; ``QueryError`` says what is not understood."""
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise QueryError(f"unexpected '{text[at : at + 10]}' at position {at}")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


def _fold(value: Any) -> str:
    return "" if value is None else str(value).lower()


class _Parser:
    """Recursive descent over tokens."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def query(self) -> Query:
        table = self._word().lower() if self._tokens else "resources"
        stages = []
        while self._at < len(self._tokens):
            self._take("|")
            stages.append(self._stage(self._word().lower()))
        return Query(table, tuple(stages))

    def _stage(self, word: str) -> Callable[[list[Row]], list[Row]]:
        match word:
            case "where":
                test = self._or()
                return lambda rows: [row for row in rows if test(row)]
            case "project":
                columns = self._columns()
                return lambda rows: [{name: read(row) for name, read in columns} for row in rows]
            case "extend":
                columns = self._columns()
                return lambda rows: [row | {name: read(row) for name, read in columns} for row in rows]
            case "order" | "sort":
                self._take("by")
                return self._order()
            case "limit" | "take":
                count = int(self._next("number"))
                return lambda rows: rows[:count]
            case "count":
                return lambda rows: [{"Count": len(rows)}]
        raise QueryError(f"the operator '{word}' is not in the subset that is known here")

    def _columns(self) -> list[tuple[str, Expression]]:
        columns = []
        while True:
            start = self._at
            if self._peek(1) == "=":
                name = self._word()
                self._take("=")
                columns.append((name, self._operand()))
            else:
                read = self._operand()
                name = "_".join(text.strip("'\"") for kind, text in self._tokens[start : self._at] if kind != "op")
                columns.append((name, read))
            if self._peek() != ",":
                return columns
            self._take(",")

    def _order(self) -> Callable[[list[Row]], list[Row]]:
        read = self._operand()
        down = True  # as the language has it
        if self._peek().lower() in ("asc", "desc"):
            down = self._word().lower() == "desc"
        return lambda rows: sorted(rows, key=lambda row: _fold(read(row)), reverse=down)

    def _or(self) -> Expression:
        parts = [self._and()]
        while self._peek().lower() == "or":
            self._take("or")
            parts.append(self._and())
        return lambda row: any(part(row) for part in parts)

    def _and(self) -> Expression:
        parts = [self._test()]
        while self._peek().lower() == "and":
            self._take("and")
            parts.append(self._test())
        return lambda row: all(part(row) for part in parts)

    def _test(self) -> Expression:
        if self._peek() == "(":
            self._take("(")
            inner = self._or()
            self._take(")")
            return inner
        if self._peek().lower() == "not" and self._peek(1) == "(":
            self._take("not")
            denied = self._test()
            return lambda row: not denied(row)
        left = self._operand()
        operator = self._peek().lower()
        if operator in _COMPARE:
            self._at += 1
            right, compare = self._operand(), _COMPARE[operator]
            return lambda row: compare(left(row), right(row))
        if operator in _AMONG:
            self._at += 1
            items, among = self._items(), _AMONG[operator]
            return lambda row: among(left(row), [item(row) for item in items])
        return left

    def _items(self) -> list[Expression]:
        self._take("(")
        items = [self._operand()]
        while self._peek() == ",":
            self._take(",")
            items.append(self._operand())
        self._take(")")
        return items

    def _operand(self) -> Expression:
        kind, text = self._token()
        if kind == "string":
            value: Any = re.sub(r"\\(.)", r"\1", text[1:-1])
            return lambda row: value
        if kind == "number":
            number = float(text) if "." in text else int(text)
            return lambda row: number
        if kind != "word":
            raise QueryError(f"unexpected '{text}'")
        if text.lower() in ("true", "false"):
            return lambda row: text.lower() == "true"
        if self._peek() == "(":
            return self._call(text.lower())
        return self._column(text)

    def _call(self, name: str) -> Expression:
        if name not in _CALLS:
            raise QueryError(f"the function '{name}' is not in the subset that is known here")
        (inner,), call = self._items(), _CALLS[name]
        return lambda row: call(inner(row))

    def _column(self, name: str) -> Expression:
        path = [name]
        while self._peek() in (".", "["):
            if self._peek() == ".":
                self._take(".")
                path.append(self._word())
            else:
                self._take("[")
                path.append(self._next("string")[1:-1])
                self._take("]")

        def read(row: Row) -> Any:
            value: Any = row
            for part in path:
                value = value.get(part) if isinstance(value, dict) else None
            return value

        return read

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at][1] if at < len(self._tokens) else ""

    def _token(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise QueryError("the query ends too soon")
        self._at += 1
        return self._tokens[self._at - 1]

    def _next(self, kind: str) -> str:
        found, text = self._token()
        if found != kind:
            raise QueryError(f"a {kind} was expected, not '{text}'")
        return text

    def _word(self) -> str:
        return self._next("word")

    def _take(self, text: str) -> None:
        _, found = self._token()
        if found.lower() != text:
            raise QueryError(f"'{text}' was expected, not '{found}'")
