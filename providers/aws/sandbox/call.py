"""What an AWS request asks for: service, region, protocol and operation, read from it alone. Does nothing with it."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

from providers.kit.server import Request

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")
_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
_SMITHY_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")
_PARAMETER = re.compile(r"\{[^}+]+(\+?)\}")
_MODEL_OF = {  # signing names that are not their model's name
    "cloudcontrolapi": "cloudcontrol",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "es": "opensearch",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}


class Protocol(StrEnum):
    """How a request and its errors are written."""

    EC2 = "ec2"
    QUERY = "query"
    S3 = "s3"
    REST_XML = "rest-xml"
    REST_JSON = "rest-json"
    JSON = "json"
    CBOR = "cbor"


@dataclass(frozen=True, slots=True)
class Call:
    """service: the name it is signed for · operation: empty where it cannot be told."""

    service: str
    region: str
    protocol: Protocol
    operation: str
    request: Request

    @property
    def name(self) -> str:
        """As the request log and fault rules have it: ``CreateVpc`` for EC2, ``s3:CreateBucket`` for all others."""
        return self.operation if self.protocol is Protocol.EC2 else f"{self.service}:{self.operation}"

    def parameters(self) -> dict[str, Any]:
        """The parameters in a body: JSON, or a query's fields."""
        if self.protocol in (Protocol.JSON, Protocol.REST_JSON):
            found: dict[str, Any] = json.loads(self.request.body or b"{}")
            return found
        return dict(self.form())

    def form(self) -> dict[str, str]:
        """The parameters of a query request."""
        text = self.request.body.decode() or self.request.query
        return dict(parse_qsl(text, keep_blank_values=True))


def parse(request: Request) -> Call:
    """The call that a request makes. Unsigned requests are S3's, as moto has it."""
    scope = _SCOPE.search(request.headers.get("authorization", "")) or _SCOPE.search(
        request.query.replace("%2F", "/").replace("X-Amz-Credential=", "Credential=")
    )
    region, service = scope.groups() if scope else ("us-east-1", "s3")
    protocol, operation = _protocol(service, request)
    return Call(service, region, protocol, operation, request)


def _protocol(service: str, request: Request) -> tuple[Protocol, str]:
    headers = request.headers
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        found = _SMITHY_PATH.search(request.path)
        return Protocol.CBOR, found[1] if found else ""
    if target := headers.get("x-amz-target"):
        return Protocol.JSON, target.rsplit(".", 1)[-1]
    if service != "s3" and (action := _ACTION.search(request.body) or _ACTION.search(request.query.encode())):
        return Protocol.EC2 if service == "ec2" else Protocol.QUERY, action[1].decode()
    operation = next((route.operation for route in _routes(service) if route.fits(request)), "")
    if service == "s3":
        return Protocol.S3, operation
    return (Protocol.REST_XML if model_of(service).get("xml") else Protocol.REST_JSON), operation


@dataclass(frozen=True, slots=True)
class _Route:
    """One operation of a REST service: its method, path and the parameters without which it is another one."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    headers: tuple[str, ...]
    weight: tuple[int, int]

    def fits(self, request: Request) -> bool:
        if request.method != self.method or not self.path.fullmatch(request.path.rstrip("/") or "/"):
            return False
        given = dict(parse_qsl(request.query, keep_blank_values=True))
        return all(key in given and value in ("", given[key]) for key, value in self.query) and all(
            header in request.headers for header in self.headers
        )


@functools.cache
def model_of(service: str) -> dict[str, Any]:
    """A service's published model; empty where there is none under its signing name."""
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import Loader

    try:
        model = Loader().load_service_model(_MODEL_OF.get(service, service), "service-2")
    except UnknownServiceError:
        return {}
    return {**model, "xml": model["metadata"]["protocol"] == "rest-xml"}


@functools.cache
def _routes(service: str) -> tuple[_Route, ...]:
    """The operations of a REST service, those that ask for most first."""
    model = model_of(service)
    if not model or not model["metadata"]["protocol"].startswith("rest"):
        return ()
    made = [_route(model, name, one) for name, one in model["operations"].items() if not one.get("deprecated")]
    return tuple(sorted(made, key=lambda route: route.weight, reverse=True))


def _route(model: dict[str, Any], name: str, operation: dict[str, Any]) -> _Route:
    path, _, literal = operation["http"]["requestUri"].partition("?")
    shape = model["shapes"].get(operation.get("input", {}).get("shape"), {})
    needed = [shape["members"][member] for member in shape.get("required", ())]
    query = parse_qsl(literal, keep_blank_values=True)
    query += [(member["locationName"], "") for member in needed if member.get("location") == "querystring"]
    headers = tuple(member["locationName"].lower() for member in needed if member.get("location") == "header")
    pattern, last = "", 0
    for hole in _PARAMETER.finditer(path):
        pattern += re.escape(path[last : hole.start()]) + (".+" if hole[1] else "[^/]+")
        last = hole.end()
    pattern += re.escape(path[last:].rstrip("/") if last else path)
    literals = len(_PARAMETER.sub("", path))
    asks = len(query) + len(headers)
    return _Route(name, operation["http"]["method"], re.compile(pattern), tuple(query), headers, (asks, literals))
