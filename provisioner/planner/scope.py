"""A partial plan: which addresses it is about, what those need, and what is left out. Pure.

It narrows what the planner is shown; it must not decide what becomes of an address.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Scope, Step, Verb
from provisioner.model.problem import Problem
from provisioner.model.stack import Stack
from provisioner.model.value import Map, Value, Written, references
from provisioner.planner import graph as graphs
from provisioner.planner.moves import Renaming


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A stack and its ledger as far as a plan looks at them; ``rest``: the rows that it does not; ``kept``: outputs that stay
    as they are on record."""

    stack: Stack
    rows: tuple[LedgerRow, ...]
    rest: tuple[LedgerRow, ...] = ()
    scope: Scope | None = None
    kept: frozenset[str] = frozenset()


def named(pattern: str, addresses: Iterable[str]) -> set[str]:
    """The addresses that a glob names. ``*`` and ``?`` stay within a part of the address, ``**`` does not; whatever names a
    module, or one of several instances, names all that is in it."""
    words = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = (words.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*|\?)", pattern))
    wanted = re.compile("".join(parts) + "(/.*)?")
    return {address for address in addresses if wanted.fullmatch(address)}


def addresses(stack: Stack, rows: Iterable[LedgerRow]) -> tuple[str, ...]:
    """Everything that a whole plan looks at: the entries, then the objects whose entry has left the blueprint."""
    wanted = dict.fromkeys(resource.address for resource in stack.resources)
    return tuple(wanted | dict.fromkeys(_placed(stack, tuple(rows)).values()))


def narrow(
    stack: Stack,
    rows: tuple[LedgerRow, ...],
    targets: Sequence[str],
    excludes: Sequence[str],
    before: Map,
    written_before: Written = (),
) -> Narrowed:
    """The part of a stack that globs choose: targets (all, without any) with what they need, but for excludes and what needs
    those. before: the outputs on record, which stay but where they read what is chosen, and nothing that is left out ·
    written_before: how those came about."""
    if not targets and not excludes:
        return Narrowed(stack, rows)
    every = addresses(stack, rows)
    graph = graphs.build(stack.resources)
    asked = set().union(*(named(each, every) for each in targets)) if targets else set(every)
    out = set().union(*(named(each, every) for each in excludes))
    within = _closure(asked, graph.needs)
    chosen = within - _closure(out, graph.dependents())
    at = _placed(stack, rows)
    if not targets:  # nobody has named what goes, so it stays where something that is left out needs it
        leaving = set(every) - graph.needs.keys()
        chosen -= _held_up([(at[row.uid, row.generation], row) for row in rows], chosen, leaving)
    scope = Scope(
        targets=tuple(targets),
        excludes=tuple(excludes),
        needed=tuple(address for address in every if address in chosen - asked),
        dropped=tuple(address for address in every if address in within - chosen - out),
        skipped=tuple(address for address in every if address not in chosen),
    )
    inside = tuple(row for row in rows if at[row.uid, row.generation] in chosen)
    rest = tuple(row for row in rows if at[row.uid, row.generation] not in chosen)
    part, kept = _part(stack, chosen, set(scope.skipped), before, written_before)
    return Narrowed(part, inside, rest, scope, kept)


def stranded(steps: Iterable[Step], rest: Sequence[LedgerRow], targets: Sequence[str] = ()) -> Iterator[Problem]:
    """Deletions of what objects out of scope still need. targets: as they were given."""
    users: dict[str, LedgerRow] = {}
    for row in rest:
        for uid in row.depends_on:
            users.setdefault(uid, row)
    steps = tuple(steps)
    made = {step.uid for step in steps if step.verb is Verb.CREATE}
    for step in steps:
        user = users.get(step.uid)
        if step.verb is Verb.DELETE and user:
            what = "replaced" if step.uid in made else "deleted"
            message = f"{step.address} would be {what}, and {user.address}, which needs it, is out of scope"
            addresses = [row.address for row in rest if row.uid in _standing_on(step.uid, rest)]
            wanted = dict.fromkeys((*(targets or (step.address,)), *addresses))
            all_of_them = " ".join(f"--target {shlex.quote(name)}" for name in wanted)
            hint = f"plan all that needs it too: {all_of_them}; or leave it out: --exclude {shlex.quote(step.address)}"
            source = step.row.source if step.row else None
            yield Problem(message, source, step.address, hint)


def _standing_on(uid: str, rows: Sequence[LedgerRow]) -> set[str]:
    """What needs an object, and what needs that, by uid: all of it may have to follow when the object is replaced."""
    users: dict[str, set[str]] = {}
    for row in rows:
        for needed in row.depends_on:
            users.setdefault(needed, set()).add(row.uid)
    return _closure([uid], users) - {uid}


def _placed(stack: Stack, rows: Sequence[LedgerRow]) -> dict[tuple[str, int], str]:
    """The address that each row has in this plan; what a replacement has left over goes with its successor."""
    renaming = Renaming(stack.resources, {row.address: row for row in rows if row.role is Role.CURRENT})
    current = {row.uid: address for address, row in renaming.rows.items()}
    return {(row.uid, row.generation): current.get(row.uid, row.address) for row in rows}


def _closure(start: Iterable[str], edges: Mapping[str, Collection[str]]) -> set[str]:
    """What can be reached along edges, the start included."""
    seen: set[str] = set()
    queue = list(start)
    while queue:
        address = queue.pop()
        if address not in seen:
            seen.add(address)
            queue += edges.get(address, ())
    return seen


def _held_up(placed: Sequence[tuple[str, LedgerRow]], chosen: set[str], leaving: set[str]) -> set[str]:
    """Of what would go, what objects that are left out need, directly or through others that then stay too."""
    owner = {row.uid: address for address, row in placed}
    needs: dict[str, set[str]] = {}
    for address, row in placed:
        needs.setdefault(address, set()).update(owner[uid] for uid in row.depends_on if owner.get(uid) in leaving)
    left = {address for address, _ in placed if address not in chosen}
    return _closure(left, needs) & leaving


def _part(
    stack: Stack, chosen: set[str], skipped: set[str], before: Map, written_before: Written
) -> tuple[Stack, frozenset[str]]:
    def within(value: Value) -> bool:
        read = {reference.address for _, reference in references(value)}
        return not skipped or (bool(read & chosen) and not read & skipped)

    resources = tuple(resource for resource in stack.resources if resource.address in chosen)
    outputs = {name: value for name, value in stack.outputs.items() if within(value)}
    gone = {path[0] for path, value in written_before if path[0] not in stack.outputs and within(value)}
    kept = before.keys() - outputs.keys() - gone if skipped else set()
    outputs |= {name: before[name] for name in before if name in kept}
    looked_up = {
        reference.address
        for source in (outputs, *(value for each in resources for value in each.values))
        for _, reference in references(source)
    }
    lookups = tuple(lookup for lookup in stack.lookups if lookup.address in looked_up)
    return replace(stack, resources=resources, outputs=Map(outputs), lookups=lookups), frozenset(kept)
