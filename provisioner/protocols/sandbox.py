"""The sandbox protocol: a local stand-in for one cloud's endpoint, for demonstrations and tests."""

from __future__ import annotations

from typing import Protocol


class SandboxServer(Protocol):
    """A running endpoint. Bound to 127.0.0.1 only, from the moment it is made."""

    url: str

    def serve_forever(self) -> None:
        """Answer until ``shutdown``."""
        ...

    def shutdown(self) -> None:
        """Stop answering and free the port."""
        ...


class SandboxFactory(Protocol):
    """Entry point ``orch.sandboxes``: makes a server on a port (0: a free one). Errors are ``OSError`` with a reason."""

    def __call__(self, port: int = 0) -> SandboxServer:
        """Bind and return; the caller runs ``serve_forever``."""
        ...
