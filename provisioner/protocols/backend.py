"""The backend protocol: where ledger, journal, runs and leases are kept, in the terms of the ledger and with no SQL above it.

Every write carries the fence of a lease; a process whose lease is gone cannot write (``LeaseLostError``). A backend is used
by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from provisioner.model.ledger import LedgerRow
from provisioner.model.problem import OrchError
from provisioner.model.run import Entry, Run, RunStatus
from provisioner.model.value import Map, Written


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one stack. fence: rises with every new holder · holder: ``host:pid:started`` of the process ·
    since: ISO 8601 UTC · purpose: what the holder is doing, for people · expires: ISO 8601 UTC; the holder pushes it on while it
    lives, and from then on anybody may take it."""

    name: str
    holder: str
    fence: int
    since: str
    purpose: str = ""
    expires: str = ""


class LeaseHeldError(OrchError):
    """Somebody else works on this stack."""


class LeaseLostError(OrchError):
    """Our lease was taken over while we paused; nothing more was written."""

    exit_code = 5


class StateWriteError(OrchError):
    """The state cannot be written now: a full disk, a folder that is gone. What was written before is whole."""


class PlanUsedError(OrchError):
    """A plan is used once; this one was."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Commit:
    """What one transaction writes: journal entries in order, ledger rows put, ledger keys (uid, generation) dropped."""

    entries: Sequence[Entry] = ()
    put: Sequence[LedgerRow] = ()
    drop: Sequence[tuple[str, int]] = ()


class Backend(Protocol):
    """State of all stacks of one lineage."""

    def lineage(self) -> str:
        """26 characters of lower-case base32, made when the backend was."""
        ...

    def take_lineage(self, lineage: str) -> None:
        """Go on as the state of another lineage, which was lost; ``OrchError`` once anything was run or is owned here."""
        ...

    def key(self) -> bytes:
        """32 random bytes, made when the backend was: what hashes of secrets are keyed with. Never shown or logged."""
        ...

    def acquire(self, name: str, holder: str, purpose: str) -> Lease:
        """Take a lease that nobody holds, has let expire, or whose holder is a dead process of this host."""
        ...

    def check_free(self, name: str) -> None:
        """``LeaseHeldError`` where somebody works on it: what would be planned now would be stale soon."""
        ...

    def renew(self, lease: Lease) -> None:
        """Push the expiry on; ``LeaseLostError`` if it was taken over."""
        ...

    def release(self, lease: Lease) -> None:
        """Give it back; no error if it is gone."""
        ...

    def leases(self) -> tuple[Lease, ...]:
        """Those that somebody holds, by name; who has not been heard of in time holds none."""
        ...

    def unlock(self, lease: Lease) -> bool:
        """Take a lease from its holder, who cannot write from then on. False where he does not hold it any more."""
        ...

    def rows(self, stack: str | None = None, environment: str | None = None) -> tuple[LedgerRow, ...]:
        """Ledger rows, ordered by address and generation."""
        ...

    def serial(self, stack: str, environment: str) -> int:
        """How often the ledger of a stack was written."""
        ...

    def outputs(self, stack: str, environment: str) -> Map | None:
        """Outputs of what stands; None if no run has recorded any."""
        ...

    def outputs_written(self, stack: str, environment: str) -> Written:
        """What of these outputs reads resources, with its references, by path."""
        ...

    def open_run(self, lease: Lease, run: Run, plan: bytes) -> None:
        """Record a run and the plan container it executes; ``PlanUsedError`` names the run that used the plan before."""
        ...

    def append(self, lease: Lease, run: str, commit: Commit) -> None:
        """One transaction, durable when it returns."""
        ...

    def close_run(
        self, lease: Lease, run: str, status: RunStatus, ended: str, outputs: Map | None = None, written: Written = ()
    ) -> None:
        """End a run (or, for RUNNING, open it again to resume); outputs, and how they are written, replace the stack's."""
        ...

    def runs(self, stack: str | None = None, environment: str | None = None) -> tuple[Run, ...]:
        """Runs, newest first."""
        ...

    def run(self, run: str) -> tuple[Run, bytes, tuple[Entry, ...]]:
        """A run by id or unique beginning of it, its plan container, its journal in order. ``OrchError`` if unknown."""
        ...

    def close(self) -> None:
        """Free files and connections."""
        ...
