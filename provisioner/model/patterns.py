"""Paths of type data, compiled to a tree: they are asked about every value of every object, and a walk beats a search.

It must not know what a pattern means.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from provisioner.model.value import Path

Of = TypeVar("Of")
_END = None
"""No path has it as a part, so it marks where a pattern ends."""


class Patterns(Generic[Of]):
    """What stands at each pattern (``"*"`` for any key or index); of several that name a path, the first decides."""

    __slots__ = ("_root",)

    def __init__(self, items: Iterable[tuple[Path, Of]]) -> None:
        self._root: dict[Any, Any] = {}
        for number, (pattern, value) in enumerate(items):
            node = self._root
            for part in pattern:
                node = node.setdefault(part, {})
            node.setdefault(_END, (number, value))

    def at(self, path: Path) -> Of | None:
        """What stands at exactly this path."""
        if not self._root:
            return None
        nodes = [self._root]
        for part in path:
            nodes = [node[key] for node in nodes for key in _keys(part) if key in node]
            if not nodes:
                return None
        ends = [node[_END] for node in nodes if _END in node]
        return min(ends, key=_number)[1] if ends else None

    def reach(self, path: Path) -> bool:
        """Whether a pattern names this path or one that encloses it."""
        if not self._root:
            return False
        nodes = [self._root]
        for part in path:
            if any(_END in node for node in nodes):
                return True
            nodes = [node[key] for node in nodes for key in _keys(part) if key in node]
            if not nodes:
                return False
        return any(_END in node for node in nodes)


def _keys(part: str | int) -> tuple[str | int, ...]:
    return (part,) if part == "*" else (part, "*")


def _number(end: tuple[int, Any]) -> int:
    return end[0]
