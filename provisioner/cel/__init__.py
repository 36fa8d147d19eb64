"""CEL expressions: compiled once against declared variables, evaluated to plain values.

Knows nothing of policies or parameters; whatever goes wrong is raised, so that a caller cannot take an error for a pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.cel.syntax import Node, parse

Facts = Any
"""An activation of the engine: the values of all variables, converted once and shared by every expression."""


class ExpressionError(Exception):
    """Does not compile. line and column count from 1 inside the expression."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class EvaluationError(Exception):
    """Compiled, but could not be evaluated on these facts."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function for expressions, giving true or false. kinds: of its arguments, in JSON Schema's words or ``any``."""

    name: str
    kinds: tuple[str, ...]
    call: Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. node: its tree, for whoever asks what it reads."""

    text: str
    node: Node
    compiled: Any

    @property
    def is_condition(self) -> bool:
        """Whether it gives true or false, whatever the facts."""
        return bool(self.compiled.return_type() == _cel().Type.BOOL)

    @property
    def kind(self) -> str:
        """What it gives, in CEL's word."""
        return str(self.compiled.return_type().name())

    def holds(self, facts: Facts) -> bool:
        """Evaluate a condition. Anything but true or false is an ``EvaluationError``."""
        answer = self.value(facts)
        if not isinstance(answer, bool):
            raise EvaluationError(f"gave {type(answer).__name__} instead of true or false")
        return answer

    def value(self, facts: Facts) -> Any:
        """Evaluate to a plain Python value."""
        try:
            answer = self.compiled.eval(facts)
            if answer.type().name() == "*error*" or answer.type() == _cel().Type.ERROR:
                raise EvaluationError(_tidy(str(answer.value())))
            return answer.plain_value()
        except RuntimeError as error:
            raise EvaluationError(_tidy(str(error))) from None


class Language:
    """What expressions may name. variables: their kinds, in JSON Schema's words or ``any``, by name."""

    def __init__(self, variables: Mapping[str, str], functions: Iterable[Function] = ()) -> None:
        from cel_expr_python.ext import ext_bindings, ext_optional, ext_strings

        cel = _cel()
        own = cel.CelExtension("orch", [_declaration(function) for function in functions])
        extensions = [ext_strings.ExtStrings(), ext_optional.ExtOptional(), ext_bindings.ExtBindings(), own]
        kinds = {name: _kind(kind) for name, kind in variables.items()}
        self._environment = cel.NewEnv(variables=kinds, extensions=extensions)

    def compile(self, text: str, given: Mapping[str, Any] | None = None) -> Expression:
        """The expression, or ``ExpressionError``. ``given``: constants, in the expression under that name."""
        # The text keeps its columns, one line further down.
        head = f"cel.bind(given, {literal(given)},\n" if given else "(\n"
        try:
            compiled = self._environment.compile(f"{head}{text}\n)")
            return Expression(text, parse(compiled.serialize()), compiled)
        except (RuntimeError, ValueError) as error:
            raise _compile_error(str(error), text) from None

    def facts(self, values: Mapping[str, Any]) -> Facts:
        """Values (plain dicts, lists and scalars) by variable. ``EvaluationError`` for one that CEL cannot hold."""
        try:
            return self._environment.Activation(dict(values))
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            raise EvaluationError(_tidy(str(error))) from None


def literal(value: Any) -> str:
    """A plain value as CEL writes it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(str(key))}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, str):
        return '"' + "".join(c if c.isalnum() or c in " -_./:*" else f"\\U{ord(c):08x}" for c in value) + '"'
    return repr(value)


def _compile_error(text: str, expression: str) -> ExpressionError:
    found = re.search(r"ERROR: <input>:(\d+):(\d+): (.*?)(?:\n|$)", text)
    if not found:
        return ExpressionError(_tidy(text))
    lines = expression.split("\n")
    line, column = max(int(found[1]) - 1, 1), int(found[2])
    if line > len(lines):  # the closing bracket of ours: something is missing at the end
        return ExpressionError("ends too early", len(lines), len(lines[-1]) + 1)
    return ExpressionError(found[3].removesuffix(" [INVALID_ARGUMENT]"), line, column)


def _tidy(text: str) -> str:
    return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", text.strip().splitlines()[0] if text.strip() else "unknown error")


def _cel() -> Any:
    from cel_expr_python import cel

    return cel


def _kind(word: str) -> Any:
    kinds = _cel().Type
    match word:
        case "string":
            return kinds.STRING
        case "integer":
            return kinds.INT
        case "boolean":
            return kinds.BOOL
        case "array":
            return kinds.List(kinds.DYN)
        case "object":
            return kinds.Map(kinds.STRING, kinds.DYN)
    return kinds.DYN


def _declaration(function: Function) -> Any:
    cel = _cel()
    overload = "_".join([function.name, *function.kinds])
    parameters = [_kind(kind) for kind in function.kinds]
    shape = cel.Overload(overload, return_type=cel.Type.BOOL, parameters=parameters, impl=function.call)
    return cel.FunctionDecl(function.name, [shape])
