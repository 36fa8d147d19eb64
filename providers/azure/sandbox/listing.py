"""Lists: pages with ``nextLink``, and the part of ``$filter`` that Resource Manager knows. Must not form bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from providers.azure.sandbox.context import Context, of_json
from providers.azure.sandbox.errors import ArmError
from providers.azure.sandbox.world import Record
from providers.kit.server import Response

_TERM = re.compile(r"^\s*(?P<field>[\w.]+)\s+(?P<op>eq|ne)\s+'(?P<value>(?:[^']|'')*)'\s*$", re.IGNORECASE)
_SUBSTRING = re.compile(r"^\s*substringof\(\s*'(?P<value>(?:[^']|'')*)'\s*,\s*name\s*\)\s*$", re.IGNORECASE)


def page(ctx: Context, records: Iterable[Record], shape: Callable[[Record], Any], size: int) -> Response:
    """One page; ``nextLink`` where there are more. ``$top`` may make pages smaller, never larger."""
    everything = list(records)
    start = _number(ctx.query.get("$skiptoken") or "0", "$skiptoken")
    size = min(size, _number(ctx.query.get("$top") or str(size), "$top"))
    content: dict[str, Any] = {"value": [shape(record) for record in everything[start : start + size]]}
    if start + size < len(everything):
        rest = {name: value for name, value in ctx.query.values.items() if name != "$skiptoken"}
        rest["$skiptoken"] = str(start + size)
        query = "&".join(f"{quote(name, safe='$')}={quote(value)}" for name, value in rest.items())
        content["nextLink"] = f"{ctx.base}{quote(ctx.request.path, safe='/%')}?{query}"
    return of_json(200, content)


def _number(text: str, name: str) -> int:
    if not text.isdecimal() or (name == "$top" and int(text) == 0):
        raise ArmError(
            400, "InvalidQueryParameterValue", f"The value '{text}' of query parameter '{name}' is not valid."
        )
    return int(text)


def filtered(text: str, records: Iterable[Record]) -> list[Record]:
    """The records that an OData filter lets through: comparisons joined by ``and`` or ``or``, one of them at a time."""
    found = list(records)
    if not text.strip():
        return found
    if re.search(r"\stagName\s", f" {text}", re.IGNORECASE):
        return _tagged(text, found)
    words = re.split(r"\s+(and|or)\s+(?=(?:[^']*'[^']*')*[^']*$)", text, flags=re.IGNORECASE)
    joins = {word.lower() for word in words[1::2]}
    if len(joins) > 1:
        raise _refused(text)
    tests = [_test(term, text) for term in words[::2]]
    join = any if joins == {"or"} else all
    return [record for record in found if join(test(record) for test in tests)]


def _tagged(text: str, records: list[Record]) -> list[Record]:
    """``tagName eq 'a' and tagValue eq 'b'``; nothing else may stand beside it."""
    terms = [_TERM.match(term) for term in re.split(r"\s+and\s+", text, flags=re.IGNORECASE)]
    named = {match["field"].lower(): match["value"].replace("''", "'") for match in terms if match}
    if len(named) != len(terms) or not {"tagname"} <= set(named) <= {"tagname", "tagvalue"}:
        raise _refused(text)

    def fits(record: Record) -> bool:
        tags = {str(name).lower(): value for name, value in (record.body.get("tags") or {}).items()}
        value = tags.get(named["tagname"].lower())
        return value is not None and named.get("tagvalue", value) == value

    return [record for record in records if fits(record)]


def _test(term: str, text: str) -> Callable[[Record], bool]:
    part = _SUBSTRING.match(term)
    if part:
        inner = part["value"].lower()
        return lambda record: inner in record.name.lower()
    match = _TERM.match(term)
    readers: dict[str, Callable[[Record], str]] = {
        "resourcetype": lambda record: record.type,
        "name": lambda record: record.name,
        "location": lambda record: record.location,
        "resourcegroup": lambda record: record.group,
    }
    if not match or match["field"].lower() not in readers:
        raise _refused(text)
    read, value = readers[match["field"].lower()], match["value"].replace("''", "'").lower()
    equal = match["op"].lower() == "eq"
    return lambda record: (read(record).lower() == value) is equal


def _refused(text: str) -> ArmError:
    return ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")
