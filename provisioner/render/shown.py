"""A value as it may be shown: plain JSON, with what is known later and what is secret standing out. Formats nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.model.secret import is_hidden
from provisioner.model.value import ABSENT, OPAQUE, PLAIN, Path, Value, beneath, get, is_known

REFERENCE = "$reference"
"""Key of the map that stands for a value known after apply: ``{"$reference": "vpc.VpcId"}``."""
SECRET = "$secret"  # noqa: S105
"""Key of the map that stands for a value kept elsewhere: ``{"$secret": "env://DB_PASSWORD"}``."""

MASKED = "(sensitive)"
"""What stands for a value that is not told."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One side of an edit. kind: ``value``, ``absent``, ``unknown`` (known after apply) or ``secret`` · value: plain JSON;
    where something inside it is known later or secret, a map with the one key ``$reference`` or ``$secret``."""

    kind: str
    value: Any = None


def shown(value: Value, hidden: bool = False, secrets: tuple[Path, ...] = ()) -> Shown:
    """One side of an edit. ``secrets``: paths inside the value that are masked."""
    if value is ABSENT:
        return Shown("absent")
    if type(value) in PLAIN and not hidden:
        return Shown("value", plain(value, secrets))
    if isinstance(value, OPAQUE) and not is_hidden(value):
        return Shown("secret" if is_known(value) else "unknown", plain(value))
    if hidden or is_hidden(value):
        return Shown("secret")
    return Shown("value", plain(value, secrets))


def unlisted(redacted: tuple[Path, ...], value: Value, at: Path = ()) -> tuple[Path, ...]:
    """The paths of a body that a ledger redacts, but for the lists in what stands at one of its paths: in those each secret is
    hidden by itself. at: where the value stands."""
    return tuple(
        path for path in redacted if path[: len(at)] != at or not isinstance(get(value, path[len(at) :]), tuple)
    )


def plain(value: Value, secrets: tuple[Path, ...] = ()) -> Any:
    """A value as JSON. What is neither JSON nor a leaf of ours is not shown."""
    if () in secrets:
        return MASKED
    if type(value) in PLAIN:  # as nearly always
        return value
    if is_hidden(value):
        return MASKED
    if isinstance(value, OPAQUE):
        return {SECRET if is_known(value) else REFERENCE: str(value)}
    if isinstance(value, Mapping):
        return {key: plain(item, beneath(secrets, (key,))) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, beneath(secrets, (index,))) for index, item in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return MASKED
