"""The verbs: small programs of requests whose position travels in ``Pending.continuation``, one request a step.

create
    PUT with ``If-None-Match: *`` → polls → GET. A 412 for a resource with our own owner tag is an earlier attempt of this
    very create (its answer lost, or its operation failed): it is gone on with. Any other object is a ``CONFLICT``.
update
    GET → PUT of that body with the reviewed edits laid over it and ``If-Match`` its etag (PATCH where only tags change) →
    polls → GET. The journal may not hold the body of the GET, and ``have`` is older than other steps of the same run (each new
    subnet gives its network a new etag), so the body waits in memory between the two requests, by the step's token. A process
    that has lost it (a crash, another worker) sends the GET again; nothing is lost but one read. An edited value that is no
    longer what the review saw is a ``CONFLICT``, and so is a 412.
delete
    DELETE → polls. A resource group is listed first: ARM would delete all that is in it, whoever owns it, so one that is not
    empty is a ``CONFLICT``.

A poll that no longer knows its operation is answered by the object itself. This module must not sleep or try again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from providers.azure import faults, ids
from providers.azure.client import Answer, Call, Clients
from providers.azure.kinds import Kind
from providers.azure.observed import observe, state
from providers.azure.overlay import Changed, overlaid, settled, writable
from providers.kit import tags as kit_tags
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.naming import call_token
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.value import Map, thaw
from provisioner.protocols.provider import Done, Pending

_FINAL = frozenset({"succeeded", "failed", "canceled"})
_HELD = 256  # bodies between a GET and its PUT; more steps than that are never in flight at once
_LONGEST = 15.0  # seconds between polls where ARM names no time


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
class Step:
    """One step of a verb: what it is about and how it is known. name: ``create``, ``update`` or ``delete``."""

    place: Place
    type: str
    kind: Kind
    identity: str
    name: str
    token: str

    def call(self, method: str, target: str = "", **more: Any) -> Call:
        """A request of this step, on the object itself unless a target is named. GETs are reads, whatever the verb."""
        verb = "read" if method == "GET" else self.name
        headers = {"x-ms-client-request-id": call_token(self.token, method), **more.pop("headers", {})}
        return Call(
            self.place,
            self.type,
            method,
            target or self.identity,
            verb,
            more.pop("api_version", self.kind.api_version),
            headers=headers,
            **more,
        )

    def pending(self, call: str, *, writes: bool = False, answer: Answer | None = None, **more: Any) -> Pending:
        """The next position of the program."""
        delay = more.pop("delay", 0.0)
        progress = more.pop("progress", "")
        continuation = Map({"verb": self.name, "call": call, **more})
        request = answer.request_id if answer else ""
        return Pending(self.place, self.type, self.identity, continuation, writes, delay, progress, request)


@dataclass(frozen=True, slots=True)
class Writer:
    """Verbs of all ARM types. kind: looks a type up."""

    clients: Clients
    kind: Callable[[str], Kind]
    held: Held

    def create(self, want: Resource, token: str) -> Done | Pending:
        """``Provider.create``; ``want`` is normalized."""
        step = self._step(want.place, want.type, want.identity or "", "create", token)
        call = step.call("PUT", body=_body(step.kind, want), headers={"If-None-Match": "*"})
        try:
            return self._started(step, self.clients.send(call))
        except ProviderError as error:
            if error.code not in ("PreconditionFailed", "HTTP 412") or not (want.owner and step.kind.taggable):
                raise
            return step.pending("claim")

    def update(self, have: Observed, want: Resource, diff: Diff, token: str) -> Done | Pending:
        """``Provider.update``: the GET."""
        step = self._step(have.place, want.type, have.identity, "update", token)
        answer = self.clients.send(step.call("GET"))
        fresh = observe(step.place, step.type, step.kind, answer.body, step.identity)
        owned = not step.kind.taggable or want.owner in (None, fresh.owner)  # an adopted object is not, yet
        if owned and settled(step.kind.type, want.body, fresh.body, diff):
            return _done(step, answer, fresh)
        self.held.put(token, fresh)
        call = "patch" if step.kind.taggable and "patch" in step.kind.methods and _only_tags(diff) else "put"
        return step.pending(call, writes=True, answer=answer, etag=fresh.etag)

    def delete(self, have: Observed, token: str) -> Done | Pending:
        """``Provider.delete``."""
        step = self._step(have.place, have.type, have.identity, "delete", token)
        if step.kind.type.name != ids.GROUPS:
            return self._delete(step)
        call = step.call("GET", f"{step.identity}/resources", query={"$top": "5"})
        try:
            inside = self.clients.send(call).body.get("value") or []
        except ProviderError as error:
            if faults.absent(error):
                return Done(step.identity, request_id=error.request_id)
            raise
        if inside:
            names = ", ".join(str(item.get("id", "?")).partition("/providers/")[2] for item in inside)
            message = (
                f"resource group {ids.last(step.identity)} is not empty, and ARM would delete what is in it: {names}"
            )
            raise faults.error(call, Fault.CONFLICT, message, code="ResourceGroupNotEmpty", subject=names)
        return step.pending("delete", writes=True)

    def advance(
        self, pending: Pending, have: Observed | None, want: Resource | None, diff: Diff | None, token: str
    ) -> Done | Pending:
        """``Provider.advance``."""
        verb = str(pending.continuation["verb"])
        step = self._step(pending.place, pending.type, pending.identity or "", verb, token)
        match pending.continuation["call"]:
            case "poll":
                return self._poll(step, pending)
            case "get":
                return self._get(step, pending)
            case "delete":
                return self._delete(step)
            case "claim" if want:
                return self._claim(step, want)
            case "finish" if want:
                headers = {"If-Match": str(pending.continuation.get("etag") or "*")}
                return self._started(
                    step, self.clients.send(step.call("PUT", body=_body(step.kind, want), headers=headers))
                )
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
        return self._started(step, self.clients.send(replace(call, body=content)))

    def _delete(self, step: Step) -> Done | Pending:
        try:
            return self._started(step, self.clients.send(step.call("DELETE")))
        except ProviderError as error:
            if faults.absent(error):
                return Done(step.identity, request_id=error.request_id)
            raise

    def _claim(self, step: Step, want: Resource) -> Done | Pending:
        """The object in a create's way: ours, from an earlier attempt, or somebody's."""
        call = step.call("GET")
        answer = self.clients.send(call)
        found = observe(step.place, step.type, step.kind, answer.body, step.identity)
        if found.owner is None or found.owner != want.owner:
            whose = "is not ours" if found.owner is None else "belongs to another resource of ours"
            message = f"{step.identity} exists and {whose}"
            raise faults.error(
                replace(call, method="PUT", verb="create"),
                Fault.CONFLICT,
                message,
                code="PreconditionFailed",
                request_id=answer.request_id,
            )
        if state(answer.body).lower() in ("failed", "canceled"):
            return step.pending("finish", writes=True, answer=answer, etag=found.etag)
        return self._seen(step, answer, polls=0)

    def _started(self, step: Step, answer: Answer) -> Done | Pending:
        """After a writing request: done at once, or an operation to follow."""
        for style, header in (("operation", "azure-asyncoperation"), ("location", "location")):
            if url := answer.headers.get(header):
                if style == "location" and answer.status not in (201, 202):
                    continue
                delay = _delay(answer, 0)
                return step.pending(
                    "poll", answer=answer, url=url, style=style, polls=0, delay=delay, progress="accepted"
                )
        if step.name == "delete":
            if answer.status == 202:
                return step.pending("get", answer=answer, polls=0, delay=_delay(answer, 0))
            return _finished(step, answer)
        if answer.status == 202 or not isinstance(answer.body, Mapping):
            return step.pending("get", answer=answer, polls=0, delay=_delay(answer, 0) if answer.status == 202 else 0.0)
        return self._seen(step, answer, polls=0)

    def _poll(self, step: Step, pending: Pending) -> Done | Pending:
        continuation = pending.continuation
        url, style, polls = str(continuation["url"]), continuation["style"], int(continuation["polls"]) + 1
        try:
            answer = self.clients.send(step.call("GET", url, api_version=""))
        except ProviderError as error:
            if faults.absent(error):  # the operation is forgotten: what became of it shows in the object
                return step.pending("get", polls=0)
            if style == "location" and error.fault not in (Fault.TRANSIENT, Fault.THROTTLED, Fault.DENIED):
                raise _ended(step, error) from error
            raise
        status = str((answer.body or {}).get("status", "")) if isinstance(answer.body, Mapping) else ""
        if style == "location":
            if answer.status != 202:
                return _finished(step, answer) if step.name == "delete" else step.pending("get", answer=answer, polls=0)
        elif status.lower() == "succeeded":
            return _finished(step, answer) if step.name == "delete" else step.pending("get", answer=answer, polls=0)
        elif status.lower() in _FINAL:
            raise faults.failed(_operation(step), answer, answer.body)
        url = answer.headers.get("location", url) if style == "location" else url
        percent = answer.body.get("percentComplete") if isinstance(answer.body, Mapping) else None
        progress = (status or "in progress") + (f", {percent:g} %" if isinstance(percent, (int, float)) else "")
        delay = _delay(answer, polls)
        return step.pending("poll", answer=answer, url=url, style=style, polls=polls, delay=delay, progress=progress)

    def _get(self, step: Step, pending: Pending) -> Done | Pending:
        try:
            answer = self.clients.send(step.call("GET"))
        except ProviderError as error:
            if not faults.absent(error):
                raise
            if step.name == "delete":
                return Done(step.identity, request_id=error.request_id)
            raise faults.error(
                step.call("GET"), Fault.NOT_READY, error.message, code=error.code, request_id=error.request_id
            ) from error
        return self._seen(step, answer, int(pending.continuation.get("polls", 0)))

    def _seen(self, step: Step, answer: Answer, polls: int) -> Done | Pending:
        """By the object's own state: through, failed, or to be looked at again."""
        now = state(answer.body).lower()
        if step.name == "delete" or (now and now not in _FINAL):
            delay = _delay(answer, polls)
            progress = now or "deleting"
            return step.pending("get", answer=answer, polls=polls + 1, delay=delay, progress=progress)
        if now in ("failed", "canceled"):
            content = {"code": f"Provisioning{now.capitalize()}", "message": f"{step.identity} ended as {now}"}
            raise faults.failed(_operation(step), answer, content)
        found = observe(step.place, step.type, step.kind, answer.body, step.identity)
        return _done(step, answer, found)


def _operation(step: Step) -> Call:
    return step.call("DELETE" if step.name == "delete" else "PUT")


def _ended(step: Step, error: ProviderError) -> ProviderError:
    """What a Location answers with an error status is the operation's own end, not the poll's."""
    return faults.error(
        _operation(step),
        error.fault,
        error.message,
        code=error.code,
        request_id=error.request_id,
        subject=error.subject,
    )


def _done(step: Step, answer: Answer, found: Observed) -> Done:
    return Done(step.identity, found.body, answer.request_id, Map(answer.quota))


def _finished(step: Step, answer: Answer) -> Done:
    return Done(step.identity, request_id=answer.request_id, quota=Map(answer.quota))


def _delay(answer: Answer, polls: int) -> float:
    """Seconds: what ARM asks for, else rising with the polls."""
    asked = faults.retry_after(answer)
    return asked if asked is not None else min(_LONGEST, 1.0 * 1.5**polls)


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
