"""Which properties of a published schema are marked in some way, by path; for the compilers of schemas alone.

Must not know any cloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str, ...]

_SECRET = re.compile(
    r"(?:password|passphrase|secretString|authToken|privateKey|clientSecret|sharedSecret|sharedKey|preSharedKey|accessKey|secretKey"
    r"|secretAccessKey|rawKey|rsaEncryptedKey|connectionString|sasToken|oauthToken)$",
    re.IGNORECASE,
)


def is_secret(name: str, schema: Schema) -> bool:
    """Whether a property is a text that its name says is secret; clouds publish no mark for that."""
    kinds = schema.get("type", "")
    text = "string" in ((kinds,) if isinstance(kinds, str) else kinds)
    return text and "enum" not in schema and bool(_SECRET.search(name))


def paths(root: Schema, defs: Mapping[str, Schema], marked: Callable[[str, Schema], bool]) -> list[Path]:
    """Paths of the properties that ``marked(name, schema)`` chooses, in order; nothing beneath a chosen one is visited.

    A type that contains itself is followed once.
    """
    out: list[Path] = []

    def visit(schema: Schema, path: Path, open_types: tuple[str, ...]) -> None:
        if (reference := schema.get("$ref")) and reference not in open_types:
            visit(_meant(root, defs, reference), path, (*open_types, reference))
        for name, child in schema.get("properties", {}).items():
            if marked(name, child):
                out.append((*path, name))
            else:
                visit(child, (*path, name), open_types)
        for key in ("items", "additionalProperties"):
            if isinstance(child := schema.get(key), dict):
                visit(child, (*path, "*"), open_types)

    visit(root, (), ())
    return sorted(out)


def _meant(root: Schema, defs: Mapping[str, Schema], reference: str) -> Schema:
    """What a reference inside of a document leads to."""
    if reference.startswith("#/$defs/"):
        return defs[reference.removeprefix("#/$defs/")]
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)
