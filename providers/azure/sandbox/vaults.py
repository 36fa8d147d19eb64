"""The data plane of Key Vault, as far as secrets go: set, get and list versions. Every vault that is named is there.

Served beneath ``/keyvault/VAULT``, since a sandbox has one address. Must not know Resource Manager.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

from providers.kit.server import Request, Response

_PATH = re.compile(r"/keyvault/(?P<vault>[^/]+)/secrets/(?P<name>[A-Za-z0-9-]{1,127})(?:/(?P<rest>[^/]*))?/?")
_NEWEST = "7.4"


class Vaults:
    """All vaults. clock: seconds since 1970."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._secrets: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def has(self, request: Request) -> bool:
        """Whether a request is for them."""
        return request.path.startswith("/keyvault/")

    def name(self, request: Request) -> str:
        """``vaults/secrets.get``."""
        found = _PATH.fullmatch(request.path)
        listed = found is not None and found["rest"] == "versions"
        return f"vaults/secrets.{'list' if listed else request.method.lower()}"

    def reset(self) -> None:
        """Forget all secrets."""
        with self._lock:
            self._secrets.clear()

    def handle(self, request: Request) -> Response:
        """The answer to one request."""
        found = _PATH.fullmatch(request.path)
        if "authorization" not in request.headers:
            return _error(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.")
        if f"api-version={_NEWEST}" not in request.query:
            return _error(400, "BadParameter", "api-version must be specified")
        if not found:
            return _error(404, "NotFound", "There is nothing at this path.")
        key, rest = (found["vault"].lower(), found["name"]), found["rest"] or ""
        with self._lock:
            if request.method == "PUT" and not rest:
                return self._set(key, request)
            if request.method != "GET":
                return _error(405, "MethodNotAllowed", f"{request.method} is not allowed here.")
            return self._get(key, rest)

    def _set(self, key: tuple[str, str], request: Request) -> Response:
        try:
            value = (request.json() or {}).get("value")
        except (ValueError, AttributeError):
            value = None
        if not isinstance(value, str):
            return _error(400, "BadParameter", "Property value is required")
        version, now = uuid.uuid4().hex, int(self._clock())
        attributes = {"enabled": True, "created": now, "updated": now, "recoveryLevel": "Recoverable+Purgeable"}
        vault, name = key
        secret = {
            "id": f"https://{vault}.vault.azure.net/secrets/{name}/{version}",
            "attributes": attributes,
            "value": value,
        }
        self._secrets.setdefault(key, []).append(secret)
        return Response.of_json(200, secret)

    def _get(self, key: tuple[str, str], rest: str) -> Response:
        secrets = self._secrets.get(key, [])
        if rest == "versions":
            shown = [{name: part for name, part in secret.items() if name != "value"} for secret in secrets]
            return Response.of_json(200, {"value": shown, "nextLink": None})
        for secret in reversed(secrets):
            if not rest or secret["id"].endswith(f"/{rest}"):
                return Response.of_json(200, secret)
        message = (
            f"A secret with (name/id) {key[1]}{f'/{rest}' if rest else ''} was not found in this key vault. If you recently "
            "deleted this secret you may be able to recover it using the correct recovery command."
        )
        return _error(404, "SecretNotFound", message)


def _error(status: int, code: str, message: str) -> Response:
    return Response.of_json(status, {"error": {"code": code, "message": message}})
