"""Schemas for an editor, as files: which blueprints there are, what they use, and where each schema is to hold.

Reads no template as a template (it only looks which types one names) and asks no cloud.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioner import config
from provisioner.blueprint import editor, parameters, template
from provisioner.document import read
from provisioner.environment import environment_names, environment_schema
from provisioner.model.problem import OrchError
from provisioner.model.value import Map
from provisioner.registry import Registry

_NAME = re.compile(r"[A-Za-z][\w.:/-]+")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. globs: schema file to the files that it is for, both from the working directory."""

    folder: Path
    globs: Mapping[str, tuple[str, ...]]
    types: int


def write(registry: Registry, target: Path, out: Path, *, every: bool) -> Exported:
    """Write the schemas of one blueprint, or of all beneath a folder. ``OrchError`` where there is none."""
    found = blueprints(target)
    if not found:
        raise OrchError(
            f"{target}: there is no blueprint here, nor beneath", hint=f"a blueprint holds {template.TEMPLATE}"
        )
    names = [name for cloud in registry.clouds() for name in registry.provider(cloud).type_names()]
    globs: dict[str, tuple[str, ...]] = {}
    types: set[str] = set()

    def put(name: str, schema: Mapping[str, Any], *files: str) -> None:
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema, ensure_ascii=False, separators=(",", ":")) + "\n")
        globs[_shown(path)] = files

    declared = [f"{_shown(folder)}/{parameters.FILE}" for folder in found]
    put("orch.json", editor.file(config.settings_schema(), "Settings of a project"), config.SETTINGS)
    put("parameters.json", editor.file(parameters.file_schema(), "Parameters of a blueprint"), *declared)
    for folder, name in zip(found, _names(found), strict=True):
        used = sorted(names if every else set(names) & mentioned(folder))
        types |= set(used)
        rendered = editor.blueprint([registry.resource_type(one) for one in used], names, _places(folder))
        put(f"{name}/blueprint.json", rendered, f"{_shown(folder)}/*.rendered.yaml")
        known = editor.environment(environment_schema(), parameters.declared(folder).parameters)
        put(f"{name}/environment.json", known, f"{_shown(folder)}/environments/*.yaml")
    return Exported(Path(_shown(out)), globs, len(types))


def blueprints(target: Path) -> list[Path]:
    """The folder itself where it is a blueprint, else all beneath it that are; none in hidden folders."""
    if (target / template.TEMPLATE).is_file():
        return [target]
    files = sorted(target.rglob(template.TEMPLATE))
    return [file.parent for file in files if not any(part.startswith(".") for part in file.relative_to(target).parts)]


def mentioned(folder: Path) -> set[str]:
    """All that looks like a name in a blueprint's templates; types that a condition leaves out are among them."""
    found: set[str] = set()
    for path in sorted(folder.rglob("*.j2")):
        for word in _NAME.findall(path.read_text("utf-8", "replace")):
            found |= {word, word.rstrip(":.")}
    return found


def _names(folders: list[Path]) -> Iterator[str]:
    """A name for each blueprint's schemas: its folder's, with those above it where two are alike."""
    resolved = [folder.resolve() for folder in folders]
    short = [folder.name for folder in resolved]
    for folder, name in zip(resolved, short, strict=True):
        yield name if short.count(name) == 1 else f"{folder.parent.name}-{name}"


def _places(folder: Path) -> set[str]:
    found: set[str] = set()
    for name in environment_names(folder):
        places = read(folder / "environments" / f"{name}.yaml").value.get("places")
        found |= set(places) if isinstance(places, Map) else set()
    return found


def _shown(path: Path) -> str:
    """A path as an editor's settings want it: from the working directory, with slashes."""
    return Path(os.path.relpath(path)).as_posix()
