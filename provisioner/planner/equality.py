"""Equality by meaning: when a wanted and a found value are the same although they look different.

Wanted values are the measure: a map found with more keys than wanted is the same unless the type says it is ours entirely.
This module must not know any cloud; which rule holds where is the resource type's data.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from provisioner.model.resource_type import Equality, ResourceType, Sameness
from provisioner.model.secret import is_hidden
from provisioner.model.value import ABSENT, HIDDEN, Path, Value, put


def same(kind: ResourceType, path: Path, want: Value, found: Value) -> bool:
    """Whether what was found at ``path`` is what is wanted there."""
    if want is ABSENT or found is ABSENT:
        return want is found
    if is_hidden(want) or is_hidden(found):  # by their seals; what was hidden without one tells nothing
        return bool(want == found) or (HIDDEN in (want, found) and is_hidden(want) and is_hidden(found))
    equality = kind.equality(path)
    if equality is not None:
        return _by_rule(kind, path, equality, want, found)
    return _plain(kind, path, want, found)


def clash(kind: ResourceType, path: Path, one: Value, other: Value) -> bool:
    """Whether two objects cannot have these values at a path where each must have its own: address ranges may not overlap."""
    if same(kind, path, one, other):
        return True
    equality = kind.equality(path)
    if equality is None or equality.sameness is not Sameness.CIDR:
        return False
    ours, theirs = _network(str(one)), _network(str(other))
    return ours is not None and theirs is not None and ours.version == theirs.version and ours.overlaps(theirs)


@lru_cache(maxsize=4096)  # each range of a network is asked about once for every other
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_interface(text).network
    except ValueError:
        return None


def _plain(kind: ResourceType, path: Path, want: Value, found: Value) -> bool:
    if want is None and found is None:
        return True
    if isinstance(want, Mapping):
        return isinstance(found, Mapping) and _fields(kind, path, want, found)
    if isinstance(want, tuple):
        if not isinstance(found, tuple) or len(want) != len(found):
            return False
        return all(same(kind, (*path, i), w, f) for i, (w, f) in enumerate(zip(want, found, strict=True)))
    if isinstance(want, bool) or isinstance(found, bool):
        return want is found
    return bool(want == found)


def _fields(kind: ResourceType, path: Path, want: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Every wanted field is as found; fields that the cloud never returns, or sets by itself, are not compared."""
    for key, item in want.items():
        here = (*path, key)
        if kind.is_write_only(here) or kind.is_read_only(here):
            continue
        other = found.get(key, ABSENT)
        if other is ABSENT and (item is None or item in ((), "")):
            continue  # an unset list, text or null is how clouds return an empty one
        if not same(kind, here, item, other):
            return False
    return True


def _by_rule(kind: ResourceType, path: Path, equality: Equality, want: Value, found: Value) -> bool:
    match equality.sameness:
        case Sameness.CIDR:
            return _scalar(want, found, _cidr)
        case Sameness.CASE:
            return _scalar(want, found, str.casefold)
        case Sameness.LOCATION:
            return _scalar(want, found, lambda text: text.replace(" ", "").casefold())
        case Sameness.NUMBER:
            return str(want) == str(found) or _scalar(str(want), str(found), _number)
        case Sameness.DURATION:
            return _scalar(str(want), str(found), _duration)
        case Sameness.SELF_LINK:
            return isinstance(want, str) and isinstance(found, str) and _same_link(want, found)
        case Sameness.ARN:
            return want == found or (isinstance(want, str) and isinstance(found, str) and _same_arn(want, found))
        case Sameness.JSON:
            return bool(_json(want) == _json(found))
        case Sameness.WHOLE:
            extra = isinstance(found, Mapping) and isinstance(want, Mapping) and set(found) - set(want)
            return False if extra else _plain(kind, path, want, found)
        case Sameness.SET if isinstance(want, tuple) and isinstance(found, tuple):
            want, found = (tuple(_once(kind, path, equality.key, items)) for items in (want, found))
            return _as_sets(kind, path, replace(equality, key=""), want, found)
        case Sameness.UNORDERED | Sameness.KEYED | Sameness.SET:
            return _as_sets(kind, path, equality, want, found)


def _once(kind: ResourceType, path: Path, aside: str, items: tuple[Value, ...]) -> list[Value]:
    """Items without those that are, but for one field, the same as one before them."""
    out: list[Value] = []
    seen: list[Value] = []
    for item in items:
        bare = put(item, (aside,), ABSENT) if aside and isinstance(item, Mapping) else item
        if not any(same(kind, (*path, 0), bare, other) and same(kind, (*path, 0), other, bare) for other in seen):
            seen.append(bare)
            out.append(item)
    return out


def _as_sets(kind: ResourceType, path: Path, equality: Equality, want: Value, found: Value) -> bool:
    if not isinstance(want, tuple) or not isinstance(found, tuple):
        return bool(want == found)
    if len(want) != len(found):
        return False
    rest = list(found)
    for item in want:
        for index, other in enumerate(rest):
            if _same_key(equality.key, item, other) and same(kind, (*path, 0), item, other):
                del rest[index]
                break
        else:
            return False
    return True


def _same_key(key: str, want: Value, found: Value) -> bool:
    if not key or not isinstance(want, Mapping) or not isinstance(found, Mapping):
        return True
    return str(want.get(key)).casefold() == str(found.get(key)).casefold()


def _scalar(want: Value, found: Value, canonical: Any) -> bool:
    if want == found:
        return True
    if not isinstance(want, str) or not isinstance(found, str):
        return False
    return bool(canonical(want) == canonical(found))


def _cidr(text: str) -> str:
    network = _network(text)
    return text if network is None else str(network)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _duration(text: str) -> float | str:
    """Seconds of ``3600s``, ``1h30m``, ``3600`` or ISO 8601's ``PT1H``."""
    iso = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?", text)
    if iso and any(iso.groups()):
        days, hours, minutes, seconds = (float(part or 0) for part in iso.groups())
        return days * 86400 + hours * 3600 + minutes * 60 + seconds
    if not re.fullmatch(r"(?:[\d.]+(?:ms|s|m|h|d)?)+", text):
        return text
    return sum(float(n) * _UNITS[unit] for n, unit in re.findall(r"([\d.]+)(ms|s|m|h|d|)", text))


def _same_link(want: str, found: str) -> bool:
    a, b = _link(want), _link(found)
    if a == b:
        return True
    shorter, longer = sorted((a, b), key=len)
    return longer.endswith(f"/{shorter}")


def _same_arn(want: str, found: str) -> bool:
    """Two ARNs are as they stand: only a name is short for one."""
    name, arn = (want, found) if found.startswith("arn:") else (found, want)
    return arn.startswith("arn:") and not name.startswith("arn:") and arn.endswith((f":{name}", f"/{name}"))


def _link(text: str) -> str:
    """``projects/…`` of a full URL; without the project where there is none."""
    path = re.sub(r"^https?://[^/]+/(?:[a-z]+/)?(?:v\d+\w*|beta|alpha)/", "", text)
    return path.strip("/")


def _json(value: Value) -> Any:
    """A JSON document in one form: text parsed, one-item lists unpacked, lists of scalars sorted."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
        if isinstance(value, str):
            return value
    if isinstance(value, Mapping):
        return {key: _json_part(item) for key, item in value.items()}
    return _json_part(value)


def _json_part(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _json_part(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_json_part(item) for item in value]
        if len(items) == 1:
            return items[0]
        return sorted(items) if all(isinstance(item, str) for item in items) else items
    return value
