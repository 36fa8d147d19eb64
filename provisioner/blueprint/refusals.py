"""What cannot be done with a value of a template, and what would do instead."""

from __future__ import annotations


class LaterError(Exception):
    """An operation needs a value that is not known yet. Not a TypeError: some filters swallow those."""

    hint = "decide by a parameter instead, or pass the reference on as it is"


class RenderedLaterError(LaterError):
    """The same, of ``each`` or a module's output: known when the plan is made, and not yet while its template is rendered."""

    hint = "pass it on as it is; a module that it is handed in to as a parameter can compute with it"


class ValueProblemError(Exception):
    """A value that cannot stand in a blueprint; message and hint are for people."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UnrecordedError(LaterError):
    """The same, of what another stack will record."""

    hint = "apply that stack first"


class SecretError(LaterError):
    """The same, of a secret."""

    hint = "pass it on as it is, alone or inside of a text: a plan must not depend on its value, and no file holds it"
