"""Resources against the clouds' own schemas, offline; what is known only after apply fits anywhere.

Must not ask a cloud, and must not know which cloud a type belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.blueprint.words import Complaint, complaints
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import OPAQUE, Interpolation, Map, Path, Value, get, path_text, thaw

_WHOLE = frozenset({"anyOf", "oneOf", "not", "contains", "uniqueItems", "enum", "const", "if", "then", "else"})
"""Keywords that judge a container by what is in it: no verdict while something in it is unknown."""


@dataclass(frozen=True, slots=True)
class _Judge:
    """A compiled schema. told: the schema, in plain data, for words about it."""

    validator: Any
    told: Any

    def errors(self, value: Value) -> Iterator[Any]:
        """What is wrong with a value; nothing about what is not known yet."""
        return known_errors(self.validator, value)


class Validators:
    """Compiled schemas, one per type, for one load."""

    def __init__(self) -> None:
        self._compiled: dict[str, tuple[_Judge, _Judge | None, Mapping[str, Any]]] = {}

    def problems(self, resource: Resource, kind: ResourceType) -> Iterator[Problem]:
        """Everything that the type's schema says against a resource, each at its line."""
        body, place, read_only = self._of(kind)
        hidden: set[Path] = set()
        if read_only:
            for path in _set_by_hand(resource.body, read_only):
                hidden.add(path)
                yield _read_only(resource, kind, path)
        told: set[tuple[Path, object]] = set()  # some schemas say the same thing twice
        for error in body.errors(resource.body):
            for complaint in complaints(error, body.told, lambda path: not kind.is_read_only(path)):
                said = _said(complaint)
                if said not in told and complaint.path not in hidden and not _place_says(complaint, resource, kind):
                    told.add(said)
                    yield _problem(resource, kind, complaint)
        for error in place.errors(resource.within) if place else ():
            for complaint in complaints(error, None):
                yield _problem(resource, kind, complaint)

    def _of(self, kind: ResourceType) -> tuple[_Judge, _Judge | None, Mapping[str, Any]]:
        if kind.name not in self._compiled:
            place = _judge(kind.place_schema) if kind.place_schema else None
            self._compiled[kind.name] = _judge(kind.schema), place, _tree(kind.read_only)
        return self._compiled[kind.name]


def _said(complaint: Complaint) -> tuple[Path, object]:
    """What a complaint is about: of two keys that exclude each other each says so."""
    if complaint.beside:
        return complaint.path[:-1], frozenset((complaint.path[-1], complaint.beside))
    return complaint.path, complaint.text


def known_errors(validator: Any, value: Value) -> Iterator[Any]:
    """The errors of a validator of ``jsonschema_rs`` that hold whatever the unknown parts of a value will be."""
    unknown: list[Path] = []
    body = _known(value, (), unknown)
    if validator.is_valid(body):
        return
    for error in validator.iter_errors(body):
        at: Path = tuple(error.instance_path)
        if any(at[: len(path)] == path for path in unknown):
            if error.kind.name == "type" and isinstance(get(value, at), Interpolation):
                yield error  # whatever is in it, it is text
            continue
        if error.kind.name in _WHOLE and any(path[: len(at)] == at for path in unknown):
            continue
        yield error


def _judge(schema: Map) -> _Judge:
    import jsonschema_rs

    told = thaw(schema)
    try:
        return _Judge(jsonschema_rs.Draft202012Validator(told), told)
    except ValueError:  # a published pattern that this version of the validator cannot read: it says nothing then
        told = _without_patterns(told)
        return _Judge(jsonschema_rs.Draft202012Validator(told), told)


def _without_patterns(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_patterns(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _without_patterns(item) for key, item in schema.items()}
    if isinstance(out.get("pattern"), str) and not _compiles({"pattern": out["pattern"]}):
        del out["pattern"]
    if isinstance(named := out.get("patternProperties"), dict):
        out["patternProperties"] = {
            pattern if _compiles({"patternProperties": {pattern: {}}}) else ".*": item
            for pattern, item in named.items()
        }
    return out


def _compiles(schema: Any) -> bool:
    import jsonschema_rs

    try:
        jsonschema_rs.Draft202012Validator(schema)
    except ValueError:
        return False
    return True


def _problem(resource: Resource, kind: ResourceType, complaint: Complaint) -> Problem:
    path, hint = complaint.path, complaint.hint
    message = f"{resource.address}: {path_text(path) or 'the resource'} {complaint.text}"
    if "known property" in complaint.text:
        message += f" of {kind.name}"
        if path[-1] in kind.place_keys:
            hint = f"write {path[-1]} beside properties"
    elif complaint.text == "is missing" and not hint:
        hint = f"orch schema {kind.name} describes it"
    return Problem(message, resource.line_of(path), resource.address, hint)


def _place_says(complaint: Complaint, resource: Resource, kind: ResourceType) -> bool:
    """An envelope's location may be left to the place, whose provider fills it in."""
    missing = complaint.text == "is missing" and complaint.path == ("location",)
    return missing and "location" in kind.body_keys and bool(resource.place.region)


def _read_only(resource: Resource, kind: ResourceType, path: Path) -> Problem:
    hint = f'leave it out; others read it as {{{{ ref("{resource.address}"){path_text(path, leading_dot=True)} }}}}'
    if path[0] in kind.place_keys:
        hint = f"write {path[0]} beside properties"
    message = f"{resource.address}: {path_text(path)} is set by the cloud, never by hand"
    return Problem(message, resource.line_of(path), resource.address, hint)


def _known(value: Value, path: Path, unknown: list[Path]) -> Any:
    """Plain data for the validator; what is unknown is noted and stands as a text."""
    if isinstance(value, dict):
        return {key: _known(item, (*path, key), unknown) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_known(item, (*path, index), unknown) for index, item in enumerate(value)]
    if isinstance(value, OPAQUE):
        unknown.append(path)
        return str(value) if isinstance(value, Interpolation) else f"\0{len(unknown)}"
    return value


def _tree(paths: tuple[Path, ...]) -> Mapping[str, Any]:
    """Paths as nested maps, so that only branches that exist are walked; ``None`` marks an end."""
    root: dict[Any, Any] = {}
    for path in paths:
        node = root
        for part in path:
            node = node.setdefault(part, {})
        node[None] = True
    return root


def _set_by_hand(value: Value, tree: Mapping[Any, Any], path: Path = ()) -> Iterator[Path]:
    if None in tree:
        yield path
        return
    if isinstance(value, Mapping):
        for key in value.keys() & tree.keys():
            yield from _set_by_hand(value[key], tree[key], (*path, key))
        if "*" in tree:
            for key, item in value.items():
                yield from _set_by_hand(item, tree["*"], (*path, key))
    elif isinstance(value, tuple) and "*" in tree:
        for index, item in enumerate(value):
            yield from _set_by_hand(item, tree["*"], (*path, index))
