"""What a provider says when a call fails: one of nine faults, with all that the cloud told."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """The class of a provider error; retrying, stopping and looking again are decided by it alone."""

    TRANSIENT = "transient"  # 5xx, connection refused before sending: same call again
    THROTTLED = "throttled"  # slow down, then the same call again
    CONFLICT = "conflict"  # something else is using or changing it: again later, or a real clash of names
    NOT_READY = "not_ready"  # a dependency has not settled yet: again later
    DENIED = "denied"  # not allowed to do or to see; never the same as absent
    QUOTA = "quota"  # a limit of the account is reached
    INVALID = "invalid"  # the cloud refuses the request as it is
    NOT_FOUND = "not_found"  # the object (or one it needs) does not exist
    UNCERTAIN = "uncertain"  # sent, but no answer: it may have been done


class ProviderError(Exception):
    """A classified error of one request.

    code and message are the cloud's own words; service, operation, region and request_id say which call it was (as far
    as known); retry_after is in seconds where the cloud named a time; subject is what is denied or exhausted; ended: it is how
    an operation has ended, which says the same however often it is asked; unsent: nothing has left for the cloud; remedy: what
    to type or to ask for, where the provider knows it.
    """

    def __init__(
        self,
        fault: Fault,
        message: str,
        *,
        code: str = "",
        cloud: str = "",
        service: str = "",
        operation: str = "",
        region: str = "",
        request_id: str = "",
        retry_after: float | None = None,
        subject: str = "",
        ended: bool = False,
        unsent: bool = False,
        remedy: str = "",
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message
        self.code = code
        self.cloud = cloud
        self.service = service
        self.operation = operation
        self.region = region
        self.request_id = request_id
        self.retry_after = retry_after
        self.subject = subject
        self.ended = ended
        self.unsent = unsent
        self.remedy = remedy

    def __str__(self) -> str:
        call = ":".join(part for part in (self.service, self.operation) if part)
        where = " ".join(part for part in (self.cloud, call, f"in {self.region}" if self.region else "") if part)
        ident = f" (request {self.request_id})" if self.request_id else ""
        code = f"{self.code}: " if self.code else ""
        return f"{where}: {code}{self.message}{ident}" if where else f"{code}{self.message}{ident}"


class UnknownTypeError(LookupError):
    """A resource type that no archive has; ``near`` are the closest names, best first."""

    def __init__(self, name: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(name)
        self.name = name
        self.near = near
