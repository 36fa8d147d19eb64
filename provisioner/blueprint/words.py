"""A JSON Schema validator's errors in words that a person understands.

Must not know whether a parameter or a resource was validated; the caller names the subject.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisioner.blueprint.tokens import kind
from provisioner.document import did_you_mean, either, type_words
from provisioner.model.value import Path


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong at a path: the text goes on after the path's name ("must be text, not a list")."""

    path: Path
    text: str
    hint: str = ""
    beside: str = ""  # what the last key of the path excludes, and is excluded by


def complaints(error: Any, schema: Any, settable: Callable[[Path], bool] = lambda path: True) -> list[Complaint]:
    """What one error of ``jsonschema_rs`` says. ``settable``: which properties may be proposed for a misspelt one."""
    path: Path = tuple(error.instance_path)
    explain = _EXPLAIN.get(error.kind.name)
    if explain is not None:
        return [explain(path, error)]
    match error.kind.name:
        case "additionalProperties" | "unevaluatedProperties":
            return _unknown(path, error, schema, settable)
        case "required":
            because = _because(error, schema)
            return [Complaint((*path, error.kind.property), f"is missing{because}")]
        case "falseSchema":
            return [_refused(path, list(error.schema_path))]
        case "oneOf" if any(not list(branch) for branch in getattr(error.kind, "context", [[]])):
            return [Complaint(path, _exclusive(error, schema))]
        case "anyOf" | "oneOf":
            return _none_fits(path, error, schema, settable)
        case "not":
            return [_forbidden(path, error)]
    return [Complaint(path, f"is not allowed: {error.message}")]


def _type(path: Path, error: Any) -> Complaint:
    types, value = list(error.kind.types), error.instance
    hint = ""
    if value is None:
        hint = "leave the key out where there is no value (in a template: {% if … %})"
    elif isinstance(value, float) and "string" in types:
        hint = "text needs quotes, around all that was written: a number loses the last 0 of 1.10"
    elif isinstance(value, int) and "string" in types:
        hint = f'text needs quotes: "{str(value).lower()}"'
    elif isinstance(value, str) and set(types) & {"integer", "number", "boolean"}:
        hint = "without the quotes it would be one" if not value.strip() or value[:1] in "0123456789-tf" else ""
    return Complaint(path, f"must be {type_words(types)}, not {kind(value)}", hint)


def _enum(path: Path, error: Any) -> Complaint:
    options = [str(option) for option in error.kind.options]
    shown = ", ".join(options[:12]) + (f" and {len(options) - 12} more" if len(options) > 12 else "")
    hint = did_you_mean(str(error.instance), options) if isinstance(error.instance, str) else ""
    return Complaint(path, f"must be one of {shown}; not {kind(error.instance)}", hint)


def _pattern(path: Path, error: Any) -> Complaint:
    return Complaint(
        path, f"has not the form that is asked for: {kind(error.instance)} does not match {error.kind.pattern}"
    )


def _form(name: str) -> str:
    return "a network such as 10.0.0.0/16" if name == "cidr" else f"of the form {name}"


def _limit(words: str) -> Callable[[Path, Any], Complaint]:
    def explain(path: Path, error: Any) -> Complaint:
        limit = getattr(error.kind, "limit", getattr(error.kind, "value", ""))
        shown = f", not {error.instance}" if isinstance(error.instance, (int, float)) else ""
        return Complaint(path, words.format(limit) + shown)

    return explain


_EXPLAIN: Mapping[str, Callable[[Path, Any], Complaint]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "const": lambda path, error: Complaint(path, f"must be {error.kind.value!r}, not {kind(error.instance)}"),
    "minimum": _limit("must be at least {}"),
    "maximum": _limit("must be at most {}"),
    "exclusiveMinimum": _limit("must be more than {}"),
    "exclusiveMaximum": _limit("must be less than {}"),
    "multipleOf": _limit("must be a multiple of {}"),
    "minLength": _limit("must have at least {} characters"),
    "maxLength": _limit("must have at most {} characters"),
    "minItems": _limit("must have at least {} items"),
    "maxItems": _limit("must have at most {} items"),
    "minProperties": _limit("must have at least {} keys"),
    "maxProperties": _limit("must have at most {} keys"),
    "uniqueItems": lambda path, error: Complaint(path, "holds the same item twice"),
    "contains": lambda path, error: Complaint(path, "lacks an item that must be there"),
    "format": lambda path, error: Complaint(path, f"must be {_form(error.kind.format)}, not {kind(error.instance)}"),
}


def _unknown(path: Path, error: Any, schema: Any, settable: Callable[[Path], bool]) -> list[Complaint]:
    around = _at(schema, list(error.schema_path)[:-1])
    properties = around.get("properties", {}) if isinstance(around, Mapping) else {}
    names = [name for name in properties if settable((*path, name))]
    return [
        Complaint((*path, key), "is not a known property", did_you_mean(key, names, else_list="known here"))
        for key in error.kind.unexpected
    ]


def _none_fits(path: Path, error: Any, schema: Any, settable: Callable[[Path], bool]) -> list[Complaint]:
    branches = [list(branch) for branch in error.kind.context]
    if not branches:
        return [Complaint(path, "fits none of the forms that are allowed here")]
    flat = [item for branch in branches for item in branch]
    if all(item.kind.name == "required" for item in flat):
        sets = [" and ".join(item.kind.property for item in branch) for branch in branches]
        return [Complaint(path, f"needs {either(sets)}")]
    if all(item.kind.name == "type" and tuple(item.instance_path) == path for item in flat):
        types = [name for item in flat for name in item.kind.types]
        return [Complaint(path, f"must be {type_words(types)}, not {kind(error.instance)}")]
    named = [branch for branch in branches if not any(_another_kind(item, path) for item in branch)]
    if not named:  # as of a property that tells the forms apart, with a value that names none of them
        words = [item for branch in branches for item in branch if _another_kind(item, path)]
        options = either([str(item.kind.value) for item in words])
        return [Complaint(tuple(words[0].instance_path), f"must be {options}, not {kind(words[0].instance)}")]
    # The branch that was probably meant: its errors lie deepest, and are fewest.
    best = max(named, key=lambda branch: (min(len(item.instance_path) for item in branch), -len(branch)))
    return [complaint for item in best for complaint in complaints(item, schema, settable)]


def _another_kind(error: Any, path: Path) -> bool:
    """Whether an error says that a value is of another form than this branch: ``kind: Circle`` in that of a square."""
    return error.kind.name == "const" and len(error.instance_path) == len(path) + 1


def _exclusive(error: Any, schema: Any) -> str:
    names: list[str] = []
    for branch in _at(schema, list(error.schema_path)) or ():
        required = branch.get("required", ()) if isinstance(branch, Mapping) else ()
        names.extend(name for name in required if isinstance(error.instance, Mapping) and name in error.instance)
    if names:
        return f"sets {' and '.join(dict.fromkeys(names))}, which exclude each other"
    return "fits several of the forms that exclude each other: set what tells them apart"


def _because(error: Any, schema: Any) -> str:
    """Why something is needed, where the presence of another property is why."""
    rule = _at(schema, list(error.schema_path)) if list(error.schema_path)[-1:] == ["dependentRequired"] else {}
    others = [name for name, needed in rule.items() if name in error.instance and error.kind.property in needed]
    return f": {others[0]} needs it" if others else ""


def _refused(path: Path, at: list[Any]) -> Complaint:
    if "dependentSchemas" in at:
        other = at[at.index("dependentSchemas") + 1]
        return Complaint(path, f"cannot be set beside {other}", beside=other)
    conditional = {"then", "else", "not", "anyOf", "oneOf"} & set(map(str, at))
    return Complaint(path, "is not allowed here" if conditional else "is published by the cloud, but not supported yet")


def _forbidden(path: Path, error: Any) -> Complaint:
    schema = getattr(error.kind, "schema", None)
    required = schema.get("required", ()) if isinstance(schema, Mapping) else ()
    if required:
        return Complaint(path, f"must not set {' and '.join(required)}{' together' if len(required) > 1 else ''}")
    return Complaint(path, "has a form that is not allowed here")


def _at(schema: Any, path: Sequence[Any]) -> Any:
    """The part of a schema that a validator's schema path names."""
    for part in path:
        if (isinstance(schema, Mapping) and part in schema) or (
            isinstance(schema, (list, tuple)) and isinstance(part, int) and part < len(schema)
        ):
            schema = schema[part]
        else:
            return None
    return schema
