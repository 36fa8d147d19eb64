"""What a template may do with values: nothing that needs one known only after apply, nothing without bound.

A filter, test or method that would quietly compute with a reference raises ``LaterError`` instead. This module must not
render anything.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from provisioner.blueprint.tokens import Fragment, Later, LaterText, ValueProblemError, Values, holds_token, refuse

_LONGEST = 1_000_000  # characters or items that one operation may make

NOT_OURS: Mapping[str, str] = {
    "e": "values need no escaping here",
    "escape": "values need no escaping here",
    "forceescape": "values need no escaping here",
    "safe": "a value is never read as YAML; for YAML text use a macro",
    "tojson": "a list or a map is spliced as it is: write {{ x }}; for JSON text there is to_json",
    "striptags": "blueprints are no HTML",
    "urlize": "blueprints are no HTML",
    "xmlattr": "blueprints are no HTML",
    "random": "a plan must be the same when it is made again",
    "pprint": "for JSON text there is to_json",
}
"""Filters of Jinja that this language leaves out, and what to do instead."""

_CARRY = frozenset({"attr", "d", "default", "format", "join", "merge", "string", "to_json"})
"""These take references as they are."""

# fmt: off
_STRUCTURE = frozenset({
    "batch", "count", "dictsort", "first", "groupby", "items", "last", "length", "list", "map", "max", "min",
    "reject", "rejectattr", "reverse", "select", "selectattr", "slice", "sort", "sum", "unique",
})
# fmt: on
"""These arrange what is in a list or map; comparing or adding references inside is refused by the references themselves."""

_WIDTHS = frozenset({"batch", "center", "indent", "slice", "truncate", "wordwrap"})
_LATER_TESTS = frozenset({"callable", "defined", "filter", "test", "undefined"})
_LATER_METHODS = frozenset({"format", "format_map", "join", "get", "items", "values", "keys"})
_BIG_WIDTH = re.compile(r"\d{6,}|\*")
_NOT_PLAIN_PERCENT = re.compile(r"%(?![s%])")
_NOT_PLAIN_BRACES = re.compile(r"![ras]|\{[^{}]*:")


def filter_of(values: Values, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, guarded."""

    @functools.wraps(call)  # keeps Jinja's pass_context and pass_environment marks
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if name not in _CARRY:
            deep = name not in _STRUCTURE
            for value in (*args, *kwargs.values()):
                _no_later(value, f"passed to the filter {name!r}", deep)
        elif name == "format":
            _plain_format(args[0], args[1:], kwargs, _NOT_PLAIN_PERCENT, "%s")
        if name in _WIDTHS or name == "format":
            sizes(name, args, kwargs)
        return values.taint(call(*args, **kwargs))

    return guarded


def test_of(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The test (``is …``), guarded."""
    if name in _LATER_TESTS:
        return call

    @functools.wraps(call)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        for value in args:
            _no_later(value, f"tested with 'is {name}'", deep=False)
        return call(*args, **kwargs)

    return guarded


def operator(symbol: str, left: Any, right: Any) -> None:
    """Refuse what an intercepted operator must not do."""
    if symbol == "*":
        for sized, count in ((left, right), (right, left)):
            if isinstance(sized, (str, list, tuple)) and isinstance(count, int) and count > 0:
                if isinstance(sized, LaterText):
                    refuse(sized, "repeated")
                if str.__len__(sized) * count > _LONGEST if isinstance(sized, str) else len(sized) * count > _LONGEST:
                    raise ValueProblemError(f"a repetition makes more than {_LONGEST:,} characters or items")
        if _bits(left) + _bits(right) > 4096:
            raise ValueProblemError("a product is too large")
    elif symbol == "**" and isinstance(right, (int, float)) and _bits(left) * abs(right) > 4096:
        raise ValueProblemError("a power is too large")
    elif symbol == "%" and isinstance(left, str):
        arguments = right if isinstance(right, tuple) else (right,)
        _plain_format(left, arguments, {}, _NOT_PLAIN_PERCENT, "%s")
        sizes("%", (left,), {})


def method(call: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse a method of text that would compute with a reference, or make too much text."""
    owner = getattr(call, "__self__", None)
    name = getattr(call, "__name__", "")
    if owner is None and getattr(call, "__wrapped__", None) is not None:  # the sandbox's str.format
        owner = getattr(call.__wrapped__, "__self__", None)
    if not isinstance(owner, (str, dict, list, tuple)):
        return
    if isinstance(owner, LaterText) and name not in ("format", "format_map"):
        refuse(owner, f"passed to .{name}()")
    if name in ("format", "format_map") and isinstance(owner, str):
        _plain_format(owner, args, kwargs, _NOT_PLAIN_BRACES, "{}")
        sizes(name, (owner,), {})
    elif name not in _LATER_METHODS:
        for value in (*args, *kwargs.values()):
            _no_later(value, f"passed to .{name}()", deep=False)
    if isinstance(owner, str) and any(isinstance(value, int) and value > _LONGEST for value in args):
        raise ValueProblemError(f".{name}() makes more than {_LONGEST:,} characters")


def sizes(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse widths without bound, given as numbers or inside of a format."""
    if any(isinstance(value, int) and abs(value) > _LONGEST for value in (*args, *kwargs.values())):
        raise ValueProblemError(f"{name!r} with a width above {_LONGEST:,}")
    if name in ("format", "format_map", "%") and isinstance(args[0], str) and _BIG_WIDTH.search(str.__str__(args[0])):
        raise ValueProblemError("a format with a width that is too large or computed")


def _plain_format(
    form: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], other: re.Pattern[str], plain: str
) -> None:
    """A reference goes into a format only as it is: a width, a cut or a number would act on its token."""
    if not isinstance(form, str) or not other.search(str.__str__(form)):
        return
    for value in (*args, *kwargs.values()):
        _no_later(value, f"formatted other than with {plain}", deep=True)


def _no_later(value: Any, operation: str, deep: bool) -> None:
    if isinstance(value, Later) or (isinstance(value, str) and not isinstance(value, Fragment) and holds_token(value)):
        refuse(value, operation)
    if isinstance(value, LaterText):
        refuse(value, operation)
    if not deep:
        return
    if type(value) is dict:
        for key, item in value.items():
            _no_later(key, operation, deep)
            _no_later(item, operation, deep)
    elif type(value) in (list, tuple):
        for item in value:
            _no_later(item, operation, deep)


def _bits(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 0
