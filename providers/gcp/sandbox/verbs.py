"""Creating, changing and deleting objects of any type. Must not know any type by name, nor HTTP.

Everything here is called with the state's lock held and the request already checked against the document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from providers.gcp.sandbox import operations
from providers.gcp.sandbox.bodies import hashes, masked, merge, returned, server_fields, strip
from providers.gcp.sandbox.errors import ApiError, exists, in_use, invalid, not_found, not_ready, required, stale
from providers.gcp.sandbox.kinds import Kind
from providers.gcp.sandbox.links import full, is_kept, prefixes, spread
from providers.gcp.sandbox.routes import Match
from providers.gcp.sandbox.rules import rules_of
from providers.gcp.sandbox.rules.base import Rules, Scene
from providers.gcp.sandbox.state import Operation, Phase, Record, State

_LABELS_CHANGED = "Labels fingerprint either invalid or resource labels have changed"

# What the document says is changed by a method of its own, so that a patch cannot.
_BY_THEIR_OWN_METHOD = frozenset(["labels", "privateIpGoogleAccess"])


@dataclass(frozen=True)
class Call:
    """One request that changes something. ``fate`` is the error that a test wants its operation to end with."""

    state: State
    match: Match
    kind: Kind
    body: dict[str, Any]
    query: Mapping[str, Any]
    seconds: float
    late: bool = False
    fate: ApiError | None = None

    def scene(self, key: str) -> Scene:
        """What rules are told."""
        region = self.match.params.get("region", "")
        return Scene(self.state, self.kind, self.match.project, region, key)

    @property
    def rules(self) -> Rules:
        return rules_of(self.kind.cloud["schema_id"])

    def begin(self, record: Record, work: Callable[[], None], undo: Callable[[], None]) -> Operation:
        """The operation that does ``work`` on an object; the object is busy until then."""

        def ends() -> None:
            if self.fate:
                raise self.fate
            work()

        operation = operations.begin(
            self.state,
            verb=self.match.route.verb,
            target=record.key,
            target_id=str(record.body.get("id", "")),
            seconds=self.seconds,
            request_id=str(self.query.get("requestId", "")),
            work=ends,
            undo=undo,
        )
        record.busy = operation.key
        return operation


def insert(call: Call) -> Operation:
    """Create an object. Its name is taken at once; it is there when the operation is done."""
    state, kind = call.state, call.kind
    number = str(state.number())
    name = number if kind.scope == "organization" else call.body["name"]
    key = f"{call.match.collection_key}/{name}"
    if key in state.objects:
        raise exists(key)
    parents = _parents(key, kind)
    for parent in parents:
        _settled(state, parent)
    given = returned({field: call.body[field] for field in call.body if not _is_output(kind, field)}, kind)
    if kind.cloud["labels_on_insert"] is False:
        given.pop("labels", None)  # as documented, only setLabels gives them
    if "name" in kind.properties:
        given["name"] = name
    call.rules.fill(given)
    body, links = spread(given, call.match.project)
    _check_links(links, call)
    scene = call.scene(key)
    call.rules.create(body, scene)
    body |= server_fields(kind, key, number, state.clock(), call.match.params) | hashes(kind, body, number, 0)
    record = Record(key, kind, body, frozenset([*links.values(), *parents]) - {key})
    state.put(record)

    def done() -> None:
        call.rules.finish(record.body, scene)
        record.phase, record.busy = Phase.READY, ""

    return call.begin(record, done, lambda: state.drop(key))


def change(call: Call, key: str, wanted: dict[str, Any], sent: str | None, *, own: str = "") -> Operation:
    """Give an object the body ``wanted`` once the operation is done.

    sent: the fingerprint that came along, None where this change needs none. own: the property whose own method this
    is, which may thus change although nothing else can change it.
    """
    state, record = call.state, ready(call.state, key)
    before = record.body
    if sent is not None and sent != before.get("fingerprint", sent):
        raise stale()
    served = {name: value for name, value in wanted.items() if _is_output(call.kind, name)}
    after, links = spread({name: wanted[name] for name in wanted if name not in served}, call.match.project)
    after |= served
    for name in call.kind.create_only - {own}:
        if after.get(name) != before.get(name):
            raise invalid(
                f"resource.{name}", after.get(name), "The field can be set only when the resource is created."
            )
    for name in _BY_THEIR_OWN_METHOD & set(call.kind.cloud["setters"]) - {own}:
        if after.get(name) != before.get(name):
            raise invalid(f"resource.{name}", after.get(name), f"Use {call.kind.cloud['setters'][name]} to change it.")
    _check_links({where: target for where, target in links.items() if target not in record.refs}, call)
    scene = call.scene(key)
    call.rules.change(before, after, scene)
    generation = record.generation + 1
    after |= hashes(call.kind, after, str(before.get("id", "")), generation)

    def done() -> None:
        call.rules.finish(after, scene)
        refs = frozenset([*links.values(), *_parents(key, call.kind)]) - {key}
        state.put(replace(record, body=after, refs=refs, generation=generation, busy=""))

    def undo() -> None:
        record.busy = ""

    return call.begin(record, done, undo)


def patch(call: Call) -> Operation:
    """Merge the body into the object's, as JSON merge patch."""
    key, sent = _addressed(call)
    record = ready(call.state, key)
    given = masked(call.body, call.query, call.kind)
    return change(call, key, merge(record.body, returned(given, call.kind)), sent)


def update(call: Call) -> Operation:
    """Replace what can be set; what only an insert sets stays where it is not named."""
    if "updateMask" in call.query or "paths" in call.query:
        return patch(call)
    key, sent = _addressed(call)
    record = ready(call.state, key)
    kept = {
        name: value
        for name, value in record.body.items()
        if name in call.kind.create_only or name == "labels" or _is_output(call.kind, name)
    }
    return change(call, key, kept | returned(strip(call.body), call.kind), sent)


def delete(call: Call) -> Operation:
    """Remove an object that nothing refers to. Reads find it until the operation is done."""
    state, key = call.state, call.match.object_key
    record = ready(state, key)

    def check() -> None:
        users = [user for user in state.users(key) if user != key]
        if users:
            raise in_use(call.kind.noun, key, users[0])

    if not call.late:
        check()
    record.phase = Phase.DELETING

    def done() -> None:
        check()
        state.drop(key)

    def undo() -> None:
        record.phase, record.busy = Phase.READY, ""

    return call.begin(record, done, undo)


def set_property(call: Call, name: str) -> Operation:
    """A ``set…`` method: its request holds the property, or is its value, or stands in the query."""
    key = call.match.object_key
    record = ready(call.state, key)
    request = call.match.route.request
    body = strip(call.body)
    if request is None:
        if name not in call.query:
            raise required(name)
        value: Any = call.query[name]
    elif name in call.kind.defs[request].get("properties", {}):
        value = body.get(name)
    else:
        value = body
    if name == "labels" and call.body.get("labelFingerprint") != record.body.get("labelFingerprint"):
        raise stale(_LABELS_CHANGED)
    current = record.body.get(name)
    if isinstance(current, Mapping) and "fingerprint" in current and value is body:
        _compare(call.body.get("fingerprint"), current["fingerprint"])
    return change(
        call, key, merge(record.body, {name: None}) | ({} if value is None else {name: value}), None, own=name
    )


def expand_range(call: Call) -> Operation:
    """``subnetworks.expandIpCidrRange``."""
    key = call.match.object_key
    if "ipCidrRange" not in call.body:
        raise required("ipCidrRange")
    wanted = dict(ready(call.state, key).body) | {"ipCidrRange": call.body["ipCidrRange"]}
    return change(call, key, wanted, None, own="ipCidrRange")


def to_custom_mode(call: Call) -> Operation:
    """``networks.switchToCustomMode``."""
    key = call.match.object_key
    body = ready(call.state, key).body
    if not body.get("autoCreateSubnetworks"):
        raise ApiError(400, "invalid", f"The network '{key}' is already in custom subnet mode.")
    return change(call, key, dict(body) | {"autoCreateSubnetworks": False}, None, own="autoCreateSubnetworks")


def ready(state: State, key: str) -> Record:
    """An object that can be worked on; ``ApiError`` where it is not there or another operation is under way on it."""
    record = state.objects.get(key)
    if record is None or not record.visible:
        raise not_found(key)
    if record.busy:
        raise not_ready(key)
    return record


def _settled(state: State, key: str) -> None:
    record = state.objects.get(key)
    if record is None:
        raise not_found(key)
    if record.phase is not Phase.READY:
        raise not_ready(key)


def _parents(key: str, kind: Kind) -> list[str]:
    """Keys of the objects that enclose an object's key."""
    return [] if kind.scope == "organization" else list(prefixes(key))


def _is_output(kind: Kind, name: str) -> bool:
    return bool(kind.properties.get(name, {}).get("readOnly"))


def _check_links(links: Mapping[str, str], call: Call) -> None:
    """Every object that the body names must be there and settled. Other projects' are taken on trust until the sandbox
    has met them, as are catalogues."""
    for where, target in links.items():
        if not is_kept(target) or target.split("/")[1] not in call.state.projects:
            continue
        if target not in call.state.objects:
            if where == "resource.network":
                raise not_found(target)
            raise invalid(where, full(target), "The referenced resource cannot be found.")
        _settled(call.state, target)


def _addressed(call: Call) -> tuple[str, str | None]:
    """The key that a patch or update is about, and the fingerprint that it must bring (None: none needed or sent)."""
    key = call.match.object_key
    if len(key.split("/")) < call.kind.depth:  # autoscalers.patch names its object in the query
        name = next((str(call.query[field]) for field in call.query if field == call.kind.noun), call.body.get("name"))
        if not name:
            raise required("resource.name")
        key = f"{key}/{name}"
    sent = call.body.pop("fingerprint", None)
    call.body.pop("labelFingerprint", None)
    needed = call.kind.cloud["fingerprint_needed"]
    return key, ("" if needed and sent is None else sent)


def _compare(sent: Any, current: Any) -> None:
    if sent is not None and sent != current:
        raise stale("Supplied fingerprint does not match current metadata fingerprint.")
