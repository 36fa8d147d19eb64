"""Lists: filtered, ordered, in pages; of one collection or of all scopes of a project. Must not know any type."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from providers.gcp.sandbox import operations
from providers.gcp.sandbox.errors import invalid
from providers.gcp.sandbox.filters import parse
from providers.gcp.sandbox.kinds import Kind, kinds
from providers.gcp.sandbox.links import full, scope_of
from providers.gcp.sandbox.routes import Match
from providers.gcp.sandbox.shape import present
from providers.gcp.sandbox.state import State

_PAGE = 500
_NEWEST = "creationTimestamp desc"
Item = tuple[str, dict[str, Any]]


def one_collection(state: State, match: Match, query: Mapping[str, Any]) -> dict[str, Any]:
    """``list``: a page of the objects, or the operations, of one collection."""
    key, kind = match.collection_key, match.route.kind
    if kind:
        items: Iterable[Item] = ((record.key, present(record, state)) for record in state.under(key))
        name = kind.cloud["kind"] or f"compute#{kind.noun}"
    else:
        items, name = operations.within(state, key), "compute#operation"
    if kind and kind.scope == "organization":
        items = (item for item in items if item[1].get("parent", "") == query.get("parentId", ""))
    page, token = _page(items, query)
    answer: dict[str, Any] = {"kind": f"{name}List", "id": key, "selfLink": full(key)}
    answer |= {"items": [body for _, body in page]} if page else {}
    return answer | ({"nextPageToken": token} if token else {})


def all_scopes(state: State, match: Match, query: Mapping[str, Any]) -> dict[str, Any]:
    """``aggregatedList``: a page of a project's objects by scope; scopes without any carry a warning."""
    project, kind = match.project, match.route.kind
    if kind:
        held, name = kind.cloud["aggregated_key"], kind.cloud["kind"]
        items: Iterable[Item] = _covered(state, kind, project)
    else:
        held, name, items = "operations", "compute#operation", operations.within(state, f"projects/{project}")
    page, token = _page(items, query)
    scopes = {scope: _nothing(scope) for scope in sorted({"global", *_places(state, project)})}
    for key, body in page:
        at = scopes[scope_of(key)]
        at.pop("warning", None)
        at.setdefault(held, []).append(body)
    answer = {"kind": f"{name}AggregatedList", "id": match.path, "items": scopes, "selfLink": full(match.path)}
    return answer | ({"nextPageToken": token} if token else {})


def _covered(state: State, kind: Kind, project: str) -> Iterator[Item]:
    """Objects of every collection that this one's aggregated list covers: ``addresses`` gives the global ones too."""
    covered = [other for other in kinds().values() if other.cloud["aggregated_by"] == kind.collection]
    for record in state.of_kind(covered, project):
        if record.visible:
            yield record.key, present(record, state)


def _places(state: State, project: str) -> set[str]:
    start = f"projects/{project}/"
    return {scope_of(key) for key in (*state.objects, *state.operations) if key.startswith(start)}


def _nothing(scope: str) -> dict[str, Any]:
    return {
        "warning": {
            "code": "NO_RESULTS_ON_PAGE",
            "message": f"There are no results for scope '{scope}' on this page.",
            "data": [{"key": "scope", "value": scope}],
        }
    }


def _page(items: Iterable[Item], query: Mapping[str, Any]) -> tuple[list[Item], str]:
    """The items of a page and the token of the next, empty on the last."""
    order = query.get("orderBy", "")
    if order not in ("", "name", "name asc", _NEWEST):
        raise invalid("orderBy", order, "Only 'name' and 'creationTimestamp desc' are supported.")
    chosen = _filtered(items, query.get("filter", ""))
    ranked = sorted(((_rank(key, body, order == _NEWEST), (key, body)) for key, body in chosen), key=_first)
    size = query.get("maxResults", _PAGE) or _PAGE
    if size > _PAGE:
        raise invalid("maxResults", size, f"Must be less than or equal to {_PAGE}")
    after = _read_token(query.get("pageToken", ""))
    left = [(rank, item) for rank, item in ranked if rank > after]
    token = _write_token(left[size - 1][0]) if len(left) > size else ""
    return [item for _, item in left[:size]], token


def _first(pair: tuple[str, Item]) -> str:
    return pair[0]


def _filtered(items: Iterable[Item], text: str) -> Iterator[Item]:
    if not text.strip():
        yield from items
        return
    try:
        holds = parse(text)
    except ValueError as error:
        raise invalid("filter", text, "Invalid list filter expression.") from error
    yield from (item for item in items if holds(item[1]))


def _rank(key: str, body: Mapping[str, Any], newest: bool) -> str:
    """What objects are ordered and pages continued by; ids rise with time, so newest first counts down."""
    return f"{10**20 - int(body.get('id', 0)):021d}" if newest else f"{key.rsplit('/', 1)[-1]} {key}"


def _write_token(rank: str) -> str:
    return base64.urlsafe_b64encode(rank.encode()).decode()


def _read_token(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise invalid("pageToken", token, "The page token is invalid.") from error
