"""Secrets in the stores of the clouds: which version is current, and the value of one version. Asked all at once, each once.

It must not word what a secret is needed for, nor write anything anywhere: values stay in this process.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource import Resource
from provisioner.model.secret import secrets
from provisioner.model.secret_uri import HERE, SecretUri, parse
from provisioner.model.value import Map, Value, freeze
from provisioner.protocols.provider import Limit
from provisioner.protocols.secret_store import SecretStore
from provisioner.registry import Registry
from provisioner.scheduler.budget import lane
from provisioner.scheduler.clock import Clock, SystemClock
from provisioner.scheduler.question import Question
from provisioner.scheduler.scheduler import Scheduler
from provisioner.vault import GoneError, no_store, placed

Answers = dict[SecretUri, str | ProviderError]


@dataclass
class Stores:
    """All stores, with the places of one stack."""

    registry: Registry
    clock: Clock = field(default_factory=SystemClock)
    places: Mapping[str, Place] = field(default_factory=dict)
    _versions: Answers = field(default_factory=dict, repr=False)
    _values: Answers = field(default_factory=dict, repr=False)

    def at(self, places: Iterable[Place]) -> Stores:
        """The stores with other places, and nothing known of them yet."""
        return replace(self, places={place.name: place for place in places}, _versions={}, _values={})

    def known(self, uri: str) -> bool:
        """Whether a store has such URIs."""
        return self.registry.secret_store(parse(uri).scheme) is not None

    def wrong(self, resources: Sequence[Resource], outputs: Value) -> list[Problem]:
        """Every URI in resources and outputs that leads nowhere, at its line: no such store, too little said, no place of the
        store's cloud."""
        values = (*(resource.body for resource in resources), outputs)
        uris = dict.fromkeys(secret.uri for value in values for _, secret in secrets(value))
        problems: list[Problem] = []
        for uri in uris:
            one = parse(uri)
            try:
                if self.known(uri):
                    self._place(one)
                elif one.scheme not in HERE:
                    raise no_store(uri)
            except OrchError as error:
                problems += placed(error, uri, resources)
        return problems

    def learn(self, uris: Iterable[tuple[str, str]], *, values: bool) -> None:
        """Ask for all that is not known yet at once. uris: with the version that is meant, empty for the current one · values:
        not only which version that is."""
        wanted = {self._of(uri, version) for uri, version in uris if self.known(uri)}
        self._ask(self._versions, [one for one in wanted if not one.version], values=False)
        if values:
            settled = [replace(one, version=self._current(one)) for one in wanted if self._current(one)]
            self._ask(self._values, settled, values=True)

    def version(self, uri: str) -> str:
        """The version that a URI means now. ``OrchError`` where it cannot be told."""
        one = self._of(uri)
        self.learn([(uri, "")], values=False)
        if not one.version and isinstance(error := self._versions[one], ProviderError):
            raise _cannot(uri, error)
        return self._current(one)

    def value(self, uri: str, version: str) -> Value:
        """What that version of a secret holds. ``OrchError`` where it cannot be read; ``GoneError`` where it is not there."""
        one = self._of(uri, version or self.version(uri))
        self.learn([(uri, one.version)], values=True)
        text = self._values[one]
        if isinstance(text, ProviderError):
            raise _cannot(uri, text)
        key = parse(uri).key
        return _part(uri, text, key) if key else text

    def _current(self, one: SecretUri) -> str:
        said = one.version or self._versions.get(one, "")
        return said if isinstance(said, str) else ""

    def _ask(self, known: Answers, wanted: Iterable[SecretUri], *, values: bool) -> None:
        questions = []
        for one in sorted((one for one in wanted if one not in known), key=repr):
            store, place = self._place(one)
            ask = (
                partial(store.value, place, one.name, one.version)
                if values
                else partial(store.version, place, one.name)
            )
            questions.append(Question(lane(place, Limit(one.scheme)), ask, partial(known.__setitem__, one)))
        if questions:
            Scheduler(self.clock).run(questions)

    def _of(self, uri: str, version: str = "") -> SecretUri:
        """What is asked of a store: without the key, which is ours."""
        one = parse(uri)
        return replace(one, key="", version=version or one.version)

    def _place(self, one: SecretUri) -> tuple[SecretStore, Place]:
        store = self.registry.secret_store(one.scheme)
        assert store is not None, one.scheme
        place = self.places.get(one.place)
        if not one.name or place is None:
            of_cloud = [name for name, place in self.places.items() if place.cloud == store.cloud]
            there = f"the environment's places of {store.cloud} are {', '.join(of_cloud)}" if of_cloud else ""
            message = (
                f"{one.scheme}:// needs a place and a name" if not one.name else f"there is no place {one.place!r}"
            )
            raise OrchError(message, hint=f"write {store.example}, the place first" + (f"; {there}" if there else ""))
        if place.cloud != store.cloud:
            raise OrchError(
                f"place {one.place!r} is one of {place.cloud}, and {one.scheme}:// reads from {store.cloud}"
            )
        return store, place


def _cannot(uri: str, error: ProviderError) -> OrchError:
    if error.fault is Fault.NOT_FOUND:
        return GoneError(f"{uri} is not there: {error}")
    hint = "get the permission to read it, or other credentials for that place" if error.fault is Fault.DENIED else ""
    return OrchError(Problem(f"cannot read {uri}: {error}", hint=hint))


def _part(uri: str, text: str, key: str) -> Value:
    try:
        whole = freeze(json.loads(text))
    except ValueError:
        whole = None
    if not isinstance(whole, Map) or key not in whole:
        raise OrchError(f"{uri}: what is kept there is no JSON object with {key!r}")
    part = whole[key]
    if isinstance(part, Map | tuple):
        raise OrchError(f"{uri}: {key!r} is no single value")
    return part
