"""An object as it is answered, alone and in lists. Must not decide anything or change state."""

from __future__ import annotations

from typing import Any

from providers.gcp.sandbox.rules import rules_of
from providers.gcp.sandbox.state import Phase, Record, State


def present(record: Record, state: State) -> dict[str, Any]:
    """An object as a read answers it."""
    body = dict(record.body)
    if statuses := record.kind.statuses:
        name, early, settled = statuses
        body[name] = early if record.phase is Phase.CREATING else body.get(name, settled)
    return {**body, **rules_of(record.kind.cloud["schema_id"]).view(record, state)}
