"""Reading: in bulk with filters where a type allows it, else one object after the other; what is denied is a blindspot.

An object that needs several requests travels through the arguments of its reads and is observed with the last of them.
It must not change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from providers.aws.client import Answer, Clients
from providers.aws.kinds import Kind, frozen
from providers.aws.table import Bulk, Detail, Get, Table
from providers.aws.terms import Frame, evaluate, field_of, path, shaped
from providers.kit import tags as tagging
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.snapshot import Blindspot
from provisioner.model.value import ABSENT, EMPTY, Map, Value, get, put, thaw
from provisioner.protocols.provider import Ask, Read, ReadResult

FOREIGN_TAGS = ("aws:",)
_FILTER_VALUES = 200  # AWS takes no more in one request
_ONE_BY_ONE = 10  # of more objects than that a listing costs fewer requests, unless there are very many others
_LIST, _GET, _NAME = "list", "get", "name"
_TAGGING_API = "resourcegroupstaggingapi"
_BY_TAG = "GetResources"

Filters = tuple[tuple[str, tuple[str, ...]], ...]


class Reader:
    """Answers asks for the types that have a table; ``kinds`` finds it by type name."""

    def __init__(self, clients: Clients, kinds: Callable[[str], Kind]) -> None:
        self._clients, self._kinds = clients, kinds

    # --- asks -----------------------------------------------------------------------------------------------------------

    def reads(self, ask: Ask, table: Table) -> list[Read]:
        """How to answer an ask. ``ask.want`` has to be normalized."""
        if ask.identities:
            return self._by_identity(ask, table, ask.identities)
        if ask.parents:
            by = table.bulk.by_parent if table.bulk else ""
            return [_bulk(ask, table, ((by, part),)) for part in _parts(ask.parents)] if by else []
        if ask.lineage:
            return _by_tags(ask, table, {Owner.LINEAGE_TAG: ask.lineage})
        if ask.owner:
            return _by_tags(ask, table, ask.owner.tags())
        if ask.want:
            return self._by_name(ask, table, ask.want)
        return [_bulk(ask, table, ())] if table.bulk else []

    def _by_identity(self, ask: Ask, table: Table, identities: Sequence[str]) -> list[Read]:
        kind, bulk = self._kinds(ask.type), table.bulk
        if bulk and bulk.ids:
            name, part, most = bulk.ids
            values = [str(kind.split_identity(identity)[part]) for identity in identities]
            chunks = (Map(ids=chunk) for chunk in _parts(values, most))
            return [Read(ask.place, ask.type, _LIST, chunk) for chunk in chunks]
        if bulk and not bulk.by_id and (not table.get or (bulk.whole and len(identities) > _ONE_BY_ONE)):
            return [Read(ask.place, ask.type, _LIST, Map(only=tuple(identities)))]
        if bulk and bulk.by_id:
            name, part = bulk.by_id
            parts = [identity for identity in identities if kind.type.identity and "|" not in identity]
            whole = [identity for identity in identities if identity not in parts]
            named = [kind.split_identity(identity).get(part) for identity in whole]
            values = [*(value for value in named if value), *parts]
            only = () if parts or isinstance(bulk.items, str) else whole
            reads = [_bulk(ask, table, ((name, chunk),), only=only) for chunk in _parts(values)]
            return reads + [_bulk(ask, table, ((n, chunk),)) for n in bulk.by_part for chunk in _parts(parts)]
        return [_chain(ask.place, table, kind.split_identity(identity)) for identity in identities]

    def _by_name(self, ask: Ask, table: Table, want: Resource) -> list[Read]:
        if identity := want.identity or self._kinds(ask.type).identity_of(want):
            return self._by_identity(ask, table, (identity,))
        if table.by_name:
            frame = Frame(ask.place, want=want.body, owner=want.owner)
            key = evaluate(table.by_name.key, frame)
            known = all(get(want.body, each) is not ABSENT for each in table.natural_key)
            arguments = Map(parameters=evaluate(table.by_name.params, frame), key=key)
            complete = known and len(key) == len(table.by_name.key)
            return [Read(ask.place, ask.type, _NAME, arguments)] if complete else []
        ways: Any = table.bulk.by_name if table.bulk else ()
        for way in (ways,) if isinstance(ways, Mapping) and ways else ways:
            values = {name: get(want.body, path(term)) for name, term in way.items()}
            if all(isinstance(value, str) for value in values.values()):
                return [_bulk(ask, table, tuple((name, (value,)) for name, value in values.items()), want.body)]
        return []

    # --- one read -------------------------------------------------------------------------------------------------------

    def read(self, read: Read, table: Table) -> ReadResult:
        """Send one read."""
        kind = self._kinds(read.type)
        if read.call == _BY_TAG:
            return self._read_arns(read, table, kind)
        if table.bulk and read.call == _LIST:
            return self._read_bulk(read, table, kind, table.bulk)
        if table.get and read.call == _GET:
            return self._read_one(read, table, kind, table.get)
        if table.by_name and read.call == _NAME:
            return self._read_name(read, table, kind, table.by_name)
        detail = next(each for each in table.details if each.name == read.call)
        return self._read_detail(read, table, kind, detail)

    def _read_bulk(self, read: Read, table: Table, kind: Kind, bulk: Bulk) -> ReadResult:
        answer, spot = self._ask(read, table, kind.type.service, bulk.operation, _bulk_parameters(read, bulk))
        if answer is None:
            return _unseen(spot)
        body = frozen(answer.body)
        items = [item for item in field_of(body, bulk.items) or () if not _gone(table, item)]
        objects = [Map({**table.constants, **shaped(table.body, item)}) for item in items]
        if only := read.arguments.get("only"):
            objects = [each for each in objects if kind.join_identity(each) in only]
        if alike := read.arguments.get("alike"):
            objects = [each for each in objects if all(each.get(name) == value for name, value in alike.items())]
        token = body.get(bulk.token[1])
        more = [Read(read.place, read.type, read.call, put(read.arguments, ("page",), token))] if token else []
        if (table.get and not bulk.whole) or table.details:
            more += [_chain(read.place, table, each, listed=bulk.whole) for each in objects]
            return ReadResult(more=tuple(more), request_id=answer.request_id)
        found = tuple(_complete(read.place, table, kind, each) for each in objects)
        return ReadResult(found, more=tuple(more), request_id=answer.request_id)

    def _read_one(self, read: Read, table: Table, kind: Kind, one: Get) -> ReadResult:
        identity = _known(read)
        one = (one.instead(identity) if one.instead else None) or one
        frame = Frame(read.place, identity=identity)
        answer, spot = self._ask(read, table, kind.type.service, one.operation, evaluate(one.params, frame))
        if answer is None:
            return _unseen(spot)
        body = frozen(answer.body)
        reason = one.elsewhere(body, read.place) if one.elsewhere else ""
        if reason:
            return _unseen(blindspot(read, reason, kind.join_identity(identity) or ""))
        item = _item(one, body, identity)
        if item is None or _gone(table, item):
            return ReadResult(request_id=answer.request_id)
        found = Map({**table.constants, **identity, **shaped(table.body, item)})
        return self._onward(read, table, kind, found, answer.request_id)

    def _read_name(self, read: Read, table: Table, kind: Kind, one: Get) -> ReadResult:
        """Which object has a name; then that is read by its identity."""
        parameters: Map = read.arguments["parameters"]
        answer, spot = self._ask(read, table, kind.type.service, one.operation, parameters)
        if answer is None:
            return _unseen(spot)
        body = frozen(answer.body)
        item = _item(one, body, read.arguments["key"])
        if item is None and one.token and body.get(one.token[1]):
            next_page = put(read.arguments, ("parameters", one.token[0]), body[one.token[1]])
            return ReadResult(more=(Read(read.place, read.type, read.call, next_page),), request_id=answer.request_id)
        if item is None or _gone(table, item):
            return ReadResult(request_id=answer.request_id)
        identity = kind.join_identity({**table.constants, **shaped(table.body, item)})
        assert identity, f"{table.type}: {one.operation} tells no identity"
        more = self._by_identity(Ask(read.place, read.type), table, (identity,))
        return ReadResult(more=tuple(more), request_id=answer.request_id)

    def _read_detail(self, read: Read, table: Table, kind: Kind, detail: Detail) -> ReadResult:
        known, at = _known(read), int(read.arguments.get("at", 0))
        one = known[detail.fills][at] if detail.each else ABSENT
        parameters = evaluate(detail.params, Frame(read.place, identity=known, item=one))
        request_id = ""
        spots: tuple[Blindspot, ...] = ()
        value: Value = ABSENT
        try:
            answer = self._send(read, table, kind.type.service, detail.operation, parameters)
            body, request_id = frozen(answer.body), answer.request_id
            value = field_of(body, detail.value)
        except ProviderError as error:
            if error.fault is Fault.DENIED:
                identity = kind.join_identity(known) or ""
                if kind.type.tags and detail.fills == kind.type.tags.path[0]:  # whose it is nobody can say
                    return _unseen(blindspot(read, f"its tags are denied: {error}", identity, error))
                spots = (blindspot(read, f"denied: {error}", identity, error, detail.fills),)
            elif error.code not in detail.unset:
                if error.fault is not Fault.NOT_FOUND:
                    raise
                return ReadResult(request_id=error.request_id)  # it went away while it was read
        if not detail.each or spots:
            return self._onward(read, table, kind, put(known, (detail.fills,), value), request_id, spots)
        found = put(known, (detail.fills, at), value)
        if at + 1 < len(found[detail.fills]):
            more = Read(read.place, read.type, read.call, Map(object=found, at=at + 1))
            return ReadResult(more=(more,), request_id=request_id)
        return self._onward(read, table, kind, found, request_id)

    def _onward(
        self, read: Read, table: Table, kind: Kind, found: Map, request_id: str, spots: tuple[Blindspot, ...] = ()
    ) -> ReadResult:
        """The next read of an object, or the object where this was the last."""
        if following := _detail_after(read.call, table, found):
            more = (Read(read.place, read.type, following, Map(object=found)),)
            return ReadResult(blindspots=spots, more=more, request_id=request_id)
        return ReadResult((_complete(read.place, table, kind, found),), spots, request_id=request_id)

    def _read_arns(self, read: Read, table: Table, kind: Kind) -> ReadResult:
        assert table.by_arn is not None
        filters = [{"Key": key, "Values": [value]} for key, value in read.arguments["tags"].items()]
        parameters = {"ResourceTypeFilters": [table.by_arn.kind], "TagFilters": filters, "ResourcesPerPage": 100}
        if read.arguments.get("page"):
            parameters["PaginationToken"] = read.arguments["page"]
        answer, spot = self._ask(read, table, _TAGGING_API, _BY_TAG, parameters)
        if answer is None:
            return _unseen(spot)
        arns = [str(item["ResourceARN"]) for item in answer.body.get("ResourceTagMappingList", ())]
        identities = [found for arn in arns if (found := table.by_arn.identity(arn, read.place))]
        more = self._by_identity(Ask(read.place, read.type), table, identities)
        token = answer.body.get("PaginationToken")
        if token:
            more.append(Read(read.place, read.type, read.call, put(read.arguments, ("page",), token)))
        return ReadResult(more=tuple(more), request_id=answer.request_id)

    def _ask(
        self, read: Read, table: Table, service: str, operation: str, parameters: Mapping[str, Any]
    ) -> tuple[Answer | None, Blindspot | None]:
        """The answer, or what hides it; neither where there is nothing."""
        try:
            return self._send(read, table, service, operation, parameters), None
        except ProviderError as error:
            if error.fault is Fault.NOT_FOUND:
                return None, None
            if error.fault is not Fault.DENIED:
                raise
            identity = self._kinds(read.type).join_identity(_known(read)) or ""
            return None, blindspot(read, f"denied: {error}", identity, error)

    def _send(self, read: Read, table: Table, service: str, operation: str, parameters: Mapping[str, Any]) -> Answer:
        try:
            return self._clients.send(read.place, service, operation, thaw(parameters))
        except ProviderError as error:
            raise table.meant(error) from error.__cause__


# --- parts ----------------------------------------------------------------------------------------------------------------


def _parts(values: Sequence[str], most: int = _FILTER_VALUES) -> Iterator[tuple[str, ...]]:
    unique = tuple(dict.fromkeys(values))
    return (unique[start : start + most] for start in range(0, len(unique), most))


def _bulk(ask: Ask, table: Table, filters: Filters, want: Map = EMPTY, *, only: Sequence[str] = ()) -> Read:
    """A listing with filters. want: whose values at ``alike`` its objects must have · only: their identities."""
    assert table.bulk is not None
    alike = Map({name: want[name] for name in table.bulk.alike if want.get(name) is not None})
    more = {name: value for name, value in {"alike": alike, "only": tuple(only)}.items() if value}
    return Read(ask.place, ask.type, _LIST, Map(filters=filters, **more))


def _by_tags(ask: Ask, table: Table, tags: Mapping[str, str]) -> list[Read]:
    if table.bulk and table.bulk.by_tag:
        return [_bulk(ask, table, tuple((f"tag:{key}", (value,)) for key, value in tags.items()))]
    return [Read(ask.place, ask.type, _BY_TAG, Map(tags=Map(tags)))] if table.by_arn else []


def _bulk_parameters(read: Read, bulk: Bulk) -> Map:
    parameters = evaluate(bulk.params, Frame(read.place))
    if bulk.ids and "ids" in read.arguments:
        by_ids: Map = put(parameters, (bulk.ids[0],), read.arguments["ids"])
        return by_ids
    if filters := read.arguments.get("filters"):
        named = tuple(Map(Name=name, Values=values) for name, values in filters)
        parameters = put(parameters, (bulk.filters,), named)
    if bulk.limit:
        parameters = put(parameters, (bulk.limit[0],), bulk.limit[1])
    if token := read.arguments.get("page"):
        parameters = put(parameters, (bulk.token[0],), token)
    return parameters


def _chain(place: Place, table: Table, known: Map, *, listed: bool = False) -> Read:
    """The first read of one object by itself. listed: a listing has shown all that its ``get`` would."""
    first = _GET if table.get and not listed else table.details[0].name
    return Read(place, table.type, first, Map(object=known))


def _detail_after(call: str, table: Table, found: Map) -> str:
    """The next detail's name, or nothing; one for each item of an empty list is none."""
    names = [each.name for each in table.details]
    rest = table.details[names.index(call) + 1 :] if call in names else table.details
    return next((each.name for each in rest if not each.each or found.get(each.fills)), "")


def _item(one: Get, body: Map, identity: Map) -> Map | None:
    found = field_of(body, one.item) if isinstance(one.item, str) else one.item(body, identity)
    return found if isinstance(found, Map) else None


def _gone(table: Table, item: Map) -> bool:
    return bool(table.absent and table.absent(item))


def _known(read: Read) -> Map:
    found: Map = read.arguments.get("object", EMPTY)
    return found


def _complete(place: Place, table: Table, kind: Kind, found: Map) -> Observed:
    body = Map({**found, **(table.derive(found, place) if table.derive else {})})
    identity = kind.join_identity(body)
    assert identity, f"{table.type} came without {kind.identity}"
    return observed(place, kind, body, identity, str(body.get(table.parent, "") if table.parent else ""))


def observed(place: Place, kind: Kind, found: Map, identity: str, parent: str = "") -> Observed:
    """An object of what all its reads have said, its owner told from its tags."""
    body: dict[str, Any] = dict(found)
    owner: Owner | None = None
    field = kind.type.tags
    if field:
        name = str(field.path[0])
        own, owner = tagging.split(tagging.as_map(body.pop(name, None)), FOREIGN_TAGS)
        if own:
            shape = tagging.as_list(own) if field.shape == "list" else own
            body[name] = frozen({"tags": shape})["tags"]
    return Observed(kind.type.name, place, identity, Map(body), owner, parent=parent)


def _unseen(spot: Blindspot | None) -> ReadResult:
    return ReadResult(blindspots=(spot,) if spot else ())


def blindspot(read: Read, reason: str, identity: str, error: ProviderError | None = None, name: str = "") -> Blindspot:
    """What a read could not see: an object, or of it the property ``name``; without an identity all that was asked for."""
    code, request_id = (error.code, error.request_id) if error else ("", "")
    return Blindspot(read.place, read.type, reason, identity, (name,) if name else (), code, request_id)
