"""The filters of the language beside Jinja's own: CIDR arithmetic, names, hashes, JSON text, merging maps.

Pure functions of their arguments; a wrong argument is a ``ValueProblemError`` in words for people. This module must not read
a clock, a file or randomness: the same blueprint gives the same plan.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import re
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from jinja2 import Undefined

from provisioner.blueprint.refusals import ValueProblemError
from provisioner.blueprint.tokens import Later, kind, later_in, refuse
from provisioner.document import parse
from provisioner.model.problem import BlueprintError
from provisioner.model.source import Source
from provisioner.model.value import thaw

_LONGEST_YAML = 1_000_000  # characters

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def subnet(cidr: str, bits: int, index: int = 0) -> str:
    """``{{ "10.0.0.0/16" | subnet(8, 1) }}`` is ``10.0.1.0/24``: ``bits`` longer, number ``index`` from 0."""
    network = _network("subnet", cidr)
    _whole("subnet", bits, "the number of bits")
    _whole("subnet", index, "the index")
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen:
        raise ValueProblemError(
            f"subnet: {cidr} cannot be made {bits} bits longer (at most {network.max_prefixlen - network.prefixlen})"
        )
    if not 0 <= index < 1 << bits:
        raise ValueProblemError(
            f"subnet: {cidr} has {1 << bits} networks of /{length}, numbered from 0; there is no number {index}"
        )
    first = int(network.network_address) + (index << (network.max_prefixlen - length))
    return str(type(network)((first, length)))


def host(cidr: str, index: int) -> str:
    """``{{ "10.0.1.0/24" | host(5) }}`` is ``10.0.1.5``; a negative index counts from the end (-1 is the last address)."""
    network = _network("host", cidr)
    _whole("host", index, "the index")
    size = network.num_addresses
    if not -size <= index < size:
        raise ValueProblemError(f"host: {cidr} has {size} addresses; there is no number {index}")
    return str(network[index])


def cidr_contains(cidr: str, inner: str) -> bool:
    """``{{ "10.0.0.0/16" | cidr_contains("10.0.1.0/24") }}`` is true. ``inner`` may be an address."""
    outer, other = _network("cidr_contains", cidr), _network("cidr_contains", inner)
    if outer.version != other.version:
        return False
    return outer.prefixlen <= other.prefixlen and other.network_address in outer


def slug(value: str, length: int = 63) -> str:
    """``{{ "My App (EU)" | slug }}`` is ``my-app-eu``: lower-case letters, digits and single hyphens, a letter first."""
    _text("slug", value)
    _positive("slug", length)
    words = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
    if not words:
        raise ValueProblemError(f"slug: {value!r} has no letter or digit")
    named = words if words[0].isalpha() else f"x{words}"
    return named[:length].rstrip("-")


def digest(value: Any, length: int = 64) -> str:
    """``{{ "abc" | hash(8) }}`` is ``ba7816bf``: the first characters of the SHA-256 of a text, or of the canonical JSON of
    anything else."""
    _positive("hash", length)
    data = value if isinstance(value, str) else _json("hash", value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(data.encode()).hexdigest()[:length]


def to_json(value: Any, indent: int | None = None) -> str:
    """``{{ {"a": [1, true]} | to_json }}`` is the text ``{"a": [1, true]}``. With something inside
    that is known later, or secret, the text is written then."""
    if indent is not None:
        _whole("to_json", indent, "the indent")
        if not 0 <= indent <= 8:
            raise ValueProblemError("to_json: the indent goes from 0 to 8")
    written = _json("to_json", value, indent=indent)
    later = next(later_in(value), None)
    return written if later is None else later._values.json_text(value, indent)


def from_yaml(value: str) -> Any:
    """``{{ "a: [1, yes]" | from_yaml }}`` is ``{"a": [1, "yes"]}``: one document of plain YAML 1.2, or of JSON."""
    _text("from_yaml", value)
    if len(value) > _LONGEST_YAML:
        raise ValueProblemError(f"from_yaml: the text has more than {_LONGEST_YAML:,} characters")
    where = [Source(f"line {number}") for number in range(1, value.count("\n") + 2)]
    try:
        documents = parse(str.__str__(value), where)  # libyaml takes no text that a macro wrote
    except BlueprintError as error:
        told = error.problems[0]
        raise ValueProblemError(f"from_yaml: {told.source} of the text: {told.message}", told.hint) from None
    if len(documents) > 1:
        raise ValueProblemError(
            f"from_yaml: {documents[1].source} of the text: a second document begins, and only one may"
        )
    return thaw(documents[0].value) if documents else None


def merge(base: Mapping[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    """``{{ {"a": {"b": 1}} | merge({"a": {"c": 2}}) }}`` is ``{"a": {"b": 1, "c": 2}}``: maps at any depth are merged, anything
    else is replaced by the later."""
    for part in (base, *others):
        if not isinstance(part, Mapping):
            raise ValueProblemError(f"merge: merges maps, not {kind(part)}")
    out = dict(base)
    for other in others:
        for key, value in other.items():
            old = out.get(key)
            out[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return out


def unique_name(value: str, *seeds: Any, length: int = 63, separator: str = "-") -> str:
    """``{{ "logs" | unique_name(places.aws.account, env) }}`` is ``logs-`` and ten characters made of text and seeds: the same
    every time, and nobody else's. For clouds with narrower rules: ``length=24, separator=""``."""
    _text("unique_name", value)
    _positive("unique_name", length)
    if not seeds:
        raise ValueProblemError(
            'unique_name: say what makes it unique, as {{ "logs" | unique_name(places.aws.account, env) }}'
        )
    if separator not in ("", "-", "_"):
        raise ValueProblemError('unique_name: the separator is "-", "_" or nothing')
    data = _json("unique_name", [value, *seeds], sort_keys=True)
    tail = base64.b32encode(hashlib.sha256(data.encode()).digest()).decode().lower()[:10]
    room = length - len(tail) - len(separator)
    if room < 1:
        raise ValueProblemError(
            f"unique_name: {length} characters are too few; it needs {len(tail) + len(separator) + 1}"
        )
    words = slug(value).replace("-", separator)[:room]
    return f"{words.rstrip(separator) if separator else words}{separator}{tail}"


def is_network(value: str) -> bool:
    """Whether a text is a network with no bits of a host in it; the ``format: cidr`` of parameters."""
    try:
        _network("cidr", value)
    except ValueProblemError:
        return False
    return True


FILTERS: Mapping[str, Callable[..., Any]] = {
    "subnet": subnet,
    "host": host,
    "cidr_contains": cidr_contains,
    "slug": slug,
    "hash": digest,
    "to_json": to_json,
    "from_yaml": from_yaml,
    "merge": merge,
    "unique_name": unique_name,
}
"""By the name that a template uses."""


def _network(name: str, value: Any) -> _Network:
    _text(name, value)
    try:
        return ipaddress.ip_network(value, strict=True)
    except ValueError as error:
        hint = ""
        if "host bits set" in str(error):
            hint = f"; the network is {ipaddress.ip_network(value, strict=False)}"
        raise ValueProblemError(f"{name}: {value!r} is not a network such as 10.0.0.0/16{hint}") from None


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ValueProblemError(f"{name}: takes text, not {kind(value)}")


def _whole(name: str, value: Any, what: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueProblemError(f"{name}: {what} must be a whole number, not {kind(value)}")


def _positive(name: str, value: Any) -> None:
    _whole(name, value, "the length")
    if value < 1:
        raise ValueProblemError(f"{name}: the length must be at least 1")


def _json(name: str, value: Any, **how: Any) -> str:
    def other(item: Any) -> Any:
        if isinstance(item, Later):
            return ""  # only what it stands for can be written
        if isinstance(item, (Iterator, range, KeysView, ItemsView, ValuesView)):
            return list(item)
        if isinstance(item, Undefined):
            str(item)  # says which
        raise ValueProblemError(f"{name}: {kind(item)} has no JSON text")

    if name != "to_json" and (found := next(later_in(value), None)) is not None:
        refuse(found, f"passed to the filter {name!r}")
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=other, **how)
    except (TypeError, ValueError) as error:
        raise ValueProblemError(f"{name}: {error}") from None
