"""Located values of several documents in one table of lines: references are replaced, keys added, and no line gets lost.

Must not know what a reference means: who weaves says what stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from provisioner.document import Located
from provisioner.model.problem import BlueprintError, Problem
from provisioner.model.source import Source, Via
from provisioner.model.value import Interpolation, JsonText, Map, Part, Reference, Value, joined

Change: TypeAlias = Callable[[Reference, Source, bool], Value]
"""What stands for the reference at a line, in the middle of text or not; the reference itself where it stays."""

_VALUES = 5_000_000  # that the modules and loops of a blueprint may hold, each repetition counted

_LEVELS = 100  # of lists and maps inside of each other


class Loom:
    """The table, for one load."""

    def __init__(self) -> None:
        self._where: dict[int, Mapping[Any, Source]] = {}
        self._keep: list[Value] = []  # so that no container's id is given twice
        self._left = _VALUES

    def take(self, document: Located, via: Via | None = None) -> Located:
        """The document in this table; its lines know how its module came in."""
        known: dict[Source, Source] = {}

        def through(source: Source) -> Source:
            return source if via is None else known.setdefault(source, source.within(via))

        for ident, lines in document.where.items():
            self._where[ident] = {key: through(source) for key, source in lines.items()}
        self._keep.append(document.value)
        self.spend(document.value, document.source)
        return Located(document.value, through(document.source), self._where)

    def map(self, items: Mapping[str, Located], source: Source) -> Located:
        """A map of these."""
        value = self._made(
            Map({key: node.value for key, node in items.items()}), {key: node.source for key, node in items.items()}
        )
        return Located(value, source, self._where)

    def list(self, items: list[tuple[Value, Source]], source: Source) -> Located:
        """A list of these."""
        lines = dict(enumerate(at for _, at in items))
        return Located(self._made(tuple([item for item, _ in items]), lines), source, self._where)

    def woven(self, node: Located, change: Change) -> Located:
        """The value with its references changed; what has none stays the very same object."""
        return Located(self._woven(node.value, node.source, change), node.source, self._where)

    def spend(self, value: Value, source: Source, depth: int = 0) -> None:
        """Count a value that is put in; ``BlueprintError`` once there are too many, or it is nested too deep."""
        self._left -= 1
        if self._left < 0:
            raise BlueprintError(Problem(f"modules and for_each make more than {_VALUES:,} values", source))
        if depth > _LEVELS:
            raise BlueprintError(Problem(f"a value is nested deeper than {_LEVELS} levels", source))
        for item in value.values() if type(value) is Map else value if type(value) is tuple else ():
            self.spend(item, source, depth + 1)

    def _woven(self, value: Value, source: Source, change: Change) -> Value:
        if type(value) is Map or type(value) is tuple:
            keys: Any = value.keys() if type(value) is Map else range(len(value))
            lines = self._where.get(id(value), {})
            items = {key: self._woven(value[key], lines.get(key, source), change) for key in keys}
            if all(items[key] is value[key] for key in keys):
                return value
            return self._made(Map(items) if type(value) is Map else tuple(items.values()), lines)
        if isinstance(value, Reference):
            return change(value, source, False)
        if isinstance(value, Interpolation):
            return joined(self._woven_part(part, source, change) for part in value.parts)
        return value

    def _woven_part(self, part: Part, source: Source, change: Change) -> Value:
        if isinstance(part, JsonText):
            return JsonText(part.indent, self._woven(part.value, source, change))
        return change(part, source, True) if isinstance(part, Reference) else part

    def _made(self, value: Value, lines: Mapping[Any, Source]) -> Value:
        self._where[id(value)] = lines
        self._keep.append(value)
        return value
