"""The AWS provider: the protocol over the tables of ``types``, and over Cloud Control for types without one, through boto3.

It only wires the parts; how a type is read and written stands in its table, in ``reads`` and in ``writes``, and it must not
know a type or a service itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from providers.aws import tags, wanted
from providers.aws.client import Clients
from providers.aws.cloud_control import CloudControl
from providers.aws.kinds import Kind, build
from providers.aws.reads import Reader
from providers.aws.schema import archive
from providers.aws.table import Table
from providers.aws.types import beside, table_of
from providers.aws.writes import Writer
from providers.kit.refusals import refusals
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Identity, Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.protocols.provider import Ask, Done, Limit, Pending, Read, ReadResult


class AwsProvider:
    """``Provider`` for AWS."""

    name: ClassVar[str] = "aws"
    type_pattern: ClassVar[str] = r"(?:AWS|AMZN|Alexa)::[A-Za-z0-9]+::[A-Za-z0-9]+"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[str, Kind] = {}
        self._clients = Clients()
        self._reader = Reader(self._clients, self._kind)
        self._writer = Writer(self._clients, self._kind)
        self._generic = CloudControl(self._clients, self._kind)

    def resource_type(self, name: str) -> ResourceType:
        """The type's data. A property whose subschema is ``false`` is published by AWS but set by no call of ours yet."""
        return self._kind(name).type

    def type_names(self) -> tuple[str, ...]:
        """All type names of the archive, sorted."""
        return archive().names()

    def normalize(self, want: Resource) -> Resource:
        """Default tags, canonical values, and the identity where the body alone tells it."""
        return wanted.normalize(want, self._kind(want.type))

    def refusals(self, want: Resource) -> Iterator[Problem]:
        """Tags of any type, and what the type's table says."""
        kind = self._kind(want.type)
        yield from tags.refused(want, kind)
        yield from refusals(want, kind.table.refuses if kind.table else ())

    def limit(self, type_name: str, verb: str) -> Limit:
        """EC2's token buckets, which it has for each action, per account and region. What other services publish is about as
        much, where they publish anything."""
        if verb == "read":
            return Limit(f"{type_name} read", 100, 20)
        return Limit(f"{type_name} {verb}", 50, 5)

    def identify(self, place: Place) -> Identity:
        """The account of the credentials, and the principal's ARN."""
        answer = self._clients.send(place, "sts", "GetCallerIdentity", {})
        return Identity(str(answer.body["Account"]), str(answer.body["Arn"]))

    def reads(self, ask: Ask) -> list[Read]:
        """How to answer an ask."""
        table = self._table(ask.type)
        ask = replace(ask, want=self.normalize(ask.want)) if ask.want else ask
        return self._reader.reads(ask, table) if table else self._generic.reads(ask)

    def read(self, read: Read) -> ReadResult:
        """Send one read."""
        table = self._table(read.type)
        return self._reader.read(read, table) if table else self._generic.read(read)

    def create(self, want: Resource, token: str) -> Done | Pending:
        """The creating call, with owner tags wherever AWS takes them there."""
        table = self._table(want.type)
        return self._writer.create(want, token, table) if table else self._generic.create(want, token)

    def update(self, have: Observed, want: Resource, diff: Diff, token: str) -> Done | Pending:
        """The first call of an update. With an empty ``diff`` only the owner's tags are brought from ``have`` to ``want``."""
        table = self._table(want.type)
        if table is None:
            return self._generic.update(have, want, diff, token)
        return self._writer.update(have, want, diff, token, table)

    def delete(self, have: Observed, token: str) -> Done | Pending:
        """The first call of a delete; NOT_FOUND is success."""
        table = self._table(have.type)
        return self._writer.delete(have, token, table) if table else self._generic.delete(have, token)

    def advance(
        self, pending: Pending, have: Observed | None, want: Resource | None, diff: Diff | None, token: str
    ) -> Done | Pending:
        """The next call of a verb, or the next look at what it waits for."""
        table = self._table(pending.type)
        if table is None:
            return self._generic.advance(pending)
        return self._writer.advance(pending, have, want, diff or Diff(), token, table)

    def _kind(self, name: str) -> Kind:
        with self._lock:
            if name not in self._kinds:
                self._kinds[name] = build(archive().entry(name), table_of(name), beside(name))
            return self._kinds[name]

    def _table(self, name: str) -> Table | None:
        """How a type is called; None where Cloud Control does it."""
        kind = self._kind(name)
        if not kind.type.applies:
            words = f"{name} cannot be managed: it has no table, and no handlers for Cloud Control"
            raise ProviderError(Fault.INVALID, words, cloud=self.name)
        return kind.table
