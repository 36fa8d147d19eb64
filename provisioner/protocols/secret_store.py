"""The secret store protocol: one service of a cloud that keeps secrets, read by name and version.

A store only reads. It must not keep, log or word a value, nor retry.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Protocol

from provisioner.model.place import Place
from provisioner.model.value import Value


class SecretStore(Protocol):
    """Entry point ``orch.secrets``, named by the scheme of its URIs (``awssecrets``). Made without arguments.

    cloud: of which cloud its places are · example: a URI as users write it. Every failure of a call is a ``ProviderError``:
    ``NOT_FOUND`` where the secret, or that version of it, is not there.
    """

    cloud: ClassVar[str]
    example: ClassVar[str]

    def version(self, place: Place, name: str) -> str:
        """The id of the version that is current, from metadata alone: it takes no permission to read values."""
        ...

    def value(self, place: Place, name: str, version: str) -> str:
        """The text of one version."""
        ...


class SecretStores(Protocol):
    """All stores together, by URI: what a vault asks."""

    def at(self, places: Iterable[Place]) -> SecretStores:
        """The stores as they are reached from a stack's places."""
        ...

    def known(self, uri: str) -> bool:
        """Whether a store has such URIs."""
        ...

    def learn(self, uris: Iterable[tuple[str, str]], *, values: bool) -> None:
        """Ask for many at once, each with the version that is meant, empty for the current one; failures are told later."""
        ...

    def version(self, uri: str) -> str:
        """The version that a URI means now. ``OrchError`` where it cannot be told."""
        ...

    def value(self, uri: str, version: str) -> Value:
        """What that version holds. ``OrchError`` where it cannot be read."""
        ...
