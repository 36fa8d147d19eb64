"""How ARM is asked what exists: one GET for few ids, lists for many, a list for a lineage.

Bodies come from the resource providers themselves, never from Resource Graph: their lists are as bulky, carry etags and the
compiled API version's own shape, and know a write at once. Resource Graph trails writes by up to minutes and has its own body
versions, so a plan right after an apply would not be empty. It only points to ids, for types that have no list across a
subscription; each id is then read. Where it is not there, the type is listed group by group.

It must not take a denied read for an absent object, nor a missing subscription or a stranger's 404 for either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from providers.azure import faults, ids
from providers.azure.client import Answer, Call, Clients
from providers.azure.ids import TypeName
from providers.azure.kinds import Kind
from providers.azure.observed import observe
from providers.kit import tags as kit_tags
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.resource import Observed, Owner
from provisioner.model.snapshot import Blindspot
from provisioner.model.value import EMPTY, Map, freeze, put, thaw
from provisioner.protocols.provider import Ask, Read, ReadResult

FEW = 8
"""Up to so many ids are read one by one; of more, those in one collection by listing it."""

_GET, _LIST, _PARENTS, _GRAPH, _INSIDE = "get", "list", "parents", "graph", "inside"
_GRAPH_PATH = "/providers/Microsoft.ResourceGraph/resources"
_GRAPH_API = "2024-04-01"
_GRAPH_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads of all ARM types. kind: looks a type up."""

    clients: Clients
    kind: Callable[[str], Kind]

    def reads(self, ask: Ask, identity: str | None = None) -> list[Read]:
        """``Provider.reads``; ``identity`` is that of ``ask.want``."""
        kind = self.kind(ask.type)
        if ask.inside:
            return [
                Read(ask.place, ask.type, _INSIDE, Map({"target": f"{g}/resources", "group": g})) for g in ask.inside
            ]
        if ask.identities:
            return self._by_ids(ask, kind)
        if ask.want is not None:
            return [_get(ask, identity)] if identity else []
        if "list" not in kind.methods:
            return []
        if ask.parents:
            return [_list(ask, ids.collection(kind.type.name, parent)) for parent in ask.parents]
        tags = ask.owner.tags() if ask.owner else {Owner.LINEAGE_TAG: ask.lineage} if ask.lineage else {}
        if tags and not kind.taggable:
            return []
        return self._everywhere(ask, kind, tags=Map(tags), known=ask.known)

    def read(self, read: Read) -> ReadResult:
        """``Provider.read``."""
        try:
            answer = self.clients.send(self._call(read))
        except ProviderError as error:
            if read.call == _GRAPH and error.fault in (Fault.DENIED, Fault.INVALID, Fault.NOT_FOUND):
                return ReadResult(more=(self._by_groups(read),), request_id=error.request_id)
            return _unseen(read, error)
        if read.call == _GET:
            target = str(read.arguments["target"])
            found = observe(read.place, read.type, self.kind(read.type), answer.body, target)
            meant = _carries(found, read.arguments.get("tags", EMPTY))
            return ReadResult((found,) if meant else (), request_id=answer.request_id, remaining=answer.remaining)
        if read.call == _INSIDE:
            return _contents(read, answer)
        return self._pointed(read, answer) if read.call == _GRAPH else self._page(read, answer)

    def _call(self, read: Read) -> Call:
        arguments = read.arguments
        if read.call == _GRAPH:
            body = thaw(arguments["body"])
            return Call(read.place, read.type, "POST", _GRAPH_PATH, api_version=_GRAPH_API, body=body)
        if "next" in arguments:
            return Call(read.place, read.type, "GET", arguments["next"])
        version = self.kind(arguments.get("of", read.type)).api_version
        query = arguments.get("query", EMPTY)
        return Call(read.place, read.type, "GET", arguments["target"], api_version=version, query=query)

    def _by_ids(self, ask: Ask, kind: Kind) -> list[Read]:
        if len(ask.identities) <= FEW or "list" not in kind.methods:
            return [_get(ask, identity) for identity in ask.identities]
        groups: dict[str, list[str]] = defaultdict(list)
        for identity in ask.identities:
            groups[ids.collection_of(identity)].append(identity)
        if len(groups) > FEW and "list_all" in kind.methods:
            return self._everywhere(ask, kind, among=ask.identities)
        reads: list[Read] = []
        for collection, members in groups.items():
            few = len(members) <= 2  # a list costs more than a GET, but not more than three
            reads += (
                [_get(ask, identity) for identity in members] if few else [_list(ask, collection, among=tuple(members))]
            )
        return reads

    def _everywhere(self, ask: Ask, kind: Kind, **arguments: Any) -> list[Read]:
        """All objects of a type in the place's subscription."""
        subscription = ids.subscription_id(ask.place.account)
        name = TypeName.parse(kind.type.name)
        if str(name) == ids.GROUPS:
            tags = arguments.get("tags", {})
            key = Owner.OWNER_TAG if Owner.OWNER_TAG in tags else Owner.LINEAGE_TAG
            query = Map({"$filter": f"tagName eq '{key}' and tagValue eq '{tags[key]}'"} if tags else {})
            return [_list(ask, ids.collection(ids.GROUPS, subscription), query=query, **arguments)]
        if name.parent is None and ("list_all" in kind.methods or kind.scope == "subscription"):
            return [_list(ask, ids.collection(str(name), subscription), **arguments)]
        if name.parent is None:
            return [_graph(ask, str(name), arguments.get("tags", EMPTY))]
        above = str(name.parent)
        reads = self._everywhere(Ask(ask.place, above), self.kind(above))
        carried = {"tags": arguments.get("tags", EMPTY), "known": ask.known}
        return [
            Read(ask.place, ask.type, _up(read.call), Map({"of": above, **read.arguments, **carried})) for read in reads
        ]

    def _by_groups(self, read: Read) -> Read:
        """The same question as Resource Graph's, put to one resource group after the other."""
        target = ids.collection(ids.GROUPS, ids.subscription_id(read.place.account))
        return Read(read.place, read.type, _PARENTS, Map({"target": target, "of": ids.GROUPS, **_carried(read)}))

    def _pointed(self, read: Read, answer: Answer) -> ReadResult:
        """Ids that Resource Graph has named; what it says may be old, so each is looked at."""
        name = str(read.arguments["of"])
        found = [ids.canonical(str(row["id"]), name, read.place.account) for row in answer.body.get("data") or []]
        more: list[Read] = []
        for identity in found:
            if name == read.type.partition("@")[0]:
                spelled = _spellings(read).get(identity.lower(), identity)
                arguments = Map({"target": spelled, "tags": read.arguments["tags"]})
                more.append(Read(read.place, read.type, _GET, arguments))
            else:
                more += self._below(read, [{"id": identity}])
        if token := answer.body.get("$skipToken"):
            body = put(read.arguments["body"], ("options", "$skipToken"), token)
            more.append(Read(read.place, read.type, _GRAPH, Map({**read.arguments, "body": body})))
        return ReadResult(more=tuple(more), request_id=answer.request_id)

    def _page(self, read: Read, answer: Answer) -> ReadResult:
        kind = self.kind(read.type)
        rows: list[Mapping[str, Any]] = answer.body.get("value") or []
        more = []
        if answer.body.get("nextLink"):
            more.append(
                Read(read.place, read.type, read.call, Map({**read.arguments, "next": answer.body["nextLink"]}))
            )
        if read.call == _PARENTS:
            below = self._below(read, rows)
            return ReadResult(more=(*below, *more), request_id=answer.request_id, remaining=answer.remaining)
        among, spellings = _spellings(read, "among"), _spellings(read)
        found = []
        for row in rows:
            identity = str(row.get("id", ""))
            beneath = f"{read.arguments['target']}/{ids.last(identity)}"  # the asker's spelling of what encloses it
            spelled = spellings.get(identity.lower(), beneath if beneath.lower() == identity.lower() else "")
            item = observe(read.place, read.type, kind, row, spelled)
            if (not among or identity.lower() in among) and _carries(item, read.arguments.get("tags", {})):
                found.append(item)
        return ReadResult(tuple(found), (), tuple(more), answer.request_id, answer.remaining)

    def _below(self, read: Read, rows: Iterable[Mapping[str, Any]]) -> list[Read]:
        """The next level of a type whose objects stand inside others: its own lists, or those of a parent between."""
        above, sought = TypeName.parse(str(read.arguments["of"])), TypeName.parse(read.type)
        depth = 0 if str(above) == ids.GROUPS else len(above.kinds)
        below = TypeName(sought.namespace, sought.kinds[: depth + 1])
        reads = []
        for row in rows:
            target = ids.collection(str(below), ids.canonical(str(row["id"]), str(above), read.place.account))
            if below.kinds == sought.kinds:
                reads.append(Read(read.place, read.type, _LIST, Map({"target": target, **_carried(read)})))
            else:
                reads.append(
                    Read(read.place, read.type, _PARENTS, Map({"target": target, "of": str(below), **_carried(read)}))
                )
        return reads


def _get(ask: Ask, identity: str) -> Read:
    return Read(ask.place, ask.type, _GET, Map({"target": identity}))


def _list(ask: Ask, collection: str, **arguments: Any) -> Read:
    return Read(ask.place, ask.type, _LIST, Map({"target": collection, **arguments}))


def _graph(ask: Ask, name: str, tags: Map) -> Read:
    marks = "".join(f" and tags['{key}'] == '{value}'" for key, value in tags.items())
    query = f"resources | where type =~ '{name}'{marks} | project id | order by id asc"
    body = {
        "subscriptions": [ask.place.account],
        "query": query,
        "options": {"resultFormat": "objectArray", "$top": _GRAPH_PAGE},
    }
    return Read(ask.place, ask.type, _GRAPH, freeze({"body": body, "of": name, "tags": tags, "known": ask.known}))


def _contents(read: Read, answer: Answer) -> ReadResult:
    """A page of what lies in a resource group: of each resource what that list shows."""
    group, found = str(read.arguments["group"]), []
    for row in answer.body.get("value") or []:
        name = str(row.get("type") or ids.type_of(str(row["id"])))
        identity = ids.canonical(str(row["id"]), name, read.place.account)
        inner = identity[len(group) :] if identity.lower().startswith(f"{group}/".lower()) else ""
        identity = f"{group}{inner}" if inner else identity
        body = {"id": identity, "name": ids.last(identity), "type": name, "managedBy": row.get("managedBy")}
        owner = kit_tags.split(row.get("tags") or {})[1]
        found.append(Observed(name, read.place, identity, freeze(body), owner, parent=group))
    link = answer.body.get("nextLink")
    more = (Read(read.place, read.type, _INSIDE, Map({**read.arguments, "next": link})),) if link else ()
    return ReadResult(tuple(found), (), more, answer.request_id, answer.remaining)


def _carried(read: Read) -> dict[str, Any]:
    """What goes on from a read of what encloses objects to one of theirs."""
    return {"tags": read.arguments.get("tags", EMPTY), "known": read.arguments.get("known", ())}


def _spellings(read: Read, *names: str) -> dict[str, str]:
    """The identities that the asker has, by their small letters."""
    return {i.lower(): i for name in names or ("known", "among") for i in read.arguments.get(name, ())}


def _up(call: str) -> str:
    """The read that goes through parents, of one that finds them."""
    return _PARENTS if call == _LIST else call


def _carries(found: Observed, tags: Mapping[str, str]) -> bool:
    """Whether an object has the owner tags that were asked for; ARM's filter knows one, and lists of types none."""
    marks = found.owner.tags() if found.owner else {}
    return all(marks.get(name) == value for name, value in tags.items())


def _unseen(read: Read, error: ProviderError) -> ReadResult:
    if faults.absent(error):
        return ReadResult(request_id=error.request_id)
    if error.fault is not Fault.DENIED:
        raise error
    identity = str(read.arguments["target"]) if read.call == _GET else ""
    spot = Blindspot(read.place, read.type, f"denied: {error}", identity, code=error.code, request_id=error.request_id)
    return ReadResult(blindspots=(spot,), request_id=error.request_id)
