"""Which paths of which objects hold secrets, and what was found without them: no plan, journal or ledger may keep one.

A path counts where the wanted body, or the body last applied, has a secret. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Step
from provisioner.model.resource import Resource
from provisioner.model.secret import hide, secret_paths
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import Path
from provisioner.planner.moves import Renaming

Secrecy = Mapping[ObjectKey, tuple[Path, ...]]
"""The secret paths of objects; those without any are not in it."""


def of_wants(wants: Iterable[Resource], rows: Iterable[LedgerRow]) -> Secrecy:
    """Of the objects that a plan is made for: those of the ledger, and those that an entry names or adopts."""
    wants = tuple(wants)
    by_address = Renaming(wants, {row.address: row for row in rows}).rows
    out = _of_ledger(by_address.values())
    for want in wants:
        paths = secret_paths(want.body)
        row = by_address.get(want.address)
        for identity in (row.identity if row else None, want.identity, want.options.adopt):
            if paths and identity:
                _add(out, ObjectKey(want.place.name, want.type, identity), paths)
    return out


def of_rows(rows: Iterable[LedgerRow], steps: Iterable[Step]) -> Secrecy:
    """Of the objects that a plan touches or reads: by their rows now and when it was made, for a run may have forgotten some."""
    steps = tuple(steps)
    out = _of_ledger(rows)
    for key, paths in _of_ledger(step.row for step in steps if step.row).items():
        _add(out, key, paths)
    for step in steps:
        identity = step.have.identity if step.have else step.want.identity if step.want else None
        if step.want and identity and (paths := secret_paths(step.want.body)):
            _add(out, ObjectKey(step.place.name, step.type, identity), paths)
    return out


def hidden(snapshot: Snapshot, secrecy: Secrecy) -> Snapshot:
    """The snapshot with ``HIDDEN`` at every secret path."""
    found = dict(snapshot.found)
    for key in secrecy.keys() & found.keys():
        found[key] = replace(found[key], body=hide(found[key].body, secrecy[key]))
    return replace(snapshot, found=MappingProxyType(found)) if secrecy else snapshot


def _of_ledger(rows: Iterable[LedgerRow]) -> dict[ObjectKey, tuple[Path, ...]]:
    return {
        ObjectKey(row.place.name, row.type, row.identity): row.redacted for row in rows if row.identity and row.redacted
    }


def _add(out: dict[ObjectKey, tuple[Path, ...]], key: ObjectKey, paths: tuple[Path, ...]) -> None:
    out[key] = tuple(dict.fromkeys((*out.get(key, ()), *paths)))
