"""The outputs of a blueprint or a module, and what a path into them means. Must not know where they are used."""

from __future__ import annotations

from provisioner.blueprint.quoted import quoted
from provisioner.blueprint.tokens import kind
from provisioner.document import Located, did_you_mean
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Reference, Value, get, path_text


def outputs_of(document: Located) -> Located:
    """A document's outputs; an empty map where it has none (or what is none, which is told elsewhere)."""
    if isinstance(document.value.get("outputs"), Map):
        return document.child("outputs")
    return Located(EMPTY, document.source, document.where)


def part_of(value: Value, path: Path, written: str) -> Value:
    """What stands in a value at a path; of a reference on the way, its attribute. ``written``: the value's name in messages.
    ``LookupError`` with message and hint where there is nothing."""
    for index, part in enumerate(path):
        value = quoted(value) or value
        if isinstance(value, Reference):
            return Reference(value.address, (*value.path, *path[index:]))
        inner = get(value, (part,))
        if inner is ABSENT:
            name = f"{written}{path_text(path[:index], leading_dot=True)}"
            if isinstance(value, Map):
                hint = did_you_mean(str(part), value, else_list="it has") or "it has nothing at all"
                raise LookupError(f"there is no {part!r} in {name}", hint)
            raise LookupError(f"{name} is {kind(value)} and has no {part!r}", "")
        value = inner
    return value
