"""The CEL engine: compiles an expression once and evaluates it against facts.

Knows nothing of rules, plans or findings; whatever goes wrong is raised, so that a caller cannot take an error for a pass.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from provisioner.policy.reads import ROOTS, Read, reads
from provisioner.policy.syntax import parse

Facts = Any
"""An activation of the engine: the values of all variables, converted once and shared by every rule of a change."""


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
class Program:
    """A compiled expression and all that it may read."""

    text: str
    reads: tuple[Read, ...]
    expression: Any

    def holds(self, facts: Facts) -> bool:
        """Evaluate a condition. Anything but true or false is an ``EvaluationError``."""
        answer = self.value(facts)
        if not isinstance(answer, bool):
            raise EvaluationError(f"gave {type(answer).__name__} instead of true or false")
        return answer

    def value(self, facts: Facts) -> Any:
        """Evaluate to a plain Python value."""
        try:
            answer = self.expression.eval(facts)
            if answer.type().name() == "*error*" or answer.type() == _cel().Type.ERROR:
                raise EvaluationError(_tidy(str(answer.value())))
            return answer.plain_value()
        except RuntimeError as error:
            raise EvaluationError(_tidy(str(error))) from None


def facts(values: Mapping[str, Mapping[str, Any]]) -> Facts:
    """Values (plain dicts, lists and scalars) by variable. Every variable is there, an empty map where it was not given."""
    return _environment().Activation({root: values.get(root, {}) for root in ROOTS})


def compile_condition(text: str, given: Mapping[str, Any] | None = None) -> Program:
    """A program that gives true or false. ``given``: constants, in the expression under that name."""
    program = compile_value(text, given)
    kind = program.expression.return_type()
    if kind != _cel().Type.BOOL:
        raise ExpressionError(f"must be true or false, not {kind.name()}")
    return program


def compile_value(text: str, given: Mapping[str, Any] | None = None) -> Program:
    """A program that gives any value."""
    head = (
        f"cel.bind(given, {literal(given)},\n" if given else "(\n"
    )  # the text keeps its columns, one line further down
    try:
        expression = _environment().compile(f"{head}{text}\n)")
        found = reads(parse(expression.serialize()))
    except (RuntimeError, ValueError) as error:
        raise _compile_error(str(error), text) from None
    return Program(text, found, expression)


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
    lines = expression.splitlines() or [""]
    line, column = max(int(found[1]) - 1, 1), int(found[2])
    if line > len(lines):  # the closing bracket of ours: something is missing at the end
        return ExpressionError("ends too early", len(lines), len(lines[-1]) + 1)
    return ExpressionError(found[3].removesuffix(" [INVALID_ARGUMENT]"), line, column)


def _tidy(text: str) -> str:
    return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", text.strip().splitlines()[0] if text.strip() else "unknown error")


def _cel() -> Any:
    from cel_expr_python import cel

    return cel


@cache
def _environment() -> Any:
    """The one environment of all rules: variables are maps, functions as policies/README.md lists them."""
    from cel_expr_python.ext import ext_bindings, ext_optional, ext_strings

    cel = _cel()
    kinds = cel.Type
    own = [
        _function("covers", "covers_dyn_int", [kinds.DYN, kinds.INT], covers),
        _function("world", "world_dyn", [kinds.DYN], world),
    ]
    extensions = [
        ext_strings.ExtStrings(),
        ext_optional.ExtOptional(),
        ext_bindings.ExtBindings(),
        cel.CelExtension("orch", own),
    ]
    anything = kinds.Map(kinds.STRING, kinds.DYN)
    return cel.NewEnv(variables=dict.fromkeys(ROOTS, anything), extensions=extensions)


def _function(name: str, overload: str, parameters: list[Any], call: Any) -> Any:
    cel = _cel()
    shape = cel.Overload(overload, return_type=cel.Type.BOOL, parameters=parameters, impl=call)
    return cel.FunctionDecl(name, [shape])


def covers(ports: object, port: int) -> bool:
    """Whether a port, a range (``20-30``), ``*`` or a list of these includes a port. ``ValueError`` for anything else."""
    if isinstance(ports, (list, tuple)):
        return max([covers(item, port) for item in ports], default=False)  # not any(): a broken item is always an error
    text = str(ports).strip()
    if text in ("*", "all"):
        return True
    found = re.fullmatch(r"(\d+)\s*(?:-\s*(\d+))?", text)
    if not found:
        raise ValueError("not a port or a range of ports")
    return int(found[1]) <= port <= int(found[2] or found[1])


_NAMES_FOR_ALL = {"*", "any", "internet"}  # Azure's
_NAME = re.compile(r"([a-z][a-z0-9._-]*)?")  # of a service tag or a group; empty where no source is given
_PRIVATE_BITS = 7  # the widest private range is fc00::/7


def world(source: object) -> bool:
    """Whether an address range (or a list) takes in the whole internet or a great part of it: wider than a /7.

    Other names than Azure's for everybody (service tags, groups) are not the world. ``ValueError`` for anything else.
    """
    if isinstance(source, (list, tuple)):
        return max([world(item) for item in source], default=False)
    text = source.strip().lower() if isinstance(source, str) else "?"
    if text in _NAMES_FOR_ALL:
        return True
    if _NAME.fullmatch(text):
        return False
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("not an address range") from None  # without the value, which may be a secret
    return network.prefixlen < _PRIVATE_BITS or ("/" not in text and network.network_address.is_unspecified)
