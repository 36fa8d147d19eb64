"""Names that a misspelt one was probably meant to be. Must not know what the names stand for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from provisioner.document.words import either


def near(name: str, names: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """The closest names, best first; letters' case is forgiven."""
    folded = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower(), folded, n=count, cutoff=0.6)
    return tuple(folded[key] for key in close)


def did_you_mean(name: str, names: Iterable[str], *, else_list: str = "", limit: int = 12) -> str:
    """A hint: the near names, or where there is none and ``else_list`` says what they are, the first names."""
    candidates = list(names)
    if close := near(name, candidates):
        return f"did you mean {either(close)}?"
    if not else_list or not candidates:
        return ""
    more = f" and {len(candidates) - limit} more" if len(candidates) > limit else ""
    return f"{else_list}: {', '.join(candidates[:limit])}{more}"
