"""Secrets inside bodies: where they stand, how they are revealed, and how what a cloud shows of them is hidden.

Standard library only, pure. This module must not know where a secret is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from provisioner.model.value import ABSENT, HIDDEN, Path, Secret, Value, get, leaves, put, replaced

PARAMETER = "param://"
"""What the URI of a sensitive parameter begins with; its name follows, and what of it is meant: ``param://creds/password``."""


def part_of_parameter(uri: str, parameters: Mapping[str, Value]) -> Value:
    """The value that a sensitive parameter's URI means, or ``ABSENT``."""
    name, *parts = uri.removeprefix(PARAMETER).split("/")
    value = parameters.get(name, ABSENT)
    for part in parts:
        value = get(value, (int(part) if isinstance(value, tuple) and part.isdecimal() else part,))
    return value


def secrets(value: Value) -> Iterator[tuple[Path, Secret]]:
    """Every secret in a value with the path where it stands."""
    return leaves(value, Secret)


def reveal(value: Value, lookup: Callable[[Secret], Value]) -> Value:
    """The value with each secret replaced by ``lookup(secret)``; for ABSENT it stays."""
    return replaced(value, Secret, lookup)


def secret_paths(body: Value) -> tuple[Path, ...]:
    """Where a body holds secrets, each path cut short at the first list: clouds put the items of lists in another order."""
    cut = (
        path[: next((i for i, part in enumerate(path) if isinstance(part, int)), len(path))]
        for path, _ in secrets(body)
    )
    return tuple(dict.fromkeys(cut))


def keep(body: Value, paths: tuple[Path, ...], former: Value) -> Value:
    """The body with what ``former`` has at these paths, where it has something."""
    for path in paths:
        if (value := get(former, path)) is not ABSENT:
            body = put(body, path, value)
    return body


def filled(body: Value, found: Value) -> Value:
    """The body with what ``found`` shows wherever it has ``HIDDEN``, nothing where that shows nothing."""
    for path, secret in tuple(secrets(body)):
        if secret == HIDDEN:
            body = put(body, path, get(found, path))
    return body


def hide(body: Value, paths: tuple[Path, ...]) -> Value:
    """The body with ``HIDDEN`` instead of whatever stands at these paths."""
    for path in paths:
        if get(body, path) is not ABSENT:
            body = put(body, path, HIDDEN)
    return body
