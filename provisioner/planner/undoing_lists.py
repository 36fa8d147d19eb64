"""Lists that show children, where a run is undone: what the undo takes with an object that it deletes, and what others had put
into one that it makes again. Pure.

It must not decide what is undone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from provisioner.model.change import Change, Diff, Edit, Reason
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Step, Verb
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed
from provisioner.model.resource_type import ResourceType
from provisioner.model.snapshot import ObjectKey
from provisioner.model.value import ABSENT, Map, Path, Value, get
from provisioner.planner import holding, inline
from provisioner.planner.undoing import Undoing
from provisioner.planner.whose import key_of, named

_HINT = "take it out of its blueprint and apply that first, then roll back again"


def taken(undoing: Undoing, steps: Iterable[Step]) -> tuple[list[Change], list[Problem]]:
    """The deletions that no step of an undo stands for, and what forbids it: what an entry owns, and would go with an object."""
    steps = tuple(steps)
    here = (undoing.plan.stack, undoing.plan.environment)
    ending = tuple(holding.Ending(s.row, s.address, False) for s in steps if s.row and s.verb is Verb.DELETE)
    over = {(s.uid, s.generation) for s in steps if s.verb in (Verb.DELETE, Verb.FORGET)}
    standing = [row for rows in undoing.held.values() for row in rows if _stands(undoing, row, over)]
    lying = holding.enclosed(standing, ending, undoing.types)
    problems = [holding.lying(row, around, here, _HINT) for row, around in lying]
    owned = {key_of(row.place.account, row.type, row.identity): row for row in standing}
    ends = {key_of(each.row.place.account, each.row.type, each.row.identity) for each in ending}
    changes = []
    for lost in (lost for step in steps for lost in _of(undoing, step)):
        key = key_of(lost.have.place.account, lost.child.type, str(lost.item.get(lost.child.id, "")))
        if row := owned.get(key):
            problems += [] if lost.whole else [inline.forbidden(lost, named(row, here), _HINT)]
        elif not lost.own and key not in ends:
            changes.append(inline.deletion(lost, undoing.plan.lineage))
    return changes, problems


@dataclass(frozen=True, slots=True)
class Others:
    """What others had put into the lists of an object. lists: with it and without · names: of it · refers: the addresses of what
    is made again and that it has the id of."""

    lists: Diff = Diff()
    names: tuple[str, ...] = ()
    refers: frozenset[str] = frozenset()


def of_others(
    undoing: Undoing, step: Step, own: Map, body: Map, have: Observed, formers: Mapping[str, Observed]
) -> Others:
    """What an object gets beyond its own when it is made again. own: its body as applied · body: as it is made again, so far.
    Not what is made again as an entry: the second to come would find its object there already."""
    kind = undoing.types[step.type]
    rows = [other.row for other in undoing.plan.steps if other.row and other.verb is Verb.DELETE]
    apart = {(row.identity or "").casefold() for row in rows}
    edits: list[Edit] = []
    names: list[str] = []
    texts: set[str] = set()
    for child in (child for child in kind.children if not kind.is_read_only(child.path)):
        listed, ours = get(own, child.path), inline.names_of(child, get(own, child.path))
        if listed is not ABSENT and not isinstance(listed, tuple):
            continue
        kept = tuple(item for item in inline.items_of(get(body, child.path)) if inline.name_of(child, item) in ours)
        more = tuple(
            item
            for item in inline.items_of(get(have.body, child.path))
            if inline.name_of(child, item) not in ours and str(item.get(child.id, "")).casefold() not in apart
        )
        without = ABSENT if listed is ABSENT else kept
        if more or get(body, child.path) != without:
            edits.append(Edit(child.path, without, (*kept, *more) if more else without, Reason.UNDO))
        names += [str(item.get(child.name) or item.get(child.id)) for item in more]
        texts |= {text.casefold() for item in more for text in _texts(kind, (*child.path, 0), item)}
    others = (address for address in formers if address != step.address)
    return Others(
        Diff(tuple(edits)), tuple(names), frozenset(each for each in others if _named(formers[each].identity, texts))
    )


def _named(identity: str, texts: Iterable[str]) -> bool:
    """Whether a text is the id of an object, or of a part of one."""
    identity = identity.casefold()
    return any(text == identity or text.startswith(f"{identity}/") for text in texts)


def _of(undoing: Undoing, step: Step) -> Iterator[inline.Lost]:
    """What a step of an undo takes out of its object's lists, or with the object."""
    have, row, kind = step.have, step.row, undoing.types[step.type]
    if have is None or row is None or step.verb not in (Verb.DELETE, Verb.UPDATE):
        return iter(())
    stays = step.want.body if step.want and step.verb is Verb.UPDATE else None
    return inline.leaving(kind, have, step.address, row.applied, stays, step.diff, lambda _path: row.source)


def _stands(undoing: Undoing, row: LedgerRow, over: Collection[tuple[str, int]]) -> bool:
    """Whether a row's object is there and stays, as far as the undo has looked: it looks at what its run has touched."""
    key = ObjectKey(row.place.name, row.type, row.identity or "")
    return (row.uid, row.generation) not in over and key not in undoing.snapshot.absent


def _texts(kind: ResourceType, path: Path, value: Value) -> Iterator[str]:
    """The texts in a value, but for those that only the cloud sets."""
    if isinstance(value, str):
        yield value
        return
    inside = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, tuple) else ()
    for key, item in inside:
        if not kind.is_read_only((*path, key)):
            yield from _texts(kind, (*path, key), item)
