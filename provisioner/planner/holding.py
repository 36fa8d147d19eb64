"""Who still stands on an object that would go: entries that lie in it, and other stacks' that were made with its id. Pure.

What it says comes from the ledgers alone; it must not read or judge what a cloud would allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from provisioner.model.change import Action
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Question, Verb
from provisioner.model.problem import Problem
from provisioner.model.resource_type import ResourceType
from provisioner.model.snapshot import ObjectKey
from provisioner.model.value import ABSENT, Map, Reference, Value, Written, get, put, written
from provisioner.planner.decision import Decision
from provisioner.planner.situation import Situation
from provisioner.planner.steps import Removal
from provisioner.planner.whose import named


@dataclass(frozen=True, slots=True)
class Ending:
    """An object that a plan deletes. address: as it is called in the plan · again: whether another is made in its place ·
    after: and whether that is made first."""

    row: LedgerRow
    address: str
    again: bool
    after: bool = False

    def __str__(self) -> str:
        return f"{self.address} ({self.row.identity}) would be {'replaced' if self.again else 'deleted'}"


def endings(decisions: Iterable[Decision], removals: Iterable[Removal]) -> tuple[Ending, ...]:
    """All that a plan deletes."""
    replaced = (
        Ending(d.row, d.want.address, True, d.order == "create_first")
        for d in decisions
        if d.row and d.action is Action.REPLACE
    )
    removed = (Ending(r.row, r.row.address, False) for r in removals if r.verb is Verb.DELETE)
    return (*replaced, *removed)


def inside(situation: Situation, ending: Sequence[Ending], removals: Iterable[Removal]) -> Iterator[Problem]:
    """What lies in an object that goes, would go with it, and is meant to stay. What is to be retained speaks for itself."""
    retained = {removal.row.uid for removal in removals if removal.retained}
    here = (situation.stack.name, situation.stack.environment)
    standing = (row for row in _rows(situation) if _stands(situation, row, here))
    for row, around in enclosed(standing, ending, situation.types):
        if not (row.uid in retained and around.row.uid in row.depends_on):
            yield lying(row, around, here, _way_out(row, around, here))


def enclosed(
    rows: Iterable[LedgerRow], ending: Sequence[Ending], types: Mapping[str, ResourceType]
) -> Iterator[tuple[LedgerRow, Ending]]:
    """Of these rows those that lie in an object that goes and do not go themselves, as far as identities are paths."""
    going = {(each.row.uid, each.row.generation) for each in ending}
    around_others = [each for each in ending if types[each.row.type].nests]
    by_id = {(each.row.place.account, (each.row.identity or "").casefold()): each for each in around_others}
    for row in rows if by_id else ():
        above = (by_id.get((row.place.account, one)) for one in enclosing(row.identity or ""))
        around = next((each for each in above if each), None)
        if around and (row.uid, row.generation) not in going:
            yield row, around


def lying(row: LedgerRow, around: Ending, here: tuple[str, str], hint: str) -> Problem:
    """That a row's object would go with what it lies in."""
    message = f"{around}, and {named(row, here)}, which lies in it, would go with it"
    return Problem(message, around.row.source, around.address, hint)


def used(situation: Situation, ending: Sequence[Ending]) -> Iterator[Question]:
    """What other stacks still have an object's id in, as a question for each object."""
    here = (situation.stack.name, situation.stack.environment)
    others = [row for row in _rows(situation) if (row.stack, row.environment) != here] if ending else []
    objects = {each.row.uid: (situation.types[each.row.type], each.row) for each in ending}
    found = users(objects, others, situation.type_of)
    for each in ending:
        if rows := found.get(each.row.uid):
            names = naming(written(situation.stack.outputs), each.address, *objects[each.row.uid]) if each.after else ()
            way = f"; apply this, then {moved_over(here[0], names, rows)}, then: orch resume" if names else ""
            yield Question(f"{each}, and {told(rows)}: its deletion fails until that lets go of it{way}")


def users(
    objects: Mapping[str, tuple[ResourceType, LedgerRow]],
    rows: Iterable[LedgerRow],
    type_of: Callable[[str], ResourceType | None],
) -> dict[str, list[LedgerRow]]:
    """Of these rows those that were made with the id of an object, by the object's key. What only says it in a tag stands on
    nothing."""
    by_name = {name: key for key, (kind, row) in objects.items() for name in _names(kind, row)}
    out: dict[str, list[LedgerRow]] = {}
    for row in rows if by_name else ():
        said = (row.applied, _as_found(row.applied, row.baseline), row.within)
        if meant := _meant(said, by_name):
            kind = type_of(row.type)
            if kind and kind.tags:
                meant = _meant(tuple(put(value, kind.tags.path, ABSENT) for value in said), by_name)
            for key in meant:
                out.setdefault(key, []).append(row)
    return out


def _as_found(applied: Value, found: Value) -> Value:
    """What was applied in the cloud's own words: it may spell out an id that the entry says in short (``global/networks/n``)."""
    if isinstance(applied, Mapping):
        both = applied.keys() & found.keys() if isinstance(found, Mapping) else ()
        return Map({key: _as_found(applied[key], found[key]) for key in both})
    return found


def naming(outputs: Written, address: str, kind: ResourceType, row: LedgerRow) -> frozenset[str]:
    """The outputs that are the id of this object, by how they are written: whoever has that has it from one of them."""
    names = set(_names(kind, row))

    def means(value: Value) -> bool:
        if not isinstance(value, Reference) or value.address != address:
            return False
        text = get(row.baseline, value.path) if value.path else row.identity
        return not isinstance(text, str) or not names.isdisjoint(_tails(text))

    return frozenset(str(path[0]) for path, value in outputs if means(value))


def told(rows: Sequence[LedgerRow]) -> str:
    """Which stacks have what of it."""
    stacks = groupby(sorted(rows, key=_stack), key=_stack)
    return " and ".join(
        f"stack {stack} in {environment} still uses it: {', '.join(_entry(row) for row in of)}"
        for (stack, environment), of in stacks
    )


def moved_over(stack: str, names: Iterable[str], rows: Iterable[LedgerRow]) -> str:
    """The commands by which the stacks of these rows move over to the object that these outputs of a stack read now."""
    read = " or ".join(f'output("{stack}", "{name}")' for name in sorted(names))
    commands = dict.fromkeys(f"orch apply {_folder(row)} -e {row.environment}" for row in sorted(rows, key=_stack))
    return f"{' and '.join(commands)} (which moves over where it reads {read})"


def _folder(row: LedgerRow) -> str:
    """Where a row's blueprint lies, as far as the ledger knows."""
    return (row.source.blueprint if row.source else "") or row.stack


def _stack(row: LedgerRow) -> tuple[str, str]:
    return row.stack, row.environment


def _entry(row: LedgerRow) -> str:
    return f"{row.address} ({row.source})" if row.source else row.address


def _rows(situation: Situation) -> Iterator[LedgerRow]:
    return (row for rows in situation.held.values() for row in rows)


def _stands(situation: Situation, row: LedgerRow, here: tuple[str, str]) -> bool:
    """Whether a row's object is there, as far as this plan has looked."""
    key = ObjectKey(row.place.name, row.type, row.identity or "")
    return _stack(row) != here or key in situation.snapshot.found


def _names(kind: ResourceType, row: LedgerRow) -> Iterator[str]:
    """The words that mean this object and nothing else: an id that the cloud gave, or a path. A mere name may be anything's,
    and what an attachment ties together is called so itself."""
    identity = (row.identity or "").casefold()
    if "/" in identity or not kind.natural_key:
        parts = identity.split("|") if all(kind.is_read_only(path) for path in kind.identity) else ()
        yield from (part for part in {identity, *parts} if part)


def _tails(text: str) -> Iterator[str]:
    """A text, and what an URL ends in."""
    text = text.casefold()
    yield text
    parts = text.split("/") if "://" in text else ()
    yield from ("/".join(parts[start:]) for start in range(3, len(parts)))


def _meant(value: Value, by_name: Mapping[str, str]) -> set[str]:
    """Of objects by their names the keys of those that a value names."""
    return {by_name[name] for text in _texts(value) for name in _tails(text) if name in by_name}


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)


def enclosing(identity: str) -> Iterator[str]:
    """The ids, in small letters, of all that an object lies in, as far as its own is a path."""
    parts = identity.casefold().split("/")
    return ("/".join(parts[:end]) for end in range(2, len(parts)))


def _way_out(row: LedgerRow, around: Ending, here: tuple[str, str]) -> str:
    if _stack(row) != here:
        return f"take it out of stack {row.stack} first, and apply that; or leave {around.address} as it is"
    reference = f'{{{{ ref("{around.address}") }}}}'
    return f"write {reference} instead of the name in {row.address}, so that both go together; or leave it as it is"
