"""The Jinja2 environment whose expressions write tokens, whose lines are marked, and which runs nothing and reads nothing.

It leans on internals of Jinja2 3.1 (``Environment.concat``, ``Lexer.rules`` and ``tokeniter``, ``visit_Concat``,
``visit_FilterBlock``, ``__jinja_template__``), hence the pin; the cases in tests are the canary. This module must not know
YAML or blueprints.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from functools import cached_property
from types import CodeType
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, Undefined, pass_context
from jinja2.environment import TemplateModule
from jinja2.exceptions import UndefinedError
from jinja2.filters import make_attrgetter
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from provisioner.blueprint import guard, layout
from provisioner.blueprint.budget import Budget
from provisioner.blueprint.calls import Lines, line_of, lines_to
from provisioner.blueprint.codegen import Generator, LineMarks
from provisioner.blueprint.lexer import LineLexer
from provisioner.blueprint.refusals import ValueProblemError
from provisioner.blueprint.tokens import (
    CALL_END,
    CALL_START,
    MARK_END,
    PRIVATE,
    RESERVED,
    SPLICE_END,
    SPLICE_START,
    Fragment,
    Later,
    LaterFragment,
    LaterText,
    Values,
    holds_token,
)

_OUTPUT = 64_000_000  # characters that one rendering may write
_PLAIN = frozenset({int, bool, float, type(None), Later, LaterText, LaterFragment, Fragment})
_OWNERS = (dict, str, list, tuple, int, float, bool)  # plain values, whose methods are Python's
_RANGE = 1_000_000  # numbers that all range() of one rendering may give


class MissingError(UndefinedError):
    """A variable or attribute that is not there."""

    def __init__(self, message: str, name: object, owner: object) -> None:
        super().__init__(message)
        self.name = name
        self.owner = owner  # of the attribute; Jinja's ``missing`` for a variable
        self.handed_in: tuple[str, ...] | None = None  # the variables of a template_file


class _Missing(StrictUndefined):
    """Strict, and its error knows the name."""

    __slots__ = ()

    def __init__(
        self, hint: str | None = None, obj: Any = missing, name: Any = None, exc: Any = UndefinedError
    ) -> None:
        def error(message: str) -> Exception:
            return exc(message) if hint else MissingError(message, name, obj)

        super().__init__(hint, obj, name, error)  # type: ignore[arg-type]

    @property
    def _undefined_message(self) -> str:
        """Jinja's own writes the name as Python does, whatever it is."""
        return self._undefined_hint or "undefined"


@pass_context  # this also keeps Jinja from computing {{ 5 }} at compile time
def _finalize(context: Context, value: Any) -> str:
    engine = context.environment
    assert isinstance(engine, Engine)
    if isinstance(value, TemplateModule):
        value = engine.concat(list(value._body_stream))
    if isinstance(value, Fragment):
        return _spliced(value, engine.call_mark(*line_of(sys._getframe(1))))
    try:
        return engine.values.token(engine.checked(value))
    except MissingError as error:  # go on, so that all undefined variables are told at once
        engine.missing.append((error, lines_to(sys._getframe(1))))
        return engine.values.token(None)


def _spliced(piece: Fragment, call: str = "") -> str:
    raw = f"{call}{piece.raw}{CALL_END}" if call else piece.raw
    return raw if piece.laid_out else f"{SPLICE_START}{raw}{SPLICE_END}"


class Engine(ImmutableSandboxedEnvironment):
    """One per rendering: its tables, and the modules that Jinja caches, hold tokens."""

    code_generator_class = Generator
    intercepted_binops = frozenset({"%", "*", "+", "**"})

    def __init__(self, loader: BaseLoader) -> None:
        self.values = Values()
        self.budget = Budget()
        self.templates: list[str] = []  # by number, as marks have it
        self.missing: list[tuple[MissingError, Lines]] = []
        self._numbers: dict[str, int] = {}
        self._left = _OUTPUT
        self._range = _RANGE
        self._in_text = False  # of a template_file, whose line breaks stay as its file has them
        super().__init__(
            loader=loader,
            undefined=_Missing,
            finalize=_finalize,
            keep_trailing_newline=True,
            optimized=False,  # else constant expressions run, and fail, while compiling
            extensions=[LineMarks],
        )
        for name in guard.NOT_OURS:
            self.filters.pop(name, None)
        self.globals.pop("lipsum", None)  # random text has no place in a plan
        self.globals["range"] = self._limited_range

    @cached_property
    def lexer(self) -> LineLexer:
        """Of all its templates."""
        return LineLexer(self)

    def _compile(self, source: str, filename: str) -> CodeType:
        """Without Python's warnings about code that cannot work: it will say so when it runs."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return super()._compile(source, filename)

    def add_filters(self, filters: Mapping[str, Any]) -> None:
        """Add filters and guard all, so that none sees what only apply will know."""
        indent = self.filters["indent"] = layout.indent
        numbers = {name: guard.number(name, self.filters[name]) for name in ("int", "float")}
        self.filters.update({**filters, **numbers, "join": self._join, "attr": self.getattr})
        self.filters = {
            name: guard.filter_of(self.values, self.budget, name, call) for name, call in self.filters.items()
        }
        self.filters["indent"] = self._indent(self.filters["indent"], indent)
        self.filters["trim"] = self._trim(self.filters["trim"])
        tests: dict[str, Any] = dict(self.tests)
        self.tests = {name: guard.test_of(name, call) for name, call in tests.items()}

    @property
    def turn(self) -> None:
        """Where a turn of a loop begins."""
        self.budget.step()

    def template_number(self, name: str) -> int:
        """The number of a template in line marks."""
        self.templates.append(name)
        self._numbers[name] = len(self.templates) - 1
        return self._numbers[name]

    def call_mark(self, name: str, line: int) -> str:
        """The mark of a call at a line of a template, whose end ``CALL_END`` marks; nothing where it is not one of ours."""
        number = self._numbers.get(name)
        return "" if number is None else f"{CALL_START}{number}:{line}{MARK_END}"

    def write(self, context: Mapping[str, Any], name: str) -> str:
        """Render a template to raw text: tokens, line marks, splices laid out."""
        template = self.get_template(name)
        return layout.splice(self._together(template.root_render_func(template.new_context(dict(context)))))

    def text_of(self, name: str, variables: Mapping[str, Any]) -> Any:
        """Another template rendered to text: values written out, references and secrets as they are."""
        template = self.get_template(name)
        before, outer = len(self.missing), self._in_text
        self._in_text = True
        try:
            raw = self._together(template.root_render_func(template.new_context(dict(variables))))
            text = self.values.taint(self._filled(raw))
        except MissingError as error:
            error.handed_in = tuple(variables)
            raise
        finally:
            self._in_text = outer
        for missing_, _ in self.missing[before:]:
            missing_.handed_in = tuple(variables)
        return text

    def checked(self, value: Any) -> Any:
        """The value, generators made lists; undefined and reserved characters refused, inside containers too."""
        kind = type(value)
        if kind is str:
            if RESERVED.search(value):
                raise ValueProblemError(PRIVATE)
        elif kind in _PLAIN:
            return value
        elif isinstance(value, Undefined):
            value._fail_with_undefined_error()
        elif isinstance(value, Mapping):
            self.budget.items(len(value))
            return {self.checked(key): self.checked(item) for key, item in value.items()}
        elif isinstance(value, (list, tuple, range, Iterator, KeysView, ItemsView, ValuesView)):
            items = [self.checked(item) for item in value]
            self.budget.items(len(items))
            return items
        return value

    def joined(self, parts: tuple[Any, ...]) -> Any:
        """``a ~ b``."""
        for part in parts:
            self.checked(part)
        return self.budget.made(self.values.join(parts))

    def concat(self, pieces: Iterable[str]) -> str:
        """What macros, blocks and ``{% set %}`` blocks have written, as a fragment."""
        return self._fragment(self._together(pieces), laid_out=False)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``x.items`` that is not called: of a map the key, and of no plain value a method of Python's."""
        if not isinstance(obj, _OWNERS) or attribute.startswith("_"):
            return super().getattr(obj, attribute)
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """``x["items"]``: the same."""
        if isinstance(argument, str) and isinstance(obj, _OWNERS):
            return self.getattr(obj, argument)
        return super().getitem(obj, argument)

    def method(self, obj: Any, attribute: str) -> Any:
        """``x.items`` that is called."""
        return super().getattr(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """``%``, ``*``, ``+`` and ``**``: bounded, and text with references stays such."""
        left, right = guard.operator(operator, left, right)
        return self.values.taint(self.budget.made(super().call_binop(context, operator, left, right)))

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Every call that a template makes."""
        if isinstance(__obj, Later):
            __obj()  # refuses
        args, kwargs = guard.method(__obj, args, kwargs)
        if isinstance(__obj, Macro):
            result = __self._called(__context, __obj, args, kwargs)
        else:
            result = __self.budget.made(super().call(__context, __obj, *args, **kwargs))
        if "caller" in kwargs and not isinstance(result, Fragment):  # {% call plain_function() %} is written as it is
            return __self.values.token(__self.checked(result))
        return __self.values.taint(result)

    def _called(self, context: Context, macro: Macro, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        code = macro._func.__code__
        outer = self.budget.entered(code)
        result = self.budget.made(super().call(context, macro, *args, **kwargs))
        self.budget.left(code, outer, macro.name or "caller", not str.strip(result))
        return result

    def _load_template(self, name: str, globals: Any) -> Any:
        """For each import and include: they take time and write nothing that is measured."""
        self.budget.step(100)
        return super()._load_template(name, globals)

    def _together(self, pieces: Iterable[str]) -> str:
        out: list[str] = []
        for piece in pieces:
            if type(piece) is not str:
                piece = _spliced(piece) if isinstance(piece, Fragment) else str(piece)
            out.append(piece)
            self._left -= len(piece)
            if self._left < 0:
                raise ValueProblemError(f"the blueprint writes more than {_OUTPUT:,} characters")
        return "".join(out)

    def _filled(self, raw: str) -> str:
        text = layout.splice(raw)
        return self.values.fill(layout.unmark(layout.returned(text) if self._in_text else text), self.budget.text)

    def _fragment(self, raw: str, *, laid_out: bool) -> Fragment:
        text = self._filled(raw)
        fragment: Fragment = LaterFragment(text, self.values) if holds_token(text) else Fragment(text)
        fragment.raw, fragment.laid_out = raw, laid_out
        return fragment

    def _limited_range(self, *args: int) -> range:
        numbers = range(*args)
        self._range -= len(numbers)
        if self._range < 0:
            raise ValueProblemError(f"range() gives more than {_RANGE:,} numbers")
        return numbers

    def _join(self, value: Any, d: Any = "", attribute: str | int | None = None) -> str:
        """Jinja's own writes what is no text as Python would."""
        pick = make_attrgetter(self, attribute) if attribute is not None else self.checked
        parts = [self.values.scalar_text(self.checked(pick(item))) for item in value]
        separator = self.values.scalar_text(self.checked(d))
        self.budget.text(sum(map(len, parts)) + len(separator) * len(parts))
        return separator.join(parts)

    def _indent(self, guarded: Any, plain: Any) -> Any:
        """Of a fragment the lines are moved, and the values in them are not looked at."""

        def indent(value: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(value, Fragment):
                guard.grown("indent", (value.raw, *args), kwargs)
                return self._fragment(plain(layout.splice(value.raw), *args, **kwargs), laid_out=True)
            return guarded(value, *args, **kwargs)

        return indent

    def _trim(self, plain: Any) -> Any:
        def trim(value: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(value, Fragment) and not args and not kwargs:
                return self._fragment(layout.trim(value.raw), laid_out=value.laid_out)
            return plain(value, *args, **kwargs)

        return trim
