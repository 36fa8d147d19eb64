"""The provider in a test: verbs driven to their end, and a server that answers as a script says."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from providers.azure.provider import AzureProvider
from providers.kit.server import Request, Response
from provisioner.model.change import Diff, Edit
from provisioner.model.naming import step_token
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.value import Map, freeze, get
from provisioner.protocols.provider import Ask, Done, Pending, ReadResult

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
LINEAGE = "abcdefghijklmnopqrstuvwxyz"
GROUP = "Microsoft.Resources/resourceGroups"
NETWORK = "Microsoft.Network/virtualNetworks"
SUBNET = "Microsoft.Network/virtualNetworks/subnets"
RULES = "Microsoft.Network/networkSecurityGroups"
ADDRESS = "Microsoft.Network/publicIPAddresses"


def owner(name: str, lineage: str = LINEAGE) -> Owner:
    """The owner of a resource called so."""
    return Owner(lineage, name.ljust(26, "a"), 1)


@dataclass
class Azure:
    """The provider at one endpoint, with verbs driven to their end; each of their positions goes through JSON."""

    url: str
    provider: AzureProvider = field(default_factory=AzureProvider)
    region: str = "westeurope"
    default_tags: Map = Map()
    steps: int = 0

    @property
    def place(self) -> Place:
        return Place("az", "azure", SUBSCRIPTION, self.region, endpoint=self.url, default_tags=self.default_tags)

    def want(self, type_name: str, name: str, body: Any = None, **within: Any) -> Resource:
        """A normalized entry, owned."""
        entry = Resource(name, type_name, self.place, freeze(body or {}), freeze({"name": name, **within}))
        return replace(self.provider.normalize(entry), owner=owner(name))

    def create(self, want: Resource) -> Done:
        token = self.token()
        return self.finish(lambda: self.provider.create(want, token), None, want, None, token)

    def update(self, have: Observed, want: Resource, *paths: tuple[str, ...]) -> Done:
        diff, token = self.diff(have, want, *paths), self.token()
        return self.finish(lambda: self.provider.update(have, want, diff, token), have, want, diff, token)

    def delete(self, have: Observed) -> Done:
        token = self.token()
        return self.finish(lambda: self.provider.delete(have, token), have, None, None, token)

    def diff(self, have: Observed, want: Resource, *paths: tuple[str, ...]) -> Diff:
        return Diff(tuple(Edit(path, get(have.body, path), get(want.body, path)) for path in paths))

    def finish(
        self,
        start: Callable[[], Done | Pending],
        have: Observed | None,
        want: Resource | None,
        diff: Diff | None,
        token: str,
    ) -> Done:
        result = start()
        for _ in range(2000):  # polls do not wait here: the sandbox's operations take milliseconds
            if isinstance(result, Done):
                return result
            journalled = freeze(json.loads(json.dumps(result.continuation)))
            result = self.provider.advance(replace(result, continuation=journalled), have, want, diff, token)
        raise AssertionError(f"no end: {result}")

    def token(self) -> str:
        self.steps += 1
        return step_token("run", str(self.steps), 1)

    def ask(self, type_name: str, **narrowed: Any) -> ReadResult:
        """All that an ask finds, following ``more``."""
        waiting = self.provider.reads(Ask(self.place, type_name, **narrowed))
        observed: list[Observed] = []
        blindspots: list[Any] = []
        while waiting:
            result = self.provider.read(waiting.pop(0))
            observed += result.observed
            blindspots += result.blindspots
            waiting += result.more
        return ReadResult(tuple(observed), tuple(blindspots))

    def get(self, identity: str, type_name: str) -> Observed | None:
        found = self.ask(type_name, identities=(identity,))
        assert not found.blindspots
        return found.observed[0] if found.observed else None

    def have(self, want: Resource) -> Observed:
        found = self.get(want.identity or "", want.type)
        assert found is not None
        return found

    def faults(self, *rules: dict[str, Any]) -> None:
        self.control("POST", "faults", list(rules))

    def requests(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "requests")["requests"])

    def control(self, method: str, name: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_orch/{name}", data, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


@contextmanager
def serving(server: Any) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join(5)


@dataclass
class Script:
    """Answers by ``METHOD path``, each a list that is used up but for its last; an item is (status, body, headers)."""

    answers: dict[str, list[tuple[int, Any, dict[str, str]]]] = field(default_factory=dict)
    seen: list[Request] = field(default_factory=list)
    azure: Azure = field(default_factory=lambda: Azure(""))

    def on(self, call: str, status: int, body: Any = None, **headers: str) -> Script:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.setdefault(call, []).append((status, body, named))
        return self

    def __call__(self, request: Request) -> Response:
        self.seen.append(request)
        waiting = self.answers.get(f"{request.method} {request.path}")
        if not waiting:
            return Response(418, b"nothing is scripted for this")
        status, body, headers = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        text = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
        return Response(status, text, {"Content-Type": "application/json", **headers})

    def calls(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.seen]
