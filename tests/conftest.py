"""Shared by all tests. First of all a guard: nothing here may connect to anything but this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest

pytest_plugins = ["tests.sandboxes"]


class NotLoopbackError(AssertionError):
    """A test tried to leave the machine."""


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a unix socket
    host = str(address[0])
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-golden``: write what the commands print now as the expected output, then read the difference."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files of tests/scenarios")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines of this process wait a hundredth of what they would: retries that end in nothing cost no minute."""
    from provisioner.scheduler.clock import SystemClock

    monotonic, get = SystemClock.monotonic, SystemClock.get

    def sooner(self: Any, source: Any, timeout: float | None, busy: bool) -> Any:
        return get(self, source, None if timeout is None else timeout / 100, busy)

    monkeypatch.setattr(SystemClock, "monotonic", lambda self: monotonic(self) * 100)
    monkeypatch.setattr(SystemClock, "get", sooner)


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Make any connection to, and any name look-up of, another host fail loudly."""
    patch = pytest.MonkeyPatch()
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(call: Any) -> Any:
        def checked(self: socket.socket, address: Any) -> Any:
            if not _is_local(address):
                raise NotLoopbackError(f"a test tried to connect to {address!r}")
            return call(self, address)

        return checked

    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_local((name,)):
            raise NotLoopbackError(f"a test tried to look up {name!r}")
        return getaddrinfo(host, *args, **kwargs)

    patch.setattr(socket.socket, "connect", guarded(connect))
    patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    patch.setattr(socket, "getaddrinfo", resolve)
    yield
    patch.undo()
