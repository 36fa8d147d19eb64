"""Budgets: how fast one lane of a cloud's API may be called. A token bucket each, which starts from what the cloud publishes,
shrinks when it throttles, and grows again.

Only the scheduler's thread touches it. It must not know a cloud.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from provisioner.model.place import Place
from provisioner.protocols.provider import Limit

_LEAST = 0.5  # calls a second, however often a cloud objects
_FIRST_OBJECTION = 20.0  # calls a second once a lane without a known limit is throttled
_FREE = 200.0  # calls a second: a lane without a known limit that has grown to it is let go again
_STEPS = 50.0  # so many calls that went through add the published rate once: a raised quota is found out by asking


class Lane(NamedTuple):
    """What a cloud counts calls by."""

    cloud: str
    account: str
    region: str
    limit: Limit


def lane(place: Place, limit: Limit) -> Lane:
    """The lane of a call in a place. An endpoint of its own has no published limits."""
    return Lane(place.cloud, place.account, place.region, Limit(limit.bucket) if place.endpoint else limit)


@dataclass
class _Bucket:
    """tokens: calls that may start at once, as of ``at`` · rate: how many come back a second · held: no call before that."""

    burst: float
    rate: float
    tokens: float
    at: float = 0.0
    held: float = float("-inf")
    throttled_at: float = float("-inf")

    def fill(self, now: float) -> None:
        if math.isfinite(self.rate):
            self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = max(self.at, now)


@dataclass
class Budgets:
    """The lanes met so far."""

    _lanes: dict[Lane, _Bucket] = field(default_factory=dict)
    _counts: Counter[Lane] = field(default_factory=Counter)

    def counts(self) -> dict[tuple[str, str, str, str], int]:
        """The calls that were sent, by cloud, account, region and what the cloud counts together."""
        return {(*lane[:3], lane.limit.bucket): number for lane, number in self._counts.items()}

    def ready_at(self, lane: Lane) -> float:
        """The earliest moment for the next call in this lane."""
        bucket = self._lanes.get(lane)
        if bucket is None:
            return 0.0
        lacking = 1.0 - bucket.tokens
        return max(bucket.held, bucket.at + lacking / bucket.rate if lacking > 0.0 else 0.0)

    def sent(self, lane: Lane, now: float) -> None:
        """A call starts."""
        self._counts[lane] += 1
        bucket = self._of(lane, now)
        bucket.fill(now)
        if math.isfinite(bucket.rate):
            bucket.tokens -= 1.0

    def throttled(self, lane: Lane, now: float, retry_after: float | None) -> None:
        """The cloud said slow down. Answers to calls that were under way together count once."""
        bucket = self._of(lane, now)
        bucket.fill(now)
        if now - bucket.throttled_at >= 1.0:
            bucket.rate = max(_LEAST, bucket.rate / 2) if math.isfinite(bucket.rate) else _FIRST_OBJECTION
            bucket.throttled_at = now
        if not math.isfinite(lane.limit.rate):
            bucket.burst = max(1.0, bucket.rate)
        bucket.tokens = min(bucket.tokens, 0.0)
        bucket.held = max(bucket.held, now + (retry_after if retry_after is not None else 1.0 / bucket.rate))

    def succeeded(self, lane: Lane, now: float, remaining: int | None = None) -> None:
        """A call went through. remaining: how many more the cloud says that it takes at once."""
        bucket = self._lanes.get(lane)
        if bucket is None or not math.isfinite(bucket.rate):
            return
        bucket.fill(now)
        if math.isfinite(lane.limit.rate):
            bucket.rate += lane.limit.rate / _STEPS
        elif bucket.rate < _FREE:
            bucket.rate += 0.5
            bucket.burst = max(1.0, bucket.rate)
        else:
            bucket.rate = bucket.burst = bucket.tokens = math.inf
        if remaining is not None:
            bucket.tokens = min(bucket.tokens, float(remaining))

    def _of(self, lane: Lane, now: float) -> _Bucket:
        if lane not in self._lanes:
            self._lanes[lane] = _Bucket(lane.limit.burst, lane.limit.rate, lane.limit.burst, now)
        return self._lanes[lane]
