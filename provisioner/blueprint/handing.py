"""What the entry of a module hands in: the values of the module's parameters, checked as far as they are known.

Must not render the module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path as FilePath

from provisioner.blueprint import parameters
from provisioner.blueprint.parameters import Parameter
from provisioner.blueprint.tokens import kind
from provisioner.document import Located
from provisioner.model.environment import Given
from provisioner.model.problem import BlueprintError, Problem
from provisioner.model.secret import secrets
from provisioner.model.source import Via
from provisioner.model.value import ABSENT, OPAQUE, Map, Value


def handed_in(folder: FilePath, address: str, node: Located, via: Via) -> Mapping[str, Value]:
    """The values by name; what is known only later, or secret, fits anywhere. ``BlueprintError`` with all that is wrong: at the
    entry's lines, or for the module's own file as one of its problems."""
    try:
        declared = parameters.declared(folder)
    except BlueprintError as error:
        raise BlueprintError(*(in_module(problem, via, address) for problem in error.problems)) from None
    values: dict[str, Located] = {}
    problems: list[Problem] = []
    if node.value.get("parameters") is not None:
        written = node.child("parameters")
        values = dict(written.items())
        if not isinstance(written.value, Map):
            message = f"{address}: parameters must be a map of names and values, not {kind(written.value)}"
            problems.append(Problem(message, written.source, address))
    lacking = [
        parameter for parameter in declared.parameters if parameter.default is ABSENT and parameter.name not in values
    ]
    problems += [_lacks(parameter, address, node) for parameter in lacking]
    found = parameters.Values()
    try:
        found = parameters.resolve(
            replace(declared, parameters=tuple(p for p in declared.parameters if p not in lacking)),
            environment={name: Given(item.value, item.source, item.lines()) for name, item in values.items()},
            environment_file="",
            file=None,
            environ={},
            options={},
        )
    except BlueprintError as error:
        problems += [replace(problem, address=problem.address or address) for problem in error.problems]
    problems += _told(found.sensitive, address, node)
    if problems:
        raise BlueprintError(*problems)
    return {**found.given, **found.sensitive}


def in_module(problem: Problem, via: Via, address: str) -> Problem:
    """A problem of the module's own files, as one of the blueprint's; one of the entry's stays as it is."""
    if problem.source is None or problem.source.module or problem.address:
        return problem
    return replace(problem, source=problem.source.within(via), address=address)


def _lacks(parameter: Parameter, address: str, node: Located) -> Problem:
    about = f" ({parameter.description.strip().rstrip('.')})" if parameter.description else ""
    message = f"{address}: the module's parameter {parameter.name!r} has no value{about}"
    return Problem(message, node.source, address, f"write it under parameters: {parameter.name}: …")


def _told(sensitive: Mapping[str, Value], address: str, node: Located) -> Iterator[Problem]:
    """Sensitive values that stand in the blueprint in plain."""
    for name, value in sensitive.items():
        if not isinstance(value, OPAQUE) and next(secrets(value), None) is None:
            message = f"{address}: the module's parameter {name!r} is sensitive, and plans would hold this value"
            hint = 'hand in a secret, as {{ secret("env://…") }}, or a sensitive parameter of this blueprint'
            yield Problem(message, node.source, address, hint)
