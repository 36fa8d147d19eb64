"""JSON Schemas for editors: of a blueprint's rendered form, and of the files that stand beside it.

Pure: types and parameters go in, schemas come out. Must not read a file or know a cloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from provisioner.blueprint.draft7 import Draft7, Schema
from provisioner.blueprint.keys import FILES, KEYS, TYPE
from provisioner.blueprint.parameters import Parameter
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import thaw

DRAFT = "http://json-schema.org/draft-07/schema#"
_FROM_PLACE = ("location",)  # may be left to the place


def blueprint(kinds: Iterable[ResourceType], names: Iterable[str], places: Iterable[str]) -> Schema:
    """Of the rendered form. kinds: types whose entries are checked · names: all types, to be completed · places: names that the
    environments have."""
    definitions: Schema = {}
    branches = [_branch(kind, definitions) for kind in kinds]
    known = {"anyOf": [{"enum": sorted(names)}, {"type": "string"}], "description": TYPE}
    entry: Schema = {
        "type": "object",
        "properties": {"type": known, **_engine_keys(places)},
        "anyOf": [{"required": ["type"]}, {"required": ["module"]}],
        "allOf": branches,
    }
    return {
        "$schema": DRAFT,
        "title": "A rendered blueprint",
        "type": "object",
        "properties": {
            "stack": {"type": "string", "description": "The stack's name; by default the folder's"},
            "resources": {
                "description": "The resources by address, the name that each has in this stack",
                "type": ["object", "null"],
                "propertyNames": {"pattern": "^[A-Za-z0-9_][A-Za-z0-9_-]*$"},
                "additionalProperties": entry,
            },
            "outputs": {
                "description": "What other stacks and people may read, by name",
                "type": ["object", "null"],
            },
        },
        "required": ["resources"],
        "additionalProperties": False,
        "definitions": definitions,
    }


def environment(source: Mapping[str, Any], parameters: Iterable[Parameter]) -> Schema:
    """Of ``environments/*.yaml`` of one blueprint. source: the schema of any such file."""
    found = file(source, "An environment")
    values = {one.name: _parameter(one) for one in parameters}
    declared = {"type": "object", "properties": values, "additionalProperties": False}
    found["properties"]["parameters"] = {**found["properties"]["parameters"], **declared}
    return found


def file(source: Mapping[str, Any], title: str) -> Schema:
    """Of a file that pydantic checks, by the schema that it tells."""
    definitions = {name: Draft7().schema(_tidy(inner)) for name, inner in source.get("$defs", {}).items()}
    found: Schema = {"$schema": DRAFT, "title": title, **Draft7().schema(_tidy(source))}
    return {**found, "definitions": definitions} if definitions else found


def _parameter(one: Parameter) -> Schema:
    schema: Schema = Draft7().schema(thaw(one.schema))
    return {**schema, **({"description": " ".join(one.description.split())} if one.description else {})}


def _engine_keys(places: Iterable[str]) -> Schema:
    keys = {name: Draft7(open_to_expressions=True).value(schema) for name, schema in KEYS.items()}
    names = sorted(set(places))
    return {**keys, "in": {**keys["in"], **({"examples": names} if names else {})}}


def _branch(kind: ResourceType, definitions: Schema) -> Schema:
    """What must hold of an entry of one type; the entry is open, so ``in`` and the like are told once for all."""
    prefix = re.sub(r"\W", "_", kind.name)
    draft = Draft7(lambda name: f"{prefix}.{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}", open_to_expressions=True)
    source = thaw(kind.schema)
    for name, inner in source.pop("$defs", {}).items():
        definitions[f"{prefix}.{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}"] = draft.value(inner)
    fields = source.get("properties", {})
    source["properties"] = {name: item for name, item in fields.items() if not kind.is_read_only((name,))}
    needed = [name for name in source.get("required", ()) if not kind.is_read_only((name,))]
    place = draft.schema(thaw(kind.place_schema)) if kind.place_schema else {}
    if kind.body_keys:
        needed = [name for name in needed if name not in _FROM_PLACE]
        body = draft.schema({**source, "required": needed})
    else:
        inner = {**source, "required": needed, "type": "object"}
        body = {
            "properties": {"properties": draft.value({**inner, "description": f"As {kind.name} has them"})},
            "required": ["properties"] if needed else [],
        }
    own = {**place.get("properties", {}), **body.get("properties", {})}
    entry = {**body, "properties": {**own, **{name: {} for name in ("type", *KEYS)}}, "additionalProperties": False}
    entry["required"] = [*place.get("required", ()), *body.get("required", ())]
    definitions[prefix] = entry
    versions = [kind.name, *([f"{kind.name}@{kind.version}"] if kind.version else [])]
    is_it = {"properties": {"type": {"enum": versions}}, "required": ["type"]}
    judged = {"not": {"properties": {"unchecked": {"const": True}}, "required": ["unchecked"]}}
    return {"if": {**is_it, **judged}, "then": {"$ref": f"#/definitions/{prefix}"}}


def _tidy(schema: Any) -> Any:
    """What pydantic tells, without titles, empty defaults, and null beside what a key may be."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "anyOf" in schema and {"type": "null"} in schema["anyOf"]:
        forms = [form for form in schema["anyOf"] if form != {"type": "null"}]
        schema = {**schema, "anyOf": forms} if len(forms) > 1 else {**forms[0], **schema, "anyOf": None}
    kept = {key: _tidy(item) for key, item in schema.items() if item is not None and key not in ("title", "properties")}
    if isinstance(named := schema.get("properties"), Mapping):
        kept["properties"] = {name: _told(name, _tidy(item)) for name, item in named.items()}
    return kept


def _told(name: str, schema: Schema) -> Schema:
    return {"description": FILES[name], **schema} if name in FILES else schema
