"""Plans and runs as JSON documents for programs: one document, indented, with ``format_version``. Keys are only ever added."""

from __future__ import annotations

from typing import Any

from provisioner.render.outline import FORMAT_VERSION, Outline
from provisioner.render.stats import Stats


def plan(view: Outline, stats: Stats | None = None) -> str:
    """The outline of a plan, and what it has cost."""
    if stats is None:
        return dump(view)
    return dump({name: getattr(view, name) for name in view.__dataclass_fields__} | {"stats": stats})


def drift(view: Outline) -> str:
    """Only what was changed outside orch, and what could not be read."""
    kept = ("format_version", "stack", "environment", "places", "drift", "blindspots")
    return dump({name: getattr(view, name) for name in kept})


def line(kind: str, view: Any) -> str:
    """A view as one line among those of events: under the name of its kind, beside ``kind`` and ``format_version``."""
    return dump({"format_version": FORMAT_VERSION, "kind": kind, kind: view}, indent=0)


def dump(view: Any, *, indent: int = 2) -> str:
    """Any frozen view as JSON, ending in a newline; ``indent`` 0: on one line."""
    import msgspec

    data = msgspec.json.encode(view)
    return (msgspec.json.format(data, indent=indent) if indent else data).decode() + "\n"
