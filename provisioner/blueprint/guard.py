"""What a template may do with values: nothing that needs one known only after apply, nothing without bound.

A filter, test or method that would quietly compute with a reference raises ``LaterError`` instead. This module must not
render anything.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import Undefined
from jinja2.utils import Namespace

from provisioner.blueprint.budget import CONTAINERS, LONGEST_INTEGER, Budget
from provisioner.blueprint.refusals import ValueProblemError
from provisioner.blueprint.tokens import Fragment, Later, LaterText, Values, holds_token, kind, refuse
from provisioner.model.value import text

_LONGEST = 1_000_000  # characters or items that one repetition may make, or one width ask for
_LARGEST = 10_000_000  # characters that anything else may
_DIGITS = 4300  # of a number in a text: Python reads no longer one

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

# fmt: off
_TEXTS = frozenset({
    "capitalize", "center", "indent", "lower", "replace", "string", "title", "trim", "truncate", "upper", "wordcount",
    "wordwrap",
})
# fmt: on
"""These take text, and Jinja's own would write anything else as Python does."""

_ANYTHING = frozenset({"attr", "d", "default", *_STRUCTURE})
"""These write nothing, so that a namespace may be passed to them."""

_UNSAID = object()
_WIDTHS = frozenset({"batch", "center", "indent", "slice", "truncate", "wordwrap"})
_LATER_TESTS = frozenset({"callable", "defined", "filter", "test", "undefined"})
_LATER_METHODS = frozenset({"format", "format_map", "join", "get", "items", "values", "keys"})
_BIG_WIDTH = re.compile(r"\d{6,}|\*")
_WIDTH = re.compile(r"\d+")
_NOT_PLAIN_PERCENT = re.compile(r"%(?![s%])")
_NOT_PLAIN_BRACES = re.compile(r"![ras]|\{[^{}]*:")


def filter_of(values: Values, budget: Budget, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, guarded."""
    first = 1 if hasattr(call, "jinja_pass_arg") else 0  # which of the arguments is the value

    @functools.wraps(call)  # keeps Jinja's pass_context and pass_environment marks
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if name not in _CARRY:
            deep = name not in _STRUCTURE
            for value in (*args, *kwargs.values()):
                _no_later(value, f"passed to the filter {name!r}", deep)
        if name not in _ANYTHING:
            _no_namespace((*args[first:], *kwargs.values()), f"the filter {name!r}")
        for value in args[first:]:
            if type(value) in CONTAINERS:
                budget.step(1 + budget.weight(value)[0] // 10)
        if name == "format":
            if not isinstance(args[0], (str, Undefined)):
                _scalar(name, args[0])
            _plain_format(args[0], args[1:], kwargs, _NOT_PLAIN_PERCENT, "%s")
            args, kwargs = (args[0], *map(_worded, args[1:])), {key: _worded(item) for key, item in kwargs.items()}
        elif name in _TEXTS and not isinstance(args[first], (str, Undefined)):
            args = (*args[:first], _scalar(name, args[first]), *args[first + 1 :])
        if name in _WIDTHS or name == "format":
            sizes(name, args, kwargs)
        grown(name, args[first:], kwargs)
        return values.taint(budget.made(call(*args, **kwargs)))

    return guarded


def number(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """``int`` and ``float``, which give 0 for what is no number unless it is said what else."""

    @functools.wraps(call)
    def strict(value: Any, default: Any = _UNSAID, *args: Any, **kwargs: Any) -> Any:
        found = call(value, default, *args, **kwargs)
        if (
            found is _UNSAID
            and isinstance(value, str)
            and len(value) > _DIGITS
            and value.strip().lstrip("+-").isdecimal()
        ):
            raise ValueProblemError(
                f"{name}: a number of {len(value):,} digits is too long; at most {_DIGITS:,} are read"
            )
        if found is _UNSAID:
            raise ValueProblemError(f"{name}: {kind(value)} is no number", f"say what it is then: | {name}(0)")
        return found

    return strict


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


def operator(symbol: str, left: Any, right: Any) -> tuple[Any, Any]:
    """The operands of an intercepted operator, once it is known to do nothing that it must not."""
    if symbol == "*":
        for sized, count in ((left, right), (right, left)):
            if isinstance(sized, (str, list, tuple)) and isinstance(count, int) and count > 0:
                if isinstance(sized, LaterText):
                    refuse(sized, "repeated")
                if str.__len__(sized) * count > _LONGEST if isinstance(sized, str) else len(sized) * count > _LONGEST:
                    raise ValueProblemError(f"a repetition makes more than {_LONGEST:,} characters or items")
        if _bits(left) + _bits(right) > LONGEST_INTEGER:
            raise ValueProblemError("a product is too large")
    elif symbol == "**" and isinstance(right, (int, float)) and _bits(left) * abs(right) > LONGEST_INTEGER:
        raise ValueProblemError("a power is too large")
    elif symbol == "%" and isinstance(left, str):
        arguments = right if isinstance(right, tuple) else (right,)
        _plain_format(left, arguments, {}, _NOT_PLAIN_PERCENT, "%s")
        sizes("%", (left,), {})
        if isinstance(right, Mapping):
            right = {key: _worded(item) for key, item in right.items()}
        else:
            right = tuple([_worded(item) for item in arguments])
        grown("%", (left, *(right.values() if isinstance(right, Mapping) else right)), {})
    return left, right


def method(call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a method, once it is known neither to compute with a reference nor to make too much text."""
    owner = getattr(call, "__self__", None)
    name = getattr(call, "__name__", "")
    if owner is None and getattr(call, "__wrapped__", None) is not None:  # the sandbox's str.format
        owner = getattr(call.__wrapped__, "__self__", None)
    if not isinstance(owner, (str, dict, list, tuple)):
        return args, kwargs
    if isinstance(owner, LaterText) and name not in ("format", "format_map"):
        refuse(owner, f"passed to .{name}()")
    if name in ("format", "format_map") and isinstance(owner, str):
        _plain_format(owner, args, kwargs, _NOT_PLAIN_BRACES, "{}")
        sizes(name, (owner,), {})
        _no_namespace((*args, *kwargs.values()), f".{name}()")
        whole = "[" in owner or "." in str.__str__(owner) or name == "format_map"  # of what it takes a part
        args, kwargs = (
            tuple([_worded(item, whole) for item in args]),
            {key: _worded(item, whole) for key, item in kwargs.items()},
        )
    elif name not in _LATER_METHODS:
        for value in (*args, *kwargs.values()):
            _no_later(value, f"passed to .{name}()", deep=False)
    if isinstance(owner, str):
        if any(isinstance(value, int) and value > _LONGEST for value in args):
            raise ValueProblemError(f".{name}() makes more than {_LONGEST:,} characters")
        if name == "join" and args and isinstance(args[0], Iterable):
            args = ([*args[0]], *args[1:])
        grown(name, (owner, *args), kwargs)
    return args, kwargs


def sizes(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse widths without bound, given as numbers or inside of a format."""
    if any(isinstance(value, int) and abs(value) > _LONGEST for value in (*args, *kwargs.values())):
        raise ValueProblemError(f"{name!r} with a width above {_LONGEST:,}")
    if name in ("format", "format_map", "%") and isinstance(args[0], str) and _BIG_WIDTH.search(str.__str__(args[0])):
        raise ValueProblemError("a format with a width that is too large or computed")


def _no_namespace(values: Iterable[Any], what: str) -> None:
    """A namespace may hold itself, and others again and again: nothing that writes values out must meet one."""
    for value in values:
        if type(value) is Namespace:
            raise ValueProblemError(f"a namespace cannot be passed to {what}")
        if type(value) in CONTAINERS:
            _no_namespace(value.values() if isinstance(value, Mapping) else value, what)


def grown(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse what makes much text of little: what is replaced by more, lines with a long indent, a format of many parts."""
    subject, *rest = args
    if not isinstance(subject, str):
        return
    texts = [str.__len__(value) for value in (*rest, *kwargs.values()) if isinstance(value, str)]
    longest = max(texts, default=0)
    match name:
        case "replace":
            old = rest[0] if rest and isinstance(rest[0], str) else kwargs.get("s", kwargs.get("old", ""))
            times = str.count(subject, old) if isinstance(old, str) else 0
        case "indent" | "wordwrap":
            times = 1 + (str.count(subject, "\n") if name == "indent" else str.__len__(subject))
            longest = max([longest, *(n for n in (*rest, *kwargs.values()) if name == "indent" and isinstance(n, int))])
        case "expandtabs":
            times, longest = str.count(subject, "\t"), max((n for n in rest if isinstance(n, int)), default=8)
        case "format" | "format_map" | "%":
            plain = str.__str__(subject)
            times = plain.count("%") + plain.count("{")
            longest = max([longest, *map(int, _WIDTH.findall(plain))])
        case "join":
            times = len(rest[0]) if rest and isinstance(rest[0], list) else 0
            longest = str.__len__(subject) + max(
                (str.__len__(part) for part in (rest or [()])[0] if isinstance(part, str)), default=0
            )
        case _:
            return
    if times * longest > _LARGEST:
        raise ValueProblemError(f"{name!r} may make more than {_LARGEST:,} characters of this")


def _worded(value: Any, whole: bool = False) -> Any:
    """A value as a format writes it: in YAML's words, and nothing in Python's. whole: a list or a map may stand there, since
    the format takes a part of it."""
    if value is None or isinstance(value, bool):
        return text(value)
    if isinstance(value, (str, int, float, Later, Undefined)) or (whole and type(value) in CONTAINERS):
        return value
    return _scalar("format", value)


def _scalar(name: str, value: Any) -> str:
    if value is None or isinstance(value, (bool, int, float)):
        return text(value)
    raise ValueProblemError(f"{name}: takes text, not {kind(value)}; for JSON text there is to_json")


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
