"""Typed parameters: what ``parameters.yaml`` declares, and the values given from outside.

Later wins: default, environment, ``--params FILE``, ``ORCH_PARAM_<NAME>``, ``-p name=value``. Must not know templates, and
shows no value of a sensitive one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Literal

from provisioner.blueprint.filters import is_network
from provisioner.blueprint.formats import CIDR, idle
from provisioner.blueprint.rules import Rule, broken
from provisioner.blueprint.rules import declared as declared_rules
from provisioner.blueprint.template import RESERVED_NAMES
from provisioner.blueprint.tokens import RESERVED
from provisioner.blueprint.validate import known_errors
from provisioner.blueprint.words import complaints
from provisioner.document import Located, coerced, did_you_mean, near, no_yaml, read
from provisioner.document import check as check_model
from provisioner.model.environment import Given
from provisioner.model.problem import BlueprintError, Missing, MissingValuesError, Problem, in_order
from provisioner.model.secret import PARAMETER, secrets
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, Map, Path, Secret, Value, freeze, is_known, path_text, thaw

if TYPE_CHECKING:
    from pydantic import BaseModel

FILE = "parameters.yaml"
_PREFIX = "ORCH_PARAM_"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS = frozenset({"default", "description", "sensitive"})  # not for the validator


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter. schema: JSON Schema words of its value · default: ``ABSENT`` where a value is required."""

    name: str
    type: str
    schema: Map
    source: Source
    default: Value = ABSENT
    description: str = ""
    sensitive: bool = False
    default_source: Source | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What a ``parameters.yaml`` says."""

    parameters: tuple[Parameter, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """The values to render with. given: all, by name, a ``Secret`` for each sensitive one · shown: those that are not
    sensitive · sensitive: those that are, in plain · asks: their types · warnings: of values that are given to nobody."""

    given: Mapping[str, Value] = field(default_factory=dict)
    shown: Map = field(default_factory=Map)
    sensitive: Mapping[str, Value] = field(default_factory=dict, repr=False)
    asks: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()


@functools.cache
def _models() -> type[BaseModel]:
    from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

    class Declaration(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        type: Literal["string", "integer", "number", "boolean", "array", "object"]
        default: Any = None
        description: str = ""
        sensitive: StrictBool = False
        enum: list[Any] | None = None
        pattern: str | None = None
        format: str | None = None
        minimum: StrictInt | StrictFloat | None = None
        maximum: StrictInt | StrictFloat | None = None
        minLength: int | None = None
        maxLength: int | None = None
        items: dict[str, Any] | None = None
        minItems: int | None = None
        maxItems: int | None = None
        uniqueItems: StrictBool | None = None
        properties: dict[str, Any] | None = None
        required: list[str] | None = None
        additionalProperties: StrictBool | dict[str, Any] | None = None

    class RuleDeclaration(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        rule: str
        message: str

    class Declarations(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        parameters: dict[str, Declaration] = Field(default_factory=dict)
        rules: list[RuleDeclaration] = Field(default_factory=list)

    return Declarations


def declared(folder: FilePath) -> Declared:
    """What a blueprint's ``parameters.yaml`` declares; nothing where there is no such file. ``BlueprintError`` with all
    that is wrong with it."""
    path = folder / FILE
    if not path.is_file():
        return Declared()
    document = read(path)
    check_model(document, _models())
    problems: list[Problem] = []
    nodes = document.child("parameters").items() if "parameters" in document.value else ()
    found = tuple([_parameter(name, node, problems) for name, node in nodes])
    rules = declared_rules(document, found, problems)
    if problems:
        raise BlueprintError(*in_order(problems))
    return Declared(found, rules)


def _parameter(name: str, node: Located, problems: list[Problem]) -> Parameter:
    if not _NAME.fullmatch(name):
        problems.append(Problem(f"{name!r} is no name for a parameter: letters, digits and _ only", node.source))
    elif name in RESERVED_NAMES:
        problems.append(
            Problem(f"the name {name!r} has a meaning in templates; a parameter needs another", node.source)
        )
    value = node.value
    parameter = Parameter(
        name=name,
        type=value["type"],
        schema=Map({word: item for word, item in value.items() if word not in _OURS}),
        source=node.source,
        default=value.get("default", ABSENT),
        description=value.get("description", ""),
        sensitive=value.get("sensitive", False),
        default_source=node.child("default").source if "default" in value else None,
    )
    problems.extend(idle(name, node))
    try:
        _validator(parameter.schema)
    except ValueError as error:
        bad = "pattern" if '"regex"' in str(error) and "pattern" in value else ""
        at = node.child(bad).source if bad else node.source
        what = f"the pattern {value[bad]} is no regular expression" if bad else f"no JSON Schema: {_first_line(error)}"
        problems.append(Problem(f"{name}: {what}", at))
        return parameter
    if parameter.default is not ABSENT and parameter.default is not None:
        problems.extend(_misfits(parameter, Given(parameter.default, node.child("default").source), "the default of "))
    return parameter


def resolve(
    declared: Declared,
    *,
    environment: Mapping[str, Given],
    environment_file: str,
    file: FilePath | None,
    environ: Mapping[str, str],
    options: Mapping[str, object],
) -> Values:
    """The values to render with; ``BlueprintError`` with every unknown, missing and unfit one, and with the rules that they
    break, each at the line of the value.

    A variable ``ORCH_PARAM_X`` that names no parameter is somebody else's: another stack's, as a rule. Where it is nearly one
    of ours that is a warning, and a problem where a value lacks, for it may be meant to give that.
    """
    by_name = {parameter.name: parameter for parameter in declared.parameters}
    problems: list[Problem] = []
    given = {
        name: Given(p.default, p.default_source or p.source) for name, p in by_name.items() if p.default is not ABSENT
    }
    for name, value in _layers(by_name, environment, file, environ, options, problems):
        if name in by_name:
            given.pop(name, None)  # so that the last one given stands last
            given[name] = value
        else:
            hint = did_you_mean(name, by_name, else_list="declared") or f"this blueprint declares none in {FILE}"
            problems.append(Problem(f"there is no parameter {name!r}", value.source, hint=hint))
    fitting: dict[str, Given] = {}
    for name, value in given.items():
        default = by_name[name].default  # checked when it was declared; null fits where it is the default
        wrong = [] if value.value is default else [*_misfits(by_name[name], value), *_no_text(name, value)]
        problems.extend(wrong)
        if not wrong and is_known(value.value) and next(secrets(value.value), None) is None:
            fitting[name] = value
    problems.extend(broken(declared.rules, by_name, fitting))
    missing = tuple(_missing(by_name[name]) for name in by_name if name not in given)
    if missing:
        in_environment = (f"under parameters in {environment_file}",) if environment_file else ()
        problems += _nearly(by_name, environ)
        raise MissingValuesError(missing, tuple(in_order(problems)), (*in_environment, "in a YAML file: --params FILE"))
    if problems:
        raise BlueprintError(*in_order(problems))
    values = {name: given[name].value for name in by_name}
    sensitive = {name: value for name, value in values.items() if by_name[name].sensitive}
    shown = Map({name: value for name, value in values.items() if name not in sensitive})
    asks = {name: by_name[name].type for name in sensitive}
    return Values(
        {**shown, **{name: Secret(f"{PARAMETER}{name}") for name in sensitive}},
        shown,
        sensitive,
        asks,
        tuple(_nearly(by_name, environ)),
    )


def _missing(parameter: Parameter) -> Missing:
    name = parameter.name
    example = {"array": "'[…]'", "object": "'{…}'", "boolean": "true"}.get(parameter.type, "…")
    variable, option = f"{_PREFIX}{name.upper()}={example}", f"-p {name}={example}"
    first, second = (variable, option) if parameter.sensitive else (option, variable)  # a shell keeps what is typed
    description = " ".join(parameter.description.split())
    return Missing(name, parameter.type, description, parameter.sensitive, parameter.source, (first, second))


def _layers(
    by_name: Mapping[str, Parameter],
    environment: Mapping[str, Given],
    file: FilePath | None,
    environ: Mapping[str, str],
    options: Mapping[str, object],
    problems: list[Problem],
) -> Iterator[tuple[str, Given]]:
    yield from environment.items()
    if file is not None:
        yield from _from_file(file, problems)
    variables = {f"{_PREFIX}{name.upper()}": name for name in by_name}
    for variable in sorted(name for name in environ if name.startswith(_PREFIX)):
        source = Source(f"variable {variable}")
        if variable in variables:
            name = variables[variable]
            yield name, Given(coerced(by_name[name].type, environ[variable]), source)
    for name, value in options.items():
        source = Source(f"-p {name}")
        known = by_name.get(name)
        yield name, Given(coerced(known.type, value) if known and isinstance(value, str) else freeze(value), source)


def _nearly(by_name: Mapping[str, Parameter], environ: Mapping[str, str]) -> Iterator[Problem]:
    """Variables that name no parameter, and nearly name one."""
    variables = [f"{_PREFIX}{name.upper()}" for name in by_name]
    for variable in sorted(name for name in environ if name.startswith(_PREFIX) and name not in variables):
        if close := near(variable.removeprefix(_PREFIX), by_name):
            message = (
                f"it names no parameter of this blueprint and is not used; did you mean {_PREFIX}{close[0].upper()}?"
            )
            yield Problem(message, Source(f"variable {variable}"))


def _from_file(file: FilePath, problems: list[Problem]) -> Iterator[tuple[str, Given]]:
    document = read(file)
    if not isinstance(document.value, Map):
        problems.append(Problem("a map of parameter names and values is expected here", document.source))
    for name, node in document.items():
        yield name, Given(node.value, node.source, node.lines())


def _misfits(parameter: Parameter, given: Given, prefix: str = "") -> Iterator[Problem]:
    schema = thaw(parameter.schema)
    for error in known_errors(_validator(parameter.schema), given.value):
        if parameter.sensitive:  # keys inside of it may tell as much as values
            text = f"{prefix}{parameter.name} has a value that does not fit ({error.kind.name})"
            yield Problem(text, given.source, hint=parameter.description)
            continue
        for complaint in complaints(error, schema):
            subject = parameter.name + path_text(complaint.path, leading_dot=True)
            hint = _as_option(parameter, given) or complaint.hint
            yield Problem(f"{prefix}{subject} {complaint.text}", _line(given, complaint.path), hint=hint)


def _no_text(name: str, given: Given) -> Iterator[Problem]:
    """What a shell can hand in and no file can keep."""
    if isinstance(given.value, str) and RESERVED.search(given.value):
        message = f"{name} holds a character that is no text (a lone surrogate, or U+E000 to U+E00F)"
        yield Problem(message, given.source, hint="give it as UTF-8")


_OPTIONS = {
    "array": "write it as YAML: {}='[a, b]'",
    "object": "write it as YAML: {}='{{key: value}}'",
    "integer": "write it in digits, as {}=100",
    "number": "write it in digits, as {}=1.5",
    "boolean": "write {0}=true or {0}=false",
}


def _as_option(parameter: Parameter, given: Given) -> str:
    """How a value is given on a command line or in a variable, where the text that was given is none."""
    if not isinstance(given.value, str) or given.source.line or parameter.type not in _OPTIONS:
        return ""
    if parameter.type in ("array", "object") and not parameter.sensitive and (why := no_yaml(given.value)):
        return f"it is no YAML: {why}"
    return _OPTIONS[parameter.type].format(parameter.name)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _line(given: Given, path: Path) -> Source:
    best: tuple[int, Source] = (-1, given.source)
    for known, source in given.lines:
        if len(known) > best[0] and known == path[: len(known)]:
            best = (len(known), source)
    return best[1]


def _validator(schema: Map) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(thaw(schema), validate_formats=True, formats={CIDR: is_network})


def file_schema() -> dict[str, Any]:
    """What ``parameters.yaml`` may hold, as JSON Schema."""
    return _models().model_json_schema()
