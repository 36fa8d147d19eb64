"""Discovery schemas to JSON Schema: types, references, output-only and input-only marks, and paths to marked properties.

Pure functions over the document's dicts. Must not know any collection or resource type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from providers.kit.dialect import regex
from providers.kit.prose import one_line, sentence

Schema = dict[str, Any]
Document = Mapping[str, Any]
Path = tuple[str, ...]

_OUTPUT_ONLY = re.compile(r"(?:\[deprecated\][^\[]*)?(?:\[output only\]|output only\.)", re.IGNORECASE)
_MARK = re.compile(r"^(?:(?:output|input) only\.\s*)?(?:\[(?:output|input) only\]:?\s*)?", re.IGNORECASE)
_INPUT_ONLY = re.compile(r"\[?input only[.\]]", re.IGNORECASE)
_DEFAULTED = re.compile(r"the default (?:value )?is", re.IGNORECASE)
_FINGERPRINT = re.compile(r"(?:^f|F)ingerprint$")
_INTEGERS: Mapping[str, Schema] = {
    "int64": {"type": ["string", "integer"], "pattern": "^-?[0-9]+$", "format": "int64"},
    "uint64": {"type": ["string", "integer"], "pattern": "^[0-9]+$", "minimum": 0, "format": "uint64"},
    "int32": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "uint32": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
}


def title(text: str | None) -> str:
    """A description's first sentence without its output-only mark."""
    return sentence(_MARK.sub("", one_line(text)))


def is_output_only(node: Document) -> bool:
    """Flagged ``readOnly``, or said to be output-only at the beginning of its description."""
    return bool(node.get("readOnly")) or bool(_OUTPUT_ONLY.match(one_line(node.get("description"))))


def is_input_only(node: Document) -> bool:
    """Said to be input-only, so that no read returns it."""
    return bool(_INPUT_ONLY.match(one_line(node.get("description"))))


def is_fingerprint(name: str, node: Document) -> bool:
    """A server-made hash that an update must send back."""
    return node.get("format") == "byte" and bool(_FINGERPRINT.search(name))


def json_schema(node: Document) -> Schema:
    """One discovery schema as JSON Schema; objects with named properties are closed, references go to ``$defs``."""
    out: Schema = {}
    if reference := node.get("$ref"):
        out["$ref"] = f"#/$defs/{reference}"
    elif node.get("type") == "array":
        out |= {"type": "array", "items": json_schema(node["items"])}
    elif node.get("type") == "object":
        out |= _object(node)
    elif node.get("format") in _INTEGERS:
        out |= _INTEGERS[node["format"]]
    elif node.get("type") != "any":
        out["type"] = node["type"]
        out |= {"format": node["format"]} if "format" in node and node["type"] == "string" else {}
    out |= {"enum": node["enum"]} if "enum" in node else {}
    out |= {"pattern": pattern} if "pattern" in node and (pattern := regex(f"^(?:{node['pattern']})$")) else {}
    out |= {"description": words} if (words := title(node.get("description"))) else {}
    out |= {"readOnly": True} if is_output_only(node) else {}
    out |= {"writeOnly": True} if is_input_only(node) else {}
    out |= {"deprecated": True} if node.get("deprecated") else {}
    return out


def _object(node: Document) -> Schema:
    if "additionalProperties" in node:
        return {"type": "object", "additionalProperties": json_schema(node["additionalProperties"])}
    if node.get("format") == "google.protobuf.Any":
        return {"type": "object"}
    named = node.get("properties", {})
    out: Schema = {
        "type": "object",
        "properties": {name: json_schema(child) for name, child in named.items()},
        "additionalProperties": False,
    }
    for name, child in named.items():
        if is_fingerprint(name, child):
            out["properties"][name]["readOnly"] = True
    required = sorted(name for name, child in named.items() if _is_required(child))
    return out | ({"required": required} if required else {})


def _is_required(node: Document) -> bool:
    """Annotated as needed by an insert, and without a default in its description (which the annotation overlooks)."""
    methods = node.get("annotations", {}).get("required", ())
    return any(method.endswith(".insert") for method in methods) and not _DEFAULTED.search(
        one_line(node["description"])
    )


def references(schema: Any) -> Iterator[str]:
    """Names of the ``$defs`` that a converted schema points to directly."""
    if isinstance(schema, Mapping):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix("#/$defs/")
        for child in schema.values():
            yield from references(child)
    elif isinstance(schema, list):
        for child in schema:
            yield from references(child)


def closure(roots: list[str], schemas: Document) -> dict[str, Schema]:
    """Converted schemas of ``roots`` and of all that they reach."""
    found: dict[str, Schema] = {}
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = json_schema(schemas[name])
            todo += references(found[name])
    return dict(sorted(found.items()))
