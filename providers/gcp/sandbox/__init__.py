"""A local stand-in for Google Compute: every collection of the archive, on loopback, over HTTP.

It shares nothing with the provider but the published specification. Nothing is kept when it stops.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.gcp.sandbox.server import ComputeServer

SECONDS_VARIABLE = "ORCH_SANDBOX_GCP_OPERATION_SECONDS"


def serve(port: int = 0, operation_seconds: float | None = None) -> ComputeServer:
    """A server on 127.0.0.1 at ``port`` (0: a free one). operation_seconds: how long each operation takes; by default
    what the environment variable says, else 0.05. ``OSError`` where the port is taken."""
    from providers.gcp.sandbox.server import ComputeServer
    from providers.gcp.sandbox.service import Settings

    seconds = float(os.environ.get(SECONDS_VARIABLE, "0.05")) if operation_seconds is None else operation_seconds
    return ComputeServer(port, Settings(operation_seconds=seconds))
