"""Where in a blueprint something was written; every message that reaches a person can name it."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Via:
    """How a line came into the blueprint: the address of its module and the entry that asked for that; without an address, the
    line that called a macro, included or imported a file."""

    module: str
    source: Source


@dataclass(frozen=True, slots=True)
class Source:
    """A line of a file as the user knows it (the template, not its rendering). Lines count from 1; 0 is the whole file.

    via: what asked for it, a module's entry or the call of a macro; None in the blueprint itself.
    """

    file: str
    line: int = 0
    via: Via | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        if self.via is None:
            return place
        if not self.via.module:
            return f"{place}, called at {self.via.source}"
        entry, *outer = str(self.via.source).split(_IN, 1)
        return _IN.join([place, f"{self.via.module} ({entry})", *outer])

    @property
    def blueprint(self) -> str:
        """The folder of the blueprint that has led here; empty where that is the current one."""
        source = self
        while source.via is not None:
            source = source.via.source
        return source.file.rpartition("/")[0]

    @property
    def module(self) -> str:
        """The module whose template it is; empty for the blueprint itself."""
        via = self.via
        while via is not None and not via.module:
            via = via.source.via
        return via.module if via else ""

    def within(self, via: Via) -> Source:
        """The same line, its template (and what calls it there) in a module."""
        if self.via is None:
            return replace(self, via=via)
        return replace(self, via=replace(self.via, source=self.via.source.within(via)))


_IN = ", in module "
