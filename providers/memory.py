"""An in-memory cloud with scripted faults: the smallest complete provider, for tests and benchmarks of the core.

Its types show one difficulty each: a create of several calls (Network), create-only properties (Subnet), a name of the user's
own that a second create accepts (Bucket), no tags (Link), a long operation (Machine), a
property that it must have (Safe). No test of a real cloud may use it.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError, UnknownTypeError
from provisioner.model.place import Identity, Place
from provisioner.model.problem import Problem
from provisioner.model.resource import NOBODY, Observed, Owner, Resource
from provisioner.model.resource_type import (
    Effect,
    EffectKind,
    Equality,
    Ownership,
    ResourceType,
    Sameness,
    TagField,
)
from provisioner.model.snapshot import Blindspot
from provisioner.model.value import ABSENT, Map, Value, freeze, get, put
from provisioner.protocols.provider import Ask, Done, Limit, Pending, Read, ReadResult


def _type(name: str, *, create_only: tuple[str, ...] = (), required: tuple[str, ...] = (), **more: Any) -> ResourceType:
    properties: dict[str, Any] = {
        "Id": {"type": "string"},
        "Name": {"type": "string"},
        "Cidr": {"type": "string"},
        "NetworkId": {"type": "string"},
        "SubnetId": {"type": "string"},
        "From": {"type": "string"},
        "To": {"type": "string"},
        "Address": {"type": "string"},
        "State": {"type": "string"},
        "Born": {"type": "integer"},
        "Size": {"type": "integer"},
        "Dns": {"type": "boolean"},
        "Rules": {"type": "array"},
        "Data": {},
        "Tags": {"type": "object"},
    }
    effects = tuple(Effect((path,), EffectKind.REPLACE) for path in create_only)
    equalities = (
        Equality(("Cidr",), Sameness.CIDR),
        Equality(("Rules",), Sameness.UNORDERED),
        Equality(("Tags",), Sameness.WHOLE),
    )
    return ResourceType(
        f"Memory::{name}", "memory", service="memory",
        schema=freeze({"type": "object", "properties": properties, "required": required, "additionalProperties": False}),
        read_only=(("Id",), ("Address",), ("State",), ("Born",)), broken_when=((("State",), ("failed",)),),
        effects=effects, equalities=equalities,
        defaults=((("Rules",), ()), (("Dns",), False)), **more,
    )  # fmt: skip


_TAGS = TagField(("Tags",), "map")
TYPES: Mapping[str, ResourceType] = {
    kind.name: kind
    for kind in (
        _type("Network", create_only=("Cidr",), tags=_TAGS, ownership=Ownership.TAGGED),
        _type(
            "Subnet",
            create_only=("NetworkId", "Cidr"),
            tags=_TAGS,
            ownership=Ownership.TAGGED,
            unique=((("NetworkId",), ("Cidr",)),),
        ),
        _type(
            "Bucket",
            create_only=("Name",),
            natural_key=(("Name",),),
            creates_over=True,
            data_store=True,
            tags=_TAGS,
            ownership=Ownership.TAGGED_AFTER,
        ),
        _type("Safe", create_only=("Cidr",), required=("Data",), tags=_TAGS, ownership=Ownership.TAGGED),
        _type("Link", create_only=("From", "To"), ownership=Ownership.LEDGER, born=(("Born",),)),
        _type(
            "Machine", create_only=("SubnetId",), tags=_TAGS, ownership=Ownership.TAGGED, changes_with=(("Address",),)
        ),
    )
}


@dataclass
class Script:
    """A fault to come: ``operation`` is searched in ``verb Type``; ``lost``: the work is done, then the fault raised ·
    ``unsent``: nothing has left."""

    operation: str
    fault: Fault
    times: int = 1
    skip: int = 0
    lost: bool = False
    unsent: bool = False
    retry_after: float | None = None
    message: str = ""


@dataclass
class _Object:
    type: str
    identity: str
    body: dict[str, Any]
    owner: Owner | None


@dataclass
class MemoryCloud:
    """What exists, what was asked, and what will go wrong. Shared by providers that stand for several processes.

    latency: seconds each call takes · polls: how many polls a Machine takes.
    """

    account: str = "memory"
    latency: float = 0.0
    polls: int = 2
    objects: dict[str, _Object] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def call(self, operation: str, work: Any) -> Any:
        """One request: counted, delayed, perhaps failing before or after the work."""
        if self.latency:
            time.sleep(self.latency)
        with self.lock:
            self.calls.append(operation)
            script = self._due(operation)
            if script and not script.lost:
                raise self._error(script, operation)
            result = work()
            if script:
                raise self._error(script, operation)
            return result

    def _due(self, operation: str) -> Script | None:
        for script in self.scripts:
            if script.times and re.search(script.operation, operation):
                if script.skip:
                    script.skip -= 1
                    continue
                script.times -= 1
                return script
        return None

    def _error(self, script: Script, operation: str) -> ProviderError:
        return ProviderError(
            script.fault, script.message or f"scripted {script.fault}", code=f"Memory{script.fault.name}", cloud="memory",
            service="memory", operation=operation, region="here", request_id=f"req-{len(self.calls)}",
            retry_after=script.retry_after, unsent=script.unsent,
        )  # fmt: skip


class MemoryProvider:
    """The provider protocol over a ``MemoryCloud``."""

    name: ClassVar[str] = "memory"
    type_pattern: ClassVar[str] = r"Memory::\w+"

    def __init__(self, cloud: MemoryCloud | None = None) -> None:
        self.cloud = cloud or MemoryCloud()

    def resource_type(self, name: str) -> ResourceType:
        if name not in TYPES:
            raise UnknownTypeError(name, tuple(TYPES)[:1])
        return TYPES[name]

    def type_names(self) -> tuple[str, ...]:
        return tuple(sorted(TYPES))

    def normalize(self, want: Resource) -> Resource:
        if want.type == "Memory::Bucket" and isinstance(want.body.get("Name"), str):
            return replace(want, identity=want.body["Name"])
        return want

    def refusals(self, want: Resource) -> Iterable[Problem]:
        return ()

    def limit(self, type_name: str, verb: str) -> Limit:
        return Limit(type_name)

    def identify(self, place: Place) -> Identity:
        return Identity(str(self.cloud.call("identify", lambda: self.cloud.account)), "memory-user")

    def reads(self, ask: Ask) -> list[Read]:
        kind = TYPES[ask.type]
        if ask.identities:
            return [self._read(ask, {"identities": ask.identities})]
        if ask.lineage or ask.owner:
            if kind.ownership is not Ownership.TAGGED:
                return []
            owner = ask.owner
            wanted = {"lineage": ask.lineage} if ask.lineage else {"owner": owner.tag if owner else ""}
            return [self._read(ask, wanted)]
        if ask.want:
            if ask.type == "Memory::Link":
                return [self._read(ask, {"identities": (f"{ask.want.body['From']}|{ask.want.body['To']}",)})]
            return []
        return [self._read(ask, {})]

    def _read(self, ask: Ask, arguments: Mapping[str, Value]) -> Read:
        return Read(ask.place, ask.type, "list", freeze(arguments))

    def read(self, read: Read) -> ReadResult:
        given = read.arguments
        identities = frozenset(given.get("identities", ()))

        def fits(item: _Object) -> bool:
            if item.type != read.type:
                return False
            if "identities" in given:
                return item.identity in identities
            if "lineage" in given:
                return item.owner is not None and item.owner.lineage == given["lineage"]
            return "owner" not in given or (item.owner is not None and item.owner.tag == given["owner"])

        def work() -> ReadResult:
            return ReadResult(tuple(self._observed(o, read.place) for o in self.cloud.objects.values() if fits(o)))

        try:
            return self.cloud.call(f"read {read.type}", work)  # type: ignore[no-any-return]
        except ProviderError as error:
            if error.fault is not Fault.DENIED:
                raise
            return ReadResult(blindspots=(Blindspot(read.place, read.type, str(error), code=error.code),))

    def _observed(self, item: _Object, place: Place) -> Observed:
        return Observed(item.type, place, item.identity, freeze(item.body), item.owner)

    def create(self, want: Resource, token: str) -> Done | Pending:
        def work() -> Done | Pending:
            self._refuse(want)
            identity = self._identity(want)
            owner = want.owner if TYPES[want.type].ownership is not Ownership.LEDGER else None
            first = {k: v for k, v in want.body.items() if not (want.type == "Memory::Network" and k == "Dns")}
            body = {"Dns": False, **first, "Id": identity}
            if want.type == "Memory::Machine":
                body["Address"] = f"10.0.0.{next(self.cloud.numbers)}"
            if want.type == "Memory::Link":
                body["Born"] = next(self.cloud.numbers)
            if identity in self.cloud.objects:  # a bucket that one already has: accepted, and left as it is
                return Done(identity, Map({"Id": identity}))
            self.cloud.objects[identity] = _Object(want.type, identity, body, owner)
            return self._after_create(want, identity)

        return self.cloud.call(f"create {want.type}", work)  # type: ignore[no-any-return]

    def _after_create(self, want: Resource, identity: str) -> Done | Pending:
        if want.type == "Memory::Network" and want.body.get("Dns"):
            return Pending(want.place, want.type, identity, Map({"calls": ("dns",)}), writes=True)
        if want.type == "Memory::Machine" and self.cloud.polls:
            return Pending(want.place, want.type, identity, Map({"polls": self.cloud.polls}), writes=False, delay=0.01)
        return Done(identity, Map({"Id": identity}))

    def _refuse(self, want: Resource) -> None:
        for key in ("NetworkId", "SubnetId", "From"):
            needed = want.body.get(key)
            if needed is not None and needed not in self.cloud.objects:
                raise ProviderError(Fault.NOT_FOUND, f"{needed} does not exist", code="NotFound", cloud="memory")
        for item in self.cloud.objects.values() if want.type == "Memory::Subnet" else ():
            same_range = want.body.get("Cidr") == item.body.get("Cidr") and want.type == item.type
            if same_range and item.body.get("NetworkId") == want.body.get("NetworkId"):
                raise ProviderError(Fault.INVALID, "the range is taken", code="Overlap", cloud="memory")

    def _identity(self, want: Resource) -> str:
        if want.type == "Memory::Bucket":
            return str(want.body["Name"])
        if want.type == "Memory::Link":
            return f"{want.body['From']}|{want.body['To']}"
        return f"{want.type.rpartition(':')[2].lower()}-{next(self.cloud.numbers)}"

    def update(self, have: Observed, want: Resource, diff: Diff, token: str) -> Done | Pending:
        def work() -> Done:
            item = self.cloud.objects.get(have.identity)
            if item is None:
                raise ProviderError(Fault.NOT_FOUND, f"{have.identity} does not exist", code="NotFound", cloud="memory")
            body: Any = freeze(item.body)
            for edit in diff.edits:
                value = get(want.body, edit.path)
                body = put(body, edit.path, edit.after if value is ABSENT else value)
            item.body = {key: value for key, value in body.items() if key != "State"}  # mended by any update
            if want.owner and TYPES[have.type].ownership is not Ownership.LEDGER:
                item.owner = None if want.owner == NOBODY else want.owner
            return Done(have.identity)

        return self.cloud.call(f"update {have.type}", work)  # type: ignore[no-any-return]

    def delete(self, have: Observed, token: str) -> Done | Pending:
        def work() -> Done:
            for item in self.cloud.objects.values():
                if have.identity in (item.body.get("NetworkId"), item.body.get("SubnetId"), item.body.get("From")):
                    raise ProviderError(Fault.CONFLICT, f"{have.identity} is in use by {item.identity}", code="InUse")
            gone = self.cloud.objects.pop(have.identity, None)
            return Done(have.identity, missing=gone is None)

        return self.cloud.call(f"delete {have.type}", work)  # type: ignore[no-any-return]

    def advance(
        self, pending: Pending, have: Observed | None, want: Resource | None, diff: Diff | None, token: str
    ) -> Done | Pending:
        def work() -> Done | Pending:
            identity = str(pending.identity)
            if pending.writes:
                self.cloud.objects[identity].body["Dns"] = bool(want and want.body.get("Dns"))
                return Done(identity, Map({"Id": identity}))
            left = int(pending.continuation["polls"]) - 1
            if left:
                return Pending(
                    pending.place, pending.type, identity, Map({"polls": left}), False, 0.01, f"{left} to go"
                )
            return Done(identity, Map({"Id": identity}))

        return self.cloud.call(f"advance {pending.type}", work)  # type: ignore[no-any-return]
