"""What a case says about one resource type: data only. How it is judged stands in ``cells``.

Bodies are written as in a blueprint; ``ref`` stands where an attribute of another entry is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provisioner.model.value import Interpolation, Reference

Edits = Mapping[str, Any]
"""Property path (``properties.idleTimeoutInMinutes``; ``within.name`` for a place key) to its new value."""


@dataclass(frozen=True)
class Entry:
    """One entry of a case's stack: a type, its body, and the place keys beside it."""

    address: str
    type: str
    body: Mapping[str, Any] = field(default_factory=dict)
    within: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A call of the cloud's plain client that changes the object. ``{name}`` in an argument is that field of the object as
    the plain client has just listed it. The words are the cloud's: see its ``hands``."""

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Behind:
    """A change behind our back: the property that it shows at, and the call that makes it."""

    path: str
    call: Call


@dataclass(frozen=True)
class Unsupported:
    """An operation that the endpoint lacks, and a call of the plain client that fails as long as it does."""

    operation: str
    probe: Call


@dataclass(frozen=True)
class Case:
    """A resource type on trial.

    subject: the entry of the type · needs: what it cannot be without · dependents: what refers to it, and has to follow
    when it is replaced · updates: changes in place, made one after the other · replaces: changes that force another object,
    likewise · behind: the drift · gone: the call that deletes it, where the cloud's plain delete is not enough ·
    unsupported: by cell.
    """

    subject: Entry
    needs: tuple[Entry, ...] = ()
    dependents: tuple[Entry, ...] = ()
    updates: tuple[Edits, ...] = ()
    replaces: tuple[Edits, ...] = ()
    behind: Behind | None = None
    unsupported: Mapping[str, Unsupported] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The resource type's name."""
        return self.subject.type

    @property
    def types(self) -> frozenset[str]:
        """All types of its stack."""
        return frozenset(entry.type for entry in (self.subject, *self.needs, *self.dependents))


def ref(address: str, path: str = "") -> Reference:
    """An attribute of another entry; without a path the entry itself."""
    return Reference(address, tuple(path.split(".")) if path else ())


def text(*parts: str | Reference) -> Interpolation:
    """Text with references in it."""
    return Interpolation(parts)
