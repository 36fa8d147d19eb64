"""Values inside a resource body: frozen JSON, plus what is known only later.

A body is made of ``None``, ``bool``, ``int``, ``float``, ``str``, ``tuple`` and ``Map``, and, where a value will be, of
``Reference``, ``Secret`` and ``Interpolation`` (text with those in it). Must not know where values come from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypeVar

from provisioner.model.absent import ABSENT as ABSENT
from provisioner.model.absent import Absent as Absent
from provisioner.model.path import Path as Path
from provisioner.model.path import beneath as beneath
from provisioner.model.path import matches as matches
from provisioner.model.path import path_text as path_text
from provisioner.model.problem import OrchError

if TYPE_CHECKING:
    Value: TypeAlias = Any
else:

    class _AnyInstance(type):
        def __instancecheck__(cls, _instance: object) -> bool:
            return True

    class Value(metaclass=_AnyInstance):
        """JSON scalar, ``tuple``, ``Map``, ``Reference``, ``Secret`` or ``Interpolation``. Recursive, so ``Any`` for the
        checker; a class at run time, so that a decoder can tell a value from other data by its annotation."""


class Map(dict[str, Any]):
    """A dict that cannot be changed after it was made. Equal to a dict with the same items; encodes as JSON object."""

    __slots__ = ()

    def _frozen(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("a Map is frozen; build a new one")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _frozen

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[Map], tuple[dict[str, Any]]]:
        return Map, (dict(self),)

    def __copy__(self) -> Map:
        return self

    def __deepcopy__(self, _memo: object) -> Map:
        return self


EMPTY = Map()


class _Leaf:
    """Stands where a value will be: frozen, equal to another with the same parts. No dataclass: encoders take those apart."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, *parts: object) -> None:
        for name, part in zip(self.__slots__, parts, strict=True):
            object.__setattr__(self, name, part)

    def _parts(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.__slots__])

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} is frozen: {name}")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __reduce__(self) -> tuple[type[_Leaf], tuple[Any, ...]]:
        return type(self), self._parts()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._parts()))})"


class Reference(_Leaf):
    """An attribute of another resource of the stack, known when that resource exists: ``Reference("vpc", ("VpcId",))``. An empty
    path is the resource itself and resolves to its identity."""

    __slots__ = ("address", "path")
    address: str
    path: Path

    def __init__(self, address: str, path: Path = ()) -> None:
        super().__init__(address, path)

    def __eq__(self, other: object) -> bool:  # asked often enough to be spelt out, as is the next
        return isinstance(other, Reference) and self.address == other.address and self.path == other.path

    def __hash__(self) -> int:
        return hash((self.address, self.path))

    def __str__(self) -> str:
        return f"{self.address}{path_text(self.path, leading_dot=True)}"


class Secret(_Leaf):
    """A value that no file may hold: where it is kept, and which version of it is meant.

    uri: ``env://DB_PASSWORD``, ``param://db_password`` (a sensitive parameter) · version: tells one value from another
    without saying either; empty before it was read.
    """

    __slots__ = ("uri", "version")
    uri: str
    version: str

    def __init__(self, uri: str, version: str = "") -> None:
        super().__init__(uri, version)

    def __str__(self) -> str:
        return self.uri or "(sensitive)"


HIDDEN = Secret("")
"""Stands where a cloud showed a value that is not to be kept."""


class JsonText(_Leaf):
    """A part of a text: the JSON text of a value with references or secrets inside, written once all of them are known, since
    only then its quotes and numbers are. Keys are sorted, as in a plan file. indent: of its lines; ``None`` for one line."""

    __slots__ = ("indent", "value")
    indent: int | None
    value: Value

    def __init__(self, indent: int | None, value: Value) -> None:
        super().__init__(indent, value)

    def __str__(self) -> str:
        return json.dumps(thaw(self.value), ensure_ascii=False, indent=self.indent, sort_keys=True, default=_in_braces)


class Interpolation(_Leaf):
    """Text with such things inside: the parts are joined when all of them are known."""

    __slots__ = ("parts",)
    parts: tuple[Part, ...]

    def __init__(self, parts: tuple[Part, ...]) -> None:
        super().__init__(parts)

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else _in_braces(part) for part in self.parts)


def _in_braces(leaf: object) -> str:
    return str(leaf) if isinstance(leaf, (JsonText, Interpolation)) else f"{{{leaf}}}"


Part: TypeAlias = str | Reference | Secret | JsonText


class NotTextError(OrchError):
    """A list or a map was to be put inside text. leaf: what turned out to be one."""

    def __init__(self, leaf: Reference | Secret, value: Value) -> None:
        self.leaf = leaf
        what = "a map" if isinstance(value, Mapping) else "a list"
        super().__init__(f"{leaf} is {what}, which cannot be put inside text", hint="for JSON text there is to_json")


def freeze(value: Value) -> Value:
    """The same value with every mapping a ``Map`` and every list a ``tuple``, at any depth."""
    if isinstance(value, Map):
        return value
    if isinstance(value, Mapping):
        return Map({str(key): freeze(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple([freeze(item) for item in value])
    return value


def thaw(value: Value) -> Value:
    """The same value in plain dicts and lists, for SDK calls. References are left as they are."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [thaw(item) for item in value]
    return value


Leaf = TypeVar("Leaf", Reference, Secret)

OPAQUE = (Reference, Interpolation, Secret)
"""The leaves that are no JSON: their value is not known, or not said, here."""

PLAIN = frozenset((str, int, float, bool, type(None)))
"""The types of JSON's own leaves."""


Written: TypeAlias = tuple[tuple[Path, Value], ...]
"""References and texts with references, that values were resolved from, by path."""


def written(value: Value) -> Written:
    """What of a value is a reference, or a text with some."""
    return tuple({path: get(value, path) for path, _ in references(value)}.items())


def references(value: Value) -> Iterator[tuple[Path, Reference]]:
    """Every reference in a value with the path where it stands."""
    return leaves(value, Reference)


def leaves(value: Any, kind: type) -> Iterator[tuple[Path, Any]]:
    """Every leaf of one kind in a value, inside of texts too, with the path where it stands."""
    inside: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, kind):
        yield (), value
    elif isinstance(value, Interpolation):
        for part in value.parts:
            if isinstance(part, kind):
                yield (), part
            elif isinstance(part, JsonText):
                yield from (((), leaf) for _, leaf in leaves(part.value, kind))
    elif isinstance(value, dict):
        if PLAIN.issuperset(map(type, value.values())):
            return  # as most maps, and this is asked for all there is
        inside = value.items()
    elif isinstance(value, tuple):
        inside = enumerate(value)
    for key, item in inside:
        if type(item) not in PLAIN:
            for path, leaf in leaves(item, kind):
                yield (key, *path), leaf


def is_known(value: Value) -> bool:
    """Whether a value holds no reference at any depth."""
    return next(references(value), None) is None


def substitute(value: Value, lookup: Callable[[Reference], Value]) -> Value:
    """The value with each reference replaced by ``lookup(reference)``.

    ``lookup`` answers ``ABSENT`` for what is not known yet; the reference then stays. An interpolation becomes text only
    once all of its parts are known.
    """
    return replaced(value, Reference, lookup)


def replaced(value: Value, kind: type[Leaf], lookup: Callable[[Leaf], Value]) -> Value:
    """The value with each leaf of one kind replaced; for ABSENT it stays."""
    if isinstance(value, kind):
        found = lookup(value)
        return value if found is ABSENT else freeze(found)
    if isinstance(value, Interpolation):
        return joined([_replaced_part(part, kind, lookup) for part in value.parts])
    if isinstance(value, Map):
        if PLAIN.issuperset(map(type, value.values())):
            return value
        return Map({k: x if type(x) in PLAIN else replaced(x, kind, lookup) for k, x in value.items()})
    if isinstance(value, tuple) and not PLAIN.issuperset(map(type, value)):
        return tuple([replaced(item, kind, lookup) for item in value])
    return value


def _replaced_part(part: Part, kind: type[Leaf], lookup: Callable[[Leaf], Value]) -> Value:
    if isinstance(part, JsonText):
        return JsonText(part.indent, replaced(part.value, kind, lookup))
    found = replaced(part, kind, lookup)
    if isinstance(found, (Map, tuple)):
        assert isinstance(part, (Reference, Secret))
        raise NotTextError(part, found)
    return found


def joined(parts: Iterable[Value]) -> Value:
    """One text of scalars, references, secrets and texts with them: a ``str`` where all is known. A lone secret is text as it
    is; what a lone reference reads may be anything."""
    out: list[Part] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Interpolation) else (part,):
            if isinstance(piece, (Reference, Secret)) or (isinstance(piece, JsonText) and _opaque(piece.value)):
                out.append(piece)
            elif out and isinstance(out[-1], str):
                out[-1] += text(piece)
            elif written := text(piece):
                out.append(written)
    if not out or (len(out) == 1 and isinstance(out[0], (str, Secret))):
        return out[0] if out else ""
    return Interpolation(tuple(out))


def _opaque(value: Value) -> bool:
    return isinstance(value, OPAQUE) or (
        isinstance(value, (Map, tuple)) and any(map(_opaque, value.values() if isinstance(value, Map) else value))
    )


def text(value: Value) -> str:
    """How a scalar reads inside a string: YAML's words for the booleans, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def get(value: Value, path: Path) -> Value:
    """The value at a path, or ``ABSENT``."""
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part, ABSENT)
        elif isinstance(value, tuple) and isinstance(part, int) and -len(value) <= part < len(value):
            value = value[part]
        else:
            return ABSENT
        if value is ABSENT:
            return ABSENT
    return value


def put(value: Value, path: Path, item: Value) -> Value:
    """The value with ``item`` at ``path``; maps on the way are made where they lack. ``ABSENT`` removes."""
    if not path:
        return item
    head, rest = path[0], path[1:]
    if isinstance(value, tuple) and isinstance(head, int):
        return tuple(put(old, rest, item) if index == head else old for index, old in enumerate(value))
    base: dict[str, Any] = dict(value) if isinstance(value, Mapping) else {}
    new = put(base.get(str(head), EMPTY if rest else ABSENT), rest, item)
    if new is ABSENT:
        base.pop(str(head), None)
    else:
        base[str(head)] = new
    return Map(base)
