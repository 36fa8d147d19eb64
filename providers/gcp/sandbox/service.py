"""The endpoint: finds the method of a request, checks it against the document, has it done, words the answer.

Must not know any resource type beyond the two methods that belong to one alone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote

from providers.gcp.sandbox import check, lists, operations, verbs
from providers.gcp.sandbox.errors import ApiError, invalid, malformed, not_found, unsupported
from providers.gcp.sandbox.kinds import Kind
from providers.gcp.sandbox.links import full
from providers.gcp.sandbox.routes import Match, find
from providers.gcp.sandbox.secrets import Secrets
from providers.gcp.sandbox.shape import present
from providers.gcp.sandbox.state import Operation, State, is_request_id, timestamp
from providers.kit.server import Request, Response, Rule, repeated

_PLACE = re.compile(r"^(?P<region>[a-z]+-[a-z]+\d+)(?:-[a-z0-9]+)?$")
_PROJECT = re.compile(
    r"(?:(?:[-a-z0-9]{1,63}\.)*(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?):)?(?:\d{1,19}|[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)"
)
_LISTS = ("list", "aggregatedList")
_LENIENT = frozenset(["returnPartialSuccess"])  # still sent by clients of older documents
_LONGEST_WAIT = 120.0
_OWN: Mapping[str, Callable[[verbs.Call], Operation]] = {
    "subnetworks.expandIpCidrRange": verbs.expand_range,
    "networks.switchToCustomMode": verbs.to_custom_mode,
}
_VERBS: Mapping[str, Callable[[verbs.Call], Operation]] = {
    "insert": verbs.insert,
    "patch": verbs.patch,
    "update": verbs.update,
    "delete": verbs.delete,
}


@dataclass(frozen=True)
class Settings:
    """How the sandbox behaves. operation_seconds: how long an operation takes · late_errors: the delete of an
    object in use is accepted and its operation fails (the service
    does either) · projects: the ones there are; empty: any."""

    operation_seconds: float = 0.05
    late_errors: bool = False
    projects: tuple[str, ...] = ()


class Service:
    """Compute, over one ``State``. ``clock`` gives seconds since 1970; ``sleep`` waits."""

    def __init__(self, settings: Settings, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._initial = self._settings = settings
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._state = State(clock)
        self._secrets = Secrets()

    def reset(self) -> None:
        """Empty everything and return to the first settings."""
        self._secrets.reset()
        with self._lock:
            self._state, self._settings = State(self._clock), self._initial

    def configure(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change settings by name; what they are now. ``TypeError`` for an unknown name."""
        with self._lock:
            given = dict(changes)
            if "projects" in given:
                given["projects"] = tuple(given["projects"])
            self._settings = replace(self._settings, **given)
            return asdict(self._settings)

    def name(self, request: Request) -> str:
        """The document's name of the method that a request calls."""
        if self._secrets.has(request):
            return self._secrets.name(request)
        found = find(request.method, unquote(request.path))
        return found.route.name if found else "unknown"

    def answer(self, request: Request, fate: ApiError | None = None, seconds: float | None = None) -> Response:
        """Do what a request asks. fate: what the operation that it starts fails with · seconds: how long that takes."""
        if self._secrets.has(request):
            return self._secrets.answer(request)
        match = find(request.method, unquote(request.path))
        name = match.route.name if match else "unknown"
        try:
            if match is None:
                raise ApiError(404, "notFound", f"The requested URL {request.path} was not found on this server.")
            return Response.of_json(200, self._do(match, request, fate, seconds), name)
        except ApiError as error:
            return Response.of_json(error.status, error.body(), name)

    def _do(self, match: Match, request: Request, fate: ApiError | None, seconds: float | None) -> dict[str, Any]:
        given = parse_qs(request.query, keep_blank_values=True)
        query = check.query(given, match.route.query, _LENIENT if match.route.verb in _LISTS else frozenset())
        if match.route.verb == "wait":
            self._wait(match)
        with self._lock:
            self._state.settle()
            self._check_path(match)
            if match.project:
                self._state.seen(match.project)
            if request.method == "GET":
                return self._read(match, query)
            if match.route.kind is None:
                return self._operation(match)
            return self._write(match, match.route.kind, request, query, fate, seconds)

    def _check_path(self, match: Match) -> None:
        project = match.project
        if project and not _PROJECT.fullmatch(project):
            raise invalid("project", project, "Must be a match of regex for project ids.")
        if project and self._settings.projects and project not in self._settings.projects:
            raise not_found(f"projects/{project}")
        for place in ("region", "zone"):
            value = match.params.get(place)
            found = _PLACE.match(value) if value else None
            if value and (not found or (place == "region") != (found["region"] == value)):
                raise invalid(place, value, f"Unknown {place}.")

    def _read(self, match: Match, query: Mapping[str, Any]) -> dict[str, Any]:
        state, route = self._state, match.route
        if route.verb == "list":
            return lists.one_collection(state, match, query)
        if route.verb == "aggregatedList":
            return lists.all_scopes(state, match, query)
        if route.verb != "get":
            raise unsupported(route.name)
        if route.collection == "projects":
            return self._project(match.project)
        if route.kind is None:
            return operations.get(state, match.path)
        record = state.objects.get(match.object_key)
        if record is None or not record.visible:
            raise not_found(match.object_key)
        return present(record, state)

    def _operation(self, match: Match) -> dict[str, Any]:
        key = match.path.removesuffix("/wait")
        if match.route.verb == "delete":
            operations.delete(self._state, key)
            return {}
        return operations.get(self._state, key)

    def _wait(self, match: Match) -> None:
        """Until the operation has ended, or as long as the service would; without the lock."""
        with self._lock:
            self._state.settle()
            due = operations.due(self._state, match.path.removesuffix("/wait"))
        self._sleep(min(max(due - self._clock(), 0.0), _LONGEST_WAIT))

    def _write(
        self,
        match: Match,
        kind: Kind,
        request: Request,
        query: Mapping[str, Any],
        fate: ApiError | None,
        seconds: float | None,
    ) -> dict[str, Any]:
        route = match.route
        schema = kind.defs[route.request] if route.request else {"type": "object", "properties": {}}
        body = check.body(_json(request), schema, kind.defs, whole=route.verb == "insert")
        if route.verb == "testIamPermissions":
            return {"permissions": body.get("permissions", [])}
        request_id = str(query.get("requestId", ""))
        if "requestId" in query and not is_request_id(request_id):
            raise invalid("requestId", request_id, "Must be a valid UUID other than the zero UUID.")
        digest = f"{request.method} {match.path} {request.body!r}"
        if replayed := self._replay(match.project, request_id, digest):
            return replayed
        settings = self._settings
        takes = settings.operation_seconds if seconds is None else seconds
        call = verbs.Call(self._state, match, kind, body, query, takes, settings.late_errors, fate)
        operation = self._begin(call)
        if request_id:
            self._state.replays[match.project, request_id] = digest, operation.key
        self._state.settle()
        return operations.view(operation, self._clock())

    def _begin(self, call: verbs.Call) -> Operation:
        route, kind = call.match.route, call.kind
        if own := _OWN.get(route.name):
            return own(call)
        if verb := _VERBS.get(route.verb):
            return verb(call)
        for name, method in kind.cloud["setters"].items():
            if method == route.verb and name != "name":  # a new name would be a new identity
                return verbs.set_property(call, name)
        raise unsupported(route.name)

    def _replay(self, project: str, request_id: str, digest: str) -> dict[str, Any] | None:
        """The operation that this very request started before, failed or not."""
        before = self._state.replays.get((project, request_id)) if request_id else None
        if before is None:
            return None
        if before[0] != digest:
            raise invalid("requestId", request_id, "The request ID was used for a different request.")
        return operations.get(self._state, before[1])

    def _project(self, project: str) -> dict[str, Any]:
        return {
            "kind": "compute#project",
            "id": self._state.seen(project),
            "creationTimestamp": timestamp(0),
            "name": project,
            "selfLink": full(f"projects/{project}"),
            "defaultNetworkTier": "PREMIUM",
            "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        }

    def fault(self, rule: Rule, request: Request) -> Response:
        """An injected fault as the service words it. Besides the kit's kinds: ``unavailable`` (503)."""
        name, path = self.name(request), unquote(request.path).removeprefix("/compute/v1/")
        if rule.kind == "fail":
            return self.answer(request, operations.doomed("internalError"))
        if rule.kind == "slow":
            return self.answer(request, seconds=rule.seconds)
        if rule.kind == "echo":
            return Response.of_json(400, ApiError(400, "invalid", repeated(request)).body(), name)
        error = _faults(name, path).get(rule.kind) or ApiError(500, "backendError", "Internal error encountered.")
        headers = {"Retry_After": f"{max(int(rule.seconds), 1)}"} if error.status in (429, 503) else {}
        return Response.of_json(error.status, error.body(), name, **headers)


def _faults(name: str, path: str) -> dict[str, ApiError]:
    return {
        "throttle": ApiError(
            429,
            "rateLimitExceeded",
            "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service 'compute.googleapis.com'.",
            canonical="RESOURCE_EXHAUSTED",
            domain="usageLimits",
        ),
        "error": ApiError(500, "backendError", "Internal error encountered.", canonical="INTERNAL"),
        "unavailable": ApiError(503, "backendError", "The service is currently unavailable.", canonical="UNAVAILABLE"),
        "deny": ApiError(403, "forbidden", f"Required 'compute.{name}' permission for '{path}'"),
        "expired": ApiError(
            401,
            "authError",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
            "authentication credential.",
            canonical="UNAUTHENTICATED",
        ),
        "quota": ApiError(
            403, "quotaExceeded", f"Quota '{name.split('.')[0].upper()}' exceeded.  Limit: 5.0 globally."
        ),
    }


def _json(request: Request) -> Any:
    try:
        return request.json()
    except ValueError as error:
        raise malformed([f"Invalid JSON payload received. {error}"]) from error
