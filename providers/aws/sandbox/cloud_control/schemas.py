"""What the registry says of a type: which models are right, which properties are only read, written or set once, what identifies.

Reads the archive of published schemas; has nothing to do with moto.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.aws.sandbox.errors import RefusedError
from providers.aws.schema import archive

Path = tuple[str, ...]
_NOTHING = object()


@dataclass(frozen=True)
class Schema:
    """A type's schema. identifier, others: the properties that identify a resource, and what may do so beside them."""

    type: str
    entry: Mapping[str, Any]

    @property
    def identifier(self) -> list[str]:
        return ["/".join(path) for path in self.entry["cloud"]["identifier"]]

    @property
    def others(self) -> list[list[str]]:
        return [["/".join(path) for path in one] for one in self.entry["cloud"]["additional_identifiers"]]

    @property
    def read_only(self) -> list[Path]:
        return _paths(self.entry.get("read_only", ()))

    @property
    def service(self) -> str:
        """The type name's second part in lower case."""
        return self.type.split("::")[1].lower()

    def allow(self, action: str) -> None:
        """``RefusedError`` where the type has no handler for an action."""
        if action not in self.entry["cloud"]["handlers"]:
            words = f"Resource type {self.type} does not support {action.upper()} action"
            raise RefusedError("UnsupportedActionException", words)

    def check(self, model: Any) -> None:
        """``RefusedError`` for a model that its schema refuses: Cloud Control judges it before anything begins."""
        errors = list(_validator(self.type).iter_errors(model))
        if wrong := [f"#{''.join(f'/{part}' for part in error.instance_path)}: {error.message}" for error in errors]:
            raise RefusedError("ValidationException", f"Model validation failed ({'; '.join(wrong)})")

    def check_created(self, model: Mapping[str, Any]) -> None:
        """``RefusedError`` where a desired state sets what is only read."""
        self.check(model)
        if set_ := [path for path in self.read_only if _get(model, path) is not _NOTHING]:
            words = f"Invalid request: readOnlyProperties [{_pointers(set_)}] cannot be specified"
            raise RefusedError("ValidationException", words)

    def check_updated(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """``RefusedError`` where a patch changes what is only read or set once."""
        for said, names in (("create_only", "createOnlyProperties"), ("read_only", "readOnlyProperties")):
            paths = _paths(self.entry.get(said, ()))
            if changed := [path for path in paths if _get(before, path) != _get(after, path)]:
                words = f"Invalid patch update: {names} [{_pointers(changed)}] cannot be updated"
                raise RefusedError("NotUpdatableException", words)
        self.check(after)

    def readable(self, model: Mapping[str, Any]) -> dict[str, Any]:
        """A model without what is only written."""
        return _without(model, _paths(self.entry.get("write_only", ())))

    def settable(self, model: Mapping[str, Any]) -> dict[str, Any]:
        """A model without what is only read."""
        return _without(model, self.read_only)

    def identity(self, keys: Mapping[str, Any]) -> str:
        """The one string that stands for a resource."""
        return "|".join(str(keys[name]) for name in self.identifier)

    def keys(self, identifier: str) -> dict[str, str]:
        """The identifying properties in an identifier: its string, or JSON of the primary or of another identifier."""
        if identifier.startswith("{"):
            named: Any = _json(identifier)
            if set(named) in [set(self.identifier), *(set(other) for other in self.others)]:
                return {name: str(value) for name, value in named.items()}
        parts = [identifier] if len(self.identifier) == 1 else identifier.split("|")
        if len(parts) != len(self.identifier) or identifier.startswith("{"):
            wanted = ", ".join(f"/properties/{name}" for name in self.identifier)
            raise RefusedError("ValidationException", f"Identifier {identifier} is not valid for identifier [{wanted}]")
        return dict(zip(self.identifier, parts, strict=True))


@functools.cache
def schema(name: str) -> Schema:
    """A type's schema; ``RefusedError`` where the registry has no such type."""
    if name not in archive():
        raise RefusedError("TypeNotFoundException", f"The type '{name}' cannot be found.")
    entry = archive().entry(name)
    empty: dict[str, Any] = {"identifier": [], "additional_identifiers": [], "handlers": []}
    return Schema(name, {**entry, "cloud": {**empty, **entry["cloud"]}})


def model_of(text: str, what: str) -> dict[str, Any]:
    """The JSON object in a parameter."""
    found = _json(text)
    if not isinstance(found, dict):
        raise RefusedError("ValidationException", f"{what} is not a JSON object")
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise RefusedError("ValidationException", f"Invalid JSON: {error}") from None


@functools.cache
def _validator(name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema(name).entry["schema"])


def _paths(lists: Sequence[Sequence[str]]) -> list[Path]:
    return [tuple(path) for path in lists]


def _pointers(paths: Sequence[Path]) -> str:
    return ", ".join("/properties/" + "/".join(path) for path in paths)


def _get(value: Any, path: Path) -> Any:
    """What stands at a path; all that does where it goes through a list, ``_NOTHING`` where there is nothing."""
    if not path:
        return value
    if path[0] == "*":
        found = [_get(item, path[1:]) for item in _items(value)]
        return [item for item in found if item is not _NOTHING] or _NOTHING
    if isinstance(value, Mapping):
        return _get(value[path[0]], path[1:]) if path[0] in value else _NOTHING
    return _NOTHING


def _without(model: Mapping[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    found = copy.deepcopy(dict(model))
    for path in paths:
        _remove(found, path)
    return found


def _remove(value: Any, path: Path) -> None:
    if path[0] == "*":
        for item in _items(value):
            _remove(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        if len(path) == 1:
            del value[path[0]]
        else:
            _remove(value[path[0]], path[1:])


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()
