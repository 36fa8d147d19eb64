"""Links of answers in one spelling: Compute writes either of its two hosts, whatever it was asked by. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ROOT, _OTHER = "https://www.googleapis.com/compute/v1/", "https://compute.googleapis.com/compute/v1/"
_FREE_TEXT = frozenset({"annotations", "description", "labels", "metadata"})


def spelled(body: Any, content: bytes) -> Any:
    """An answer with each of its links by the first host. content: the same as it came, which tells at once if none is to be."""
    return _spelled(body) if _OTHER.encode() in content else body


def _spelled(value: Any) -> Any:
    if isinstance(value, str):
        return _ROOT + value.removeprefix(_OTHER) if value.startswith(_OTHER) else value
    if isinstance(value, Mapping):
        return {key: item if key in _FREE_TEXT else _spelled(item) for key, item in value.items()}
    return [_spelled(item) for item in value] if isinstance(value, list) else value
