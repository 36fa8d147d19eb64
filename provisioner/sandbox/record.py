"""The files of running sandboxes: who runs (locks) and where it answers (state). Starts and stops nothing.

A running sandbox holds a lock on ``<directory>/sandbox/<cloud>.lock``, in which its process id stands. The lock goes with
the process however that ends, so a process id that the system gave to someone else is never taken for a sandbox.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from provisioner.model.problem import OrchError

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Running:
    """One cloud's sandbox. answers: whether it did when it was last asked; always False in the state file · lags: whether what is
    new there may stay unseen for a while, as in the clouds themselves."""

    url: str
    pid: int
    log: Path
    answers: bool = False
    lags: bool = False


@dataclass(frozen=True, slots=True)
class SandboxState:
    """started: ISO 8601, UTC · clouds: by name · already: those that ``up`` found running and left alone."""

    started: str
    clouds: Mapping[str, Running] = field(default_factory=dict)
    already: tuple[str, ...] = ()


def state_file(directory: Path) -> Path:
    """Where the state stands."""
    return directory / "sandbox.json"


def folder(directory: Path) -> Path:
    """Where logs and locks stand."""
    return directory / "sandbox"


def log_file(directory: Path, name: str) -> Path:
    """What a cloud's sandbox writes."""
    return folder(directory) / f"{name}.log"


def lock_file(directory: Path, name: str) -> Path:
    """What a cloud's sandbox holds while it runs."""
    return folder(directory) / f"{name}.lock"


@contextlib.contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Keep other ``up`` and ``down`` of this directory out; they wait."""
    folder(directory).mkdir(parents=True, exist_ok=True)
    with (folder(directory) / "manager").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def locked(directory: Path) -> list[str]:
    """The clouds whose sandbox ever ran here."""
    return sorted(path.stem for path in folder(directory).glob("*.lock"))


def holder(directory: Path, name: str) -> int | None:
    """The process that runs a cloud's sandbox; None where none does."""
    try:
        with lock_file(directory, name).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
    except FileNotFoundError:
        pass
    return None


def is_free(directory: Path, name: str) -> bool:
    """Whether no process runs a cloud's sandbox."""
    return holder(directory, name) is None


def save(directory: Path, state: SandboxState) -> None:
    """Write the state in one go, for its owner's eyes only."""
    clouds = {
        name: {"url": one.url, "pid": one.pid, "log": str(one.log), "lags": one.lags}
        for name, one in state.clouds.items()
    }
    content = {"format_version": FORMAT_VERSION, "started": state.started, "clouds": clouds}
    path = state_file(directory)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(descriptor)
    new.replace(path)


def load(directory: Path) -> SandboxState | None:
    """The state; None where there is none. ``OrchError`` where the file is not one."""
    path = state_file(directory)
    try:
        content: Any = json.loads(path.read_bytes())
        if content["format_version"] != FORMAT_VERSION:
            raise ValueError(f"format version {content['format_version']}")
        clouds = {
            name: Running(one["url"], one["pid"], Path(one["log"]), lags=bool(one.get("lags")))
            for name, one in content["clouds"].items()
        }
        return SandboxState(content["started"], MappingProxyType(clouds))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "remove it with: orch sandbox down"
        raise OrchError(f"{path} is not a state file of the sandbox ({error})", hint=hint) from error
