"""A resource type as a tree of properties for people and programs: what each may hold, and what a change of it takes.

Formats nothing, and must not know a cloud: all is read from the type's data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.model.resource_type import EffectKind, ResourceType
from provisioner.model.value import Path, matches

FORMAT_VERSION = 1
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "map",
    "array": "list",
    "null": "null",
}
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "matches {}",
    "format": "format {}",
}
_ENVELOPE = "properties"  # ARM's own level: it counts for nothing


class NoSuchPropertyError(LookupError):
    """A path leads nowhere: there is no ``name`` where ``known`` are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known


@dataclass(frozen=True, slots=True)
class PropertyView:
    """One property. path: from the body, ``[*]`` for any item · type: in words · change: ``in_place``, ``restart``, ``replace``
    or ``refuse``, with ``(sometimes)`` where that depends · values: all that are allowed (``closed``), else those known ·
    inside: properties of a map, or of a list's maps · hidden: how many there are instead, below the depth asked for or set by
    the cloud ·
    like: the path where the same form stands already."""

    name: str
    path: str
    type: str
    required: bool = False
    read_only: bool = False
    write_only: bool = False
    sensitive: bool = False
    change: str = "in_place"
    description: str = ""
    values: tuple[Any, ...] = ()
    closed: bool = False
    limits: tuple[str, ...] = ()
    inside: tuple[PropertyView, ...] = ()
    hidden: int = 0
    like: str = ""


@dataclass(frozen=True, slots=True)
class TypeView:
    """A type. beside: what stands beside the body and says where it lives · example: the smallest entry."""

    type: str
    cloud: str
    version: str
    title: str
    path: str
    beside: tuple[PropertyView, ...]
    properties: tuple[PropertyView, ...]
    example: Mapping[str, Any]
    applies: bool = True
    format_version: int = FORMAT_VERSION


def view(kind: ResourceType, example: Mapping[str, Any], path: str = "", depth: int = 2) -> TypeView:
    """The tree of a type, or of what is at a path of it (``A.B``; lists are gone through), so many levels deep."""
    builder = _Builder(kind, kind.schema)
    node: Mapping[str, Any] = kind.schema
    at: Path = ()
    for name in path.replace("[*]", "").split(".") if path else ():
        fields = builder.fields(node)
        while not fields and (inner := builder.items(node)) is not None:
            node, at, fields = inner, (*at, "*"), builder.fields(inner)
        if name not in fields:
            raise NoSuchPropertyError(name, tuple(fields))
        node, at = fields[name], (*at, name)
    tree = builder.properties(node, at, depth)
    if path and not tree:
        tree = (builder.property(str(at[-1]), node, at, depth, required=False),)
    beside = _Builder(kind, kind.place_schema).properties(kind.place_schema, (), 1) if not path else ()
    return TypeView(kind.name, kind.cloud, kind.version, kind.title, path, beside, tree, example, kind.applies)


class _Builder:
    """Makes the views of one schema; a definition is opened where it is met first."""

    def __init__(self, kind: ResourceType, schema: Mapping[str, Any]) -> None:
        self._kind = kind
        self._own = schema is kind.schema
        self._defs: Mapping[str, Any] = schema.get("$defs", {})
        self._opened: dict[str, str] = {}

    def properties(self, node: Mapping[str, Any], path: Path, depth: int) -> tuple[PropertyView, ...]:
        """What is in a map or in the items of a list: required ones first, what the cloud sets last."""
        while (inner := self.items(node)) is not None and not self.fields(node):
            node, path = inner, (*path, "*")
        needed = set(self.resolved(node).get("required", ()))
        found = [
            self.property(name, inner, (*path, name), depth, required=name in needed)
            for name, inner in self.fields(node).items()
        ]
        return tuple(sorted(found, key=lambda one: (one.read_only, not one.required)))

    def property(self, name: str, node: Mapping[str, Any], path: Path, depth: int, *, required: bool) -> PropertyView:
        """One property."""
        resolved = self.resolved(node)
        form = self._form(node)
        text = _text(path)
        like = self._opened.get(form, "") if form else ""
        inside: tuple[PropertyView, ...] = ()
        hidden = 0
        read_only = self._own and self._kind.is_read_only(path)
        if not like:
            if (depth > 1 and not read_only) or path == (_ENVELOPE,):
                self._opened |= {form: text} if form else {}
                inside = self.properties(node, path, depth - (path != (_ENVELOPE,)))
            else:
                hidden = self._count(node)
        values, closed = self._values(resolved)
        return PropertyView(
            name,
            text,
            self._type(resolved),
            required,
            read_only,
            self._own and self._kind.is_write_only(path),
            self._own and any(matches(each, path) for each in self._kind.sensitive),
            self._change(path) if self._own and not read_only else "in_place",
            str(node.get("description") or resolved.get("description", "")) if isinstance(node, Mapping) else "",
            values,
            closed,
            tuple(_limit(words, resolved[key]) for key, words in _LIMITS.items() if key in resolved),
            inside,
            hidden,
            like,
        )

    def resolved(self, node: Any) -> Mapping[str, Any]:
        """A node with what it refers to."""
        found: dict[str, Any] = dict(node) if isinstance(node, Mapping) else {}
        while "$ref" in found:
            found = {**self._defs.get(str(found.pop("$ref")).removeprefix("#/$defs/"), {}), **found}
        return found

    def fields(self, node: Any) -> dict[str, Any]:
        """The properties that a map may have, in any of its forms."""
        resolved = self.resolved(node)
        found = {name: inner for name, inner in resolved.get("properties", {}).items() if inner is not False}
        for word in ("allOf", "anyOf", "oneOf"):
            for form in resolved.get(word, ()):
                for name, inner in self.fields(form).items():
                    found.setdefault(name, inner)
        return found

    def items(self, node: Any) -> Any:
        """What a list's items are, or a map's values; None where it is neither."""
        resolved = self.resolved(node)
        inner = resolved.get("items", resolved.get("additionalProperties"))
        return inner if isinstance(inner, Mapping) else None

    def _form(self, node: Any) -> str:
        """The name of the definition that stands here, itself or as items."""
        while isinstance(node, Mapping):
            if "$ref" in node:
                return str(node["$ref"])
            node = node.get("items", node.get("additionalProperties"))
        return ""

    def _count(self, node: Any) -> int:
        while (inner := self.items(node)) is not None and not self.fields(node):
            node = inner
        return len(self.fields(node))

    def _type(self, node: Mapping[str, Any]) -> str:
        types = node.get("type", ())
        names = [types] if isinstance(types, str) else list(types)
        if not names:
            forms = [self._type(self.resolved(form)) for word in ("anyOf", "oneOf") for form in node.get(word, ())]
            return " or ".join(dict.fromkeys(form for form in forms if form != "anything")) or (
                "map" if self.fields(node) else "anything"
            )
        return " or ".join(self._one_type(name, node) for name in names if name != "null")

    def _one_type(self, name: str, node: Mapping[str, Any]) -> str:
        if name == "array" and isinstance(node.get("items"), Mapping):
            return f"list of {_plural(self._type(self.resolved(node['items'])))}"
        if name == "object" and isinstance(node.get("additionalProperties"), Mapping) and not self.fields(node):
            return f"map of {_plural(self._type(self.resolved(node['additionalProperties'])))}"
        return _TYPES.get(name, name)

    def _values(self, node: Mapping[str, Any]) -> tuple[tuple[Any, ...], bool]:
        node = self.resolved(node.get("items", node)) if "enum" not in node else node
        if "const" in node:
            return (node["const"],), True
        if "enum" in node:
            return tuple(node["enum"]), True
        return tuple(node.get("examples", ())), False

    def _change(self, path: Path) -> str:
        for effect in self._kind.effects:
            if any(matches(effect.path, path[:size]) for size in range(1, len(path) + 1)):
                return f"{effect.kind}{' (sometimes)' if effect.when else ''}"
        return str(EffectKind.IN_PLACE)


def _limit(words: str, value: Any) -> str:
    text = words.format(value)
    return text.removesuffix("s") if value == 1 else text


def _plural(words: str) -> str:
    return {"map": "maps", "whole number": "whole numbers", "number": "numbers", "text": "texts"}.get(words, words)


def _text(path: Path) -> str:
    return "".join("[*]" if part == "*" else f".{part}" for part in path).removeprefix(".")


def walk(properties: tuple[PropertyView, ...]) -> Iterator[PropertyView]:
    """All of a tree."""
    for each in properties:
        yield each
        yield from walk(each.inside)
