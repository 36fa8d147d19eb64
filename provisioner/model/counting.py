"""A number with its word. Must not know what is counted."""

from __future__ import annotations


def many(count: int, one: str, more: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{count} {one if count == 1 else more}"
