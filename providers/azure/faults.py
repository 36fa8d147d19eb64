"""ARM's errors as faults: one table of codes, one of statuses, and how the innermost error is found.

It must not decide what to do about a fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from provisioner.model.fault import Fault, ProviderError

if TYPE_CHECKING:
    from providers.azure.client import Answer, Call

# Codes by pattern, the first that fits decides; they tell more than the status, which ARM shares among many causes.
_CODES: tuple[tuple[str, Fault], ...] = (
    ("TooManyRequests", Fault.THROTTLED),
    ("*RequestsThrottled*", Fault.THROTTLED),
    ("*QuotaExceeded*", Fault.QUOTA),
    ("*LimitReached*", Fault.QUOTA),
    ("*LimitExceeded*", Fault.QUOTA),
    ("*AllocationFailed", Fault.QUOTA),
    ("OverconstrainedAllocationRequest", Fault.QUOTA),
    ("AuthorizationFailed", Fault.DENIED),
    ("LinkedAuthorizationFailed", Fault.DENIED),
    ("*AuthenticationToken*", Fault.DENIED),
    ("RequestDisallowedBy*", Fault.DENIED),
    ("ScopeLocked", Fault.DENIED),
    ("ReadOnlyDisabledSubscription", Fault.DENIED),
    ("SubscriptionNotFound", Fault.INVALID),
    ("MissingSubscriptionRegistration", Fault.INVALID),
    ("InvalidResourceGroupLocation", Fault.INVALID),
    ("InvalidResourceLocation", Fault.INVALID),
    ("SkuNotAvailable", Fault.INVALID),
    ("AnotherOperationInProgress", Fault.CONFLICT),
    ("OperationPreempted", Fault.CONFLICT),
    ("Canceled*", Fault.CONFLICT),
    ("OperationCanceled", Fault.CONFLICT),
    ("RetryableError*", Fault.CONFLICT),
    ("ResourceGroupBeingDeleted", Fault.CONFLICT),
    ("PreconditionFailed*", Fault.CONFLICT),
    ("InUse*", Fault.CONFLICT),
    ("*CannotBeDeleted*", Fault.CONFLICT),
    ("*AlreadyTaken", Fault.INVALID),  # somebody else's, anywhere in the world: waiting gives it to nobody
    ("VaultAlreadyExists", Fault.INVALID),
    ("*AlreadyExists*", Fault.CONFLICT),
    ("ReferencedResourceNotProvisioned", Fault.NOT_READY),
    ("InvalidResourceReference", Fault.NOT_FOUND),
    ("*NotFound", Fault.NOT_FOUND),
    ("InternalServerError", Fault.TRANSIENT),
    ("InternalOperationError", Fault.TRANSIENT),
)
_STATUSES: dict[int, Fault] = {
    401: Fault.DENIED,
    403: Fault.DENIED,
    408: Fault.UNCERTAIN,
    409: Fault.CONFLICT,
    412: Fault.CONFLICT,
    429: Fault.THROTTLED,
    504: Fault.UNCERTAIN,
}


def parse(text: str) -> Any:
    """The JSON of an answer, None where there is none."""
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return None


def error(
    call: Call,
    fault: Fault,
    message: str,
    *,
    code: str = "",
    request_id: str = "",
    retry_after: float | None = None,
    subject: str = "",
) -> ProviderError:
    """A fault of this call, with all that says which call it was."""
    return ProviderError(
        fault,
        message,
        code=code,
        cloud="azure",
        service=call.service,
        operation=call.operation,
        region=call.place.region,
        request_id=request_id,
        retry_after=retry_after,
        subject=subject,
    )


def refused(call: Call, answer: Answer) -> ProviderError:
    """The error of an answer with a status that is no success."""
    return _of(call, answer, answer.body, answer.status)


def failed(call: Call, answer: Answer, content: Any) -> ProviderError:
    """The error of a long operation that came to nothing, as its last poll tells it. ``call.verb`` is the operation's."""
    return _of(call, answer, content, 0)


def retry_after(answer: Answer) -> float | None:
    """Seconds that ARM asks to wait; None where it names none, or names a date."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.replace(".", "", 1).isdecimal() else None


def absent(found: ProviderError) -> bool:
    """Whether ARM has answered that the object, or one that encloses it, is not there."""
    # in a namespace that is not registered nothing can exist
    return found.fault is Fault.NOT_FOUND or found.code == "MissingSubscriptionRegistration"


def _of(call: Call, answer: Answer, content: Any, status: int) -> ProviderError:
    chain = list(_chain(content))
    codes = [code for code, _, _ in chain if code]
    code = codes[-1] if codes else (f"HTTP {status}" if status else "OperationFailed")
    target = next((target for _, _, target in reversed(chain) if target), "")
    message = _message(chain) or f"ARM says no more than {code}"
    if code == "MissingSubscriptionRegistration":
        message += f" Register it once: az provider register --namespace {call.service}"
    fault = classify(call.verb, codes, status, message)
    subject = target or (call.target if fault in (Fault.DENIED, Fault.QUOTA) else "")
    return error(
        call,
        fault,
        message,
        code=code,
        request_id=answer.request_id,
        retry_after=retry_after(answer),
        subject=subject,
    )


def classify(verb: str, codes: list[str], status: int, message: str = "") -> Fault:
    """The fault of an error: the innermost code that is known decides, else the status; 0 is a failed long operation."""
    known = (fault for code in reversed(codes) for pattern, fault in _CODES if fnmatchcase(code, pattern))
    fault = next(known, None)
    if fault is None and "OperationNotAllowed" in codes and "quota" in message.lower():
        fault = Fault.QUOTA  # Compute's way to say it
    if fault is None:
        fault = _STATUSES.get(status, Fault.TRANSIENT if status >= 500 else Fault.INVALID)
    if fault is Fault.NOT_FOUND and verb == "create":
        return Fault.NOT_READY  # what it needs has not settled
    if fault is Fault.UNCERTAIN and verb == "read":
        return Fault.TRANSIENT
    return fault


def _chain(content: Any) -> Iterator[tuple[str, str, str]]:
    """(code, message, target) from the outermost error to the innermost, along the first of the details."""
    while isinstance(content, Mapping):
        inner = _field(content, "error")
        if isinstance(inner, Mapping):
            content = inner
            continue
        yield tuple(str(_field(content, name) or "") for name in ("code", "message", "target"))  # type: ignore[misc]
        details = _field(content, "details")
        content = details[0] if isinstance(details, list) and details else None


def _message(chain: list[tuple[str, str, str]]) -> str:
    """The innermost words, after the outer ones where those say something else."""
    words: list[str] = []
    for _, message, _ in chain:
        if message and not any(message in other for other in words):
            words.append(message)
    return " ".join(words[-2:])


def _field(content: Mapping[str, Any], name: str) -> Any:
    return content.get(name, content.get(name.capitalize()))
