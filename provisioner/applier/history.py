"""What the journal of a run says about each of its steps: the state from which a resume goes on. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from provisioner.model.fault import Fault
from provisioner.model.resource import Observed
from provisioner.model.run import Entry, EntryKind
from provisioner.model.value import EMPTY, Map


@dataclass(frozen=True, slots=True)
class History:
    """One step so far.

    attempt, call: of the last intent · in_doubt: an intent without an outcome: it may have been done · first_at, intent_at:
    when the first and the last one were written · heard_at: when the cloud was last told of it, or has said anything about it ·
    made: it is as wanted, and only its checks are left · shown_absent: a read before the create found nothing ·
    claimed: the last read found what it has made ·
    may_have_made: one of its calls was accepted, or its answer lost; a create that was plainly refused has made nothing ·
    stranger: what was found under its name and may be ours or not, in words · have: the prior object of the first intent, for
    the undo · continuation: of the last pending answer, with whether its next call writes.
    """

    step: str
    attempt: int = 1
    call: int = 0
    touched: bool = False
    in_doubt: bool = False
    made: bool = False
    done: bool = False
    failed: bool = False
    shown_absent: bool = False
    claimed: bool = False
    may_have_made: bool = False
    first_at: str = ""
    intent_at: str = ""
    heard_at: str = ""
    stranger: str = ""
    identity: str | None = None
    continuation: Map | None = None
    writes: bool = False
    have: Observed | None = None
    attributes: Map = EMPTY

    @property
    def open(self) -> bool:
        """Whether what its last call has done is unknown: no answer, or an operation that has not named its object."""
        unnamed = self.continuation is not None and self.identity is None
        return not self.done and (self.in_doubt or unnamed)

    @property
    def under_way(self) -> bool:
        """Whether its last call may have been done, or an operation goes on."""
        polling = self.continuation is not None and not self.writes
        return not self.done and (self.in_doubt or polling)

    def after(self, entry: Entry) -> History:
        """The history with one more entry."""
        match entry.kind:
            case EntryKind.READ:
                if entry.have is not None:  # it is the one that the step has made
                    return replace(
                        self,
                        in_doubt=False,
                        may_have_made=True,
                        claimed=True,
                        identity=entry.have.identity,
                        stranger="",
                    )
                return replace(self, shown_absent=True, claimed=False, identity=None, stranger="")
            case EntryKind.INTENT:
                return replace(
                    self, attempt=entry.attempt, call=entry.call, touched=True, in_doubt=True, failed=False,
                    first_at=self.first_at or entry.at, intent_at=entry.at, heard_at=entry.at, stranger="",
                    have=self.have or entry.have,
                )  # fmt: skip
            case EntryKind.PENDING:
                return replace(
                    self, in_doubt=False, may_have_made=True, identity=entry.identity or self.identity,
                    continuation=entry.continuation, writes=entry.writes, call=entry.call, heard_at=entry.at,
                )  # fmt: skip
            case EntryKind.MADE | EntryKind.DONE:
                return replace(
                    self, in_doubt=False, made=True, done=entry.kind is EntryKind.DONE, failed=False,
                    identity=entry.identity or self.identity, attributes=entry.attributes or self.attributes,
                    continuation=None,
                )  # fmt: skip
            case EntryKind.FAILED if entry.doubt:
                return replace(self, attempt=entry.attempt)
            case EntryKind.FAILED:
                restart = entry.call == 0
                unsure = self.in_doubt and not entry.unsent and entry.fault in (None, Fault.UNCERTAIN, Fault.TRANSIENT)
                return replace(
                    self, in_doubt=False, failed=True, attempt=entry.attempt,
                    may_have_made=self.may_have_made or unsure,
                    continuation=None if restart else self.continuation,
                    heard_at=entry.at if entry.fault else self.heard_at,
                    stranger=entry.message if entry.identity else self.stranger,
                )  # fmt: skip
            case EntryKind.WARNED | EntryKind.CLOSED:
                return self


def read(entries: Iterable[Entry]) -> dict[str, History]:
    """The history of every step that the journal mentions."""
    out: dict[str, History] = {}
    for entry in entries:
        if entry.step:
            out[entry.step] = out.get(entry.step, History(entry.step)).after(entry)
    return out
