"""The ledger: one row per physical object that a stack owns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provisioner.model.place import Place
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map, Path, Written


class Role(StrEnum):
    """A create-first replacement has two rows for a while."""

    CURRENT = "current"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One object that we own. Key: (uid, generation).

    identity: the cloud's, None while a create has not yet named it · applied: the wanted body of the last successful
    apply, references resolved · baseline: what the cloud returned afterwards, None while that read is pending ·
    within: resolved place keys · depends_on: uids whose objects must outlive this one · written: references, and
    texts with references, that ``applied`` was resolved from, by path (an undo needs them) · run: the run that wrote it last ·
    checks_due: it is as wanted, and its checks have not passed yet.
    """

    uid: str
    generation: int
    stack: str
    environment: str
    address: str
    type: str
    place: Place
    identity: str | None
    role: Role = Role.CURRENT
    applied: Map = EMPTY
    baseline: Map | None = None
    within: Map = EMPTY
    depends_on: tuple[str, ...] = ()
    written: Written = ()
    protect: bool = False
    on_remove: str = "delete"
    on_replace: str | None = None
    timeout: float | None = None
    redacted: tuple[Path, ...] = ()
    source: Source | None = None
    run: str = ""
    checks_due: bool = False
    schema_version: int = 1
