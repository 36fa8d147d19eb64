"""A local stand-in for Azure Resource Manager: ``serve`` makes it.

Must import nothing heavy before it is called, and no provider ever.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.kit.server import Server

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
"""The subscription that exists unless others are named."""


def serve(
    port: int = 0, *, operation_seconds: float | None = None, subscriptions: tuple[str, ...] | None = None
) -> Server:
    """An ARM endpoint on 127.0.0.1, bound but not yet serving. Entry point ``orch.sandboxes``.

    operation_seconds: how long a long operation takes (``ORCH_SANDBOX_AZURE_OPERATION_SECONDS``, else 0.05) ·
    subscriptions: which exist (``ORCH_SANDBOX_AZURE_SUBSCRIPTIONS``, comma-separated, else ``SUBSCRIPTION``). ``OSError``
    where the port is taken.
    """
    from providers.azure.sandbox.endpoint import Endpoint

    if operation_seconds is None:
        operation_seconds = float(os.environ.get("ORCH_SANDBOX_AZURE_OPERATION_SECONDS") or 0.05)
    named = os.environ.get("ORCH_SANDBOX_AZURE_SUBSCRIPTIONS", "")
    known = subscriptions or tuple(filter(None, (part.strip() for part in named.split(",")))) or (SUBSCRIPTION,)
    return Endpoint(known, operation_seconds).server(port)
