"""Entries that were renamed, and the objects that they keep: rows of the ledger under the addresses of this plan. Pure.

It must not guess: only what an entry itself calls its former address is a move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from provisioner.model.ledger import LedgerRow
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource


class Renaming:
    """rows: current ones, by the address that they have in this plan · notes, problems: what the reader has to know."""

    def __init__(self, wants: Sequence[Resource], rows: Mapping[str, LedgerRow]) -> None:
        self.rows = dict(rows)
        self.notes: list[str] = []
        self._heirs: dict[str, str] = {}  # former address -> address
        renamed = [want for want in wants if want.options.moved_from]
        waiting, before = renamed, -1
        while len(waiting) != before:  # a name that becomes free may be the new one of another entry
            before, waiting = len(waiting), [want for want in waiting if not self._move(want)]
        self.problems = [problem for want in renamed if (problem := self._problem(want, renamed))]

    def _former(self, want: Resource) -> str | None:
        """The likeliest former address that is in the ledger, of an object that can be this entry's."""
        own = (former for former in want.options.moved_from if former != want.address and former in self.rows)
        return next((former for former in own if self.rows[former].type == want.type), None)

    def _move(self, want: Resource) -> bool:
        former = self._former(want)
        if former is None or want.address in self.rows:
            return False
        self.rows[want.address] = self.rows.pop(former)
        self._heirs[former] = want.address
        self.notes.append(f"{former} is now called {want.address}")
        return True

    def _problem(self, want: Resource, renamed: Sequence[Resource]) -> Problem | None:
        if want.address not in self.rows:
            taken = next((former for former in want.options.moved_from if former in self._heirs), None)
            if taken is None:
                return None
            message = f"{taken} was moved to {self._heirs[taken]} already"
            return Problem(message, want.source, want.address, "leave `moved_from` to the one that keeps the object")
        waiting = {other.address: self._former(other) for other in renamed if other.address in self.rows}
        circle = [want.address]
        while (former := waiting.get(circle[-1])) and former not in circle:
            circle.append(former)
        if len(circle) == 1 or waiting.get(circle[-1]) != want.address:
            return None
        hint = "give one of them a name of its own first, apply, and then rename the others one after the other"
        return Problem(f"{', '.join(sorted(circle))} are moved from each other", want.source, want.address, hint)
