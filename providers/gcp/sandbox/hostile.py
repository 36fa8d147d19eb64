"""Compute in a hostile mode: links to either of its hosts, lists in another order, more members, aggregated lists that lag.

Compute writes ``www.googleapis.com`` and ``compute.googleapis.com`` into its links, adds members as it grows, keeps sets as
lists, and its lists trail an operation that is done; Secret Manager names a project by its number. It changes answers alone.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from providers.gcp.sandbox.links import ROOT
from providers.kit.hostile import Mood, Novelties, shuffled
from providers.kit.server import Request, Response

_OTHER_ROOT = "https://compute.googleapis.com/compute/v1/"
_SECRET = re.compile(r"^projects/[^/]+/secrets/")
_NUMBERED = "projects/100000000001/secrets/"
# Lists in which no item comes before another.
_UNORDERED = frozenset(
    {
        "allowed",
        "denied",
        "destinationRanges",
        "peerings",
        "ports",
        "secondaryIpRanges",
        "sourceRanges",
        "sourceServiceAccounts",
        "sourceTags",
        "subnetworks",
        "targetServiceAccounts",
        "targetTags",
        "users",
    }
)
_OPERATION = "compute#operation"


class Hostile:
    """``Hostility`` of one endpoint."""

    def __init__(self, mood: Mood, clock: Callable[[], float] = time.monotonic) -> None:
        self._mood, self._novelties = mood, Novelties(mood, clock)
        self._answers = 0

    def __call__(self, request: Request, work: Callable[[], Response]) -> Response:
        response = work()
        if response.status >= 300 or not response.body:
            return response
        content = json.loads(response.body)
        if content.get("kind") == _OPERATION and content.get("operationType") == "insert" and request.method == "POST":
            self._novelties.add(_key(content["targetLink"]))
        if str(content.get("kind", "")).endswith("AggregatedList"):
            content = self._trailing(content)
        self._answers += 1
        look = _Look(self._mood.dice(request.method, request.path, self._answers))
        return replace(response, body=json.dumps(look.of(content)).encode())

    def _trailing(self, content: dict[str, Any]) -> dict[str, Any]:
        """An aggregated list that does not have everything yet."""
        scopes = {}
        for scope, held in content.get("items", {}).items():
            scopes[scope] = {
                name: [item for item in items if not self._misses(item)] if isinstance(items, list) else items
                for name, items in held.items()
            }
        return content | {"items": scopes}

    def _misses(self, item: dict[str, Any]) -> bool:
        return "selfLink" in item and self._novelties.misses(_key(item["selfLink"]))


@dataclass(frozen=True, slots=True)
class _Look:
    """How one answer looks."""

    dice: Random

    def of(self, value: Any, name: str = "") -> Any:
        """A value as it may look."""
        if isinstance(value, dict):
            out = {key: item if key == "labels" else self.of(item, key) for key, item in value.items()}
            return self._with_more(out) if "selfLink" in out and out.get("kind") != _OPERATION else out
        if isinstance(value, list):
            items = [self.of(item, name) for item in value]
            return shuffled(self.dice, items) if name in _UNORDERED else items
        return self._text(value, name) if isinstance(value, str) else value

    def _text(self, value: str, name: str) -> str:
        if value.startswith(ROOT) and self._coin():
            return _OTHER_ROOT + value.removeprefix(ROOT)
        if name == "name" and _SECRET.match(value):
            return _SECRET.sub(_NUMBERED, value)
        return value

    def _with_more(self, body: dict[str, Any]) -> dict[str, Any]:
        more = {"satisfiesPzi": self._coin(), "ofALaterVersion": {"state": "READY", "count": self.dice.randint(1, 9)}}
        return body | (more if self._coin() else {})

    def _coin(self) -> bool:
        return self.dice.random() < 0.5


def _key(link: str) -> str:
    return link.partition("/compute/v1/")[2]
