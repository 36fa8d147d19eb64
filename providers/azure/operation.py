"""One step of a verb, and how its long operation is followed to the end: poll by poll, then the object itself.

An operation that has failed is never reported as a fault that the scheduler meets by asking the operation again. It must not
sleep, and decides nothing about what to send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from providers.azure import faults
from providers.azure.client import Answer, Call, Clients
from providers.azure.kinds import Kind
from providers.azure.observed import broken, observe, state
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.naming import call_token
from provisioner.model.place import Place
from provisioner.model.resource import Observed
from provisioner.model.value import Map
from provisioner.protocols.provider import Done, Pending

_ACCEPTED = 202
_LONGEST = 15.0  # seconds between polls where ARM names no time
_AGAIN = 2  # times that a half-made object is put once more
_PASSING = frozenset({Fault.CONFLICT, Fault.NOT_READY, Fault.TRANSIENT, Fault.THROTTLED, Fault.UNCERTAIN})


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
        remaining = answer.remaining if answer else None
        return Pending(self.place, self.type, self.identity, continuation, writes, delay, progress, request, remaining)


@dataclass(frozen=True, slots=True)
class Operation:
    """Follows what a writing request has begun."""

    clients: Clients

    def started(self, step: Step, answer: Answer, again: int = 0) -> Done | Pending:
        """After a writing request: done at once, or an operation to follow."""
        for style, header in (("operation", "azure-asyncoperation"), ("location", "location")):
            if url := answer.headers.get(header):
                if style == "location" and answer.status not in (201, _ACCEPTED):
                    continue
                delay = _delay(answer, 0)
                return step.pending(
                    "poll", answer=answer, delay=delay, progress="accepted", url=url, style=style, polls=0, again=again
                )
        if step.name == "delete":
            if answer.status == _ACCEPTED:
                return step.pending("get", answer=answer, polls=0, delay=_delay(answer, 0))
            return _finished(step, answer)
        if answer.status == _ACCEPTED or not isinstance(answer.body, Mapping):
            return step.pending(
                "get", answer=answer, polls=0, delay=_delay(answer, 0) if answer.status == _ACCEPTED else 0.0
            )
        return self.seen(step, answer, polls=0)

    def poll(self, step: Step, pending: Pending) -> Done | Pending:
        """Ask once how it goes. An operation that is forgotten is answered by the object itself."""
        continuation = pending.continuation
        by_location = continuation["style"] == "location"
        try:
            answer = self.clients.send(step.call("GET", str(continuation["url"]), api_version=""))
        except ProviderError as error:
            if faults.absent(error):
                return step.pending("get", polls=0)
            if by_location and error.fault not in (Fault.TRANSIENT, Fault.THROTTLED, Fault.DENIED):
                raise _ended(step, error) from error
            raise
        content = answer.body if isinstance(answer.body, Mapping) else {}
        status = str(content.get("status") or "")
        if (answer.status != _ACCEPTED) if by_location else status.lower() == "succeeded":
            return _finished(step, answer) if step.name == "delete" else step.pending("get", answer=answer, polls=0)
        if not by_location and status.lower() in ("failed", "canceled"):
            return self._failed(step, answer, int(continuation.get("again", 0)))
        polls = int(continuation["polls"]) + 1
        url = answer.headers.get("location") if by_location else None
        percent = content.get("percentComplete")
        progress = (status or "in progress") + (f", {percent:g} %" if isinstance(percent, (int, float)) else "")
        at = Map({**continuation, "url": url or continuation["url"], "polls": polls})
        return replace(
            pending, continuation=at, delay=_delay(answer, polls), progress=progress, request_id=answer.request_id
        )

    def _failed(self, step: Step, answer: Answer, again: int) -> Pending:
        """An operation's end that is none. What the scheduler is told makes it neither poll on nor take a half-made object
        for a whole one."""
        error = faults.failed(_operation(step), answer, answer.body)
        if error.fault not in _PASSING:
            raise error
        if step.name == "create" and again < _AGAIN:
            return step.pending("claim", answer=answer, again=again + 1, delay=_delay(answer, 2), progress=error.code)
        error.fault = _final(step, error.fault)
        raise error

    def look(self, step: Step, pending: Pending) -> Done | Pending:
        """Read the object itself, to see what became of it."""
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
        return self.seen(step, answer, int(pending.continuation.get("polls", 0)))

    def seen(self, step: Step, answer: Answer, polls: int) -> Done | Pending:
        """By the object's own state: through, failed, or to be looked at again."""
        now = state(answer.body).lower()
        if step.name == "delete" or (now and now != "succeeded" and not broken(answer.body)):
            delay = _delay(answer, polls)
            progress = now or "deleting"
            return step.pending("get", answer=answer, polls=polls + 1, delay=delay, progress=progress)
        if broken(answer.body):
            content = {"code": f"Provisioning{now.capitalize()}", "message": f"{step.identity} ended as {now}"}
            raise faults.failed(_operation(step), answer, content)
        found = observe(step.place, step.type, step.kind, answer.body, step.identity)
        return done(step, answer, found)


def _operation(step: Step) -> Call:
    return step.call("DELETE" if step.name == "delete" else "PUT")


def _final(step: Step, fault: Fault) -> Fault:
    """The fault of an operation that is over: a delete can be sent again, a create or update must not look like a success."""
    if fault not in _PASSING:
        return fault
    return Fault.CONFLICT if step.name == "delete" else Fault.INVALID


def _ended(step: Step, error: ProviderError) -> ProviderError:
    """What a Location answers with an error status is the operation's own end, not the poll's."""
    return faults.error(
        _operation(step),
        _final(step, error.fault),
        error.message,
        code=error.code,
        request_id=error.request_id,
        subject=error.subject,
    )


def done(step: Step, answer: Answer, found: Observed) -> Done:
    return Done(step.identity, found.body, answer.request_id, answer.remaining)


def _finished(step: Step, answer: Answer) -> Done:
    return Done(step.identity, request_id=answer.request_id, remaining=answer.remaining)


def _delay(answer: Answer, polls: int) -> float:
    """Seconds: what ARM asks for, else rising with the polls; "at once" rises too, from little."""
    asked = faults.retry_after(answer)
    return asked or min(_LONGEST, (1.0 if asked is None else 0.05) * 1.5**polls)
