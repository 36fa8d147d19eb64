"""Objects that exist already where an entry wants one: whether it may take them over, and what is wrong if not. Pure.

It must not take anything over that the entry does not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from provisioner.model.ledger import LedgerRow
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed, Resource
from provisioner.model.snapshot import ObjectKey, Snapshot

HeldKey: TypeAlias = tuple[str, str, str]
"""Account, type and identity."""
Held: TypeAlias = Mapping[HeldKey, str]
"""Whose an object is."""


def unadoptable(want: Resource, have: Observed | None, held: Held, lineage: str) -> Problem | None:
    """Why the object that an entry wants to take over cannot be."""
    named = want.options.adopt or ""
    hint = ""
    if want.identity and want.identity.casefold() != named.casefold():
        message = f"the entry names {want.identity}, and cannot take over {named}"
    elif have is None:
        message, hint = f"{named} does not exist, so it cannot be taken over", "remove `adopt` to have it created"
    elif whose := held.get((want.place.account, want.type, have.identity)):
        message = f"{named} belongs to {whose} already"
        hint = "use `moved_from` where it has only changed its name"
    elif have.owner and have.owner.lineage != lineage:
        marks = " and ".join(f"{key}={value}" for key, value in have.owner.tags().items())
        message = f"{named} belongs to another project: it is marked {marks}"
        hint = "let that project forget it first; if there is none any more, take these tags off"
    else:
        return None
    return Problem(message, want.source, want.address, hint)


def takes_another(want: Resource, row: LedgerRow, snapshot: Snapshot, held: Held) -> Problem | None:
    """What speaks against an entry that has an object and asks for another one, which exists and is nobody's. What it once
    took over may have been replaced since."""
    named = want.options.adopt
    if not named or named == row.identity or (want.place.account, want.type, named) in held:
        return None
    if ObjectKey(want.place.name, want.type, named) not in snapshot.found:
        return None
    message = f"{want.address} is {row.identity} already, and cannot take over {named}"
    return Problem(message, want.source, want.address, "make a new entry for it, or take `adopt` away")


def occupied(want: Resource, have: Observed, held: Held, lineage: str) -> Problem:
    """That the name of a new object is in use, by whom, and what to do about it."""
    holder = held.get((want.place.account, want.type, have.identity))
    ours = have.owner and have.owner.lineage == lineage
    whose = "it carries this project's mark but stands in no ledger of it" if ours else "it is not managed by orch"
    hint = f"to take it over: orch adopt, or `adopt: {have.identity}` in the entry; else give yours another name"
    if have.owner and not ours:
        whose = f"it carries the mark of another project (lineage {have.owner.lineage})"
        hint = "give yours another name; if it is yours and this project's state was lost: orch state rebuild"
    if holder:
        whose = f"it is {holder}"
        hint = (
            "if that entry has only changed its name, add `moved_from` with the old one; else give yours another name"
        )
    return Problem(f"{have.identity} already exists; {whose}", want.source, want.address, hint)
