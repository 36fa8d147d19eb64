"""Compiles Compute's discovery document into ``archive.zip``: ``python -m providers.gcp.schema.compile``.

An entry's ``cloud`` section, which the provider and the sandbox read:

``collection`` name in the document and of the SDK's client (``globalAddresses``) · ``scope`` ``global``, ``region``,
``zone`` or ``organization`` · ``path`` of an object, ``projects/{project}/global/addresses/{address}`` · ``segment`` the
collection as URLs write it (``addresses``) · ``parents`` path parameters between the scope and the object's own, for types
that live in another object · ``schema_id`` · ``kind`` (empty where objects carry none) · ``aggregated`` whether this
collection has ``aggregatedList`` · ``aggregated_by`` the collection whose ``aggregatedList`` covers this one, or null ·
``aggregated_key`` the key that holds the objects of a scope in it · ``setters`` property to the ``set…`` method that
changes it · ``labels_on_insert`` whether an insert takes labels; false: only ``setLabels`` afterwards; null: no labels ·
``fingerprints`` paths of hashes that the service makes · ``fingerprint_needed`` whether patch and update fail without the current
``fingerprint`` · ``methods`` name to ``{http, path, query:
{name: {type, …}}, request, response}``, the last two names of schemas or null · ``requests`` the schemas that only
requests use, by name; their references go to the body's ``$defs`` or stay here.

Must not be imported by anything that runs for a user: it needs the development dependency.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from providers.gcp.schema import PATH
from providers.gcp.schema.convert import (
    Document,
    Schema,
    closure,
    is_fingerprint,
    json_schema,
    title,
)
from providers.gcp.schema.create_only import CHANGEABLE, CREATE_ONLY
from providers.kit.archive import write
from providers.kit.marked import is_secret, paths
from providers.kit.prose import one_line

SERVICE = "compute.googleapis.com"
_NEEDED = {"insert", "get", "list", "delete"}
_SCOPES = ("project", "region", "zone")
_PARTIAL = ("patch", "update")
# Secrets by the name of the property: the document marks none.
_LABELS_LATER = "These can only be added or modified by"  # the setLabels method: an insert leaves them out
# Needed to create one, though no annotation says so.
_REQUIRED = {"Subnetwork": ("network",)}


def main() -> None:
    """Write the archive beside this module."""
    write(PATH, entries(document()))


def document() -> dict[str, Any]:
    """The discovery document of the installed wheel."""
    found = resources.files("googleapiclient") / "discovery_cache" / "documents" / "compute.v1.json"
    loaded: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return loaded


def entries(source: Document) -> Iterator[dict[str, Any]]:
    """An entry for each collection whose objects can be created, read, listed and deleted."""
    for name, resource in sorted(source["resources"].items()):
        if set(resource.get("methods", ())) >= _NEEDED:
            yield entry(name, resource["methods"], source)


def type_name(collection: str) -> str:
    """``globalAddresses`` to ``compute.googleapis.com/GlobalAddress``: the singular, as Cloud Asset Inventory has it."""
    for plural, singular in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if collection.endswith(plural):
            stem = collection.removesuffix(plural) + singular
            return f"{SERVICE}/{stem[0].upper()}{stem[1:]}"
    raise ValueError(f"not a plural: {collection}")


def entry(collection: str, methods: Document, source: Document) -> dict[str, Any]:
    """One collection's entry, in the archive's format."""
    schema_id = methods["insert"]["request"]["$ref"]
    cloud = _cloud(collection, schema_id, source)
    root, defs = _body(schema_id, cloud["scope"], source["schemas"])
    read_only = paths(root, defs, lambda name, schema: bool(schema.get("readOnly")))
    settable = [name for name, schema in root["properties"].items() if not schema.get("readOnly")]
    setters = {f"{verb[3].lower()}{verb[4:]}": verb for verb in methods if re.match("set[A-Z]", verb)}
    setters = {name: verb for name, verb in setters.items() if name in settable}
    return {
        "name": type_name(collection),
        "version": "v1",
        "service": "compute",
        "title": title(source["schemas"][schema_id].get("description")),
        "schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": defs},
        "read_only": [list(path) for path in read_only],
        "write_only": [list(path) for path in paths(root, defs, lambda name, schema: bool(schema.get("writeOnly")))],
        "sensitive": [list(path) for path in paths(root, defs, is_secret)],
        "create_only": [[name] for name in _create_only(collection, settable, methods, setters)],
        "cloud": cloud
        | {
            "setters": setters,
            "labels_on_insert": _labels_on_insert(source["schemas"][schema_id]),
            "fingerprints": [list(path) for path in paths(root, defs, is_fingerprint)],
            "fingerprint_needed": _fingerprint_needed(source["schemas"][schema_id]),
            "methods": {name: _method(method) for name, method in sorted(methods.items())},
            "requests": _requests(methods, source["schemas"], {schema_id, *defs}),
        },
    }


def _body(schema_id: str, scope: str, schemas: Document) -> tuple[Schema, dict[str, Schema]]:
    root = json_schema(schemas[schema_id])
    own = root["properties"]
    for key in ("region", "zone"):  # they stand beside the properties, as they do in the URL
        if key in own:
            own[key]["readOnly"] = True
    needed = {*root.get("required", ()), *_REQUIRED.get(schema_id, ())} - {"name"}
    if scope != "organization" and not own.get("name", {"readOnly": True}).get("readOnly"):
        needed.add("name")  # the last segment of its path; an organization's objects are named by the service
    root.pop("required", None)
    if needed:
        root["required"] = sorted(needed)
    reached = closure([child["$ref"].removeprefix("#/$defs/") for child in _refs(root)], schemas)
    return root, reached


def _refs(schema: Any) -> Iterator[Schema]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema
        for child in schema.values():
            yield from _refs(child)
    elif isinstance(schema, list):
        for child in schema:
            yield from _refs(child)


def _create_only(collection: str, settable: list[str], methods: Document, setters: Mapping[str, str]) -> list[str]:
    """What only an insert sets: by the kept table, or everything where the collection has neither patch nor update."""
    changeable = {name for kept in CHANGEABLE.get(collection, ()) for name in kept.properties}
    if changeable or not any(verb in methods for verb in _PARTIAL):
        fixed = set(settable) - changeable
    else:
        fixed = {name for kept in CREATE_ONLY.get(collection, ()) for name in kept.properties}
    return sorted(((fixed - set(setters)) | {"name"}) & set(settable))  # name is the identity, setName or not


def _labels_on_insert(schema: Document) -> bool | None:
    labels = schema["properties"].get("labels")
    return None if labels is None else _LABELS_LATER not in one_line(labels.get("description"))


def _fingerprint_needed(schema: Document) -> bool:
    text = one_line(schema["properties"].get("fingerprint", {}).get("description"))
    return bool(re.search(r"must (?:always )?(?:be provided|provide an up-to-date)", text))


def _cloud(collection: str, schema_id: str, source: Document) -> dict[str, Any]:
    methods = source["resources"][collection]["methods"]
    path = methods["get"]["path"]
    parameters = re.findall(r"\{(\w+)\}", path)
    segment = re.findall(r"(\w+)/\{\w+\}$", path)[0]
    scope = "organization" if "project" not in parameters else "global"
    scope = next((key for key in ("zone", "region") if key in parameters), scope)
    by = _aggregated_by(segment, schema_id, source) if scope != "organization" else None
    return {
        "collection": collection,
        "scope": scope,
        "path": path,
        "segment": segment,
        "parents": [name for name in parameters[:-1] if name not in _SCOPES],
        "schema_id": schema_id,
        "kind": source["schemas"][schema_id]["properties"].get("kind", {}).get("default", ""),
        "aggregated": "aggregatedList" in methods,
        "aggregated_by": by,
        "aggregated_key": _aggregated_key(by, source) if by else "",
    }


def _aggregated_by(segment: str, schema_id: str, source: Document) -> str | None:
    for name, resource in sorted(source["resources"].items()):
        methods = resource["methods"]
        listed = methods.get("aggregatedList", {}).get("path", "").rsplit("/", 1)[-1]
        if listed == segment and methods.get("get", {}).get("response", {}).get("$ref") == schema_id:
            return str(name)
    return None


def _aggregated_key(collection: str, source: Document) -> str:
    response = source["resources"][collection]["methods"]["aggregatedList"]["response"]["$ref"]
    scoped = source["schemas"][response]["properties"]["items"]["additionalProperties"]["$ref"]
    return str(next(name for name in source["schemas"][scoped]["properties"] if name != "warning"))


def _method(method: Document) -> dict[str, Any]:
    query = {
        name: {key: given[key] for key in ("type", "enum", "minimum", "repeated", "required") if key in given}
        for name, given in sorted(method.get("parameters", {}).items())
        if given["location"] == "query"
    }
    return {
        "http": method["httpMethod"],
        "path": method["path"],
        "query": query,
        "request": method.get("request", {}).get("$ref"),
        "response": method.get("response", {}).get("$ref"),
    }


def _requests(methods: Document, schemas: Document, known: set[str]) -> dict[str, Schema]:
    roots = [method["request"]["$ref"] for method in methods.values() if "request" in method]
    return {name: schema for name, schema in closure(roots, schemas).items() if name not in known}


if __name__ == "__main__":
    main()
