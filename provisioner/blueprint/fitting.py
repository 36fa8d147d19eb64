"""What schemas tell and no validator looks at: whose id belongs where, texts that no range is, items that stand twice.

Must not know a cloud, and says nothing where the types' data is silent.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from provisioner.blueprint.references import attribute, described
from provisioner.document import Located
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType, Sameness
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Reference, Value, get, path_text

Built = Mapping[str, tuple[Resource, ResourceType]]
_TYPE = re.compile(r"(\w+(?:::\w+)+|\w+(?:\.\w+)+(?:/[\w.-]+)+)(?:\.\w+)?")
_RANGE = re.compile(r"[0-9A-Fa-f.:]+/\d+")
_PLAIN = re.compile(r"((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)/(3[0-2]|[12]?\d)")  # as nearly always


def misplaced(built: Built) -> Iterator[Problem]:
    """Each reference that reads an object of another type than belongs there."""
    known: dict[tuple[str, Path], set[str]] = {}
    for resource, kind in built.values():
        for path, reference in _whole(resource.body):
            key_of_all = kind.name, tuple(0 if isinstance(part, int) else part for part in path)
            if key_of_all not in known:
                known[key_of_all] = _belonging(described(kind, path))
            if reference.address in built and (types := known[key_of_all]):
                target = built[reference.address][1]
                if _is_another(kind, types, target, reference.path):
                    yield _misplaced(built, resource, path, types, reference)
        for key, value in resource.within.items():
            place: Map = kind.place_schema.get("properties", EMPTY).get(key, EMPTY)
            types = _belonging([place])
            if not isinstance(value, Reference) or value.path not in ((), ("id",)) or value.address not in built:
                continue
            if types and built[value.address][1].name.casefold() not in {each.casefold() for each in types}:
                yield _misplaced(built, resource, (key,), types, value)


def unfit(built: Built, nodes: Mapping[str, Located]) -> Iterator[Problem]:
    """Paths to ignore that there are not, ranges that are none, and items of one name in a list."""
    for address, (resource, kind) in built.items():
        for path in resource.options.ignore_changes if not resource.options.unchecked else ():
            until = path.index("*") if "*" in path else len(path)
            if wrong := attribute(kind, path[:until]):
                beneath = ("properties", *path)
                hint = f"write {path_text(beneath)}" if kind.body_keys and not attribute(kind, beneath) else wrong[1]
                source = nodes[address].child("ignore_changes").source
                yield Problem(f"{address}: ignore_changes names {path_text(path)}: {wrong[0]}", source, address, hint)
        for path, message in _wrong(kind, resource.body, ()):
            yield Problem(f"{address}: {message}", resource.line_of(path), address)


def _whole(value: Value, path: Path = ()) -> Iterator[tuple[Path, Reference]]:
    """References that are a value by themselves; a part of a text may be anything."""
    if isinstance(value, Reference):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _whole(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _whole(item, (*path, index))


def _belonging(schemas: list[Map]) -> set[str]:
    """The types whose id or name a value is, by its schemas' formats: ``AWS::EC2::VPC.Id``."""
    formats = (schema.get("format") for schema in schemas if isinstance(schema, Mapping))
    found = (_TYPE.fullmatch(each) for each in formats if isinstance(each, str))
    return {match[1] for match in found if match}


def _is_another(kind: ResourceType, types: set[str], target: ResourceType, path: Path) -> bool:
    """Whether an attribute is certainly none of these types' ids: another cloud's, its own object's, or a third type's."""
    if target.name in types or (read := _belonging(described(target, path))) & types:
        return False
    own = path in target.named_by or (bool(path) and path[-1] in ("Id", "Arn", "Ref"))
    return target.cloud != kind.cloud or bool(read) or own


def _misplaced(built: Built, resource: Resource, path: Path, types: set[str], reference: Reference) -> Problem:
    needed, found = " or ".join(sorted(types)), built[reference.address][1].name
    message = f"{resource.address}: {path_text(path)} takes one of type {needed}, and {reference.address} is a {found}"
    fitting = [address for address, (_, kind) in built.items() if kind.name in types and address != resource.address]
    hint = f"entries of that type: {', '.join(fitting[:6])}" if fitting else "there is no entry of that type"
    return Problem(message, resource.line_of(path), resource.address, hint)


def _wrong(kind: ResourceType, value: Value, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        rule = kind.equality(path) if "/" in value or value != value.strip() else None  # asked of all there is
        if rule and rule.sameness is Sameness.CIDR and (why := _no_range(value)):
            yield path, f"{path_text(path)} is {value!r}, {why}"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _wrong(kind, item, (*path, key))
    elif isinstance(value, tuple):
        yield from _doubled(kind, value, path)
        for index, item in enumerate(value):
            yield from _wrong(kind, item, (*path, index))


def _no_range(text: str) -> str:
    if text != text.strip():
        return "with space around it"
    try:
        if not _PLAIN.fullmatch(text) and _RANGE.fullmatch(text):
            ipaddress.ip_interface(text)
    except ValueError:
        return "which is no range of addresses"
    return ""


def _doubled(kind: ResourceType, items: tuple[Value, ...], path: Path) -> Iterator[tuple[Path, str]]:
    """Items of a list whose items are told apart by a field, that have the same there."""
    rule = kind.equality(path)
    if not rule or rule.sameness is not Sameness.KEYED:
        return
    in_any_case = kind.equality((*path, 0, rule.key))
    first: dict[str, int] = {}
    for index, item in enumerate(items):
        name = get(item, (rule.key,)) if isinstance(item, Mapping) else ABSENT
        if not isinstance(name, str):
            continue
        key = name.casefold() if in_any_case and in_any_case.sameness is Sameness.CASE else name
        if first.setdefault(key, index) != index:
            yield (*path, index), f"{path_text(path)} has the {rule.key} {name!r} twice"
