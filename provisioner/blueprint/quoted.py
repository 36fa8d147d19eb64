"""``"{{ ref("x").Priority }}"``: quotes make text of whatever it reads. Where that is text anyway, it is the reference itself.

A list or a map is no text at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from provisioner.blueprint.references import described
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import Interpolation, Map, Path, Reference, Value, leaves, path_text

Built = Mapping[str, tuple[Resource, ResourceType]]


def unquoted(
    built: Built, lookups: Mapping[str, ResourceType], problems: list[Problem]
) -> dict[str, tuple[Resource, ResourceType]]:
    """The same resources, without quotes that change nothing; what is certainly no text is told. lookups: the types of what is
    looked up, by its address."""
    types = {address: kind for address, (_, kind) in built.items()} | dict(lookups)
    out = {}
    for address, (resource, kind) in built.items():
        texts = list(leaves(resource.body, Interpolation))
        problems.extend(_unwritable(resource, texts, types))
        if any(quoted(text) for _, text in texts):
            resource = replace(resource, body=_unquoted(resource.body, types))
        out[address] = resource, kind
    return out


def _unwritable(
    resource: Resource, texts: Iterable[tuple[Path, Interpolation]], types: Mapping[str, ResourceType]
) -> Iterator[Problem]:
    for path, text in texts:
        for part in text.parts:
            said = _said(part, types) if isinstance(part, Reference) else set()
            if said and said <= {"array", "object"}:
                what = "a list" if "array" in said else "a map"
                message = f"{resource.address}: {path_text(path)} is text, and {part} in it is {what}"
                hint = "take one of its values, without quotes all of it, or as JSON text: to_json"
                yield Problem(message, resource.line_of(path), resource.address, hint)


def quoted(value: Value) -> Reference | None:
    """The reference that makes up a whole text."""
    alone = value.parts[0] if isinstance(value, Interpolation) and len(value.parts) == 1 else None
    return alone if isinstance(alone, Reference) else None


def _unquoted(value: Value, types: Mapping[str, ResourceType]) -> Value:
    if isinstance(value, Map):
        return Map({key: _unquoted(item, types) for key, item in value.items()})
    if isinstance(value, tuple):
        return tuple([_unquoted(item, types) for item in value])
    reference = quoted(value)
    return reference if reference and _is_text(reference, types) else value


def _is_text(reference: Reference, types: Mapping[str, ResourceType]) -> bool:
    """Whether an attribute can be nothing else. The resource itself is its identity."""
    return not reference.path or _said(reference, types) == {"string"}


def _said(reference: Reference, types: Mapping[str, ResourceType]) -> set[str]:
    """The types that the schemas of an attribute name."""
    kind = types.get(reference.address)
    schemas = described(kind, reference.path) if kind and reference.path else []
    said = [schema["type"] for schema in schemas if isinstance(schema, Mapping) and "type" in schema]
    return {one for each in said for one in ((each,) if isinstance(each, str) else each)}
