"""Positions inside of bodies, as they are written, matched and told. Must not know what stands there."""

from __future__ import annotations

from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Position of a value in a body: ``("Tags", 0, "Key")``. In type data ``"*"`` stands for any key or index."""


def matches(pattern: Path, path: Path) -> bool:
    """Whether a path of type data (``"*"`` stands for one key or index) names this very path."""
    return len(pattern) == len(path) and all(p in ("*", q) for p, q in zip(pattern, path, strict=True))


def beneath(patterns: tuple[Path, ...], path: Path) -> tuple[Path, ...]:
    """What is left of each pattern that names this path, or something beneath it, once one is there."""
    if not patterns:  # nearly always, and asked for every value there is
        return ()
    return tuple(p[len(path) :] for p in patterns if len(p) >= len(path) and matches(p[: len(path)], path))


def path_text(path: Path, *, leading_dot: bool = False) -> str:
    """A path as people write it: ``Tags[0].Key``."""
    out = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return out if leading_dot else out.removeprefix(".")
