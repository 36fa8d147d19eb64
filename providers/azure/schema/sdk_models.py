"""Reads the models of an azure-mgmt package, of both generations, into one plain form.

Must not import the package (its source is read as text) and must not know operations, kept tables or archives.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from providers.kit.prose import sentence

Schema = dict[str, Any]

_SCALARS: Mapping[str, Schema] = {
    "str": {"type": "string"},
    "bytes": {"type": "string"},
    "base64": {"type": "string"},
    "bytearray": {"type": "string"},
    "int": {"type": "integer"},
    "long": {"type": "integer"},
    "unix-time": {"type": "integer"},
    "float": {"type": "number"},
    "decimal": {"type": "number"},
    "bool": {"type": "boolean"},
    "iso-8601": {"type": "string", "format": "date-time"},
    "rfc-1123": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "duration": {"type": "string", "format": "duration"},
    "datetime.datetime": {"type": "string", "format": "date-time"},
    "datetime.date": {"type": "string", "format": "date"},
    "datetime.time": {"type": "string", "format": "time"},
    "datetime.timedelta": {"type": "string", "format": "duration"},
    "object": {},
    "any": {},
    "Any": {},
    "JSON": {"type": "object"},
}
_LIMITS = {
    "max_length": "maxLength",
    "min_length": "minLength",
    "pattern": "pattern",
    "maximum": "maximum",
    "minimum": "minimum",
    "maximum_ex": "exclusiveMaximum",
    "minimum_ex": "exclusiveMinimum",
    "max_items": "maxItems",
    "min_items": "minItems",
    "unique": "uniqueItems",
    "multiple": "multipleOf",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One JSON property. schema: a fragment in which other models stand as ``{"$ref": "#/$defs/NAME"}``, with its
    description."""

    name: str
    schema: Schema
    required: bool = False
    read_only: bool = False
    create_only: bool = False
    write_only: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """One object of the REST body. fields: inherited ones first · discriminator: wire name of the property that tells
    the subtypes apart, empty where there are none · value: of the discriminator in this very subtype."""

    name: str
    title: str = ""
    bases: tuple[str, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    discriminator: str = ""
    value: str = ""


def read_models(folder: Path) -> dict[str, Model]:
    """All models of a ``models`` folder, by name, inheritance resolved. Either generation."""
    source = next(path for name in ("_models_py3.py", "_models.py") if (path := folder / name).exists())
    reader = _Reader(read_enums(folder))
    for node in _classes(source.read_text("utf-8")):
        reader.add(node)
    return _inherited(reader.models)


def _classes(text: str) -> Iterator[ast.ClassDef]:
    """Class definitions one at a time: the syntax tree of a whole package would take a gigabyte."""
    for chunk in re.split(r"(?m)^(?=class )", text)[1:]:
        with warnings.catch_warnings(action="ignore"):  # of escapes in the prose
            node = ast.parse(chunk).body[0]
        if isinstance(node, ast.ClassDef):
            yield node


def read_enums(folder: Path) -> dict[str, dict[str, Any]]:
    """Enum name -> member name -> value."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*_enums.py")):
        for node in _classes(path.read_text("utf-8")):
            found[node.name] = {
                target.id: item.value.value
                for item in node.body
                if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant)
                for target in item.targets
                if isinstance(target, ast.Name)
            }
    return found


class _Reader:
    """Turns class definitions into models, one at a time."""

    def __init__(self, enums: Mapping[str, Mapping[str, Any]]) -> None:
        self._enums = enums
        self._values: dict[str, str] = {}  # subtype -> its discriminator's value, which msrest tells in the base
        self.models: dict[str, Model] = {}

    def add(self, node: ast.ClassDef) -> None:
        bases = tuple(base.id for base in node.bases if isinstance(base, ast.Name))  # others come from elsewhere
        value = next((_text(word.value) for word in node.keywords if word.arg == "discriminator"), "")
        model = Model(node.name, _title(node), bases, value=value)
        constants = {
            item.targets[0].id: item.value
            for item in node.body
            if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name)
        }
        model = self._msrest(model, node, constants) if "_attribute_map" in constants else self._typespec(model, node)
        self.models[node.name] = model

    def _typespec(self, model: Model, node: ast.ClassDef) -> Model:
        """``name: Optional[str] = rest_field(name=…, visibility=[…])``."""
        fields: dict[str, Field] = {}
        discriminator = ""
        for item, after in zip(node.body, [*node.body[1:], None], strict=True):
            if not (isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)):
                continue
            if not (isinstance(item.value, ast.Call) and isinstance(item.value.func, ast.Name)):
                continue
            words = {word.arg: word.value for word in item.value.keywords}
            name = _text(words["name"]) if "name" in words else item.target.id
            seen = set(ast.literal_eval(words["visibility"])) if "visibility" in words else {"read", "create", "update"}
            kind = item.value.func.id
            if kind == "rest_discriminator":
                discriminator = name
            optional = ast.unparse(item.annotation).startswith("Optional[")
            fields[name] = Field(
                name,
                {**self._annotation(item.annotation), **_description(_docstring(after))},
                required=not optional and "create" in seen,
                read_only=not seen & {"create", "update"},
                create_only="create" in seen and "update" not in seen,
                write_only="read" not in seen,
            )
        return replace(model, fields=fields, discriminator=discriminator)

    def _msrest(self, model: Model, node: ast.ClassDef, constants: Mapping[str, ast.expr]) -> Model:
        """``_attribute_map`` with ``properties.x`` for what was flattened, ``_validation`` and ``_subtype_map``."""
        attributes: dict[str, dict[str, str]] = ast.literal_eval(constants["_attribute_map"])
        rules = ast.literal_eval(constants["_validation"]) if "_validation" in constants else {}
        subtypes = ast.literal_eval(constants["_subtype_map"]) if "_subtype_map" in constants else {}
        annotations, texts = _init_annotations(node), _variables(ast.get_docstring(node) or "")
        top: dict[str, Field] = {}
        for attribute, spec in attributes.items():
            rule = rules.get(attribute, {})
            schema = self._msrest_type(spec["type"])
            known = self._annotation(annotations[attribute]) if attribute in annotations else {}
            if schema == _SCALARS["str"] and "examples" in known:
                schema = known
            schema = {**schema, **{word: rule[key] for key, word in _LIMITS.items() if key in rule}}
            schema |= _description(texts.get(attribute, ""))
            path = [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", spec["key"])]
            made = Field(path[-1], schema, bool(rule.get("required")), bool(rule.get("readonly")))
            self._place(model.name, top, path, made)
        discriminator = next((attributes[key]["key"] for key in subtypes), "").replace("\\.", ".")
        values = {name: value for other in subtypes.values() for value, name in other.items()}
        self._values |= values
        return replace(model, fields=top, discriminator=discriminator, value=self._values.get(model.name, ""))

    def _place(self, owner: str, fields: dict[str, Field], path: list[str], made: Field) -> None:
        """Put a flattened field back beneath the objects of its path, which become models of their own."""
        if len(path) == 1:
            fields[path[0]] = made
            return
        inner = f"{owner}.{path[0]}"
        known = self.models.get(inner, Model(inner))
        nested = dict(known.fields)
        self._place(inner, nested, path[1:], made)
        self.models[inner] = replace(known, fields=nested)
        required = any(item.required and not item.read_only for item in nested.values())
        fields[path[0]] = Field(path[0], _ref(inner), required)

    def _msrest_type(self, text: str) -> Schema:
        if text.startswith("[") and text.endswith("]"):
            return {"type": "array", "items": self._msrest_type(text[1:-1])}
        if text.startswith("{") and text.endswith("}"):
            return {"type": "object", "additionalProperties": self._msrest_type(text[1:-1])}
        return dict(_SCALARS[text]) if text in _SCALARS else _ref(text)

    def _annotation(self, node: ast.expr) -> Schema:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):  # a forward reference
            return self._annotation(ast.parse(node.value, mode="eval").body)
        if isinstance(node, ast.Subscript):
            outer = ast.unparse(node.value).lower().removeprefix("typing.")
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            match outer:
                case "optional":
                    return self._annotation(inner[0])
                case "list" | "sequence":
                    return {"type": "array", "items": self._annotation(inner[0])}
                case "dict" | "mapping":
                    return {"type": "object", "additionalProperties": self._annotation(inner[1])}
                case "literal":
                    return {"const": self._literal(inner[0])}
                case "union":
                    return self._union([item for item in inner if ast.unparse(item) != "None"])
        text = ast.unparse(node)
        return dict(_SCALARS[text]) if text in _SCALARS else self._named(text.rsplit(".", 1)[-1])

    def _union(self, parts: list[ast.expr]) -> Schema:
        schemas = [self._annotation(part) for part in parts]
        examples = next((schema["examples"] for schema in schemas if "examples" in schema), None)
        # Union[str, Enum]: the SDK takes any text, so the known values are hints, not a closed list
        return {**schemas[0], "examples": examples} if examples is not None else schemas[0]

    def _named(self, name: str) -> Schema:
        if name not in self._enums:
            return _ref(name)
        values = list(self._enums[name].values())
        return {"type": "integer" if values and isinstance(values[0], int) else "string", "examples": values}

    def _literal(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        enum, member = ast.unparse(node).rsplit(".", 2)[-2:]
        return self._enums[enum][member]


def _init_annotations(node: ast.ClassDef) -> dict[str, ast.expr]:
    init = next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
    return {arg.arg: arg.annotation for arg in init.args.kwonlyargs if arg.annotation} if init else {}


def _docstring(node: ast.stmt | None) -> str:
    """The text that stands as a statement of its own beneath a field."""
    return _text(node.value) if isinstance(node, ast.Expr) else ""


def _variables(text: str) -> dict[str, str]:
    """What a class says of its variables: ``:ivar name: text``."""
    return dict(re.findall(r":ivar (\w+): (.*?)(?=\n\s*:(?:ivar|vartype)|\Z)", text, re.DOTALL))


def _description(text: str) -> Schema:
    words = sentence(re.sub(r"^(?:(?:Required|Optional|Read-only|READ-ONLY|Gets or sets)[.;:]? )+", "", text.strip()))
    return {"description": words[:1].upper() + words[1:]} if words else {}


def _inherited(models: Mapping[str, Model]) -> dict[str, Model]:
    """Every model with the fields of its bases; its own win."""
    done: dict[str, Model] = {}

    def resolve(name: str) -> Model:
        if name not in done:
            model = models[name]
            above: dict[str, Field] = {}
            discriminator = model.discriminator
            for base in reversed([base for base in model.bases if base in models]):
                above |= resolve(base).fields
                discriminator = discriminator or resolve(base).discriminator
            done[name] = replace(model, fields={**above, **model.fields}, discriminator=discriminator)
        return done[name]

    for name in models:
        resolve(name)
    return done


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _title(node: ast.ClassDef) -> str:
    """First sentence of the docstring."""
    text = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", text)[0].rstrip(".")
