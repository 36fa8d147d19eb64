"""Tokens in a parsed scalar -> the values that they stand for: a lone token as it is, a mixed or quoted one as text.

Must not know Jinja or where a scalar stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

from provisioner.blueprint.refusals import LaterError
from provisioner.blueprint.tokens import TOKEN, TOKEN_START, Later, LaterJson, Values, holds_token, kind
from provisioner.document import SpecialScalarError
from provisioner.model.value import JsonText, Map, Part, Value, joined, path_text, references, text

_CUT = "a text operation cut through a value that is known only after apply"
_TEXT = 50_000_000  # characters that all expressions of a rendering may write into texts
_TEXTS = frozenset((str,))
_NODES = 5_000_000  # values that all expressions of a rendering may put into it


class TokenScalars:
    """``Scalars`` of the YAML reader, over the side table of one rendering."""

    marker = TOKEN_START

    def __init__(self, values: Values) -> None:
        self._values = values
        self._left = _NODES
        self._room = _TEXT

    def expand(self, text: str, plain: bool) -> Value:
        """A scalar that is one token and was written without quotes becomes that value; anything else becomes text,
        with references in it where it holds some."""
        try:
            found = TOKEN.fullmatch(text)
            if found is None:
                return self._mixed(text)
            value = self._values.get(found[1])
            if isinstance(value, LaterJson):
                return joined([self._json(value)])
            if plain or isinstance(value, str):
                return self._native(value)
            if isinstance(value, Later):
                return joined([self._native(value)])
            return _in_text(value)
        except LaterError as error:
            raise SpecialScalarError(str(error)) from None

    def key(self, text: str) -> str:
        """The same as a key, which must be text that is known."""
        value = self.expand(text, False)
        if isinstance(value, str):
            return value
        if (found := next(references(value), None)) is not None:
            _, reference = found
            said = f'ref("{reference.address}"){path_text(reference.path, leading_dot=True)}'
            raise SpecialScalarError(f"{said} is known only after apply, and a key must be known while rendering")
        raise SpecialScalarError(f"{kind(value)} cannot be a key")

    def _mixed(self, text: str) -> Value:
        parts: list[Part] = []
        self._split(text, parts)
        if _TEXTS.issuperset(map(type, parts)):  # as nearly always
            return "".join(cast("list[str]", parts))
        return joined(parts)

    def _split(self, text: str, parts: list[Part]) -> None:
        self._spend()
        for index, piece in enumerate(TOKEN.split(str.__str__(text))):
            if index % 2 == 0:
                if TOKEN_START in piece:
                    raise SpecialScalarError(_CUT)
                parts.append(piece)
                continue
            value = self._values.get(piece)
            if type(value) is int:
                parts.append(self._write(str(value)))
            elif isinstance(value, Later):
                parts.append(self._values.leaf(value))
            elif isinstance(value, LaterJson):
                parts.append(self._json(value))
            elif holds_token(value):
                self._split(value, parts)
            else:
                parts.append(self._write(_in_text(value)))

    def _native(self, value: Any) -> Value:
        self._spend()
        if isinstance(value, str):
            return self._mixed(value) if holds_token(value) else str.__str__(value)
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise SpecialScalarError(f"{value} is no number that JSON can hold")
            return value
        if isinstance(value, Later):
            return self._values.leaf(value)
        if isinstance(value, Mapping):
            items = {self._key(key): self._native(item) for key, item in value.items()}
            if len(items) < len(value):
                raise SpecialScalarError(
                    f"a map has the key {_twice(map(self._key, value))!r} twice: as text, and as a number"
                )
            return Map(items)
        if isinstance(value, (list, tuple)):
            return tuple([self._native(item) for item in value])
        raise SpecialScalarError(f"{kind(value)} is not a value that a resource can hold")

    def _json(self, later: LaterJson) -> JsonText:
        return JsonText(later.indent, self._native(later.value))

    def _key(self, key: Any) -> str:
        if isinstance(key, str) and not holds_token(key):
            return str.__str__(key)
        if isinstance(key, (bool, int, float)):
            return text(key)
        raise SpecialScalarError(f"{kind(key)} cannot be a key")

    def _write(self, written: str) -> str:
        self._room -= len(written)
        if self._room < 0:
            raise SpecialScalarError(
                f"the expressions of the blueprint write more than {_TEXT:,} characters into texts"
            )
        return written

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise SpecialScalarError(f"the expressions of the blueprint give more than {_NODES:,} values")


def _twice(keys: Iterable[str]) -> str:
    """The first that comes again."""
    seen: set[str] = set()
    return next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]


def _in_text(value: Any) -> str:
    if value is None or not isinstance(value, (str, bool, int, float)):
        raise SpecialScalarError(f"{kind(value)} cannot be put inside text")
    return text(value)
