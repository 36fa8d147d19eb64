"""Cloud Control API, which moto has not: its operations (API reference and user guide of Cloud Control), on moto's objects.

What it refuses outright (an unknown type, a model that the schema refuses, a patch of what is only set once) and what it says in
an event (what the handlers of the type fail with) is told apart as AWS does it. Knows no resource type.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.cloud_control.adapter import Adapter, HandlerError, Model, adapters
from providers.aws.sandbox.cloud_control.patches import PatchError, patched
from providers.aws.sandbox.cloud_control.requests import Outcome, Requests
from providers.aws.sandbox.cloud_control.schemas import Schema, model_of, schema
from providers.aws.sandbox.corrections import Work, answer
from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Response

_LOG = logging.getLogger(__name__)
_MOTO = (  # what is in the name of an error of moto's, and what handlers call it
    ("NotFound", "NotFound"),
    ("Nonexistent", "NotFound"),
    ("Exist", "AlreadyExists"),
    ("Duplicate", "AlreadyExists"),
    ("LimitExceeded", "ServiceLimitExceeded"),
    ("Conflict", "ResourceConflict"),
    ("InUse", "ResourceConflict"),
    ("Dependency", "ResourceConflict"),
    ("Invalid", "InvalidRequest"),
    ("Validation", "InvalidRequest"),
    ("BadRequest", "InvalidRequest"),
)
_REFUSED = {  # what an error code is called where it is no event
    "NotFound": "ResourceNotFoundException",
    "InternalFailure": "HandlerInternalFailureException",
    "GeneralServiceException": "GeneralServiceException",
}


class _Asked:
    """One call about a type: its parameters, schema and adapter, and the operations of its region."""

    def __init__(self, call: Call, work: Work, action: str) -> None:
        self.parameters = call.parameters()
        self.schema: Schema = schema(self.parameters.get("TypeName", ""))
        self.schema.allow(action)
        self.type = self.schema.type
        self.requests = work.kept(Requests)
        found = adapters(self.schema.service).get(self.type)
        if found is None:
            words = f"The sandbox does not implement {self.type} in Cloud Control."
            raise RefusedError("NotImplemented", words, 501)
        self.adapter: Adapter = found(work.model(found.service))

    def keys(self) -> Model:
        """The primary identifier of what the call names, which it may do by another one."""
        given = self.schema.keys(self.parameters["Identifier"])
        if set(given) == set(self.schema.identifier):
            return given
        for keys in self.adapter.every({}):
            model = self.adapter.read(keys) or {}
            if given.items() <= model.items():
                return keys
        raise self.missing(self.parameters["Identifier"])

    def missing(self, identifier: str) -> RefusedError:
        words = f"Resource of type '{self.type}' with identifier '{identifier}' was not found."
        return RefusedError("ResourceNotFoundException", words)

    def refuse_unheld(self, want: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        """The sandbox's own limit: what moto cannot hold would be lost without a word."""
        changed = {name for name, value in want.items() if name not in before or before[name] != value}
        if unheld := sorted(changed - set(self.adapter.holds)):
            words = f"The sandbox's {self.type} holds no {', '.join(unheld)}."
            raise RefusedError("NotImplemented", words, 501)


def _create(call: Call, work: Work) -> Response:
    asked = _Asked(call, work, "create")
    if event := asked.requests.again(asked.parameters):
        return answer(call, {"ProgressEvent": event})
    want = model_of(asked.parameters["DesiredState"], "DesiredState")
    asked.schema.check_created(want)
    asked.refuse_unheld(want, {})
    keys = {name: want[name] for name in asked.schema.identifier if name in want}
    known = asked.schema.identity(keys) if len(keys) == len(asked.schema.identifier) else ""
    if known:
        asked.requests.refuse_another(asked.type, known)

    def made() -> str:
        if known and asked.adapter.read(keys) is not None:
            words = f"Resource of type '{asked.type}' with identifier '{known}' already exists."
            raise HandlerError("AlreadyExists", words)
        return asked.schema.identity(asked.adapter.create(want))

    return _begun(call, asked, "CREATE", known, made)


def _update(call: Call, work: Work) -> Response:
    asked = _Asked(call, work, "update")
    if event := asked.requests.again(asked.parameters):
        return answer(call, {"ProgressEvent": event})
    keys = asked.keys()
    identifier = asked.schema.identity(keys)
    asked.requests.refuse_another(asked.type, identifier)
    found = asked.adapter.read(keys)
    if found is None:
        raise asked.missing(identifier)
    before = asked.schema.readable(found)
    try:
        after = patched(before, json.loads(asked.parameters["PatchDocument"]))
    except (PatchError, ValueError) as error:
        raise RefusedError("ValidationException", f"Invalid patch document: {error}") from None
    asked.schema.check_updated(before, after)
    want = asked.schema.settable(after)
    asked.refuse_unheld(want, before)

    def made() -> str:
        asked.adapter.update(keys, want)
        return identifier

    return _begun(call, asked, "UPDATE", identifier, made)


def _delete(call: Call, work: Work) -> Response:
    asked = _Asked(call, work, "delete")
    if event := asked.requests.again(asked.parameters):
        return answer(call, {"ProgressEvent": event})
    keys = asked.keys()
    identifier = asked.schema.identity(keys)
    asked.requests.refuse_another(asked.type, identifier)

    def made() -> str:
        if asked.adapter.read(keys) is None:
            raise HandlerError("NotFound", asked.missing(identifier).message)
        asked.adapter.delete(keys)
        return identifier

    return _begun(call, asked, "DELETE", identifier, made)


def _begun(call: Call, asked: _Asked, kind: str, known: str, work: Callable[[], str]) -> Response:
    try:
        outcome = Outcome(work())
    except NotImplementedError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever breaks in moto is a handler's failure
        outcome = Outcome(known, *_failure(error))
    return answer(call, {"ProgressEvent": asked.requests.begin(asked.type, kind, asked.parameters, known, outcome)})


def _failure(error: Exception) -> tuple[str, str]:
    """The error code of what a handler or moto raises, and its words."""
    if isinstance(error, HandlerError):
        return error.code, error.message
    name = str(getattr(error, "error_type", "") or getattr(error, "code", "") or "") + type(error).__name__
    code = next((code for part, code in _MOTO if part in name), "")
    if not code or not hasattr(error, "message"):
        _LOG.error("a handler of Cloud Control failed in moto", exc_info=error)
        return "InternalFailure", f"moto failed: {type(error).__name__}: {error}"
    return code, str(error.message)


def _get(call: Call, work: Work) -> Response:
    asked = _Asked(call, work, "read")
    keys = asked.keys()
    found = asked.adapter.read(keys)
    if found is None:
        raise asked.missing(asked.schema.identity(keys))
    return answer(call, {"TypeName": asked.type, "ResourceDescription": _described(asked, keys, found)})


def _described(asked: _Asked, keys: Model, model: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Identifier": asked.schema.identity(keys),
        "Properties": json.dumps(asked.schema.readable(model)),
    }


def _list(call: Call, work: Work) -> Response:
    """Each item has what identifies it and no more: that is all that a list handler has to say."""
    asked = _Asked(call, work, "list")
    of = model_of(asked.parameters.get("ResourceModel", "{}"), "ResourceModel")
    if lacking := [name for name in asked.adapter.listed_by if name not in of]:
        lacks = "".join(f"(#: required key [{name}] not found)" for name in lacking)
        words = f"Missing or invalid ResourceModel property in {asked.type} list handler request input."
        raise RefusedError("InvalidRequestException", f"{words}Required property: {lacks}")

    def whole() -> list[dict[str, str]]:
        try:
            return [_described(asked, keys, keys) for keys in asked.adapter.every(of)]
        except Exception as error:  # noqa: BLE001 - as above
            code, words = _failure(error)
            raise RefusedError(_REFUSED.get(code, f"{code}Exception"), words) from None

    items, more = asked.requests.page(asked.parameters, whole)
    return answer(call, {"TypeName": asked.type, "ResourceDescriptions": items, **_following(more)})


def _status(call: Call, work: Work) -> Response:
    return answer(call, {"ProgressEvent": work.kept(Requests).status(call.parameters()["RequestToken"])})


def _cancel(call: Call, work: Work) -> Response:
    return answer(call, {"ProgressEvent": work.kept(Requests).cancel(call.parameters()["RequestToken"])})


def _requests(call: Call, work: Work) -> Response:
    items, more = work.kept(Requests).summaries(call.parameters())
    return answer(call, {"ResourceRequestStatusSummaries": items, **_following(more)})


def _following(token: str) -> dict[str, str]:
    return {"NextToken": token} if token else {}


HANDLERS = {
    "CreateResource": _create,
    "GetResource": _get,
    "UpdateResource": _update,
    "DeleteResource": _delete,
    "ListResources": _list,
    "GetResourceRequestStatus": _status,
    "ListResourceRequests": _requests,
    "CancelResourceRequest": _cancel,
}
OWN_TOKENS = True  # a client token stands for an operation, whose event goes on
