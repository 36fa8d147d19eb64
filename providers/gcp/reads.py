"""How to find objects with few requests: single gets, filtered pages of 500, one aggregated list for several regions.

Plans reads and understands their answers; must not send anything itself.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from providers.gcp import faults
from providers.gcp.client import Call
from providers.gcp.kinds import Kind, container_of, fill, name_of
from providers.kit import tags
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Owner
from provisioner.model.snapshot import Blindspot
from provisioner.model.value import Map, Value, freeze, put
from provisioner.protocols.provider import Ask, Read, ReadResult

_PAGE = 500
_LONGEST_FILTER = 3000  # characters; more names than that are found faster in the whole list
_UNREACHABLE = "UNREACHABLE"
_NOT_WHOLE = (_UNREACHABLE, "PARTIAL_SUCCESS")  # of a warning: what is there may not be listed


def plan(kind: Kind, ask: Ask) -> list[Read]:
    """The reads that answer an ask."""
    if ask.want is not None:
        return [_get(ask, ask.want.identity)] if ask.want.identity else []
    if ask.identities:
        return _by_identity(kind, ask)
    if ask.parents:
        return [_list(ask, parent) for parent in ask.parents] if kind.parents else []
    if ask.lineage or ask.owner is not None:
        return _everywhere(kind, ask, _owned_by(ask)) if kind.labelled else []
    container = _own_container(kind, ask.place)
    return [_list(ask, container)] if container else _everywhere(kind, ask, "")


def call(kind: Kind, read: Read) -> Call:
    """The request of a read."""
    arguments = read.arguments
    where = str(arguments["identity"] if read.call == "get" else arguments["container"])
    context = faults.Context(kind.service, f"{kind.collection}.{read.call}", kind.region(where))
    if read.call == "get":
        path = fill(kind.methods["get"].path, kind.values(where))
        return Call(read.place, "GET", f"{kind.root}/{path}", context)
    query = {"maxResults": str(_PAGE)}
    if "returnPartialSuccess" in kind.methods["list"].query:  # some revisions of the document have it
        query["returnPartialSuccess"] = "true"
    if arguments["filter"]:
        query["filter"] = str(arguments["filter"])
    if arguments.get("page"):
        query["pageToken"] = str(arguments["page"])
    if read.call == "list":
        if kind.scope == "organization":
            query["parentId"] = where
        path = fill(kind.methods["list"].path, kind.container_values(where))
    else:
        path = f"{where}/aggregated/{kind.cloud['segment']}"
    return Call(read.place, "GET", f"{kind.root}/{path}", context, query)


def answer(kind: Kind, read: Read, body: Mapping[str, Any], request_id: str) -> ReadResult:
    """What an answer says: objects, scopes that could not be reached, and the next page."""
    if read.call == "get":
        found = observed(kind, read.place, body, str(read.arguments["identity"]))
        return ReadResult((found,), request_id=request_id)
    wanted = frozenset(read.arguments["wanted"])
    out: list[Observed] = []
    spots: list[Blindspot] = []
    for container, items, warning in _groups(kind, read, body):
        for item in items:
            identity = kind.find(str(item.get("selfLink", ""))) or kind.identity(container, str(item.get("name")))
            if not wanted or identity in wanted:
                out.append(observed(kind, read.place, item, identity))
        spots += _hidden(read, container, warning, request_id, {item.identity for item in out})
    page = body.get("nextPageToken")
    more = (Read(read.place, read.type, read.call, Map({**read.arguments, "page": page})),) if page else ()
    return ReadResult(tuple(out), tuple(spots), more, request_id)


def failed(kind: Kind, read: Read, error: ProviderError) -> ReadResult:
    """What a failed read still says: nothing there, or nothing to be seen. Any other failure is raised again."""
    if error.fault is Fault.NOT_FOUND and (read.call == "get" or (kind.parents and read.call == "list")):
        return ReadResult(request_id=error.request_id)  # without its parent there is no child
    if error.fault is not Fault.DENIED or error.code in (faults.UNAUTHENTICATED, ""):
        raise error  # without credentials nothing can be seen, and that is no property of this type
    wanted = (read.arguments["identity"],) if read.call == "get" else read.arguments["wanted"]
    spots = tuple(
        Blindspot(read.place, read.type, str(error), identity, code=error.code, request_id=error.request_id)
        for identity in wanted or ("",)
    )
    return ReadResult(blindspots=spots, request_id=error.request_id)


def observed(kind: Kind, place: Place, body: Mapping[str, Any], identity: str) -> Observed:
    """An object as the cloud returns it, our own labels taken out."""
    frozen: Value = freeze(body)
    owner: Owner | None = None
    if labels := body.get("labels"):
        own, owner = tags.split(labels)
        if owner is not None:
            frozen = (
                put(frozen, ("labels",), Map(own)) if own else Map({k: v for k, v in frozen.items() if k != "labels"})
            )
    etag = str(body.get("fingerprint") or body.get("labelFingerprint") or "")
    parent = container_of(identity) if kind.parents else ""
    return Observed(kind.name, place, identity, frozen, owner, etag, parent)


def _by_identity(kind: Kind, ask: Ask) -> list[Read]:
    groups: dict[str, list[str]] = {}
    for identity in dict.fromkeys(ask.identities):
        kind.values(identity)  # refuses what is no identity of this type
        groups.setdefault(container_of(identity), []).append(identity)
    if len(groups) > 1 and kind.aggregated:
        by_project: dict[str, list[str]] = {}
        for container, members in groups.items():
            by_project.setdefault("/".join(container.split("/")[:2]), []).extend(members)
        return [_aggregated(ask, project, _names(members), members) for project, members in by_project.items()]
    reads = []
    for container, members in groups.items():
        if len(members) == 1 or kind.scope == "organization":
            reads += [_get(ask, member) for member in members]
        else:
            reads.append(_list(ask, container, _names(members), members))
    return reads


def _names(identities: list[str]) -> str:
    """A filter for these objects' names; empty where it would be too long."""
    names = dict.fromkeys(name_of(identity) for identity in identities)
    text = " OR ".join(f'(name = "{name}")' for name in names)
    return text if len(text) <= _LONGEST_FILTER and '"' not in "".join(names) else ""


def _owned_by(ask: Ask) -> str:
    lineage = f'(labels.{Owner.LINEAGE_TAG} = "{ask.owner.lineage if ask.owner else ask.lineage}")'
    return f'{lineage} (labels.{Owner.OWNER_TAG} = "{ask.owner.tag}")' if ask.owner else lineage


def _everywhere(kind: Kind, ask: Ask, text: str) -> list[Read]:
    """The whole project, as far as one request reaches it: else the place's own region or zone."""
    container = _own_container(kind, ask.place)
    if kind.scope in ("region", "zone") and kind.aggregated:
        return [_aggregated(ask, f"projects/{ask.place.account}", text, [])]
    return [_list(ask, container, text)] if container else []


def _own_container(kind: Kind, place: Place) -> str | None:
    if kind.scope == "organization":
        return None  # an organization's own id is no part of a place
    return kind.container(place.account, {"region": place.region, "zone": place.zone})


def _get(ask: Ask, identity: str) -> Read:
    return Read(ask.place, ask.type, "get", Map({"identity": identity}))


def _list(ask: Ask, container: str, text: str = "", wanted: list[str] | None = None) -> Read:
    arguments = {"container": container, "filter": text, "wanted": tuple(wanted or ())}
    return Read(ask.place, ask.type, "list", Map(arguments))


def _aggregated(ask: Ask, project: str, text: str, wanted: list[str]) -> Read:
    return Read(
        ask.place,
        ask.type,
        "aggregatedList",
        Map({"container": project, "filter": text, "wanted": tuple(wanted)}),
    )


def _groups(
    kind: Kind, read: Read, body: Mapping[str, Any]
) -> Iterator[tuple[str, list[Mapping[str, Any]], Mapping[str, Any]]]:
    """Per scope that this type lives in: its container, its objects, its warning."""
    container = str(read.arguments["container"])
    warning = body.get("warning") or {}
    if read.call == "list":
        yield container, body.get("items") or [], warning
        return
    yield "", [], warning
    for scope in body.get("unreachables") or ():
        yield (
            f"{container}/{_scope_name(str(scope))}",
            [],
            {"code": _UNREACHABLE, "message": f"{scope} cannot be reached"},
        )
    prefix = {"region": "regions/", "zone": "zones/", "global": "global"}[kind.scope]
    for scope, held in (body.get("items") or {}).items():
        if scope.startswith(prefix):  # an aggregated list holds other types' scopes too
            yield f"{container}/{scope}", held.get(str(kind.cloud["aggregated_key"])) or [], held.get("warning") or {}


def _scope_name(text: str) -> str:
    """``regions/r`` of whatever form of it a cloud names a scope in."""
    return "/".join(text.rstrip("/").split("/")[-2:])


def _hidden(
    read: Read, container: str, warning: Mapping[str, Any], request_id: str, seen: Container[str]
) -> Iterator[Blindspot]:
    """Blindspots for a scope that did not answer, or not in full: of the objects wanted there and not seen, else of the
    whole type."""
    code = str(warning.get("code", ""))
    if code not in _NOT_WHOLE:
        return
    reason = str(warning.get("message") or f"{container or read.arguments['container']} cannot be reached")
    wanted = read.arguments["wanted"]
    missing = [
        identity
        for identity in wanted
        if (not container or container_of(identity) == container) and identity not in seen
    ]
    for identity in missing if wanted else [""]:
        yield Blindspot(read.place, read.type, reason, identity, code=code, request_id=request_id)
