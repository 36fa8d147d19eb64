"""Reading an object of the stack while a step waits for one of its attributes. Decides nothing about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from provisioner.applier.progress import Phase, Progress, Request
from provisioner.applier.reading import Reading
from provisioner.model.resource import Observed
from provisioner.model.secret import Veil, keep
from provisioner.planner import secrecy
from provisioner.protocols.provider import Ask
from provisioner.scheduler.scheduler import Next


def read(p: Progress, address: str, seen: Callable[[Observed], Next], lacking: Callable[[str], Next]) -> Request:
    """Read what stands at an address anew, so that all of its attributes are known, and hand it over as it may be kept;
    ``lacking(why)`` where it cannot be read, or (without a reason) is not there."""
    target = p.context.live.objects[address]
    provider = p.context.registry.provider(target.place.cloud)
    ask = Ask(target.place, target.type, identities=(target.identity,))

    def taken(reading: Reading) -> Next:
        found = next((item for item in reading.seen if item.identity == target.identity), None)
        row = next((row for row in p.context.rows.values() if row.identity == target.identity), None)
        if not found and not reading.blind:
            request = p.read_all(list(provider.reads(ask)), provider, taken)
            if again := p.overlooked(row, Phase.SAME, request):
                return again
        if reading.blind or found is None:
            return lacking(reading.blind)
        secret = row.redacted if row else ()
        body = p.context.vault.cover(found.body, secrecy.of_row(row) if row else Veil(), found.identity)
        newer = replace(target, body=keep(body, secret, target.body), complete=True)
        p.context.live.objects[address] = newer
        return seen(replace(found, body=body))

    return p.read_all(list(provider.reads(ask)), provider, taken)
