"""A value in the words of a former one, as far as it says the same: so that only what has changed looks changed.

A cloud gives one answer in many forms (letters' case, order, spelling), and an output would have another value each time. Pure;
it must not make anything the same that the type's data does not call so, but for letters' case and order of what the cloud
alone sets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from provisioner.model.resource_type import ResourceType, Sameness
from provisioner.model.secret import is_hidden
from provisioner.model.value import Map, Path, Value, thaw
from provisioner.planner.equality import same

_SETS = (Sameness.UNORDERED, Sameness.KEYED, Sameness.SET)


def worded(kind: ResourceType, was: Value, now: Value, path: Path = ()) -> Value:
    """``now`` as ``was`` would have said it."""
    if was is now or (type(was) is type(now) and was == now):
        return was
    if is_hidden(was) or is_hidden(now):
        return now
    rule = kind.equality(path) if path else None
    if isinstance(was, Mapping) and isinstance(now, Mapping) and not (rule and rule.sameness is Sameness.JSON):
        return Map(
            {key: worded(kind, was[key], item, (*path, key)) if key in was else item for key, item in now.items()}
        )
    if isinstance(was, tuple) and isinstance(now, tuple):
        return _list(kind, was, now, path)
    if rule:
        return was if same(kind, path, was, now) and same(kind, path, now, was) else now
    return was if kind.is_read_only(path) and _loose(was) == _loose(now) else now


def _list(kind: ResourceType, was: tuple[Value, ...], now: tuple[Value, ...], path: Path) -> Value:
    """A list in the former order, where order tells nothing; what is new stands behind."""
    rule, closed = kind.equality(path), kind.is_read_only(path)
    if not closed and not (rule and rule.sameness in _SETS):
        paired = zip(was, now, strict=False) if len(was) == len(now) else ()
        return tuple([worded(kind, one, other, (*path, n)) for n, (one, other) in enumerate(paired)]) or now
    left = list(now)
    out: list[Value] = []
    for one in was:
        for index, other in enumerate(left):
            if _one_thing(kind, one, other, path, rule.key if rule else ""):
                out.append(worded(kind, one, left.pop(index), (*path, 0)))
                break
    return (*out, *left)


def _one_thing(kind: ResourceType, one: Value, other: Value, path: Path, key: str) -> bool:
    """Whether two items of a list are one, whatever has changed about it."""
    if kind.is_read_only(path):
        return _loose(one) == _loose(other)
    if key and isinstance(one, Mapping) and isinstance(other, Mapping):
        return str(one.get(key)).casefold() == str(other.get(key)).casefold()
    return same(kind, (*path, 0), one, other) and same(kind, (*path, 0), other, one)


def _loose(value: Value) -> str:
    """A value's text without letters' case and the order of its lists."""
    return json.dumps(_folded(thaw(value)), sort_keys=True, default=str).casefold()


def _folded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _folded(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((_folded(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True, default=str))
    return value.casefold() if isinstance(value, str) else value
