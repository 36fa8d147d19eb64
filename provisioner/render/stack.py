"""A rendered blueprint: its resources with their lines, before any cloud was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.model.resource import Resource
from provisioner.model.stack import Stack
from provisioner.model.value import Interpolation, Reference, Value, path_text
from provisioner.render.shown import plain
from provisioner.render.style import PLAIN, Style, block, clean

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class ResourceView:
    """One resource as it is wanted. within: place keys beside the body."""

    address: str
    type: str
    place: str
    source: str
    within: Any
    body: Any
    depends_on: tuple[str, ...]
    protect: bool


@dataclass(frozen=True, slots=True)
class StackView:
    """A stack. outputs: references as ``{"$reference": …}``."""

    stack: str
    environment: str
    blueprint: str
    parameters: Any
    resources: tuple[ResourceView, ...]
    outputs: Any
    format_version: int = FORMAT_VERSION


def view(stack: Stack) -> StackView:
    """The view of a stack, in the order of the blueprint."""
    return StackView(
        stack.name,
        stack.environment,
        stack.blueprint,
        plain(stack.parameters),
        tuple(_resource(resource) for resource in stack.resources),
        plain(stack.outputs),
    )


def _resource(resource: Resource) -> ResourceView:
    return ResourceView(
        resource.address,
        resource.type,
        resource.place.name,
        str(resource.source or ""),
        plain(resource.within),
        plain(resource.body, resource.secrets),
        tuple(str(reference) for reference in resource.options.depends_on),
        resource.options.protect,
    )


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
    if isinstance(value, Reference):
        return f'{{{{ ref("{value.address}"){path_text(value.path, leading_dot=True)} }}}}'
    return value if value is None or isinstance(value, (str, int, float)) else f"{{{{ {value} }}}}"


def text(stack: StackView, style: Style = PLAIN) -> str:
    """The resources for a terminal, ending in a newline."""
    lines = [
        style.paint(f"{clean(stack.stack)} in {clean(stack.environment)}: {len(stack.resources)} resources", "title")
    ]
    for resource in stack.resources:
        lines += ["", *_lines(resource, style)]
    if stack.outputs:
        lines += [
            "",
            style.paint("Outputs", "title"),
            *(f"  {line}" for line in block(stack.outputs, style.width - 2, open_up=True)),
        ]
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
            yield from (f"  {line}" for line in block(part, style.width - 2, open_up=True))
