"""List filters: parsed once, then asked of each object. Both of the service's languages, AIP-160 and ``eq``/``ne``.

Pure functions. ``ValueError`` where a filter cannot be read.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from typing import Any

Predicate = Callable[[Mapping[str, Any]], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<punct>[()])|(?P<op>!=|<=|>=|=|<|>|:)|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'"""
    r"""|(?P<word>[^\s()=!<>:"']+))"""
)
_WORD_OPS = ("eq", "ne")
_BARE = re.compile(r"""\s*(?P<word>[^\s()"']+)""")  # after an operator a word may hold what is an operator elsewhere


def parse(text: str) -> Predicate:
    """The filter as a function of an object's body."""
    parser = _Parser(_tokens(text))
    found = parser.sequence()
    if parser.left():
        raise ValueError("unbalanced parentheses")
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        valued = bool(out) and (out[-1][0] == "op" or out[-1] in (("word", "eq"), ("word", "ne")))
        found = (_BARE.match(text, at) if valued else None) or _TOKEN.match(text, at)
        if not found or not found.lastgroup:
            raise ValueError(f"cannot read {text[at:]!r}")
        kind = "text" if found.lastgroup in ("double", "single") else found.lastgroup
        out.append((kind, found[found.lastgroup]))
        at = found.end()
    return out


class _Parser:
    """Recursive descent. As in AIP-160, OR binds more tightly than AND, and expressions side by side are ANDed."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at = tokens, 0

    def left(self) -> bool:
        return self._at < len(self._tokens)

    def _is(self, kind: str, *values: str) -> bool:
        return self.left() and self._tokens[self._at][0] == kind and self._tokens[self._at][1] in values

    def _take(self, kind: str = "") -> str:
        if not self.left() or (kind and self._tokens[self._at][0] != kind):
            raise ValueError("expression ends too early")
        self._at += 1
        return self._tokens[self._at - 1][1]

    def sequence(self) -> Predicate:
        parts = [self._either()]
        while self.left() and not self._is("punct", ")"):
            if self._is("word", "AND"):
                self._take()
            parts.append(self._either())
        return lambda body: all(part(body) for part in parts)

    def _either(self) -> Predicate:
        parts = [self._term()]
        while self._is("word", "OR"):
            self._take()
            parts.append(self._term())
        return lambda body: any(part(body) for part in parts)

    def _term(self) -> Predicate:
        if self._is("word", "NOT", "-"):
            self._take()
            inner = self._term()
            return lambda body: not inner(body)
        if self._is("punct", "("):
            self._take()
            inner = self.sequence()
            if not self._is("punct", ")"):
                raise ValueError("missing )")
            self._take()
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        field = self._take("word").split(".")
        operator = self._take()
        if operator not in ("=", "!=", "<", ">", "<=", ">=", ":", *_WORD_OPS):
            raise ValueError(f"not an operator: {operator}")
        value = self._take()
        if operator in _WORD_OPS:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"not a regular expression: {value}") from error
        return lambda body: _holds(_values(body, field), operator, value)


def _values(body: Any, path: list[str]) -> list[Any]:
    """All values at a path; a list offers each of its items."""
    if isinstance(body, list):
        return [value for item in body for value in _values(item, path)]
    if not path:
        return [body]
    return _values(body[path[0]], path[1:]) if isinstance(body, Mapping) and path[0] in body else []


def _holds(found: list[Any], operator: str, value: str) -> bool:
    texts = [_text(item) for item in found]
    match operator:
        case "=":
            return any(_alike(text, value) for text in texts)
        case "!=":
            return not any(_alike(text, value) for text in texts)
        case "eq":
            return any(re.fullmatch(value, text) for text in texts or [""])
        case "ne":
            return not any(re.fullmatch(value, text) for text in texts or [""])
        case ":":
            return bool(found) if value == "*" else any(value in text for text in texts)
    return any(_ordered(text, operator, value) for text in texts)


def _alike(text: str, value: str) -> bool:
    return fnmatch.fnmatchcase(text, value) if "*" in value else text == value


def _ordered(text: str, operator: str, value: str) -> bool:
    try:
        left: Any = float(text)
        right: Any = float(value)
    except ValueError:
        left, right = text, value
    match operator:
        case "<":
            return bool(left < right)
        case ">":
            return bool(left > right)
        case "<=":
            return bool(left <= right)
    return bool(left >= right)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
