"""What a cloud's documentation says of a thing, cut down to one short sentence for a terminal and for an editor.

Pure text; for the compilers of schemas alone. Must not know any cloud's marks (``[Output Only]``…): those are stripped before.
"""

from __future__ import annotations

import re

LONGEST = 120  # characters; what is longer is cut at a word

_LINK = re.compile(r"\[([^\[\]]+)\]\([^()\s]*\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_END = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!vs)(?<=[\w)`'\"%*\]])[.:]\s(?=[A-Z`\"(\[*])")
_SAYS_NOTHING = frozenset({"", "required", "optional", "read-only", "readonly"})


def one_line(text: str | None) -> str:
    """A text on one line."""
    return re.sub(r"\s+", " ", text or "").strip()


def sentence(text: str | None) -> str:
    """The first sentence, without markup, at most ``LONGEST`` characters; empty where it says nothing."""
    words = _TAG.sub("", _LINK.sub(r"\1", text or "")).replace("``", "`").replace("*", "")
    first = one_line(_END.split(one_line(words), maxsplit=1)[0]).rstrip(".:")
    if first.lower() in _SAYS_NOTHING:
        return ""
    return first if len(first) <= LONGEST else first[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;") + "…"
