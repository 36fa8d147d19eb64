"""How ARM is asked what exists: one GET for few ids, lists for many, a list for a lineage.

Lists come from the resource providers themselves, not from Resource Graph: they are as bulky (whole bodies, pages), carry
etags and the compiled API version's own shape, and know a write at once. Resource Graph trails writes by up to minutes, has
its own body versions and leaves out silently what may not be seen: a plan right after an apply would not be empty.

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
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.resource import Observed, Owner
from provisioner.model.snapshot import Blindspot
from provisioner.model.value import Map
from provisioner.protocols.provider import Ask, Read, ReadResult

FEW = 8
"""Up to so many ids are read one by one; of more, those in one collection by listing it."""

_GET, _LIST, _PARENTS = "get", "list", "parents"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads of all ARM types. kind: looks a type up."""

    clients: Clients
    kind: Callable[[str], Kind]

    def reads(self, ask: Ask, identity: str | None = None) -> list[Read]:
        """``Provider.reads``; ``identity`` is that of ``ask.want``."""
        kind = self.kind(ask.type)
        if ask.identities:
            return self._by_ids(ask, kind)
        if ask.parents:
            return [_list(ask, ids.collection(kind.type.name, parent)) for parent in ask.parents]
        if ask.want is not None:
            return [_get(ask, identity)] if identity else []
        if ask.lineage or ask.owner:
            if not kind.taggable:
                return []
            owner = ask.owner
            tag = (Owner.LINEAGE_TAG, ask.lineage or (owner.lineage if owner else ""))
            own = (Owner.OWNER_TAG, owner.tag) if owner else ("", "")
            return self._everywhere(ask, kind, tags=Map({tag[0]: tag[1], **({own[0]: own[1]} if own[0] else {})}))
        return self._everywhere(ask, kind)

    def read(self, read: Read) -> ReadResult:
        """``Provider.read``."""
        arguments = read.arguments
        kind = self.kind(read.type)
        api_version = self.kind(arguments["of"]).api_version if "of" in arguments else kind.api_version
        query = {} if "next" in arguments else dict(arguments.get("query", {}))
        target = arguments.get("next") or arguments["target"]
        version = "" if "next" in arguments else api_version
        try:
            answer = self.clients.send(Call(read.place, read.type, "GET", target, api_version=version, query=query))
        except ProviderError as error:
            return _unseen(read, error)
        if read.call == _GET:
            found = observe(read.place, read.type, kind, answer.body, arguments["target"])
            return ReadResult((found,), request_id=answer.request_id)
        return self._page(read, kind, answer)

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
        if name.parent is None:
            listed = "list_all" in kind.methods or kind.scope == "subscription"
            return [_list(ask, ids.collection(str(name), subscription), **arguments)] if listed else []
        above = Ask(ask.place, str(name.parent))
        return [
            Read(
                ask.place, ask.type, _PARENTS, Map({**read.arguments, "of": read.arguments.get("of", str(name.parent))})
            )
            for read in self._everywhere(above, self.kind(str(name.parent)))
        ]

    def _page(self, read: Read, kind: Kind, answer: Answer) -> ReadResult:
        rows: list[Mapping[str, Any]] = answer.body.get("value") or []
        more = []
        if answer.body.get("nextLink"):
            more.append(
                Read(read.place, read.type, read.call, Map({**read.arguments, "next": answer.body["nextLink"]}))
            )
        if read.call == _PARENTS:
            return ReadResult(more=(*self._below(read, kind, rows), *more), request_id=answer.request_id)
        among = {identity.lower(): identity for identity in read.arguments.get("among", ())}
        found = []
        for row in rows:
            identity = str(row.get("id", ""))
            beneath = f"{read.arguments['target']}/{ids.last(identity)}"  # the asker's spelling of what encloses it
            spelled = among.get(identity.lower(), beneath if beneath.lower() == identity.lower() else "")
            item = observe(read.place, read.type, kind, row, spelled)
            if (not among or identity.lower() in among) and _carries(item, read.arguments.get("tags", {})):
                found.append(item)
        return ReadResult(tuple(found), more=tuple(more), request_id=answer.request_id)

    def _below(self, read: Read, kind: Kind, rows: Iterable[Mapping[str, Any]]) -> list[Read]:
        """The next level of a type whose objects stand inside others: its own lists, or those of a parent between."""
        above = TypeName.parse(str(read.arguments["of"]))
        chain = TypeName.parse(kind.type.name).kinds
        below = TypeName(above.namespace, chain[: len(above.kinds) + 1])
        reads = []
        for row in rows:
            enclosing = ids.canonical(str(row["id"]), str(above), read.place.account)
            target = ids.collection(str(below), enclosing)
            if str(below) == kind.type.name:
                reads.append(Read(read.place, read.type, _LIST, Map({"target": target})))
            else:
                reads.append(Read(read.place, read.type, _PARENTS, Map({"target": target, "of": str(below)})))
        return reads


def _get(ask: Ask, identity: str) -> Read:
    return Read(ask.place, ask.type, _GET, Map({"target": identity}))


def _list(ask: Ask, collection: str, **arguments: Any) -> Read:
    return Read(ask.place, ask.type, _LIST, Map({"target": collection, **arguments}))


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
