"""How all of EC2 tags: in the creating call, later by two calls that take an object's id. Words for its tables, no table."""

from __future__ import annotations

from providers.aws.table import Call
from providers.aws.terms import Frame, Term
from providers.kit import tags as tagging
from provisioner.model.value import ABSENT, Map, Value, freeze


def in_create(kind: str) -> dict[str, Term]:
    """The parameter of a creating call; ``kind`` as ``TagSpecification.ResourceType`` wants it."""

    def specification(frame: Frame) -> Value:
        return freeze([{"ResourceType": kind, "Tags": tagging.as_list(frame.tags)}]) if frame.tags else ABSENT

    return {"TagSpecifications": specification}


def calls(part: str) -> tuple[Call, ...]:
    """The calls that bring tags to what is wanted, on the object that this part of the identity names."""

    def resource(frame: Frame) -> Value:
        return (frame.identity[part],)

    return (
        Call("CreateTags", {"Resources": resource, "Tags": _put}, when=lambda frame: bool(_put(frame))),
        Call("DeleteTags", {"Resources": resource, "Tags": _dropped}, when=lambda frame: bool(_dropped(frame))),
    )


def _put(frame: Frame) -> Value:
    changed = {key: value for key, value in frame.tags.items() if frame.old_tags.get(key) != value}
    return freeze(tagging.as_list(changed))


def _dropped(frame: Frame) -> Value:
    return tuple(Map(Key=key) for key in sorted(frame.old_tags) if key not in frame.tags)
