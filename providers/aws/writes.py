"""Creating, updating, deleting: a verb is a program of a table's calls, one request each, its position journalled.

What is left of a program stands in ``Pending.continuation`` as the names of its steps, never a property's value; each call is
made anew from what is wanted and what was there before. It must not read, but for the state that a program waits for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from providers.aws import programs
from providers.aws.client import Answer, Clients
from providers.aws.faults import fault_of
from providers.aws.kinds import Kind, frozen
from providers.aws.programs import CREATE, DELETE, LOOK_BACK, TAKE_BACK, UPDATE, WAIT
from providers.aws.table import GONE, Call, Table, Wait
from providers.aws.terms import Frame, evaluate, field_of, shaped
from providers.kit import tags as tagging
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Resource
from provisioner.model.value import EMPTY, Map, path_text, thaw
from provisioner.protocols.provider import Done, Pending

_MISSES = 10  # looks at a new object that may find nothing, before it counts as gone


@dataclass(frozen=True, slots=True)
class _Program:
    """A verb under way: what is left of it, and what its calls are made of. missed: looks in a row that found nothing · stale:
    keys of the tags of what is taken back, None where nothing is."""

    kind: Kind
    table: Table
    verb: str
    identity: str
    frame: Frame
    left: Sequence[str]
    missed: int = 0
    stale: tuple[str, ...] | None = None


class Writer:
    """Verbs of the types that have a table; ``kinds`` finds it by type name."""

    def __init__(self, clients: Clients, kinds: Callable[[str], Kind]) -> None:
        self._clients, self._kinds = clients, kinds

    def create(self, want: Resource, token: str, table: Table) -> Done | Pending:
        """The creating call; what it cannot set follows in ``advance``."""
        kind = self._kinds(want.type)
        frame = programs.creating(kind, table, want, token)
        try:
            answer = self._send(kind, table, table.create, frame)
        except ProviderError as error:
            if not table.returns or not re.search(table.returns.refused, f"{error.code}: {error.message}"):
                raise
            return _pending(_Program(kind, table, CREATE, "", frame, (LOOK_BACK,)), error.request_id)
        said = _said(table, frozen(answer.body))
        identity = kind.join_identity({**want.body, **table.constants, **said}) or kind.identity_of(want)
        if identity is None:
            raise self._error(want.place, kind, table.create, f"the answer names no {path_text(kind.identity[0])}")
        frame = replace(frame, identity=kind.split_identity(identity))
        left = programs.creation(table, frame)
        if left:
            return _pending(_Program(kind, table, CREATE, identity, frame, left), answer.request_id)
        return Done(identity, _attributes(kind, table, want.place, identity, said), answer.request_id)

    def update(self, have: Observed, want: Resource, diff: Diff, token: str, table: Table) -> Done | Pending:
        """The first of the calls that ``diff`` and the owner's tags need; nothing is sent where none does."""
        kind = self._kinds(want.type)
        frame = programs.updating(kind, have, want, diff, token)
        left = programs.changes(kind, table, frame, diff)
        if not left:
            return Done(have.identity)
        return self._next(_Program(kind, table, UPDATE, have.identity, frame, left))

    def delete(self, have: Observed, token: str, table: Table) -> Done | Pending:
        """The first of the calls that a delete needs; not-found is success."""
        kind = self._kinds(have.type)
        frame = programs.removing(kind, have, token)
        return self._next(_Program(kind, table, DELETE, have.identity, frame, programs.removal(table, frame)))

    def advance(
        self, pending: Pending, have: Observed | None, want: Resource | None, diff: Diff, token: str, table: Table
    ) -> Done | Pending:
        """The next call of a verb, or the next look at what it waits for."""
        kind, identity = self._kinds(pending.type), pending.identity or ""
        verb, left = str(pending.continuation["verb"]), list(pending.continuation["left"])
        stale = pending.continuation.get("stale")
        before = have or Observed(pending.type, pending.place, identity)
        if verb == DELETE:
            frame = programs.removing(kind, before, token)
        elif want is None:
            raise ProviderError(Fault.INVALID, f"{pending.type}: nothing says what is wanted", cloud="aws")
        elif verb == CREATE and stale is not None:
            frame = programs.returning(kind, table, want, token, identity, stale)
        elif verb == CREATE:
            frame = programs.creating(kind, table, want, token)
            frame = replace(frame, identity=kind.split_identity(identity)) if identity else frame
        else:
            frame = programs.updating(kind, before, want, diff, token)
        missed = int(pending.continuation.get("missed", 0))
        return self._next(_Program(kind, table, verb, identity, frame, left, missed, stale))

    def _next(self, program: _Program) -> Done | Pending:
        """Take the first step of what is left."""
        if program.left[0] == WAIT:
            return self._look(program)
        if program.left[0] in (LOOK_BACK, TAKE_BACK):
            return self._take_back(program)
        call, frame = programs.step(program.table, program.left[0], program.frame)
        deletes = program.verb == DELETE
        try:
            answer = self._send(program.kind, program.table, call, frame)
        except ProviderError as error:
            if error.fault is Fault.NOT_FOUND and deletes:
                if call is program.table.delete:
                    return Done(program.identity, request_id=error.request_id, missing=True)
                answer = Answer({}, error.request_id)  # what has to go first has gone
            else:
                if frame.new and error.fault is Fault.NOT_FOUND:
                    error.fault = Fault.NOT_READY  # we have just made it: AWS does not know everywhere yet
                raise
        return _onward(program, answer.request_id)

    def _take_back(self, program: _Program) -> Done | Pending:
        """One step on the way of what is taken back, instead of being made."""
        back, frame = program.table.returns, program.frame
        assert back is not None
        if program.left[0] == LOOK_BACK:
            look = Wait(back.get.operation, back.get.params, "", ())
            answer = self._send(program.kind, program.table, look, frame)
            tags = tagging.as_map(field_of(frozen(answer.body), back.tags))
            _, owner = tagging.split(tags)
            if not owner or not frame.owner or owner.lineage != frame.owner.lineage:
                message = f"what has this name is on its way out, and is not ours: {back.way_out}"
                raise self._error(frame.place, program.kind, look, message, Fault.INVALID, answer, ended=True)
            return _pending(replace(program, left=(TAKE_BACK,), stale=tuple(sorted(tags))), answer.request_id)
        answer = self._send(program.kind, program.table, back.call, frame)
        named = str(field_of(frozen(answer.body), back.identity))
        left = (TAKE_BACK, *programs.restoration(program.table, frame))
        return _onward(replace(program, identity=named, left=left), answer.request_id)

    def _look(self, program: _Program) -> Done | Pending:
        """One look at the state that a program waits for."""
        wait = programs.wait_of(program.table, program.verb)
        assert wait is not None
        state, answer = self._state(program, wait)
        if state in wait.ready:
            return _onward(program, answer.request_id)
        if state in wait.failed:
            reason = str(field_of(frozen(answer.body), wait.reason) or state) if wait.reason else state
            raise self._error(
                program.frame.place, program.kind, wait, f"it is {state}: {reason}", Fault.INVALID, answer, ended=True
            )
        missed = program.missed + 1 if state == GONE else 0
        if missed > _MISSES:
            raise self._error(program.frame.place, program.kind, wait, "it is not there", Fault.NOT_FOUND, answer)
        return _pending(replace(program, missed=missed), answer.request_id, state, wait.every)

    def _state(self, program: _Program, wait: Wait) -> tuple[str, Answer]:
        try:
            answer = self._send(program.kind, program.table, wait, program.frame)
        except ProviderError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            return GONE, Answer({}, error.request_id)
        found = field_of(frozen(answer.body), wait.state)
        return (found if isinstance(found, str) and found else GONE), answer

    def _send(self, kind: Kind, table: Table, call: Call | Wait, frame: Frame) -> Answer:
        writes = isinstance(call, Call)
        if isinstance(call, Call) and call.instead:
            call = call.instead(frame) or call
        parameters = thaw(call.parameters(frame) if isinstance(call, Call) else evaluate(call.params, frame))
        try:
            answer = self._clients.send(frame.place, kind.type.service, call.operation, parameters, writes=writes)
            failed = call.failed(frozen(answer.body)) if isinstance(call, Call) and call.failed else None
            if failed:
                code, words = failed
                raise self._error(frame.place, kind, call, words, fault_of(code, 400), answer, code=code)
            return answer
        except ProviderError as error:
            if isinstance(call, Call) and error.code in call.tolerates:
                return Answer({}, error.request_id)
            raise table.meant(error) from error.__cause__

    def _error(
        self,
        place: Place,
        kind: Kind,
        call: Call | Wait,
        message: str,
        fault: Fault = Fault.UNCERTAIN,
        answer: Answer | None = None,
        ended: bool = False,
        code: str = "",
    ) -> ProviderError:
        return ProviderError(
            fault,
            message,
            cloud="aws",
            service=kind.type.service,
            operation=call.operation,
            region=place.region,
            code=code,
            request_id=answer.request_id if answer else "",
            ended=ended,
        )


def _onward(program: _Program, request_id: str) -> Done | Pending:
    """The next step, or the end where this was the last."""
    if program.left[1:]:
        return _pending(replace(program, left=program.left[1:], missed=0), request_id)
    known = EMPTY
    if program.verb != DELETE:
        known = _attributes(program.kind, program.table, program.frame.place, program.identity, {})
    return Done(program.identity, known, request_id)


def _pending(program: _Program, request_id: str, progress: str = "", delay: float = 0.0) -> Pending:
    left = tuple(program.left)
    more: dict[str, Any] = {"missed": program.missed} if program.missed else {}
    more |= {} if program.stale is None else {"stale": program.stale}
    count = sum(name not in (WAIT, LOOK_BACK) for name in left)
    return Pending(
        program.frame.place,
        program.kind.type.name,
        program.identity or None,
        Map(verb=program.verb, left=left, **more),
        writes=left[0] not in (WAIT, LOOK_BACK),
        delay=delay,
        progress=progress or (f"{count} more call{'s' if count > 1 else ''}" if count else ""),
        request_id=request_id,
    )


# --- answers --------------------------------------------------------------------------------------------------------------


def _said(table: Table, answer: Map) -> dict[str, Any]:
    """The properties that the creating call's answer holds."""
    item = field_of(answer, table.answer)
    return shaped(table.body, item) if item else {}


def _attributes(kind: Kind, table: Table, place: Place, identity: str, said: dict[str, Any]) -> Map:
    known = Map({**said, **table.constants, **kind.split_identity(identity)})
    body = dict(known) | dict(table.derive(known, place) if table.derive else {})
    if kind.type.tags:
        body.pop(str(kind.type.tags.path[0]), None)
    return Map(body)
