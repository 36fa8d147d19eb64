"""Published patterns in the validator's dialect (ECMA 262 with Unicode), for the compilers of schemas alone.

Must not know any cloud.
"""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def regex(pattern: str) -> str | None:
    """The pattern in the validator's dialect (ECMA 262 with Unicode), or None where it has no equal there."""
    import jsonschema_rs

    for old, new in _DIALECT:
        pattern = pattern.replace(old, new)
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (ValueError, jsonschema_rs.ValidationError):
        return None
    return pattern


_DIALECT = (
    ("\\A", "^"),
    ("\\Z", "$"),
    ("\\uD800\\uDBFF-\\uDC00\\uDFFF", "\\u{10000}-\\u{10FFFF}"),  # surrogate pairs: what lies above the basic plane
    ("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\u{10000}-\\u{10FFFF}"),
    ("[\\w- ", "[\\w\\- "),
    ("[\\w-\\.", "[\\w\\-\\."),
    ("[\\w-.", "[\\w\\-."),
    ("[\\w-/", "[\\w\\-/"),
    ("\\s-_", "\\s\\-_"),
    ("\\p{Z}-_", "\\p{Z}\\-_"),
)


def compilable(schema: Any) -> Any:
    """A schema with each of its patterns in the validator's dialect, and without those that have no equal there."""
    if isinstance(schema, list):
        return [compilable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: compilable(item) for key, item in schema.items()}
    if isinstance(out.get("pattern"), str):
        pattern = regex(out.pop("pattern"))
        out |= {"pattern": pattern} if pattern else {}
    return out
