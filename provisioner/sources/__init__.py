"""Where the folder of a module is: beside the blueprint, or in a git repository whose content ``orch.lock`` fixes.

Must not know what stands in a module, and asks the network only where it was told to fetch.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from provisioner.document import near
from provisioner.sources import git, tree
from provisioner.sources.lock import FILE, Locked, read, write
from provisioner.sources.problem import SourceError

__all__ = ["Home", "SourceError", "Sources", "project_of"]

_PROJECT = "orch.yaml"
_CACHE = Path(".orch") / "modules"


@dataclass(frozen=True, slots=True)
class Home:
    """A blueprint's or a module's folder, and the folder that paths from there may not leave."""

    folder: Path
    root: Path


def project_of(blueprint: Path) -> Path:
    """The folder of the nearest ``orch.yaml`` above a blueprint, else the folder that the blueprint lies in."""
    folder = blueprint.resolve()
    return next((above for above in (folder, *folder.parents) if (above / _PROJECT).is_file()), folder.parent)


@dataclass
class Sources:
    """The sources of one blueprint's modules. fetch: get what lacks · update: get everything anew, whatever was locked."""

    blueprint: Path
    fetch: bool = False
    update: bool = False
    used: dict[str, Locked] = field(default_factory=dict)  # by source, what this load has met
    _sound: set[str] = field(default_factory=set)  # digests of copies that were looked at

    @cached_property
    def project(self) -> Path:
        """The folder that the blueprint belongs to."""
        return project_of(self.blueprint)

    @cached_property
    def _locked(self) -> dict[str, Locked]:
        return read(self.file)

    def home(self) -> Home:
        """The blueprint's own."""
        return Home(self.blueprint, self.project)

    def find(self, written: str, base: Home) -> Home:
        """Where a source leads from ``base``. ``SourceError`` where it leads nowhere, or out."""
        if written.startswith(git.PREFIX):
            return self._git(git.parse(written))
        if "://" in written or written.startswith("git@"):
            raise SourceError(
                f"{written!r} is no source of a module",
                "write a relative path, or git::https://host/repository.git//folder?ref=v1.2",
            )
        return _beside(written, base)

    @property
    def file(self) -> Path:
        """The lock."""
        return _shown(self.project / FILE)

    def save(self) -> None:
        """Write what was used into the lock, beside what other blueprints have there."""
        if self.used:
            write(self.file, self._locked | self.used)

    def _git(self, source: git.GitSource) -> Home:
        locked = self.used.get(source.name) or self._locked.get(source.name)
        cache = self.project / _CACHE
        if self.fetch and source.name not in self.used:
            if locked is None or self.update or not tree.sound(cache / locked.folder, locked.digest):
                locked = self._fetched(source, cache, locked)
            self.used[source.name] = locked
        command = f"orch modules lock {self.blueprint}"
        if locked is None:
            raise SourceError(f"{source.name} is not locked: nobody has said which content it is to have", command)
        copy = cache / locked.folder
        if not copy.is_dir():
            raise SourceError(f"{source.name} is locked, and not fetched yet", command)
        if locked.digest not in self._sound and not tree.sound(copy, locked.digest):
            raise SourceError(
                f"{source.name}: the copy in {_shown(copy)} is not what {FILE} fixes ({locked.digest[:19]}…)",
                f"fetch it again: {command}",
            )
        self._sound.add(locked.digest)
        return Home(_folder_in(_shown(copy), source), copy)

    def _fetched(self, source: git.GitSource, cache: Path, locked: Locked | None) -> Locked:
        files, commit = git.fetch(source)
        new = Locked(tree.digest(files), commit)
        if locked and new.digest != locked.digest and not self.update:
            raise SourceError(
                f"{source.name} is not what {FILE} fixes: the tag was moved (commit {commit[:12]}, locked was "
                f"{locked.commit[:12]})",
                f"look at what changed; to take the new content: orch modules lock --update {self.blueprint}",
            )
        tree.store(files, cache / new.folder)
        return new


def _beside(written: str, base: Home) -> Home:
    try:
        real = (base.folder.resolve() / written).resolve()
        if Path(written).is_absolute() or not real.is_relative_to(base.root.resolve()):
            raise SourceError(f"{written!r} leads out of {base.root.resolve()}", "a module lies in its own project")
        if not real.is_dir():
            raise SourceError(f"there is no folder {written!r} from {_shown(base.folder)}", _near(real))
    except (OSError, ValueError, RuntimeError):
        raise SourceError(f"there is no folder {written!r} from {_shown(base.folder)}") from None
    folder = Path(os.path.normpath(base.folder / written))  # as the user would name it, where no link is in between
    return Home(folder if folder.resolve() == real else real, base.root)


def _folder_in(copy: Path, source: git.GitSource) -> Path:
    if not (copy / source.folder).is_dir():
        raise SourceError(f"{source.name} has no folder {source.folder!r}", _near(copy / source.folder))
    return copy / source.folder


def _near(folder: Path) -> str:
    names = [item.name for item in folder.parent.iterdir() if item.is_dir()] if folder.parent.is_dir() else []
    close = near(folder.name, names)
    return f"did you mean {' or '.join(close)}?" if close else ""


def _shown(folder: Path) -> Path:
    """A path from the working directory, where it lies in there."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_absolute() and folder.is_relative_to(here) else folder
