"""What an outline is made of: one view each of a change, a property, a finding… The names are those of the JSON format.

It must hold data alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from provisioner.render.shown import Shown


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item of a list. mark: ``+``, ``-`` or ``~`` · item: as it comes or goes; of one that changes, what tells it from the
    others · edits: of that, what of it changes."""

    mark: str
    item: Shown
    edits: tuple[EditLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemsLine:
    """What becomes of the items of a list whose order means nothing."""

    changed: tuple[ItemLine, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class EditLine:
    """One property. source: ``file:line`` or empty · items: of a list whose order means nothing, else null; before and after
    hold all of it."""

    path: str
    before: Shown
    after: Shown
    reason: str
    effect: str
    source: str = ""
    items: ItemsLine | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """One reason of a change."""

    reason: str
    message: str
    path: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """What must hold before dependents start. kind: that, tcp or http · status: of an answer to http, else 0."""

    kind: str
    target: Shown
    status: int
    within: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change. identity: the object's, empty for a new one · edits: of a create all properties, of a delete none · checks:
    that its step makes."""

    address: str
    type: str
    action: str
    cloud: str
    place: str
    account: str
    region: str
    identity: str
    because: tuple[Why, ...]
    edits: tuple[EditLine, ...]
    undo: str
    undo_why: str
    source: str
    order: str = ""
    retain: bool = False
    checks: tuple[CheckLine, ...] = ()


@dataclass(frozen=True, slots=True)
class DriftLine:
    """One object that differs from what was last applied or read. reverted: by this plan · fate: what the plan does about
    it: reverted, partly, accepted, lost, read or left; open where nothing can be planned · back: of partly, the paths that it
    puts back · another: whether another object stands under the name of one that is gone."""

    address: str
    type: str
    identity: str
    gone: bool
    reverted: bool
    edits: tuple[EditLine, ...]
    source: str = ""
    fate: str = "left"
    back: tuple[str, ...] = ()
    another: bool = False


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One broken rule."""

    rule: str
    level: str
    severity: str
    address: str
    message: str
    remediation: str
    source: str


@dataclass(frozen=True, slots=True)
class ObligationLine:
    """One rule that is judged right before its step."""

    rule: str
    address: str
    paths: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class BlindspotLine:
    """Something that could not be read."""

    place: str
    type: str
    identity: str
    path: str
    reason: str
    code: str
    request_id: str


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A corner of a cloud that the plan touches. endpoint: empty for the real cloud."""

    name: str
    cloud: str
    account: str
    region: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """What the blueprint might better say. kind: ``adopt`` or ``move`` · address: the entry to write it in, or empty."""

    kind: str
    message: str
    write: str
    type: str
    identity: str
    address: str
    source: str


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """What a partial plan is about: globs as given, and the addresses that are in or out of it because of others."""

    targets: tuple[str, ...]
    excludes: tuple[str, ...]
    needed: tuple[str, ...]
    dropped: tuple[str, ...]
    skipped: tuple[str, ...]
