"""Existing objects that a wanted resource may be already, before anybody has taken one over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provisioner.model.change import Diff
from provisioner.model.resource import Observed, Resource


class Standing(StrEnum):
    """What can be done with a find. Only READY is ever taken over."""

    READY = "ready"
    AMBIGUOUS = "ambiguous"  # several objects, or several entries, or a mark that several objects carry
    FOREIGN = "foreign"  # another project's, or another entry's
    UNFIT = "unfit"  # only a replacement would make it as wanted
    WAITING = "waiting"  # the entry refers to something that is not there, or not taken over


@dataclass(frozen=True, slots=True)
class Candidate:
    """A wanted resource that the ledger lacks, and what was found for it.

    want: as written · objects: one, or all that fit equally · how: what told them, in words · why: what speaks against taking it
    over; empty for READY · diff: what the plan after that would change · marked: it carries this project's own mark.
    """

    want: Resource
    objects: tuple[Observed, ...]
    how: str
    standing: Standing
    why: str = ""
    diff: Diff = Diff()
    marked: bool = False

    @property
    def have(self) -> Observed:
        """The object, where there is just one."""
        return self.objects[0]
