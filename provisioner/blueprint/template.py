"""Renders a blueprint's template to one located document; every failure is a ``BlueprintError`` with template and line.

Must not know what entries mean, and reads no file outside of the blueprint's folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    TemplateError,
    TemplateNotFound,
    TemplatesNotFound,
    TemplateSyntaxError,
    Undefined,
)
from jinja2.exceptions import SecurityError
from jinja2.utils import missing

from provisioner.blueprint import guard, layout
from provisioner.blueprint.calls import Lines, lines_in
from provisioner.blueprint.engine import Engine, MissingError
from provisioner.blueprint.filters import FILTERS
from provisioner.blueprint.functions import functions
from provisioner.blueprint.outside import Outside
from provisioner.blueprint.refusals import LaterError, ValueProblemError
from provisioner.blueprint.scalars import TokenScalars
from provisioner.blueprint.tokens import EACH, Later, kind
from provisioner.blueprint.usage import filter_used, function_used
from provisioner.document import Located, did_you_mean, parse
from provisioner.model.problem import BlueprintError, Problem
from provisioner.model.source import Source, Via
from provisioner.model.value import EMPTY

TEMPLATE = "blueprint.yaml.j2"
"""The template of a blueprint's folder."""

# fmt: off
RESERVED_NAMES = frozenset({
    "caller", "cycler", "dict", "each", "env", "env_var", "file", "joiner", "kwargs", "lookup", "loop", "namespace",
    "output", "places", "range", "ref", "secret", "self", "stack", "super", "template_file", "varargs",
})
# fmt: on
"""Names that a template finds defined already, or will; no parameter may take them."""


def document(
    folder: FilePath, parameters: Mapping[str, Any], builtins: Mapping[str, Any], outside: Outside, scope: str = ""
) -> Located:
    """The rendered document of a blueprint's folder.

    parameters: variables of the template itself · builtins: variables that included and imported templates see too
    (functions and ``each`` are added) · outside: what the functions may ask · scope: what ``ref`` puts before addresses, in
    a module.
    """
    engine = Engine(_FolderLoader(folder))
    engine.add_filters({name: filter_used(name, call) for name, call in FILTERS.items()})
    engine.globals.update(builtins)
    engine.values.scope = scope
    ours = functions(engine, folder, outside)
    engine.globals.update({name: function_used(name, call) for name, call in ours.items()})
    engine.globals["each"] = Later(engine.values, EACH)
    given = {name: engine.values.handed_in(value) for name, value in parameters.items()}
    raw = _write(engine, folder, given)
    files = [str(folder / name) for name in engine.templates]
    try:
        documents = parse(*layout.origins(raw, files), TokenScalars(engine.values))
    except BlueprintError as error:
        raise BlueprintError(*(_joined(problem, raw, files) for problem in error.problems)) from None
    except RecursionError:
        raise BlueprintError(Problem("a value is nested too deep", Source(str(folder / TEMPLATE)))) from None
    if len(documents) > 1:
        raise BlueprintError(Problem("a blueprint is one YAML document, and here a second begins", documents[1].source))
    if not documents or documents[0].value is None:
        return Located(EMPTY, Source(str(folder / TEMPLATE)), {})
    return documents[0]


class _FolderLoader(BaseLoader):
    """Templates inside one folder, and nowhere else: neither ``..`` nor a symbolic link leads out."""

    def __init__(self, folder: FilePath) -> None:
        self._folder = folder

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        root = self._folder.resolve()
        try:
            path = (root / template).resolve()
            if "\0" in template or not path.is_relative_to(root) or not path.is_file():
                raise TemplateNotFound(template)
            return path.read_bytes().decode(), str(self._folder / template), lambda: True
        except UnicodeDecodeError as error:
            raise TemplateSyntaxError(f"not UTF-8 text (byte {error.start})", 1, template, template) from None
        except (OSError, ValueError):
            raise TemplateNotFound(template) from None

    def list_templates(self) -> list[str]:
        found = self._folder.rglob("*.j2")
        return sorted(path.relative_to(self._folder).as_posix() for path in found)


def _write(engine: Engine, folder: FilePath, parameters: Mapping[str, Any]) -> str:
    def source(lines: Lines) -> Source:
        found = None
        for name, line in lines or (("", 0),):
            via = None if found is None else Via("", found)
            found = Source(str(folder / (name or TEMPLATE)), line, via)
        assert found is not None
        return found

    def told() -> list[Problem]:
        known = _names(parameters, engine)
        return [_missing(error, source(lines), known, parameters) for error, lines in engine.missing]

    try:
        raw = engine.write(parameters, TEMPLATE)
    except Exception as error:
        problem = _problem(error, engine, source, _names(parameters, engine), parameters)
        raise BlueprintError(*told(), problem) from error
    if engine.missing:
        raise BlueprintError(*told())
    return raw


def _joined(problem: Problem, raw: str, files: list[str]) -> Problem:
    """The problem, and that its line is put together of several, where that is why."""
    at = problem.source
    if at is None or at.file not in files or not problem.message.startswith("broken YAML"):
        return problem
    others = layout.joined(raw, f"{files.index(at.file)}:{at.line}")
    if not others:
        return problem
    hint = f"it is written on one line with line {', '.join(map(str, others))}: a '-' beside a tag takes the line break away"
    return replace(problem, hint=hint)


def _problem(
    error: Exception,
    engine: Engine,
    source: Callable[[Lines], Source],
    known: list[str],
    parameters: Mapping[str, Any],
) -> Problem:
    lines = lines_in(error.__traceback__)
    at = source(lines)
    if isinstance(error, TemplateSyntaxError):
        return _syntax(error, source((*lines, (error.name or "", error.lineno))), engine)
    if isinstance(error, MissingError):
        return _missing(error, at, known, parameters)
    if isinstance(error, (LaterError, ValueProblemError)):
        return Problem(str(error), at, hint=error.hint)
    if isinstance(error, TemplateNotFound):
        return _not_found(error, at, engine, known, parameters)
    if isinstance(error, RecursionError):
        return Problem("macros or includes call each other without end", at)
    if isinstance(error, SecurityError):
        return Problem(f"not allowed in a blueprint: {error}", at)
    if isinstance(error, MemoryError):
        return Problem("an expression makes more text than memory holds", at)
    if isinstance(error, TemplateError):
        return Problem(str(error), at)
    return Problem(f"the expression fails: {error or type(error).__name__}", at)


def _syntax(error: TemplateSyntaxError, at: Source, engine: Engine) -> Problem:
    message = (error.message or "").rstrip(".")
    hint = ""
    if found := re.fullmatch(r"No (filter|test) named '(.*)'", message):
        what, name = found.groups()
        message = f"there is no {what} {name!r}"
        names = engine.filters if what == "filter" else engine.tests
        hint = guard.NOT_OURS.get(name, "") if what == "filter" else ""
        hint = hint or did_you_mean(name, names)
    elif found := re.match(r"Encountered unknown tag '(\w+)'", message):
        hint = did_you_mean(found[1], _STATEMENTS)
        message = f"there is no statement {{% {found[1]} %}}" if found[1] not in _STATEMENTS else _misplaced(message)
    elif message.startswith("Unexpected end of template") and (opened := _never_closed(error, engine)):
        name, line = opened
        at = Source(at.file, line, at.via)
        message, hint = f"{{% {name} %}} is never closed", f"close it with {{% end{name} %}}"
    return Problem(f"template syntax: {message}", at, hint=hint)


def _misplaced(message: str) -> str:
    """Jinja's words for a statement that closes or continues another one than is open."""
    name = message.split("'")[1]
    innermost = re.search(r"The innermost block that needs to be closed is '(\w+)'", message)
    return f"{{% {name} %}} stands where " + (f"{{% {innermost[1]} %}} is open" if innermost else "no block is open")


def _never_closed(error: TemplateSyntaxError, engine: Engine) -> tuple[str, int] | None:
    """The innermost block that a template leaves open, and its line."""
    open_blocks: list[tuple[str, int]] = []
    begins = False
    for line, kind_, value in engine.lex(error.source or ""):
        if begins and kind_ == "name":
            if value.startswith("end"):
                open_blocks = open_blocks[:-1]
            elif f"end{value}" in _STATEMENTS and value != "set":
                open_blocks.append((value, line))
        begins = kind_ == "block_begin" or (begins and kind_ == "whitespace")
    return open_blocks[-1] if open_blocks else None


# fmt: off
_STATEMENTS = (
    "block", "call", "elif", "else", "endblock", "endcall", "endfilter", "endfor", "endif", "endmacro",
    "endraw", "endset", "endwith", "extends", "filter", "for", "from", "if", "import", "include", "macro",
    "raw", "set", "with",
)
# fmt: on


def _missing(error: MissingError, at: Source, known: list[str], parameters: Mapping[str, Any]) -> Problem:
    owner, key = error.owner, error.name
    while isinstance(key, Undefined):  # what is not there was to be found by what is not there
        owner, key = key._undefined_obj, key._undefined_name
    name = str(key) if isinstance(key, (str, int, float)) else kind(key)
    if owner is missing:
        if error.handed_in is not None:
            hint = did_you_mean(name, error.handed_in) or f'hand it in: template_file("…", {name}=…)'
        elif name in parameters:
            hint = "an import sees parameters only as: {% import … with context %}"
        else:
            hint = did_you_mean(name, known) or "declare it in parameters.yaml"
        return Problem(f"{name!r} is undefined", at, hint=hint)
    call = f"to call the method, write .{name}()" if callable(getattr(owner, name, None)) else ""
    if isinstance(owner, Mapping):
        hint = call or did_you_mean(name, map(str, owner), else_list="it has")
        return Problem(f"there is no {name!r} in this map", at, hint=hint)
    if isinstance(owner, (list, tuple)) and isinstance(key, int):
        return Problem(f"there is no item {name} in this list of {len(owner)} (they count from 0)", at)
    return Problem(f"{kind(owner)} has no {name!r}", at, hint=call)


def _not_found(
    error: TemplateNotFound, at: Source, engine: Engine, known: list[str], parameters: Mapping[str, Any]
) -> Problem:
    names: list[Any] = list(error.templates) if isinstance(error, TemplatesNotFound) else [error.name]
    for name in names:
        if isinstance(name, Undefined):
            return _missing(MissingError("", name._undefined_name, name._undefined_obj), at, known, parameters)
    wanted = ", ".join(repr(name) if isinstance(name, str) else kind(name) for name in names)
    if str(error.name) == TEMPLATE and not at.line:
        return Problem(f"there is no {TEMPLATE} in this folder", at)
    hint = (
        did_you_mean(str(error.name), engine.list_templates())
        or "templates are read from the blueprint's own folder only"
    )
    return Problem(f"there is no template {wanted} here", at, hint=hint)


def _names(parameters: Iterable[str], engine: Engine) -> list[str]:
    """What a mistyped name may have meant: parameters and what is defined everywhere, without Jinja's own helpers."""
    return [*parameters, *(name for name in engine.globals if name not in ("cycler", "dict", "joiner", "namespace"))]
