"""The verbs: small programs of requests whose position travels in ``Pending.continuation``, one request a step.

create
    PUT with ``If-None-Match: *`` → polls → GET. A 412 for a resource with our own owner tag is an earlier attempt of this
    very create (its answer lost, or its operation failed): it is gone on with. Any other object is a ``CONFLICT``. An operation
    that fails for a passing reason leaves a half-made object behind, which only another PUT completes: that is done, twice.
update
    GET → PUT of that body with the reviewed edits laid over it and ``If-Match`` its etag (PATCH where only tags change) →
    polls → GET. The journal may not hold the body of the GET, and ``have`` is older than other steps of the same run (each new
    subnet gives its network a new etag), so the body waits in memory between the two requests, by the step's token. A process
    that has lost it (a crash, another worker) sends the GET again; nothing is lost but one read. An edited value that is no
    longer what the review saw is a ``CONFLICT``, and so is a 412.
delete
    DELETE → polls. A resource group is listed first: ARM would delete all that is in it, whoever owns it. What is ours in it
    may be on its way out, a ``CONFLICT``; what is not is looked at again, since lists lag, and then is final.

Operations are followed in ``operation``. This module must not sleep or try again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from providers.azure import faults, ids
from providers.azure.client import Clients
from providers.azure.kinds import Kind
from providers.azure.observed import broken, observe
from providers.azure.operation import Operation, Step, done
from providers.azure.overlay import Changed, overlaid, settled, writable
from providers.kit import tags as kit_tags
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.resource import NOBODY, Observed, Owner, Resource
from provisioner.model.value import Map, thaw
from provisioner.protocols.provider import Done, Pending

_LOOKS = 4  # at a group that holds what is not ours, within some seconds: a list shows for a while what is gone
_HELD = 256  # bodies between a GET and its PUT; more steps than that are never in flight at once


class Held:
    """Objects as a GET found them, kept for the PUT that follows it at once; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: OrderedDict[str, Observed] = OrderedDict()

    def put(self, token: str, item: Observed) -> None:
        with self._lock:
            self._items[token] = item
            while len(self._items) > _HELD:
                self._items.popitem(last=False)

    def take(self, token: str) -> Observed | None:
        with self._lock:
            return self._items.pop(token, None)


@dataclass(frozen=True, slots=True)
class Writer:
    """Verbs of all ARM types. kind: looks a type up."""

    clients: Clients
    kind: Callable[[str], Kind]
    held: Held

    @property
    def _operation(self) -> Operation:
        return Operation(self.clients)

    def create(self, want: Resource, token: str) -> Done | Pending:
        """``Provider.create``; ``want`` is normalized."""
        step = self._step(want.place, want.type, want.identity or "", "create", token)
        call = step.call("PUT", body=_body(step.kind, want), headers={"If-None-Match": "*"})
        try:
            return self._operation.started(step, self.clients.send(call))
        except ProviderError as error:
            if not error.code.startswith(("PreconditionFailed", "HTTP 412")) or not (want.owner and step.kind.taggable):
                raise
            return step.pending("claim")

    def update(self, have: Observed, want: Resource, diff: Diff, token: str) -> Done | Pending:
        """``Provider.update``: the GET."""
        step = self._step(have.place, want.type, have.identity, "update", token)
        answer = self.clients.send(step.call("GET"))
        fresh = observe(step.place, step.type, step.kind, answer.body, step.identity)
        owner = fresh.owner or NOBODY
        owned = not step.kind.taggable or want.owner in (None, owner)  # an adopted object is not, yet
        whole = not broken(answer.body)  # else a PUT mends it
        if owned and whole and settled(step.kind.type, want.body, fresh.body, diff):
            return done(step, answer, fresh)
        self.held.put(token, fresh)
        call = "patch" if step.kind.taggable and "patch" in step.kind.methods and whole and _only_tags(diff) else "put"
        return step.pending(call, writes=True, answer=answer, etag=fresh.etag)

    def delete(self, have: Observed, token: str) -> Done | Pending:
        """``Provider.delete``."""
        step = self._step(have.place, have.type, have.identity, "delete", token)
        if step.kind.type.name != ids.GROUPS:
            return self._delete(step)
        return self._emptied(step, have.owner, looks=1)

    def _emptied(self, step: Step, owner: Owner | None, looks: int) -> Done | Pending:
        """Goes on to the delete of a resource group once nothing is in it."""
        call = step.call("GET", f"{step.identity}/resources", query={"$top": "5"})
        try:
            answer = self.clients.send(call)
        except ProviderError as error:
            if faults.absent(error):
                return Done(step.identity, request_id=error.request_id, missing=True)
            raise
        inside = answer.body.get("value") or []
        if not inside:
            return step.pending("delete", writes=True)
        marks = [kit_tags.split(item.get("tags") or {})[1] for item in inside]
        others = [
            item
            for item, mark in zip(inside, marks, strict=True)
            if not (mark and owner) or mark.lineage != owner.lineage
        ]
        if others and looks < _LOOKS:
            return step.pending("empty", answer=answer, looks=looks + 1, delay=float(looks), progress="not empty yet")
        names = ", ".join(str(item.get("id", "?")).partition("/providers/")[2] for item in others or inside)
        name = ids.last(step.identity)
        message = f"resource group {name} is not empty, and ARM would delete what is in it: {names}"
        fault = Fault.INVALID if others else Fault.CONFLICT
        whose = ", which this project does not own" if others else ""
        raise faults.error(call, fault, message + whose, code="ResourceGroupNotEmpty", subject=names)

    def advance(
        self, pending: Pending, have: Observed | None, want: Resource | None, diff: Diff | None, token: str
    ) -> Done | Pending:
        """``Provider.advance``."""
        verb = str(pending.continuation["verb"])
        step = self._step(pending.place, pending.type, pending.identity or "", verb, token)
        match pending.continuation["call"]:
            case "poll":
                return self._operation.poll(step, pending)
            case "get":
                return self._operation.look(step, pending)
            case "empty":
                return self._emptied(step, have.owner if have else None, int(pending.continuation["looks"]))
            case "delete":
                return self._delete(step)
            case "claim" if want:
                return self._claim(step, want, int(pending.continuation.get("again", 0)))
            case "finish" if want:
                again, headers = int(pending.continuation["again"]), {"If-Match": str(pending.continuation["etag"])}
                call = step.call("PUT", body=_body(step.kind, want), headers=headers)
                return self._operation.started(step, self.clients.send(call), again)
            case "put" | "patch" as call if have and want and diff is not None:
                return self._change(step, str(call), have, want, diff)
        raise ValueError(f"no such position: {dict(pending.continuation)}")

    def _step(self, place: Place, type_name: str, identity: str, name: str, token: str) -> Step:
        return Step(place, type_name, self.kind(type_name), identity, name, token)

    def _change(self, step: Step, method: str, have: Observed, want: Resource, diff: Diff) -> Done | Pending:
        fresh = self.held.take(step.token)
        if fresh is None:
            return self.update(have, want, diff, step.token)
        call = step.call(method.upper(), headers={"If-Match": fresh.etag} if fresh.etag and method == "put" else {})
        try:
            body = overlaid(step.kind.type, have.body, want.body, fresh.body, diff)
        except Changed as changed:
            message = f"{changed} has changed since it was read"
            raise faults.error(call, Fault.CONFLICT, message, code="ChangedSinceRead") from None
        content = _tagged(step.kind, body, want.owner or fresh.owner)
        if method == "patch":
            content = {"tags": content.get("tags", {})}
        return self._operation.started(step, self.clients.send(replace(call, body=content)))

    def _delete(self, step: Step) -> Done | Pending:
        try:
            return self._operation.started(step, self.clients.send(step.call("DELETE")))
        except ProviderError as error:
            if faults.absent(error):
                return Done(step.identity, request_id=error.request_id, missing=True)
            raise

    def _claim(self, step: Step, want: Resource, again: int) -> Done | Pending:
        """The object in a create's way: ours, from an earlier attempt (from this one if ``again``), or somebody's."""
        call = step.call("GET")
        answer = self.clients.send(call)
        found = observe(step.place, step.type, step.kind, answer.body, step.identity)
        if not again and (found.owner is None or found.owner != want.owner):
            whose = "is not ours" if found.owner is None else "belongs to another resource of ours"
            message = f"{step.identity} exists and {whose}"
            raise faults.error(
                replace(call, method="PUT", verb="create"),
                Fault.CONFLICT,
                message,
                code="PreconditionFailed",
                request_id=answer.request_id,
            )
        if broken(answer.body):
            return step.pending("finish", writes=True, answer=answer, etag=found.etag or "*", again=again)
        return self._operation.seen(step, answer, polls=0)


def _only_tags(diff: Diff) -> bool:
    return all(edit.path[:1] == ("tags",) for edit in diff.edits)


def _body(kind: Kind, want: Resource) -> dict[str, Any]:
    return _tagged(kind, writable(kind.type, want.body), want.owner)


def _tagged(kind: Kind, body: Map, owner: Owner | None) -> dict[str, Any]:
    """The body as ARM takes it: tags are text, the owner's among them."""
    content: dict[str, Any] = thaw(body)
    if kind.taggable:
        own = {name: str(value) for name, value in (content.get("tags") or {}).items()}
        content["tags"] = kit_tags.join(own, owner)
    return content
