"""What of which objects is secret, and what was found without it: no plan, journal or ledger may keep any.

A path counts where the wanted body, or the body last applied, has a secret, and where one was hidden when it was last read. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Step
from provisioner.model.resource import Observed, Resource
from provisioner.model.secret import Veil, is_hidden, secret_paths, secrets
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import EMPTY, Map
from provisioner.planner.moves import Renaming
from provisioner.planner.whose import Held, key_of

Secrecy = Mapping[ObjectKey, Veil]
"""By object, of all that a stack owns or wants."""

Cover = Callable[[Map, Veil, str], Map]
"""A body without what its veil says, and without any known secret elsewhere; the third is the object's identity."""


_NOTHING = Veil()


def of_wants(wants: Iterable[Resource], rows: Iterable[LedgerRow]) -> Secrecy:
    """Of the objects that a plan is made for: those of the ledger, and those that an entry names or adopts."""
    wants = tuple(wants)
    by_address = Renaming(wants, {row.address: row for row in rows}).rows
    out = _of_ledger(by_address.values())
    for want in wants:
        row = by_address.get(want.address)
        for identity in dict.fromkeys((row.identity if row else None, want.identity, want.options.adopt)):
            if identity:
                _add(out, ObjectKey(want.place.name, want.type, identity), of_body(want.body))
    return out


def of_rows(rows: Iterable[LedgerRow], steps: Iterable[Step]) -> Secrecy:
    """Of the objects that a plan touches or reads: by their rows now and when it was made, for a run may have forgotten some."""
    steps = tuple(steps)
    out = _of_ledger(rows)
    for key, veil in _of_ledger(step.row for step in steps if step.row).items():
        _add(out, key, veil)
    for step in steps:
        identity = step.have.identity if step.have else step.want.identity if step.want else None
        if step.want and identity:
            _add(out, ObjectKey(step.place.name, step.type, identity), of_body(step.want.body))
    return out


def of_body(body: Map) -> Veil:
    """What is secret by a wanted body."""
    return Veil(secret_paths(body), (body,))


def of_row(row: LedgerRow) -> Veil:
    """What is secret by the ledger: as applied, and as it was hidden in what was read then."""
    found = tuple(path for path, secret in secrets(row.baseline or EMPTY) if is_hidden(secret))
    if not found:
        return Veil(row.redacted, (row.applied,))
    return Veil((*row.redacted, *secret_paths(row.baseline)), (row.applied, row.baseline))


def of_held(item: Observed, held: Held) -> Veil:
    """What of an object is secret by the ledgers of all stacks."""
    veil = _NOTHING
    for row in held.get(key_of(item.place.account, item.type, item.identity), ()):
        veil |= of_row(row)
    return veil


def hidden(snapshot: Snapshot, secrecy: Secrecy, cover: Cover) -> Snapshot:
    """The snapshot without anything secret."""
    found = {}
    for key, item in snapshot.found.items():
        body = cover(item.body, secrecy.get(key, _NOTHING), item.identity)
        found[key] = item if body is item.body else replace(item, body=body)
    return replace(snapshot, found=MappingProxyType(found))


def covered(rows: Iterable[LedgerRow], secrecy: Secrecy, cover: Cover) -> tuple[LedgerRow, ...]:
    """The rows with baselines that can be compared with such a snapshot: what is hidden in one is hidden in the other."""
    out = []
    for row in rows:
        veil = secrecy.get(ObjectKey(row.place.name, row.type, row.identity or ""), _NOTHING)
        baseline = row.baseline if row.baseline is None else cover(row.baseline, veil, row.identity or "")
        out.append(row if baseline is row.baseline else replace(row, baseline=baseline))
    return tuple(out)


def _of_ledger(rows: Iterable[LedgerRow]) -> dict[ObjectKey, Veil]:
    out: dict[ObjectKey, Veil] = {}
    for row in rows:
        if row.identity:
            _add(out, ObjectKey(row.place.name, row.type, row.identity), of_row(row))
    return out


def _add(out: dict[ObjectKey, Veil], key: ObjectKey, veil: Veil) -> None:
    out[key] = out[key] | veil if key in out else veil
