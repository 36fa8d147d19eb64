"""Values inside rendered text: each ``{{ expression }}`` writes a token, its value waits in a side table.

Tokens, line marks and splice marks are made of private-use characters that neither a template nor a value may hold. The
objects that a template handles in place of what is known only after apply live here too. This module must not know Jinja.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from provisioner.blueprint.outside import OUTPUT
from provisioner.blueprint.refusals import (
    LaterError,
    RenderedLaterError,
    SecretError,
    UnrecordedError,
    ValueProblemError,
)
from provisioner.document import kind_of
from provisioner.model.secret import PARAMETER
from provisioner.model.secret import secrets as secrets_in
from provisioner.model.value import Interpolation, JsonText, Path, Reference, Secret, is_known, path_text, text, thaw

TOKEN_START, TOKEN_END = "\ue000", "\ue001"
MARK_START, MARK_END = "\ue002", "\ue003"
SPLICE_START, SPLICE_END = "\ue004", "\ue005"
CALL_START, CALL_END = "\ue006", "\ue007"
RETURNED, ONLY_RETURNED = "\ue008", "\ue009"
"""Before a line break of a template that its file has as ``\\r\\n``, or as a lone ``\\r``."""

TOKEN = re.compile(f"{TOKEN_START}([^{TOKEN_START}{TOKEN_END}]*){TOKEN_END}")
MARK = re.compile(f"([{MARK_START}{CALL_START}])(\\d+:\\d+){MARK_END}|{CALL_END}")
"""A line mark (template number, line), the line of a call that begins, or the end of a call."""

PRIVATE = "a private-use character that rendering itself uses (U+E000 to U+E00F)"
RESERVED = re.compile("[\ue000-\ue00f\ud800-\udfff]")  # ours, and surrogates, which are no text


EACH = "each."
"""Stands in a reference for ``each`` of an entry with ``for_each``; no address can be this."""


def refuse(what: object, operation: str) -> NoReturn:
    """Say that ``operation`` (``compared``, ``passed to upper``) needs what is not known yet."""
    found = next(later_in(what), None)
    if isinstance(found, Hidden):
        raise SecretError(f"{describe(what)} is secret, so it cannot be {operation}")
    if found is not None and (found._ref == EACH or (found._path[:1] == ("outputs",) and not _outside(found))):
        message = f"{describe(what)} is known only once this template is rendered, so it cannot be {operation}"
        raise RenderedLaterError(message)
    if found is not None and found._ref.startswith(OUTPUT):
        raise UnrecordedError(f"{describe(what)} is not recorded yet, so it cannot be {operation}")
    raise LaterError(f"{describe(what)} is known only after apply, so it cannot be {operation}")


def describe(what: object) -> str:
    """A reference, or a text with references in it, as a person would write it in a template."""
    if isinstance(what, Later):
        return _expression(what)
    found = next(later_in(what), None)
    if isinstance(found, Later):
        return f"a value with {_expression(found)} in it"
    return "a text with a reference in it"


def _refusing(operation: str) -> Any:
    def method(self: object, *_args: object, **_kwargs: object) -> NoReturn:
        refuse(self, operation)

    return method


class Later:
    """What ``ref("vpc").VpcId`` is inside a template: an attribute that a resource will have.

    All state is private, since any public name is an attribute of the resource.
    """

    __slots__ = ("_path", "_ref", "_values")

    def __init__(self, values: Values, address: str, path: Path = ()) -> None:
        self._values = values
        self._ref = address
        self._path = path

    def __getattr__(self, name: str) -> Later:
        if name.startswith("_"):
            raise AttributeError(name)
        return Later(self._values, self._ref, (*self._path, name))

    def __getitem__(self, key: object) -> Later:
        if type(key) is int or (type(key) is str and not RESERVED.search(key)):
            return Later(self._values, self._ref, (*self._path, key))
        raise ValueProblemError(f"{_expression(self)} takes a name or an index, not {key!r}")

    def __str__(self) -> str:
        return self._values.token(self)

    def __format__(self, spec: str) -> str:
        return str(self) if not spec else refuse(self, f"formatted as {spec!r}")

    def __add__(self, other: object) -> LaterText:
        return self._joined(self, other) if isinstance(other, (str, Later)) else refuse(self, "added to a number")

    def __radd__(self, other: object) -> LaterText:
        return self._joined(other, self) if isinstance(other, (str, Later)) else refuse(self, "added to a number")

    def _joined(self, *parts: object) -> LaterText:
        joined: LaterText = self._values.join(parts)
        return joined

    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = _refusing("compared")
    __bool__ = _refusing("a condition")
    __iter__ = __len__ = __contains__ = _refusing("looped over, measured or searched")
    __hash__ = _refusing("a key or told apart from others")
    __int__ = __float__ = __index__ = __mul__ = __rmul__ = __sub__ = __rsub__ = _refusing("calculated with")
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = _refusing("calculated with")
    __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = __round__ = _refusing("calculated with")
    __call__ = _refusing("called")
    __repr__ = _refusing("written out inside a list or a map")


class Hidden(Later):
    """What ``secret("env://KEY")``, or a sensitive parameter, is inside a template: a value that no file may hold."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Later:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, key: object) -> Later:
        plain = type(key) is int or (type(key) is str and re.fullmatch(r"[A-Za-z0-9_-]+", key) is not None)
        if not plain or not self._ref.startswith(PARAMETER):
            refuse(self, "taken apart")
        return Hidden(self._values, f"{self._ref}/{key}")


def _outside(later: Later) -> bool:
    """Whether it is ``lookup(…)`` or ``output(…)``, whose address is written as it is."""
    return later._ref.endswith(")")


def _expression(later: Later) -> str:
    if isinstance(later, Hidden):
        name, *path = later._ref.removeprefix(PARAMETER).split("/")
        return ".".join((name, *path)) if later._ref.startswith(PARAMETER) else f'secret("{later._ref}")'
    what = "each" if later._ref == EACH else later._ref
    if later._ref != EACH and not _outside(later):
        what = f'ref("{what.removeprefix(later._values.scope)}")'
    return f"{what}{path_text(later._path, leading_dot=True)}"


class LaterJson:
    """What ``to_json`` makes of a value with such things in it: a part of a text, which a token in the text stands for."""

    __slots__ = ("indent", "value")

    def __init__(self, value: object, indent: int | None) -> None:
        self.value = value
        self.indent = indent


class LaterText(str):
    """Text that holds the token of a ``Later``. It can be joined with more text, and nothing else."""

    _values: Values | None

    def __new__(cls, content: str, values: Values | None = None) -> LaterText:
        self = super().__new__(cls, content)
        self._values = values
        return self

    def __add__(self, other: str) -> LaterText:
        return LaterText(f"{str.__str__(self)}{other}", self._values)

    def __radd__(self, other: str) -> LaterText:
        return LaterText(f"{other}{str.__str__(self)}", self._values)

    def __format__(self, spec: str) -> str:
        return str.__str__(self) if not spec else refuse(self, f"formatted as {spec!r}")

    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = _refusing("compared")
    __bool__ = _refusing("a condition")
    __iter__ = __len__ = __contains__ = __getitem__ = _refusing("cut, measured or searched")
    __mod__ = __mul__ = __rmul__ = _refusing("repeated or used as a format")
    __hash__ = _refusing("a key or told apart from others")
    __repr__ = _refusing("written out inside a list or a map")


class Fragment(str):
    """What a macro, a block or ``{% set %}…{% endset %}`` wrote. As a value it is the text with known values filled in;
    ``raw`` is the same with tokens and marks, to be spliced. ``laid_out``: its author indented it, so splicing does not."""

    raw: str
    laid_out: bool


class LaterFragment(LaterText, Fragment):
    """A fragment with references in it."""


def holds_token(value: object) -> bool:
    """Whether a value is text with a token in it."""
    return isinstance(value, str) and str.__contains__(value, TOKEN_START)


def later_in(value: object) -> Iterator[Later]:
    """Every reference in a value of a template, at any depth."""
    if isinstance(value, Later):
        yield value
    elif isinstance(value, str):
        values = getattr(value, "_values", None)
        if values is not None and holds_token(value):
            for key in TOKEN.findall(str.__str__(value)):
                yield from later_in(values.get(key))
    elif isinstance(value, LaterJson):
        yield from later_in(value.value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from later_in(key)
            yield from later_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from later_in(item)


class Values:
    """The side table of one rendering. scope: what the addresses of its resources begin with, in a module."""

    def __init__(self) -> None:
        self.scope = ""
        self._values: list[Any] = []
        # Nobody can guess a token, and a filter such as ``lower`` breaks it visibly.
        self._nonce = f"{secrets.token_hex(4)}Zz."

    def token(self, value: object) -> str:
        """Keep a value; its token."""
        self._values.append(value)
        return f"{TOKEN_START}{self._nonce}{len(self._values) - 1}{TOKEN_END}"

    def get(self, key: str) -> Any:
        """The value of what stands between a token's ends."""
        if not key.startswith(self._nonce):
            raise LaterError("a text operation cut through a value that is known only after apply")
        return self._values[int(key[len(self._nonce) :])]

    def scalar_text(self, value: object) -> str:
        """How a value reads inside text. Lists and maps do not."""
        if isinstance(value, str):
            if type(value) is str and RESERVED.search(value):
                raise ValueProblemError(PRIVATE)
            return str.__str__(value)
        if isinstance(value, Later):
            return str(value)
        if value is None or isinstance(value, (bool, int, float)):
            return text(value)
        raise ValueProblemError(f"{kind(value)} cannot be joined to text; for JSON text there is to_json")

    def join(self, parts: tuple[object, ...]) -> Any:
        """``a ~ b``: one text."""
        return self.taint("".join(self.scalar_text(part) for part in parts))

    def taint(self, value: Any) -> Any:
        """The value, text with tokens in it made a ``LaterText``."""
        if not holds_token(value) or getattr(value, "_values", None) is self:
            return value
        if not str.__contains__(value, f"{TOKEN_START}{self._nonce}"):
            raise ValueProblemError(PRIVATE)
        return LaterText(str.__str__(value), self)

    def fill(self, raw: str, spend: Callable[[int], None]) -> str:
        """Raw text with known values written out (lists and maps as JSON); tokens of unknown ones stay. spend: told of each
        piece that is written."""

        def one(found: re.Match[str]) -> str:
            value = self.get(found[1])
            if next(later_in(value), None) is not None:
                return found[0]
            whole = isinstance(value, (dict, list, tuple))
            out = json.dumps(value, ensure_ascii=False, default=str) if whole else text(value)
            spend(len(out))
            return out

        return TOKEN.sub(one, raw)

    def handed_in(self, value: Any) -> Any:
        """A value of a document as a template handles it: what is known later, or secret, became objects again, at any
        depth."""
        if isinstance(value, Reference):
            return Later(self, value.address, value.path)
        if isinstance(value, Secret):
            return Hidden(self, value.uri)
        if isinstance(value, Interpolation):
            return self.join(tuple([self.handed_in(part) for part in value.parts]))
        if isinstance(value, JsonText):
            return self.json_text(self.handed_in(value.value), value.indent)
        if is_known(value) and next(secrets_in(value), None) is None:
            return thaw(value)  # a list, since that is what an expression's own lists are
        if isinstance(value, Mapping):
            return {key: self.handed_in(item) for key, item in value.items()}
        return [self.handed_in(item) for item in value]

    def json_text(self, value: object, indent: int | None) -> LaterText:
        """Text that is the JSON of a value with something in it that is known later."""
        return LaterText(self.token(LaterJson(value, indent)), self)

    def leaf(self, later: Later) -> Reference | Secret:
        """What a resource's body will hold."""
        return Secret(later._ref) if isinstance(later, Hidden) else Reference(later._ref, later._path)


def kind(value: object) -> str:
    """What a value is, in words of YAML: ``a list``, ``the text 'x'``."""
    if isinstance(value, (Hidden, Secret)):
        return "a secret"
    if isinstance(value, (Later, Reference, Interpolation)):
        return "a value known only after apply"
    return kind_of(value)
