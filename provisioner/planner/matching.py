"""Which of the objects found may be the one that an entry wants, how sure that is, and what speaks against taking it over.

Pure. A name, a tag or a mark can be anybody's: where two objects or two entries fit, nothing is chosen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from provisioner.model.candidate import Candidate, Standing
from provisioner.model.ledger import LedgerRow
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.resource_type import EffectKind, ResourceType
from provisioner.model.value import Map, get, is_known, path_text, references
from provisioner.planner.adoption import differing
from provisioner.planner.whose import Held, Key, key_of, named

_NAME_TAG = "Name"
_STUCK = (EffectKind.REPLACE, EffectKind.REFUSE)
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Owners:
    """Who owns what already. lineage: this project's · here: the stack and its environment · held: the rows of every object ·
    marks: a row of every uid · copies: owners that several of the objects found carry."""

    lineage: str
    here: tuple[str, str]
    held: Held = field(default_factory=dict)
    marks: Mapping[str, LedgerRow] = field(default_factory=dict)
    copies: frozenset[Owner] = frozenset()

    def ours(self, have: Observed) -> bool:
        """Whether it carries this project's mark."""
        return have.owner is not None and have.owner.lineage == self.lineage


class Pool:
    """All objects of one type in one place, by their tags."""

    def __init__(self, kind: ResourceType, objects: Iterable[Observed]) -> None:
        self.objects = tuple(objects)
        self._tagged: dict[tuple[str, object], dict[str, Observed]] = {}
        for have in self.objects:
            for key, value in tags_of(kind, have.body).items():
                if isinstance(value, str):
                    self._tagged.setdefault((key, value), {})[have.identity] = have

    def tagged(self, tags: Mapping[str, object]) -> list[Observed]:
        """Those that carry all of these tags."""
        first, *others = (self._tagged.get(pair, {}) for pair in tags.items())
        return [have for identity, have in first.items() if all(identity in other for other in others)]


def copies(objects: Iterable[Observed]) -> frozenset[Owner]:
    """Marks that more than one object carries: somebody has copied all tags of one to another."""
    counts = Counter(have.owner for have in {key_of(o.place.account, o.type, o.identity): o for o in objects}.values())
    return frozenset(owner for owner, count in counts.items() if owner and count > 1)


def match(
    kind: ResourceType, want: Resource, known: Sequence[Observed] | None, pool: Pool, owners: Owners
) -> tuple[str, tuple[Observed, ...]]:
    """What tells the objects that an entry may mean, and those; none where nothing does.

    want: with every reference replaced that is known · known: what its name or natural key has shown, None where it has none that
    is known.
    """
    if want.options.adopt:
        return "as the entry says", tuple(known or ())
    if want.identity is not None:  # then no other object can be meant
        return "by its name", tuple(known or ())
    if known:
        return "by its natural key", _likely(kind, want, known, owners)
    for how, objects in _ways(kind, want, pool, owners):
        if objects:
            return how, _likely(kind, want, objects, owners)
    return "", ()


def judge(
    kind: ResourceType, want: Resource, resolved: Resource, how: str, objects: tuple[Observed, ...], owners: Owners
) -> Candidate:
    """Whether what was found can be taken over."""
    if len(objects) > 1:
        listed = ", ".join(have.identity for have in objects[:_SHOWN]) + (", …" if len(objects) > _SHOWN else "")
        return Candidate(want, objects, how, Standing.AMBIGUOUS, f"{len(objects)} objects fit equally: {listed}")
    have = objects[0]
    changes, _ = differing(kind, resolved, have)
    found = Candidate(want, objects, how, Standing.READY, diff=changes, marked=owners.ours(have))
    standing, why = _against(resolved, found, owners)
    return replace(found, standing=standing, why=why)


def contested(candidates: Sequence[Candidate]) -> dict[str, str]:
    """The entries that mean the same object as another one does, each with why it cannot have it."""
    wanting: dict[Key, list[Candidate]] = {}
    for found in candidates:
        if found.standing is Standing.READY:
            key = key_of(found.have.place.account, found.have.type, found.have.identity)
            wanting.setdefault(key, []).append(found)
    return {
        one.want.address: f"{', '.join(other.want.address for other in rivals if other is not one)} fits {one.have.identity} too"
        for rivals in wanting.values()
        if len(rivals) > 1
        for one in rivals
    }


def _against(resolved: Resource, found: Candidate, owners: Owners) -> tuple[Standing, str]:
    have, owner = found.have, found.have.owner
    if holders := owners.held.get(key_of(have.place.account, have.type, have.identity)):
        return Standing.FOREIGN, f"it is {named(holders[0], owners.here)} already"
    if owner and not found.marked:
        return Standing.FOREIGN, f"it carries the mark of another project (lineage {owner.lineage})"
    if owner and owner in owners.copies:
        return Standing.AMBIGUOUS, "several objects carry its very mark; take the mark off those that are not meant"
    if owner and (row := owners.marks.get(owner.uid)):
        return Standing.FOREIGN, f"it carries the mark of {named(row, owners.here)}: a copy, or left by a replacement"
    unknown = [reference for value in (resolved.body, resolved.within) for _, reference in references(value)]
    if unknown:
        hint = f"write `adopt: {have.identity}` in the entry to have it taken over once that is there"
        return Standing.WAITING, f"it refers to {unknown[0]}, which is neither owned nor taken over; {hint}"
    stuck = [path_text(edit.path) for edit in found.diff.edits if edit.effect in _STUCK]
    if stuck and not (found.marked or resolved.options.adopt):
        hint = f"correct the entry, or write `adopt: {have.identity}` in it if that is meant"
        return Standing.UNFIT, f"{', '.join(stuck)} can only be set at creation, so it would be replaced; {hint}"
    return Standing.READY, ""


def _fits(kind: ResourceType, want: Resource, have: Observed) -> bool:
    return not any(edit.effect in _STUCK for edit in differing(kind, want, have)[0].edits if is_known(edit.after))


def _likely(kind: ResourceType, want: Resource, objects: Sequence[Observed], owners: Owners) -> tuple[Observed, ...]:
    """Of objects that fit by name those that fit best: as far as one has to be created so, nobody else's, with our mark."""
    best = list(objects)
    for better in (
        lambda have: _fits(kind, want, have),
        lambda have: have.owner is None or owners.ours(have),
        lambda have: key_of(have.place.account, have.type, have.identity) not in owners.held,
        owners.ours,
    ):
        best = [have for have in best if better(have)] or best
    marks = [have.owner for have in best]
    if len(best) > 1 and all(marks) and len({mark.uid for mark in marks if mark}) == 1:
        last = max(mark.generation for mark in marks if mark)  # of a replacement that did not come to its end
        best = [have for have in best if have.owner and have.owner.generation == last]
    return tuple(best)


def _ways(kind: ResourceType, want: Resource, pool: Pool, owners: Owners) -> Iterator[tuple[str, list[Observed]]]:
    """By a Name tag, then by all tags that the entry itself wants (those of a whole place tell nothing apart), then by our mark
    on what is as wanted."""
    wanted = tags_of(kind, want.body)
    if all(isinstance(value, str) for value in wanted.values()):
        if name := wanted.get(_NAME_TAG):
            yield f'by its tag {_NAME_TAG} "{name}"', pool.tagged({_NAME_TAG: name})
        if own := {key: value for key, value in wanted.items() if want.place.default_tags.get(key) != value}:
            yield f"by its tags {', '.join(sorted(own))}", pool.tagged(own)
    yield "by its mark, and as wanted", _alike(kind, want, pool, owners)


def _alike(kind: ResourceType, want: Resource, pool: Pool, owners: Owners) -> list[Observed]:
    """Objects with our mark that are as wanted already: that they are ours is certain, only their entry is to be found."""
    known = is_known(want.body) and is_known(want.within)
    return [have for have in pool.objects if known and owners.ours(have) and not differing(kind, want, have)[0]]


def tags_of(kind: ResourceType, body: Map) -> dict[str, object]:
    """The tags in a body, whatever their shape."""
    found = get(body, kind.tags.path) if kind.tags else None
    if isinstance(found, Mapping):
        return dict(found)
    pairs = found if isinstance(found, tuple) else ()
    return {str(tag.get("Key")): tag.get("Value") for tag in pairs if isinstance(tag, Mapping)}
