"""Sensitive values are never in a message: whatever a rendering complains about, their text is taken out.

Must not know where a message comes from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from provisioner.model.problem import BlueprintError, Problem

HIDDEN = "(sensitive)"
_SURE = 4  # from so many characters on a text is hidden wherever it stands, a shorter one where it stands by itself
_CUT = 12  # and from so many on also where only the beginning of it was shown


@contextmanager
def kept(values: Iterable[Any]) -> Iterator[None]:
    """Blueprint errors leave without these values."""
    try:
        yield
    except BlueprintError as error:
        pattern = _pattern(values)
        if pattern is None:
            raise
        problems = [_without(problem, pattern) for problem in error.problems]
    else:
        return
    raise BlueprintError(*problems)


def _without(problem: Problem, pattern: re.Pattern[str]) -> Problem:
    return replace(problem, message=pattern.sub(HIDDEN, problem.message), hint=pattern.sub(HIDDEN, problem.hint))


def _pattern(values: Iterable[Any]) -> re.Pattern[str] | None:
    written = {form for text in _texts(list(values)) for form in (text, repr(text)[1:-1], json.dumps(text)[1:-1])}
    forms = []
    for text in sorted(written, key=len, reverse=True):  # the longest first, where one begins another
        whole = re.escape(text)
        forms.append(whole if len(text) >= _SURE else rf"(?<!\w){whole}(?!\w)")
        if len(text) > _CUT:  # messages cut long values
            forms.append(rf"{re.escape(text[:_CUT])}[^…]*…")
    return re.compile("|".join(forms), re.DOTALL) if forms else None


def _texts(value: Any) -> Iterator[str]:
    """Every text and number in a value; true, false and null tell nobody anything."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value):
        yield str(value)
