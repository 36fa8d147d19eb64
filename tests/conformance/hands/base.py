"""What every cloud's plain client can be asked for here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.conformance.case import Call

Inventory = Mapping[tuple[str, str], "Found"]


@dataclass(frozen=True)
class Found:
    """An object as the cloud's own client lists it. identity: as the cloud writes it, in one case · stamp: another for
    every object that was ever created, even under the same name · body: as listed."""

    type: str
    identity: str
    stamp: str
    tags: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.type, self.identity


class Hands(Protocol):
    """One cloud without our code."""

    def inventory(self) -> Inventory:
        """Everything that exists and that a user has made, by type and identity."""
        ...

    def meddle(self, call: Call, found: Found) -> None:
        """Make a call that changes an object, and wait for it."""
        ...

    def remove(self, found: Found) -> None:
        """Delete an object, and wait for it."""
        ...

    def lacks(self, call: Call) -> bool:
        """Whether the endpoint answers that it does not know what is called."""
        ...


def filled(value: Any, fill: Callable[[str], Any]) -> Any:
    """Arguments with every ``{name}`` replaced by what ``fill`` says."""
    if isinstance(value, Mapping):
        return {key: filled(item, fill) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, fill) for item in value]
    if isinstance(value, str) and (hole := re.fullmatch(r"\{(\w+)\}", value)):
        return fill(hole[1])
    return value


def indexed(found: list[Found]) -> Inventory:
    """An inventory; an object that is listed twice is a mistake of the endpoint."""
    out = {item.key: item for item in found}
    assert len(out) == len(found), f"listed twice: {sorted(item.key for item in found)}"
    return out
