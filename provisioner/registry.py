"""Which providers and secret stores there are, found by entry point and loaded when first needed.

The type name decides the provider, the scheme of a URI the store. This module must not import either by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from provisioner.model.fault import UnknownTypeError
from provisioner.model.problem import OrchError
from provisioner.model.resource_type import ResourceType
from provisioner.protocols.provider import Provider
from provisioner.protocols.secret_store import SecretStore

PROVIDERS = "orch.providers"
SECRETS = "orch.secrets"


class Registry:
    """The providers of this installation, or those given (tests)."""

    def __init__(self, providers: Mapping[str, Provider] | None = None) -> None:
        self._loaded: dict[str, Provider] = dict(providers or {})
        self._found: dict[str, EntryPoint] = {}
        if providers is None:
            self._found = {point.name: point for point in entry_points(group=PROVIDERS)}
        self._stores: dict[str, SecretStore] = {}
        self._types: dict[str, ResourceType] = {}
        self._patterns: dict[str, re.Pattern[str]] = {}

    def clouds(self) -> tuple[str, ...]:
        """The names of all providers, sorted."""
        return tuple(sorted({*self._loaded, *self._found}))

    def provider(self, cloud: str) -> Provider:
        """A provider by its cloud's name."""
        if cloud not in self._loaded:
            if cloud not in self._found:
                raise OrchError(f"there is no provider for cloud {cloud!r}; there are {', '.join(self.clouds())}")
            self._loaded[cloud] = self._found[cloud].load()()
        return self._loaded[cloud]

    def secret_store(self, scheme: str) -> SecretStore | None:
        """The store of URIs of a scheme, or None where there is no such."""
        if scheme not in self._stores:
            found = next(iter(entry_points(group=SECRETS, name=scheme)), None)
            if found is None:
                return None
            self._stores[scheme] = found.load()()
        return self._stores[scheme]

    def cloud_of(self, type_name: str) -> str:
        """The cloud whose names look like this one; ``UnknownTypeError`` where none does."""
        for cloud in self.clouds():
            if self._pattern(cloud).fullmatch(type_name):
                return cloud
        raise UnknownTypeError(type_name, self._near(type_name))

    def resource_type(self, name: str) -> ResourceType:
        """The data of a type, read once. ``UnknownTypeError`` with near names."""
        if name not in self._types:
            self._types[name] = self.provider(self.cloud_of(name)).resource_type(name)
        return self._types[name]

    def known_type(self, name: str) -> ResourceType | None:
        """The same; None where no provider has it any more."""
        try:
            return self.resource_type(name)
        except LookupError:
            return None

    def search(self, words: str) -> tuple[str, ...]:
        """The type names of all clouds that hold all the words; those whose last part is such a word come first."""
        wanted = [word.lower() for word in words.split()]
        found = [
            name
            for cloud in self.clouds()
            for name in self.provider(cloud).type_names()
            if wanted and all(word in name.lower() for word in wanted)
        ]
        return tuple(sorted(found, key=lambda name: (_distance(name, wanted), len(name), name)))

    def _pattern(self, cloud: str) -> re.Pattern[str]:
        if cloud not in self._patterns:
            self._patterns[cloud] = re.compile(self.provider(cloud).type_pattern)
        return self._patterns[cloud]

    def _near(self, name: str) -> tuple[str, ...]:
        near: list[str] = []
        for cloud in self.clouds():
            try:
                self.provider(cloud).resource_type(name)
            except UnknownTypeError as error:
                near += error.near
        return tuple(near[:3])


def _distance(name: str, words: list[str]) -> int:
    """How far the last part of a name is from one of the words: the very word, its plural, one that holds it, none."""
    last = re.split(r"::|/", name)[-1].lower()
    if last in words:
        return 0
    if any(last in (f"{word}s", f"{word}es") for word in words):
        return 1
    return 2 if any(word in last for word in words) else 3
