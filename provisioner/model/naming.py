"""Names that must be stable and unique: owner uids, tokens. Pure functions; randomness is passed in."""

from __future__ import annotations

import base64
import uuid

_NAMESPACE = uuid.UUID("3fd1f33f-d5f5-459b-892b-f77cd3f90a21")


def base32(data: bytes) -> str:
    """Lower-case base32 without padding: legal in every cloud's tags and labels."""
    return base64.b32encode(data).decode().rstrip("=").lower()


def step_token(run: str, step: str, attempt: int) -> str:
    """The idempotency token of one attempt at one step: a UUID, the same whenever it is computed again."""
    return str(uuid.uuid5(_NAMESPACE, f"{run}/{step}/{attempt}"))


def call_token(token: str, call: str) -> str:
    """The token of one call inside a verb (ClientToken, requestId), derived from the step's."""
    return str(uuid.uuid5(uuid.UUID(token), call))
