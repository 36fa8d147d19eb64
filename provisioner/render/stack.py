"""A rendered blueprint: its resources with their lines, before any cloud was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from provisioner.model.check import Check, CheckKind
from provisioner.model.counting import many
from provisioner.model.resource import Resource
from provisioner.model.source import Source
from provisioner.model.stack import Stack
from provisioner.model.value import Interpolation, JsonText, Path, Reference, Secret, Value, path_text
from provisioner.render.shown import REFERENCE, SECRET, plain
from provisioner.render.style import PLAIN, Style, block, clean, flow

FORMAT_VERSION = 1
_COLUMN = 48  # where the lines begin at the latest, if they can


@dataclass(frozen=True, slots=True)
class ResourceView:
    """One resource as it is wanted. within: place keys beside the body · checks: as written, with what they leave out · lines:
    of each leaf, by its path, where asked for."""

    address: str
    type: str
    place: str
    source: str
    within: Any
    body: Any
    depends_on: tuple[str, ...]
    protect: bool
    checks: tuple[Any, ...] = ()
    lines: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StackView:
    """A stack. outputs: references as ``{"$reference": …}`` · output_lines: of each leaf in them, where asked for."""

    stack: str
    environment: str
    blueprint: str
    parameters: Any
    resources: tuple[ResourceView, ...]
    outputs: Any
    output_lines: dict[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION


def view(stack: Stack, *, lines: bool = False) -> StackView:
    """The view of a stack, in the order of the blueprint. lines: with the template line of every leaf."""
    return StackView(
        stack.name,
        stack.environment,
        stack.blueprint,
        plain(stack.parameters),
        tuple(_resource(resource, lines) for resource in stack.resources),
        plain(stack.outputs),
        _lines_of(stack.outputs, stack.output_lines) if lines else {},
    )


def _resource(resource: Resource, lines: bool) -> ResourceView:
    return ResourceView(
        resource.address,
        resource.type,
        resource.place.name,
        str(resource.source or ""),
        plain(resource.within),
        plain(resource.body, resource.secrets),
        tuple(str(reference) for reference in resource.options.depends_on),
        resource.options.protect,
        tuple(_check(check) for check in resource.checks),
        _lines_of({**resource.within, **resource.body}, resource.lines) if lines else {},
    )


def _check(check: Check) -> dict[str, Any]:
    status = {"status": check.status} if check.kind is CheckKind.HTTP else {}
    return {str(check.kind): plain(check.target), **status, "within": check.within}


def _lines_of(value: Value, lines: tuple[tuple[Path, Source], ...]) -> dict[str, str]:
    """The line of every leaf of a value, or of what holds it."""
    known = dict(lines)
    out = {}
    for path, _ in _leaves(value):
        holders = (path[:end] for end in range(len(path), 0, -1))
        out[path_text(path)] = str(next((known[holder] for holder in holders if holder in known), ""))
    return out


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """What stands at the ends of a value: scalars, references, secrets, empty maps and lists."""
    if not isinstance(value, (dict, list, tuple)) or not value or REFERENCE in value or SECRET in value:
        yield path, value
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves(item, (*path, key))


def form(name: str, entries: Mapping[str, Value], outputs: Value) -> str:
    """A blueprint without its template: YAML, with the references written as a template has them."""
    import yaml

    whole = {"stack": name, "resources": _written(entries), **({"outputs": _written(outputs)} if outputs else {})}
    return str(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=120))


def _written(value: Value) -> Any:
    """Plain data; what is no JSON is an expression again, inside a text too."""
    if isinstance(value, Mapping):
        return {key: _written(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    if isinstance(value, Interpolation):
        return "".join(part if isinstance(part, str) else str(_written(part)) for part in value.parts)
    if isinstance(value, JsonText):
        return f"{{{{ {json.dumps(_written(value.value), ensure_ascii=False)} | to_json }}}}"
    if isinstance(value, Reference):
        what = value.address if value.address.endswith(")") else f'ref("{value.address}")'  # output(…), lookup(…)
        return f"{{{{ {what}{path_text(value.path, leading_dot=True)} }}}}"
    if isinstance(value, Secret) and value.uri.startswith("param://"):
        return f"{{{{ {value.uri.removeprefix('param://').replace('/', '.')} }}}}"
    return f'{{{{ secret("{value.uri}") }}}}' if isinstance(value, Secret) else value


def text(stack: StackView, style: Style = PLAIN) -> str:
    """The resources for a terminal, ending in a newline."""
    lines = [
        style.paint(
            f"{clean(stack.stack)} in {clean(stack.environment)}: {many(len(stack.resources), 'resource', 'resources')}",
            "title",
        )
    ]
    for resource in stack.resources:
        lines += ["", *_lines(resource, style)]
    if stack.outputs:
        lines += ["", style.paint("Outputs", "title"), *_values(stack.outputs, stack.output_lines, style)]
    return "\n".join(lines) + "\n"


def _lines(resource: ResourceView, style: Style) -> Iterator[str]:
    source = f"  {style.paint(clean(resource.source), 'dim')}" if resource.source else ""
    yield f"{style.paint(clean(resource.address), 'title')}  {clean(resource.type)}{source}"
    about = [f"in {resource.place}", *(["protected"] if resource.protect else [])]
    about += [f"after {', '.join(resource.depends_on)}"] if resource.depends_on else []
    for line in style.row((clean(part) for part in about), 2):
        yield style.paint(line, "dim")
    for part in (resource.within, resource.body):
        if part:
            yield from _values(part, resource.lines, style)
    if resource.checks:
        yield from (f"  {line}" for line in block({"check": list(resource.checks)}, style.width - 2, open_up=True))


def _values(value: Any, lines: dict[str, str], style: Style) -> Iterator[str]:
    """A value over some lines; where the lines of its leaves are known, each leaf on its own with them."""
    if not lines:
        yield from (f"  {line}" for line in block(value, style.width - 2, open_up=True))
        return
    leaves = [(clean(path_text(path)), flow(leaf)) for path, leaf in _leaves(value)]
    column = min(max(len(path) + len(leaf) for path, leaf in leaves) + 2, _COLUMN)
    for path, leaf in leaves:
        yield f"  {f'{path}: {leaf}':<{column}}  {style.paint(clean(lines.get(path, '')), 'dim')}".rstrip()
