"""Whose an object is, whether it is still the same one, and whether an entry means another by now. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping

from provisioner.model.ledger import LedgerRow
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.resource_type import Ownership, ResourceType
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, get, references

Key = tuple[str, str, str]
"""Account, type and identity of an object, the identity in lower case: a cloud that minds the case of names has no capitals in
any, or gives ids of its own."""

Held = Mapping[Key, tuple[LedgerRow, ...]]
"""The ledger rows, of all stacks, by the object that they stand for."""


def key_of(account: str, kind: str, identity: str | None) -> Key:
    """The key of an object."""
    return account, kind, (identity or "").casefold()


def holders(rows: Iterable[LedgerRow]) -> Held:
    """Which rows stand for each object; one, unless somebody has tampered with the ledger."""
    out: dict[Key, tuple[LedgerRow, ...]] = {}
    for row in rows:
        if row.identity:
            key = key_of(row.place.account, row.type, row.identity)
            out[key] = (*out.get(key, ()), row)
    return out


def others(held: Held, row: LedgerRow) -> tuple[LedgerRow, ...]:
    """The rows of other entries for the same object."""
    same = held.get(key_of(row.place.account, row.type, row.identity), ())
    return tuple(other for other in same if other.uid != row.uid) if len(same) > 1 else ()


def named(row: LedgerRow, here: tuple[str, str]) -> str:
    """What a row is called; ``here``: the stack and environment that need not be said."""
    away = (row.stack, row.environment) != here
    return f"{row.address} of stack {row.stack} in {row.environment}" if away else row.address


def called(kind: ResourceType, identity: str, asked: str) -> bool:
    """Whether somebody who asks for an object by ``asked`` means this one: by its identity, or by a part of one that has
    several (an address by its allocation id)."""
    parts = identity.split("|") if kind.identity else ()
    return asked.casefold() in {part.casefold() for part in (identity, *parts)}


def letting_go(row: LedgerRow) -> str:
    """The command that lets go of just this object, whatever else stands under its address."""
    identity = f" --identity {shlex.quote(row.identity)}" if row.identity else ""
    return f"orch state forget {row.address} --stack {row.stack} -e {row.environment}{identity}"


def twice(have: Observed, holder: LedgerRow, here: tuple[str, str], want: Resource) -> Problem:
    """That an object stands in the ledger for two entries; each would change or delete it under the other."""
    message = f"{have.identity} stands in the ledger twice: as {want.address} and as {named(holder, here)}"
    hint = "take one of the two entries out of its blueprint and apply: it is then forgotten, and the object stays"
    return Problem(message, want.source, want.address, hint)


def same_birth(kind: ResourceType, row: LedgerRow, have: Observed) -> bool | None:
    """Whether an object was born when that of its row was; None where nothing tells."""
    out = None
    for path in kind.born if row.baseline else ():
        was, now = get(row.baseline, path), have.attribute(path)
        if was is not ABSENT and now is not ABSENT:
            if str(was).casefold() != str(now).casefold():
                return False
            out = True
    return out


def gone(row: LedgerRow, snapshot: Snapshot) -> bool:
    """Whether the object of a row was looked for and is not there."""
    return ObjectKey(row.place.name, row.type, row.identity or "") in snapshot.absent


def foreign(kind: ResourceType, row: LedgerRow, have: Observed, lineage: str) -> bool:
    """Whether an object is another than its row's: it carries another's mark, or was made at another time."""
    others_mark = have.owner is not None and have.owner != Owner(lineage, row.uid, row.generation)
    return others_mark or same_birth(kind, row, have) is False


def another_by_now(row: LedgerRow, have: Observed, want: Resource, here: tuple[str, str]) -> Problem:
    """That another object stands under the name of an entry's own, which only a person can judge."""
    message = f"{have.identity} is another object by now: it was made again, or taken over, by somebody else"
    stack, environment = here
    forget = f"orch state forget {row.address} --stack {stack} -e {environment}"
    hint = f"to take it over: {forget}, then `adopt: {have.identity}` in this entry; else give yours another name"
    return Problem(message, want.source, want.address, hint)


def lost_mark(have: Observed, lineage: str, taken: Collection[str]) -> tuple[str, int] | None:
    """The uid and generation that an object has by our own mark on it, where no ledger row has that uid: it keeps them."""
    owner = have.owner
    return (owner.uid, owner.generation) if owner and owner.lineage == lineage and owner.uid not in taken else None


def bare(kind: ResourceType, row: LedgerRow, have: Observed) -> bool:
    """Whether an object lacks the mark which we have given it, under a name that anybody may give. One whose create has not
    come to its end need not have its mark yet."""
    named = bool(kind.natural_key) and kind.ownership is not Ownership.LEDGER
    return have.owner is None and named and bool(row.applied)


def unmarked(kind: ResourceType, row: LedgerRow, have: Observed, lineage: str, source: Source | None) -> Problem | None:
    """What speaks against deleting, replacing or setting back an object that is ``bare``: it may be somebody else's by now.
    What was born with it proves that it is not."""
    if not bare(kind, row, have) or same_birth(kind, row, have):
        return None
    message = f"{have.identity} carries our mark no longer: it may be another object under the same name"
    tags = ", ".join(f"{key}={value}" for key, value in Owner(lineage, row.uid, row.generation).tags().items())
    return Problem(message, source, row.address, f"if it is still ours, give it its tags back: {tags}")


def in_another(want: Resource, have: Observed) -> bool:
    """Whether the new object will stand in another one than the old does, as far as identities are paths and say so."""
    above = f"{have.parent.casefold()}/"
    inside = bool(have.parent) and have.identity.casefold().startswith(above)
    return inside and want.identity is not None and not want.identity.casefold().startswith(above)


def elsewhere(row: LedgerRow, want: Resource) -> bool:
    """Whether the entry now lives in another account or region than the object."""
    here, there = row.place, want.place
    return (here.cloud, here.account) != (there.cloud, there.account) or (
        here.region != there.region and want.identity is None
    )


def renamed(row: LedgerRow, want: Resource) -> bool:
    """Whether the entry's names now make another identity than its object has."""
    return bool(want.identity and row.identity and want.identity.casefold() != row.identity.casefold())


def means(want: Resource, address: str, have: Observed | None) -> bool:
    """Whether an entry refers to the very object of an address (its id, name or link), not just to a value that it happens to
    have. What ``depends_on`` says is an order, and no reason to lose an object."""
    if have is None or want.place.cloud != have.place.cloud:
        return False
    parts = {have.identity, *have.identity.split("|"), have.identity.rsplit("/", 1)[-1]}
    for source in (want.body, want.within):
        for _, reference in references(source):
            value = have.attribute(reference.path) if reference.address == address else ABSENT
            if isinstance(value, str) and (value in parts or value.endswith(f"/{have.identity}")):
                return True
    return False
