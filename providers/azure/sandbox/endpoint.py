"""The ARM endpoint: finds what answers a request, adds what every answer carries, words injected faults.

Must not know any one type, nor how bodies look.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from providers.azure.sandbox import catalog, errors, graph, groups, listing, resources, route, shaping
from providers.azure.sandbox.context import Context, of_json
from providers.azure.sandbox.errors import ArmError, Detail
from providers.azure.sandbox.hostile import Hostile
from providers.azure.sandbox.operations import Operations
from providers.azure.sandbox.route import Query
from providers.azure.sandbox.vaults import Vaults
from providers.azure.sandbox.world import GROUP, Record, World
from providers.kit.server import LONG, Request, Response, Rule, Server, repeated

TENANT = "72f988bf-0000-4000-8000-2d7cd011db47"
_PRINCIPAL = ("sandbox@example.com", "5a2f3c1e-0000-4000-8000-9b1f6f0a7c11")
_PAGES = {"collection": 200, "inside": 1000, "everything": 1000, "groups": 1000}
_BUCKETS = {"GET": ("reads", 250), "HEAD": ("reads", 250), "DELETE": ("deletes", 200)}  # else writes, 200
_ACTIONS = {"GET": "read", "HEAD": "read", "DELETE": "delete", "POST": "action"}
_NEWEST = {"graph": "2024-04-01"}  # else what the resource groups' specification has


class Endpoint:
    """One sandbox: a world, its long operations and a lock. clock: seconds, ever rising."""

    def __init__(
        self, subscriptions: tuple[str, ...], operation_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._subscriptions = {item.lower(): item for item in subscriptions}
        self._seconds = operation_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._vaults = Vaults(time.time)
        self.reset()

    def reset(self) -> None:
        """Forget everything that exists."""
        self._vaults.reset()
        with self._lock:
            self._world, self._operations = World(), Operations(self._seconds)
            self._queries: list[float] = []

    def server(self, port: int = 0) -> Server:
        """This endpoint behind HTTP."""
        return Server(
            self.handle,
            namer=self._name,
            fault=self.fault,
            reset=self.reset,
            port=port,
            more=(*LONG, "taken"),
            hostile=Hostile,
        )

    def handle(self, request: Request, failing: ArmError | None = None, seconds: float | None = None) -> Response:
        """The answer to one request. seconds: how long a long operation takes that it starts."""
        if self._vaults.has(request):
            return _dressed(request, self._vaults.handle(request))
        target, query = route.parse(request.path), Query.parse(request.query)
        with self._lock:
            now = self._clock()
            self._operations.settle(now)
            ctx = Context(request, target, query, self._world, self._operations, now, failing, seconds)
            try:
                self._admit(ctx)
                response = self._answer(ctx)
            except ArmError as error:
                response = of_json(error.status, {"error": error.content()}, error.headers)
        return _dressed(request, response)

    def _admit(self, ctx: Context) -> None:
        """What Resource Manager checks before it looks at the path any closer."""
        if "authorization" not in ctx.request.headers:
            message = "Authentication failed. The 'Authorization' header is missing."
            raise ArmError(401, "AuthenticationFailed", message, headers={"WWW-Authenticate": "Bearer"})
        if not ctx.target.kind:
            raise ArmError(404, "NotFound", f"No HTTP resource was found that matches the path '{ctx.request.path}'.")
        if ctx.target.subscription and ctx.target.subscription.lower() not in self._subscriptions:
            message = f"The subscription '{ctx.target.subscription}' could not be found."
            raise ArmError(404, "SubscriptionNotFound", message)
        if not ctx.version:
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise ArmError(400, "MissingApiVersionParameter", message)
        if ctx.target.kind not in ("resource", "collection", "operation", "result"):
            _check_version(ctx)

    def _answer(self, ctx: Context) -> Response:
        match ctx.target.kind:
            case "resource":
                return resources.resource(ctx)
            case "group":
                return groups.group(ctx)
            case "graph":
                self._queries = [at for at in self._queries if at > ctx.now - 5]
                self._queries.append(ctx.now)
                return graph.query(ctx, TENANT, len(self._queries) - 1)
            case "collection" | "groups" | "inside" | "everything":
                return self._list(ctx)
            case "operation":
                return _status(ctx)
            case "result":
                return _result(ctx)
            case "register" if ctx.request.method == "POST":
                return of_json(200, _namespace(ctx.target.subscription, ctx.target.namespace))
        if ctx.request.method != "GET":
            raise errors.method_not_allowed(ctx.request.method)
        return self._metadata(ctx)

    def _list(self, ctx: Context) -> Response:
        if ctx.request.method != "GET":
            raise errors.method_not_allowed(ctx.request.method)
        kind, filtered = ctx.target.kind, ctx.query.get("$filter")
        world = ctx.world
        if kind == "collection":
            return listing.page(ctx, resources.lists(ctx), lambda record: shaping.body(world, record), _PAGES[kind])
        prefix = f"/subscriptions/{ctx.target.subscription}/".lower()
        if kind == "inside":
            prefix = f"{ctx.group().key}/"
        wanted = [item for item in world.all() if item.key.startswith(prefix) and _listed(item, kind == "groups")]
        found = listing.filtered(filtered, wanted)
        if kind == "groups":
            return listing.page(ctx, found, lambda record: shaping.body(world, record), _PAGES[kind])
        return listing.page(ctx, found, shaping.summary, _PAGES[kind])

    def _metadata(self, ctx: Context) -> Response:
        subscription = self._subscriptions.get(ctx.target.subscription.lower(), "")
        match ctx.target.kind:
            case "subscription":
                return of_json(200, _subscription(subscription))
            case "subscriptions":
                return of_json(200, {"value": [_subscription(item) for item in self._subscriptions.values()]})
            case "namespaces":
                return of_json(200, {"value": [_namespace(subscription, name) for name in catalog.namespaces()]})
            case "namespace":
                return of_json(200, _namespace(subscription, ctx.target.namespace))
        places = [{"id": f"/subscriptions/{subscription}/locations/{name}", "name": name} for name in catalog.LOCATIONS]
        return of_json(200, {"value": places})

    def _name(self, request: Request) -> str:
        """``virtualNetworks/subnets.put``, ``resources.list``, ``operations.get``."""
        if self._vaults.has(request):
            return self._vaults.name(request)
        target = route.parse(request.path)
        verb = "list" if target.kind in _PAGES and request.method == "GET" else request.method.lower()
        return f"{target.label or 'unknown'}.{verb}"

    def fault(self, rule: Rule, request: Request) -> Response:
        """An injected fault in ARM's words."""
        error = ArmError(500, "InternalServerError", "An error occurred.")
        if rule.kind == "fail":
            inner = Detail("NetworkingInternalOperationError", "Unknown network allocation error.", request.path)
            return self.handle(request, ArmError(500, error.code, error.message, target=request.path, details=(inner,)))
        if rule.kind == "slow":
            return self.handle(request, seconds=rule.seconds)
        target = route.parse(request.path)
        if rule.kind == "throttle":
            what, seconds = _BUCKETS.get(request.method, ("writes", 0))[0], max(int(rule.seconds), 1)
            message = (
                f"Number of {what} requests for subscription '{target.subscription}' actor '{_PRINCIPAL[1]}' exceeded. Please "
                f"try again after '{seconds}' seconds after additional tokens are available. Refer to "
                "https://aka.ms/arm-throttling for additional information."
            )
            error = ArmError(429, "SubscriptionRequestsThrottled", message, headers={"Retry-After": str(seconds)})
        elif rule.kind == "deny":
            name, principal = _PRINCIPAL
            action = f"{target.type if target.types else GROUP}/{_ACTIONS.get(request.method, 'write')}"
            message = (
                f"The client '{name}' with object id '{principal}' does not have authorization to perform action '{action}' "
                f"over scope '{request.path}' or the scope is invalid. If access was recently granted, please refresh your "
                "credentials."
            )
            error = ArmError(403, "AuthorizationFailed", message)
        elif rule.kind == "expired":
            then, now = "1/1/2026 8:00:00 AM", "1/1/2026 9:00:00 AM"
            message = f"The access token expiry UTC time '{then}' is earlier than current UTC time '{now}'."
            error = ArmError(401, "ExpiredAuthenticationToken", message)
        elif rule.kind == "quota":
            message = (
                f"Operation could not be completed as it results in exceeding the approved quota of {target.type}. Location: "
                "westeurope, Current Limit: 10, Current Usage: 10, Additional Required: 1."
            )
            error = ArmError(409, "QuotaExceeded", message)
        elif rule.kind == "taken":
            noun = target.type.rpartition("/")[2].removesuffix("s")
            message = f"The {noun} named {target.names[-1]} is already taken."
            error = ArmError(409, f"{noun[:1].upper()}{noun[1:]}AlreadyTaken", message)
        elif rule.kind == "echo":
            error = ArmError(400, "InvalidRequestContent", repeated(request))
        return _dressed(request, of_json(error.status, {"error": error.content()}, error.headers))


def _check_version(ctx: Context) -> None:
    kind = catalog.find(GROUP, ctx.version)
    newest = _NEWEST.get(ctx.target.kind, kind.api_version)
    try:
        kind.check_version(min(ctx.version, kind.api_version) if ctx.version <= newest else ctx.version)
    except ArmError as error:
        message = f"The api-version '{ctx.version}' is invalid. The supported versions are '{newest}'."
        raise ArmError(400, "InvalidApiVersionParameter", message) from error


def _listed(record: Record, groups_only: bool) -> bool:
    kind = catalog.known(record.type)
    if groups_only or record.type == GROUP:
        return groups_only and record.type == GROUP
    return kind is not None and kind.tracked


def _status(ctx: Context) -> Response:
    """``Azure-AsyncOperation``: always 200, the status in the body."""
    operation = ctx.operations.get(ctx.target.operation)
    if operation is None:
        raise ArmError(404, "OperationNotFound", f"Operation {ctx.target.operation} could not be found.")
    content: dict[str, Any] = {"status": operation.status}
    if operation.error:
        content["error"] = operation.error.content()
    running = {"Retry-After": ctx.operations.retry_after} if operation.status == "InProgress" else {}
    return of_json(200, content, running)


def _result(ctx: Context) -> Response:
    """``Location``: 202 while it runs, then the result, or the error as if the first answer had been it."""
    operation = ctx.operations.get(ctx.target.operation)
    if operation is None:
        raise ArmError(404, "OperationNotFound", f"Operation {ctx.target.operation} could not be found.")
    if operation.error:
        raise operation.error
    if operation.status == "InProgress":
        kind = "operationResults" if "/providers/" in operation.path else "operationresults"
        headers = {"Location": ctx.url(operation, kind), "Retry-After": ctx.operations.retry_after}
        return Response(202, b"", headers)
    record = ctx.world.get(operation.subject)
    if record:
        return ctx.answer(200, record)
    return Response(204 if "/providers/" in operation.path else 200)


def _subscription(identity: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{identity}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": identity,
        "tenantId": TENANT,
        "displayName": "Sandbox",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def _namespace(subscription: str, name: str) -> dict[str, Any]:
    found = {known.lower(): (known, kinds) for known, kinds in catalog.namespaces().items()}.get(name.lower())
    if found is None:
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{name}' is invalid.")
    types = [
        {
            "resourceType": kind.name.partition("/")[2],
            "locations": list(catalog.LOCATIONS),
            "apiVersions": [kind.api_version],
            "capabilities": "SupportsTags, SupportsLocation" if kind.tracked else "None",
        }
        for kind in found[1]
    ]
    return {
        "id": f"/subscriptions/{subscription}/providers/{found[0]}",
        "namespace": found[0],
        "resourceTypes": types,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
    }


def _dressed(request: Request, response: Response) -> Response:
    """The headers that every answer of Resource Manager carries."""
    identity = str(uuid.uuid4())
    what, size = _BUCKETS.get(request.method, ("writes", 200))
    headers = {
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "x-ms-request-id": identity,
        "x-ms-correlation-request-id": request.headers.get("x-ms-correlation-request-id", identity),
        "x-ms-routing-request-id": f"SANDBOX:{identity}",
        f"x-ms-ratelimit-remaining-subscription-{what}": str(size - 1),
        **response.headers,
    }
    if "x-ms-client-request-id" in request.headers:
        headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
    return Response(response.status, response.body, headers, response.operation)
