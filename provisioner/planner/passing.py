"""What only one object can have at a time (a range in a network, a name), where one gives it up and another takes it. Pure.

It must not order anything; ``steps`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from provisioner.model.change import Action
from provisioner.model.ledger import LedgerRow
from provisioner.model.resource import Observed
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import ABSENT, Path, get, is_known, path_text
from provisioner.planner.decision import Decision
from provisioner.planner.equality import clash
from provisioner.planner.whose import in_another

Going = tuple[LedgerRow, Observed | None]
"""An object that is deleted, with its row."""


@dataclass(frozen=True, slots=True)
class Pass:
    """taker: the address of an object that is made · row: that of the one which has to go before · names: what passes."""

    taker: str
    row: LedgerRow
    names: str


def passed(decisions: Mapping[str, Decision], removed: Iterable[Going]) -> Iterator[Pass]:
    """What passes to a new object from one that goes: its entry has left, or it is replaced. What an object has of its own
    former one is not told: ``decision`` knows that."""
    replaced = ((d.row, d.have) for d in decisions.values() if d.action is Action.REPLACE and d.row)
    going: dict[tuple[str, str], list[Going]] = {}
    for row, have in (*removed, *replaced):
        if have is not None:
            going.setdefault((row.type, row.place.name), []).append((row, have))
    for address, decision in decisions.items() if going else ():
        if decision.makes_new and decision.kind.unique:
            for row, have in going.get((decision.want.type, decision.want.place.name), ()):
                if row.uid != decision.uid and have and (names := _names(decision, have)):
                    yield Pass(address, row, names)


def _names(decision: Decision, have: Observed) -> str:
    """What the new object wants of that one, in words."""
    for paths in () if in_another(decision.want, have) else decision.kind.unique:
        if all(_same(decision.kind, path, get(decision.want.body, path), have.attribute(path)) for path in paths):
            return ", ".join(path_text(path) for path in paths)
    return ""


def _same(kind: ResourceType, path: Path, mine: object, theirs: object) -> bool:
    return ABSENT not in (mine, theirs) and is_known(mine) and clash(kind, path, mine, theirs)
