"""Renamed entries: which row goes to which address. Pure; nothing moves unasked."""

from __future__ import annotations

from collections.abc import Iterable

from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.resource import Resource


def renames(wants: Iterable[Resource], rows: Iterable[LedgerRow]) -> dict[str, str]:
    """By former address the one that an entry's ``moved_from`` gives it now."""
    standing = {row.address for row in rows if row.role is Role.CURRENT}
    out: dict[str, str] = {}
    for want in wants:
        for former in want.options.moved_from:
            if former in standing and want.address not in standing:
                standing.remove(former)
                standing.add(want.address)
                out[former] = want.address
    return out
