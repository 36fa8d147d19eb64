"""The provider in a test: verbs driven to their end over the Compute sandbox, and what the sandbox was asked."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from providers.gcp.provider import GcpProvider
from provisioner.model.change import Diff
from provisioner.model.naming import step_token
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.value import EMPTY, Map, freeze
from provisioner.planner.diff import diff
from provisioner.protocols.provider import Ask, Done, Pending, ReadResult

PROJECT, REGION, ZONE = "acme-dev", "europe-west1", "europe-west1-b"
LINEAGE = "abcdefghijklmnopqrstuvwxyz"


def type_of(name: str) -> str:
    return name if "/" in name else f"compute.googleapis.com/{name}"


def owner(name: str, lineage: str = LINEAGE) -> Owner:
    """The owner of a resource called so."""
    return Owner(lineage, name.replace("-", "").ljust(26, "a"), 1)


@dataclass
class Gcp:
    """The provider at one endpoint. Each position of a verb goes through JSON, as in a journal."""

    url: str
    provider: GcpProvider = field(default_factory=GcpProvider)
    default_tags: Map = EMPTY
    steps: int = 0

    @property
    def place(self) -> Place:
        return Place("g", "gcp", PROJECT, REGION, ZONE, endpoint=self.url, default_tags=self.default_tags)

    def want(self, type_name: str, body: dict[str, Any], **within: Any) -> Resource:
        """A normalized entry, owned."""
        entry = Resource(str(body.get("name", "")), type_of(type_name), self.place, freeze(body), freeze(within))
        return replace(self.provider.normalize(entry), owner=owner(entry.address))

    def diff(self, want: Resource, have: Observed) -> Diff:
        """What the planner sees between the two, as if nothing had been applied."""
        return diff(self.provider.resource_type(want.type), want, None, have)

    def make(self, type_name: str, body: dict[str, Any], **within: Any) -> Observed:
        """Create and read back."""
        want = self.want(type_name, body, **within)
        return self.have(want.type, self.create(want).identity)

    def create(self, want: Resource) -> Done:
        token = self.token()
        return self.finish(self.provider.create(want, token), None, want, None, token)

    def update(self, have: Observed, want: Resource, changed: Diff | None = None) -> Done:
        changed, token = self.diff(want, have) if changed is None else changed, self.token()
        return self.finish(self.provider.update(have, want, changed, token), have, want, changed, token)

    def delete(self, have: Observed) -> Done:
        token = self.token()
        return self.finish(self.provider.delete(have, token), have, None, None, token)

    def finish(
        self, result: Done | Pending, have: Observed | None, want: Resource | None, changed: Diff | None, token: str
    ) -> Done:
        for _ in range(3000):  # polls do not wait here: the sandbox's operations take milliseconds
            if isinstance(result, Done):
                return result
            journalled = freeze(json.loads(json.dumps(result.continuation)))
            result = self.provider.advance(replace(result, continuation=journalled), have, want, changed, token)
        raise AssertionError(f"no end: {result}")

    def until(self, result: Done | Pending, phase: str, want: Resource, token: str) -> Pending:
        """Go on with a create as far as the first position in this phase."""
        for _ in range(3000):
            assert isinstance(result, Pending)
            if result.continuation["phase"] == phase:
                return result
            result = self.provider.advance(result, None, want, None, token)
        raise AssertionError(f"never came to {phase}")

    def token(self) -> str:
        self.steps += 1
        return step_token("run", str(self.steps), 1)

    def ask(self, type_name: str, **narrowed: Any) -> ReadResult:
        """All that an ask finds, following ``more``."""
        waiting = self.provider.reads(Ask(self.place, type_of(type_name), **narrowed))
        observed: list[Observed] = []
        blindspots: list[Any] = []
        while waiting:
            result = self.provider.read(waiting.pop(0))
            observed += result.observed
            blindspots += result.blindspots
            waiting += result.more
        return ReadResult(tuple(observed), tuple(blindspots))

    def find(self, type_name: str, identity: str) -> Observed | None:
        found = self.ask(type_name, identities=(identity,))
        assert not found.blindspots
        return found.observed[0] if found.observed else None

    def have(self, type_name: str, identity: str) -> Observed:
        found = self.find(type_name, identity)
        assert found is not None
        return found

    def faults(self, *rules: dict[str, Any]) -> None:
        self.control("faults", list(rules))

    def settings(self, **changes: Any) -> None:
        self.control("settings", changes)

    def requests(self, do: Callable[[], Any]) -> list[str]:
        """The operations that were called while ``do`` ran."""
        before = len(self.control("requests", method="GET")["requests"])
        do()
        return [entry["operation"] for entry in self.control("requests", method="GET")["requests"][before:]]

    def control(self, name: str, body: Any = None, method: str = "POST") -> Any:
        data = None if method == "GET" else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_orch/{name}", data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())


@dataclass
class Script:
    """A server that answers what it is told, in order, and keeps what it was sent."""

    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)

    def say(self, status: int, body: Any, **headers: str) -> None:
        self.answers.append((status, body, headers))

    def __call__(self, request: Any) -> Any:
        from providers.kit.server import Response

        self.sent.append(request)
        status, body, headers = self.answers.pop(0)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Response(status, raw, {name.replace("_", "-"): value for name, value in headers.items()})
