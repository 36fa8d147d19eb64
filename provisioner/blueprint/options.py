"""The engine keys of an entry -> ``Options``, every wrong one a problem at its line.

Must not know resource types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from provisioner.blueprint.quoted import quoted
from provisioner.blueprint.tokens import kind
from provisioner.document import Located, did_you_mean, either
from provisioner.model.problem import Problem
from provisioner.model.resource import Options
from provisioner.model.value import Map, Path, Reference, Value

_UNITS = {"s": 1, "m": 60, "h": 3600}
_ADDRESS = re.compile(r"[A-Za-z0-9_*-]+(/[A-Za-z0-9_*-]+)*")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class WrongError(ValueError):
    """What a key's value must be instead."""


def _boolean(value: Value) -> bool:
    if not isinstance(value, bool):
        raise WrongError("must be true or false")
    return value


def _text(value: Value) -> str:
    if not isinstance(value, str) or not value:
        raise WrongError("must be text")
    return value


def _one_of(*words: str) -> Callable[[Value], str]:
    def convert(value: Value) -> str:
        if value not in words:
            raise WrongError(f"must be {either(words)}")
        return str(value)

    return convert


def seconds(value: Value) -> float:
    """A time as the keys of an entry take it; ``WrongError`` where it is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
        return float(value)
    found = re.fullmatch(r"(\d{1,9})(s|m|h)", value) if isinstance(value, str) else None
    if not found or not int(found[1]):
        raise WrongError("must be a time: seconds as a number, or 90s, 30m, 2h")
    return float(int(found[1]) * _UNITS[found[2]])


def _paths(value: Value) -> tuple[Path, ...]:
    return tuple(_path(item) for item in _list(value))


def _path(value: Value) -> Path:
    text = _text(value)
    if not re.fullmatch(r"[^.\[\]]+(\.[^.\[\]]+|\[\d+\])*", text):
        raise WrongError("must be a list of paths such as Tags[0].Value")
    return tuple(name or int(index) for name, index in _STEP.findall(text))


def _addresses(value: Value) -> tuple[str, ...]:
    return tuple(_address(item) for item in _list(value))


def _address(value: Value) -> str:
    if isinstance(value, Map):
        raise WrongError("takes former addresses by key only beside for_each")
    text = _text(value)
    if not _ADDRESS.fullmatch(text):
        raise WrongError("takes addresses as orch state list shows them, such as web or net/vpc")
    return text


def _resources(value: Value) -> tuple[Reference, ...]:
    return tuple(_resource(item) for item in _list(value))


def _resource(value: Value) -> Reference:
    value = quoted(value) or value
    if isinstance(value, Reference):
        if value.path:
            raise WrongError(f'takes the resource itself: {{{{ ref("{value.address}") }}}}')
        return value
    return Reference(_text(value))


def _list(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else (value,)


_CONVERT: Mapping[str, Callable[[Value], Any]] = {
    "depends_on": _resources,
    "protect": _boolean,
    "on_remove": _one_of("delete", "retain"),
    "on_replace": _one_of("create_first", "delete_first"),
    "ignore_changes": _paths,
    "timeout": seconds,
    "adopt": _text,
    "moved_from": _addresses,
    "allow_stopping": _boolean,
    "unchecked": _boolean,
}

KEYS = frozenset(_CONVERT)
"""The keys that become ``Options``."""


def options(address: str, entry: Located, problems: list[Problem]) -> Options:
    """The entry's options; a wrong value is noted and left at its default."""
    found: dict[str, Any] = {}
    for key in entry.value.keys() & KEYS:
        node = entry.child(key)
        try:
            found[key] = _CONVERT[key](node.value)
        except WrongError as error:
            message = str(error)
            if message.startswith("must"):
                message += f", not {kind(node.value)}"
            hint = did_you_mean(str(node.value), _words(message)) if isinstance(node.value, str) else ""
            problems.append(Problem(f"{address}: {key} {message}", node.source, address, hint))
    return Options(**found)


def _words(message: str) -> list[str]:
    return re.findall(r"\b[a-z]+(?:_[a-z]+)?\b", message.partition(", not")[0].removeprefix("must be"))
