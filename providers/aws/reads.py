"""Reading: in bulk with filters where a type allows it, else one object after the other; what is denied is a blindspot.

An object that needs several requests travels through the arguments of its reads and is observed with the last of them.
It must not change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from providers.aws.client import Answer, Clients
from providers.aws.kinds import Kind, frozen
from providers.aws.table import Bulk, Detail, Frame, Get, Table, evaluate, path, shaped
from providers.kit import tags as tagging
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.snapshot import Blindspot
from provisioner.model.value import ABSENT, EMPTY, Map, Value, get, put, thaw
from provisioner.protocols.provider import Ask, Read, ReadResult

FOREIGN_TAGS = ("aws:",)
_FILTER_VALUES = 200  # AWS takes no more in one request
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
        kind = self._kinds(ask.type)
        if table.bulk and table.bulk.by_id:
            name, part = table.bulk.by_id
            parts = [identity for identity in identities if kind.type.identity and "|" not in identity]
            whole = [kind.split_identity(identity) for identity in identities if identity not in parts]
            values = [*(value for each in whole if (value := each.get(part))), *parts]
            reads = [_bulk(ask, table, ((name, chunk),)) for chunk in _parts(values)]
            return reads + [_bulk(ask, table, ((n, chunk),)) for n in table.bulk.by_part for chunk in _parts(parts)]
        return [_chain(ask.place, table, kind.split_identity(identity)) for identity in identities]

    def _by_name(self, ask: Ask, table: Table, want: Resource) -> list[Read]:
        if want.identity:
            return self._by_identity(ask, table, (want.identity,))
        named = table.bulk.by_name if table.bulk else {}
        values = {name: get(want.body, path(term)) for name, term in named.items()}
        if not named or not all(isinstance(value, str) for value in values.values()):
            return []
        return [_bulk(ask, table, tuple((name, (value,)) for name, value in values.items()))]

    # --- one read -------------------------------------------------------------------------------------------------------

    def read(self, read: Read, table: Table) -> ReadResult:
        """Send one read."""
        kind = self._kinds(read.type)
        if read.call == _BY_TAG:
            return self._read_arns(read, table, kind)
        if table.bulk and read.call == table.bulk.operation:
            return self._read_bulk(read, table, kind, table.bulk)
        if table.get and read.call == table.get.operation:
            return self._read_one(read, table, kind, table.get)
        detail = next(each for each in table.details if each.name == read.call)
        return self._read_detail(read, table, kind, detail)

    def _read_bulk(self, read: Read, table: Table, kind: Kind, bulk: Bulk) -> ReadResult:
        answer, spot = self._ask(read, kind.type.service, bulk.operation, _bulk_parameters(read, bulk))
        if answer is None:
            return _unseen(spot)
        body = frozen(answer.body)
        items = get(body, path(bulk.items)) if isinstance(bulk.items, str) else bulk.items(body)
        objects = [Map({**table.constants, **shaped(table.body, item)}) for item in items or ()]
        token = body.get(bulk.token[1])
        more = [Read(read.place, read.type, read.call, put(read.arguments, ("page",), token))] if token else []
        if table.get or table.details:
            more += [_chain(read.place, table, each) for each in objects]
            return ReadResult(more=tuple(more), request_id=answer.request_id)
        observed = tuple(_observed(read.place, table, kind, each) for each in objects)
        return ReadResult(observed, more=tuple(more), request_id=answer.request_id)

    def _read_one(self, read: Read, table: Table, kind: Kind, one: Get) -> ReadResult:
        identity = _known(read)
        frame = Frame(read.place, identity=identity)
        answer, spot = self._ask(read, kind.type.service, one.operation, evaluate(one.params, frame))
        if answer is None:
            return _unseen(spot)
        body = frozen(answer.body)
        reason = one.elsewhere(body, read.place) if one.elsewhere else ""
        if reason:
            return _unseen(_blindspot(read, reason, kind.join_identity(identity) or ""))
        item = get(body, path(one.item)) if one.item else body
        found = Map({**table.constants, **identity, **shaped(table.body, item)})
        return self._onward(read, table, kind, found, answer.request_id)

    def _read_detail(self, read: Read, table: Table, kind: Kind, detail: Detail) -> ReadResult:
        known = _known(read)
        parameters = evaluate(detail.params, Frame(read.place, identity=known))
        request_id = ""
        spots: tuple[Blindspot, ...] = ()
        value: Value = ABSENT
        try:
            answer = self._send(read, kind.type.service, detail.operation, parameters)
            body, request_id = frozen(answer.body), answer.request_id
            value = get(body, path(detail.value)) if isinstance(detail.value, str) else detail.value(body)
        except ProviderError as error:
            if error.fault is Fault.DENIED:
                identity = kind.join_identity(known) or ""
                spots = (_blindspot(read, f"denied: {error}", identity, error, detail.fills),)
            elif error.code not in detail.unset:
                if error.fault is not Fault.NOT_FOUND:
                    raise
                return ReadResult(request_id=error.request_id)  # it went away while it was read
        found = put(known, (detail.fills,), value)
        return self._onward(read, table, kind, found, request_id, spots)

    def _onward(
        self, read: Read, table: Table, kind: Kind, found: Map, request_id: str, spots: tuple[Blindspot, ...] = ()
    ) -> ReadResult:
        """The next read of an object, or the object where this was the last."""
        names = [each.name for each in table.details]
        rest = names[names.index(read.call) + 1 :] if read.call in names else names
        if rest:
            more = (Read(read.place, read.type, rest[0], Map(object=found)),)
            return ReadResult(blindspots=spots, more=more, request_id=request_id)
        return ReadResult((_observed(read.place, table, kind, found),), spots, request_id=request_id)

    def _read_arns(self, read: Read, table: Table, kind: Kind) -> ReadResult:
        assert table.by_arn is not None
        filters = [{"Key": key, "Values": [value]} for key, value in read.arguments["tags"].items()]
        parameters = {"ResourceTypeFilters": [table.by_arn.kind], "TagFilters": filters, "ResourcesPerPage": 100}
        if read.arguments.get("page"):
            parameters["PaginationToken"] = read.arguments["page"]
        answer, spot = self._ask(read, _TAGGING_API, _BY_TAG, parameters)
        if answer is None:
            return _unseen(spot)
        arns = [str(item["ResourceARN"]) for item in answer.body.get("ResourceTagMappingList", ())]
        identities = [found for arn in arns if (found := table.by_arn.identity(arn))]
        more = self._by_identity(Ask(read.place, read.type), table, identities)
        token = answer.body.get("PaginationToken")
        if token:
            more.append(Read(read.place, read.type, read.call, put(read.arguments, ("page",), token)))
        return ReadResult(more=tuple(more), request_id=answer.request_id)

    def _ask(
        self, read: Read, service: str, operation: str, parameters: Mapping[str, Any]
    ) -> tuple[Answer | None, Blindspot | None]:
        """The answer, or what hides it; neither where there is nothing."""
        try:
            return self._send(read, service, operation, parameters), None
        except ProviderError as error:
            if error.fault is Fault.NOT_FOUND:
                return None, None
            if error.fault is not Fault.DENIED:
                raise
            identity = self._kinds(read.type).join_identity(_known(read)) or ""
            return None, _blindspot(read, f"denied: {error}", identity, error)

    def _send(self, read: Read, service: str, operation: str, parameters: Mapping[str, Any]) -> Answer:
        return self._clients.send(read.place, service, operation, thaw(parameters))


# --- parts ----------------------------------------------------------------------------------------------------------------


def _parts(values: Sequence[str]) -> Iterator[tuple[str, ...]]:
    unique = tuple(dict.fromkeys(values))
    return (unique[start : start + _FILTER_VALUES] for start in range(0, len(unique), _FILTER_VALUES))


def _bulk(ask: Ask, table: Table, filters: Filters) -> Read:
    assert table.bulk is not None
    return Read(ask.place, ask.type, table.bulk.operation, Map(filters=filters))


def _by_tags(ask: Ask, table: Table, tags: Mapping[str, str]) -> list[Read]:
    if table.bulk and table.bulk.by_tag:
        return [_bulk(ask, table, tuple((f"tag:{key}", (value,)) for key, value in tags.items()))]
    return [Read(ask.place, ask.type, _BY_TAG, Map(tags=Map(tags)))] if table.by_arn else []


def _bulk_parameters(read: Read, bulk: Bulk) -> Map:
    parameters = evaluate(bulk.params, Frame(read.place))
    if filters := read.arguments.get("filters"):
        named = tuple(Map(Name=name, Values=values) for name, values in filters)
        parameters = put(parameters, ("Filters",), named)
    if bulk.limit:
        parameters = put(parameters, (bulk.limit[0],), bulk.limit[1])
    if token := read.arguments.get("page"):
        parameters = put(parameters, (bulk.token[0],), token)
    return parameters


def _chain(place: Place, table: Table, known: Map) -> Read:
    """The first read of one object by itself; a type with a ``get`` is only found by its listing."""
    first = table.get.operation if table.get else table.details[0].name
    return Read(place, table.type, first, Map(object=known))


def _known(read: Read) -> Map:
    found: Map = read.arguments.get("object", EMPTY)
    return found


def _observed(place: Place, table: Table, kind: Kind, found: Map) -> Observed:
    derived = table.derive(found, place) if table.derive else {}
    body: dict[str, Any] = {**found, **derived}
    owner: Owner | None = None
    field = kind.type.tags
    if field:
        name = str(field.path[0])
        own, owner = tagging.split(tagging.as_map(body.pop(name, None)), FOREIGN_TAGS)
        if own:
            shape = tagging.as_list(own) if field.shape == "list" else own
            body[name] = frozen({"tags": shape})["tags"]
    identity = kind.join_identity(body)
    assert identity, f"{table.type} came without {kind.identity}"
    parent = body.get(table.parent, "") if table.parent else ""
    return Observed(table.type, place, identity, Map(body), owner, parent=str(parent))


def _unseen(spot: Blindspot | None) -> ReadResult:
    return ReadResult(blindspots=(spot,) if spot else ())


def _blindspot(read: Read, reason: str, identity: str, error: ProviderError | None = None, name: str = "") -> Blindspot:
    code, request_id = (error.code, error.request_id) if error else ("", "")
    return Blindspot(read.place, read.type, reason, identity, (name,) if name else (), code, request_id)
