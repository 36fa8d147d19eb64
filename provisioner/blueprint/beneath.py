"""What the entry of a module says for everything in it: defaults beneath the entries' own keys, and former addresses.

Must not render or expand anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from provisioner.blueprint.options import options
from provisioner.blueprint.quoted import quoted
from provisioner.blueprint.resources import Entry, unknown_place
from provisioner.blueprint.weaving import Loom
from provisioner.document import Located
from provisioner.model.environment import Environment
from provisioner.model.problem import Problem
from provisioner.model.source import Source
from provisioner.model.value import Reference, Value

_DEFAULTS = frozenset({"protect", "on_remove"})
_ENGINE = _DEFAULTS | {"depends_on", "moved_from"}
MODULE_KEYS = _ENGINE | {"module", "parameters", "for_each", "in"}
"""The keys of a module's entry."""


@dataclass(frozen=True, slots=True)
class Beneath:
    """keys: defaults of its entries · places: by cloud, for entries that name none · after: what all of them depend on · former:
    what their addresses may have begun with before."""

    keys: Mapping[str, Located] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    after: tuple[tuple[Value, Source], ...] = ()
    former: tuple[str, ...] = ()

    def laid(self, prefix: str, address: str, node: Located, loom: Loom) -> Located:
        """The entry with this beneath it, and with whole addresses: ``vpc`` in the module ``net`` is ``net/vpc``."""
        items = {**self.keys, **dict(node.items())}
        own = _listed(node, "depends_on")
        if own is not None and (own or self.after):
            after = [(Reference(prefix + item) if isinstance(item, str) else item, source) for item, source in own]
            at = items["depends_on"].source if own else self.after[0][1]
            items["depends_on"] = loom.list([*after, *self.after], at)
        own = _listed(node, "moved_from")
        if own is not None and all(isinstance(item, str) for item, _ in own):
            name = address.removeprefix(prefix)
            formers = [f"{former}{name}" for former in self.former]
            formers += [f"{before}{item}" for before in (prefix, *self.former) for item, _ in own]
            if formers:
                at = items["moved_from"].source if own else node.source
                items["moved_from"] = loom.list([(former, at) for former in formers], at)
        return loom.map(items, node.source)

    def under(
        self, prefix: str, address: str, node: Located, environment: Environment, loom: Loom, problems: list[Problem]
    ) -> Beneath:
        """What lies beneath the entries of a module whose entry is ``node``, itself above this."""
        laid = self.laid(prefix, address, node, loom)
        engine = loom.map({key: child for key, child in laid.items() if key in _ENGINE}, node.source)
        options(address, engine, problems)
        places = dict(self.places)
        if "in" in node.value:
            place, at = node.value["in"], node.child("in").source
            found = next((known for known in environment.places if known.name == place), None)
            if found is None:
                problems.append(unknown_place(environment, address, place, at))
            else:
                places[found.cloud] = found.name
        return Beneath(
            {key: child for key, child in engine.items() if key in _DEFAULTS},
            places,
            tuple(_listed(engine, "depends_on") or ()),
            tuple(f"{former}/" for former, _ in _listed(engine, "moved_from") or () if isinstance(former, str)),
        )


def spread(entries: Iterable[Entry], groups: frozenset[str], loom: Loom) -> tuple[Entry, ...]:
    """The entries, where one depends on a whole module made to depend on all that is in it."""
    entries = list(entries)
    members: dict[str, list[str]] = {group: [] for group in groups}
    for entry in entries:
        parts = entry.address.split("/")
        for length in range(1, len(parts)):
            members.setdefault("/".join(parts[:length]), []).append(entry.address)

    def one(entry: Entry) -> Entry:
        after = _listed(entry.node, "depends_on") or []
        if not any(isinstance(item, Reference) and item.address in groups for item, _ in after):
            return entry
        whole: dict[Value, Source] = {}
        for item, source in after:
            many = not item.path and item.address in groups if isinstance(item, Reference) else False
            for found in map(Reference, members[item.address]) if many else (item,):
                whole.setdefault(found, source)
        whole.pop(Reference(entry.address), None)
        items = dict(entry.node.items())
        items["depends_on"] = loom.list(list(whole.items()), items["depends_on"].source)
        return replace(entry, node=loom.map(items, entry.source))

    return tuple(map(one, entries))


def _listed(node: Located, key: str) -> list[tuple[Value, Source]] | None:
    """The texts and references under a key, which may be just one; None where it holds something else, which is told later."""
    if key not in node.value:
        return []
    child = node.child(key)
    if isinstance(child.value, tuple):
        items = [(quoted(child.value[i]) or child.value[i], child.child(i).source) for i in range(len(child.value))]
    else:
        items = [(quoted(child.value) or child.value, child.source)]
    return items if all(isinstance(item, (str, Reference)) for item, _ in items) else None
