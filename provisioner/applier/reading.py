"""A sequence of reads inside a step: pages and details one after the other, tried again while that can help."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from provisioner.model.fault import ProviderError
from provisioner.model.resource import Observed
from provisioner.protocols.provider import Read, ReadResult
from provisioner.scheduler import retry


class Reading:
    """Reads that are left, what they have shown, and what they could not see (``blind``, empty where nothing)."""

    def __init__(self, reads: Iterable[Read], read: Callable[[Read], ReadResult]) -> None:
        self._reads, self._read = deque(reads), read
        self._tries = 0
        self.seen: list[Observed] = []
        self.blind = ""

    @property
    def finished(self) -> bool:
        """Whether everything was read."""
        return not self._reads

    def send(self) -> ReadResult:
        """Send the next one."""
        return self._read(self._reads[0])

    def take(self, result: ReadResult | ProviderError) -> retry.Decision | None:
        """Take its answer. A decision means: the same read again, after its delay."""
        if isinstance(result, ProviderError):
            self._tries += 1
            decision = retry.decide("read", result.fault, self._tries, retry_after=result.retry_after)
            if decision.kind is retry.Kind.AGAIN:
                return decision
            self.blind = str(result)
            result = ReadResult()
        self._tries = 0
        self._reads.popleft()
        self._reads.extend(result.more)
        self.seen += result.observed
        self.blind = self.blind or next((spot.reason for spot in result.blindspots if not spot.path), "")
        return None
