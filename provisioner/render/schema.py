"""Resource types on a terminal: one type's properties, or the types that were searched for. Must not read a schema itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from provisioner.render.properties import FORMAT_VERSION, PropertyView, TypeView, walk
from provisioner.render.style import PLAIN, Style, clean, flow

NOT_APPLIED = "cannot be applied yet"
_SHOWN_VALUES = 12
_HONEST = (
    "parameters.yaml, environments and orch.yaml are completed and checked whole.",
    "A template holds Jinja, which no YAML tool reads: `orch validate` is what checks it. An editor checks what it renders to:",
)
_RENDER = "orch render BLUEPRINT --format yaml > BLUEPRINT/NAME.rendered.yaml"
_SHORTEST = 16  # a title with less space than that is left out
_TOP = 2  # columns before a property that is in no other
_CHANGES = {
    "replace": "a change replaces the object",
    "replace (sometimes)": "some changes replace the object",
    "restart": "a change needs a stop",
    "restart (sometimes)": "some changes need a stop",
    "refuse": "cannot be changed",
    "refuse (sometimes)": "some changes are refused",
}


@dataclass(frozen=True, slots=True)
class Match:
    """A type that was found."""

    type: str
    cloud: str
    title: str
    applies: bool = True


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search found. more: how many there are beyond those shown."""

    search: str
    types: tuple[Match, ...]
    more: int = 0
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Schemas:
    """JSON Schemas that were written. settings: schema to the files that it is for · types: whose entries are checked."""

    folder: str
    settings: dict[str, tuple[str, ...]]
    types: int
    format_version: int = FORMAT_VERSION


def schemas_text(view: Schemas, style: Style = PLAIN) -> str:
    """Where the schemas are and how an editor finds them, ending in a newline."""
    import json

    count = f"{len(view.settings)} JSON Schemas (draft-07, {view.types} resource types) in {view.folder}"
    short = {schema: files[0] if len(files) == 1 else files for schema, files in view.settings.items()}
    settings = json.dumps({"yaml.schemas": short}, indent=2, ensure_ascii=False).splitlines()
    example = next((path for path in view.settings if path.endswith("environment.json")), "")
    lines = [style.paint(f"Wrote {count}", "title")]
    for title, body in (
        ("Settings of an editor with yaml-language-server (VS Code: .vscode/settings.json)", settings),
        ("Or a first line in one file, with the path from that file", [f"# yaml-language-server: $schema={example}"]),
    ):
        lines += ["", *style.wrap(title, 0), *(f"  {line}" for line in body)]
    lines += ["", *(line for part in _HONEST for line in style.wrap(part, 0)), f"  {_RENDER}"]
    return "\n".join(lines) + "\n"


def text(view: TypeView, style: Style = PLAIN) -> str:
    """A type for a terminal, ending in a newline."""
    version = f"  {style.paint(clean(view.version), 'dim')}" if view.version else ""
    lines = [style.paint(clean(view.type + (f" {view.path}" if view.path else "")), "title") + version]
    if view.title and not view.path:
        lines += style.wrap(clean(view.title), 0)
    if not view.applies:
        lines += style.wrap(f"This version of orch knows its schema only: it {NOT_APPLIED}.", 0)
    settable = [one for one in view.properties if not one.read_only]
    given = [one for one in view.properties if one.read_only]
    for title, properties in (
        ("Beside the properties", view.beside),
        ("Properties", settable),
        ("Set by the cloud, for references", given),
    ):
        if properties:
            lines += ["", style.paint(title, "title")]
            for each in properties:
                lines += _lines(each, _TOP, style)
    if deeper := next((one for one in walk(view.properties) if one.hidden and not one.read_only), None):
        lines += ["", *style.wrap(f"What is inside: orch schema {view.type} {deeper.path}", 0, 2)]
    if not view.path:
        lines += ["", style.paint("The smallest entry that is valid (values show the form only)", "title")]
        lines += [f"  {line}" for line in _yaml({"resources": {"example": view.example}})]
    return "\n".join(lines) + "\n"


def _lines(one: PropertyView, indent: int, style: Style) -> Iterator[str]:
    head = f"{' ' * indent}{style.paint(clean(one.name), 'create' if one.required else 'title')}"
    facts = [*(["required"] if one.required else []), one.type, *_facts(one, indent > _TOP)]
    row = " · ".join(clean(fact) for fact in facts)
    space = max(style.width, 40) - indent - len(one.name) - 2
    about = clean(one.description)
    if about and len(row) + len(about) + 2 <= space:
        yield f"{head}  {row}  {style.paint(about, 'dim')}"
    else:
        if len(row) <= space:
            yield f"{head}  {row}"
        else:
            yield head
            yield from style.row((clean(fact) for fact in facts), indent + 4)
        yield from (style.paint(line, "dim") for line in style.wrap(about, indent + 4) if about)
    for inner in one.inside:
        yield from _lines(inner, indent + 2, style)


def _facts(one: PropertyView, nested: bool) -> Iterator[str]:
    if one.like or one.hidden:
        yield f"as {one.like}" if one.like else f"{one.hidden} inside"
    if one.read_only and nested:
        yield "set by the cloud"
    if one.values:
        shown = ", ".join(flow(value) if "," in str(value) else str(value) for value in one.values[:_SHOWN_VALUES])
        more = len(one.values) - _SHOWN_VALUES
        word = "one of" if one.closed else "such as"
        yield f"{word} {shown}{f' and {more} more' if more > 0 else ''}"
    yield from one.limits
    if one.change in _CHANGES:
        yield _CHANGES[one.change]
    if one.write_only:
        yield "never read back"
    if one.sensitive:
        yield "secret"


def _yaml(value: Any) -> list[str]:
    import yaml

    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1000)).splitlines()


def matches_text(found: Matches, style: Style = PLAIN) -> str:
    """What was found, for a terminal, ending in a newline: a line for each type, its title cut to fit."""
    width = min(max(len(match.type) for match in found.types), max(style.width, 40) // 2)
    lines = []
    for match in found.types:
        name, title = clean(match.type), clean(match.title if match.applies else f"{NOT_APPLIED}. {match.title}")
        space = style.width - max(len(name), width) - 2
        title = title if len(title) <= space else f"{title[: space - 1].rstrip()}…" if space >= _SHORTEST else ""
        lines.append(f"{style.paint(name, 'title')}{' ' * (width - len(name))}  {style.paint(title, 'dim')}".rstrip())
    if found.more:
        lines.append(style.paint(f"and {found.more} more: search for more words", "dim"))
    return "\n".join(lines) + "\n"
