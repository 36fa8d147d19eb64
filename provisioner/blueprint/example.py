"""The smallest entry of a type that its schema accepts: what must be there, and nothing else.

It shows the form, not sense: a text that must be an id is only a text of that form. Must not know a cloud.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from provisioner.blueprint.sampling import samples
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import Path, thaw

_ROUNDS = 24  # corrections of one object until it fits, or is given up
_DEEPEST = 24
_NAMED = (  # what the end of a property's name says of its text
    ("arn", "arn:aws:iam::123456789012:role/example"),
    ("cidr", "10.0.0.0/16"),
    ("cidrblock", "10.0.0.0/16"),
    ("cidrrange", "10.0.0.0/16"),
    ("addressprefix", "10.0.0.0/16"),
    ("location", "westeurope"),
    ("region", "eu-west-1"),
    ("email", "someone@example.com"),
    ("url", "https://example.com"),
    ("uri", "https://example.com"),
    ("time", "2030-01-01T00:00:00Z"),
    ("date", "2030-01-01"),
)
_TEXTS = (
    "example",
    "example-1",
    "Example",
    "1",
    "a",
    "10.0.0.0/16",
    "10.0.0.1",
    "https://example.com",
    "example.com",
    "someone@example.com",
    "/example",
    "arn:aws:iam::123456789012:role/example",
    "arn:aws:s3:::example",
    "123456789012",
    "00000000-0000-0000-0000-000000000000",
    "2030-01-01T00:00:00Z",
    "2030-01-01",
    "12:00",
    "us-east-1",
    "us-east-1a",
    "PT1H",
)


def entry(kind: ResourceType) -> dict[str, Any]:
    """A whole entry, as it stands in a blueprint beneath its address."""
    place = _Maker(thaw(kind.place_schema), lambda path: False).made() if kind.place_schema else {}
    body = _Maker(thaw(kind.schema), kind.is_read_only).made()
    around = body if kind.body_keys else {"properties": body} if body else {}
    return {"type": kind.name, **place, **around}


class _Maker:
    """Makes values of one schema, and corrects them by what its validator says. read_only: paths to leave out."""

    def __init__(self, schema: Mapping[str, Any], read_only: Callable[[Path], bool]) -> None:
        self._schema = schema
        self._defs = schema.get("$defs", {})
        self._read_only = read_only
        self._validators: dict[str, Any] = {}

    def made(self) -> Any:
        """The smallest value."""
        return self._value(self._schema, (), 0)

    def _value(self, node: Any, path: Path, depth: int) -> Any:
        node = self._resolved(node)
        for word in ("const", "default"):
            if word in node and self._fits(node, node[word]):
                return node[word]
        for word in ("enum", "examples"):
            for option in node.get(word, ()):
                if self._fits(node, option):
                    return option
        if "type" not in node and (made := self._of_a_form(node, path, depth)) is not None:
            return made
        types = node.get("type", ())
        kind = types if isinstance(types, str) else next((name for name in types if name != "null"), "")
        if not kind:
            kind = "array" if "items" in node else "string" if "pattern" in node else "object"
            kind = "string" if kind == "object" and not node.keys() & {"properties", "patternProperties"} else kind
        match kind:
            case "object":
                return self._object(node, path, depth)
            case "array":
                return self._list(node, path, depth)
            case "integer" | "number":
                return self._number(node)
            case "boolean":
                return self._first(node, (True, False), True)
        return self._text(node, str(next((part for part in reversed(path) if part != "*"), "")))

    def _of_a_form(self, node: Mapping[str, Any], path: Path, depth: int) -> Any:
        """A value of the first form that can be had, where the node says no more than which forms there are."""
        beside = {key: item for key, item in node.items() if key not in ("anyOf", "oneOf")}
        for form in (*node.get("anyOf", ()), *node.get("oneOf", ())) if depth < _DEEPEST else ():
            whole = self._together(beside, form)
            if "type" in whole and self._fits(node, made := self._value(whole, path, depth + 1)):
                return made
        return None

    def _together(self, node: Mapping[str, Any], form: Any) -> dict[str, Any]:
        """A node and one of its forms as one."""
        resolved = self._resolved(form)
        known = dict(node.get("properties", {}))
        for name, more in resolved.get("properties", {}).items():
            known[name] = {**known.get(name, {}), **more} if isinstance(more, Mapping) else more
        return {**node, **resolved, **({"properties": known, "type": "object"} if known else {})}

    def _resolved(self, node: Any) -> dict[str, Any]:
        """The node with what it refers to and all that must hold besides, as far as one node can say it."""
        found: dict[str, Any] = dict(node) if isinstance(node, Mapping) else {}
        while "$ref" in found:
            target = self._defs.get(str(found.pop("$ref")).removeprefix("#/$defs/"), {})
            found = {**target, **found} if isinstance(target, Mapping) else found
        parts = found.pop("allOf", [])
        for part in parts:
            if part.keys() & {"$ref", "type", "properties"}:
                found = self._together(self._resolved(part), found)
        if kept := [part for part in parts if not part.keys() & {"$ref", "type", "properties"}]:
            found["allOf"] = kept
        return found

    def _validator(self, node: Mapping[str, Any]) -> Any:
        import jsonschema_rs

        key = json.dumps(node, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator({**node, "$defs": self._defs})
        return self._validators[key]

    def _fits(self, node: Mapping[str, Any], value: Any) -> bool:
        return bool(self._validator(node).is_valid(value))

    def _first(self, node: Mapping[str, Any], options: Any, otherwise: Any) -> Any:
        validator = self._validator(node)
        return next((option for option in options if validator.is_valid(option)), otherwise)

    def _number(self, node: Mapping[str, Any]) -> Any:
        low, high = node.get("minimum", node.get("exclusiveMinimum", 1)), node.get("maximum", 1)
        return self._first(node, (1, low, low + 1, node.get("multipleOf", 1), high, 0, str(low)), 1)

    def _text(self, node: Mapping[str, Any], name: str) -> str:
        named = [text for ending, text in _NAMED if name.lower().endswith(ending)]
        return str(self._first(node, self._texts(node, named), "example"))

    def _texts(self, node: Mapping[str, Any], named: list[str]) -> Iterator[str]:
        shortest = node.get("minLength", 0)
        for text in (*named, *_TEXTS):
            yield text
            yield text.ljust(shortest, "0")[: node.get("maxLength", max(shortest, len(text)))]
        for word in (node, *node.get("allOf", ()), *node.get("anyOf", ()), *node.get("oneOf", ())):
            if isinstance(word, Mapping) and "pattern" in word:
                yield from samples(word["pattern"])

    def _list(self, node: Mapping[str, Any], path: Path, depth: int) -> list[Any]:
        if depth > _DEEPEST:
            return []
        count = max(node.get("minItems", 0), 1)
        if not self._fits({key: node[key] for key in node if key == "maxItems"}, [0]):
            return []
        item = self._value(node.get("items", {}), (*path, "*"), depth + 1)
        if not node.get("uniqueItems"):
            return [item] * count
        items = [item]
        for number in range(1, count):
            others = (other for other in self._others(node, item, number, path, depth) if other not in items)
            items.append(self._first(self._resolved(node.get("items", {})), others, item))
        return items

    def _others(self, node: Mapping[str, Any], item: Any, number: int, path: Path, depth: int) -> Iterator[Any]:
        yield from _others(item, number)
        inner = self._resolved(node.get("items", {}))
        for name in inner.get("properties", ()) if isinstance(item, dict) else ():
            self._add(inner, more := dict(item), name, (*path, "*"), depth + 1)
            yield more

    def _object(self, node: Mapping[str, Any], path: Path, depth: int) -> dict[str, Any]:
        value: dict[str, Any] = {}
        if depth > _DEEPEST:
            return value
        for name in node.get("required", ()):
            self._add(node, value, name, path, depth)
        validator = self._validator(node)
        for _ in range(_ROUNDS):
            errors = list(validator.iter_errors(value))
            if not any(self._corrected(node, value, error, path, depth) for error in errors):
                break
        return value

    def _add(self, node: Mapping[str, Any], value: dict[str, Any], name: str, path: Path, depth: int) -> bool:
        here = (*path, name)
        if name in value or self._read_only(here):
            return False
        value[name] = self._value(self._property(node, name), here, depth + 1)
        return True

    def _property(self, node: Mapping[str, Any], name: str) -> Any:
        named = node.get("properties", {})
        if name in named:
            return named[name]
        free = next(iter(node.get("patternProperties", {}).values()), node.get("additionalProperties", {}))
        return free if isinstance(free, Mapping) else {}

    def _corrected(self, node: Mapping[str, Any], value: dict[str, Any], error: Any, path: Path, depth: int) -> bool:
        """Whether something could be done about an error at this object itself, or at a property of it."""
        at, what = tuple(error.instance_path), error.kind.name
        if what in ("anyOf", "oneOf") and not at:
            return self._into_a_form(node, value, error, path, depth)
        if what == "required" and not at:
            return self._add(node, value, error.kind.property, path, depth)
        if what == "required" and len(at) == 1 and isinstance(value.get(at[0]), dict):
            inner = self._resolved(self._property(node, str(at[0])))
            return self._add(inner, value[at[0]], error.kind.property, (*path, str(at[0])), depth + 1)
        if what == "minProperties" and not at:
            names = [*node.get("properties", ()), *samples(next(iter(node.get("patternProperties", ())), "example"))]
            return any(self._add(node, value, name, path, depth) for name in names)
        if len(at) == 1 and what in ("const", "enum"):
            options = [error.kind.value] if what == "const" else list(error.kind.options)
            wanted = self._first(self._resolved(self._property(node, str(at[0]))), options, value[at[0]])
            changed = bool(value[at[0]] != wanted)
            value[at[0]] = wanted
            return changed
        if len(at) == 1 and what == "falseSchema" and at[0] not in node.get("required", ()):
            del value[at[0]]
            return True
        return False

    def _into_a_form(self, node: Mapping[str, Any], value: dict[str, Any], error: Any, path: Path, depth: int) -> bool:
        """Whether an object that fits no form, or several that exclude each other, could be brought nearer to one."""
        found: Any = {**node, "$defs": self._defs}
        for part in error.schema_path:
            found = found[part]
        pairs = zip(error.kind.context, found, strict=False)
        forms = [(list(errors), self._together(node, form)) for errors, form in pairs]
        if not all(errors for errors, _ in forms):  # it lacks what tells them apart
            return any(self._add(form, value, name, path, depth) for _, form in forms for name in form["properties"])
        forms.sort(key=lambda one: (sum(each.kind.name != "required" for each in one[0]), len(one[0])))
        return any(self._corrected(form, value, each, path, depth) for errors, form in forms for each in errors)


def _others(item: Any, number: int) -> Iterator[Any]:
    """The same item with something else in one place of it."""
    if isinstance(item, str):
        yield f"{item}{number}"
        yield f"{item[:-1]}{number}"
    elif isinstance(item, int) and not isinstance(item, bool):
        yield item + number
    elif isinstance(item, (list, dict)):
        for key, inner in item.items() if isinstance(item, dict) else enumerate(item):
            for other in _others(inner, number):
                yield {**item, key: other} if isinstance(item, dict) else [*item[:key], other, *item[key + 1 :]]
