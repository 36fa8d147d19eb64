"""ARM in a hostile mode: ids, locations and enumerated words in other letters' case, lists in another order, more members.

Each of these is known of the real service: ``resourcegroups`` and groups' names in capitals (hashicorp/terraform-provider-azurerm
#10296, #15143, #22070), words in another case than the specification's (Azure/azure-rest-api-specs #12408, #35371; #35299 of
hashicorp/terraform), locations by display name (azure-rest-api-specs #330), members of later versions, and a resource group
that is not found right after it was made. What may be treated how is read off the published schema. It changes answers alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from providers.azure.sandbox import catalog, errors, route
from providers.azure.sandbox.catalog import Kind
from providers.azure.sandbox.context import of_json
from providers.azure.sandbox.route import Target
from providers.kit.hostile import Mood, Novelties, recased, shuffled
from providers.kit.server import Request, Response

# Lists of text in which no item comes before another; of others (DNS servers) the order counts.
_UNORDERED = frozenset(
    {
        "addressPrefixes",
        "destinationAddressPrefixes",
        "destinationPortRanges",
        "sourceAddressPrefixes",
        "sourcePortRanges",
        "zones",
    }
)
_DISPLAYED = {"westeurope": "West Europe", "northeurope": "North Europe", "eastus": "East US", "westus2": "West US 2"}
_SYSTEM = {"createdBy": "sandbox@example.com", "createdByType": "User", "lastModifiedByType": "Application"}


class Hostile:
    """``Hostility`` of one endpoint."""

    def __init__(self, mood: Mood, clock: Callable[[], float] = time.monotonic) -> None:
        self._mood, self._novelties = mood, Novelties(mood, clock)
        self._answers = 0

    def __call__(self, request: Request, work: Callable[[], Response]) -> Response:
        target = route.parse(request.path)
        group = f"{target.subscription}/{target.group}".lower()
        if target.group and request.method != "DELETE" and self._missed(request, target, group):
            error = errors.group_not_found(target.group)
            return of_json(error.status, {"error": error.content()}, error.headers)
        response = work()
        if target.kind == "group" and request.method == "PUT" and response.status == 201:
            self._novelties.add(group)
        if response.status >= 300 or not response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        self._answers += 1
        look = _Look(self._mood.dice(request.method, request.path, self._answers))
        content = look.answer(json.loads(response.body)) if response.body else None
        return replace(response, body=json.dumps(content).encode()) if content is not None else response

    def _missed(self, request: Request, target: Target, group: str) -> bool:
        """Whether a group that was made a moment ago is not known to whoever answers this."""
        written = target.kind == "group" and request.method == "PUT"
        return not written and self._novelties.misses(group)


@dataclass(frozen=True, slots=True)
class _Look:
    """How one answer looks."""

    dice: Random

    def answer(self, content: Any) -> Any:
        """A resource, or each resource of a list."""
        if not isinstance(content, dict):
            return content
        for field in ("value", "data"):
            if isinstance(content.get(field), list):
                return content | {field: [self._resource(item) for item in content[field]]}
        return self._resource(content)

    def _resource(self, body: Any) -> Any:
        kind = catalog.known(str(body.get("type", ""))) if isinstance(body, dict) and body.get("id") else None
        if kind is None:
            return body
        out: dict[str, Any] = self._of_schema(kind, kind.schema, body)
        for path, default in kind.cloud.get("defaults", ()):
            _materialised(out, path, default)
        if self._coin():
            out["systemData"] = dict(_SYSTEM)
        if isinstance(out.get("properties"), dict) and self._coin():
            out["properties"]["ofALaterVersion"] = {"state": "Enabled", "count": self.dice.randint(1, 9)}
        return out

    def _of_schema(self, kind: Kind, schema: Mapping[str, Any], value: Any, name: str = "") -> Any:
        """A value as it may look, by the schema of where it stands."""
        if "$ref" in schema:
            schema = kind.schema["$defs"][str(schema["$ref"]).rpartition("/")[2]]
        if isinstance(value, dict):
            fields = schema.get("properties", {})
            return {
                key: item if key == "tags" else self._of_schema(kind, fields.get(key, {}), item, key)
                for key, item in value.items()
            }
        if isinstance(value, list):
            items = [self._of_schema(kind, schema.get("items", {}), item, name) for item in value]
            named = all(isinstance(item, dict) and ("name" in item or "id" in item) for item in items)
            return shuffled(self.dice, items) if named or name in _UNORDERED else items
        return self._text(schema, value, name) if isinstance(value, str) else value

    def _text(self, schema: Mapping[str, Any], value: str, name: str) -> str:
        if value.lower().startswith("/subscriptions/"):
            return self._id(value)
        if name == "location":
            return self.dice.choice((value, _DISPLAYED.get(value, value)))
        if name == "type":
            return self.dice.choice((value, value.lower()))
        words = {str(word).casefold() for word in (*schema.get("enum", ()), *schema.get("examples", ()))}
        return recased(self.dice, value) if value.casefold() in words else value

    def _id(self, identity: str) -> str:
        """An id of this or another object: its words and names, but not the subscription, in some case."""
        parts = identity.split("/")
        for index, part in enumerate(parts):
            if index > 2:
                change = self.dice.choice((str, str, str.lower, str.upper if index % 2 == 0 else str.lower))
                parts[index] = change(part)
        return "/".join(parts)

    def _coin(self) -> bool:
        return self.dice.random() < 0.5


def _materialised(body: dict[str, Any], path: list[str], default: Any) -> None:
    """What the service takes where nothing was set, written out."""
    *above, last = path
    for key in above:
        inner = body.get(key)
        if not isinstance(inner, dict):
            return
        body = inner
    body.setdefault(last, default)
