"""The Azure provider: one generic implementation of the protocol for every ARM type of the archive.

It only wires the parts; what ARM is asked and how stands in ``reads`` and ``writes``, and it must not send requests itself
beyond asking whose credentials it has.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from providers.azure import ids, wanted
from providers.azure.client import Call, Clients
from providers.azure.ids import TypeName
from providers.azure.kinds import Kind, bare, build
from providers.azure.reads import Reader
from providers.azure.refusals import refused
from providers.azure.schema import archive
from providers.azure.writes import Held, Writer
from provisioner.model.change import Diff
from provisioner.model.fault import UnknownTypeError
from provisioner.model.place import Identity, Place
from provisioner.model.problem import BlueprintError, Problem
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.protocols.provider import Ask, Done, Limit, Pending, Read, ReadResult

_SUBSCRIPTIONS_API = "2022-12-01"
# https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
_LIMITS = {
    "read": Limit("reads", 250, 25),
    "write": Limit("writes", 200, 10),
    "delete": Limit("deletes", 200, 10),
}


class AzureProvider:
    """``Provider`` for Azure Resource Manager."""

    name: ClassVar[str] = "azure"
    type_pattern: ClassVar[str] = (
        r"(?![^/]*\.googleapis\.com/)[A-Za-z]\w*(?:\.\w+)+(?:/[A-Za-z][\w.-]*)+(?:@\d{4}-\d{2}-\d{2}(?:-\w+)?)?"
    )

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[str, Kind] = {}
        clients = Clients()
        self._clients = clients
        self._reader = Reader(clients, self._kind)
        self._writer = Writer(clients, self._kind, Held())

    def resource_type(self, name: str) -> ResourceType:
        """The type's data; ``name`` may carry an ``@api-version``, which then replaces the compiled one; with
        one, a type that the archive lacks is called as ARM calls all."""
        return self._kind(name).type

    def type_names(self) -> tuple[str, ...]:
        """All type names of the archive, sorted."""
        return archive().names()

    def normalize(self, want: Resource) -> Resource:
        """Location, default tags, and the ARM id once its names are known. ``BlueprintError`` names what lacks."""
        return wanted.normalize(want, self._kind(want.type))

    def refusals(self, want: Resource) -> Iterator[Problem]:
        """Tags, and what single types do not take."""
        return refused(want, self._kind(want.type))

    def limit(self, type_name: str, verb: str) -> Limit:
        """Resource Manager's token buckets, one for all types: per subscription, region and principal."""
        return _LIMITS.get(verb, _LIMITS["write"])

    def identify(self, place: Place) -> Identity:
        """The subscription that the credentials see, and its name and tenant for people."""
        call = Call(place, ids.SUBSCRIPTIONS, "GET", ids.subscription_id(place.account), api_version=_SUBSCRIPTIONS_API)
        found: Mapping[str, Any] = self._clients.send(call).body
        known = (str(found.get("displayName") or ""), f"tenant {found['tenantId']}" if found.get("tenantId") else "")
        return Identity(str(found["subscriptionId"]), ", ".join(part for part in known if part))

    def reads(self, ask: Ask) -> list[Read]:
        """How to answer an ask."""
        return self._reader.reads(ask, self.normalize(ask.want).identity if ask.want else None)

    def read(self, read: Read) -> ReadResult:
        """Send one read."""
        return self._reader.read(read)

    def create(self, want: Resource, token: str) -> Done | Pending:
        """Start creating; see ``writes``."""
        want = self.normalize(want)
        if want.identity is None:
            raise BlueprintError(Problem("its name, scope or parent is not known yet", want.source, want.address))
        return self._writer.create(want, token)

    def update(self, have: Observed, want: Resource, diff: Diff, token: str) -> Done | Pending:
        """Start changing just what ``diff`` says; see ``writes``."""
        return self._writer.update(have, self.normalize(want), diff, token)

    def delete(self, have: Observed, token: str) -> Done | Pending:
        """Start deleting; see ``writes``."""
        return self._writer.delete(have, token)

    def advance(
        self, pending: Pending, have: Observed | None, want: Resource | None, diff: Diff | None, token: str
    ) -> Done | Pending:
        """The next request of a verb."""
        return self._writer.advance(pending, have, self.normalize(want) if want else None, diff, token)

    def _kind(self, name: str) -> Kind:
        with self._lock:
            if name not in self._kinds:
                type_name = TypeName.parse(name)
                try:
                    self._kinds[name] = build(archive().entry(str(type_name)), type_name.api_version)
                except UnknownTypeError:
                    if not type_name.api_version:
                        raise
                    self._kinds[name] = bare(type_name)
            return self._kinds[name]
