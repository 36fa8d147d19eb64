"""Text from a variable or an option -> a value of a declared type. Must not judge whether it fits."""

from __future__ import annotations

import math
import re

from provisioner.document.reader import parse
from provisioner.model.problem import BlueprintError
from provisioner.model.source import Source
from provisioner.model.value import Value


def no_yaml(text: str) -> str:
    """Why a text is no YAML; empty where it is some."""
    try:
        parse(text, [Source("")] * (text.count("\n") + 1))
    except BlueprintError as error:
        told = error.problems[0]
        return f"{told.message} ({told.hint})" if told.hint else told.message
    return ""


def coerced(kind: str, text: str) -> Value:
    """A text as a value of a JSON Schema type; the text itself where it is none, for the validator to say."""
    match kind:
        case "integer":
            return int(text) if re.fullmatch(r"[-+]?[0-9]{1,300}", text) else text
        case "number":
            try:
                number = float(text)
            except ValueError:
                return text
            return text if not math.isfinite(number) else int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else number
        case "boolean":
            return {"true": True, "false": False}.get(text.lower(), text)
        case "array" | "object":
            try:
                documents = parse(text, [Source("")] * (text.count("\n") + 1))
            except BlueprintError:
                return text
            return documents[0].value if documents else text
    return text
