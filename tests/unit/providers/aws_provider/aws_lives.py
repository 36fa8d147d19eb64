"""Lives of single objects at the sandbox with all their waits, for tests of what a type's table says."""

from __future__ import annotations

from typing import Any

from aws_rig import TOKEN, Aws

from provisioner.model.change import Diff
from provisioner.model.resource import Observed, Resource
from provisioner.model.value import Map
from provisioner.protocols.provider import Done, Pending


def finished(
    aws: Aws, result: Done | Pending, want: Resource, have: Observed | None = None, diff: Diff | None = None
) -> Done:
    """A verb to its end, waits too: the sandbox's objects are there at once."""
    while isinstance(result, Pending):
        result = aws.provider.advance(result, have, want, diff or Diff(), TOKEN)
    return result


def made(aws: Aws, kind: str, body: dict[str, Any]) -> tuple[Resource, Observed]:
    """What was wanted, and what is there."""
    want = aws.want(kind, body)
    return want, aws.one(kind, finished(aws, aws.provider.create(want, TOKEN), want).identity)


def changed(aws: Aws, have: Observed, want: Resource, applied: Map) -> Observed:
    """What is there after an update, which left nothing to do."""
    diff = aws.diff(want, have, applied)
    finished(aws, aws.provider.update(have, want, diff, TOKEN), want, have, diff)
    after = aws.one(have.type, have.identity)
    assert not aws.diff(want, after, want.body)
    return after
