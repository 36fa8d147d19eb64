"""What the URI of a secret says: ``awssecrets://aws/app/db?version=7#password``.

Standard library only, pure. This module must not know which schemes there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from provisioner.model.place import Place
from provisioner.model.secret import secrets
from provisioner.model.value import Value

HERE = frozenset({"", "env", "file", "param"})
"""Schemes of what no store keeps."""


@dataclass(frozen=True, slots=True)
class SecretUri:
    """scheme: which store · place: of the environment, where the store is · name: what the store calls the secret · version: the
    one that is asked for, empty for the current one · key: what of a secret that is a JSON object is meant, empty for all."""

    scheme: str
    place: str
    name: str
    version: str = ""
    key: str = ""


def parse(uri: str) -> SecretUri:
    """The parts of a URI; those that it lacks are empty."""
    scheme, _, rest = uri.partition("://")
    rest, _, key = rest.partition("#")
    rest, _, query = rest.partition("?")
    place, _, name = ("", "", rest) if scheme in HERE else rest.partition("/")
    return SecretUri(scheme, place, name, query.removeprefix("version="), key.removeprefix("/"))


def secret_places(values: Iterable[Value], places: Iterable[Place]) -> dict[str, Place]:
    """Those of the places, by name, whose stores keep secrets that stand in the values."""
    named = {parse(secret.uri).place for value in values for _, secret in secrets(value)}
    return {place.name: place for place in places if place.name in named}
