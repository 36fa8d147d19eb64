"""Secrets: which version of one is there now, and its value right before the request that needs it.

``env://NAME`` and ``file://path`` are read where ``orch.yaml`` allows it, since a blueprint may be a stranger's; ``param://name``
is a sensitive parameter, given again by whoever applies. None of them has a version of its own, so a hash stands for it, keyed
by the backend: it tells two values apart and says nothing about either. What a cloud's secret store keeps has versions, and
the value is that of the version that was reviewed. Nothing here may be written or logged.
"""

from __future__ import annotations

import fnmatch
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from provisioner.document import coerced
from provisioner.model.place import Place
from provisioner.model.problem import OrchError, Problem, StaleError
from provisioner.model.resource import Resource
from provisioner.model.secret import PARAMETER, Veil, hide, part_of_parameter, reveal, secrets
from provisioner.model.value import (
    ABSENT,
    EMPTY,
    HIDDEN,
    Interpolation,
    Map,
    Secret,
    Value,
    freeze,
    get,
    is_known,
    leaves,
    thaw,
)
from provisioner.protocols.secret_store import SecretStores
from provisioner.redaction import Redaction

VARIABLE = "ORCH_PARAM_"
"""What the names of variables begin with that give parameters."""
_LARGEST = 1 << 20  # bytes of a secret file


class MissingSecretError(OrchError):
    """A secret cannot be had: not given, not allowed, not there. parameters: names of those that were not given."""

    def __init__(self, *problems: Problem | str, hint: str = "", parameters: tuple[str, ...] = ()) -> None:
        super().__init__(*problems, hint=hint)
        self.parameters = parameters


class GoneError(MissingSecretError):
    """A secret, or the version of it that is meant, is no longer in its store."""


@dataclass
class Vault:
    """The secrets of one use case. given: sensitive parameters, by name · directory: where ``file://`` paths begin · allowed:
    patterns of URIs that may be read (``env://APP_*``) · stores: the clouds'."""

    key: bytes
    given: Mapping[str, Value] = EMPTY
    environ: Mapping[str, str] = EMPTY
    directory: Path = Path()
    allowed: tuple[str, ...] = ()
    stores: SecretStores | None = None
    redaction: Redaction = field(default_factory=Redaction, repr=False)
    _values: dict[tuple[str, str], Value] = field(default_factory=dict, repr=False)

    def bound(self, asks: Mapping[str, str], places: Iterable[Place]) -> Vault:
        """The vault for a stack in its places, with these parameters: as they were given, else as variables; texts made what they
        are declared to be."""
        given = dict(self.given)
        for name, kind in asks.items():
            value = given.get(name, self.environ.get(f"{VARIABLE}{name.upper()}", ABSENT))
            if value is not ABSENT:
                given[name] = coerced(kind, value) if isinstance(value, str) else freeze(value)
        stores = self.stores.at(places) if self.stores else None
        return replace(self, given=Map(given), stores=stores, _values={})

    def learn(self, values: Iterable[Value], *, read: bool, uses: Iterable[Resource] = ()) -> None:
        """Ask the stores for all secrets in values at once. read: for what they hold too, not only for their versions · uses:
        resources that have them, whose lines are told."""
        wanted = {secret for value in values for _, secret in secrets(value) if self._stored(secret.uri)}
        self._all(wanted, uses, lambda secret: self._allow(secret.uri))
        if wanted and self.stores:
            self.stores.learn(((secret.uri, secret.version) for secret in wanted), values=read)

    def stamped(self, value: Value) -> Value:
        """The value with the present version in each of its secrets; ``MissingSecretError`` where one cannot be had."""
        return reveal(value, lambda secret: Secret(secret.uri, self._version(secret.uri)))

    def revealed(self, value: Value) -> Value:
        """The value with every secret in plain; ``StaleError`` where one is another than was reviewed."""
        out = reveal(value, self._revealed)
        whole = (get(out, path) for path, text in leaves(value, Interpolation) if next(secrets(text), None))
        self.redaction.learn(tuple(text for text in whole if isinstance(text, str)))
        return out

    def check(self, values: Iterable[Value], uses: Iterable[Resource] = ()) -> None:
        """Make sure that all secrets in values can be had, as they were reviewed. uses: resources that have them, whose lines
        are told. All problems together, one for each secret."""
        values = tuple(values)
        uses = tuple(uses)
        self.learn(values, read=True, uses=uses)
        self._all(values, uses, self._revealed)

    def present(self, resources: Iterable[Resource], others: Iterable[Value]) -> None:
        """The same of the present version of all secrets in resources, and in other values."""
        resources = tuple(resources)
        values = (*(resource.body for resource in resources), *others)
        self.learn(values, read=False, uses=resources)
        self._all(values, resources, lambda secret: self._version(secret.uri))

    def _all(self, values: Iterable[Value], uses: Iterable[Resource], get: Callable[[Secret], object]) -> None:
        wanted = {secret for value in values for _, secret in secrets(value) if secret.uri}
        problems: list[Problem] = []
        lacking: list[str] = []
        stale = False
        for secret in sorted(wanted, key=lambda one: (one.uri, one.version)):
            try:
                get(secret)
            except OrchError as error:
                problems += placed(error, secret.uri, uses)
                stale = stale or isinstance(error, StaleError)
                lacking += error.parameters if isinstance(error, MissingSecretError) else ()
        if stale:
            raise StaleError(*dict.fromkeys(problems))
        if problems:
            raise MissingSecretError(*dict.fromkeys(problems), parameters=tuple(dict.fromkeys(lacking)))

    def seal(self, value: Value) -> str:
        """What tells a hidden value from another. In any order, as clouds give lists."""
        return hmac.new(self.key, b"seal\0" + _canonical(value).encode(), hashlib.sha256).hexdigest()[:32]

    def sealed(self, value: Value) -> Value:
        """A wanted value as it would be found, every secret in it sealed; hidden is what cannot be had."""
        if isinstance(value, (Secret, Interpolation)) and next(secrets(value), None):
            try:
                plain = self.revealed(value)
            except OrchError:
                return HIDDEN
            return Secret("", self.seal(plain)) if is_known(plain) else HIDDEN
        if isinstance(value, Map):
            return Map({key: self.sealed(item) for key, item in value.items()})
        return tuple([self.sealed(item) for item in value]) if isinstance(value, tuple) else value

    def cover(self, body: Map, veil: Veil, identity: str = "") -> Map:
        """A body as it may be kept and shown: without what is secret in it, and without what is known to be secret elsewhere.
        What a blueprint says in plain is none, nor is an object's own name."""
        body = hide(body, veil, self.seal)
        return self.redaction.masked(body, veil.shapes, identity, self.seal)

    def _revealed(self, secret: Secret) -> Value:
        if self._stored(secret.uri):
            return self._value(secret.uri, secret.version)
        if secret.version and secret.version != self._version(secret.uri):
            hint = "give the value that was reviewed, or plan again"
            raise StaleError(Problem(f"{name_of(secret.uri)} is another than when this was planned", hint=hint))
        return self._value(secret.uri)

    def _version(self, uri: str) -> str:
        if self.stores and self._stored(uri):
            self._allow(uri)
            return self.stores.version(uri)
        data = json.dumps(thaw(self._value(uri)), sort_keys=True).encode()
        return hmac.new(self.key, uri.encode() + b"\0" + data, hashlib.sha256).hexdigest()[:32]

    def _stored(self, uri: str) -> bool:
        return self.stores is not None and self.stores.known(uri)

    def _value(self, uri: str, version: str = "") -> Value:
        if (uri, version) not in self._values:
            self._values[uri, version] = self._read(uri, version)
            self.redaction.learn(self._values[uri, version])
        return self._values[uri, version]

    def _read(self, uri: str, version: str) -> Value:
        scheme, _, rest = uri.partition("://")
        if self.stores and self._stored(uri):
            self._allow(uri)
            return self.stores.value(uri, version)
        match scheme:
            case "param":
                return self._parameter(uri)
            case "env" | "file":
                self._allow(uri)
                return self._variable(rest) if scheme == "env" else self._file(rest)
        if not uri:
            raise MissingSecretError("a value that the cloud keeps secret cannot be read back from it")
        raise no_store(uri)

    def _allow(self, uri: str) -> None:
        if not any(fnmatch.fnmatchcase(uri, pattern) for pattern in self.allowed):
            raise MissingSecretError(
                f"{uri} may not be read in this project",
                hint=f"if it is meant to be, add it to orch.yaml:  secrets: [{uri}]",
            )

    def _parameter(self, uri: str) -> Value:
        name, _, part = uri.removeprefix(PARAMETER).partition("/")
        given = self.given
        if name not in given and (text := self.environ.get(f"{VARIABLE}{name.upper()}")) is not None:
            given = Map({**given, name: text})  # of a plan that does not ask for it, but undoes one that did
        value = part_of_parameter(uri, given)
        if value is ABSENT and name in given:
            raise MissingSecretError(f"the sensitive parameter {name!r} has no {part.replace('/', '.')!r}")
        if value is ABSENT:
            raise MissingSecretError(
                f"the sensitive parameter {name!r} is needed again; no plan file or ledger keeps it",
                hint=how_to_give(uri),
                parameters=(name,),
            )
        return value

    def _variable(self, name: str) -> str:
        if name not in self.environ:
            raise MissingSecretError(f"the environment variable {name} is not set, and env://{name} needs it")
        return self.environ[name]

    def _file(self, rest: str) -> str:
        root = self.directory.resolve()
        path = (root / rest).resolve()
        if not path.is_relative_to(root):
            raise MissingSecretError(
                f"file://{rest} leads out of the project", hint="put it beside orch.yaml, or below"
            )
        try:
            data = path.read_bytes()
            if len(data) > _LARGEST:
                raise MissingSecretError(f"file://{rest} is larger than {_LARGEST:,} bytes")
            return data.decode().removesuffix("\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            raise MissingSecretError(f"cannot read file://{rest}: {reason}") from None


def no_store(uri: str) -> MissingSecretError:
    """That nobody reads such a URI."""
    return MissingSecretError(
        f"there is no secret store for {uri!r}",
        hint="orch reads env://NAME, file://path/beside/orch.yaml, and awssecrets://, awsssm://, azurekeyvault:// and "
        "gcpsecrets:// with a place and a name",
    )


def name_of(uri: str) -> str:
    """What people call a secret."""
    return f"the sensitive parameter {uri.removeprefix(PARAMETER)!r}" if uri.startswith(PARAMETER) else uri


def how_to_give(uri: str) -> str:
    """What to type so that a secret can be had."""
    scheme, _, rest = uri.partition("://")
    if scheme == "param":
        name = rest.partition("/")[0]
        return f"give it: {VARIABLE}{name.upper()}=… or -p {name}=…"
    if scheme == "env":
        return f"set {rest} to it"
    return f"put it back at {uri}" if scheme == "file" else f"put that version of {uri} back, or let it be read"


def placed(error: OrchError, uri: str, uses: Iterable[Resource]) -> list[Problem]:
    """An error about a secret with the first line that wants it."""
    places = ((use, path) for use in uses for path, secret in secrets(use.body) if secret.uri == uri)
    use, path = next(places, (None, ()))
    if use is None:
        return list(error.problems)
    return [
        replace(each, source=each.source or use.line_of(path), address=each.address or use.address)
        for each in error.problems
    ]


def _canonical(value: Value) -> str:
    if isinstance(value, Mapping):
        return json.dumps(sorted((key, _canonical(item)) for key, item in value.items()))
    if isinstance(value, (list, tuple)):
        return json.dumps(["list", *sorted(map(_canonical, value))])
    return json.dumps(value)
