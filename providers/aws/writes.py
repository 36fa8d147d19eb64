"""Creating, updating, deleting: a verb is a program of a table's calls, one request each, its position journalled.

What is left of a program stands in ``Pending.continuation`` as the names of its calls, never a property's value; each call is
made anew from what is wanted and what was there before. It must not read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from providers.aws.client import Answer, Clients
from providers.aws.kinds import Kind, frozen
from providers.aws.table import Call, Frame, Table, given, path, shaped
from providers.kit import tags as tagging
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Resource
from provisioner.model.value import ABSENT, EMPTY, Map, Path, get, path_text, put, thaw
from provisioner.protocols.provider import Done, Pending


class Writer:
    """Verbs of the types that have a table; ``kinds`` finds it by type name."""

    def __init__(self, clients: Clients, kinds: Callable[[str], Kind]) -> None:
        self._clients, self._kinds = clients, kinds

    def create(self, want: Resource, token: str, table: Table) -> Done | Pending:
        """The creating call; what it cannot set follows in ``advance``."""
        kind = self._kinds(want.type)
        frame = _creating(kind, table, want, token)
        answer = self._send(kind, table.create, frame)
        said = _said(table, frozen(answer.body))
        identity = kind.join_identity({**want.body, **table.constants, **said})
        if identity is None:
            raise self._error(want.place, kind, table.create, f"the answer names no {path_text(kind.identity[0])}")
        frame = replace(frame, identity=kind.split_identity(identity))
        left = [call.name for call in _creation(kind, table, frame)]
        if left:
            return _pending(want, identity, "create", left, answer)
        return Done(identity, _attributes(kind, table, want.place, identity, said), answer.request_id)

    def update(self, have: Observed, want: Resource, diff: Diff, token: str, table: Table) -> Done | Pending:
        """The first of the calls that ``diff`` and the owner's tags need; nothing is sent where none does."""
        kind = self._kinds(want.type)
        frame = _updating(kind, have, want, diff, token)
        calls = _changes(kind, table, frame, diff)
        if not calls:
            return Done(have.identity)
        return self._next(kind, table, frame, want, have.identity, "update", [call.name for call in calls])

    def advance(
        self, pending: Pending, have: Observed | None, want: Resource, diff: Diff, token: str, table: Table
    ) -> Done | Pending:
        """The next call of a create or an update."""
        kind = self._kinds(want.type)
        verb, left = str(pending.continuation["verb"]), list(pending.continuation["left"])
        identity = pending.identity or ""
        if verb == "create":
            frame = replace(_creating(kind, table, want, token), identity=kind.split_identity(identity))
        else:
            before = have or Observed(want.type, want.place, identity)
            frame = _updating(kind, before, want, diff, token)
        return self._next(kind, table, frame, want, identity, verb, left)

    def delete(self, have: Observed, token: str, table: Table) -> Done:
        """The deleting call; not-found is success."""
        kind = self._kinds(have.type)
        frame = Frame(have.place, kind.split_identity(have.identity), have=have.body, token=token)
        try:
            answer = self._send(kind, table.delete, frame)
        except ProviderError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            return Done(have.identity, request_id=error.request_id, missing=True)
        return Done(have.identity, request_id=answer.request_id)

    def _next(
        self, kind: Kind, table: Table, frame: Frame, want: Resource, identity: str, verb: str, left: Sequence[str]
    ) -> Done | Pending:
        """Send the first call of what is left."""
        try:
            answer = self._send(kind, table.call(left[0]), frame)
        except ProviderError as error:
            if frame.new and error.fault is Fault.NOT_FOUND:
                error.fault = Fault.NOT_READY  # we have just made it: AWS does not know everywhere yet
            raise
        if left[1:]:
            return _pending(want, identity, verb, left[1:], answer)
        return Done(identity, _attributes(kind, table, want.place, identity, {}), answer.request_id)

    def _send(self, kind: Kind, call: Call, frame: Frame) -> Answer:
        parameters = thaw(call.parameters(frame))
        try:
            return self._clients.send(frame.place, kind.type.service, call.operation, parameters, writes=True)
        except ProviderError as error:
            if error.code in call.tolerates:
                return Answer({}, error.request_id)
            raise

    def _error(self, place: Place, kind: Kind, call: Call, message: str) -> ProviderError:
        service, operation = kind.type.service, call.operation
        return ProviderError(
            Fault.UNCERTAIN, message, cloud="aws", service=service, operation=operation, region=place.region
        )


# --- programs -------------------------------------------------------------------------------------------------------------


def _creation(kind: Kind, table: Table, frame: Frame) -> list[Call]:
    """The calls after the creating one: tags where that cannot take them, and properties that it cannot set."""
    at_once = {each[0] for each in table.create.paths}
    tags = [] if table.tags_on_create else [call for call in table.tags if call.when(frame)]
    rest = [
        call
        for call in table.updates
        if not all(each[0] in at_once for each in call.paths)
        and any(_beyond_default(call, frame, each) for each in call.paths)
        and call.when(frame)
    ]
    return [*tags, *rest]


def _beyond_default(call: Call, frame: Frame, where: Path) -> bool:
    wanted = given(frame.want, where)
    return wanted is not ABSENT and (call.even_default or wanted != get(frame.have, where))


def _changes(kind: Kind, table: Table, frame: Frame, diff: Diff) -> list[Call]:
    """The calls of an update. An edit that none of them can make is an error: nothing is left out silently."""
    settable = [
        *(each for call in table.updates for each in call.paths),
        *([kind.type.tags.path] if kind.type.tags else ()),
    ]
    for edit in diff.edits:
        left_as_it_is = edit.after is ABSENT  # it has no default, and the plan has said so
        once = kind.type.is_write_only(edit.path)  # went with the create, and cannot be compared
        if not left_as_it_is and not once and not Diff((edit,)).touches(*settable):
            message = f"{kind.type.name}.{path_text(edit.path)} cannot be changed in place"
            raise ProviderError(
                Fault.INVALID, message, cloud="aws", service=kind.type.service, region=frame.place.region
            )
    sets = [
        call
        for call in table.updates
        if diff.touches(*call.paths)
        and any(given(frame.want, each) is not ABSENT for each in call.paths)
        and call.when(frame)
    ]
    return [*sets, *(call for call in table.tags if call.when(frame))]


def _pending(want: Resource, identity: str, verb: str, left: Sequence[str], answer: Answer) -> Pending:
    progress = f"{len(left)} more call{'s' if len(left) > 1 else ''}"
    return Pending(
        want.place,
        want.type,
        identity,
        Map(verb=verb, left=tuple(left)),
        writes=True,
        progress=progress,
        request_id=answer.request_id,
    )


# --- frames ---------------------------------------------------------------------------------------------------------------


def _creating(kind: Kind, table: Table, want: Resource, token: str) -> Frame:
    """What a create is made of: before it there is what AWS takes by itself."""
    tags = tagging.join(_tags(kind, want.body), want.owner)
    identity = kind.join_identity({**want.body, **table.constants})
    return Frame(
        want.place,
        identity=kind.split_identity(identity) if identity else EMPTY,
        want=want.body,
        have=table.at_birth,
        tags=Map(tags),
        owner=want.owner,
        new=True,
        token=token,
    )


def _updating(kind: Kind, have: Observed, want: Resource, diff: Diff, token: str) -> Frame:
    """What an update is made of. Tags that the diff does not touch stay as they are; the owner's always follow ``want``."""
    before = _tags(kind, have.body)
    touched = bool(kind.type.tags and diff.touches(kind.type.tags.path))
    wanted: Any = _over(have.body, want.body)
    for edit in diff.edits:  # what has left the blueprint goes back to the default that the plan shows, or is unset
        through_maps = all(isinstance(part, str) for part in edit.path)
        if through_maps and get(want.body, edit.path) is ABSENT:
            wanted = put(wanted, edit.path, edit.after)
    return Frame(
        want.place,
        identity=kind.split_identity(have.identity),
        want=wanted,
        have=have.body,
        tags=Map(tagging.join(_tags(kind, want.body) if touched else before, want.owner)),
        old_tags=Map(tagging.join(before, have.owner)),
        owner=want.owner,
        token=token,
    )


def _over(have: Map, want: Map) -> Map:
    """The wanted body where a map that is wanted in part keeps the rest of what stands there: AWS sets such a map as a
    whole, and what the plan does not show must not change."""
    parts = {
        key: _over(have[key], item)
        for key, item in want.items()
        if isinstance(item, Map) and isinstance(have.get(key), Map)
    }
    return Map({**want, **{key: Map({**have[key], **part}) for key, part in parts.items()}})


def _tags(kind: Kind, body: Map) -> dict[str, Any]:
    field = kind.type.tags
    return tagging.as_map(get(body, field.path) or None) if field else {}


# --- answers --------------------------------------------------------------------------------------------------------------


def _said(table: Table, answer: Map) -> dict[str, Any]:
    """The properties that the creating call's answer holds."""
    item = get(answer, path(table.answer)) if table.answer else answer
    return shaped(table.body, item) if item else {}


def _attributes(kind: Kind, table: Table, place: Place, identity: str, said: dict[str, Any]) -> Map:
    known = Map({**said, **table.constants, **kind.split_identity(identity)})
    body = dict(known) | dict(table.derive(known, place) if table.derive else {})
    if kind.type.tags:
        body.pop(str(kind.type.tags.path[0]), None)
    return Map(body)
