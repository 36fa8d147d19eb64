"""Where moto differs from AWS, service by service: handlers of single operations, imported when the service is first called.

Each module of ``services`` has ``HANDLERS``: by operation, a function of the call and of ``moto``, which answers it (with the
call's own parameters, or with others). A handler refuses by raising ``RefusedError``. ``OWN_TOKENS`` is true where a service says
itself what a client token stands for. Knows no service itself.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import keyword
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from providers.aws.sandbox.call import Call, Protocol
from providers.aws.sandbox.moto_app import Moto
from providers.kit.server import Response

_PACKAGE = "providers.aws.sandbox.services"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work:
    """What a handler can do: ask moto, with other parameters if need be, and look into its models."""

    call: Call
    moto: Moto

    def __call__(self, parameters: Mapping[str, Any] | None = None) -> Response:
        """moto's answer."""
        return self.moto(self.call.request, None if parameters is None else _body(self.call, parameters))

    def model(self, service: str = "") -> Any:
        """moto's model of a service (its folder's name in moto) in the region of the call."""
        return self.moto.model(service or self.call.service, self.call.region)

    def kept(self, kind: type[T]) -> T:
        """What a service of ours remembers of a region beside moto's objects; a reset forgets both."""
        kept = self.moto.kept
        if (kind, self.call.region) not in kept:
            kept[kind, self.call.region] = kind()
        found: T = kept[kind, self.call.region]
        return found


Handler = Callable[[Call, Work], Response]


def corrected(call: Call, moto: Moto) -> Response:
    """The answer to a call, by its service's handler of the operation where there is one."""
    work = Work(call, moto)
    module = _module(call.service)
    handler: Handler | None = module.HANDLERS.get(call.operation) if module else None
    return handler(call, work) if handler else work()


def knows_tokens(call: Call) -> bool:
    """Whether the service of a call says itself what a client token stands for."""
    return bool(getattr(_module(call.service), "OWN_TOKENS", False))


@functools.cache
def _module(service: str) -> Any:
    name = service.replace("-", "_")
    module = f"{_PACKAGE}.{name}_" if keyword.iskeyword(name) else f"{_PACKAGE}.{name}"
    return None if importlib.util.find_spec(module) is None else importlib.import_module(module)


def _body(call: Call, parameters: Mapping[str, Any]) -> bytes:
    return urlencode(parameters).encode() if call.protocol is Protocol.QUERY else json.dumps(parameters).encode()


def edited(response: Response, change: Callable[[Any], Any]) -> Response:
    """A JSON answer, changed; refusals stay as they are."""
    if response.status >= 400:
        return response
    return replace(response, body=json.dumps(change(json.loads(response.body or b"{}"))).encode())


def answer(call: Call, content: Mapping[str, Any]) -> Response:
    """A JSON answer of our own, in the version that was asked in."""
    kind = call.request.headers.get("content-type", "") if call.protocol is Protocol.JSON else "application/json"
    return Response(200, json.dumps(content).encode(), {"Content-Type": kind})
