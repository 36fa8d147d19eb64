"""Time, injected: the one place that asks the machine what time it is."""

from __future__ import annotations

import queue
import time
from datetime import UTC, datetime
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Seconds that only go forward, a date for people, and waiting for results no longer than until something is due.

    Results come through a ``Queue``: a ``SimpleQueue`` whose timeout is over before it looks again waits for ever (CPython 3.11),
    which a poll that is due in a few microseconds runs into.
    """

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...

    def utc(self) -> str:
        """ISO 8601 with milliseconds, UTC."""
        ...

    def get(self, source: queue.Queue[T], timeout: float | None, busy: bool) -> T | None:
        """The next result, or None after ``timeout`` seconds. ``busy``: whether a call is under way at all."""
        ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def utc(self) -> str:
        return datetime.now(UTC).isoformat(timespec="milliseconds")

    def get(self, source: queue.Queue[T], timeout: float | None, busy: bool) -> T | None:
        try:
            return source.get(timeout=timeout)
        except queue.Empty:
            return None
