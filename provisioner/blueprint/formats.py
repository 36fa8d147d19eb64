"""Words of a declaration that JSON Schema takes and that would do nothing: a format that nobody checks, a default deep inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provisioner.document import Located, did_you_mean
from provisioner.model.problem import Problem

CIDR = "cidr"
"""Ours: a network such as 10.0.0.0/16."""
_KNOWN = frozenset(
    {
        CIDR, "date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri",
        "iri-reference", "json-pointer", "regex", "relative-json-pointer", "time", "uri", "uri-reference", "uri-template", "uuid",
    }
)  # fmt: skip


def idle(name: str, node: Located, *, outermost: bool = True) -> Iterator[Problem]:
    """Such words in the schema of a parameter, at any depth."""
    schema = node.value
    if not isinstance(schema, Mapping):
        return
    form = schema.get("format")
    if isinstance(form, str) and form not in _KNOWN:
        hint = did_you_mean(form, _KNOWN, else_list="there are")
        yield Problem(f"{name}: there is no format {form!r}", node.child("format").source, hint=hint)
    if "default" in schema and not outermost:
        hint = "give the default of the whole parameter, or decide in the template: {{ … | default(…) }}"
        yield Problem(f"{name}: a default inside of a value is never used", node.child("default").source, hint=hint)
    if isinstance(schema.get("properties"), Mapping):
        for key, inner in node.child("properties").items():
            yield from idle(f"{name}.{key}", inner, outermost=False)
    for word in ("items", "additionalProperties"):
        if word in schema:
            yield from idle(f"{name}[]" if word == "items" else f"{name}.*", node.child(word), outermost=False)
