"""What libyaml takes for a line break and YAML 1.2, and every editor, for a character of the text: U+0085, U+2028, U+2029.

Must not know YAML's structure: it changes characters before the parse and back after it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_NO_BREAK = ("\x85", "\u2028", "\u2029")
_NO_BREAK_BYTES = tuple([char.encode() for char in _NO_BREAK])
_STAND_INS = range(0xF0000, 0xFFFFE)  # for private use, so that they mean nothing to anybody
_BREAK = re.compile("\r\n|\r|\n")


def hidden(text: str | bytes) -> tuple[str | bytes, Mapping[int, str]]:
    """The text with characters in their place that it does not hold, and what ``str.translate`` brings them back with."""
    if isinstance(text, bytes):
        if not any(char in text for char in _NO_BREAK_BYTES):
            return text, {}
        text = text.decode()
    elif not any(char in text for char in _NO_BREAK):
        return text, {}
    used = set(text)
    free = (number for number in _STAND_INS if chr(number) not in used)
    back = dict(zip(free, _NO_BREAK, strict=False))
    return text.translate({ord(char): number for number, char in back.items()}), back


def lines(text: str) -> list[str]:
    """The lines of a text, as an editor counts them."""
    return _BREAK.split(text)


def line_at(text: str | bytes, position: int) -> int:
    """The line (from 0) of a byte of the text, in UTF-8."""
    data = text.encode() if isinstance(text, str) else text
    return len(lines(data[:position].decode(errors="replace"))) - 1
