"""Values in words that a person who writes YAML understands. Must not know what a value is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "null",
}


def kind_of(value: object) -> str:
    """What a value is: ``a list``, ``the text 'x'``."""
    if isinstance(value, str):
        return f"the text {_short(str.__str__(value))!r}"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    return f"a {type(value).__name__.lower()}"


def type_words(types: Sequence[str]) -> str:
    """JSON Schema's types: ``text or a list``."""
    return either([_TYPES.get(name, name) for name in types])


def either(words: Sequence[str]) -> str:
    """``a, b or c``."""
    unique = list(dict.fromkeys(words))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} or {unique[-1]}"


def _short(value: str, limit: int = 60) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"
