"""The functions of the language: ``ref``, ``output``, ``lookup``, ``secret``, ``env_var``, ``file``, ``template_file``.

Each is made for one rendering. None calls a cloud; files are read inside of the template's own folder only.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path as FilePath
from typing import Any

from jinja2.runtime import Undefined

from provisioner.blueprint.calls import line_of
from provisioner.blueprint.engine import Engine
from provisioner.blueprint.outside import LOOKUP, OUTPUT, Asked, Outside
from provisioner.blueprint.refusals import ValueProblemError
from provisioner.blueprint.tokens import Hidden, Later, LaterText, Values, kind, later_in, refuse
from provisioner.document import did_you_mean
from provisioner.model.run import Run, RunStatus
from provisioner.model.source import Source
from provisioner.model.value import Map, Path, freeze, thaw

_BEGUN = (RunStatus.RUNNING, RunStatus.PARTIAL, RunStatus.INTERRUPTED)
_LARGEST = 1_000_000  # bytes of a file
_LOOKUP_FORM = 'as lookup("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), or its id="…"'
_SECRET = re.compile(r"[a-z][a-z0-9+-]*://\S+")


def functions(engine: Engine, folder: FilePath, outside: Outside) -> dict[str, Callable[..., Any]]:
    """All of them, by name."""
    values = engine.values
    return {
        "ref": _ref(values),
        "output": _output(values, outside),
        "lookup": _lookup(engine, folder, outside),
        "secret": _secret(values),
        "env_var": _env_var(outside),
        "file": _file(folder),
        "template_file": _template_file(engine),
    }


def _ref(values: Values) -> Callable[[Any], Later]:
    def ref(address: Any) -> Later:
        if isinstance(address, (Later, LaterText)):
            refuse(address, "the address of ref()")
        if isinstance(address, Undefined):
            hint = f'an address is written in quotes: ref("{address._undefined_name}")'
            raise ValueProblemError(
                "ref() takes the address of a resource as text, and there is no such variable", hint
            )
        if not isinstance(address, str):
            raise ValueProblemError(f"ref() takes the address of a resource as text, not {kind(address)}")
        return Later(values, values.scope + values.scalar_text(address))

    return ref


def _output(values: Values, outside: Outside) -> Callable[[Any, Any], Any]:
    def output(stack: Any, name: Any) -> Any:
        stack, name = _text("output", stack, "a stack"), _text("output", name, "an output")
        found = outside.outputs_of(stack)
        if found is None or name not in found:
            last = outside.last_run(stack)
            if not outside.must and (found is None or (last and (last.status in _BEGUN or _ended(found, last)))):
                return Later(values, f"{OUTPUT}{json.dumps(stack)}, {json.dumps(name)})")
            raise _lacking(outside, stack, name, found, last)
        outside.read[stack, name] = found[name]
        return values.handed_in(found[name])

    return output


def _lacking(outside: Outside, stack: str, name: str, found: Map | None, last: Run | None) -> ValueProblemError:
    """That a stack has not recorded an output, and what to type. last: its newest run."""
    message = f"output: the stack {stack!r} has no output {name!r}"
    if last and last.status is RunStatus.RUNNING:
        return ValueProblemError(f"{message} yet", f"run {last.id} of it is at work: wait for its end")
    if last and last.status in _BEGUN:
        return ValueProblemError(f"{message} yet", f"run {last.id} of it is not finished: orch resume {last.id}")
    apply = outside.how_to_apply(stack)
    if found is None:
        return ValueProblemError(f"output: the stack {stack!r} was never applied in this environment", apply)
    if last and (how := _ended(found, last)):
        return ValueProblemError(message, f"run {last.id} has {how} it; {apply}")
    hint = did_you_mean(name, found, else_list="it has")
    return ValueProblemError(message, hint or f"it has none; write it there under outputs; {apply}")


def _ended(found: Map, last: Run) -> str:
    """How the newest run of a stack has ended all its outputs; empty where it has not."""
    return "" if found else {"destroy": "destroyed", "rollback": "undone"}.get(last.kind, "")


def _lookup(engine: Engine, folder: FilePath, outside: Outside) -> Callable[..., Later]:
    def lookup(type: Any, properties: Any = None, *, place: Any = "", **more: Any) -> Later:
        name = _text("lookup", type, "a resource type")
        where = _text("lookup", place, "a place") if place else ""
        if properties is not None and not isinstance(properties, Mapping):
            raise ValueProblemError(f"lookup: what it must have is a map, not {kind(properties)}", _LOOKUP_FORM)
        conditions: dict[str, Any] = engine.checked({**(properties or {}), **more})
        if not conditions:
            raise ValueProblemError("lookup: say what it must have", _LOOKUP_FORM)
        if (found := next(later_in(conditions), None)) is not None:
            refuse(found, "looked up by")
        wanted = tuple([(_path(key), freeze(item)) for key, item in conditions.items()])
        said = {**({"place": where} if where else {}), **{str(key): item for key, item in conditions.items()}}
        shown = [f"{key}={json.dumps(thaw(freeze(item)), ensure_ascii=False)}" for key, item in sorted(said.items())]
        address = f"{LOOKUP}{', '.join([json.dumps(name), *shown])})"
        template, line = _calling_line()
        source = Source(str(folder / template), line)
        outside.asked.setdefault(address, Asked(name, where, tuple(sorted(wanted, key=str)), source))
        return Later(engine.values, address)

    return lookup


def _secret(values: Values) -> Callable[[Any], Hidden]:
    def secret(uri: Any) -> Hidden:
        text = _text("secret", uri, "a URI")
        if not _SECRET.fullmatch(text) or text.startswith("param://"):
            hint = "a sensitive parameter is used by its name" if text.startswith("param://") else ""
            raise ValueProblemError(f"secret: {text!r} is no URI such as env://DB_PASSWORD or file://secrets/key", hint)
        return Hidden(values, text)

    return secret


def _env_var(outside: Outside) -> Callable[..., Any]:
    def env_var(name: Any, default: Any = None) -> Any:
        text = _text("env_var", name, "a variable")
        if text not in outside.variables:
            message = f"env_var: this project does not let blueprints read {text}"
            raise ValueProblemError(message, f"to let them, add it to orch.yaml:  env_vars: [{text}]")
        value = outside.variables[text]
        if value is None and default is None:
            hint = f'set it, or give a default: {{{{ env_var("{text}", "…") }}}}'
            raise ValueProblemError(f"env_var: the variable {text} is not set", hint)
        return default if value is None else value

    return env_var


def _file(folder: FilePath) -> Callable[[Any], str]:
    def file(path: Any) -> str:
        name = _text("file", path, "a path")
        root = folder.resolve()
        try:
            found = (root / name).resolve() if "\0" not in name else root.parent
            if not found.is_relative_to(root):
                raise ValueProblemError(
                    f"file: {name!r} leads out of the blueprint's folder", "put what it reads there"
                )
            if not found.is_file():
                near = did_you_mean(name, _files(root))
                raise ValueProblemError(f"file: there is no file {name!r} in the blueprint's folder", near)
            if found.stat().st_size > _LARGEST:
                raise ValueProblemError(f"file: {name!r} is larger than {_LARGEST:,} bytes")
            return found.read_bytes().decode()
        except UnicodeDecodeError:
            raise ValueProblemError(f"file: {name!r} is no UTF-8 text") from None
        except (OSError, ValueError) as error:
            raise ValueProblemError(f"file: cannot read {name!r}: {error}") from None

    return file


def _files(root: FilePath, limit: int = 1_000) -> list[str]:
    """The first files of a folder, for near names."""
    return [path.relative_to(root).as_posix() for path in islice(root.rglob("*"), limit) if path.is_file()]


def _template_file(engine: Engine) -> Callable[..., Any]:
    def template_file(path: Any, **variables: Any) -> Any:
        return engine.text_of(_text("template_file", path, "a template"), variables)

    return template_file


def _text(function: str, value: Any, what: str) -> str:
    if (found := next(later_in(value), None)) is not None:
        refuse(found, f"passed to {function}()")
    if not isinstance(value, str) or not value:
        raise ValueProblemError(f"{function}: {what} is named by text, not {kind(value)}")
    return str.__str__(value)


def _path(key: Any) -> Path:
    if not isinstance(key, str):
        raise ValueProblemError(f"lookup: a property is named by text, not {kind(key)}")
    return tuple(key.split("."))


def _calling_line() -> tuple[str, int]:
    """Template and line of the call that we are in."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        if (found := line_of(frame))[0]:
            return found
        frame = frame.f_back
    return "", 0
