"""Budgets: how fast one lane of a cloud's API may be called; shrinks when throttled and grows again.

Additive growth, halving on throttling. Only the scheduler's thread touches it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Lane(NamedTuple):
    """What a cloud counts calls by."""

    cloud: str
    account: str
    region: str
    service: str


START_RATE = 200.0  # calls a second before a cloud has objected: above what one process reaches against most of them
LEAST_RATE = 0.5


@dataclass
class _State:
    rate: float = START_RATE
    next_at: float = 0.0  # when the next call may start
    throttled_at: float = float("-inf")


@dataclass
class Budgets:
    """The lanes met so far."""

    _lanes: dict[Lane, _State] = field(default_factory=dict)

    def ready_at(self, lane: Lane) -> float:
        """The earliest moment for the next call in this lane."""
        state = self._lanes.get(lane)
        return state.next_at if state else 0.0

    def sent(self, lane: Lane, now: float) -> None:
        """A call starts."""
        state = self._lanes.setdefault(lane, _State())
        if state.rate < START_RATE:
            state.next_at = max(now, state.next_at) + 1.0 / state.rate

    def throttled(self, lane: Lane, now: float, retry_after: float | None) -> None:
        """The cloud said slow down. Answers to calls that were under way together count once."""
        state = self._lanes.setdefault(lane, _State())
        if now - state.throttled_at >= 1.0:
            state.rate = max(LEAST_RATE, min(state.rate, 40.0) / 2)
            state.throttled_at = now
        state.next_at = max(state.next_at, now + (retry_after if retry_after is not None else 1.0 / state.rate))

    def succeeded(self, lane: Lane) -> None:
        """A call went through."""
        state = self._lanes.get(lane)
        if state and state.rate < START_RATE:
            state.rate += 0.5
