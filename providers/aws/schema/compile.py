"""Compiles the registry schemas inside the pinned cfn-lint wheel into ``archive.zip``.

Run as ``python -m providers.aws.schema.compile``, a development tool: no command imports it, and it must not add
knowledge that the wheel does not hold.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from providers.aws.schema import PATH
from providers.kit import archive
from providers.kit.dialect import regex
from providers.kit.marked import is_secret
from providers.kit.marked import paths as marked
from providers.kit.prose import sentence

Schema = dict[str, Any]

_FIRST_REGION = "us-east-1"

_PLAIN = frozenset(  # keywords whose value is copied as it is
    [
        "type",
        "required",
        "enum",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "dependentRequired",
    ]
)
_ANNOTATIONS = frozenset(["format", "default", "insertionOrder"])  # judged by no validator, but they tell of sameness
_NESTED = frozenset(["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"])
_NESTED_LISTS = frozenset(["allOf", "anyOf", "oneOf", "prefixItems"])
_NESTED_MAPS = frozenset(["properties", "patternProperties", "dependentSchemas"])


def sources() -> Path:
    """The folder of schemas inside the installed cfn-lint; found without importing it."""
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise SystemExit("cfn-lint is missing: install the dependency group `schemas`")
    return Path(spec.origin).parent / "data" / "schemas"


def published(folder: Path) -> Iterator[Schema]:
    """Each type's registry schema, the one of us-east-1 where that region has the type."""
    regions = sorted((folder / "providers").glob("*.json"), key=lambda path: (path.stem != _FIRST_REGION, path.stem))
    members: dict[str, str] = {}
    for region in regions:
        for name, member in json.loads(region.read_bytes()).items():
            members.setdefault(name, member)
    for name in sorted(members):
        yield json.loads((folder / "resources" / f"{members[name]}.json").read_bytes())


def entry(source: Mapping[str, Any]) -> dict[str, Any]:
    """The archive's entry of one registry schema."""
    schema = body_schema(source)
    made = {
        "name": source["typeName"],
        "service": source["typeName"].split("::")[1].lower(),
        "title": summary(source.get("description", "")),
        "schema": schema,
        "read_only": paths(source.get("readOnlyProperties", ())),
        "write_only": paths(source.get("writeOnlyProperties", ())),
        "sensitive": [list(path) for path in marked(schema, schema.get("$defs", {}), is_secret)],
        "create_only": paths(source.get("createOnlyProperties", ())),
        "conditional_create_only": paths(source.get("conditionalCreateOnlyProperties", ())),
        "cloud": {
            "identifier": paths(source.get("primaryIdentifier", ())),
            "additional_identifiers": [paths(one) for one in source.get("additionalIdentifiers", ())],
            "tagging": tagging(source),
            "handlers": sorted(source.get("handlers", ())),
            "replacement": source.get("replacementStrategy", ""),  # delete_then_create, create_then_delete, unsaid
        },
    }
    return {key: value for key, value in made.items() if value}


def body_schema(source: Mapping[str, Any]) -> Schema:
    """The schema of ``properties`` in draft 2020-12, with only the definitions that it reaches."""
    schema: Schema = translated({key: value for key, value in source.items() if key in _BODY})
    definitions: Mapping[str, Any] = source.get("definitions", {})
    reached: dict[str, Schema] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = translated(definitions[name])
            waiting += _references(reached[name])
    return schema | ({"$defs": reached} if reached else {})


_BODY = frozenset(
    [
        "properties",
        "required",
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "then",
        "else",
        "additionalProperties",
        "patternProperties",
        "dependencies",
        "dependentRequired",
        "dependentExcluded",
        "requiredXor",
        "requiredOr",
    ]
)


def translated(source: Any) -> Any:
    """A draft-07 schema with cfn-lint's own keywords, as a draft 2020-12 schema with no more prose than a sentence."""
    if not isinstance(source, dict):
        return source
    out: Schema = _description(source)
    if "$ref" in source:  # draft-07 ignores what stands beside a reference, and so does CloudFormation
        kept = {key: value for key, value in source.items() if key in _ANNOTATIONS}
        return out | kept | {"$ref": source["$ref"].replace("#/definitions/", "#/$defs/")}
    conditions: list[Schema] = []
    for key, value in source.items():
        if key in _PLAIN or key in _ANNOTATIONS or (key == "uniqueItems" and value):
            out[key] = value
        elif key in _NESTED:
            out[key] = translated(value)
        elif key in _NESTED_LISTS:
            out[key] = [translated(item) for item in value]
        elif key in _NESTED_MAPS:
            named = {name: translated(item) for name, item in value.items()}
            out[key] = named if key != "patternProperties" else _compilable(named)
        elif key == "pattern" and (pattern := regex(value)):
            out[key] = pattern
        else:
            conditions += _conditions(key, value)
    if conditions:
        out["allOf"] = [*out.get("allOf", ()), *conditions]
    return out


def _conditions(key: str, value: Any) -> Iterator[Schema]:
    """What draft 2020-12 says for a keyword of draft-07 or of cfn-lint; nothing for those that are prose."""
    match key:
        case "dependencies":
            for name, needed in value.items():
                if isinstance(needed, list):
                    yield {"dependentRequired": {name: needed}}
                else:
                    yield {"dependentSchemas": {name: translated(needed)}}
        case "dependentExcluded":
            for name, excluded in value.items():
                yield {"dependentSchemas": {name: {"properties": dict.fromkeys(excluded, False)}}}
        case "requiredXor":
            yield {"oneOf": [{"required": [name]} for name in value]}
        case "requiredOr":
            yield {"anyOf": [{"required": [name]} for name in value]}
        case "enumCaseInsensitive":
            yield {"pattern": f"^({'|'.join(_any_case(item) for item in value)})$"}


def _any_case(word: str) -> str:
    """A pattern for a word in any case: the validator's dialect has no flag for it."""
    return "".join(f"[{char.lower()}{char.upper()}]" if char.isalpha() else _escaped(char) for char in word)


def _escaped(char: str) -> str:
    return f"\\{char}" if char in "\\.+*?()[]{}|^$/" else char


def _compilable(named: Mapping[str, Any]) -> Schema:
    """Pattern properties under patterns that compile; one that does not would turn its keys into unknown ones."""
    return {regex(name) or ".*": item for name, item in named.items()}


def paths(pointers: Any) -> list[list[str]]:
    """``/properties/A/*/B`` as ``["A", "*", "B"]``."""
    return [pointer.removeprefix("/properties/").split("/") for pointer in pointers]


def tagging(source: Mapping[str, Any]) -> dict[str, Any]:
    """What the registry says of tags; types of before that section say only whether, and then in ``Tags``."""
    said: Mapping[str, Any] = source.get("tagging") or {
        "taggable": source.get("taggable", "Tags" in source["properties"])
    }
    where = paths([said.get("tagProperty", "/properties/Tags")])[0]
    taggable = (
        said.get("taggable", True) and where[0] in source["properties"]
    )  # some claim it and have no such property
    return {
        "taggable": taggable,
        "tagOnCreate": taggable and said.get("tagOnCreate", True),
        "tagUpdatable": taggable and said.get("tagUpdatable", True),
        "tagProperty": where if taggable else [],
    }


def summary(description: str) -> str:
    """A type's first sentence, where it says something."""
    first = sentence(description)
    return "" if first.lower().startswith("resource type definition") else first


def _description(source: Mapping[str, Any]) -> Schema:
    """The first sentence of a description, or the title in its stead, as a schema's keyword."""
    texts = (source.get(key) for key in ("description", "title"))
    found = next((words for text in texts if isinstance(text, str) and (words := sentence(text))), "")
    return {"description": found} if found else {}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if str(schema.get("$ref", "")).startswith("#/$defs/"):
            yield schema["$ref"].removeprefix("#/$defs/")
        for item in schema.values():
            yield from _references(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)


def compile_to(path: Path) -> int:
    """Write the archive; how many types it holds."""
    entries = [entry(source) for source in published(sources())]
    archive.write(path, entries)
    return len(entries)


def main() -> None:
    """Command line: where to write, by default over the committed archive."""
    parser = argparse.ArgumentParser(description="Compile the AWS schemas")
    parser.add_argument("--out", type=Path, default=PATH)
    out: Path = parser.parse_args().out
    count = compile_to(out)
    sys.stdout.write(f"{out.name}: {count} types, {out.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
