"""YAML to frozen values with the line of every one, from libyaml's events.

The language is YAML 1.2 core: ``no`` is text, ``012`` is refused (it would lose its zero), keys are text as written, tags are
refused, duplicate keys name both places, aliases have a budget. This module must not know what stands in a document: who
writes text with values of its own in it passes ``Scalars``.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path as FilePath
from typing import Any, Protocol

import yaml

from provisioner.document.breaks import hidden, line_at, lines
from provisioner.document.broken import explained, unreadable
from provisioner.document.located import Located, Where
from provisioner.model.problem import BlueprintError, Problem
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map, Value

RESERVED = "\ue000"
"""A character that no text of a user's may hold: references and secrets are told by it where values are kept."""

_NODES = 2_000_000  # values of one document, each alias counted with all that it repeats
_DEPTH = 100

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"(true|True|TRUE)|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o([0-7]+)|0x([0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NOT_TEXT_START = frozenset("-+.0123456789~nNtTfF")


class SpecialScalarError(ValueError):
    """A scalar cannot be what it says; the message is for people, without a place."""


class Scalars(Protocol):
    """What a scalar means that holds ``marker``."""

    marker: str

    def expand(self, text: str, plain: bool) -> Value:
        """The value; ``plain``: it was written without quotes. ``SpecialScalarError`` where there is none."""
        ...

    def key(self, text: str) -> str:
        """The same as a key, which must be text."""
        ...


def read(path: FilePath) -> Located:
    """The one document of a file. An empty file is an empty map. ``BlueprintError`` names file and line."""
    name = str(path)
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise BlueprintError(Problem(f"not UTF-8 text (byte {error.start})", Source(name))) from None
    except OSError as error:
        raise BlueprintError(Problem(f"cannot be read: {error.strerror}", Source(name))) from None
    documents = parse(text, [Source(name, line) for line in range(1, len(lines(text)) + 1)])
    if len(documents) > 1:
        raise BlueprintError(Problem("holds more than one YAML document", documents[1].source))
    first = documents[0] if documents else Located(EMPTY, Source(name), {})
    return Located(EMPTY, Source(name), {}) if first.value is None else first


def parse(text: str | bytes, sources: Sequence[Source], scalars: Scalars | None = None) -> tuple[Located, ...]:
    """All documents of a text (bytes: in UTF-8); ``sources[n]`` is what the user calls its line n (from 0).

    Raises ``BlueprintError`` with all problems up to the first that makes the rest unreadable.
    """
    builder = _Builder(text, sources, scalars)
    try:
        documents = tuple(builder.documents())
    except yaml.YAMLError as error:
        raise BlueprintError(*builder.problems, builder.syntax_problem(error)) from None
    if builder.problems:
        raise BlueprintError(*builder.problems)
    return documents


class _FatalError(yaml.YAMLError):
    """Ends the parse; carries its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Builder:
    def __init__(self, text: str | bytes, sources: Sequence[Source], scalars: Scalars | None) -> None:
        self._text, self._back = hidden(text)
        self._next: Callable[[], Any] = yaml.CSafeLoader(self._text).get_event
        self._sources = sources
        self._scalars = scalars
        self._marker = scalars.marker if scalars else RESERVED
        self._budget = _NODES
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._where: dict[int, Where] = {}
        self._keep: list[Value] = []  # containers that the result may not hold, so that no id is given twice
        self.problems: list[Problem] = []

    def documents(self) -> Iterator[Located]:
        self._next()  # stream start
        while type(self._next()) is not yaml.StreamEndEvent:  # else document start
            self._anchors = {}
            event = self._next()
            value = self._node(event, 0)
            self._next()  # document end
            yield Located(value, self._at(event), self._where)

    def syntax_problem(self, error: yaml.YAMLError) -> Problem:
        if isinstance(error, _FatalError):
            return error.problem
        if isinstance(error, yaml.reader.ReaderError):
            line = line_at(self._text, error.position)
            return unreadable(error, self._sources[min(line, len(self._sources) - 1)])
        text = self._text if isinstance(self._text, str) else self._text.decode()
        return explained(error, text, self._line)

    def _line(self, mark: Any) -> Source:
        return self._sources[min(mark.line if mark else 0, len(self._sources) - 1)]

    def _at(self, event: Any) -> Source:
        line: int = event.start_mark.line
        return self._sources[line] if line < len(self._sources) else self._sources[-1]

    def _problem(self, event: yaml.Event, message: str, hint: str = "") -> None:
        self.problems.append(Problem(message, self._at(event), hint=hint))

    def _fatal(self, event: yaml.Event, message: str, hint: str = "") -> _FatalError:
        return _FatalError(Problem(message, self._at(event), hint=hint))

    def _node(self, event: Any, depth: int) -> Value:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._budget -= 1
            value = self._scalar(event)
            size = 1
        elif kind is yaml.AliasEvent:
            return self._alias(event)
        else:
            before = self._budget
            if depth >= _DEPTH:
                raise self._fatal(event, f"nested deeper than {_DEPTH} levels")
            if event.tag:
                self._problem(event, f"the tag {event.tag} is not allowed", "blueprints hold plain values only")
            value = self._sequence(depth) if kind is yaml.SequenceStartEvent else self._mapping(event, depth)
            size = before - self._budget + 1
        if event.anchor:
            self._anchors[event.anchor] = value, size
        if self._budget < 0:
            raise self._fatal(event, f"the document holds more than {_NODES:,} values")
        return value

    def _alias(self, event: Any) -> Value:
        if event.anchor not in self._anchors:
            raise self._fatal(event, f"the alias *{event.anchor} has no anchor before it, or refers to its own parent")
        value, size = self._anchors[event.anchor]
        self._budget -= size
        if self._budget < 0:
            raise self._fatal(event, f"the document holds more than {_NODES:,} values once its aliases are expanded")
        return value

    def _sequence(self, depth: int) -> Value:
        items: list[Value] = []
        lines: list[Source] = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            lines.append(self._at(event))
            items.append(self._node(event, depth + 1))
        value = tuple(items)
        if items:  # the empty tuple is one object for all
            self._where[id(value)] = dict(enumerate(lines))
            self._keep.append(value)
        return value

    def _mapping(self, start: yaml.Event, depth: int) -> Value:
        items: dict[str, Value] = {}
        lines: dict[str, Source] = {}
        merged: list[Value] = []
        while type(event := self._next()) is not yaml.MappingEndEvent:
            key = self._key(event, depth)
            at = self._at(event)
            value = self._node(self._next(), depth + 1)
            if key is None:
                continue  # its problem is noted
            if key == "<<" and type(event) is yaml.ScalarEvent and event.implicit[0] and event.value == key:
                merged.extend(value if isinstance(value, tuple) else (value,))
            elif key in items:
                self._problem(event, f"the key {key!r} stands here twice (first at {lines[key]})")
            else:
                items[key], lines[key] = value, at
        for base in merged:
            self._merge(start, base, items, lines)
        result = Map(items)
        self._where[id(result)] = lines
        self._keep.append(result)
        return result

    def _special(self) -> Scalars:
        if self._scalars is None:
            raise SpecialScalarError("the private-use character U+E000, which orch itself uses")
        return self._scalars

    def _merge(self, start: yaml.Event, base: Value, items: dict[str, Value], lines: dict[str, Source]) -> None:
        if not isinstance(base, Map):
            self._problem(start, "<< merges maps only")
            return
        self._budget -= len(base)
        known = self._where.get(id(base), {})
        for key, value in base.items():
            if key not in items:
                items[key] = value
                if key in known:
                    lines[key] = known[key]

    def _key(self, event: Any, depth: int) -> str | None:
        if type(event) is not yaml.ScalarEvent:
            if type(event) is yaml.AliasEvent:
                key = self._alias(event)
            else:
                self._node(event, depth + 1)
                key = None
            if not isinstance(key, str):
                self._problem(event, "a key must be text, not a list or a map")
                return None
            return key
        self._budget -= 1
        if event.tag and event.tag != "tag:yaml.org,2002:str":
            self._problem(event, f"the tag {event.tag} is not allowed")
        text: str = event.value.translate(self._back) if self._back else event.value
        if self._marker in text:
            try:
                text = self._special().key(text)
            except SpecialScalarError as error:
                self._problem(event, f"as a key: {error}")
                return None
        if event.anchor:
            self._anchors[event.anchor] = text, 1
        return sys.intern(text)  # most maps have the keys of others

    def _scalar(self, event: Any) -> Value:
        text, plain = event.value, event.implicit[0]
        if self._back:
            text = text.translate(self._back)
        if event.tag:
            plain = False
            if event.tag != "tag:yaml.org,2002:str":
                self._problem(event, f"the tag {event.tag} is not allowed", "blueprints hold plain values only")
        try:
            if self._marker in text:
                return self._special().expand(text, plain)
            if not plain or (text and text[0] not in _NOT_TEXT_START):
                return text
            return _core(text)
        except SpecialScalarError as error:
            self._problem(event, str(error))
            return None


def _core(text: str) -> Value:
    """A plain scalar by YAML's 1.2 core schema."""
    if _INTEGER.fullmatch(text):
        digits = text.lstrip("+-")
        if len(digits) > 1 and digits[0] == "0":
            raise SpecialScalarError(f"{text} would lose its leading zero: quote it")
        if len(digits) > 300:
            raise SpecialScalarError(f"a number of {len(digits)} digits: quote it if it is text")
        return int(text)
    if _NULL.fullmatch(text):
        return None
    if found := _BOOLEAN.fullmatch(text):
        return bool(found[1])
    if (found := _OTHER_BASE.fullmatch(text)) and len(text) < 100:
        return int(found[1], 8) if found[1] else int(found[2], 16)
    if _FLOAT.fullmatch(text):
        value = float(text.replace(".", "", 1) if text.lower().endswith(("inf", "nan")) else text)
        if not math.isfinite(value):
            raise SpecialScalarError(f"{text} is no number that JSON can hold: quote it if it is text")
        return value
    return text
