"""How services other than EC2 tag: a parameter of the creating call, and two calls later. Words for their tables, no table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from providers.aws.table import Call
from providers.aws.terms import Frame, Term
from providers.kit import tags as tagging
from provisioner.model.value import ABSENT, Map, Value, freeze

Shape = Callable[[Mapping[str, Value]], Value]


def as_map(tags: Mapping[str, Value]) -> Value:
    """``{key: value}``."""
    return Map(tags)


def as_list(tags: Mapping[str, Value]) -> Value:
    """``[{Key, Value}]``."""
    return freeze(tagging.as_list(tags))


def as_small_list(tags: Mapping[str, Value]) -> Value:
    """``[{key, value}]``."""
    return freeze(tagging.as_list(tags, "key", "value"))


def in_create(parameter: str, shape: Shape = as_list) -> dict[str, Term]:
    """The parameter of a creating call."""
    return {parameter: lambda frame: shape(frame.tags) if frame.tags else ABSENT}


def calls(
    target: Mapping[str, Term], put: str, drop: str, shape: Shape = as_list, keys: Shape | None = None
) -> tuple[Call, ...]:
    """The calls that bring tags to what is wanted. target: parameters that name the object · put, drop: operation and
    parameter (``TagResource:Tags``, ``UntagResource:TagKeys``) · keys: how the latter are written, if not as a list of text."""
    (put_call, tags), (drop_call, names) = put.split(":"), drop.split(":")
    written = keys or (lambda dropped: tuple(sorted(dropped)))
    return (
        Call(put_call, {**target, tags: lambda f: shape(_put(f))}, when=lambda f: bool(_put(f)), label="tag"),
        Call(
            drop_call,
            {**target, names: lambda f: written(_dropped(f))},
            when=lambda f: bool(_dropped(f)),
            label="untag",
        ),
    )


def _put(frame: Frame) -> Mapping[str, Value]:
    return {key: value for key, value in frame.tags.items() if frame.old_tags.get(key) != value}


def _dropped(frame: Frame) -> Mapping[str, Value]:
    return {key: value for key, value in frame.old_tags.items() if key not in frame.tags}
