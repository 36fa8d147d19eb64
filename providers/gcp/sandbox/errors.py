"""What the service answers when it refuses: one exception, its wording per case, and the body it becomes.

Must not decide when something is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_STATUS_WORDS = {400: "BAD REQUEST", 403: "FORBIDDEN", 404: "NOT FOUND", 409: "CONFLICT", 412: "PRECONDITION FAILED"}


class ApiError(Exception):
    """A refused request, or the end of a failed operation.

    status: HTTP status · reason: the service's ``reason`` (``notFound``) · canonical: the gRPC name that front-end errors
    carry (``INVALID_ARGUMENT``), empty for the service's own · details: ``error.details``.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        canonical: str = "",
        domain: str = "global",
        details: Iterable[dict[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message
        self.canonical, self.domain, self.details = canonical, domain, list(details)

    def body(self) -> dict[str, Any]:
        """The answer's body."""
        error: dict[str, Any] = {
            "code": self.status,
            "message": self.message,
            "errors": [{"message": self.message, "domain": self.domain, "reason": self.reason}],
        }
        error |= {"status": self.canonical} if self.canonical else {}
        error |= {"details": self.details} if self.details else {}
        return {"error": error}

    def in_operation(self) -> dict[str, Any]:
        """The fields of an operation that ended so: the reason as operations spell it (``RESOURCE_NOT_FOUND``)."""
        spelled = {
            "notFound": "RESOURCE_NOT_FOUND",
            "alreadyExists": "RESOURCE_ALREADY_EXISTS",
            "invalid": "INVALID_USAGE",
        }
        code = spelled.get(self.reason) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.reason).upper()
        return {
            "error": {"errors": [{"code": code, "message": self.message}]},
            "httpErrorStatusCode": self.status,
            "httpErrorMessage": _STATUS_WORDS.get(self.status, "INTERNAL SERVER ERROR"),
        }


def malformed(violations: list[str]) -> ApiError:
    """The request is no such message: unknown names, wrong types. Refused by the front end, all at once."""
    return ApiError(
        400,
        "badRequest",
        "\n".join(violations),
        canonical="INVALID_ARGUMENT",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [{"description": violation} for violation in violations],
            }
        ],
    )


def invalid(field: str, value: object, why: str) -> ApiError:
    """A well-formed value that the service does not take."""
    return ApiError(400, "invalid", f"Invalid value for field '{field}': '{value}'. {why}")


def required(field: str) -> ApiError:
    """A field that an insert needs is missing."""
    return ApiError(400, "required", f"Required field '{field}' not specified")


def not_found(key: str) -> ApiError:
    """The object is not there."""
    return ApiError(404, "notFound", f"The resource '{key}' was not found")


def exists(key: str) -> ApiError:
    """The name is taken."""
    return ApiError(409, "alreadyExists", f"The resource '{key}' already exists")


def not_ready(key: str) -> ApiError:
    """Another operation on the object has not ended."""
    return ApiError(400, "resourceNotReady", f"The resource '{key}' is not ready")


def in_use(noun: str, key: str, user: str) -> ApiError:
    """Something refers to the object."""
    return ApiError(
        400,
        "resourceInUseByAnotherResource",
        f"The {noun} resource '{key}' is already being used by '{user}'",
    )


def stale(message: str = "Invalid fingerprint.") -> ApiError:
    """The fingerprint that was sent is not the current one."""
    return ApiError(412, "conditionNotMet", message)


def unsupported(operation: str) -> ApiError:
    """The method exists, but this sandbox does not do it."""
    return ApiError(501, "notImplemented", f"The sandbox does not support {operation}.", canonical="UNIMPLEMENTED")
