"""What was made a moment ago: for as long as a cloud may take to show it everywhere, its absence proves nothing.

It reads the ledger's rows and the journal's times, and only when something is not found. It must not ask a cloud.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.run import Run
from provisioner.model.snapshot import ObjectKey
from provisioner.protocols.backend import Backend
from provisioner.registry import Registry
from provisioner.scheduler.clock import Clock


@dataclass
class Youth:
    """rows: of the objects that may be asked about · run: the one in progress, whose objects are young until it ends."""

    rows: Iterable[LedgerRow]
    backend: Backend
    registry: Registry
    clock: Clock
    run: str = ""
    _ended: dict[str, str] = field(default_factory=dict)

    def left(self, place: Place, kind: str, identity: str) -> float:
        """Seconds for which an object of ours need not show; 0 for any other."""
        if not self.registry.resource_type(kind).settles_within(place):
            return 0.0
        row = self._by_object.get(ObjectKey(place.name, kind, identity))
        return self.of(row, place) if row else 0.0

    def of(self, row: LedgerRow, place: Place) -> float:
        """The same of a row, in its place as it is now."""
        within = self.registry.resource_type(row.type).settles_within(place)
        if not within or not row.run:
            return 0.0
        age = datetime.fromisoformat(self.clock.utc()) - datetime.fromisoformat(self._written(row))
        return max(0.0, within - age.total_seconds())

    def _written(self, row: LedgerRow) -> str:
        """No earlier than when the object was last made or changed."""
        if row.run == self.run:
            return self.clock.utc()
        if row.run not in self._ended:
            run = self._runs.get(row.run)
            self._ended[row.run] = (run.ended or self._last_word(run)) if run else _LONG_AGO
        return self._ended[row.run]

    @cached_property
    def _by_object(self) -> dict[ObjectKey, LedgerRow]:
        return {ObjectKey(row.place.name, row.type, row.identity or ""): row for row in self.rows}

    @cached_property
    def _runs(self) -> dict[str, Run]:
        return {run.id: run for run in self.backend.runs()}

    def _last_word(self, run: Run) -> str:
        """Of a run that died: when it wrote its journal for the last time."""
        _, _, entries = self.backend.run(run.id)
        return entries[-1].at if entries else run.started


_LONG_AGO = "1970-01-01T00:00:00.000+00:00"
