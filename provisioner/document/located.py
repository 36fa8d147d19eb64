"""Values with the line of every part of them, and cursors that walk over both.

Must not know how a document is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from provisioner.model.source import Source
from provisioner.model.value import Map, Path, Value

Where: TypeAlias = Mapping[Any, Source]
"""The line of each key or item of one container."""


@dataclass(frozen=True, slots=True)
class Located:
    """A value and where it stands; a cursor that walks down with ``child``."""

    value: Value
    source: Source
    where: Mapping[int, Where]  # id of a container of the document -> line of each key or item

    def child(self, key: str | int) -> Located:
        """The value under a key or index that exists."""
        lines = self.where.get(id(self.value), {})
        return Located(self.value[key], lines.get(key, self.source), self.where)

    def items(self) -> Iterator[tuple[str, Located]]:
        """Keys and children of a map; nothing for anything else."""
        if isinstance(self.value, Map):
            for key in self.value:
                yield key, self.child(key)

    def over(self, base: Located, merged: Sequence[Path]) -> Located:
        """This map laid over another: maps at the paths ``merged`` (``"*"`` is any key) are put together key by key, elsewhere
        this one's value counts. Everything keeps its line."""
        where: dict[int, Where] = {}
        return Located(self._over(base, merged, where), self.source, where)

    def _over(self, base: Located, merged: Sequence[Path], where: dict[int, Where]) -> Value:
        if () not in merged or not isinstance(self.value, Map) or not isinstance(base.value, Map):
            return self._noted(where)
        items = {key: node._noted(where) for key, node in base.items() if key not in self.value}
        for key, node in self.items():
            under = [path[1:] for path in merged if path and path[0] in ("*", key)]
            items[key] = node._over(base.child(key), under, where) if key in base.value else node._noted(where)
        ordered = Map({key: items[key] for key in (*base.value, *items)})
        where[id(ordered)] = {**base.where.get(id(base.value), {}), **self.where.get(id(self.value), {})}
        return ordered

    def _noted(self, where: dict[int, Where]) -> Value:
        """The value, its lines noted. Only those of what is in it: an id may have been another container's before."""
        if isinstance(self.value, (Map, tuple)):
            where[id(self.value)] = self.where.get(id(self.value), {})
            for key in self.value if isinstance(self.value, Map) else range(len(self.value)):
                self.child(key)._noted(where)
        return self.value

    def lines(self, pool: LinePool | None = None) -> tuple[tuple[Path, Source], ...]:
        """The line of everything beneath, by path. One pool for many calls keeps equal answers once."""
        pool = pool or LinePool()
        out: list[tuple[Path, Source]] = []
        self._collect(self.value, self.source, (), out, pool)
        return pool.all_of(out)

    def _collect(
        self, value: Value, source: Source, path: Path, out: list[tuple[Path, Source]], pool: LinePool
    ) -> None:
        lines = self.where.get(id(value), {})
        for key, item in value.items() if type(value) is Map else enumerate(value) if type(value) is tuple else ():
            at = lines.get(key, source)
            here = (*path, key)
            out.append(pool.one(here, at))
            if type(item) is Map or type(item) is tuple:
                self._collect(item, at, here, out, pool)


class LinePool:
    """Keeps equal lines once: the entries that a loop wrote have the same ones."""

    def __init__(self) -> None:
        self._ones: dict[tuple[Path, int], tuple[Path, Source]] = {}
        self._all: dict[tuple[int, ...], tuple[tuple[Path, Source], ...]] = {}

    def one(self, path: Path, source: Source) -> tuple[Path, Source]:
        """The pair; sources are told apart by identity, each line of a document having one."""
        return self._ones.setdefault((path, id(source)), (path, source))

    def all_of(self, lines: list[tuple[Path, Source]]) -> tuple[tuple[Path, Source], ...]:
        """The pairs of one value."""
        key = tuple([id(line) for line in lines])
        found = self._all.get(key)
        if found is None:
            found = self._all[key] = tuple(lines)
        return found
