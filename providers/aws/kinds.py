"""Resource types of AWS: what the registry's schema says, corrected by the type's table where there is one.

It must not send requests, and knows no single type.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from providers.aws.table import Table
from providers.aws.terms import Frame, evaluate, path
from providers.aws.types.stores import DATA_STORES
from providers.kit import tags as tagging
from providers.kit.archive import base_type, paths
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Effect, EffectKind, Equality, Ownership, ResourceType, Sameness, TagField
from provisioner.model.value import Map, Path, freeze, get

TAG_KEY = "Key"
_DEEPEST = 12  # levels of a schema that are searched for rules of sameness; some definitions contain themselves

_CREATED_WITHIN = 120.0  # seconds until what Cloud Control creates shows: it may have to call the service first
_REPLAYS = 24 * 3600.0  # it keeps tokens for 36 hours
HANDLERS = frozenset({"create", "read", "delete"})
"""What a type needs to be managed through Cloud Control."""

_FORMATS = {"ipv4-network": Sameness.CIDR, "ipv6-network": Sameness.CIDR}


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource type with what only this provider reads. identity: the properties that make its identity, in order ·
    table: how it is called, None for types that are only described yet."""

    type: ResourceType
    identity: tuple[Path, ...]
    table: Table | None = None

    def split_identity(self, identity: str) -> Map:
        """The parts of an identity by property (``eipalloc-1`` of ``203.0.113.7|eipalloc-1``)."""
        parts = identity.split("|") if len(self.identity) > 1 else [identity]
        return Map(zip((str(each[-1]) for each in self.identity), parts, strict=False))

    def parts(self, identity: str) -> Iterator[tuple[Path, str]]:
        """The parts of an identity by the paths of their properties, where they stand at the top of a body."""
        given = identity.split("|") if len(self.identity) > 1 else [identity]
        return ((path, part) for path, part in zip(self.identity, given, strict=False) if len(path) == 1)

    def join_identity(self, body: Mapping[str, Any]) -> str | None:
        """The identity of an object with this body, as Cloud Control writes it; None while a part is not known."""
        parts = [_part(get(body, each)) for each in self.identity]
        known = [part for part in parts if isinstance(part, str) and part]
        return "|".join(known) if parts and len(known) == len(parts) else None

    def tags_in(self, body: Map) -> dict[str, Any]:
        """The tags in a body, by key."""
        return tagging.as_map(get(body, self.type.tags.path) or None) if self.type.tags else {}

    def identity_of(self, want: Resource) -> str | None:
        """The identity that an object will have, or None while nothing tells it."""
        if not self.table:
            return self.join_identity(want.body)
        follows = evaluate(self.table.named, Frame(want.place, want=want.body, owner=want.owner))
        return self.join_identity({**want.body, **self.table.constants, **follows})


def _part(value: Any) -> Any:
    """A part of an identity as text; the one item of a list of one: what CloudFormation allows for several at once, we take
    for one."""
    value = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    return json.dumps(value) if isinstance(value, (bool, int)) else value


def build(entry: Mapping[str, Any], table: Table | None, beside: tuple[str, ...] = ()) -> Kind:
    """The kind of an archive's entry and a table; beside: the types of its service that have one."""
    cloud = entry.get("cloud", {})
    schema = entry.get("schema", {})
    tagging = cloud.get("tagging", {})
    tags = _tag_field(schema, tagging)
    corrections = _corrections(table) if table else _generic(entry, tags)
    equalities = tuple(rule for rule in _equalities(schema, schema, (), _DEEPEST) if not tags or rule.path != tags.path)
    if tags and tags.shape == "list":
        equalities = (Equality(tags.path, Sameness.KEYED, TAG_KEY), *equalities)
    corrections["equalities"] = (*(table.equalities if table else ()), *equalities)
    if table:
        schema = _widened(schema, table)
        if table.write_only is not None:
            corrections["write_only"] = tuple(path(name) for name in table.write_only)
        writable = _narrowed(schema, table, tags.path if tags else (), paths(entry, "read_only"))
        entry = {**entry, "schema": writable}
        if tags:
            corrections["defaults"] = (*corrections["defaults"], (tags.path, ()))
    own = [[name] for name in table.identity] if table else []
    identity = tuple(tuple(each) for each in own or cloud.get("identifier", ()))
    corrections["identity"] = identity if len(identity) > 1 else ()
    corrections["nests"] = False  # a slash in a name is a letter
    corrections["named_by"] = (*identity, *(table.named_by if table else ()))
    applies = table is not None or set(cloud.get("handlers", ())) >= HANDLERS
    kind = base_type(entry, "aws", tags=tags, applies=applies, instead=() if applies else beside, **corrections)
    return Kind(kind, identity, table)


def _corrections(table: Table) -> dict[str, Any]:
    tagged = Ownership.TAGGED if table.tags_on_create else Ownership.TAGGED_AFTER
    return {
        "effects": table.effects,
        "defaults": tuple((path(name), value) for name, value in table.defaults.items()),
        "changes_with": table.changes_with,
        "natural_key": table.natural_key,
        "sticky": tuple((path(name), what) for name, what in table.sticky.items()),
        "unique": table.unique,
        "born": tuple(path(name) for name in table.born),
        "shared": tuple((path(name), key) for name, key in table.shared.items()),
        "entered": table.entered,
        "assigned": table.assigned,
        "ownership": tagged if table.tags else Ownership.LEDGER,
        "creates_over": table.creates_over,
        "visible_within": table.visible_within,
        "data_store": table.data_store,
    }


def _generic(entry: Mapping[str, Any], tags: TagField | None) -> dict[str, Any]:
    """What is true for a type without a table: all that the registry says, and no more."""
    cloud, read_only = entry.get("cloud", {}), paths(entry, "read_only")
    tagging = cloud.get("tagging", {})
    named = tuple(tuple(path) for path in cloud.get("identifier", ()))
    fixed = [] if "update" in cloud.get("handlers", ()) else list(entry.get("schema", {}).get("properties", {}))
    on_create = Ownership.TAGGED if tagging.get("tagOnCreate") else Ownership.TAGGED_AFTER
    return {
        "ownership": on_create if tags else Ownership.LEDGER,
        "natural_key": named if not set(named) & set(read_only) else (),
        "effects": tuple(Effect((name,), EffectKind.REPLACE) for name in fixed),
        "data_store": entry["name"] in DATA_STORES,
        "visible_within": _CREATED_WITHIN,
        "replays": _REPLAYS,
    }


def _tag_field(schema: Mapping[str, Any], tagging: Mapping[str, Any]) -> TagField | None:
    """Where tags stand. What a few types have deeper in their body is not taken for tags."""
    where: Path = tuple(tagging.get("tagProperty", ()))
    if len(where) != 1:
        return None
    declared = _resolved(schema, schema.get("properties", {}).get(where[0], {}))
    return TagField(where, "map" if _is_map(declared) else "list")


def _is_map(declared: Mapping[str, Any]) -> bool:
    free = "patternProperties" in declared or isinstance(declared.get("additionalProperties"), Mapping)
    return "object" in (kinds if isinstance(kinds := declared.get("type", ()), list) else [kinds]) or free


# --- the schema ---------------------------------------------------------------------------------------------------------


def _widened(schema: Mapping[str, Any], table: Table) -> Mapping[str, Any]:
    properties = {name: {**schema["properties"].get(name, {}), **more} for name, more in table.widened.items()}
    return {**schema, "properties": {**schema["properties"], **properties}}


def _narrowed(schema: Mapping[str, Any], table: Table, tags: Path, read_only: tuple[Path, ...]) -> Mapping[str, Any]:
    """The schema with ``false`` for what AWS publishes and no call of the table sets, so that a blueprint that uses it is
    refused before anything is done and never silently left out."""
    kept = {each[0] for each in (*table.settable, tags, *read_only) if len(each) == 1 or each in table.settable}
    properties = {name: declared if name in kept else False for name, declared in schema["properties"].items()}
    out = {**schema, "properties": properties}
    for unsupported in table.unsupported:
        out = _without(out, unsupported)
    if table.required:
        out["required"] = sorted({*schema.get("required", ()), *table.required})
    choices = [("oneOf", names) for names in table.one_of] + [("anyOf", names) for names in table.any_of]
    rules = [{rule: [{"required": [name]} for name in names]} for rule, names in choices]
    return {**out, "allOf": [*schema.get("allOf", ()), *rules]} if rules else out


def _without(schema: Mapping[str, Any], where: Path) -> dict[str, Any]:
    """The schema with ``false`` at a path, which may lead through lists (``*``) and definitions."""

    def walk(node: Mapping[str, Any], rest: Path, definitions: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in node:
            name = str(node["$ref"]).removeprefix("#/$defs/")
            definitions[name] = walk(definitions[name], rest, definitions)
            return dict(node)
        if rest[0] == "*":
            return {**node, "items": walk(node["items"], rest[1:], definitions)}
        name = str(rest[0])
        inside = False if len(rest) == 1 else walk(node["properties"][name], rest[1:], definitions)
        return {**node, "properties": {**node["properties"], name: inside}}

    definitions = dict(schema.get("$defs", {}))
    out = walk(schema, where, definitions)
    return {**out, "$defs": definitions} if definitions else out


def _equalities(schema: Mapping[str, Any], node: Any, at: Path, depth: int) -> Iterator[Equality]:
    """The rules of sameness that a schema tells by itself: unordered lists, address ranges, policy documents."""
    node = _resolved(schema, node)
    if not depth or not node:
        return
    if at and node.get("format") in _FORMATS:
        yield Equality(at, _FORMATS[node["format"]])
    elif at and _is_document(str(at[-1]), node):
        yield Equality(at, Sameness.JSON)
        return
    if "items" in node:
        if node.get("insertionOrder") is False:
            yield Equality(at, Sameness.UNORDERED)
        yield from _equalities(schema, node["items"], (*at, "*"), depth - 1)
    for name, inside in node.get("properties", {}).items():
        yield from _equalities(schema, inside, (*at, name), depth - 1)


def _is_document(name: str, node: Mapping[str, Any]) -> bool:
    kinds = node.get("type", ())
    free = "object" in kinds and not node.get("properties") and not node.get("patternProperties")
    return free and name.endswith(("Policy", "PolicyDocument"))


def _resolved(schema: Mapping[str, Any], node: Any) -> Mapping[str, Any]:
    """A node with its references followed; empty where there is nothing to walk."""
    for _ in range(_DEEPEST):
        if not isinstance(node, Mapping):
            return {}
        if "$ref" not in node:
            return node
        node = schema.get("$defs", {}).get(str(node["$ref"]).removeprefix("#/$defs/"), {}) | {
            key: value for key, value in node.items() if key != "$ref"
        }
    return {}


def frozen(value: Any) -> Map:
    """An answer's body as a ``Map``, dates as text."""
    found: Map = freeze(_plain(value))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
