"""What the object that takes another's place has in common with it: names that stay taken, ids that stay the same, and who has to
follow. Pure; it must not decide what is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.model.change import Diff
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import ABSENT, Path, Reference, Value, get, is_known, references
from provisioner.planner.equality import clash

if TYPE_CHECKING:
    from provisioner.planner.decision import Decision


def stays_taken(kind: ResourceType, path: Path, changed: Diff, value: Value, have: Observed) -> bool:
    """Whether the new object wants at a path what the old one holds."""
    if value is ABSENT or not is_known(value):
        return False
    return not changed.touches(path) or clash(kind, path, value, have.attribute(path))


def lasting(decision: Decision, reference: Reference) -> Value:
    """An attribute that is only the object's name in other words (id, link), of an object made again under that name."""
    row, want = decision.row, decision.want
    if row is None or row.identity is None or want.identity != row.identity or row.baseline is None:
        return ABSENT
    value = get(row.baseline, reference.path)
    return value if isinstance(value, str) and (value == row.identity or value.endswith(f"/{row.identity}")) else ABSENT


def structural(want: Resource, address: str, target: Decision) -> bool:
    """Whether it refers to the very object (its id, name or link), not just to a value that the object happens to have."""
    if want.place.cloud != target.want.place.cloud or target.have is None:
        return False
    identity = target.have.identity
    parts = {identity, *identity.split("|"), identity.rsplit("/", 1)[-1]}
    for source in (want.body, want.within):
        for _, reference in references(source):
            value = target.have.attribute(reference.path) if reference.address == address else ABSENT
            if isinstance(value, str) and (value in parts or value.endswith(f"/{identity}")):
                return True
    return False  # what `depends_on` says is an order, and no reason to lose an object
