"""Progress as typed data: one stream for the terminal, JSON lines, logs and whoever comes later."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What happened."""

    RUN_STARTED = "run_started"
    READING = "reading"  # discovery: message says what
    QUEUED = "queued"
    STARTED = "started"
    POLLING = "polling"
    RETRIED = "retried"
    WARNED = "warned"  # an advisory rule of policy is broken, judged right before the step
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    RUN_FINISHED = "run_finished"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. at: ISO 8601 UTC · delay: seconds until the next try or poll · done/total: steps so far."""

    kind: EventKind
    at: str
    run: str = ""
    step: str = ""
    address: str = ""
    type: str = ""
    place: str = ""
    verb: str = ""
    attempt: int = 0
    message: str = ""
    code: str = ""
    request_id: str = ""
    delay: float = 0.0
    seconds: float = 0.0
    done: int = 0
    total: int = 0
