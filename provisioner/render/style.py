"""Colours, widths and harmless text for a terminal. Knows no plan; writes nothing."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from provisioner.render.shown import MASKED, REFERENCE, SECRET

_CODES = {
    "title": "1",
    "dim": "2",
    "delete": "1;31",
    "replace": "1;35",
    "forget": "31",
    "update": "33",
    "adopt": "36",
    "move": "36",
    "record": "36",
    "rebase": "36",
    "check": "36",
    "create": "32",
    "no-op": "2",
    "bad": "1;31",
    "warn": "33",
    "good": "32",
}


_quoted = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Style:
    """How to write to one terminal. width: columns, at least 40 · colour: whether escapes are welcome."""

    width: int = 80
    colour: bool = False

    def paint(self, text: str, role: str) -> str:
        """The text in the colour of its role."""
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.colour and text else text

    def wrap(self, text: str, indent: int, hanging: int | None = None) -> list[str]:
        """Lines of a text, each indented; ``hanging`` is the indent of all but the first."""
        width = max(self.width, 40)
        head = " " * indent
        if len(text) + indent <= width:
            return [head + text]
        tail = " " * (indent if hanging is None else hanging)
        return textwrap.wrap(
            text, width, initial_indent=head, subsequent_indent=tail, break_on_hyphens=False, break_long_words=False
        )

    def row(self, parts: Iterable[str], indent: int) -> Iterator[str]:
        """Lines of short parts with a dot between, broken between parts where that is possible."""
        line = ""
        for part in parts:
            longer = f"{line} · {part}" if line else part
            if line and indent + len(longer) > max(self.width, 40):
                yield from self.wrap(line, indent, indent + 2)
                longer = part
            line = longer
        if line:
            yield from self.wrap(line, indent, indent + 2)


PLAIN = Style()
"""80 columns, no colour."""


def clean(text: str) -> str:
    """The text on one line, without anything that moves a cursor, reorders letters or hides: such characters are spelled out."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) > 0x7F or c not in "\n\t" else " " for c in text
    )


def _is_leaf(value: dict[str, Any] | list[Any]) -> bool:
    """Whether there is nothing to open up."""
    return not value or REFERENCE in value or SECRET in value


def flow(value: Any) -> str:
    """A JSON value on one line: keys bare, texts quoted, what is known later by its reference, a secret by where it is kept."""
    if isinstance(value, str):
        return value if value == MASKED else clean(_quoted(value))
    if isinstance(value, dict):
        if REFERENCE in value:
            return f"(known after apply: {clean(value[REFERENCE])})"
        if SECRET in value:
            return f"(secret: {clean(value[SECRET])})"
        return "{" + ", ".join(f"{clean(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return json.dumps(value)


def block(value: Any, width: int, *, open_up: bool = False) -> Iterator[str]:
    """A JSON value on as few lines as fit a width, nested ones indented; a scalar is never cut. ``open_up``: a line for each
    of its own keys or items in any case."""
    line = flow(value)
    if (len(line) <= width and not open_up) or not isinstance(value, (dict, list)) or _is_leaf(value):
        yield line
    elif isinstance(value, list):
        for item in value:
            lines = block(item, width - 2)
            yield "- " + next(lines)
            for more in lines:
                yield "  " + more
    else:
        for key, item in value.items():
            name = clean(key)
            line = flow(item)
            if len(name) + 2 + len(line) <= width or not isinstance(item, (dict, list)) or _is_leaf(item):
                yield f"{name}: {line}"
                continue
            yield f"{name}:"
            for more in block(item, width - 2):
                yield "  " + more
