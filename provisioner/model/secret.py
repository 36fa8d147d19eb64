"""Secrets inside bodies: where they stand, how they are revealed, and how what a cloud shows of them is hidden.

Standard library only, pure. This module must not know where a secret is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from provisioner.model.value import ABSENT, HIDDEN, Interpolation, Map, Path, Secret, Value, get, leaves, put, replaced

PARAMETER = "param://"
"""What the URI of a sensitive parameter begins with; its name follows, and what of it is meant: ``param://creds/password``."""


Seal: TypeAlias = Callable[[Value], str]
"""What tells one hidden value from another without saying either: a hash with the backend's key."""


@dataclass(frozen=True, slots=True)
class Veil:
    """What of an object is secret. paths: where, each cut short at the first list · shapes: bodies that have secrets there, which
    say what in such a list is one: as last applied, as found then, as wanted."""

    paths: tuple[Path, ...] = ()
    shapes: tuple[Value, ...] = ()

    def __or__(self, other: Veil) -> Veil:
        more = tuple(shape for shape in other.shapes if not any(shape is known for known in self.shapes))
        return Veil(tuple(dict.fromkeys((*self.paths, *other.paths))), (*self.shapes, *more))


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


def is_hidden(value: Value) -> bool:
    """Whether it stands for what a cloud showed and nobody keeps."""
    return isinstance(value, Secret) and not value.uri


def hidden_in(value: Value) -> tuple[Secret, ...]:
    """What of a value is hidden."""
    return tuple(secret for _, secret in secrets(value) if is_hidden(secret))


def written_outside(found: Value, baseline: Value) -> bool:
    """Whether something hidden in what was found is not what stood there after the last apply."""
    known = {secret.version for secret in hidden_in(baseline)} - {""}
    return bool(known) and any(secret.version not in known for secret in hidden_in(found) if secret.version)


def filled(body: Value, found: Value) -> Value:
    """The body with what ``found`` shows wherever something is hidden, nothing where that shows nothing. Items of a list are
    told by all that is not hidden in them; where that cannot tell them, the list is as ``found`` has it."""
    for path in secret_paths(body):
        if hidden_in(value := get(body, path)):
            body = put(body, path, _filled(value, get(found, path)))
    return body


def _filled(value: Value, found: Value) -> Value:
    if not isinstance(value, tuple) or not isinstance(found, tuple):
        return found
    items = [_known(item, found) for item in value]
    return found if ABSENT in items else tuple(items)


def _known(item: Value, among: tuple[Value, ...]) -> Value:
    paths = [path for path, secret in secrets(item) if is_hidden(secret)]
    if not paths:
        return item
    bare = _bare(item, paths)
    same = [other for other in among if _bare(other, paths) == bare]
    same = same or [other for other in among if alike(item, other, tuple(paths))]  # clouds say more of an item
    if len(same) != 1:
        return ABSENT
    for path in paths:
        item = put(item, path, get(same[0], path))
    return item


def _bare(item: Value, paths: list[Path]) -> Value:
    for path in paths:
        if get(item, path) is not ABSENT:
            item = put(item, path, HIDDEN)
    return item


def hide(body: Value, veil: Veil, seal: Seal) -> Value:
    """The body with a seal instead of whatever is secret in it."""
    for said in veil.paths:
        for path in _spelt(body, said, veil.shapes):
            value = get(body, path)
            shapes = [get(shape, said) for shape in veil.shapes]
            body = put(body, path, _veiled(value, [shape for shape in shapes if isinstance(shape, tuple)], seal))
    return body


def _spelt(body: Value, path: Path, shapes: tuple[Value, ...]) -> list[Path]:
    """A path as a body has it: as it is said, else in other letters, as clouds that do not mind the case of a tag's key keep it,
    unless a shape says just that in plain."""
    if get(body, path) is not ABSENT:
        return [path]
    found: list[Path] = [()]
    for part in path:
        found = [
            (*before, key)
            for before in found
            if isinstance(inside := get(body, before), Map)
            for key in inside
            if key == part or key.casefold() == str(part).casefold()
        ]
    return [other for other in found if path and not any(_says(shape, other) for shape in shapes)]


def _says(shape: Value, path: Path) -> bool:
    """Whether a shape has something in plain there."""
    value = get(shape, path)
    return value is not ABSENT and next(secrets(value), None) is None


def sealed(value: Value, seal: Seal) -> Value:
    """What stands in the place of a value; of a secret that itself."""
    if isinstance(value, (Secret, Interpolation)):
        return value
    return HIDDEN if next(secrets(value), None) else Secret("", seal(value))


def _veiled(value: Value, shapes: list[tuple[Value, ...]], seal: Seal) -> Value:
    if not isinstance(value, tuple) or not shapes:
        return sealed(value, seal)
    return tuple([_veiled_item(item, shapes, seal) for item in value])


def _veiled_item(item: Value, shapes: list[tuple[Value, ...]], seal: Seal) -> Value:
    """An item of a list that holds secrets: hidden is what is secret in any that is like it, in whatever shape. Of what nobody
    has seen before, all that is secret in others is taken for secret."""
    inside = tuple(dict.fromkeys(path for shape in shapes for other in shape for path in secret_paths(other)))
    same = [other for shape in shapes for other in shape if other == item or alike(other, item, inside)]
    for path in dict.fromkeys(path for other in same for path in secret_paths(other)) if same else inside:
        if (value := get(item, path)) is not ABSENT:
            item = put(item, path, sealed(value, seal))
    return item


def alike(shape: Value, item: Value, apart_from: tuple[Path, ...]) -> bool:
    """Whether an item has all that a shape says in plain, and that is something."""
    said = [
        (path, value) for path, value in _plain(shape) if not any(path[: len(other)] == other for other in apart_from)
    ]
    return bool(said) and all(str(get(item, path)).casefold() == str(value).casefold() for path, value in said)


def _plain(value: Any, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """The plain leaves of maps; lists in them may come in any order."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _plain(item, (*path, key))
    elif path and isinstance(value, (str, int, float)):
        yield path, value
