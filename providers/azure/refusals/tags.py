"""Tags that ARM refuses: "Use tags to organize your Azure resources", limitations. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from providers.kit import refusals
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.value import Value

_KEY = re.compile(r"[^<>%&\\?/]{1,512}")
_LONGEST = 256
_MOST = 48  # ARM takes 50, and the owner's two are among them


def refused(want: Resource) -> Iterator[Problem]:
    """What is wrong with an entry's tags and with its place's."""
    tags = want.body.get("tags")
    own = {key: (("tags", key), value) for key, value in tags.items()} if isinstance(tags, Mapping) else {}
    yield from refusals.tags(want, own, _judge, _MOST)


def _judge(key: str, value: Value) -> tuple[str, str] | None:
    if not _KEY.fullmatch(key):
        return "has a name that Azure refuses", "1 to 512 characters, none of <>%&\\?/"
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"has a value of {len(value)} characters", f"Azure takes {_LONGEST}"
    return None
