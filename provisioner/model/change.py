"""A change: the reviewed intent for one address, with why, what exactly, and how it would be undone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provisioner.model.place import Place
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import EffectKind
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, Path, Value


class Action(StrEnum):
    """What a plan means to do with an address."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    MOVE = "move"
    FORGET = "forget"
    REBASE = "rebase"  # what was found is the baseline from now on
    CHECK = "check"  # it is as wanted; its checks have not passed yet
    NOOP = "no-op"


class Reason(StrEnum):
    """Why there is a change."""

    NEW = "new"  # in the blueprint, never applied
    WANTED = "wanted"  # the blueprint says something else than was last applied
    DRIFT = "drift"  # the cloud says something else than was last applied
    REMOVED = "removed"  # the property, or the whole entry, has left the blueprint
    MISSING = "missing"  # deleted behind our back
    REFERENCE = "reference"  # something it refers to changes
    CREATE_ONLY = "create_only"  # the property can only be set at creation
    PARENT = "parent"  # its parent is replaced
    DESTROY = "destroy"  # the plan destroys the stack
    UNDO = "undo"  # a rollback
    REQUESTED = "requested"  # asked for by a command


@dataclass(frozen=True, slots=True)
class Because:
    """One reason of a change: a sentence for people, and its parts for programs."""

    reason: Reason
    message: str
    path: Path = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class ItemEdit:
    """One item of a list. before, after: where it stands in either list, -1 for nowhere · paths: inside of the item, what
    differs; of one that comes or goes, what is worth telling."""

    before: int = -1
    after: int = -1
    paths: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """What becomes of the items of a list whose order means nothing. unchanged: how many stay · key: the field that tells them
    apart, or empty."""

    changed: tuple[ItemEdit, ...] = ()
    unchanged: int = 0
    key: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One property that changes. ``before`` is what was found; ``after`` may hold references (known after apply);
    ``ABSENT`` stands for no value. ``redacted`` values are never shown or written; what is secret in a list stands hidden in
    it by itself. items: of a list whose order means nothing."""

    path: Path
    before: Value = ABSENT
    after: Value = ABSENT
    reason: Reason = Reason.WANTED
    effect: EffectKind = EffectKind.IN_PLACE
    source: Source | None = None
    redacted: bool = False
    items: Items | None = None


@dataclass(frozen=True, slots=True)
class Diff:
    """All edits of one object, ordered by path. Falsy when there is none."""

    edits: tuple[Edit, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.edits)

    def touches(self, *paths: Path) -> bool:
        """Whether an edit lies at, above or beneath one of these paths."""
        return any(
            edit.path[: len(path)] == path or path[: len(edit.path)] == edit.path
            for edit in self.edits
            for path in paths
        )


class UndoLabel(StrEnum):
    """How well a change can be put back."""

    EXACT = "exact"
    LOSSY = "lossy"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Undo:
    """The label, and what is lost or why it cannot be."""

    label: UndoLabel
    why: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Reviewed intent for one address. ``want`` lacks for a delete, ``have`` for a create."""

    address: str
    type: str
    place: Place
    action: Action
    uid: str
    generation: int
    because: tuple[Because, ...] = ()
    diff: Diff = Diff()
    undo: Undo = Undo(UndoLabel.EXACT)
    want: Resource | None = None
    have: Observed | None = None
    source: Source | None = None
    order: str = ""  # of a replace: create_first or delete_first, with the reason in ``because``
    retain: bool = False  # of a delete: only forget, leave the object

    @property
    def deletes(self) -> bool:
        """Whether an object goes by it; a replacement's does."""
        return self.action in (Action.DELETE, Action.REPLACE)


class Fate(StrEnum):
    """What a plan does about drift."""

    REVERTED = "reverted"  # it is put back, or made again
    PARTLY = "partly"  # some of it is
    ACCEPTED = "accepted"  # it is the new baseline, as was asked for
    LOST = "lost"  # it goes with its object, or with the record of one that is gone
    READ = "read"  # it is left, and the plan rests on what was found
    LEFT = "left"
    OPEN = "open"  # something forbids a plan


@dataclass(frozen=True, slots=True)
class Drift:
    """Where the cloud differs from what was last applied or read. ``gone``: the whole object · ``another``: and another one
    stands under its name · ``back``: of what is put back in part, which."""

    address: str
    type: str
    place: Place
    identity: str
    diff: Diff = Diff()
    gone: bool = False
    fate: Fate = Fate.LEFT
    source: Source | None = None
    back: tuple[Path, ...] = ()
    another: bool = False

    @property
    def reverted(self) -> bool:
        """Whether the plan puts all of it back."""
        return self.fate is Fate.REVERTED
