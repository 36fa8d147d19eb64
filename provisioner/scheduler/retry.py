"""What to do about a fault: a pure function of verb, fault and attempt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provisioner.model.fault import Fault


class Kind(StrEnum):
    """The three ways on."""

    AGAIN = "again"  # the same call; what failed is known to have done nothing
    LOOK = "look"  # it may have been done: read before anything else
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Decision:
    """delay: seconds before the next call."""

    kind: Kind
    delay: float = 0.0


_FAIL = Decision(Kind.FAIL)

# How often a fault is met with another try, by verb; a verb or fault that is not here fails at once.
_TRIES: dict[str, dict[Fault, int]] = {
    "read": {Fault.THROTTLED: 12, Fault.TRANSIENT: 4, Fault.UNCERTAIN: 4, Fault.NOT_READY: 6, Fault.CONFLICT: 3},
    "create": {Fault.THROTTLED: 12, Fault.NOT_READY: 12, Fault.NOT_FOUND: 6, Fault.CONFLICT: 30},
    "update": {Fault.THROTTLED: 12, Fault.TRANSIENT: 4, Fault.NOT_READY: 12, Fault.CONFLICT: 8},
    "delete": {Fault.THROTTLED: 12, Fault.TRANSIENT: 4, Fault.UNCERTAIN: 4, Fault.NOT_READY: 12, Fault.CONFLICT: 10},
}
# Where the call may have been done although it failed. A delete may simply be sent again: not-found is its success.
_IN_DOUBT: dict[str, frozenset[Fault]] = {
    "create": frozenset({Fault.UNCERTAIN, Fault.TRANSIENT}),
    "update": frozenset({Fault.UNCERTAIN}),
}
_LOOKS = 6
LONGEST = 20.0


def decide(verb: str, fault: Fault, attempt: int, *, retry_after: float | None = None, jitter: float = 0.5) -> Decision:
    """The decision after the ``attempt``-th try (from 1) at ``verb`` (read, create, update, delete) met ``fault``.

    ``jitter`` from 0 to 1 spreads the delay between half and the whole of an exponential step.
    """
    delay = retry_after or backoff(attempt, jitter)  # a cloud that says 0 seconds means soon, not at once for ever
    if fault in _IN_DOUBT.get(verb, ()):
        return Decision(Kind.LOOK, delay) if attempt <= _LOOKS else _FAIL
    if attempt < _TRIES.get(verb, {}).get(fault, 0):
        return Decision(Kind.AGAIN, delay)
    return _FAIL


def backoff(attempt: int, jitter: float, first: float = 0.4) -> float:
    """Seconds: doubling from ``first``, at most ``LONGEST``, between half and whole by jitter."""
    step = min(LONGEST, first * 2.0 ** min(attempt - 1, 16))
    return step * (0.5 + 0.5 * jitter)
