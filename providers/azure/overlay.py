"""What a PUT must send to change just what was reviewed: the object as it is now, with the reviewed edits laid over it.

Pure functions. It must not take anything away that the review has not seen: what was added to the object since then
(a subnet, a rule, a tag) stays, and an edited value that has changed since is a ``Changed``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from provisioner.model.change import Diff, Edit
from provisioner.model.described import described
from provisioner.model.resource_type import ResourceType, Sameness
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Value, get, is_known, path_text, put, thaw


class Changed(Exception):
    """A value that is to be edited is no longer what the review saw."""

    def __init__(self, path: Path) -> None:
        super().__init__(path_text(path))
        self.path = path


def writable(kind: ResourceType, body: Value, path: Path = ()) -> Value:
    """The body without what only the cloud sets, at any depth."""
    if isinstance(body, Mapping):
        kept = {key: item for key, item in body.items() if not kind.is_read_only((*path, key))}
        if not path:
            kept = {key: item for key, item in kept.items() if key in kind.body_keys}
        return Map({key: writable(kind, item, (*path, key)) for key, item in kept.items()})
    if isinstance(body, tuple):
        return tuple([writable(kind, item, (*path, index)) for index, item in enumerate(body)])
    return body


def overlaid(kind: ResourceType, have: Map, want: Map, fresh: Map, diff: Diff) -> Map:
    """The writable body to send. have: as reviewed · fresh: as it is now. ``Changed`` where an edit's ground has moved."""
    have, want, fresh = writable(kind, have), writable(kind, want), writable(kind, described(kind, (), fresh, want))
    for edit in diff.edits:
        wanted = _after(edit, want)
        made = _merged(kind, edit.path, get(have, edit.path), wanted, get(fresh, edit.path))
        fresh = put(fresh, edit.path, made)
    return fresh


def settled(kind: ResourceType, want: Map, fresh: Map, diff: Diff) -> bool:
    """Whether all edits already stand, so that nothing needs to be sent."""
    want, fresh = writable(kind, want), writable(kind, fresh)
    return all(_stands(kind, edit.path, _after(edit, want), get(fresh, edit.path)) for edit in diff.edits)


def _after(edit: Edit, want: Map) -> Value:
    """The value to reach: what is wanted, or, where nothing is wanted any more, the default that the diff names."""
    wanted = get(want, edit.path)
    if wanted is not ABSENT:
        return wanted
    return edit.after if is_known(edit.after) else ABSENT


def _merged(kind: ResourceType, path: Path, have: Value, want: Value, fresh: Value) -> Value:
    if _stands(kind, path, want, fresh):
        return fresh
    rule = kind.equality(path)
    if rule and rule.sameness is Sameness.KEYED and isinstance(fresh, tuple):
        return _merged_list(kind, path, rule.key, _items(have), _items(want), fresh)
    if isinstance(want, Mapping) and isinstance(fresh, Mapping):
        was = have if isinstance(have, Mapping) else EMPTY
        for key, item in want.items():
            here = (*path, key)
            fresh = put(fresh, (key,), _merged(kind, here, was.get(key, ABSENT), item, fresh.get(key, ABSENT)))
        return fresh
    if _loose(fresh) != _loose(have):
        raise Changed(path)
    return want


def _merged_list(kind: ResourceType, path: Path, key: str, have: Value, want: Value, fresh: Value) -> tuple[Value, ...]:
    """Items told apart by a field: what the review saw and does not want goes, what it did not see stays."""
    were, wanted = _by(key, have), _by(key, want)
    out: list[Value] = []
    for name, item in _by(key, fresh).items():
        if name in wanted:
            out.append(_merged_item(kind, (*path, name), were.get(name, ABSENT), wanted.pop(name), item))
        elif name not in were:
            out.append(item)
        elif _loose(item) != _loose(were[name]):
            raise Changed((*path, name))
    return (*out, *wanted.values())


def _merged_item(kind: ResourceType, path: Path, have: Value, want: Value, fresh: Value) -> Value:
    if _stands(kind, path, want, fresh):
        return fresh
    if _loose(fresh) != _loose(have):
        raise Changed(path)
    return _over(fresh, want)


def _over(fresh: Value, want: Value) -> Value:
    """The wanted fields over those that stand. Of ``addressPrefix`` and ``addressPrefixes`` one goes with the other's coming:
    ARM takes only one of the two."""
    if not isinstance(fresh, Mapping) or not isinstance(want, Mapping):
        return want
    gone = {other for key in want for other in (f"{key}s", f"{key}es", key[:-1], key[:-2]) if other not in want}
    kept = {key: item for key, item in fresh.items() if key not in gone}
    return Map({**kept, **{key: _over(kept.get(key), item) for key, item in want.items()}})


def _stands(kind: ResourceType, path: Path, want: Value, fresh: Value) -> bool:
    """Whether the wanted value already stands, fields that it does not name aside."""
    if want is ABSENT or fresh is ABSENT:
        return want is fresh or (want in (None, ()) and fresh is ABSENT)
    if isinstance(want, Mapping) and isinstance(fresh, Mapping):
        return all(_stands(kind, (*path, key), item, fresh.get(key, ABSENT)) for key, item in want.items())
    rule = kind.equality(path)
    if isinstance(want, tuple) and isinstance(fresh, tuple):
        if rule and rule.sameness in (Sameness.UNORDERED, Sameness.KEYED):
            order = _name_of(rule.key) if rule.key else _loose
            want, fresh = tuple(sorted(want, key=order)), tuple(sorted(fresh, key=order))
        return len(want) == len(fresh) and all(
            _stands(kind, (*path, index), item, other)
            for index, (item, other) in enumerate(zip(want, fresh, strict=True))
        )
    if rule and rule.sameness in (Sameness.CASE, Sameness.LOCATION):
        return _loose(want) == _loose(fresh)
    return bool(want == fresh) and isinstance(want, bool) == isinstance(fresh, bool)


def _loose(value: Value) -> str:
    """A value's text with letters' case and the order of lists taken out: what ARM changes from one answer to the next."""
    return "" if value is ABSENT else json.dumps(_folded(thaw(value)), sort_keys=True)


def _folded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _folded(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((_folded(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value.casefold() if isinstance(value, str) else value


def _items(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else ()


def _by(key: str, items: tuple[Value, ...]) -> dict[str, Value]:
    return {_name_of(key)(item): item for item in items}


def _name_of(key: str) -> Callable[[Value], str]:
    return lambda item: str(item.get(key, "")).casefold() if isinstance(item, Mapping) else _loose(item)
