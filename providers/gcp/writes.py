"""Verbs as small programs of calls: send, poll the operation, look up a fingerprint, send the next.

A program's position is its continuation: the names of the calls that are left, the operation that is polled, and handles
(ids, fingerprints), never a property. Must not decide what a change needs: that is ``edits``.

Each writing call carries a ``requestId`` made from the step's token and its own name, where the method takes one. Compute
answers a request that it has seen before with the first one's operation, so a call whose answer was lost can be sent again
with the same token, and a failed operation can only be tried again with another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from providers.gcp import edits, faults
from providers.gcp.client import Call, Reply
from providers.gcp.kinds import Kind, fill, name_of
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.naming import call_token
from provisioner.model.place import Place
from provisioner.model.problem import OrchError
from provisioner.model.resource import Observed, Resource
from provisioner.model.value import EMPTY, Map
from provisioner.protocols.provider import Done, Pending

Send = Callable[[Call], Reply]

_FIRST_POLL, _GROWTH, _LONGEST_POLL = 0.3, 1.6, 5.0  # seconds; a firewall takes about 5, a network 15 to 40
_HANDLES = (edits.FINGERPRINT, edits.LABEL_FINGERPRINT)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a verb stands.

    verb: create, update or delete · phase: ``send`` the first of ``calls``, ``look`` up the fingerprints that it sends back,
    or ``poll`` the operation that it started · known: handles so far.
    """

    verb: str
    phase: str
    calls: tuple[str, ...]
    operation: str = ""
    polls: int = 0
    known: Map = EMPTY

    def dump(self) -> Map:
        """As a continuation."""
        return Map({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def load(cls, continuation: Mapping[str, Any]) -> Position:
        """From a continuation."""
        return cls(**{**continuation, "calls": tuple(continuation["calls"]), "known": Map(continuation["known"])})


@dataclass(frozen=True, slots=True)
class Verb:
    """One method call of the provider: what is worked on, and with which token."""

    kind: Kind
    place: Place
    send: Send
    token: str
    have: Observed | None = None
    want: Resource | None = None
    diff: Diff = Diff()

    def begin(self, verb: str, calls: tuple[str, ...]) -> Done | Pending:
        """Send the first call."""
        return self._send(Position(verb, "send", calls), self._target())

    def go_on(self, pending: Pending) -> Done | Pending:
        """Send what comes next."""
        at, identity = Position.load(pending.continuation), pending.identity or self._target()
        if at.phase == "poll":
            return self._poll(at, identity)
        return self._look(at, identity) if at.phase == "look" else self._send(at, identity)

    def _target(self) -> str | None:
        if self.have is not None:
            return self.have.identity
        return self.want.identity if self.want is not None else None

    # --- one request each --------------------------------------------------------------------------------------------

    def _send(self, at: Position, identity: str | None) -> Done | Pending:
        name = at.calls[0]
        method = self.kind.methods[name]
        query, body, values = self._request(at, name, identity)
        token = call_token(self.token, name) if "requestId" in method.query else ""
        query |= {"requestId": token} if token else {}
        path = f"{self.kind.root}/{fill(method.path, values)}"
        context = self._context(name, identity, token, writes=True)
        try:
            reply = self.send(Call(self.place, method.http, path, context, query, body))
        except ProviderError as error:
            if at.verb == "delete" and error.fault is Fault.NOT_FOUND:
                return Done(identity or "", request_id=error.request_id, missing=True)
            if name == edits.SET_LABELS and at.verb == "create" and error.fault is Fault.CONFLICT:
                # Somebody has set labels since we looked, or our own call was done and its answer lost: look again.
                return self._pause(replace(at, phase="look"), identity, error.request_id)
            raise
        return self._answered(replace(at, phase="poll", polls=0), identity, reply)

    def _poll(self, at: Position, identity: str | None) -> Done | Pending:
        path = f"{self.kind.root}/{self.kind.operation(identity or self._container(), at.operation)}"
        context = self._context(f"{at.calls[0]} (its operation)", identity, at.operation)
        try:
            reply = self.send(Call(self.place, "GET", path, context))
        except ProviderError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            message = f"operation {at.operation} is no longer known, so whether it was done must be looked up"
            raise faults.unanswered(replace(context, writes=True), message) from error
        return self._answered(replace(at, polls=at.polls + 1), identity, reply)

    def _look(self, at: Position, identity: str | None) -> Done | Pending:
        path = f"{self.kind.root}/{fill(self.kind.methods['get'].path, self.kind.values(identity or ''))}"
        reply = self.send(Call(self.place, "GET", path, self._context("get", identity)))
        marks = {name: reply.body[name] for name in _HANDLES if name in reply.body}
        return self._pause(replace(at, phase="send", known=Map({**at.known, **marks})), identity, reply.request_id)

    # --- what an answer leads to -------------------------------------------------------------------------------------

    def _answered(self, at: Position, identity: str | None, reply: Reply) -> Done | Pending:
        """An operation's state: go on waiting, go on to the next call, finish, or fail."""
        operation = reply.body
        identity = identity or self.kind.find(str(operation.get("targetLink", "")))
        request_id = reply.request_id or str(operation.get("name", ""))
        if operation.get("status") != "DONE":
            at = replace(at, operation=str(operation.get("name") or at.operation))
            delay = min(_LONGEST_POLL, _FIRST_POLL * _GROWTH**at.polls)
            progress = f"{at.calls[0]} {operation.get('progress', 0)} %"
            return Pending(self.place, self.kind.name, identity, at.dump(), False, delay, progress, request_id)
        context = self._context(at.calls[0], identity, writes=True)
        if error := faults.of_operation(context, operation):
            if at.verb == "delete" and error.fault is Fault.NOT_FOUND:
                return Done(identity or "", request_id=request_id, missing=True)
            raise error
        return self._next(replace(at, known=_handles(at, operation)), identity, request_id)

    def _next(self, at: Position, identity: str | None, request_id: str) -> Done | Pending:
        left = at.calls[1:]
        if not left:
            name = {"name": name_of(identity)} if identity and self.kind.scope != "organization" else {}
            attributes = {key: value for key, value in at.known.items() if key not in _HANDLES}
            created = Map({**name, **attributes}) if at.verb == "create" else EMPTY
            return Done(identity or "", created, request_id)
        known = Map({key: value for key, value in at.known.items() if key not in _HANDLES})  # the last call staled them
        phase = "look" if edits.needs_fingerprint(self.kind, left[0]) else "send"
        return self._pause(Position(at.verb, phase, left, known=known), identity, request_id)

    def _pause(self, at: Position, identity: str | None, request_id: str) -> Pending:
        return Pending(self.place, self.kind.name, identity, at.dump(), at.phase == "send", request_id=request_id)

    # --- requests ----------------------------------------------------------------------------------------------------

    def _request(
        self, at: Position, name: str, identity: str | None
    ) -> tuple[dict[str, str], dict[str, Any] | None, tuple[str, ...]]:
        """Query, body and path values of a call."""
        if name == "insert":
            want = self._wanted()
            query = {key: str(want.within[key]) for key in ("parentId",) if key in want.within}
            return query, edits.inserted(self.kind, want), self.kind.container_values(self._container())
        values = self.kind.values(identity or "")
        if name == "delete":
            return {}, None, values
        want = self._wanted()
        if at.verb == "create":  # labels, on top of what the insert made
            made = Observed(self.kind.name, self.place, identity or "", want.body)
            return *edits.payload(self.kind, name, made, want, Diff(), at.known), values
        assert self.have is not None
        return *edits.payload(self.kind, name, self.have, want, self.diff, at.known), values

    def _wanted(self) -> Resource:
        assert self.want is not None
        return self.want

    def _container(self) -> str:
        within = self.want.within if self.want is not None else EMPTY
        found = self.kind.container(self.place.account, within)
        if found is None:
            keys = " and ".join(self.kind.place_keys)
            raise OrchError(f"{self.kind.name} needs {keys}, which are not known")
        return found

    def _context(
        self, name: str, identity: str | None, request_id: str = "", *, writes: bool = False
    ) -> faults.Context:
        where = identity or self._container()
        operation = f"{self.kind.collection}.{name}"
        return faults.Context(self.kind.service, operation, self.kind.region(where), request_id, writes)


def _handles(at: Position, operation: Mapping[str, Any]) -> Map:
    """What an insert's operation says of the new object."""
    if at.calls[0] != "insert":
        return at.known
    named = {"selfLink": operation.get("targetLink"), "id": operation.get("targetId")}
    return Map({**at.known, **{key: value for key, value in named.items() if value}})
