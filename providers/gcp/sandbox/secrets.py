"""Secret Manager, as far as secrets and their versions go: create, add a version, get one, read it.

Must not know Compute.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
from typing import Any
from urllib.parse import parse_qs

from providers.gcp.sandbox.errors import ApiError
from providers.kit.server import Request, Response

_PATH = re.compile(
    r"/v1/projects/(?P<project>[^/:]+)/secrets(?:/(?P<secret>[A-Za-z0-9_-]{1,255})(?:/versions/(?P<version>\w+))?)?(?::(?P<verb>\w+))?"
)


class Secrets:
    """The secrets of all projects."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions: dict[tuple[str, str], list[str]] = {}

    def has(self, request: Request) -> bool:
        """Whether a request is for them."""
        return request.path.startswith("/v1/projects/")

    def name(self, request: Request) -> str:
        """``secrets.versions.access``, as the service's document has it."""
        found = _PATH.fullmatch(request.path)
        part = "secrets.versions" if found and found["version"] else "secrets"
        verb = (found and found["verb"]) or {"GET": "get", "POST": "create"}.get(request.method, "unknown")
        return f"{part}.{verb}"

    def reset(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._versions.clear()

    def answer(self, request: Request) -> Response:
        """The answer to one request."""
        try:
            with self._lock:
                return Response.of_json(200, self._do(request), self.name(request))
        except ApiError as error:
            return Response.of_json(error.status, error.body(), self.name(request))

    def _do(self, request: Request) -> dict[str, Any]:
        found = _PATH.fullmatch(request.path)
        match (request.method, found and (bool(found["secret"]), found["version"] or "", found["verb"] or "")):
            case ("POST", (False, "", "")) if found:
                return self._create(found["project"], parse_qs(request.query).get("secretId", [""])[0])
            case ("POST", (True, "", "addVersion")) if found:
                return self._add(found["project"], found["secret"], request)
            case ("GET", (True, version, "" | "access" as verb)) if found and version:
                return self._read(found["project"], found["secret"], version, verb)
        raise ApiError(404, "notFound", f"The requested URL {request.path} was not found on this server.")

    def _create(self, project: str, secret: str) -> dict[str, Any]:
        if (project, secret) in self._versions:
            raise ApiError(409, "alreadyExists", f"Secret [projects/{project}/secrets/{secret}] already exists.")
        self._versions[project, secret] = []
        return {"name": f"projects/{project}/secrets/{secret}"}

    def _add(self, project: str, secret: str, request: Request) -> dict[str, Any]:
        try:
            data = str(request.json()["payload"]["data"])
            base64.b64decode(data, validate=True)
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise ApiError(400, "badRequest", "payload.data has to be base64.", canonical="INVALID_ARGUMENT") from None
        versions = self._of(project, secret)
        versions.append(data)
        return {"name": f"projects/{project}/secrets/{secret}/versions/{len(versions)}", "state": "ENABLED"}

    def _read(self, project: str, secret: str, version: str, verb: str) -> dict[str, Any]:
        versions = self._of(project, secret)
        number = len(versions) if version == "latest" else int(version) if version.isdecimal() else 0
        path = f"projects/{project}/secrets/{secret}/versions/{version}"
        if not 0 < number <= len(versions):
            raise _not_found(f"Secret Version [{path}]")
        name = f"projects/{project}/secrets/{secret}/versions/{number}"
        if verb == "access":
            return {"name": name, "payload": {"data": versions[number - 1]}}
        return {"name": name, "state": "ENABLED"}

    def _of(self, project: str, secret: str) -> list[str]:
        if (project, secret) not in self._versions:
            raise _not_found(f"Secret [projects/{project}/secrets/{secret}]")
        return self._versions[project, secret]


def _not_found(what: str) -> ApiError:
    return ApiError(404, "notFound", f"{what} not found.", canonical="NOT_FOUND")
