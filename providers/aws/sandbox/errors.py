"""AWS errors in the words and the shape of each protocol. Decides nothing."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from xml.sax.saxutils import escape

from providers.aws.sandbox.call import Call, Protocol, parse
from providers.kit.server import Request, Response, Rule, repeated


class RefusedError(Exception):
    """A call that AWS would refuse: its error code, message and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(f"{code}: {message}")


_DENIED = "is not authorized to perform: {name}"
_FAULTS: dict[str, dict[Protocol, tuple[str, int]]] = {
    "throttle": {
        Protocol.EC2: ("RequestLimitExceeded", 503),
        Protocol.S3: ("SlowDown", 503),
        Protocol.QUERY: ("Throttling", 400),
        Protocol.REST_XML: ("Throttling", 400),
        Protocol.REST_JSON: ("TooManyRequestsException", 429),
        Protocol.JSON: ("ThrottlingException", 400),
        Protocol.CBOR: ("ThrottlingException", 400),
    },
    "deny": {
        Protocol.EC2: ("UnauthorizedOperation", 403),
        Protocol.S3: ("AccessDenied", 403),
        Protocol.QUERY: ("AccessDenied", 403),
        Protocol.REST_XML: ("AccessDenied", 403),
        Protocol.REST_JSON: ("AccessDeniedException", 403),
        Protocol.JSON: ("AccessDeniedException", 400),
        Protocol.CBOR: ("AccessDeniedException", 400),
    },
    "expired": {
        Protocol.EC2: ("RequestExpired", 400),
        Protocol.S3: ("ExpiredToken", 400),
        Protocol.QUERY: ("ExpiredToken", 403),
        Protocol.REST_XML: ("ExpiredToken", 403),
        Protocol.REST_JSON: ("ExpiredTokenException", 403),
        Protocol.JSON: ("ExpiredTokenException", 400),
        Protocol.CBOR: ("ExpiredTokenException", 400),
    },
    "quota": {
        Protocol.EC2: ("{noun}LimitExceeded", 400),
        Protocol.S3: ("TooManyBuckets", 400),
        Protocol.QUERY: ("LimitExceeded", 409),
        Protocol.REST_XML: ("LimitExceeded", 409),
        Protocol.REST_JSON: ("ServiceQuotaExceededException", 402),
        Protocol.JSON: ("LimitExceededException", 400),
        Protocol.CBOR: ("LimitExceededException", 400),
    },
    "error": {
        Protocol.EC2: ("InternalError", 500),
        Protocol.S3: ("InternalError", 500),
        Protocol.QUERY: ("InternalFailure", 500),
        Protocol.REST_XML: ("InternalFailure", 500),
        Protocol.REST_JSON: ("InternalServerException", 500),
        Protocol.JSON: ("InternalServerError", 500),
        Protocol.CBOR: ("InternalServerException", 500),
    },
}
_TAKEN = (
    "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a "
    "different name and try again."
)
_MESSAGES = {
    "throttle": "Request limit exceeded.",
    "deny": f"User: arn:aws:iam::123456789012:user/sandbox {_DENIED}",
    "expired": "The security token included in the request is expired",
    "quota": "The maximum number of {noun}s has been reached.",
    "error": "An internal error has occurred",
}


def fault(rule: Rule, request: Request) -> Response:
    """An injected fault, as the service of that request would word it."""
    call = parse(request)
    if rule.kind == "echo":
        return answer(call, RefusedError("InvalidParameterValue", repeated(request), 400))
    if rule.kind == "taken":
        return answer(call, RefusedError("BucketAlreadyExists", _TAKEN, 409))
    code, status = _FAULTS[rule.kind][call.protocol]
    iam_name = f"ec2:{call.operation}" if call.protocol is Protocol.EC2 else call.name
    noun = re.sub(r"^(Create|Allocate|Run|Put|Register|Import)", "", call.operation).removesuffix("s")
    words = _MESSAGES[rule.kind].format(name=iam_name, noun=noun)
    response = answer(call, RefusedError(code.format(noun=noun), words, status))
    wait = {"Retry-After": f"{rule.seconds:g}"} if rule.kind == "throttle" and rule.seconds else {}
    return replace(response, headers={**response.headers, **wait})


def answer(call: Call, refused: RefusedError) -> Response:
    """A refusal in the call's protocol, with a request id where its SDKs look for one."""
    request_id = str(uuid.uuid4())
    code, message, status = refused.code, refused.message, refused.status
    fields = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    kind = "Sender" if status < 500 else "Receiver"
    match call.protocol:
        case Protocol.EC2:
            text = f"<Response><Errors><Error>{fields}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
            return _xml(status, text, {"x-amzn-requestid": request_id})
        case Protocol.S3:
            text = f"<Error>{fields}<RequestId>{request_id}</RequestId><HostId>sandbox</HostId></Error>"
            return _xml(status, text, {"x-amz-request-id": request_id, "x-amz-id-2": "sandbox"})
        case Protocol.QUERY | Protocol.REST_XML:
            text = f"<Error><Type>{kind}</Type>{fields}</Error><RequestId>{request_id}</RequestId>"
            return _xml(status, f"<ErrorResponse>{text}</ErrorResponse>", {"x-amzn-requestid": request_id})
        case Protocol.CBOR:
            headers = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
            body = b"\xa2" + b"".join(_cbor(part) for part in ("__type", code, "message", message))
            return Response(status, body, {**headers, "x-amzn-requestid": request_id})
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-requestid": request_id, "x-amzn-errortype": code}
    return Response(status, json.dumps({"__type": code, "message": message}).encode(), headers)


def _xml(status: int, text: str, headers: dict[str, str]) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return Response(status, body, {"Content-Type": "text/xml;charset=UTF-8", **headers})


def _cbor(text: str) -> bytes:
    data = text.encode()
    return b"\x79" + len(data).to_bytes(2, "big") + data  # a text string with a 16-bit length
