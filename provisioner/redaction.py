"""What a use case has come to know of secret values, and every text on its way out without them: events, journal, errors.

Whatever words a message (a cloud's, a policy's, a traceback's, our own) may repeat a value in, it passes here before anybody
can read it. It must not decide what is secret, keep a value longer than its use case, or speak of one.
"""

from __future__ import annotations

import base64
import functools
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.entities import codepoint2name

from provisioner.model.event import Event
from provisioner.model.fault import ProviderError
from provisioner.model.problem import OrchError, Problem
from provisioner.model.run import Entry
from provisioner.model.secret import Seal
from provisioner.model.value import Map, Secret, Value

SHOWN = "(sensitive)"
_GAP = "\ue000"  # stands for it until all are masked: one may be part of the word
_LEAST = 4  # characters: masking a shorter text everywhere would spoil every message, so it is masked in quotes alone
_NUMBER = 6  # characters: a shorter number may be part of another one by chance
_BETWEEN = r"(?:%[0-9a-f]{2}|\\+(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt])|&#?\w{1,6};|[^A-Za-z0-9])"
_EDGE = 40  # characters of what stands around the words of a text
_LONGEST = 2_000  # characters: a pattern of all forms of a longer one would take long to make
_INSIDE = 8  # characters: a shorter one may stand inside of a found text by chance
_LINE = 12  # characters of one line of several that tell it from any other text


class Untold(Exception):
    """An exception whose own words cannot be made to keep a secret: its type and place, without them."""


@dataclass
class Redaction:
    """The values that were revealed so far. Shared by all that one use case is made of."""

    _known: set[str] = field(default_factory=set, repr=False)
    _patterns: dict[str, re.Pattern[str]] = field(default_factory=dict, repr=False)  # of the longest text first

    def learn(self, value: Value) -> None:
        """Keep what a message could repeat of a value out of all that follows."""
        fresh = set(_texts(value)) - self._known
        if fresh:
            self._known |= fresh
            found = {text: re.compile(forms, re.IGNORECASE) for text in fresh if (forms := "|".join(_forms(text)))}
            self._patterns = dict(sorted({**self._patterns, **found}.items(), key=lambda one: -len(one[0])))

    def text(self, text: str) -> str:
        """A text without any of them."""
        if not text or not self._patterns:
            return text
        for pattern in self._patterns.values():
            text = pattern.sub(_GAP, text)
        return text.replace(_GAP, SHOWN)

    def masked(self, body: Map, plain: tuple[Value, ...], identity: str, seal: Seal) -> Map:
        """What was found, with a seal for every text that is one of them, or has one inside. plain: bodies whose own texts are no
        secret · identity: the object's, which is none either."""
        if not self._patterns:
            return body

        def clean(value: Value) -> Value:
            if isinstance(value, str):
                if not self._holds(value) or (identity and (identity in value or value in identity)):
                    return value
                said = any(value == text for body in plain for text in _texts(body))
                return value if said else Secret("", seal(value))
            if isinstance(value, Map):
                return Map({key: clean(item) for key, item in value.items()})
            return tuple([clean(item) for item in value]) if isinstance(value, tuple) else value

        out: Map = clean(body)
        return out

    def _holds(self, text: str) -> bool:
        return (len(text) >= _LEAST and text in self._known) or any(
            len(known) >= _INSIDE and known in text for known in self._known
        )

    def event(self, event: Event) -> Event:
        """The same of an event."""
        clean = self.text(event.message)
        return event if clean == event.message else replace(event, message=clean)

    def entry(self, entry: Entry) -> Entry:
        """The same of a journal entry."""
        clean = self.text(entry.message)
        return entry if clean == entry.message else replace(entry, message=clean)

    def problem(self, problem: Problem) -> Problem:
        """The same of a problem."""
        return replace(problem, message=self.text(problem.message), hint=self.text(problem.hint))

    def error(self, error: Exception) -> Exception:
        """The same of an error, and of all that led to it: itself where it can be made to say nothing, else another one."""
        if not self._patterns:
            return error
        chain = list(_chain(error))
        for one in chain:
            self._hush(one)
        if any(map(self._told, chain[:1])):
            frames = traceback.extract_tb(error.__traceback__)
            where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
            return Untold(f"{type(error).__name__}{where}: {self.text(str(error))}")
        if any(map(self._told, chain)):
            error.__cause__, error.__context__ = None, None
        return error

    def _told(self, error: BaseException) -> bool:
        said = str(error)
        return any(pattern.search(said) for pattern in self._patterns.values())

    def _hush(self, error: BaseException) -> None:
        error.args = tuple(self.text(part) if isinstance(part, str) else part for part in error.args)
        if hasattr(error, "__notes__"):
            error.__notes__ = [self.text(note) for note in error.__notes__]
        if isinstance(error, ProviderError):
            error.message = self.text(error.message)
        if isinstance(error, OrchError):
            error.problems = tuple(self.problem(problem) for problem in error.problems)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        one = queue.pop(0)
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            queue += [one.__cause__, one.__context__]


def _texts(value: Value) -> Iterable[str]:
    """What of a value a message could repeat: its texts and numbers, and the lines of a text of several."""
    if isinstance(value, str):
        yield value
        lines = value.splitlines()
        yield from (line for line in lines if len(lines) > 1 and len(line.strip()) >= _LINE)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)


def _forms(text: str) -> Iterator[str]:
    """Patterns of a text as messages have it. Letters of any size: whatever a cloud makes of them."""
    bare = text.strip()
    runs = [run for run in re.split(r"[^A-Za-z0-9]+", bare) if run]
    if len(bare) < _LEAST:
        yield from (re.escape(f"{mark}{bare}{mark}") for mark in "'\"`" if bare)
    elif len(bare) < _NUMBER and bare.replace(".", "").lstrip("-").isdecimal():
        yield rf"(?<![\w.]){re.escape(bare)}(?!\w|\.\d)"  # a number, and no part of another one
    else:
        yield _spelt(bare) if len(bare) <= _LONGEST else re.escape(bare)
        if len("".join(runs)) >= _LEAST:  # what stands between its words may be something else, or nothing of its edges
            first, last = bare.index(runs[0]), bare.rindex(runs[-1]) + len(runs[-1])
            before, after = _spelt(bare[:first][-_EDGE:], "?"), _spelt(bare[last:][:_EDGE], "?")
            yield before + rf"{_BETWEEN}{{1,40}}".join(runs) + after
        if len(bare) >= 2 * _LEAST:
            yield _bytes(bare).hex()
            yield from (re.escape(base64.b64encode(_bytes(one)).decode().rstrip("=")) for one in {text, bare})


def _spelt(text: str, often: str = "") -> str:
    """The pattern of a text whatever of it is escaped: in a URL, in XML, in JSON, in Python, or in several of them at once.
    often: how often each of its marks may stand there."""
    return "".join(one if one.isascii() and one.isalnum() else _mark(one) + often for one in text)


@functools.cache
def _mark(one: str) -> str:
    """The pattern of a character that is no ASCII letter or digit. A URL's plus is a space."""
    same = " +" if one in " +" else {one, *(other for other in (one.lower(), one.upper()) if len(other) == 1)}
    return f"(?:{'|'.join(form for other in sorted(same) for form in _escapes(other))})"


def _escapes(one: str) -> Iterator[str]:
    code, units = ord(one), one.encode("utf-16-be", "surrogatepass").hex()
    yield rf"\\*{re.escape(one)}"
    yield "".join(f"%(?:25)*{byte:02x}" for byte in _bytes(one))
    yield "".join(rf"\\+x{byte:02x}" for byte in _bytes(one))
    yield (
        rf"\\+(?:x{code:02x}(?![0-9a-f])|u{code:08x}|"
        + r"\\+".join(f"u{units[at : at + 4]}" for at in range(0, len(units), 4))
        + ")"
    )
    yield rf"&(?:amp;)*(?:#0*{code}|#x0*{code:x}|{codepoint2name.get(code, 'apos')});"
    if one in "\n\r\t":
        yield rf"\\+{repr(one)[2]}"


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # variables may hold what is no UTF-8
