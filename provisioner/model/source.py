"""Where in a blueprint something was written; every message that reaches a person can name it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Via:
    """How a module came into the blueprint: its address, and the entry that asked for it."""

    module: str
    source: Source


@dataclass(frozen=True, slots=True)
class Source:
    """A line of a file as the user knows it (the template, not its rendering). Lines count from 1; 0 is the whole file.

    via: the module whose template it is; None in the blueprint itself.
    """

    file: str
    line: int = 0
    via: Via | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        if self.via is None:
            return place
        entry, *outer = str(self.via.source).split(_IN, 1)
        return _IN.join([place, f"{self.via.module} ({entry})", *outer])


_IN = ", in module "
