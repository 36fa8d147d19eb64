"""A local AWS: moto behind what it lacks. Entry point ``orch.sandboxes``; nothing heavy is imported before ``serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.kit.server import Server


def serve(port: int = 0) -> Server:
    """Bind a local AWS to 127.0.0.1 (port 0: a free one). ``OSError`` where the port is taken.

    One per process: moto keeps its content for the whole process, so a second server shows the same objects.
    """
    from providers.aws.sandbox.account import Account

    return Account().serve(port)
