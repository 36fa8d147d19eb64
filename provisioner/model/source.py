"""Where in a blueprint something was written; every message that reaches a person can name it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A line of a file as the user knows it (the template, not its rendering). Lines count from 1; 0 is the whole file.

    via: where the macro, the include or the import that holds this line was called, if it is in one.
    """

    file: str
    line: int = 0
    via: Source | None = None

    def __str__(self) -> str:
        own = f"{self.file}:{self.line}" if self.line else self.file
        return f"{own}, called at {self.via}" if self.via else own
