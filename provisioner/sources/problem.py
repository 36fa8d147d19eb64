"""What is wrong with a module's source. Must not know where it was written: the caller adds the line."""

from __future__ import annotations


class SourceError(Exception):
    """A source that cannot be used; message and hint are for people."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
