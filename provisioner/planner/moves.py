"""Entries that were renamed, and the objects that they keep: rows of the ledger under the addresses of this plan. Pure.

It must not guess: only what an entry itself calls its former address is a move.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from provisioner.model.ledger import LedgerRow
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource


class Renaming:
    """rows: current ones, by the address that they have in this plan · notes, problems: what the reader has to know."""

    def __init__(self, wants: Sequence[Resource], rows: Mapping[str, LedgerRow]) -> None:
        self.rows = dict(rows)
        self._before = rows
        self._wanted = {want.address for want in wants}
        self._alike: dict[tuple[int, ...], dict[tuple[str, ...], list[str]]] = {}
        self._heirs: dict[str, str] = {}  # former address -> address
        renamed = [want for want in wants if want.options.moved_from]
        for patterns in (False, True):  # what is named in full comes first
            waiting, before = renamed, -1
            while len(waiting) != before:  # a name that becomes free may be the new one of another entry
                before, waiting = len(waiting), [want for want in waiting if not self._move(want, patterns)]
        self.notes = [f"{former} is now called {heir}{self._again(former)}" for former, heir in self._heirs.items()]
        self.problems = [problem for want in renamed if (problem := self._problem(want, renamed))]

    def _again(self, former: str) -> str:
        """What to say of an entry whose name is a former one of another."""
        made = former in self._wanted and former not in self.rows
        return "; the entry of that name gets an object of its own" if made else ""

    def _former(self, want: Resource) -> str | None:
        """The likeliest former address that is in the ledger, of an object that can be this entry's."""
        own = (former for former in want.options.moved_from if former != want.address and former in self.rows)
        return next((former for former in own if self.rows[former].type == want.type), None)

    def _matching(self, want: Resource) -> Iterator[tuple[str, list[str]]]:
        """Patterns of former addresses, each with what the ledger has of it: instances of what is a single entry now."""
        for pattern in want.options.moved_from if want.address not in self.rows else ():
            found = [address for address in self._like(pattern) if address in self.rows] if "*" in pattern else []
            yield pattern, [a for a in found if self.rows[a].type == want.type and a not in self._wanted]

    def _like(self, pattern: str) -> list[str]:
        parts = pattern.split("/")
        stars = tuple(index for index, part in enumerate(parts) if part == "*")
        if stars not in self._alike:
            self._alike[stars] = {}
            for address in self._before:
                own = address.split("/")
                masked = tuple("*" if index in stars else part for index, part in enumerate(own))
                self._alike[stars].setdefault(masked, []).append(address)
        return self._alike[stars].get(tuple(parts), [])

    def _move(self, want: Resource, patterns: bool) -> bool:
        former = self._former(want)
        if patterns and former is None:
            former = next((found[0] for _, found in self._matching(want) if len(found) == 1), None)
        if former is None or want.address in self.rows:
            return False
        self.rows[want.address] = self.rows.pop(former)
        self._heirs[former] = want.address
        return True

    def _problem(self, want: Resource, renamed: Sequence[Resource]) -> Problem | None:
        if want.address not in self.rows:
            if several := next(((pattern, found) for pattern, found in self._matching(want) if found), None):
                return _several(want, *several)
            taken = next((former for former in want.options.moved_from if former in self._heirs), None)
            if taken is not None:
                return _taken(want, taken, self._heirs[taken])
            other = next((former for former in want.options.moved_from if former in self._before), None)
            return _another(want, self._before[other]) if other is not None else None
        waiting = {other.address: self._former(other) for other in renamed if other.address in self.rows}
        circle = [want.address]
        while (former := waiting.get(circle[-1])) and former not in circle:
            circle.append(former)
        if len(circle) == 1 or waiting.get(circle[-1]) != want.address:
            return None
        hint = "give one of them a name of its own first, apply, and then rename the others one after the other"
        return Problem(f"{', '.join(sorted(circle))} are moved from each other", want.source, want.address, hint)


def _several(want: Resource, pattern: str, found: Sequence[str]) -> Problem:
    """What was one entry with for_each is a single one now."""
    depth = pattern.split("/").index("*")
    message = f"{want.address} can keep only one of {', '.join(found)}"
    hint = f"say which, as in moved_from: {_written(found[0].split('/')[: depth + 1], want.address.split('/')[: depth - 1])}"
    return Problem(message, want.source, want.address, hint)


def _taken(want: Resource, former: str, heir: str) -> Problem:
    parts, others, was = want.address.split("/"), heir.split("/"), former.split("/")
    differ = [index for index, (part, other) in enumerate(zip(parts, others, strict=False)) if part != other]
    if len(parts) != len(others) or len(differ) != 1 or len(was) != len(parts) - 1 or not differ[0]:
        message, hint = f"{former} was moved to {heir} already", "leave `moved_from` to the one that keeps the object"
        return Problem(message, want.source, want.address, hint)
    at = differ[0]  # where the key of for_each stands
    message = f"{former} is one object, and of {heir} and {want.address} only one can keep it"
    hint = f"say which, as in moved_from: {{{others[at]}: {_written(was[:at], parts[: at - 1])}}}"
    return Problem(message, want.source, want.address, hint)


def _another(want: Resource, row: LedgerRow) -> Problem:
    """What an entry says it was is of another type."""
    types = f"{row.address}, which is a {row.type}, and {want.address} is a {want.type}"
    message = f"moved_from names {types}: no object changes its type"
    hint = "name the one that it was (orch state list), or leave `moved_from` out to have a new one made"
    return Problem(message, want.source, want.address, hint)


def _written(address: Sequence[str], scope: Sequence[str]) -> str:
    """An address as one writes it in the module that it lies in."""
    inside = list(address[: len(scope)]) == list(scope)
    return "/".join(address[len(scope) :] if inside else address)
