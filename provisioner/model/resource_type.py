"""What is known about a kind of resource: data only, so that a plan can be made and judged without its provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from provisioner.model.patterns import Patterns
from provisioner.model.place import Place
from provisioner.model.value import EMPTY, Map, Path, Value


class Sameness(StrEnum):
    """When two different-looking values mean the same. The list is closed; the planner implements each."""

    CIDR = "cidr"  # 10.0.0.1/16 is 10.0.0.0/16; a bare address is its /32 or /128
    JSON = "json"  # text or object, compared as JSON documents (IAM policies too: one item may stand without its list)
    CASE = "case"  # letters' case does not matter
    UNORDERED = "unordered"  # a list whose order means nothing
    SET = "set"  # an unordered list in which what stands twice counts once, whatever the field ``key`` says
    KEYED = "keyed"  # a list whose items are told apart by a field
    DURATION = "duration"  # 3600s is 1h
    SELF_LINK = "self_link"  # full URL, partial URL and projects/… of one object; a bare last segment matches too
    ARN = (
        "arn"  # an ARN, and what it ends in after a colon or a slash: a name by which the same service knows the object
    )
    NUMBER = "number"  # "80" is 80
    WHOLE = "whole"  # a map that is ours entirely: keys found beyond the wanted ones are a difference
    LOCATION = "location"  # "West Europe" is westeurope


@dataclass(frozen=True, slots=True)
class Equality:
    """At ``path`` (``"*"`` for any key or index) values are compared by ``sameness``; ``key`` is KEYED's field, or SET's."""

    path: Path
    sameness: Sameness
    key: str = ""


class EffectKind(StrEnum):
    """What it takes to change a property of an existing object."""

    IN_PLACE = "in_place"
    RESTART = "restart"  # needs a stop, so only with allow_stopping
    REPLACE = "replace"
    REFUSE = "refuse"  # the cloud cannot, and neither should a replacement


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds where the value at ``path`` on one side (``before`` or ``after``) is to ``value`` as ``op`` says:
    ``equals``, ``in``, ``grows``, ``shrinks`` (other side as the measure) or ``contains``."""

    path: Path
    side: str
    op: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a change at or beneath ``path``, where all of ``when`` hold. The first that fits decides."""

    path: Path
    kind: EffectKind
    when: tuple[Condition, ...] = ()


class Ownership(StrEnum):
    """How an object can be known as ours."""

    TAGGED = "tagged"  # owner tags go with the creating call
    TAGGED_AFTER = "tagged_after"  # owner tags need a second call
    LEDGER = "ledger"  # cannot be tagged: the ledger alone, read by identity or through an owned parent


@dataclass(frozen=True, slots=True)
class TagField:
    """Where tags stand in the body and in which shape: ``list`` ([{Key, Value}]) or ``map`` ({key: value})."""

    path: Path
    shape: str


@dataclass(frozen=True, slots=True)
class Child:
    """A list in a body whose items are resources of their own too (a network's subnets). What is written there is all there is:
    the cloud deletes what it leaves out. type: theirs · name, id: the fields that tell them apart and give their identity."""

    path: Path
    type: str
    name: str = "name"
    id: str = "id"


@dataclass(frozen=True, slots=True)
class Entered:
    """A list in a body that entries of their own may add to (a group's rules), and that shows not which of its items are theirs.
    type: theirs · holder: their property that names the object with the list."""

    path: Path
    type: str
    holder: str


@dataclass(frozen=True, slots=True)
class ResourceType:
    """Schema and habits of one kind of resource.

    name, cloud, version: as the cloud publishes them · schema: JSON Schema (2020-12) of the body, closed against unknown
    properties, read-only ones included · body_keys: entry keys beside ``properties`` that belong to the body (Azure's
    envelope); empty: the body *is* ``properties`` · place_keys: entry keys that say where it lives · place_schema: JSON Schema
    of those, with what must be there and what a name may look like · read_only,
    write_only, sensitive: paths · effects, equalities: see there (no effect: in place) · defaults: what the cloud takes
    where nothing is set, by path · changes_with: read-only attributes that an update may change; all others stay known ·
    natural_key: body or place paths that name the object by the user's own words; empty where the cloud names it ·
    identity: the properties whose values, with ``|`` between them, are the identity, where that is more than one ·
    named_by: body paths beyond that whose values stand in the object's identity ·
    unique: sets of body paths; two objects cannot exist at once with the same values at all paths of a set (a subnet's
    network and range), so a replacement that keeps them deletes first ·
    children: lists that show objects which are resources of their own too ·
    entered: lists whose items are entries of another type, where an entry does not set the list itself ·
    shared: lists that other objects add to, with the field that tells items apart (empty: they are told by themselves): an
    entry means its own items alone ·
    encloses: whatever lies in an object goes with it, and shows in no list of its body (a resource group) ·
    creates_over: a create on an existing object succeeds (ARM PUT, CreateBucket), so it needs a read that shows it absent ·
    visible_within: seconds that a new object may stay invisible to reads · replays: seconds for which the same create, sent
    with the same token, makes nothing new · data_store: deleting it loses data · data_within: patterns of the body at which one
    of these values says that data goes with the object (a disk that is deleted with its machine) ·
    broken_when: paths whose value says that the last change of an object came to nothing (ARM's provisioningState Failed),
    with those values: it needs an update though its body may be as wanted ·
    sticky: paths that can be set and not unset, with what stays: an undo puts the default there, and is lossy ·
    assigned: writable paths whose value the cloud gives where nothing is set and to nobody by wish (a public address), where
    the conditions hold: an object that is made again is not given what the former one had ·
    nests: whether identities are paths, and what has one that goes on from an object's own lies in that ·
    born: read-only paths whose value an object has for ever: with another one it is another object under the same name ·
    born_at: read-only paths that tell the time when an object was made ·
    service: what the cloud calls the service (``ec2``, ``Microsoft.Network``, ``compute``) ·
    applies: whether its provider can make objects of it; False: it only knows the schema · instead: where it cannot, the
    types of the same service that it can.
    """

    name: str
    cloud: str
    version: str = ""
    service: str = ""
    title: str = ""
    schema: Map = EMPTY
    body_keys: tuple[str, ...] = ()
    place_keys: tuple[str, ...] = ()
    place_schema: Map = EMPTY
    read_only: tuple[Path, ...] = ()
    write_only: tuple[Path, ...] = ()
    sensitive: tuple[Path, ...] = ()
    effects: tuple[Effect, ...] = ()
    equalities: tuple[Equality, ...] = ()
    defaults: tuple[tuple[Path, Value], ...] = ()
    changes_with: tuple[Path, ...] = ()
    natural_key: tuple[Path, ...] = ()
    identity: tuple[Path, ...] = ()
    named_by: tuple[Path, ...] = ()
    unique: tuple[tuple[Path, ...], ...] = ()
    children: tuple[Child, ...] = ()
    entered: tuple[Entered, ...] = ()
    shared: tuple[tuple[Path, str], ...] = ()
    encloses: bool = False
    tags: TagField | None = None
    ownership: Ownership = Ownership.LEDGER
    creates_over: bool = False
    visible_within: float = 0.0
    replays: float = 0.0
    data_store: bool = False
    data_within: tuple[tuple[Path, tuple[Value, ...]], ...] = ()
    broken_when: tuple[tuple[Path, tuple[str, ...]], ...] = ()
    sticky: tuple[tuple[Path, str], ...] = ()
    assigned: tuple[tuple[Path, tuple[Condition, ...]], ...] = ()
    nests: bool = True
    born: tuple[Path, ...] = ()
    born_at: tuple[Path, ...] = ()
    applies: bool = True
    instead: tuple[str, ...] = ()
    _lookup: _Lookup = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lookup", _Lookup(self))

    def is_read_only(self, path: Path) -> bool:
        """Whether a path, or anything that encloses it, is set by the cloud alone."""
        return self._lookup.read_only.reach(path)

    def is_write_only(self, path: Path) -> bool:
        """Whether the cloud never returns what stands at a path."""
        return self._lookup.write_only.reach(path)

    def settles_within(self, place: Place) -> float:
        """Seconds that a new object may stay invisible there."""
        return self.visible_within if place.visible_within is None else place.visible_within

    def equality(self, path: Path) -> Equality | None:
        """How values at exactly this path are compared; None: as plain JSON."""
        return self._lookup.equalities.at(path)


class _Lookup:
    """What is asked for every value, compiled."""

    __slots__ = ("equalities", "read_only", "write_only")

    def __init__(self, kind: ResourceType) -> None:
        self.read_only = Patterns((path, True) for path in kind.read_only)
        self.write_only = Patterns((path, True) for path in kind.write_only)
        self.equalities = Patterns((equality.path, equality) for equality in kind.equalities)
