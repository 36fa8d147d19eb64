"""Checks requests against the discovery document: bodies as the service parses them, then their values; query parameters.

Pure functions. Must not know any resource type, nor what exists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from providers.gcp.sandbox.errors import ApiError, invalid, malformed, required

Schema = Mapping[str, Any]
_REF = "#/$defs/"
# Parameters of every method, by the document's own list and the transport's.
_COMMON = frozenset({"$alt", "$.xgafv", "access_token", "alt", "callback", "fields", "key", "oauth_token"}) | frozenset(
    {"prettyPrint", "quotaUser", "uploadType", "upload_protocol"}
)
_NUMBER = re.compile(r"^-?\d+$")
_LABEL = re.compile(r"[\w-]{1,63}")
_MOST_LABELS = 64
_FINGERPRINTS = ("fingerprint", "labelFingerprint")


def body(given: Any, schema: Schema, defs: Mapping[str, Schema], *, whole: bool) -> dict[str, Any]:
    """A request's body as the service understands it: output-only fields left out, numbers in their JSON form.

    whole: required fields must be there and nulls count as absent; else nulls stay, as marks of removal. Top-level
    fingerprints stay although they are output, since updates send them back. ``ApiError`` for the first kind of fault.
    """
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise malformed(["Invalid JSON payload received. Root element must be a message."])
    parser = _Parser(defs, whole)
    parsed: dict[str, Any] = parser.value(given, schema, "")
    if parser.violations:
        raise malformed(parser.violations)
    parser.check(parsed, schema, "resource")
    _check_labels(parsed.get("labels"))
    return parsed


class _Parser:
    """Two passes, as the service makes them: is it such a message at all, then are its values good."""

    def __init__(self, defs: Mapping[str, Schema], whole: bool) -> None:
        self._defs, self._whole = defs, whole
        self.violations: list[str] = []

    def _resolve(self, schema: Schema) -> Schema:
        return self._defs[schema["$ref"].removeprefix(_REF)] if "$ref" in schema else schema

    def value(self, given: Any, schema: Schema, where: str) -> Any:
        """A value of the schema's type; a violation is noted where it cannot be one."""
        schema = self._resolve(schema)
        match schema.get("type"):
            case "object":
                return self._object(given, schema, where)
            case "array":
                if not isinstance(given, list):
                    return self._wrong(given, where, "ARRAY")
                return [self.value(item, schema["items"], f"{where}[{index}]") for index, item in enumerate(given)]
            case "boolean":
                return given if isinstance(given, bool) else self._wrong(given, where, "TYPE_BOOL")
            case "integer":
                return self._integer(given, schema, where)
            case "number":
                numeric = isinstance(given, (int, float)) and not isinstance(given, bool)
                return given if numeric else self._wrong(given, where, "TYPE_DOUBLE")
            case ["string", "integer"]:
                whole = isinstance(given, int) and not isinstance(given, bool)
                if not whole and not (isinstance(given, str) and _NUMBER.match(given)):
                    return self._wrong(given, where, f"TYPE_{schema['format'].upper()}")
                return str(given)
            case "string":
                return given if isinstance(given, str) else self._wrong(given, where, "TYPE_STRING")
        return given

    def _object(self, given: Any, schema: Schema, where: str) -> Any:
        if not isinstance(given, dict):
            return self._wrong(given, where, "TYPE_MESSAGE")
        named, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        out: dict[str, Any] = {}
        for name, child in given.items():
            path = f"{where}.{name}" if where else name
            if name in named:
                sent_back = not where and name in _FINGERPRINTS
                if named[name].get("readOnly") and not sent_back and not self._is_hash(named[name]):
                    continue  # output only: ignored, whatever it holds
                if child is None:
                    out |= {} if self._whole else {name: None}
                else:
                    out[name] = self.value(child, named[name], path)
            elif rest is False:
                at = f" at '{where}'" if where else ""
                self.violations.append(f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.')
            else:
                out[name] = self.value(child, rest, path) if isinstance(rest, dict) else child
        return out

    @staticmethod
    def _is_hash(schema: Schema) -> bool:
        return schema.get("format") == "byte"

    def _integer(self, given: Any, schema: Schema, where: str) -> Any:
        if isinstance(given, str) and _NUMBER.match(given):
            given = int(given)
        if not isinstance(given, int) or isinstance(given, bool):
            return self._wrong(given, where, "TYPE_INT32")
        low, high = schema.get("minimum"), schema.get("maximum")
        if (low is not None and given < low) or (high is not None and given > high):
            return self._wrong(given, where, "TYPE_INT32")
        return given

    def _wrong(self, given: Any, where: str, kind: str) -> Any:
        shown = f'"{given}"' if isinstance(given, str) else str(given).lower() if isinstance(given, bool) else given
        self.violations.append(f"Invalid value at '{where}' ({kind}), {shown}")
        return given

    def check(self, parsed: Any, schema: Schema, where: str) -> None:
        """Required fields, enums and patterns of a parsed value; ``ApiError`` for the first that is wrong."""
        schema = self._resolve(schema)
        if isinstance(parsed, dict):
            missing = [name for name in schema.get("required", ()) if self._whole and parsed.get(name) in (None, "")]
            if missing:
                raise required(f"{where}.{missing[0]}")
            named, rest = schema.get("properties", {}), schema.get("additionalProperties")
            for name, child in parsed.items():
                if child is not None and (inner := named.get(name, rest)):
                    self.check(child, inner, f"{where}.{name}")
        elif isinstance(parsed, list):
            for index, item in enumerate(parsed):
                self.check(item, schema["items"], f"{where}[{index}]")
        elif isinstance(parsed, str):
            _check_text(parsed, schema, where)


def _check_text(text: str, schema: Schema, where: str) -> None:
    if "enum" in schema and text not in schema["enum"]:
        raise malformed([f"Invalid value at '{where}' (TYPE_ENUM), \"{text}\""])
    if "pattern" in schema and not re.search(schema["pattern"].removesuffix("$") + r"\Z", text):
        shown = schema["pattern"].removeprefix("^(?:").removesuffix(")$")
        raise invalid(where, text, f"Must be a match of regex '{shown}'")


def _check_labels(labels: Any) -> None:
    """ "Requirements for labels", Resource Manager documentation."""
    if not isinstance(labels, dict):
        return
    for key, value in labels.items():
        if not _LABEL.fullmatch(key) or not key[0].isalpha() or key != key.lower():
            raise invalid(
                "resource.labels", key, "Label keys hold lower-case letters, digits, _ and -, a letter first."
            )
        if isinstance(value, str) and value and (not _LABEL.fullmatch(value) or value != value.lower()):
            raise invalid("resource.labels", value, "Label values hold lower-case letters, digits, _ and -.")
    if len(labels) > _MOST_LABELS:
        raise invalid("resource.labels", len(labels), f"At most {_MOST_LABELS} labels are allowed.")


def query(given: Mapping[str, list[str]], known: Mapping[str, Schema], extra: frozenset[str]) -> dict[str, Any]:
    """Query parameters by their types; ``extra`` names ones that are taken as text. ``ApiError`` for an unknown or wrong one."""
    out: dict[str, Any] = {}
    unknown = sorted(name for name in given if name not in known and name not in _COMMON | extra)
    if unknown:
        raise malformed(
            [
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message."
                for name in unknown
            ]
        )
    for name, values in given.items():
        if name in known:
            parsed = [_parameter(name, value, known[name]) for value in values]
            out[name] = parsed if known[name].get("repeated") else parsed[-1]
        elif name in extra:
            out[name] = values[-1]
    for name, schema in known.items():
        if schema.get("required") and name not in out:
            raise required(name)
    return out


def _parameter(name: str, value: str, schema: Schema) -> Any:
    wrong: ApiError | None = None
    match schema["type"]:
        case "integer":
            if not _NUMBER.match(value) or ("minimum" in schema and int(value) < int(schema["minimum"])):
                wrong = malformed([f"Invalid value at '{name}' (TYPE_UINT32), \"{value}\""])
            else:
                return int(value)
        case "boolean":
            if value not in ("true", "false"):
                wrong = malformed([f"Invalid value at '{name}' (TYPE_BOOL), \"{value}\""])
            else:
                return value == "true"
        case _ if "enum" in schema and value not in schema["enum"]:
            wrong = malformed([f"Invalid value at '{name}' (TYPE_ENUM), \"{value}\""])
    if wrong:
        raise wrong
    return value
