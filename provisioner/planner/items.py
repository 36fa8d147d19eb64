"""What of a list changes, item by item, where the order means nothing or a field tells its items apart. Pure.

It must not judge whether a list differs; ``diff`` does. What is hidden is compared by its seals alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from provisioner.model.change import Edit, ItemEdit, Items
from provisioner.model.described import described
from provisioner.model.ledger import LedgerRow
from provisioner.model.resource_type import ResourceType, Sameness
from provisioner.model.secret import secret_paths
from provisioner.model.value import ABSENT, EMPTY, PLAIN, Path, Value, get, put
from provisioner.planner.equality import same

_LISTS = (Sameness.UNORDERED, Sameness.KEYED, Sameness.SET)
_Left = dict[int, Value]  # items by where they stand
_MOST = 20_000  # comparisons of items by meaning: beyond, the whole lists tell as much, and sooner


class _TooManyError(Exception):
    """Two lists have too little in common to be told item by item."""


def itemised(kind: ResourceType, edit: Edit, row: LedgerRow | None, identity: str, *, drift: bool = False) -> Edit:
    """The edit with its items, if it is one of such a list. drift: what was there before is the measure, not what comes."""
    rule = kind.equality(edit.path)
    want, found = (edit.before, edit.after) if drift else (edit.after, edit.before)
    if not rule or rule.sameness not in _LISTS or not isinstance(want, tuple) or not isinstance(found, tuple):
        return edit
    applied, base = (row.applied, row.baseline or EMPTY) if row else (EMPTY, EMPTY)
    ours = get(applied, edit.path)
    found = described(kind, edit.path, found, ours) or found  # members of later versions are no news
    want = described(kind, edit.path, want, ours) or want if drift else want
    compared = _List(
        kind, edit.path, rule.sameness, rule.key, _items(applied, edit.path), _items(base, edit.path), identity
    )
    try:
        items = compared.items(want, found)
    except _TooManyError:
        return edit
    if drift:
        turned = (ItemEdit(one.after, one.before, one.paths) for one in items.changed)
        items = replace(items, changed=tuple(turned))
    return replace(edit, items=items)


def _items(body: Value, path: Path) -> tuple[Value, ...]:
    value = get(body, path)
    return value if isinstance(value, tuple) else ()


@dataclass(frozen=True, slots=True)
class _List:
    """How the items of one list are compared. applied, base: as last applied, and as found then · identity: of the object."""

    kind: ResourceType
    path: Path
    sameness: Sameness
    key: str
    applied: tuple[Value, ...]
    base: tuple[Value, ...]
    identity: str
    left: Iterator[int] = field(default_factory=lambda: iter(range(_MOST)))

    def items(self, want: tuple[Value, ...], found: tuple[Value, ...]) -> Items:
        """What is to become of the items that were found."""
        ours, theirs = dict(enumerate(want)), dict(enumerate(found))
        unchanged = len(_taken(ours, theirs, lambda item: item, lambda _one, _other: True))
        alone = self.kind.equality((*self.path, 0)) is None and PLAIN.issuperset(map(type, (*want, *found)))
        unchanged += 0 if alone else len(_taken(ours, theirs, self._name, self._same))
        if self.sameness is Sameness.SET:  # what stands twice counts once
            ours = {at: one for at, one in ours.items() if not any(self._same(one, other) for other in found)}
            theirs = {at: one for at, one in theirs.items() if not any(self._same(other, one) for other in want)}
        pairs = [] if alone else _taken(ours, theirs, self._name, self._matched)
        changed = [ItemEdit(there, here, self._differing(want[here], found[there])) for here, there in pairs]
        changed += [ItemEdit(before=at, paths=self._told(one)) for at, one in theirs.items()]
        changed += [ItemEdit(after=at, paths=self._told(one)) for at, one in ours.items()]
        return Items(tuple(changed), unchanged, self.key if self.sameness is Sameness.KEYED else "")

    def _name(self, item: Value) -> str:
        """What tells an item from others; empty where nothing does."""
        keyed = self.sameness is Sameness.KEYED and isinstance(item, Mapping)
        return str(item.get(self.key)).casefold() if keyed else ""

    def _same(self, one: Value, other: Value) -> bool:
        if next(self.left, None) is None:
            raise _TooManyError
        return self._name(one) == self._name(other) and not self._differing(one, other)

    def _matched(self, one: Value, other: Value) -> bool:
        """Whether an item is another one with something changed: by the field that tells them apart, else by all else."""
        if not isinstance(one, Mapping) or not isinstance(other, Mapping):
            return False
        if self.sameness is Sameness.KEYED:
            return self._name(one) == self._name(other)
        if next(self.left, None) is None:
            raise _TooManyError
        apart = (*secret_paths(one), *secret_paths(other), *(((self.key,),) if self.key else ()))
        return self._alike(one, other, apart)

    def _alike(self, one: Value, other: Value, apart_from: tuple[Path, ...]) -> bool:
        for path in apart_from:
            one, other = put(one, path, ABSENT), put(other, path, ABSENT)
        return one != EMPTY and same(self.kind, (*self.path, 0), one, other)

    def _differing(self, one: Value, other: Value) -> tuple[Path, ...]:
        """Where an item is not as it is wanted; no secret that is known to stand there."""
        known = self._known(one, other)
        return tuple(path for path in self._unlike(one, other, ()) if path not in known)

    def _unlike(self, one: Value, other: Value, path: Path) -> Iterator[Path]:
        here = (*self.path, 0, *path)
        if path and (self.kind.is_read_only(here) or self.kind.is_write_only(here)):
            return
        if isinstance(one, Mapping) and isinstance(other, Mapping) and not self.kind.equality(here):
            for key, value in one.items():
                beside = other.get(key, ABSENT)
                if not (beside is ABSENT and value in (None, ())):
                    yield from self._unlike(value, beside, (*path, key))
        elif not same(self.kind, here, one, other):
            yield path

    def _known(self, one: Value, other: Value) -> tuple[Path, ...]:
        """Where an item has the secret that it was last applied with, and what is hidden there is what was found then."""
        paths = secret_paths(one)
        keyed = self.sameness is Sameness.KEYED
        was = [item for item in self.applied if (self._matched(item, one) if keyed else item == one)] if paths else []
        bases = [base for base in self.base if () in paths or self._matched(one, base)] if was else []
        return tuple(
            path
            for path in paths
            if any(get(item, path) == get(one, path) for item in was)
            and any(get(base, path) == get(other, path) for base in bases)
        )

    def _told(self, item: Value) -> tuple[Path, ...]:
        """What of an item that comes or goes is worth telling: what was applied of it, else what the cloud has not set alone."""
        said = list(self._leaves(item, ()))
        keyed = self.sameness is Sameness.KEYED
        like = next((one for one in self.applied if self._matched(one, item)), None) if keyed else None
        return tuple([path for path in said if like is None or get(like, path) is not ABSENT] or said)

    def _leaves(self, value: Value, path: Path) -> Iterator[Path]:
        if path and self.kind.is_read_only((*self.path, 0, *path)):
            return
        if isinstance(value, Mapping) and value:
            for key, inside in value.items():
                yield from self._leaves(inside, (*path, key))
        elif not path or not (value in (None, (), EMPTY) or (path == ("id",) and self._own(value))):
            yield path

    def _own(self, value: Value) -> bool:
        """Whether an id is that of the item itself: beneath the object that has it."""
        return isinstance(value, str) and value.casefold().startswith(f"{self.identity}/".casefold())


def _taken(
    ours: _Left, theirs: _Left, name: Callable[[Value], Value], alike: Callable[[Value, Value], bool]
) -> list[tuple[int, int]]:
    """Pairs of items, one of each side, that belong together; they are left in neither. name: what is not the same of two that
    do not."""
    named: dict[Value, list[int]] = {}
    for there, other in theirs.items():
        named.setdefault(name(other), []).append(there)
    out = []
    for here, one in list(ours.items()):
        those = named.get(name(one), [])
        there = next((at for at in those if alike(one, theirs[at])), -1)
        if there >= 0:
            out.append((here, there))
            those.remove(there)
            del ours[here], theirs[there]
    return out
