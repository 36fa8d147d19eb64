"""Schemas in the draft that editors read (draft-07), and with room for expressions: text with ``{{ … }}`` fits anywhere.

Must not know a cloud, and must not change what a value must be otherwise.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

Schema = dict[str, Any]

EXPRESSION: Schema = {"type": "string", "pattern": r"\{\{"}
_COPIED = frozenset(
    [
        "type",
        "enum",
        "const",
        "default",
        "examples",
        "description",
        "required",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
    ]
)
_NESTED = frozenset(["additionalProperties", "not", "contains", "propertyNames"])
_LISTS = frozenset(["allOf", "anyOf", "oneOf"])
_CONDITIONS = frozenset(["if", "then", "else"])
_ANNOTATIONS = frozenset(["description", "default", "examples"])
_JUDGE_TEXT = frozenset(
    ["enum", "const", "pattern", "minLength", "maxLength", "anyOf", "oneOf", "allOf", "not", "$ref", "if"]
)
"""Keywords with which a schema may refuse a text although its type allows it."""


class Draft7:
    """Rewrites one schema. rename: a definition's name among those of the whole document · open: leave room for expressions."""

    def __init__(self, rename: Callable[[str], str] = str, *, open_to_expressions: bool = False) -> None:
        self._rename = rename
        self._open = open_to_expressions

    def schema(self, source: Any) -> Any:
        """The same schema, for the same values."""
        if not isinstance(source, Mapping):
            return source
        out: Schema = {}
        for key, value in source.items():
            if key in _COPIED:
                out[key] = value
            elif key in _NESTED:
                out[key] = self.value(value) if key == "additionalProperties" else self.schema(value)
            elif key in _LISTS:
                out[key] = [self.schema(item) for item in value]
            elif key in _CONDITIONS:
                out[key] = self.schema(value)
            elif key == "properties":
                out[key] = self._properties(value)
            else:
                out |= self._rewritten(key, value)
        if "prefixItems" in source:
            out["items"] = [self.value(item) for item in source["prefixItems"]]
        if "required" in out and "properties" in source:
            hidden = {name for name in source["properties"] if name not in out["properties"]}
            out["required"] = [name for name in out["required"] if name not in hidden]
        return self._reference(source, out) if "$ref" in source else out

    def value(self, source: Any) -> Any:
        """A schema of a value, which may be an expression instead."""
        found = self.schema(source)
        if not self._open or not isinstance(found, dict) or _takes_any_text(found):
            return found
        about = {key: found.pop(key) for key in ("description",) if key in found}
        return {**about, "if": EXPRESSION, "else": found} if found else about

    def _properties(self, named: Mapping[str, Any]) -> Schema:
        """Those that can be set."""
        settable = {name: item for name, item in named.items() if item is not False and not _read_only(item)}
        return {name: self.value(item) for name, item in settable.items()}

    def _rewritten(self, key: str, value: Any) -> Schema:
        match key:
            case "items":
                return {"items": self.value(value)}
            case "pattern":
                return {"pattern": value} if _plain(value) else {}
            case "patternProperties":
                return {key: {name if _plain(name) else ".*": self.value(item) for name, item in value.items()}}
            case "dependentRequired":
                return {"dependencies": {name: list(needed) for name, needed in value.items()}}
            case "dependentSchemas":
                return {"allOf": [_beside(name, item) for name, item in value.items()]}
        return {}

    def _reference(self, source: Mapping[str, Any], out: Schema) -> Schema:
        """Draft-07 reads nothing beside a reference; what only tells stays there all the same, for editors do."""
        reference = {"$ref": f"#/definitions/{self._rename(str(source['$ref']).removeprefix('#/$defs/'))}"}
        told = {key: out.pop(key) for key in list(out) if key in _ANNOTATIONS}
        return {**told, "allOf": [reference, out]} if out else {**told, **reference}


def _beside(name: str, schema: Mapping[str, Any]) -> Schema:
    """What must hold where a property is set; with ``dependencies`` taken, a condition says it."""
    inner = Draft7().schema({key: item for key, item in schema.items() if key != "properties"})
    refused = [key for key, item in schema.get("properties", {}).items() if item is False]
    inner |= {"not": {"anyOf": [{"required": [key]} for key in refused]}} if refused else {}
    return {"if": {"required": [name]}, "then": inner}


def _read_only(schema: Any) -> bool:
    return isinstance(schema, Mapping) and bool(schema.get("readOnly"))


def _takes_any_text(schema: Mapping[str, Any]) -> bool:
    types = schema.get("type", "string")
    return "string" in (types if isinstance(types, list) else [types]) and not schema.keys() & _JUDGE_TEXT


@functools.cache
def _plain(pattern: str) -> bool:
    """Whether a pattern is read alike by JavaScript and by Python: without Unicode's classes and the like."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return not re.search(r"\\[pPuU]|\(\?[PimsxuL#]", pattern)
