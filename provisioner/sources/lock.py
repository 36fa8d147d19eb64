"""``orch.lock``: which content each git source of a project's modules has. Must not fetch or look at that content."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from provisioner.document import read as read_document
from provisioner.model.problem import OrchError, Problem
from provisioner.model.value import Map

FILE = "orch.lock"
FORMAT_VERSION = 1
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HEAD = "# Which content the modules' git sources have. `orch modules lock` writes this file; commit it.\n"


@dataclass(frozen=True, slots=True)
class Locked:
    """digest: of the tree's content, ``sha256:`` and 64 hex digits · commit: where it was found, for people."""

    digest: str
    commit: str

    @property
    def folder(self) -> str:
        """Its copy's name among the project's copies."""
        return self.digest.removeprefix("sha256:")[:32]


def read(path: Path) -> dict[str, Locked]:
    """The locked sources; none where there is no such file. ``OrchError`` where it is not as ``write`` leaves it."""
    if not path.is_file():
        return {}
    document = read_document(path)
    modules = document.value.get("modules", Map()) if isinstance(document.value, Map) else None
    version = document.value.get("format_version") if isinstance(document.value, Map) else None
    hint = "restore it from version control, or delete it and lock again: orch modules lock BLUEPRINT"
    if isinstance(version, int) and version > FORMAT_VERSION:
        message = f"has format {version}; this orch reads up to {FORMAT_VERSION}"
        raise OrchError(Problem(message, document.source, hint="use a newer orch"))
    if version != FORMAT_VERSION or not isinstance(modules, Map):
        raise OrchError(Problem("is no list of locked modules", document.source, hint=hint))
    found = {}
    for name, node in document.child("modules").items() if modules else ():
        value = node.value if isinstance(node.value, Map) else Map()
        digest, commit = value.get("digest"), value.get("commit")
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest) or not isinstance(commit, str):
            raise OrchError(Problem(f"{name} has no digest and commit", node.source, hint=hint))
        found[name] = Locked(digest, commit)
    return found


def write(path: Path, modules: Mapping[str, Locked]) -> None:
    """Write the lock, sources in order, so that two branches that add one merge."""
    lines = [_HEAD, f"format_version: {FORMAT_VERSION}\n", "modules:\n" if modules else "modules: {}\n"]
    for name in sorted(modules):
        lines += [f'  "{name}":\n', f'    commit: "{modules[name].commit}"\n', f"    digest: {modules[name].digest}\n"]
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text("".join(lines), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OrchError(f"cannot write {path}: {error.strerror}") from error
