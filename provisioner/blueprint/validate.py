"""Resources against the clouds' own schemas, offline; what is known only after apply fits anywhere.

Must not ask a cloud, and must not know which cloud a type belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provisioner.blueprint.words import complaints
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import OPAQUE, Path, Value, path_text, thaw

_WHOLE = frozenset({"anyOf", "oneOf", "not", "contains", "uniqueItems", "enum", "const", "if", "then", "else"})
"""Keywords that judge a container by what is in it: no verdict while something in it is unknown."""


class Validators:
    """Compiled validators, one per type, for one load."""

    def __init__(self) -> None:
        self._compiled: dict[str, tuple[Any, Any, Mapping[str, Any]]] = {}

    def problems(self, resource: Resource, kind: ResourceType) -> Iterator[Problem]:
        """Everything that the type's schema says against a resource, each at its line."""
        validator, schema, read_only = self._of(kind)
        hidden: set[Path] = set()
        if read_only:
            for path in _set_by_hand(resource.body, read_only):
                hidden.add(path)
                yield _read_only(resource, kind, path)
        told: set[tuple[Path, str]] = set()  # some schemas say the same thing twice
        for error in known_errors(validator, resource.body):
            for complaint in complaints(error, schema, lambda path: not kind.is_read_only(path)):
                said = complaint.path, complaint.text
                if said in told or complaint.path in hidden or _place_says(*said, resource, kind):
                    continue
                told.add(said)
                subject = path_text(complaint.path) or "the resource"
                hint = complaint.hint
                if complaint.path[-1:] and complaint.path[-1] in kind.place_keys and "not a known" in complaint.text:
                    hint = f"write {complaint.path[-1]} beside properties"
                elif complaint.text == "is missing" and not hint:
                    hint = f"orch schema {kind.name} describes it"
                message = f"{resource.address}: {subject} {complaint.text}"
                if "known property" in complaint.text:
                    message += f" of {kind.name}"
                yield Problem(message, resource.line_of(complaint.path), resource.address, hint)

    def _of(self, kind: ResourceType) -> tuple[Any, Any, Mapping[str, Any]]:
        if kind.name not in self._compiled:
            import jsonschema_rs

            schema = thaw(kind.schema)
            self._compiled[kind.name] = jsonschema_rs.Draft202012Validator(schema), schema, _tree(kind.read_only)
        return self._compiled[kind.name]


def known_errors(validator: Any, value: Value) -> Iterator[Any]:
    """The errors of a validator of ``jsonschema_rs`` that hold whatever the unknown parts of a value will be."""
    unknown: list[Path] = []
    body = _known(value, (), unknown)
    if validator.is_valid(body):
        return
    for error in validator.iter_errors(body):
        at: Path = tuple(error.instance_path)
        if any(at[: len(path)] == path for path in unknown):
            continue
        if error.kind.name in _WHOLE and any(path[: len(at)] == at for path in unknown):
            continue
        yield error


def _place_says(path: Path, text: str, resource: Resource, kind: ResourceType) -> bool:
    """An envelope's location may be left to the place, whose provider fills it in."""
    return (
        text == "is missing" and path == ("location",) and "location" in kind.body_keys and bool(resource.place.region)
    )


def _read_only(resource: Resource, kind: ResourceType, path: Path) -> Problem:
    hint = f'leave it out; others read it as {{{{ ref("{resource.address}"){path_text(path, leading_dot=True)} }}}}'
    if path[0] in kind.place_keys:
        hint = f"write {path[0]} beside properties"
    message = f"{resource.address}: {path_text(path)} is set by the cloud, never by hand"
    return Problem(message, resource.line_of(path), resource.address, hint)


def _known(value: Value, path: Path, unknown: list[Path]) -> Any:
    """Plain data for the validator; what is unknown is noted and stands as a text that no other equals."""
    if isinstance(value, dict):
        return {key: _known(item, (*path, key), unknown) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_known(item, (*path, index), unknown) for index, item in enumerate(value)]
    if isinstance(value, OPAQUE):
        unknown.append(path)
        return f"\0{len(unknown)}"
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
