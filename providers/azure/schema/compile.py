"""Compiles the installed azure-mgmt packages into the Azure archive: ``python -m providers.azure.schema.compile``.

Must not be needed by users (they read the committed archive) and must not import the packages that it reads.
"""

from __future__ import annotations

import importlib.metadata
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from providers.azure.schema import ARCHIVE, arm_path, kept
from providers.azure.schema.sdk_models import Model, read_enums, read_models
from providers.azure.schema.sdk_operations import Operation, read_operations
from providers.azure.schema.shape import Shape
from providers.kit import archive
from providers.kit.dialect import compilable
from providers.kit.marked import is_secret, paths

_PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
_SCOPE_ORDER = ("resourceGroup", "subscription", "managementGroup", "tenant", "extension")
_VERBS = {"GET": "get", "PUT": "put", "DELETE": "delete", "PATCH": "patch", "HEAD": "head"}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A resource that can be put by id: its path, all verbs of that path, and where its models stand.

    url: of the put, without a placeholder for the type · body: the model that is put; where nothing is, the one that is read."""

    path: arm_path.ArmPath
    url: str
    body: str
    put: Operation
    methods: Mapping[str, Operation]
    models: Mapping[str, Model]


def packages() -> list[str]:
    """The distributions to read: those that pyproject's ``schemas`` group pins."""
    groups = tomllib.loads(_PYPROJECT.read_text("utf-8"))["dependency-groups"]
    return [line.partition("==")[0] for line in groups["schemas"] if line.startswith("azure-mgmt-")]


def entries() -> list[dict[str, Any]]:
    """One archive entry per ARM type, in the format of ``providers.kit.archive``."""
    found: dict[str, list[_Candidate]] = {}
    for package in packages():
        for candidate in _candidates(package):
            found.setdefault(candidate.path.type.lower(), []).append(candidate)
    best = {key: _best(candidates) for key, candidates in found.items()}
    for key in sorted(best):  # parents come first: a child's type is spelled as its parent's is
        parent = best.get(best[key].path.parent.lower())
        if parent:
            best[key] = replace(best[key], path=arm_path.beneath(best[key].path, parent.path.type))
    inline = {(id(one.models), one.body): one for one in best.values()}
    return [_entry(one, found[key], inline) for key, one in best.items()]


def _candidates(package: str) -> Iterator[_Candidate]:
    for folder in _operation_folders(package):
        models, enums = read_models(folder.parent / "models"), read_enums(folder.parent / "models")
        operations = [item for item in read_operations(folder) if item.url and item.method and item.api_version]
        by_shape: dict[str, dict[str, Operation]] = {}
        for item in operations:
            by_shape.setdefault(arm_path.shape(item.url), {}).setdefault(item.method, item)
        for put in operations:
            body = put.body or put.answer
            if put.method != "PUT" or body not in models:
                continue
            for url in _spelled_out(put, enums):
                if path := arm_path.parse(url):
                    yield _Candidate(path, url, body, put, _methods(put.url, by_shape), models)


def _spelled_out(put: Operation, enums: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A put's template for each type that it stands for: ``dnsZones/{zoneName}/{recordType}/{name}`` for all of them."""
    found = [put.url]
    for placeholder, enum in put.choices.items():
        kind = f"/{{{placeholder}}}/"
        found = [url.replace(kind, f"/{value}/") for url in found for value in enums[enum].values()]
    return list(dict.fromkeys(found))


def _operation_folders(package: str) -> list[Path]:
    """Where the synchronous operations of a distribution stand; several where it holds several API versions."""
    files = importlib.metadata.files(package) or []
    return sorted(
        {
            Path(str(file.locate())).parent
            for file in files
            if file.parent.name == "operations" and file.name == "__init__.py" and "aio" not in file.parts
        }
    )


def _methods(url: str, by_shape: Mapping[str, Mapping[str, Operation]]) -> dict[str, Operation]:
    found = {_VERBS[verb]: item for verb, item in by_shape[arm_path.shape(url)].items() if verb in _VERBS}
    listing = arm_path.collection(url)
    everywhere = listing.replace("/resourceGroups/{resourceGroupName}", "")
    for name, path in (("list", listing), ("list_all", everywhere)):
        item = by_shape.get(arm_path.shape(path), {}).get("GET")
        if item and (name == "list" or path != listing):
            found[name] = item
    return found


def _best(candidates: list[_Candidate]) -> _Candidate:
    """The newest stable API version; among equals the narrowest scope."""

    def rank(one: _Candidate) -> tuple[bool, str, int]:
        version = one.put.api_version
        return "preview" not in version, version, -_SCOPE_ORDER.index(one.path.scope)

    return max(candidates, key=rank)


def _entry(
    one: _Candidate, candidates: list[_Candidate], inline: Mapping[tuple[int, str], _Candidate]
) -> dict[str, Any]:
    get = one.methods.get("get", one.put)
    answer = get.answer if get.answer in one.models else one.put.answer
    children = _children(one, inline)
    owners = {body for models, body in inline if models == id(one.models)}
    stop = owners - {child.body for child in children.values()}
    shape = Shape(one.models, one.put.body, answer if answer in one.models else one.body, stop)
    path = one.path
    schema = shape.schema
    row = kept.of(path.type, located=not schema["properties"].get("location", {"readOnly": True}).get("readOnly"))
    if row.required:
        schema = {**schema, "required": sorted({*schema.get("required", ()), *(fact.path[0] for fact in row.required)})}
    entry = {
        "name": path.type,
        "version": one.put.api_version,
        "service": path.type.split("/")[0],
        "title": one.models[one.body].title,
        "schema": compilable(schema),
        "read_only": _paths(shape.read_only, row.read_only),
        "write_only": _paths(shape.write_only),
        "sensitive": [list(path) for path in paths(schema, schema.get("$defs", {}), is_secret)],
        "create_only": _paths(shape.create_only, row.create_only),
        "conditional_create_only": _paths((), row.conditional_create_only),
        "cloud": _cloud(one, candidates, children, row),
    }
    return {key: value for key, value in entry.items() if value}


def _method(name: str, item: Operation, models: Mapping[str, Model]) -> dict[str, Any]:
    found: dict[str, Any] = {"status": list(item.status), "lro": item.lro}
    body = models.get(item.body)
    if name == "patch" and body:  # which parts of the body a PATCH takes
        found["fields"] = sorted(field.name for field in body.fields.values() if not field.read_only)
    return found


def _cloud(
    one: _Candidate, candidates: list[_Candidate], children: Mapping[str, _Candidate], row: kept.Row
) -> dict[str, Any]:
    """What the Azure provider and sandbox need beside the schema."""
    path = one.path
    limits = one.put.limits.get(path.last.strip("{}"), {})
    fixed = {"const": path.fixed_name} if path.fixed_name else {}
    scopes = sorted({other.path.scope for other in candidates}, key=_SCOPE_ORDER.index)
    return {
        "api_version": one.put.api_version,
        "path": one.url,
        "scope": path.scope,
        "parent": path.parent,
        "methods": {name: _method(name, item, one.models) for name, item in sorted(one.methods.items())},
        "children": {field: child.path.type for field, child in sorted(children.items())},
        "name": {**fixed, **limits, **row.name},
        "defaults": [[list(fact.path), fact.value] for fact in row.defaults],
        **({"scopes": scopes} if len(scopes) > 1 else {}),
    }


def _paths(marked: Iterable[kept.Path], facts: Iterable[kept.Fact] = ()) -> list[list[str]]:
    return [list(path) for path in sorted({*marked, *(fact.path for fact in facts)})]


def _children(one: _Candidate, inline: Mapping[tuple[int, str], _Candidate]) -> dict[str, _Candidate]:
    """Lists in ``properties`` that hold what is also a child type of its own: ``properties/subnets``."""
    properties = one.models[one.body].fields.get("properties")
    holder = properties and one.models.get(str(properties.schema.get("$ref", "")).removeprefix("#/$defs/"))
    found = {}
    for field in holder.fields.values() if holder else ():
        item = str(field.schema.get("items", {}).get("$ref", "")).removeprefix("#/$defs/")
        child = inline.get((id(one.models), item))
        if child and child.path.type.lower() == f"{one.path.type}/{field.name}".lower():
            found[f"properties/{field.name}"] = child
    return found


def main(target: Path = ARCHIVE) -> int:
    """Write the archive and say what it holds."""
    made = entries()
    archive.write(target, made)
    sys.stdout.write(f"{target.name}: {len(made)} types, {target.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
