"""Whether a project without any state would make again what a former state of it has made. Pure.

It must not refuse a plan; it asks, and an apply waits for the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from provisioner.model.change import Action, Change
from provisioner.model.counting import many
from provisioner.model.place import Place
from provisioner.model.plan import Question
from provisioner.model.resource_type import Ownership, ResourceType
from provisioner.model.snapshot import Snapshot
from provisioner.model.stack import Stack
from provisioner.planner.proposals import is_wanted


def where(changes: Iterable[Change], types: Mapping[str, ResourceType]) -> list[tuple[Place, str]]:
    """The places and types in whose lists the like of what is created would be; names have been looked for."""
    new = [change.want for change in changes if change.action is Action.CREATE and change.want]
    unnamed = [want for want in new if not want.identity and types[want.type].ownership is not Ownership.LEDGER]
    return list({(want.place.name, want.type): (want.place, want.type) for want in unnamed}.values())


def doubled(
    changes: Iterable[Change], snapshot: Snapshot, types: Mapping[str, ResourceType], lineage: str, stack: Stack
) -> tuple[Question, ...]:
    """What to ask of a project that has no state yet, where another's objects are just what it would create: its state may
    have been lost, and then everything would be made twice."""
    new: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if change.action is Action.CREATE:
            new.setdefault((change.place.name, change.type), []).append(change)
    others = [item for item in snapshot.found.values() if item.owner and item.owner.lineage != lineage]
    alike = {
        item.owner.lineage: None
        for item in others
        if item.owner and any(is_wanted(types[item.type], c, item) for c in new.get((item.place.name, item.type), ()))
    }
    return tuple(
        Question(
            f"{many(count, 'object carries', 'objects carry')} the mark of another project (lineage {other}), and this one has"
            " no state yet and would create the like: if its state was lost, that makes them twice;"
            f" then it is orch state rebuild {stack.words}"
        )
        for other in alike
        if (count := sum(item.owner is not None and item.owner.lineage == other for item in others))
    )
