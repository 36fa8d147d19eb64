"""Secrets where they would not stay secret: in what names an object or its place, and so stands in state, plans and messages.

Must not know a cloud: the types' data says what makes an identity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType, Sameness
from provisioner.model.secret import PARAMETER, secrets
from provisioner.model.value import Path, Reference, Secret, Value, get, path_text, references

Built = Mapping[str, tuple[Resource, ResourceType]]


def secret_names(built: Built) -> Iterator[Problem]:
    """Every secret in a name, each at its line; one that a reference brings there too."""
    if not any(
        next(secrets(part), None) for resource, _ in built.values() for part in (resource.body, resource.within)
    ):
        return
    for resource, kind in built.values():
        for path, secret, through in (*_in(built, resource.body), *_in(built, resource.within)):
            if path[0] in resource.within or _names(kind, path):
                yield _problem(resource, path, secret, through)


def _in(built: Built, value: Value) -> Iterator[tuple[Path, Secret, Reference | None]]:
    for path, secret in secrets(value):
        yield path, secret, None
    for path, reference in references(value):
        if (secret_there := _behind(built, reference, frozenset())) is not None:
            yield path, secret_there, reference


def _behind(built: Built, reference: Reference, seen: frozenset[Reference]) -> Secret | None:
    """The secret that a reference reads, through others too."""
    if reference in seen or reference.address not in built or not reference.path:
        return None
    value = get(built[reference.address][0].body, reference.path)
    found = next((secret for _, secret in secrets(value)), None)
    further = (_behind(built, other, seen | {reference}) for _, other in references(value))
    return found or next((secret for secret in further if secret is not None), None)


def _names(kind: ResourceType, path: Path) -> bool:
    """Whether what stands at a body path names the object, or an item of a list that is told apart by a field."""
    if any(path[: len(named)] == named for named in (*kind.natural_key, *kind.named_by)):
        return True
    for index, part in enumerate(path[:-1]):
        rule = kind.equality(path[:index]) if isinstance(part, int) else None
        if rule and rule.sameness is Sameness.KEYED and path[index + 1] == rule.key:
            return True
    return False


def _problem(resource: Resource, path: Path, secret: Secret, through: Reference | None) -> Problem:
    uri = secret.uri
    parameter = uri.removeprefix(PARAMETER).partition("/")[0] if uri.startswith(PARAMETER) else ""
    what = f"the sensitive parameter {parameter!r}" if parameter else uri
    by = f" (through {through})" if through else ""
    message = (
        f"{resource.address}: {path_text(path)} cannot be secret, as {what}{by} is: it is a name, and names stand in plain in "
        "state, plans and messages"
    )
    hint = "take a parameter for it that is not sensitive"
    if parameter:
        hint += f", or declare {parameter} without sensitive"
    return Problem(message, resource.line_of(path), resource.address, hint)
