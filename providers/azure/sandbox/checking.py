"""A request body against the published schema: unknown members, wrong types and values refused in the service's words.

What the service ignores, read-only members and nulls, is dropped; member names and known values get their own spelling.
Must not know any one type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.azure.sandbox.errors import ArmError, Detail

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_DOTNET = {
    "string": "System.String",
    "integer": "System.Nullable`1[System.Int32]",
    "number": "System.Nullable`1[System.Double]",
    "boolean": "System.Nullable`1[System.Boolean]",
    "array": "System.Collections.Generic.List`1[System.Object]",
    "object": "System.Object",
}
_ENVELOPE = "ResourceDefinition"  # what Resource Manager itself reads, before any provider does
_FORGIVEN = frozenset({"id", "name", "type", "etag", "systemdata"})  # sent back as a GET gave them


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request."""
    try:
        body = json.loads(raw) if raw else None
    except ValueError as error:
        raise content_error(f"{error}. Path '', line 1, position 1.") from error
    if not isinstance(body, dict):
        raise content_error("The request content is not a JSON object. Path '', line 1, position 1.")
    return body


def content_error(text: str) -> ArmError:
    """Resource Manager's own refusal of a body."""
    message = f"The request content was invalid and could not be deserialized: '{text}'."
    return ArmError(400, "InvalidRequestContent", message)


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks bodies of one type. partial: a PATCH, which may lack what is required."""

    schema: Mapping[str, Any]
    namespace: str
    raw: bytes
    partial: bool = False

    def check(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body as it will be kept; ``ArmError`` 400 for what the specification does not allow."""
        own = {name: item for name, item in body.items() if name.lower() not in _FORGIVEN}
        _check_tags(own.get("tags"))
        return self._object(self.schema, own, "", _ENVELOPE)

    def _value(self, schema: Mapping[str, Any], value: Any, path: str, owner: str) -> Any:
        owner = str(schema.get("$ref", owner)).rsplit("/", 1)[-1]
        target = self.schema["$defs"][owner] if "$ref" in schema else schema
        if "anyOf" in target:
            return self._value(self._option(target["anyOf"], value), value, path, owner)
        kind = target.get("type")
        if kind and (not isinstance(value, _TYPES[kind]) or (kind != "boolean" and isinstance(value, bool))):
            raise self._refusal(f"Error converting value {_quoted(value)} to type '{_DOTNET[kind]}'.", path)
        if kind == "object":
            return self._object(target, value, path, owner)
        if kind == "array":
            items = target.get("items", {})
            return [self._value(items, item, f"{path}[{index}]", owner) for index, item in enumerate(value)]
        return self._known(target, value, path)

    def _object(self, schema: Mapping[str, Any], value: dict[str, Any], path: str, owner: str) -> dict[str, Any]:
        members: Mapping[str, Any] = schema.get("properties", {})
        free = schema.get("additionalProperties", True)
        folded = {name.lower(): name for name in members}
        kept: dict[str, Any] = {}
        for name, item in value.items():
            known = name if name in members else folded.get(name.lower())
            here = f"{path}.{known or name}".lstrip(".")
            if known is None and free is False:
                raise self._refusal(f"Could not find member '{name}' on object of type '{owner}'.", here)
            member = members[known] if known is not None else free if isinstance(free, dict) else {}
            if item is None or member.get("readOnly"):
                continue
            kept[known or name] = self._value(member, item, here, owner)
        lacking = [name for name in schema.get("required", ()) if name not in kept]
        if lacking and not self.partial and path:
            raise self._refusal(f"Required property '{lacking[0]}' not found in JSON.", path)
        return kept

    def _known(self, schema: Mapping[str, Any], value: Any, path: str) -> Any:
        """A scalar, with the published spelling of an enum's value."""
        if "const" in schema and value != schema["const"]:
            raise self._refusal(f"Error converting value {_quoted(value)} to type '{schema['const']}'.", path)
        known = schema.get("examples")
        if not known:
            return value
        for candidate in known:
            if str(candidate).lower() == str(value).lower():
                return candidate
        kind = f"{path.rsplit('.', 1)[-1]}, known values: {', '.join(map(str, known))}"
        raise self._refusal(f"Error converting value {_quoted(value)} to type '{kind}'.", path)

    def _option(self, options: list[Mapping[str, Any]], value: Any) -> Mapping[str, Any]:
        """The subtype that a discriminator in the value names; else the first, whose refusal then says what is wrong."""
        for option in options:
            target = self.schema["$defs"][str(option["$ref"]).rsplit("/", 1)[-1]] if "$ref" in option else option
            fixed = {name: item["const"] for name, item in target["properties"].items() if "const" in item}
            if isinstance(value, dict) and fixed and all(value.get(name) == item for name, item in fixed.items()):
                return option
        return options[0]

    def _refusal(self, text: str, path: str) -> ArmError:
        line, position = self._position(path)
        full = f"{text} Path '{path}', line {line}, position {position}."
        if self.namespace != "Microsoft.Network" or path.split(".")[0] != "properties":
            return content_error(full)
        detail = Detail("InvalidJson", full)
        return ArmError(400, "InvalidRequestFormat", "Cannot parse the request.", details=(detail,))

    def _position(self, path: str) -> tuple[int, int]:
        """Where the last member of a path stands in the request, as near as its name tells."""
        text = self.raw.decode("utf-8", "replace")
        name = path.rsplit(".", 1)[-1].split("[")[0]
        at = max(text.find(f'"{name}"'), 0) + len(name) + 3
        before = text[:at]
        return before.count("\n") + 1, at - (before.rfind("\n") + 1)


def _check_tags(tags: Any) -> None:
    """ "Use tags to organize your Azure resources", limitations."""
    for name, value in tags.items() if isinstance(tags, dict) else ():
        if strange := sorted(set(name) & set("<>%&\\?/")):
            message = f"The tag names '{name}' have reserved characters '{','.join(strange)}' or control characters."
            raise ArmError(400, "InvalidTagNameCharacters", message)
        if not 0 < len(name) <= 512:
            raise ArmError(400, "InvalidTagNameLength", f"Tag name '{name}' must have 1 to 512 characters.")
        if isinstance(value, str) and len(value) > 256:
            message = (
                f"Tag value too large. Following tag value '{value}' exceeded the maximum length. Maximum allowed length for "
                "tag value - '256' characters."
            )
            raise ArmError(400, "InvalidTagValueLength", message)


def _quoted(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, (dict, list)) else f'"{type(value).__name__}"'
