"""The endpoint on its port: the kit's server with one control path more. Must not know what requests mean.

``POST /_orch/settings`` with some of ``{"operation_seconds", "late_errors", "projects"}`` changes them and answers all.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from providers.gcp.sandbox.hostile import Hostile
from providers.gcp.sandbox.service import Service, Settings
from providers.kit.server import LONG, Request, Response, Server


class ComputeServer(Server):
    """A server of one ``Service``."""

    def __init__(
        self,
        port: int = 0,
        settings: Settings | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service = service = Service(settings or Settings(), clock, sleep)
        more = (*LONG, "unavailable")
        super().__init__(
            service.answer,
            namer=service.name,
            fault=service.fault,
            reset=service.reset,
            port=port,
            more=more,
            hostile=Hostile,
        )

    def answer(self, request: Request) -> Response | None:
        """As the kit answers, and the settings."""
        if (request.method, request.path) == ("POST", "/_orch/settings"):
            try:
                return Response.of_json(200, self._service.configure(request.json() or {}))
            except (TypeError, ValueError) as error:
                return Response.of_json(400, {"error": str(error)})
        return super().answer(request)
