"""Google Cloud as a provider: generic over the collections of the schema archive, one request a call.

Must not know any single type (``types`` has the table), nor what a request means (``reads``, ``edits``, ``writes``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from providers.gcp import edits, faults, reads, types
from providers.gcp.client import Call, Clients
from providers.gcp.kinds import SERVICES, kind, name_of
from providers.gcp.refusals import refused
from providers.gcp.schema import archive
from providers.gcp.writes import Verb
from provisioner.model.change import Diff
from provisioner.model.fault import ProviderError, UnknownTypeError
from provisioner.model.place import Identity, Place
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import Map, text
from provisioner.protocols.provider import Ask, Done, Limit, Pending, Read, ReadResult


class GcpProvider:
    """The provider ``gcp``. Made without arguments; keeps only its sessions."""

    name: ClassVar[str] = "gcp"
    type_pattern: ClassVar[str] = r"[a-z0-9-]+\.googleapis\.com/\w+"

    def __init__(self) -> None:
        self._clients = Clients()

    def resource_type(self, name: str) -> ResourceType:
        """The type's data. ``UnknownTypeError`` with near names where there is none."""
        return types.resource_type(name)

    def type_names(self) -> tuple[str, ...]:
        """All type names, sorted."""
        return archive().names()

    def normalize(self, want: Resource) -> Resource:
        """Region and zone of the place, default labels beneath the entry's own, and the identity where it is known.

        ``OrchError`` with the entry's line for a missing region or zone.
        """
        try:
            of = kind(want.type)
        except UnknownTypeError:
            return want  # an unchecked entry, or one that validation has refused already
        within = dict(want.within)
        for key in ("region", "zone"):
            if key in of.place_keys:
                given = within.get(key) or getattr(want.place, key)
                if not given:
                    hint = f"add `{key}:` to the entry, or to place {want.place.name}"
                    raise OrchError(Problem(f"{want.type} needs a {key}", want.source, want.address, hint))
                within[key] = name_of(given) if isinstance(given, str) else given
        body = _labelled(want) if of.labelled else want.body
        container, name = of.container(want.place.account, within), body.get("name")
        identity = want.identity
        if container and isinstance(name, str) and of.scope != "organization":
            identity = of.identity(container, name)
        return replace(want, body=body, within=Map(within), identity=identity)

    def refusals(self, want: Resource) -> Iterator[Problem]:
        """Labels, and what single types do not take."""
        return refused(want, kind(want.type))

    def limit(self, type_name: str, verb: str) -> Limit:
        """Compute's 1,500 a minute, of reads and of changes each, per project and region: at once and one by one together."""
        service = type_name.partition(".")[0]
        return Limit(f"{service} {'reads' if verb == 'read' else 'changes'}", 300, 20)

    def identify(self, place: Place) -> Identity:
        """The project, as Compute itself names it; the principal where the credentials are a service account's."""
        service, root = SERVICES["compute.googleapis.com"]
        call = Call(place, "GET", f"{root}/projects/{place.account}", faults.Context(service, "projects.get"))
        body = self._clients.send(call).body
        return Identity(str(body.get("name", "")), self._clients.principal(place))

    def reads(self, ask: Ask) -> list[Read]:
        """How to answer an ask. ``OrchError`` for an identity that is none of the type."""
        if ask.want is not None and ask.want.identity is None:
            ask = replace(ask, want=self.normalize(ask.want))
        return reads.plan(kind(ask.type), ask)

    def read(self, read: Read) -> ReadResult:
        """Send one read. Denied makes a blindspot; not found, an empty result."""
        of = kind(read.type)
        try:
            reply = self._clients.send(reads.call(of, read))
        except ProviderError as error:
            return reads.failed(of, read, error)
        return reads.answer(of, read, reply.body, reply.request_id)

    def create(self, want: Resource, token: str) -> Done | Pending:
        """Insert; labels follow in a call of their own for the types whose insert does not take them."""
        of = kind(want.type)
        return Verb(of, want.place, self._clients.send, token, want=want).begin("create", edits.creating(of, want))

    def update(self, have: Observed, want: Resource, diff: Diff, token: str) -> Done | Pending:
        """Patch, then the methods that change what patch does not, then labels."""
        of = kind(want.type)
        calls = edits.updating(of, have, want, diff)
        if not calls:
            return Done(have.identity)
        return Verb(of, have.place, self._clients.send, token, have, want, diff).begin("update", calls)

    def delete(self, have: Observed, token: str) -> Done | Pending:
        """Delete. Not found is success."""
        return Verb(kind(have.type), have.place, self._clients.send, token, have).begin("delete", ("delete",))

    def advance(
        self, pending: Pending, have: Observed | None, want: Resource | None, diff: Diff | None, token: str
    ) -> Done | Pending:
        """The next poll, look-up or call."""
        of = kind(pending.type)
        return Verb(of, pending.place, self._clients.send, token, have, want, diff or Diff()).go_on(pending)


def _labelled(want: Resource) -> Map:
    """The body with the place's default labels beneath its own."""
    own = want.body.get("labels")
    if own is not None and not isinstance(own, Mapping):
        return want.body  # a reference to a whole map, or a mistake that the schema names
    defaults = {str(key): text(value) for key, value in want.place.default_tags.items()}
    merged = {**defaults, **(own or {})}
    return Map({**want.body, "labels": Map(merged)}) if merged else want.body
