"""Looking for what wanted resources may be already: by name and natural key through the provider, by tags in whole lists.

One layer of the graph after the other, so that what a network turned out to be tells its subnets. What a find is worth stands in
``planner.matching``; nothing is taken over here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from provisioner.discovery.inquiry import Events, inquire, merge, snapshot_of
from provisioner.discovery.survey import known_by, look_at
from provisioner.model.candidate import Candidate, Standing
from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Resource
from provisioner.model.secret import hidden_in
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import Reference, Value, is_known, substitute
from provisioner.planner import graph as graphs
from provisioner.planner import secrecy
from provisioner.planner.matching import Owners, Pool, contested, judge, match
from provisioner.planner.whose import Key, key_of
from provisioner.protocols.provider import Ask
from provisioner.registry import Registry
from provisioner.scheduler.scheduler import Scheduler


def listed(
    missing: Sequence[Resource], registry: Registry, scheduler: Scheduler, on_event: Events | None = None
) -> Snapshot:
    """All objects of the types that names alone do not decide, in their places."""
    unnamed = [want for want in missing if not (want.identity or want.options.adopt)]
    asks = {(want.place.name, want.type): Ask(want.place, want.type) for want in unnamed}
    return look_at(list(asks.values()), registry, scheduler, on_event)


def marked(
    wants: Sequence[Resource], lineage: str, registry: Registry, scheduler: Scheduler, on_event: Events | None = None
) -> Snapshot:
    """All objects of the wanted types that carry a lineage's mark, as far as types can."""
    known: dict[tuple[str, str], tuple[Place, list[str]]] = {}
    for want in wants:
        named = known.setdefault((want.place.name, want.type), (want.place, []))[1]
        named += [want.identity] if want.identity else []
    asks = [Ask(place, kind, lineage=lineage, known=tuple(named)) for (_, kind), (place, named) in known.items()]
    return look_at(asks, registry, scheduler, on_event)


def once(snapshot: Snapshot, named: Iterable[LedgerRow | Resource | Observed]) -> Snapshot:
    """Each object once. One that is read by its name is called as that was asked for, and one of a list as the cloud calls it,
    which need not be the same case: then it is called as these call it, the first of them first."""
    said = [ObjectKey(each.place.name, each.type, each.identity or "") for each in named]
    found = {key: snapshot.found[key] for key in dict.fromkeys(said) if key in snapshot.found} | dict(snapshot.found)
    first: dict[Key, ObjectKey] = {}
    for key, item in found.items():
        first.setdefault(key_of(item.place.account, item.type, item.identity), key)
    return replace(snapshot, found=MappingProxyType({key: found[key] for key in first.values()}))


def search(
    wants: Sequence[Resource],
    missing: Sequence[Resource],
    rows: Sequence[LedgerRow],
    snapshot: Snapshot,
    owners: Owners,
    registry: Registry,
    scheduler: Scheduler,
    cover: secrecy.Cover,
    on_event: Events | None = None,
) -> tuple[tuple[Candidate, ...], Snapshot]:
    """What was found for the missing ones of the wanted resources, and the snapshot with all of it, secrets hidden."""
    looking = _Search(
        wants, {want.address for want in missing}, rows, snapshot, owners, registry, scheduler, cover, on_event
    )
    barred: dict[str, str] = {}
    while True:  # what two entries mean is neither's, and then nothing that was found through it holds
        found = looking.through(barred)
        more = {address: why for address, why in contested(found).items() if address not in barred}
        if not more:
            return tuple(found), looking.with_objects(found)
        barred |= more


@dataclass
class _Search:
    wants: Sequence[Resource]
    missing: set[str]
    rows: Sequence[LedgerRow]
    snapshot: Snapshot
    owners: Owners
    registry: Registry
    scheduler: Scheduler
    cover: secrecy.Cover
    on_event: Events | None
    pools: dict[tuple[str, str], Pool] = field(default_factory=dict)
    answers: dict[tuple[str, str], list[Observed]] = field(default_factory=dict)  # (address, what was asked) -> found

    def __post_init__(self) -> None:
        objects: dict[tuple[str, str], list[Observed]] = {}
        for key, item in self.snapshot.found.items():
            objects.setdefault((key.place, key.type), []).append(item)
        for place, name in objects:
            self.pools[place, name] = Pool(self.registry.resource_type(name), objects[place, name])

    def through(self, barred: dict[str, str]) -> list[Candidate]:
        """All candidates, in the order of the blueprint."""
        known: dict[str, Resource] = {}
        chosen: dict[str, Observed] = {}
        base = known_by(self.rows, self.snapshot, known)

        def value_of(reference: Reference) -> Value:
            have = chosen.get(reference.address)
            if have is None:
                return base(reference)
            value = have.attribute(reference.path)
            return known[reference.address].says(reference) if hidden_in(value) else value

        found: dict[str, Candidate] = {}
        for layer in graphs.layers(self.wants):
            for want in layer:
                body, within = substitute(want.body, value_of), substitute(want.within, value_of)
                provider = self.registry.provider(want.place.cloud)
                known[want.address] = provider.normalize(replace(want, body=body, within=within))
            sought = [(want, known[want.address]) for want in layer if want.address in self.missing]
            self._ask(sought)
            for want, resolved in sought:
                candidate = self._candidate(want, resolved)
                if candidate and want.address in barred:
                    candidate = replace(candidate, standing=Standing.AMBIGUOUS, why=barred[want.address])
                if candidate:
                    found[want.address] = candidate
                    if candidate.standing is Standing.READY:
                        chosen[want.address] = candidate.have
        return [found[want.address] for want in self.wants if want.address in found]

    def _candidate(self, want: Resource, resolved: Resource) -> Candidate | None:
        kind = self.registry.resource_type(want.type)
        pool = self.pools.get((want.place.name, want.type)) or Pool(kind, ())
        veil = secrecy.of_body(want.body) | secrecy.of_body(resolved.body)  # what references bring is in the second
        named = self._named(resolved)
        how, objects = match(kind, resolved, named, pool, self.owners)
        if not objects:
            return None
        shown = tuple(replace(item, body=self.cover(item.body, veil, item.identity)) for item in objects)
        return judge(kind, want, resolved, how, shown, self.owners)

    def _named(self, resolved: Resource) -> list[Observed] | None:
        """What the provider knows under its name or natural key; None where it was not asked."""
        identity = _identity(resolved)
        key = ObjectKey(resolved.place.name, resolved.type, identity or "")
        if identity and key in self.snapshot.found:
            return [self.snapshot.found[key]]
        return self.answers.get(_question(resolved))

    def _ask(self, sought: Sequence[tuple[Resource, Resource]]) -> None:
        """One round of questions by name and natural key, of what no list has shown."""
        asks: dict[tuple[str, str], Ask] = {}
        for _, resolved in sought:
            identity, question = _identity(resolved), _question(resolved)
            key = ObjectKey(resolved.place.name, resolved.type, identity or "")
            if question in self.answers or key in self.snapshot.found or key in self.snapshot.absent:
                continue
            if identity:
                asks[question] = Ask(resolved.place, resolved.type, identities=(identity,))
            elif is_known(resolved.body) and is_known(resolved.within):
                asks[question] = Ask(resolved.place, resolved.type, want=resolved)
        inquiries = inquire(list(asks.values()), self.registry, self.scheduler, self.on_event if asks else None)
        for question, inquiry in zip(asks, inquiries, strict=True):
            if inquiry.answerable:
                self.answers[question] = inquiry.found
        self.snapshot = merge(self.snapshot, snapshot_of(inquiries))

    def with_objects(self, found: Sequence[Candidate]) -> Snapshot:
        """The snapshot with the candidates' objects as they may be kept."""
        kept = dict(self.snapshot.found)
        for candidate in found:
            for item in candidate.objects:
                kept[ObjectKey(item.place.name, item.type, item.identity)] = item
        return replace(self.snapshot, found=MappingProxyType(kept))


def _identity(resolved: Resource) -> str | None:
    return resolved.options.adopt or resolved.identity


def _question(resolved: Resource) -> tuple[str, str]:
    """What is asked for an entry, as far as another pass may ask for something else."""
    return resolved.address, _identity(resolved) or repr((resolved.body, resolved.within))
