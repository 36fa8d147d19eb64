"""Objects that exist already where an entry wants one: whether it may take them over, and what is wrong if not. Pure.

It must not take anything over that the entry does not name.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

from provisioner.model.change import Diff
from provisioner.model.ledger import LedgerRow
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import EffectKind, ResourceType
from provisioner.model.secret import hidden_in, secrets
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import HIDDEN, Path, Value, get, path_text, references
from provisioner.planner.diff import diff
from provisioner.planner.equality import same
from provisioner.planner.whose import Held, Key, key_of, letting_go, named


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose objects are. held: in the ledgers · adopted: by this plan · here: its stack and environment · wanted: the
    addresses of its blueprint · types: of its entries."""

    held: Held
    adopted: Mapping[Key, str]
    here: tuple[str, str]
    wanted: Container[str]
    types: Mapping[str, ResourceType]

    def of(self, want: Resource, identity: str) -> tuple[str, str] | None:
        """Who owns an object that an entry wants, in words, and what to do about it; None where nobody does."""
        key = key_of(want.place.account, want.type, identity)
        if key in self.adopted:
            return self.adopted[key], "two entries cannot own one object: take one of them out"
        if key not in self.held:
            return None
        holder = self.held[key][0]
        if (holder.stack, holder.environment) != self.here:
            from_there = f"{holder.address} --stack {holder.stack} -e {holder.environment}"
            stack, environment = self.here
            way = f"orch state move {from_there.replace(' ', f' {want.address} ', 1)} --to-stack {stack}"
            if holder.environment != environment:
                way = f"{letting_go(holder)}, then `adopt: {identity}` in this entry"
            hint = f"refer to it with lookup() or an output of that stack; to have it here: {way}"
            return named(holder, self.here), hint
        if holder.address in self.wanted:
            hint = "two entries cannot own one object: take one of them out"
            hint += "" if self.types[want.type].identity else ", or give yours another name"
        else:
            hint = (
                f"if it has only changed its name, write `moved_from: {holder.address}` here; else {self.leaving(want)}"
            )
        return holder.address, hint

    def leaving(self, want: Resource) -> str:
        """How an entry leaves an object alone that is just what it wants: what ties others together has no name of its own."""
        return "take the entry out" if self.types[want.type].identity else "give yours another name"


def twins(want: Resource, first: Resource) -> Problem:
    """That two entries name one object."""
    message = f"{want.address} and {first.address} ({first.source}) both name {want.identity}: one object cannot be two entries"
    return Problem(message, want.source, want.address, "take one of them out, or give it another name")


def recorded_elsewhere(want: Resource, claims: Claims) -> Problem | None:
    """That another stack would have an object of the same name again, which is gone now."""
    rows = claims.held.get(key_of(want.place.account, want.type, want.identity), ()) if want.identity else ()
    holder = next((row for row in rows if (row.stack, row.environment) != claims.here), None)
    if holder is None:
        return None
    message = f"{want.identity} stands in the ledger as {named(holder, claims.here)}, though it is gone"
    hint = f"take that entry out and apply, so that it is forgotten; or {claims.leaving(want)}"
    return Problem(message, want.source, want.address, hint)


def unadoptable(want: Resource, have: Observed | None, claims: Claims, lineage: str) -> Problem | None:
    """Why the object that an entry wants to take over cannot be."""
    asked = want.options.adopt or ""
    hint = ""
    if want.identity and want.identity.casefold() != asked.casefold():
        message = f"the entry names {want.identity}, and cannot take over {asked}"
    elif have is None:
        message = f"{asked} does not exist in {want.place.name}, so it cannot be taken over"
        form = "|".join(str(path[-1]) for path in claims.types[want.type].identity)
        hint = f"its identity is {form}, or one of these; " if form else ""
        hint += "look whether that is its id, to the letter, and whether it is in this account and region"
    elif claim := claims.of(want, have.identity):
        message, hint = f"{asked} belongs to {claim[0]} already", claim[1]
    elif have.owner and have.owner.lineage != lineage:
        marks = " and ".join(f"{key}={value}" for key, value in have.owner.tags().items())
        message = f"{asked} belongs to another project: it is marked {marks}"
        hint = "let that project forget it first; if there is none any more, take these tags off"
    else:
        return None
    return Problem(message, want.source, want.address, hint)


def hiding(_: Value) -> Value:
    """Of no secret is known what it would be found as."""
    return HIDDEN


def differing(
    kind: ResourceType, want: Resource, have: Observed, sealed: Callable[[Value], Value] = hiding
) -> tuple[Diff, list[Path]]:
    """What differs of an object that is taken over, of what can be compared, and where a secret cannot be. sealed: a wanted
    value as it would be found."""
    edits, unknown = [], []
    for edit in diff(kind, want, None, have).edits:
        secret = next(secrets(edit.after), None) is not None
        wanted = sealed(edit.after) if secret else edit.after
        if secret and (kind.is_write_only(edit.path) or HIDDEN in (*hidden_in(wanted), *hidden_in(edit.before))):
            unknown.append(edit.path)
        elif not (kind.is_write_only(edit.path) or (secret and same(kind, edit.path, wanted, edit.before))):
            edits.append(edit)
    return Diff(tuple(edits)), unknown


def takes_another(want: Resource, row: LedgerRow, snapshot: Snapshot, claims: Claims) -> Problem | None:
    """What speaks against an entry that has an object and asks for another one, which exists and is nobody's. What it once
    took over may have been replaced since."""
    asked = want.options.adopt
    if not asked or asked == row.identity or claims.of(want, asked):
        return None
    if ObjectKey(want.place.name, want.type, asked) not in snapshot.found:
        return None
    message = f"{want.address} is {row.identity} already, and cannot take over {asked}"
    return Problem(message, want.source, want.address, "make a new entry for it, or take `adopt` away")


def occupied(want: Resource, have: Observed, claims: Claims, lineage: str) -> Problem:
    """That the name of a new object is in use, by whom, and what to do about it."""
    ours = have.owner and have.owner.lineage == lineage
    whose = "it carries this project's mark but stands in no ledger of it" if ours else "it is not managed by orch"
    hint = f"{_way_to(want, have, claims.types[want.type])}; else {claims.leaving(want)}"
    if have.owner and not ours:
        whose = f"it carries the mark of another project (lineage {have.owner.lineage})"
        hint = f"{claims.leaving(want)}; if it is yours and this project's state was lost: orch state rebuild BLUEPRINT"
    if claim := claims.of(want, have.identity):
        whose, hint = f"it is {claim[0]}", claim[1]
    return Problem(f"{have.identity} already exists; {whose}", want.source, want.address, hint)


def _way_to(want: Resource, have: Observed, kind: ResourceType) -> str:
    """How an entry comes to an object that exists. ``orch adopt`` takes over none that refers to what is not there."""
    waiting = dict(references(want.body))
    for path in (effect.path for effect in kind.effects if effect.kind is EffectKind.REPLACE):
        if reference := waiting.get(path):
            other = f"let {reference.address}, to which the entry refers for that, take that over first (`adopt` in its entry)"
            return f"its {path_text(path)} is {get(have.body, path)}: {other}, then this one"
    here = f"`adopt: {have.identity}` in the entry"
    command = "" if waiting or list(references(want.within)) else f"orch adopt BLUEPRINT --address {want.address}, or "
    return f"to take it over: {command}{here}"
