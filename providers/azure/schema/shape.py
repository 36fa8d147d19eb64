"""From models to one type's JSON Schema, with the paths that are read-only, create-only and write-only.

Must not know operations, kept tables or files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from typing import Any

from providers.azure.schema.sdk_models import Field, Model, Schema

Path = tuple[str, ...]
_PREFIX = "#/$defs/"


class Shape:
    """The schema and paths of one body.

    body: the model that a PUT sends, empty where it sends none · answer: the model that a GET returns; what only it has is
    read-only, in ``properties`` too · references:
    models that are resources of their own, so that paths beneath them are not this type's to list (``{"id": …}`` is
    what stands there; their schema is complete all the same, marks included).
    """

    def __init__(self, models: Mapping[str, Model], body: str, answer: str, references: Set[str]) -> None:
        self._models = dict(models)
        self._references = references
        self._subtypes: dict[str, list[str]] = {}
        for name, model in models.items():
            for base in model.bases:
                self._subtypes.setdefault(base, []).append(name)
        self.read_only: set[Path] = set()
        self.create_only: set[Path] = set()
        self.write_only: set[Path] = set()
        self._defs: dict[str, Schema] = {}
        root = self._object(body or answer, self._merged(body, answer))
        self.schema: Schema = {**root, "$defs": self._defs} if self._defs else root
        self._walk(self.schema, (), ())

    def _merged(self, body: str, answer: str) -> Mapping[str, Field]:
        """Fields of the body, then those that only the answer has. Name and type come from the URL, never the body."""
        fields = _both(self._models[body].fields if body else {}, self._models[answer].fields)
        if body and body != answer and "properties" in fields:
            fields["properties"] = self._merged_properties(fields["properties"], self._models[answer])
        for sub in self._descendants(body or answer):
            fields = _either(fields, self._models[sub].fields)
        if "properties" in fields and not fields["properties"].schema.keys() & {"$ref", "type", "anyOf"}:
            free = fields["properties"]  # whatever is in it, it is an object
            fields["properties"] = replace(free, schema={**free.schema, "type": "object"})
        for name in ("id", "name", "type", "etag"):
            if name in fields:
                fields[name] = Field(name, fields[name].schema, read_only=True)
        return fields

    def _merged_properties(self, sent: Field, answer: Model) -> Field:
        """The field for ``properties`` with those that only the answer's has."""
        read = answer.fields.get("properties", sent)
        names = [str(field.schema.get("$ref", "")).removeprefix(_PREFIX) for field in (sent, read)]
        mine, theirs = (self._models.get(name) for name in names)
        if mine is None or theirs is None or mine == theirs or mine.discriminator or theirs.discriminator:
            return sent
        self._models[mine.name] = replace(mine, fields=_both(mine.fields, theirs.fields))
        return sent

    def _object(self, name: str, fields: Mapping[str, Field]) -> Schema:
        model = self._models[name]
        properties = {field.name: self._property(field) for field in fields.values()}
        if model.value and model.discriminator in properties:
            properties[model.discriminator] = {**properties[model.discriminator], "const": model.value}
        required = sorted(field.name for field in fields.values() if field.required and not field.read_only)
        schema: Schema = {"type": "object", "properties": properties, "additionalProperties": not properties}
        return schema | ({"required": required} if required else {})

    def _property(self, field: Field) -> Schema:
        schema = dict(field.schema)
        self._reach(schema)
        for flag, word in (
            (field.read_only, "readOnly"),
            (field.write_only, "writeOnly"),
            (field.create_only, "x-createOnly"),
        ):
            if flag:
                schema[word] = True
        return schema

    def _reach(self, schema: Any) -> None:
        """Bring every model that a fragment refers to into ``$defs``."""
        if isinstance(schema, dict):
            name = str(schema.get("$ref", "")).removeprefix(_PREFIX)
            if name and name not in self._defs:
                self._define(name)
            for item in schema.values():
                self._reach(item)
        elif isinstance(schema, list):
            for item in schema:
                self._reach(item)

    def _descendants(self, name: str) -> Iterator[str]:
        for sub in self._subtypes.get(name, ()):
            yield sub
            yield from self._descendants(sub)

    def _define(self, name: str) -> None:
        model = self._models.get(name)
        if model is None:  # a model of another package's kind: anything goes
            self._defs[name] = {}
            return
        self._defs[name] = {}  # cycles end here
        subtypes = [{"$ref": _PREFIX + sub} for sub in self._descendants(name) if self._models[sub].value]
        if subtypes and model.discriminator:
            self._reach(subtypes)
            own = [self._object(name, model.fields)] if model.value else []
            self._defs[name] = {"anyOf": [*own, *subtypes]}
        else:
            self._defs[name] = self._object(name, model.fields)

    def _walk(self, schema: Schema, path: Path, above: tuple[str, ...]) -> None:
        """List the marked paths beneath a fragment, once around each cycle."""
        for target, inner in self._targets(schema, above):
            for name, item in target.get("properties", {}).items():
                here = (*path, name)
                marks = (
                    (self.read_only, "readOnly"),
                    (self.write_only, "writeOnly"),
                    (self.create_only, "x-createOnly"),
                )
                for found, word in marks:
                    if item.get(word):
                        found.add(here)
                if not item.get("readOnly"):
                    self._walk(item, here, inner)
            rest = target.get("items") or target.get("additionalProperties")
            if isinstance(rest, dict):
                self._walk(rest, (*path, "*"), inner)

    def _targets(self, schema: Schema, above: tuple[str, ...]) -> Iterator[tuple[Schema, tuple[str, ...]]]:
        name = str(schema.get("$ref", "")).removeprefix(_PREFIX)
        if name:
            if name in above or name in self._references:
                return
            schema, above = self._defs[name], (*above, name)
        yield schema, above
        for option in schema.get("anyOf", ()):
            yield from self._targets(option, above)


def _either(fields: Mapping[str, Field], more: Mapping[str, Field]) -> dict[str, Field]:
    """The fields of a body that comes in several forms: each may have what any form has."""
    found = dict(fields)
    for name, field in more.items():
        known = found.get(name)
        if known is None:
            found[name] = replace(field, required=False)
        elif known.schema != field.schema and "$ref" in field.schema:
            forms = known.schema.get("anyOf", [known.schema])
            found[name] = replace(known, schema={"anyOf": [*forms, field.schema]})
    return found


def _both(sent: Mapping[str, Field], read: Mapping[str, Field]) -> dict[str, Field]:
    """The fields that are sent, then those that are only read."""
    only_read = {name: Field(name, field.schema, read_only=True) for name, field in read.items() if name not in sent}
    return {**sent, **only_read}
