"""What a type's rules are asked, and answers that fit every type. Must not know any type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.gcp.sandbox.errors import invalid
from providers.gcp.sandbox.kinds import Kind
from providers.gcp.sandbox.links import ROOT
from providers.gcp.sandbox.state import Record, State


@dataclass(frozen=True)
class Scene:
    """Where a rule is asked: the type, its project and place, the object's key, and all else there is."""

    state: State
    kind: Kind
    project: str
    region: str
    key: str


def check_link(body: Mapping[str, Any], name: str) -> None:
    """Refuse a field that should hold a link and holds none; links are written in full by now."""
    if name in body and not body[name].startswith(ROOT):
        raise invalid(f"resource.{name}", body[name], "The URL is malformed.")


class Rules:
    """Answers for a type without habits of its own. Every refusal is an ``ApiError``."""

    def fill(self, body: dict[str, Any]) -> None:
        """Name, in place, the objects that a new one refers to where its request names none."""

    def create(self, body: dict[str, Any], scene: Scene) -> None:
        """Check a new object's body and fill in what the service does, in place."""

    def change(self, before: Mapping[str, Any], after: dict[str, Any], scene: Scene) -> None:
        """Check what an update makes of an object, and keep derived fields in step, in place."""

    def finish(self, body: Mapping[str, Any], scene: Scene) -> None:
        """Check a new or changed object once more, at its operation's end: what only shows then."""

    def view(self, record: Record, state: State) -> Mapping[str, Any]:
        """Fields that a read computes."""
        return {}
