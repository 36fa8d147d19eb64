"""What a plan has to read: the stack's objects in bulk, strays on the way, and the names that new objects would take.

Types that carry our tags are read by lineage, a page at a time; only what that does not show is asked for by identity. This
module must not judge what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from provisioner.discovery.inquiry import Events, inquire, merge, snapshot_of
from provisioner.discovery.youth import Youth
from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.plan import Step, Verb
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource import Observed, Resource
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.stack import Lookup
from provisioner.model.value import ABSENT, Reference, Value, is_known
from provisioner.planner import graph as graphs
from provisioner.planner import secrecy
from provisioner.planner.lookups import choose
from provisioner.planner.undoing import standing
from provisioner.planner.whose import called, renamed
from provisioner.protocols.provider import Ask
from provisioner.registry import Registry
from provisioner.scheduler.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Survey:
    """wants: normalized, with references as written and ``identity`` where names decide it · snapshot: what was read,
    secrets hidden · rows: the ledger, the same hidden."""

    wants: tuple[Resource, ...]
    snapshot: Snapshot
    rows: tuple[LedgerRow, ...]


def survey(
    resources: Sequence[Resource],
    rows: Sequence[LedgerRow],
    lineage: str,
    registry: Registry,
    scheduler: Scheduler,
    cover: secrecy.Cover,
    on_event: Events | None = None,
    youth: Youth | None = None,
) -> Survey:
    """Read everything that a plan of these resources over these ledger rows needs."""
    by_type = _group([(row.place, row.type, row.identity) for row in rows if row.identity])
    for resource in resources:
        by_type.setdefault((resource.place.name, resource.type), (resource.place, []))
    first, later = [], []
    for (_, kind), (place, identities) in by_type.items():
        ask = Ask(place, kind, lineage=lineage, known=tuple(dict.fromkeys(identities)))
        if registry.provider(place.cloud).reads(ask):
            first.append(ask)
            later += _identities(place, kind, identities)
        else:
            first += _identities(place, kind, identities)
    snapshot = snapshot_of(inquire(first, registry, scheduler, on_event, youth))
    snapshot = merge(snapshot, look_at(_unseen(later, snapshot), registry, scheduler, on_event, youth))
    snapshot = secrecy.hidden(snapshot, secrecy.of_wants(resources, rows), cover)
    wants = _adopting(_normalized(resources, rows, snapshot, registry), rows, snapshot, registry)
    asks = _name_asks(wants, rows, snapshot)
    snapshot = merge(snapshot, look_at(asks, registry, scheduler, on_event))
    wants = _adopting(wants, (), snapshot, registry)
    written = tuple(want for want, _ in wants)
    both = [want for pair in wants for want in pair]  # what a reference brings is secret in the second
    veils = secrecy.of_wants(both, rows)
    return Survey(written, secrecy.hidden(snapshot, veils, cover), secrecy.covered(rows, veils, cover))


def find(
    lookups: Sequence[Lookup], registry: Registry, scheduler: Scheduler, on_event: Events | None = None
) -> dict[str, Observed]:
    """The object that each lookup means, by the lookup's address. ``OrchError`` with every one that means none or several, or
    that could not be told because something was not to be seen."""
    asks = []
    for lookup in lookups:
        identity = dict(lookup.where).get(("id",))
        named = (identity,) if isinstance(identity, str) else ()
        asks.append(Ask(lookup.place, lookup.type, identities=named))
    out: dict[str, Observed] = {}
    problems = []
    for lookup, inquiry in zip(lookups, inquire(asks, registry, scheduler, on_event), strict=True):
        if inquiry.blind:
            reason = inquiry.blindspots[0].reason if inquiry.blindspots else "its type has no list"
            problems.append(Problem(f"{lookup.address} cannot be answered: {reason}", lookup.source))
            continue
        chosen = choose(lookup, registry.resource_type(lookup.type), inquiry.found)
        if isinstance(chosen, Problem):
            problems.append(chosen)
        else:
            out[lookup.address] = chosen
    if problems:
        raise OrchError(*problems)
    return out


def look_at(
    asks: Sequence[Ask],
    registry: Registry,
    scheduler: Scheduler,
    on_event: Events | None = None,
    youth: Youth | None = None,
) -> Snapshot:
    """A snapshot of just these asks."""
    return snapshot_of(inquire(asks, registry, scheduler, on_event, youth)) if asks else Snapshot()


def asks_for(objects: Iterable[tuple[Place, str, str | None]]) -> list[Ask]:
    """One ask by identity for each place and type."""
    grouped = _group(objects)
    return [ask for (_, kind), (place, ids) in grouped.items() for ask in _identities(place, kind, ids)]


def touched(
    steps: Sequence[Step],
    rows: Mapping[tuple[str, int], LedgerRow],
    lineage: str,
    registry: Registry,
    scheduler: Scheduler,
    on_event: Events,
    youth: Youth,
) -> Snapshot:
    """The objects of steps that are to be undone, as they are now, and what else carries our mark of the types that these have
    deleted from: what is made again must not be there already."""
    objects = [(step.place, step.type, step.have.identity) for step in steps if step.have]
    here = (standing(rows, step.uid, step.generation) for step in steps)
    objects += [(row.place, row.type, row.identity) for row in here if row and row.identity]
    seen = look_at(asks_for(objects), registry, scheduler, on_event, youth)
    deleted = {(step.place.name, step.type): step.place for step in steps if step.verb is Verb.DELETE}
    marked = [Ask(place, kind, lineage=lineage) for (_, kind), place in deleted.items()]
    others = look_at(marked, registry, scheduler, on_event).found
    more = {key: item for key, item in others.items() if key not in seen.absent}
    return replace(seen, found=MappingProxyType({**more, **seen.found}))


def inside(steps: Iterable[Step], registry: Registry) -> list[Ask]:
    """What to ask about what lies in objects that steps delete: one read for each that takes with it whatever that is."""
    ends = (step for step in steps if step.verb is Verb.DELETE and step.have)
    return [
        Ask(step.place, step.type, inside=(step.have.identity,))
        for step in ends
        if step.have and registry.resource_type(step.type).encloses
    ]


def _group(objects: Iterable[tuple[Place, str, str | None]]) -> dict[tuple[str, str], tuple[Place, list[str]]]:
    grouped: dict[tuple[str, str], tuple[Place, list[str]]] = {}
    for place, kind, identity in objects:
        if identity:
            grouped.setdefault((place.name, kind), (place, []))[1].append(identity)
    return grouped


def _identities(place: Place, kind: str, identities: Iterable[str]) -> list[Ask]:
    unique = tuple(dict.fromkeys(identities))
    return [Ask(place, kind, identities=unique)] if unique else []


def _unseen(asks: Iterable[Ask], snapshot: Snapshot) -> list[Ask]:
    """Of asks by identity those objects that a read by lineage has not shown: untagged by hand, or gone."""
    out = []
    for ask in asks:
        missing = (i for i in ask.identities if ObjectKey(ask.place.name, ask.type, i) not in snapshot.found)
        out += _identities(ask.place, ask.type, missing)
    return out


def _normalized(
    resources: Sequence[Resource], rows: Sequence[LedgerRow], snapshot: Snapshot, registry: Registry
) -> list[tuple[Resource, Resource]]:
    """Each resource normalized, as written and as far as its references are known already."""
    known: dict[str, Resource] = {}
    lookup = known_by(rows, snapshot, known)
    by_address = {resource.address: resource for resource in resources}
    written: dict[str, Resource] = {}
    for address in graphs.build(resources).order:
        resource = by_address[address]
        provider = registry.provider(resource.place.cloud)
        known[address] = provider.normalize(resource.substituted(lookup))
        want, identity = provider.normalize(resource), known[address].identity
        written[address] = want if want.identity == identity else replace(want, identity=identity)
    return [(written[resource.address], known[resource.address]) for resource in resources]


def _adopting(
    wants: list[tuple[Resource, Resource]], rows: Sequence[LedgerRow], snapshot: Snapshot, registry: Registry
) -> list[tuple[Resource, Resource]]:
    """The same, each object that is to be taken over by its whole identity, as far as that is known."""
    own = {row.address: row.identity for row in rows if row.identity}

    def whole(want: Resource, known: Resource) -> tuple[Resource, Resource]:
        kind, asked = registry.resource_type(want.type), want.options.adopt
        if not asked or not kind.identity:
            return want, known
        seen = (key.identity for key in snapshot.found if (key.place, key.type) == (want.place.name, want.type))
        maybe = (want.identity or "", own.get(want.address, ""), *seen)
        meant = {identity for identity in maybe if identity and called(kind, identity, asked)}
        if len(meant) != 1:
            return want, known
        options = replace(want.options, adopt=meant.pop())
        return replace(want, options=options), replace(known, options=options)

    return [whole(*pair) for pair in wants]


def known_by(
    rows: Sequence[LedgerRow], snapshot: Snapshot, known: Mapping[str, Resource]
) -> Callable[[Reference], Value]:
    """What references read of owned objects, and of wanted ones in their own words; ABSENT where that is not known yet.
    known: wanted resources by address, as far as they are normalized."""
    owned = {row.address: row for row in rows}

    def lookup(reference: Reference) -> Value:
        row, want = owned.get(reference.address), known.get(reference.address)
        if row and row.identity and not (want and renamed(row, want)):  # else the object that stands is on its way out
            have = snapshot.found.get(ObjectKey(row.place.name, row.type, row.identity))
            if have is not None:
                return have.attribute(reference.path)
        return want.says(reference) if want else ABSENT

    return lookup


def _name_asks(wants: Sequence[tuple[Resource, Resource]], rows: Sequence[LedgerRow], snapshot: Snapshot) -> list[Ask]:
    """What is looked for before it is created: objects of the same name that are not ours."""
    owned = {(row.address, row.identity) for row in rows}
    recorded = {row.address for row in rows}
    named: list[tuple[Place, str, str | None]] = []
    asks = []
    for want, known in wants:
        identity = want.identity or want.options.adopt
        if identity:
            if (want.address, identity) not in owned:
                named.append((want.place, want.type, identity))
        elif want.address not in recorded and is_known(known.body) and is_known(known.within):
            asks.append(Ask(want.place, want.type, want=known))
    return [*_unseen(asks_for(named), snapshot), *asks]
