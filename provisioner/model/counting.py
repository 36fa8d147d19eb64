"""A number with its word or its unit. Must not know what is counted."""

from __future__ import annotations


def many(count: int, one: str, more: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{count} {one if count == 1 else more}"


def in_words(seconds: float) -> str:
    """A time as a blueprint writes it: ``90s``, ``30m``, ``2h``."""
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
