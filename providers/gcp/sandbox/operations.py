"""Operations: started by verbs, read, awaited, listed and deleted by callers. Must not know what an operation does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from providers.gcp.sandbox.errors import ApiError, not_found, not_ready
from providers.gcp.sandbox.links import full
from providers.gcp.sandbox.state import Operation, State, timestamp

_PENDING_SHARE = 0.2  # of an operation's time, before it counts as running


def begin(
    state: State,
    *,
    verb: str,
    target: str,
    target_id: str,
    seconds: float,
    request_id: str = "",
    work: Callable[[], None],
    undo: Callable[[], None],
) -> Operation:
    """Start an operation beside its target: global, regional, zonal or the organization's."""
    now, number = state.clock(), state.number()
    parts = target.split("/")
    scope = 4 if parts[0] == "projects" and parts[2] != "global" else 3 if parts[0] == "projects" else 2
    name = f"operation-{int(now * 1000)}-{number:016x}"
    operation = Operation(
        key="/".join([*parts[:scope], "operations", name]),
        number=number,
        verb=verb,
        target=target,
        target_id=target_id,
        request_id=request_id,
        started=now,
        due=now + seconds,
        work=work,
        undo=undo,
    )
    state.begin(operation)
    return operation


def view(operation: Operation, now: float) -> dict[str, Any]:
    """An operation as it is answered."""
    running = operation.done or now >= operation.started + _PENDING_SHARE * (operation.due - operation.started)
    body: dict[str, Any] = {
        "kind": "compute#operation",
        "id": str(operation.number),
        "name": operation.key.rsplit("/", 1)[-1],
        "operationType": operation.verb,
        "targetLink": full(operation.target),
        "targetId": operation.target_id,
        "status": "DONE" if operation.done else "RUNNING" if running else "PENDING",
        "user": "sandbox@example.com",
        "progress": 100 if operation.done else 0,
        "insertTime": timestamp(operation.started),
        "selfLink": full(operation.key),
    }
    if running:
        body["startTime"] = timestamp(operation.started)
    if operation.done:
        body["endTime"] = timestamp(operation.due)
    parts = operation.key.split("/")
    if parts[2] in ("regions", "zones"):
        body[parts[2][:-1]] = full("/".join(parts[:4]))
    if operation.request_id:
        body["clientOperationId"] = operation.request_id
    if operation.error:
        body |= operation.error.in_operation()
    return body


def get(state: State, key: str) -> dict[str, Any]:
    """One operation; ``ApiError`` where there is none."""
    return view(_find(state, key), state.clock())


def delete(state: State, key: str) -> None:
    """Forget an operation that has ended; its ``requestId`` then names none."""
    operation = _find(state, key)
    if not operation.done:
        raise not_ready(key)
    del state.operations[key]


def within(state: State, collection: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The operations directly in a collection's key, with theirs; a project's key gives those of all its scopes."""
    whole = collection.count("/") == 1
    for key, operation in state.operations.items():
        inside = key.startswith(collection + "/") if whole else key.rsplit("/", 1)[0] == collection
        if inside:
            yield key, view(operation, state.clock())


def due(state: State, key: str) -> float:
    """When an operation ends."""
    return _find(state, key).due


def _find(state: State, key: str) -> Operation:
    found = state.operations.get(key)
    if found is None:
        raise not_found(key)
    return found


def doomed(reason: str) -> ApiError:
    """The end of an operation that a test asked to fail."""
    return ApiError(503, reason, "Internal error. Please try again or contact Google Support.")
