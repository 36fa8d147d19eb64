"""What the object that takes another's place has in common with it: names that stay taken, ids that stay the same, and who has to
follow. Pure; it must not decide what is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.model.change import Diff
from provisioner.model.resource import Observed
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import ABSENT, Path, Reference, Value, get, is_known
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
