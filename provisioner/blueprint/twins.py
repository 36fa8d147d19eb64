"""Entries that speak of one object: two that name the same, and one that another lists among its own properties.

Judges only what names say before anything is read; the planner judges again what they say then. Must not know a cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Child, Entered, ResourceType
from provisioner.model.value import (
    ABSENT,
    EMPTY,
    Map,
    Path,
    Reference,
    Value,
    get,
    is_known,
    matches,
    path_text,
    references,
    substitute,
)

Built = Mapping[str, tuple[Resource, ResourceType]]


class Names:
    """What entries are called in their clouds, as far as the blueprint itself says it. sound: those that their schemas have
    nothing against · problems: what their providers have, once ``of`` was asked for them."""

    def __init__(self, built: Built, sound: Collection[str], normalize: Callable[[Resource], Resource]) -> None:
        self.problems: list[Problem] = []
        self._built = built
        self._sound = sound
        self._normalize = normalize
        self._known: dict[str, Resource | None] = {}

    def of(self, address: str) -> str | None:
        """The identity; None where it is not known before something is read or made."""
        found = self._resource(address)
        return found.identity if found else None

    def _resource(self, address: str) -> Resource | None:
        if address not in self._known and address in self._sound:
            self._known[address] = None  # as far as a circle is concerned
            try:
                self._known[address] = self._normalize(self._named(*self._built[address]))
            except OrchError as error:
                self.problems += addressed(error.problems)
        return self._known.get(address)

    def _named(self, resource: Resource, kind: ResourceType) -> Resource:
        """With references in its names and place resolved, those that entries themselves answer."""
        keys = {path[0] for path in kind.natural_key}
        named = Map({key: resource.body[key] for key in resource.body if key in keys})
        if not keys or (is_known(resource.within) and is_known(named)):
            return resource
        within, named = substitute(resource.within, self._read), substitute(named, self._read)
        return replace(resource, within=within, body=Map({**resource.body, **named}))

    def _read(self, reference: Reference) -> Value:
        other = self._resource(reference.address)
        return other.says(reference) if other else ABSENT


def addressed(problems: Iterable[Problem]) -> list[Problem]:
    """What a provider says against an entry; what is not the entry's alone, such as a default tag, names no entry."""
    return [
        replace(problem, message=f"{problem.address}: {problem.message}") if problem.address else problem
        for problem in problems
    ]


def twins(built: Built, names: Names) -> Iterator[Problem]:
    """Each entry that names what an earlier one names already."""
    first: dict[tuple[str, str, str, str], Resource] = {}
    for address, (resource, _) in built.items():
        identity = names.of(address)
        if identity is None:
            continue
        key = (resource.place.cloud, resource.place.account, resource.type, identity.casefold())
        other = first.setdefault(key, resource)
        if other is not resource:
            message = (
                f"{address} and {other.address} ({other.source}) both name {identity}: one object cannot be two entries"
            )
            hint = "take one of them out, or give it another name"
            yield Problem(message, resource.source, address, hint)


def alike(built: Built, names: Names) -> Iterator[Problem]:
    """Each entry that says the same as an earlier one where no two objects can (two groups of one name in a network)."""
    first: dict[tuple[object, ...], Resource] = {}
    for address, (resource, kind) in built.items():
        if names.of(address) is not None:
            continue  # judged by that
        place = resource.place
        for paths in kind.unique:
            values = tuple(get(resource.body, path) for path in paths)
            if any(value is ABSENT or value is None for value in values):
                continue
            other = first.setdefault((place.cloud, place.account, place.region, kind.name, paths, values), resource)
            if other is not resource:
                same = " and ".join(map(path_text, paths))
                message = (
                    f"{address} has the same {same} as {other.address} ({other.source}), which no two objects can have"
                )
                yield Problem(message, resource.source, address, "take one of them out, or change it")
                break


def listed(built: Built, names: Names) -> Iterator[Problem]:
    """Each entry whose object another lists among its own properties: the cloud deletes what such a list leaves out."""
    by_address: dict[tuple[str, str], tuple[Resource, Child | Entered]] = {}
    by_identity: dict[tuple[str, str, str], tuple[Resource, Child | Entered]] = {}
    for address, (resource, kind) in built.items():
        lists: tuple[Child | Entered, ...] = (*kind.children, *kind.entered)
        for child in lists:
            if get(resource.body, child.path) is ABSENT or _ignored(child.path, resource.options.ignore_changes):
                continue
            by_address[address, child.type] = (resource, child)
            if identity := names.of(address):
                by_identity[resource.place.account, identity.casefold(), child.type] = (resource, child)
    if not by_address:
        return
    holders = {each.type: each.holder for _, each in by_address.values() if isinstance(each, Entered)}
    for address, (resource, kind) in built.items():
        parent = resource.body.get(holders[kind.name]) if kind.name in holders else resource.within.get("parent")
        parents = [by_address.get((at.address, kind.name)) for _, at in references(parent)]
        account, above = resource.place.account, _enclosing(names.of(address) or "")
        parents += [by_identity.get((account, identity, kind.name)) for identity in above]
        if found := next((parent for parent in parents if parent), None):
            yield _listed(resource, *found)


def _enclosing(identity: str) -> Iterator[str]:
    """The ids of what a path may lie in."""
    parts = identity.casefold().split("/")
    return ("/".join(parts[:end]) for end in range(2, len(parts)))


def _ignored(path: Path, patterns: tuple[Path, ...]) -> bool:
    return any(len(p) <= len(path) and matches(p, path[: len(p)]) for p in patterns)


def _listed(resource: Resource, parent: Resource, child: Child | Entered) -> Problem:
    at = path_text(child.path)
    lister = f"{parent.address}, which lists them itself in {at} ({parent.line_of(child.path)})"
    message = f"{resource.address} is one of the {child.path[-1]} of {lister}: what such a list leaves out is deleted"
    hint = f"write it in one place: all of them in {at}, or an entry for each and no {at} in {parent.address}"
    return Problem(message, resource.source, resource.address, hint)


def unordered(built: Built, names: Names) -> Iterator[Problem]:
    """Each entry that lies in another's object and only names it in plain text: nothing says then which has to be made first,
    and nothing which goes first."""
    by_identity = {
        (resource.place.account, (names.of(address) or "").casefold()): address
        for address, (resource, _) in built.items()
    }
    for address, (resource, kind) in built.items():
        above = [by_identity.get((resource.place.account, one)) for one in _enclosing(names.of(address) or "")]
        around = next((one for one in reversed(above) if one), None)
        if around and around not in _reached(built, address):
            yield _plain(resource, around, f"is {around} in plain text, so nothing says that {around} is made first")
            continue
        for key, place in kind.place_schema.get("properties", EMPTY).items() if not around else ():
            text = resource.within.get(key)
            if isinstance(text, str) and text in built and built[text][1].name == place.get("format"):
                message = f"takes a name or an id, and {text} is the address of an entry, which is called otherwise"
                yield _plain(resource, text, message, key)


def _reached(built: Built, start: str) -> set[str]:
    """All that an entry needs, through others too."""
    seen: set[str] = set()
    queue = [start]
    while queue:
        resource, _ = built[queue.pop()]
        needs = {reference.address for value in resource.values for _, reference in references(value)}
        needs |= {reference.address for reference in resource.options.depends_on}
        fresh = (needs & built.keys()) - seen
        seen |= fresh
        queue += fresh
    return seen


def _plain(resource: Resource, address: str, message: str, key: str = "") -> Problem:
    key = key or ("parent" if "parent" in resource.within else "scope")
    hint = f'write {key}: {{{{ ref("{address}") }}}}'
    return Problem(f"{resource.address}: {key} {message}", resource.line_of((key,)), resource.address, hint)
