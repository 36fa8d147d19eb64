"""Client tokens: the same token with the same parameters gets the first answer again. Knows no operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from providers.aws.sandbox.call import Call, Protocol
from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Response

_JSON_TOKEN = re.compile(rb'"[cC]lientToken"\s*:\s*"([^"]+)"')
_MISMATCH = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."


class Tokens:
    """The answers that tokens stand for: per service, region and operation, for as long as the process lives."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, str, str], tuple[Any, Response]] = {}

    def clear(self) -> None:
        """Forget all tokens."""
        self._answers.clear()

    def answer(self, call: Call, parameters: Any, work: Callable[[], Response]) -> Response:
        """The first answer of this token, or that of ``work``; a refused call leaves its token free."""
        token = _token(call, parameters)
        if not token:
            return work()
        key = (call.service, call.region, call.operation, token)
        if key in self._answers:
            before, response = self._answers[key]
            if before != parameters:
                suffix = "" if call.protocol is Protocol.EC2 else "Exception"
                raise RefusedError(f"IdempotentParameterMismatch{suffix}", _MISMATCH)
            return response
        response = work()
        if response.status < 400:
            self._answers[key] = (parameters, response)
        return response


def _token(call: Call, parameters: Any) -> str:
    if call.protocol in (Protocol.EC2, Protocol.QUERY):
        return str(parameters.get("ClientToken", ""))
    if call.protocol in (Protocol.JSON, Protocol.REST_JSON):
        found = _JSON_TOKEN.search(call.request.body)
        return found[1].decode() if found else ""
    return ""
