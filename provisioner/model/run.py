"""A run and its journal: what was intended, what became of it, in the order it happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from provisioner.model.fault import Fault
from provisioner.model.resource import Observed
from provisioner.model.value import EMPTY, Map


class RunStatus(StrEnum):
    """RUNNING survives a crash: such a run is told as INTERRUPTED, and can be resumed or rolled back. SUPERSEDED is one that has
    not come to its end, since which a newer plan of its stack was carried out. No state holds these two."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    SUPERSEDED = "superseded"
    DONE = "done"
    PARTIAL = "partial"
    ROLLED_BACK = "rolled_back"


class EntryKind(StrEnum):
    """Journal entries of a step, in their order."""

    READ = "read"  # looked for what a create makes or may have made: have is what it made, None: absent
    WARNED = "warned"  # an advisory rule of policy is broken, as only showed right before the step
    INTENT = "intent"  # durable before a call that may change something
    PENDING = "pending"  # the cloud answered, more calls or polling follow
    MADE = "made"  # the object is as wanted; its checks follow
    DONE = "done"
    FAILED = "failed"  # this attempt is known to have done nothing more, unless in ``doubt``
    CLOSED = "closed"  # end of the run


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry. ``have`` is the prior object, for the undo; ``continuation`` as ``Pending`` has it; ``doubt`` of a
    FAILED: the step gave up, and what became of its last call is as unknown as it was; ``identity`` of one: of what was found
    under the name of a create, and may be ours or not;
    ``unsent`` of one: its call has never left for the cloud."""

    kind: EntryKind
    step: str
    at: str
    attempt: int = 1
    call: int = 0  # position of the call inside the verb, from 0
    token: str = ""
    identity: str | None = None
    continuation: Map | None = None
    writes: bool = False  # of a PENDING: whether the next call changes something
    have: Observed | None = None
    attributes: Map = EMPTY
    fault: Fault | None = None
    doubt: bool = False
    unsent: bool = False
    message: str = ""
    code: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a plan."""

    id: str
    plan: str  # digest
    stack: str
    environment: str
    kind: str
    status: RunStatus
    started: str
    ended: str = ""
    holder: str = ""  # host:pid:user of the process
    undoes: str = ""  # run id, for a rollback


def seconds_between(start: str, end: str) -> float:
    """Between two moments of a journal."""
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds(), 3)


def undoing(run: str, started: str) -> str:
    """What a rollback does, in words: ``undoes run 20261124100122-abcdef of 2026-11-24 10:01 UTC``."""
    return f"undoes run {run}" + (f" of {started[:16].replace('T', ' ')} UTC" if started else "")
