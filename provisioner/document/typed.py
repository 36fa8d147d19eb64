"""Documents against pydantic models: every error with its line and words a person understands.

Must not know any particular model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from provisioner.document.located import Located
from provisioner.document.near import did_you_mean
from provisioner.document.words import either, kind_of
from provisioner.model.problem import BlueprintError, Problem
from provisioner.model.source import Source
from provisioner.model.value import Map, path_text, thaw

if TYPE_CHECKING:
    from pydantic import BaseModel

    Model = TypeVar("Model", bound=BaseModel)


def check(document: Located, model: type[Model]) -> Model:
    """The document as the model; ``BlueprintError`` with one problem for each thing that is wrong with it."""
    from pydantic import ValidationError

    if not isinstance(document.value, Map):
        raise BlueprintError(Problem("a map of keys and values is expected here", document.source))
    try:
        return model.model_validate(thaw(document.value))
    except ValidationError as error:
        problems = [_problem(document, model, item) for item in error.errors(include_url=False)]
    raise BlueprintError(*problems)


def _problem(document: Located, model: type[BaseModel], item: Any) -> Problem:
    location = tuple(item["loc"])
    path, source = _find(document, location)
    where = path_text(path)
    kind, context = item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        known = _fields(model, location[:-1])
        return Problem(
            f"unknown key {location[-1]!r}", source, hint=did_you_mean(str(location[-1]), known, else_list="known")
        )
    if kind == "missing":
        return Problem(f"{path_text((*path, location[-1]))!r} is missing", source)
    if kind == "value_error":
        return Problem(f"{where}: {context.get('error', item['msg'])}" if where else str(context["error"]), source)
    value = item["input"]
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"])
        hint = did_you_mean(value, options) if isinstance(value, str) else ""
        return Problem(f"{where} must be {either(options)}, not {kind_of(value)}", source, hint=hint)
    if (wanted := kind.removesuffix("_type").removesuffix("_parsing")) in _KINDS:
        return Problem(f"{where} must be {_KINDS[wanted]}, not {kind_of(value)}", source)
    message = item["msg"]
    return Problem(f"{where}: {message[:1].lower()}{message[1:]}", source)


_KINDS = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a map",
    "model": "a map",
}
"""What pydantic's errors ask for, by the beginning of their name."""


def _find(document: Located, location: tuple[Any, ...]) -> tuple[tuple[str | int, ...], Source]:
    """The part of a pydantic location that exists in the document (the rest names union members or what lacks)."""
    path: list[str | int] = []
    cursor = document
    for part in location:
        value = cursor.value
        if (isinstance(value, Map) and part in value) or (isinstance(value, tuple) and isinstance(part, int)):
            cursor = cursor.child(part)
            path.append(part)
    return tuple(path), cursor.source


def _fields(model: Any, location: tuple[Any, ...]) -> list[str]:
    """The keys that a model knows at a location, as far as it can be followed."""
    from pydantic import BaseModel

    for part in location:
        found = getattr(model, "model_fields", {}).get(part)
        annotation = found.annotation if found else model
        for candidate in (annotation, *getattr(annotation, "__args__", ())):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                model = candidate
                break
    fields = getattr(model, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]
