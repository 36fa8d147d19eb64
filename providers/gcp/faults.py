"""Google's errors as faults: one table of reasons, one of HTTP statuses. Pure functions; must not send or retry anything."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.model.fault import Fault, ProviderError

_REASONS: Mapping[Fault, tuple[str, ...]] = {
    Fault.THROTTLED: (
        "RATE_LIMIT_EXCEEDED",
        "USER_RATE_LIMIT_EXCEEDED",
        "RESOURCE_OPERATION_RATE_EXCEEDED",
        "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED",
    ),
    Fault.QUOTA: (
        "QUOTA_EXCEEDED",
        "LIMIT_EXCEEDED",
        "DAILY_LIMIT_EXCEEDED",
        "IP_SPACE_EXHAUSTED",
        "IP_SPACE_EXHAUSTED_WITH_DETAILS",
        "ZONE_RESOURCE_POOL_EXHAUSTED",
        "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS",
    ),
    Fault.CONFLICT: (
        "ALREADY_EXISTS",
        "RESOURCE_ALREADY_EXISTS",
        "RESOURCE_IN_USE",
        "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE",
        "IP_IN_USE_BY_ANOTHER_RESOURCE",
        "CONDITION_NOT_MET",
    ),
    Fault.NOT_READY: ("RESOURCE_NOT_READY",),
    Fault.NOT_FOUND: ("NOT_FOUND", "RESOURCE_NOT_FOUND"),
    Fault.DENIED: ("FORBIDDEN", "PERMISSIONS_ERROR", "INSUFFICIENT_PERMISSIONS", "ACCESS_NOT_CONFIGURED", "AUTH_ERROR"),
    Fault.TRANSIENT: ("BACKEND_ERROR", "INTERNAL_ERROR"),
}
_BY_REASON = {reason: fault for fault, reasons in _REASONS.items() for reason in reasons}
_BY_STATUS = {
    401: Fault.DENIED,
    403: Fault.DENIED,
    404: Fault.NOT_FOUND,
    408: Fault.TRANSIENT,
    409: Fault.CONFLICT,
    410: Fault.NOT_FOUND,
    412: Fault.CONFLICT,
    429: Fault.THROTTLED,
    501: Fault.INVALID,
}
UNAUTHENTICATED = "UNAUTHENTICATED"
"""The code of every error that is about our credentials, rather than what they may do."""

_NO_ANSWER = (502, 504)  # the front end got none from behind: a write may have been done
_SUBJECT = re.compile(r"'([a-z]+\.[\w.]+)' permission|[Qq]uota '([^']+)'")
_REQUEST_ID_HEADERS = ("x-goog-request-id", "x-request-id")


@dataclass(frozen=True, slots=True)
class Context:
    """Which call an error belongs to. request_id: the ``requestId`` that was sent, which the cloud's logs keep."""

    service: str
    operation: str
    region: str = ""
    request_id: str = ""
    writes: bool = False


def of_response(context: Context, status: int, headers: Mapping[str, str], content: bytes) -> ProviderError:
    """The error in an HTTP answer. Any content will do: front ends answer HTML at times."""
    error = _error(content)
    details = [item for item in error.get("errors") or () if isinstance(item, Mapping)]
    code = str(details[0].get("reason", "")) if details else ""
    code = UNAUTHENTICATED if status == 401 else code or str(error.get("status") or status)
    message = str(error.get("message") or f"HTTP {status} without an explanation")
    fault = _fault(code, status)
    if status in _NO_ANSWER and context.writes:
        fault = Fault.UNCERTAIN
    return _made(context, fault, code, message, request_id(headers) or context.request_id, _retry_after(headers))


def of_operation(context: Context, operation: Mapping[str, Any]) -> ProviderError | None:
    """The error that an operation ended with, or None where it did not fail. The first of several decides."""
    errors = [item for item in (operation.get("error") or {}).get("errors") or () if isinstance(item, Mapping)]
    status = int(operation.get("httpErrorStatusCode") or 0)
    if not errors and status < 400 and "error" not in operation:
        return None
    first, *more = [(str(item.get("code", "")), str(item.get("message", ""))) for item in errors] or [("", "")]
    code = first[0] or str(status or "")
    said = first[1] or str(operation.get("httpErrorMessage") or "it failed without an explanation")
    message = "; ".join([said, *(": ".join(part for part in one if part) for one in more)])
    made = _made(context, _fault(code, status or 400), code, message, str(operation.get("name", "")), None)
    made.ended = True
    return made


def unsent(context: Context, message: str, fault: Fault = Fault.TRANSIENT) -> ProviderError:
    """Nothing was sent: no connection, or no credentials."""
    return _made(context, fault, "", message, "", None, unsent=True)


def unanswered(context: Context, message: str) -> ProviderError:
    """Sent, but no answer came. A read may simply be sent again.

    So may a write with the same ``requestId``: Compute answers it with the first one's operation instead of doing it twice.
    It is UNCERTAIN all the same, because sending it with *another* token would be wrong.
    """
    fault = Fault.UNCERTAIN if context.writes else Fault.TRANSIENT
    return _made(context, fault, "", message, context.request_id, None)


def request_id(headers: Mapping[str, str]) -> str:
    """The service's id of a request, where it gives one."""
    return next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), "")


def _made(
    context: Context,
    fault: Fault,
    code: str,
    message: str,
    request_id: str,
    retry_after: float | None,
    *,
    unsent: bool = False,
) -> ProviderError:
    found = _SUBJECT.search(message) if fault in (Fault.DENIED, Fault.QUOTA) else None
    return ProviderError(
        fault,
        message,
        code=code,
        cloud="gcp",
        service=context.service,
        operation=context.operation,
        region=context.region or "global",
        request_id=request_id,
        retry_after=retry_after,
        subject=(found[1] or found[2]) if found else "",
        unsent=unsent,
    )


def _fault(code: str, status: int) -> Fault:
    """By the reason, which operations spell RATE_LIMIT_EXCEEDED and answers rateLimitExceeded; else by the status."""
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", code).upper()
    by_status = _BY_STATUS.get(status) or (Fault.TRANSIENT if status >= 500 else Fault.INVALID)
    return _BY_REASON.get(spelled, by_status)


def _error(content: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(content)
    except ValueError:
        return {}
    error = parsed.get("error") if isinstance(parsed, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None  # a date would need a clock
