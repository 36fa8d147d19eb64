"""Types without a table, through Cloud Control: one API that creates, reads, changes, deletes and lists any type of the registry.

Every change is an operation with a handle of its own, polled until it has ended; its ``ClientToken`` makes a repeated call the
same one for 36 hours. Source: the Cloud Control API reference. It knows no single type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from providers.aws import programs
from providers.aws.client import Answer, Clients
from providers.aws.faults import Request, error
from providers.aws.kinds import Kind
from providers.aws.reads import blindspot, observed
from providers.kit import tags as tagging
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.naming import call_token
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import EffectKind, TagField
from provisioner.model.value import ABSENT, EMPTY, Map, Value, freeze, put, thaw
from provisioner.protocols.provider import Ask, Done, Pending, Read, ReadResult

SERVICE = "cloudcontrol"
_GET, _LIST, _REQUESTS = "GetResource", "ListResources", "ListResourceRequests"
_SLOWEST = 10.0  # seconds between two looks at an operation
_BUSY = ("PENDING", "IN_PROGRESS")

_FAULTS: Mapping[str, Fault] = {
    "AccessDenied": Fault.DENIED,
    "AlreadyExists": Fault.CONFLICT,
    "GeneralServiceException": Fault.TRANSIENT,
    "InternalFailure": Fault.TRANSIENT,
    "InvalidCredentials": Fault.DENIED,
    "NetworkFailure": Fault.TRANSIENT,
    "NotFound": Fault.NOT_FOUND,
    "ResourceConflict": Fault.CONFLICT,
    "ServiceInternalError": Fault.TRANSIENT,
    "ServiceLimitExceeded": Fault.QUOTA,
    "ServiceTimeout": Fault.TRANSIENT,
    "Throttling": Fault.THROTTLED,
    "UnauthorizedTaggingOperation": Fault.DENIED,
}
"""What an operation's ``ErrorCode`` means; any other says that the request is wrong as it is."""


class CloudControl:
    """Reads and verbs of the types that have handlers and no table; ``kinds`` finds them by type name."""

    def __init__(self, clients: Clients, kinds: Callable[[str], Kind]) -> None:
        self._clients, self._kinds = clients, kinds

    # --- reads ----------------------------------------------------------------------------------------------------------

    def reads(self, ask: Ask) -> list[Read]:
        """How to answer an ask. Only an owner in doubt is looked for in a listing: it costs a request for each object."""
        identities = ask.identities or ((ask.want.identity,) if ask.want and ask.want.identity else ())
        if identities:
            return [Read(ask.place, ask.type, _GET, Map(identity=identity)) for identity in dict.fromkeys(identities)]
        if ask.owner:
            mark = Map(ask.owner.tags()) if self._kinds(ask.type).type.tags else EMPTY
            return (
                [Read(ask.place, ask.type, _REQUESTS), Read(ask.place, ask.type, _LIST, Map(mark=mark))] if mark else []
            )
        if ask.parents or ask.lineage or ask.want:
            return []
        return [Read(ask.place, ask.type, _LIST)]

    def read(self, read: Read) -> ReadResult:
        """Send one read."""
        identity = str(read.arguments.get("identity", ""))
        try:
            answer = self._send(read.place, read.call, _parameters(read))
        except ProviderError as failed:
            if failed.fault is Fault.NOT_FOUND:
                return ReadResult(request_id=failed.request_id)
            if failed.fault is not Fault.DENIED:
                raise
            return ReadResult(blindspots=(blindspot(read, f"denied: {failed}", identity, failed),))
        if read.call == _GET:
            return self._found(read, answer)
        if read.call == _REQUESTS:
            return _under_way(read, answer)
        return _listed(read, answer)

    def _found(self, read: Read, answer: Answer) -> ReadResult:
        kind, model = self._kinds(read.type), answer.body["ResourceDescription"]
        parts = {str(path[-1]): part for path, part in kind.parts(str(model["Identifier"]))}
        body: Value = freeze({**parts, **json.loads(model["Properties"])})
        found = observed(read.place, kind, body, str(model["Identifier"]))
        mark = read.arguments.get("mark")
        if mark and (found.owner is None or found.owner.tags() != mark):
            return ReadResult(request_id=answer.request_id)
        return ReadResult((found,), request_id=answer.request_id)

    # --- verbs ----------------------------------------------------------------------------------------------------------

    def create(self, want: Resource, token: str) -> Done | Pending:
        """Start creating, owner tags included."""
        kind = self._kinds(want.type)
        tags = tagging.join(kind.tags_in(want.body), want.owner)
        wanted = put(want.body, kind.type.tags.path, _shaped(kind.type.tags, tags)) if kind.type.tags else want.body
        parameters = {"TypeName": want.type, "DesiredState": json.dumps(thaw(wanted))}
        return self._started(want.place, kind, "CreateResource", parameters, token)

    def update(self, have: Observed, want: Resource, diff: Diff, token: str) -> Done | Pending:
        """Start changing just the properties that ``diff`` touches, and the tags where they are others."""
        kind = self._kinds(want.type)
        frame = programs.updating(kind, have, want, diff, token)
        field = kind.type.tags
        tags = str(field.path[0]) if field else ""
        names = dict.fromkeys(str(edit.path[0]) for edit in diff.edits if edit.path[0] != tags)
        patch = [_operation(name, frame.have, frame.want.get(name, ABSENT)) for name in names]
        if field and frame.tags != frame.old_tags:
            there = frame.have if not frame.old_tags else Map({tags: ()})
            patch.append(_operation(tags, there, _shaped(field, frame.tags)))
        if not patch:
            return Done(have.identity)
        patch += [
            _operation(name, frame.have, frame.want[name])
            for name in _unread(kind)
            if name in frame.want.keys() - names
        ]
        parameters = {"TypeName": want.type, "Identifier": have.identity, "PatchDocument": json.dumps(patch)}
        return self._started(want.place, kind, "UpdateResource", parameters, token, have.identity)

    def delete(self, have: Observed, token: str) -> Done | Pending:
        """Start deleting; not-found is success."""
        parameters = {"TypeName": have.type, "Identifier": have.identity}
        try:
            return self._started(have.place, self._kinds(have.type), "DeleteResource", parameters, token, have.identity)
        except ProviderError as failed:
            if failed.fault is not Fault.NOT_FOUND:
                raise
            return Done(have.identity, request_id=failed.request_id, missing=True)

    def advance(self, pending: Pending) -> Done | Pending:
        """One look at an operation."""
        handle, looks = str(pending.continuation["request"]), int(pending.continuation["looks"])
        answer = self._send(pending.place, "GetResourceRequestStatus", {"RequestToken": handle})
        kind = self._kinds(pending.type)
        return self._judged(pending.place, kind, answer, pending.identity or "", looks + 1)

    def _started(
        self, place: Place, kind: Kind, operation: str, parameters: Mapping[str, Any], token: str, identity: str = ""
    ) -> Done | Pending:
        sent = {**parameters, "ClientToken": call_token(token, operation)}
        return self._judged(place, kind, self._send(place, operation, sent, writes=True), identity, 0)

    def _judged(self, place: Place, kind: Kind, answer: Answer, identity: str, looks: int) -> Done | Pending:
        """What an operation's progress means."""
        event = answer.body["ProgressEvent"]
        status, verb = str(event["OperationStatus"]), str(event.get("Operation", ""))
        identity = str(event.get("Identifier") or identity)
        if status == "SUCCESS":
            return Done(identity, _attributes(kind, event), answer.request_id)
        if status in _BUSY:
            state = Map(request=event["RequestToken"], looks=looks)
            words = str(event.get("StatusMessage") or status.lower().replace("_", " "))
            delay = min(_SLOWEST, 1.0 + looks)
            return Pending(place, kind.type.name, identity or None, state, False, delay, words, answer.request_id)
        code = str(event.get("ErrorCode") or status)
        if verb == "DELETE" and code == "NotFound":
            return Done(identity, request_id=answer.request_id, missing=True)
        request = Request(place, SERVICE, f"{verb.title()}Resource {kind.type.name}", writes=False)
        words = str(event.get("StatusMessage") or f"the operation ended as {status}")
        raise error(
            request, _FAULTS.get(code, Fault.INVALID), words, code=code, request_id=answer.request_id, ended=True
        )

    def _send(self, place: Place, operation: str, parameters: Mapping[str, Any], *, writes: bool = False) -> Answer:
        return self._clients.send(place, SERVICE, operation, parameters, writes=writes)


# --- reading ----------------------------------------------------------------------------------------------------------------


def _parameters(read: Read) -> dict[str, Any]:
    if read.call == _REQUESTS:
        chosen = {"Operations": ["CREATE"], "OperationStatuses": list(_BUSY)}
        parameters: dict[str, Any] = {"ResourceRequestStatusFilter": chosen, "MaxResults": 100}
    else:
        parameters = {"TypeName": read.type}
        parameters |= {"Identifier": read.arguments["identity"]} if read.call == _GET else {"MaxResults": 100}
    page = read.arguments.get("page")
    return {**parameters, "NextToken": page} if page else parameters


def _next_page(read: Read, answer: Answer) -> list[Read]:
    token = answer.body.get("NextToken")
    return [Read(read.place, read.type, read.call, put(read.arguments, ("page",), token))] if token else []


def _listed(read: Read, answer: Answer) -> ReadResult:
    """A listing holds no more than identifiers for sure."""
    named = [str(item["Identifier"]) for item in answer.body.get("ResourceDescriptions", ())]
    more = [
        Read(read.place, read.type, _GET, Map({**read.arguments, "identity": name, "page": None})) for name in named
    ]
    return ReadResult(more=(*more, *_next_page(read, answer)), request_id=answer.request_id)


def _under_way(read: Read, answer: Answer) -> ReadResult:
    """Where something of this type is being created, nobody can say yet that an object is not there."""
    events = answer.body.get("ResourceRequestStatusSummaries", ())
    busy = [event for event in events if event.get("TypeName") == read.type]
    spots = (
        (blindspot(read, "one is being created, which may be it: try again when that has ended", ""),) if busy else ()
    )
    return ReadResult(blindspots=spots, more=tuple(_next_page(read, answer)), request_id=answer.request_id)


# --- writing ----------------------------------------------------------------------------------------------------------------


def _operation(name: str, have: Map, value: Value) -> dict[str, Any]:
    """One operation of a JSON patch on a property at the top. ``add`` sets what cannot be read too, there or not."""
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    if value is ABSENT:
        return {"op": "remove", "path": pointer}
    return {"op": "replace" if name in have else "add", "path": pointer, "value": thaw(value)}


def _unread(kind: Kind) -> list[str]:
    """The properties at the top with something in them that is only written. A patch changes what can be read, and what comes of
    that has to have all that the schema requires: every patch says them again, but for those that are only set once."""
    fixed = {effect.path for effect in kind.type.effects if effect.kind is EffectKind.REPLACE}
    return list(dict.fromkeys(str(path[0]) for path in kind.type.write_only if path[:1] not in fixed))


def _shaped(field: TagField, tags: Mapping[str, Any]) -> Value:
    shaped: Value = freeze(tagging.as_list(tags) if field.shape == "list" else dict(tags))
    return shaped


def _attributes(kind: Kind, event: Mapping[str, Any]) -> Map:
    """What an event tells of the object, its tags and all that is secret left out."""
    body: dict[str, Any] = json.loads(event.get("ResourceModel") or "{}")
    if kind.type.tags:
        body.pop(str(kind.type.tags.path[0]), None)
    known: Map = freeze({name: value for name, value in body.items() if not kind.type.is_write_only((name,))})
    return known
