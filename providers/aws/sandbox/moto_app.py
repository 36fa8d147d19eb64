"""moto inside this process: its WSGI application called without a socket, and its objects. Corrects nothing.

moto keeps its content in module globals and is not safe for concurrent use: callers serialise.
"""

from __future__ import annotations

import functools
import io
import os
import sys
from typing import Any
from urllib.parse import unquote_to_bytes

from providers.kit.server import Request, Response

ACCOUNT = "123456789012"
_OWN_HEADERS = ("content-length", "connection", "status", "access-control-allow-origin")


class Moto:
    """moto's application and its models of the one account that there is. kept: what else a reset has to forget."""

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}
        # a thousand public images per region, made anew on every reset: 50 ms each, for lists that nothing here reads
        os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._app = DomainDispatcherApplication(create_backend_app)
        # asks the file system for every service's folder on each request; what it says of a host never changes
        self._app.get_backend_for_host = functools.cache(self._app.get_backend_for_host)

    def __call__(self, request: Request, body: bytes | None = None) -> Response:
        """moto's answer; ``body`` replaces the request's own. Raises whatever moto raises."""
        started: list[Any] = []
        chunks = self._app(
            _environ(request, request.body if body is None else body), lambda *given: started.extend(given)
        )
        content = b"".join(chunks)
        status, headers = started[0], started[1]
        kept = {name: value for name, value in headers if name.lower() not in _OWN_HEADERS}
        if request.method == "HEAD":
            kept |= {name: value for name, value in headers if name.lower() == "content-length"}
        return Response(int(status[:3]), content, kept)

    def reset(self) -> None:
        """Forget all objects of all services."""
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()
        self.kept.clear()

    def model(self, service: str, region: str) -> Any:
        """moto's model of a service in a region; one for all of them where the service has no regions."""
        from moto.backends import get_backend

        found = get_backend(service)[ACCOUNT]
        return found[region if region in found.regions else "aws"]

    def ec2(self, region: str) -> Any:
        """moto's model of EC2 in a region."""
        return self.model("ec2", region)

    def s3(self) -> Any:
        """moto's model of S3, which is one for all regions."""
        from moto.s3.models import s3_backends

        return s3_backends[ACCOUNT]["aws"]


def _environ(request: Request, body: bytes) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": f"{request.path}?{request.query}" if request.query else request.path,
        "RAW_URI": f"{request.path}?{request.query}" if request.query else request.path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ
