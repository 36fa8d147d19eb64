"""KMS where moto is not it (KMS API reference): how often keys rotate, which do not, and what is pending deletion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Handler, Work, answer
from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Response

_PERIOD = 365


def _key(call: Call, work: Work) -> Any:
    model = work.model()
    return model.keys.get(model.any_id_to_key_id(str(call.parameters().get("KeyId", ""))))


def _not_pending(call: Call, work: Work) -> Response:
    """What is pending deletion takes no change."""
    asked = call.parameters()
    model = work.model()
    key = model.keys.get(model.get_key_id(str(asked.get("KeyId") or asked.get("TargetKeyId") or "")))
    if key is not None and key.key_state == "PendingDeletion":
        raise RefusedError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return work()


def _rotating(call: Call, work: Work) -> Any:
    key = _key(call, work)
    if key is not None and (key.key_spec != "SYMMETRIC_DEFAULT" or key.origin != "AWS_KMS"):
        raise RefusedError("UnsupportedOperationException", "The operation is not supported for this key.")
    return key


def _enable_rotation(call: Call, work: Work) -> Response:
    key = _rotating(call, work)
    response = _not_pending(call, work)
    if key is not None and response.status < 400:
        key.rotation_period = call.parameters().get("RotationPeriodInDays") or _PERIOD
    return response


def _rotation(call: Call, work: Work) -> Response:
    key = _rotating(call, work)
    if key is None or not key.key_rotation_status:
        return work()
    period = getattr(key, "rotation_period", _PERIOD)
    return answer(call, {"KeyId": key.id, "KeyRotationEnabled": True, "RotationPeriodInDays": period})


HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(
        (
            "CreateAlias", "DisableKey", "DisableKeyRotation", "EnableKey", "PutKeyPolicy", "ScheduleKeyDeletion",
            "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription",
        ),
        _not_pending,
    ),
    "EnableKeyRotation": _enable_rotation,
    "GetKeyRotationStatus": _rotation,
}  # fmt: skip
