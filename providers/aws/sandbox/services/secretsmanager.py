"""Secrets Manager where moto is not it (its API reference): a name is taken until the secret is gone for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Handler, Work
from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Response

_GOING = "You can't create this secret because a secret with this name is already scheduled for deletion."
_MARKED = "You can't perform this operation on the secret because it was marked for deletion."


def _secret(call: Call, work: Work, parameter: str = "SecretId") -> Any:
    return work.model().secrets.get(str(call.parameters().get(parameter, "")))


def _create(call: Call, work: Work) -> Response:
    found = _secret(call, work, "Name")
    if found is not None and found.is_deleted():
        raise RefusedError("InvalidRequestException", _GOING)
    return work()


def _alive(call: Call, work: Work) -> Response:
    """What is marked for deletion takes no change."""
    found = _secret(call, work)
    if found is not None and found.is_deleted():
        raise RefusedError("InvalidRequestException", _MARKED)
    return work()


def _update(call: Call, work: Work) -> Response:
    """moto keeps the description where an empty one is sent."""
    response = _alive(call, work)
    if response.status < 400 and call.parameters().get("Description") == "":
        _secret(call, work).description = ""
    return response


HANDLERS: Mapping[str, Handler] = {
    "CreateSecret": _create,
    "UpdateSecret": _update,
    **dict.fromkeys(
        ("PutSecretValue", "RemoveRegionsFromReplication", "ReplicateSecretToRegions", "TagResource", "UntagResource"),
        _alive,
    ),
}
