"""What AWS says when a call fails, as one of the nine faults: one table of error codes for all services.

It must not send requests, and knows no resource type; codes that mean something special to one type stand in its table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.aws import services
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place


@dataclass(frozen=True, slots=True)
class Request:
    """Which request failed; ``writes``: whether a lost answer may have changed something."""

    place: Place
    service: str
    operation: str
    writes: bool
    endpoint: str = ""


_EXACT: Mapping[str, Fault] = {
    code: fault
    for fault, codes in {
        Fault.THROTTLED: """
            RequestLimitExceeded Throttling ThrottlingException ThrottledException RequestThrottled SlowDown
            RequestThrottledException TooManyRequestsException TooManyRequests EC2ThrottledException BandwidthLimitExceeded
            ProvisionedThroughputExceededException PriorRequestNotComplete 429
        """,
        Fault.DENIED: """
            UnauthorizedOperation AccessDenied AccessDeniedException AuthFailure ExpiredToken ExpiredTokenException
            InvalidClientTokenId UnrecognizedClientException SignatureDoesNotMatch InvalidSignatureException OptInRequired
            InvalidAccessKeyId InvalidToken MissingAuthenticationToken RequestExpired RequestTimeTooSkewed Blocked
            AccountProblem AllAccessDisabled NotSignedUp PendingVerification NotAuthorized NotAuthorizedException
            AuthorizationError AuthorizationErrorException ForbiddenException Forbidden
            InvalidCredentialsException 401 403
        """,
        Fault.NOT_FOUND: "Gateway.NotAttached NotFound 404",
        Fault.NOT_READY: """
            IncorrectState OperationAborted ResourceNotReady ResourceNotReadyException
        """,
        Fault.CONFLICT: """
            DependencyViolation DeleteConflict BucketNotEmpty BucketAlreadyOwnedByYou
            ResourceInUse ConcurrentModification ConcurrentOperationException OperationConflict 409
        """,
        # Somebody else's, anywhere in the world: waiting gives it to nobody. One's own says that it is.
        Fault.INVALID: "BucketAlreadyExists TypeNotFoundException",
        Fault.QUOTA: "TooManyBuckets LimitExceeded",
        Fault.TRANSIENT: """
            InternalError InternalFailure InternalServerError InternalServiceError ServiceUnavailable Unavailable
            GeneralServiceException NotStabilizedException
            ServiceUnavailableException RequestTimeout RequestTimeoutException ServerInternal ServiceFailure
        """,
    }.items()
    for code in codes.split()
}

_SHAPES: tuple[tuple[re.Pattern[str], Fault], ...] = (
    (re.compile(r"Throttl"), Fault.THROTTLED),
    (re.compile(r"^NoSuch|NotFound(Exception|Fault|Error)?$|DoesNotExist(Exception)?$"), Fault.NOT_FOUND),
    (re.compile(r"(Limit|Quota)Exceeded(Exception|Fault)?$|^Insufficient\w*(Capacity|InSubnet)"), Fault.QUOTA),
    (re.compile(r"Incorrect\w*State$|^Invalid\w*StateFault$"), Fault.NOT_READY),
    (
        re.compile(r"InUse(Exception|Fault)?$|AlreadyExists(Exception|Fault)?$|Duplicate$|Conflict(Exception)?$"),
        Fault.CONFLICT,
    ),
    (re.compile(r"ConcurrentModification(Exception)?$"), Fault.CONFLICT),
    # What a plan frees it frees before it takes it: then somebody else has it, and waiting gives it to nobody.
    (re.compile(r"AlreadyAssociated$"), Fault.INVALID),
)


_MEANING: Mapping[str, str] = {
    "BucketAlreadyExists": "the name is taken globally, by a bucket of another account: choose another BucketName",
}
"""What a code means for whoever reads it, where the cloud's own words leave that out."""


_EXPIRED = frozenset(["ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidToken", "TokenRetrievalError"])
_EXPIRED |= {"UnauthorizedSSOTokenError", "SSOTokenLoadError", "SSOError"}
_UNKNOWN = frozenset(["InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"])


def remedy(request: Request, code: str, action: str = "") -> str:
    """What to do about credentials that are not enough: renew them, use others, or have more allowed."""
    given = request.place.credentials
    profile = given.get("profile", "")
    if code in _EXPIRED:
        if profile:
            return f"the credentials have expired; renew them: aws sso login --profile {profile}"
        return "the credentials have expired; renew them: aws sso login, or new keys with their AWS_SESSION_TOKEN"
    if code == "RequestTimeTooSkewed":
        return "the clock of this machine is wrong: set it"
    if code in _UNKNOWN:
        return f"AWS does not know these credentials: aws sts get-caller-identity{f' --profile {profile}' if profile else ''}"
    if code == "ProfileNotFound":
        return f"the profiles of this machine are: aws configure list-profiles (the place asks for {profile})"
    if not action:
        return "give it credentials: aws configure sso, AWS_PROFILE, or a profile of the place in its environment"
    who = f"the role {given['role_arn']}" if given.get("role_arn") else f"the credentials of place {request.place.name}"
    return f"have {action} allowed for {who}"


def fault_of(code: str, status: int) -> Fault:
    """The fault that an error code and the HTTP status mean together; the code decides where it is known."""
    if code in _EXACT:
        return _EXACT[code]
    for pattern, fault in _SHAPES:
        if pattern.search(code):
            return fault
    if status >= 500:
        return Fault.TRANSIENT
    return {401: Fault.DENIED, 403: Fault.DENIED, 404: Fault.NOT_FOUND, 429: Fault.THROTTLED}.get(status, Fault.INVALID)


def refused(request: Request, response: Mapping[str, Any]) -> ProviderError:
    """The error that AWS answered (botocore's ``ClientError.response``)."""
    said, meta = response.get("Error", {}), response.get("ResponseMetadata", {})
    headers: Mapping[str, str] = meta.get("HTTPHeaders", {})
    code, status = str(said.get("Code", "")), int(meta.get("HTTPStatusCode", 0))
    wait = headers.get("retry-after", "")
    message = str(said.get("Message") or code or f"HTTP status {status}")
    if code in _MEANING:
        message = f"{message.rstrip('.')} ({_MEANING[code]})"
    fault = fault_of(code, status)
    named = re.search(r"not authorized to perform:? (\S+:\S+)", message)
    action = named[1] if named else f"{services.IAM.get(request.service, request.service)}:{request.operation}"
    hint = remedy(request, code, action) if fault is Fault.DENIED else ""
    return error(
        request,
        fault,
        message,
        code=code,
        subject={Fault.DENIED: action, Fault.QUOTA: code}.get(fault, ""),
        request_id=str(meta.get("RequestId") or headers.get("x-amz-request-id", "")),
        remedy=hint,
        retry_after=float(wait) if re.fullmatch(r"\d+(\.\d+)?", wait) else None,
    )


def broken(request: Request, cause: Exception) -> ProviderError:
    """An error of the SDK itself: no connection, no answer, no credentials, or a request that it would not send."""
    from botocore import exceptions

    never_sent = (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError)
    broken_off = (exceptions.ProxyConnectionError, exceptions.SSLError)  # at any time, as far as they say
    no_credentials = (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.ProfileNotFound,
        exceptions.TokenRetrievalError,
        exceptions.SSOError,
        exceptions.ConfigNotFound,
    )
    where = f" ({request.endpoint})" if request.endpoint and request.endpoint not in str(cause) else ""
    if isinstance(cause, (*never_sent, *broken_off)):
        unsent = isinstance(cause, never_sent)
        return error(request, Fault.TRANSIENT, f"cannot connect: {cause}{where}", unsent=unsent)
    if isinstance(cause, no_credentials):
        code = type(cause).__name__
        return error(request, Fault.DENIED, f"no credentials: {cause}", code=code, remedy=remedy(request, code))
    if isinstance(cause, exceptions.BotoCoreError) and not isinstance(cause, exceptions.HTTPClientError):
        return error(request, Fault.INVALID, str(cause), code=type(cause).__name__)
    lost = Fault.UNCERTAIN if request.writes else Fault.TRANSIENT
    return error(request, lost, f"no answer: {cause}{where}")


def error(request: Request, fault: Fault, message: str, **more: Any) -> ProviderError:
    """A ``ProviderError`` that says which call it was."""
    return ProviderError(
        fault,
        message,
        cloud="aws",
        service=request.service,
        operation=request.operation,
        region=request.place.region,
        **more,
    )
