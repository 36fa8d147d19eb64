"""Rules across parameters: a CEL expression over their names, and what to say where it is false.

Must not know how values are given, and shows none that is sensitive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from provisioner.blueprint.filters import cidr_contains
from provisioner.blueprint.refusals import ValueProblemError
from provisioner.cel import EvaluationError, Expression, ExpressionError, Function, Language
from provisioner.cel.syntax import Ident, Node
from provisioner.document import Located, did_you_mean
from provisioner.model.environment import Given
from provisioner.model.problem import Problem
from provisioner.model.source import Source
from provisioner.model.value import thaw

if TYPE_CHECKING:
    from provisioner.blueprint.parameters import Parameter

_SHOWN = 60  # characters of a value in a message


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. names: the parameters that it reads, as they are declared."""

    message: str
    names: tuple[str, ...]
    source: Source
    expression: Expression
    language: Language

    def holds(self, parameters: Mapping[str, Parameter], values: Mapping[str, Given]) -> bool:
        """Whether the values keep it. ``EvaluationError`` where they do not allow to tell."""
        plain = {name: _plain(parameters[name], values[name].value) for name in self.names}
        return self.expression.holds(self.language.facts(plain))


def declared(document: Located, parameters: Collection[Parameter], problems: list[Problem]) -> tuple[Rule, ...]:
    """The rules of a ``parameters.yaml`` whose form was checked; one that does not compile is a problem at its line."""
    if not document.value.get("rules"):
        return ()
    language = Language({parameter.name: _kind(parameter) for parameter in parameters}, [_CONTAINS])
    names = [parameter.name for parameter in parameters]
    found: list[Rule] = []
    rules = document.child("rules")
    for index, written in enumerate(rules.value):
        source = rules.child(index).child("rule").source
        try:
            expression = language.compile(written["rule"].rstrip())
            if expression.kind not in ("BOOL", "DYN"):
                raise ExpressionError(f"gives {expression.kind.lower()}, and must give true or false")
        except ExpressionError as error:
            problems.append(_no_rule(error, names, source))
            continue
        read = set(_idents(expression.node))
        found.append(Rule(written["message"], tuple(n for n in names if n in read), source, expression, language))
    return tuple(found)


def broken(
    rules: tuple[Rule, ...], parameters: Mapping[str, Parameter], values: Mapping[str, Given]
) -> Iterator[Problem]:
    """The rules that values break or do not allow to evaluate; one that reads a parameter without a value here is left out.

    values: in the order in which they were given, defaults first, so that the last one read is taken for the one at fault."""
    for rule in rules:
        if not all(name in values for name in rule.names):
            continue
        try:
            if rule.holds(parameters, values):
                continue
        except EvaluationError as error:
            secret = any(parameters[name].sensitive for name in rule.names)
            why = "" if secret else f": {str(error).rstrip('.')}"
            message = f"this rule cannot be evaluated with the values that are given{why}"
            yield Problem(message, rule.source, hint=_seen(rule, parameters, values))
            continue
        given = [value.source for name, value in values.items() if name in rule.names]
        yield Problem(rule.message, given[-1] if given else rule.source, hint=_seen(rule, parameters, values))


def _no_rule(error: ExpressionError, names: list[str], source: Source) -> Problem:
    at = f" (line {error.line} of it)" if error.line > 1 else f" (column {error.column} of it)"
    if found := re.match(r"undeclared reference to '([^']+)'", error.message):
        hint = did_you_mean(found[1], names, else_list="declared")
        return Problem(f"this is no rule: there is no parameter or function {found[1]!r}{at}", source, hint=hint)
    return Problem(
        f"this is no rule: {error.message}{at}", source, hint="rules are CEL expressions: min_size <= max_size"
    )


def _seen(rule: Rule, parameters: Mapping[str, Parameter], values: Mapping[str, Given]) -> str:
    lines = [f"the rule is {' '.join(rule.expression.text.split())} ({rule.source})"]
    for name in rule.names:
        value = values[name]
        shown = "sensitive and not shown" if parameters[name].sensitive else _short(value.value)
        lines.append(f"{name} is {shown} ({value.source})")
    return "\n".join(lines)


def _short(value: Any) -> str:
    text = json.dumps(thaw(value), ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _kind(parameter: Parameter) -> str:
    """Null has no place in a typed variable."""
    return "any" if parameter.default is None else parameter.type


def _plain(parameter: Parameter, value: Any) -> Any:
    """A number is a CEL double, however it was written."""
    return float(value) if parameter.type == "number" and isinstance(value, int) else thaw(value)


def _idents(node: Node) -> Iterator[str]:
    """Every name in an expression; those that it binds itself are among them."""
    if isinstance(node, Ident):
        yield node.name
        return
    for field in fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if not isinstance(part, (str, int, bool, type(None))):
                yield from _idents(part)


def _contains(outer: str, inner: str) -> bool:
    try:
        return cidr_contains(outer, inner)
    except ValueProblemError as error:
        raise ValueError(str(error)) from None


_CONTAINS = Function("cidr_contains", ("string", "string"), _contains)
