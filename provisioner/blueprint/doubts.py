"""Texts that none of the values is that a cloud documents for them, where it may take others too: warnings, no errors.

Must not judge what a schema decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provisioner.document import did_you_mean
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import EMPTY, Map, Path, Value, path_text

_LISTED = 12


def doubts(resource: Resource, kind: ResourceType) -> Iterator[Problem]:
    """A warning for each such text, at its line."""
    for path, value, known in _unusual(resource.body, kind.schema, kind.schema.get("$defs", EMPTY), ()):
        more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
        listed = f"{', '.join(known[:_LISTED])}{more}"
        message = f"{resource.address}: {path_text(path)} is {value!r}, and {kind.name} is known to take {listed}"
        yield Problem(message, resource.line_of(path), resource.address, did_you_mean(value, known))


def _unusual(value: Value, schema: Map, defs: Map, path: Path) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    """Path, text and what is documented. Only what is written is walked, so definitions that hold themselves end."""
    if "$ref" in schema:
        schema = defs.get(str(schema["$ref"]).rpartition("/")[2], EMPTY)
    if isinstance(value, str):
        known = schema.get("examples", ())
        if known and value.casefold() not in [str(item).casefold() for item in known]:
            yield path, value, tuple(map(str, known))
    elif isinstance(value, Mapping):
        rest = schema.get("additionalProperties")
        for key, item in value.items():
            inner = schema.get("properties", EMPTY).get(key, rest)
            if isinstance(inner, Map):
                yield from _unusual(item, inner, defs, (*path, key))
    elif isinstance(value, tuple) and isinstance(inner := schema.get("items"), Map):
        for index, item in enumerate(value):
            yield from _unusual(item, inner, defs, (*path, index))
