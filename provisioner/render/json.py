"""Plans and runs as JSON documents for programs: one document, indented, with ``format_version``. Keys are only ever added."""

from __future__ import annotations

from typing import Any

from provisioner.render.outline import Outline
from provisioner.render.report import Result


def plan(view: Outline) -> str:
    """The outline of a plan."""
    return dump(view)


def drift(view: Outline) -> str:
    """Only what was changed outside orch, and what could not be read."""
    kept = ("format_version", "stack", "environment", "places", "drift", "blindspots")
    return dump({name: getattr(view, name) for name in kept})


def report(view: Result) -> str:
    """What became of a run."""
    return dump(view)


def dump(view: Any, *, indent: int = 2) -> str:
    """Any frozen view as JSON, ending in a newline; ``indent`` 0: on one line."""
    import msgspec

    data = msgspec.json.encode(view)
    return (msgspec.json.format(data, indent=indent) if indent else data).decode() + "\n"
