"""What AWS is sure to refuse in tags, of whichever service: "Tag naming limits and requirements", AWS General Reference.

Pure functions. Which characters a service takes is its own affair, so it is not judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from providers.aws.kinds import TAG_KEY, Kind
from providers.kit import refusals
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.value import Path, Value, get

_LONGEST_KEY, _LONGEST_VALUE = 128, 256
_MOST = 48  # AWS takes 50, and the owner's two are among them


def refused(want: Resource, kind: Kind) -> Iterator[Problem]:
    """What is wrong with an entry's tags and with its place's."""
    field = kind.type.tags
    if field is not None:
        yield from refusals.tags(want, dict(_own(get(want.body, field.path), field.path)), _judge, _MOST)


def _own(tags: Value, path: Path) -> Iterator[tuple[str, tuple[Path, Value]]]:
    """By key, where each stands and its value; in either shape."""
    if isinstance(tags, Mapping):
        yield from ((key, ((*path, key), value)) for key, value in tags.items())
        return
    for index, item in enumerate(refusals.known_list(tags)):
        if isinstance(item, Mapping) and isinstance(item.get(TAG_KEY), str):
            yield item[TAG_KEY], ((*path, index), item.get("Value"))


def _judge(key: str, value: Value) -> tuple[str, str] | None:
    if key.lower().startswith("aws:"):
        return "begins with aws:, which AWS keeps for itself", "choose another key"
    if not 0 < len(key) <= _LONGEST_KEY:
        return f"has a key of {len(key)} characters", f"the key of an AWS tag has 1 to {_LONGEST_KEY}"
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        return f"has a value of {len(value)} characters", f"the value of an AWS tag has at most {_LONGEST_VALUE}"
    return None
