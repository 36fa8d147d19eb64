"""What an object that is made again is given beyond what was wanted: what the cloud had chosen, and a create can ask for. Pure.

It must not know any type: which properties only a creation sets, and which the cloud gives to nobody twice, is the type's data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provisioner.model.change import Diff, Edit, Reason
from provisioner.model.resource_type import EffectKind, ResourceType
from provisioner.model.value import ABSENT, EMPTY, PLAIN, Map, Path, Value, get, matches, put
from provisioner.planner.diff import holds


def chosen(kind: ResourceType, wanted: Map, found: Map) -> Diff:
    """What was found at properties that only a creation sets, and that nobody had asked for: its zone, its private address.
    The edits go with the create and are not recorded as wanted."""
    edits: list[Edit] = []
    body = wanted
    for path in _only_at_creation(kind):
        value = get(found, path)
        if not _plain(value) or value == _default(kind, path) or get(wanted, path) is not ABSENT:
            continue
        beside = get(body, path[:-1]) if len(path) > 1 else body
        if isinstance(beside, Mapping) and not _assigned(kind, path, found, body) and _may_stand(kind, path, body):
            body = put(body, path, value)
            edits.append(Edit(path, ABSENT, value, Reason.UNDO))
    return Diff(tuple(edits))


def _only_at_creation(kind: ResourceType) -> Iterator[Path]:
    paths = dict.fromkeys(effect.path for effect in kind.effects if effect.kind is EffectKind.REPLACE and effect.path)
    return (path for path in paths if "*" not in path and not kind.is_read_only(path) and not kind.is_write_only(path))


def _plain(value: Value) -> bool:
    items = value if isinstance(value, tuple) else (value,)
    return value not in ((), "") and all(type(item) in PLAIN and item is not None for item in items)


def _default(kind: ResourceType, path: Path) -> Value:
    return next((value for pattern, value in kind.defaults if matches(pattern, path)), ABSENT)


def _assigned(kind: ResourceType, path: Path, found: Map, wanted: Map) -> bool:
    return any(each == path and all(holds(one, found, wanted) for one in when) for each, when in kind.assigned)


def _may_stand(kind: ResourceType, path: Path, body: Map) -> bool:
    """Whether the schema lets a property stand beside those that are there."""
    name = str(path[0])
    rules = [kind.schema, *kind.schema.get("allOf", ())]
    barred = {
        key
        for rule in rules
        for present, then in rule.get("dependentSchemas", EMPTY).items()
        if present in body or present == name
        for key, schema in then.get("properties", EMPTY).items()
        if schema is False
    }
    needed = {key for rule in rules for key in rule.get("dependentRequired", EMPTY).get(name, ())}
    return not barred & {name, *body} and needed <= body.keys()
