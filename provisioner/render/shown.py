"""A value as it may be shown: plain JSON, with what is known later and what is secret standing out. Formats nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.model.value import ABSENT, Interpolation, Path, Reference, Value

REFERENCE = "$reference"
"""Key of the map that stands for a value known after apply: ``{"$reference": "vpc.VpcId"}``."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One side of an edit. kind: ``value``, ``absent``, ``unknown`` (known after apply) or ``secret`` · value: plain JSON;
    where something inside it is known later, a map with the one key ``$reference``."""

    kind: str
    value: Any = None


def shown(value: Value, hidden: bool = False, secrets: tuple[Path, ...] = ()) -> Shown:
    """One side of an edit. ``secrets``: paths inside the value that are masked."""
    if value is ABSENT:
        return Shown("absent")
    if hidden:
        return Shown("secret")
    if isinstance(value, (Reference, Interpolation)):
        return Shown("unknown", plain(value))
    return Shown("value", plain(value, secrets))


def plain(value: Value, secrets: tuple[Path, ...] = ()) -> Any:
    """A value as JSON. What is not JSON and not a reference is not shown: it can only be a secret."""
    if () in secrets:
        return "(sensitive)"
    if isinstance(value, (Reference, Interpolation)):
        return {REFERENCE: str(value)}
    if isinstance(value, Mapping):
        return {key: plain(item, _under(secrets, key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, _under(secrets, index)) for index, item in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return "(sensitive)"


def _under(secrets: tuple[Path, ...], key: str | int) -> tuple[Path, ...]:
    return tuple(path[1:] for path in secrets if path and path[0] in ("*", key)) if secrets else ()
