"""Up, down and status of the sandboxes of one directory. Keeps nothing in this process.

What only ``up`` and ``down`` need is imported there: every plan against a sandbox asks for its endpoints.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from provisioner.model.problem import OrchError
from provisioner.sandbox import record
from provisioner.sandbox.record import SandboxState

_UP, _DOWN = "orch sandbox up", "orch sandbox down"


def up(directory: Path, clouds: Sequence[str] | None = None, ports: Mapping[str, int] | None = None) -> SandboxState:
    """Start the sandboxes (default: all that are installed) that do not run yet, side by side, and wait until they answer.

    ports: by cloud; free ones by default. ``OrchError`` where a cloud is unknown, a port taken, or a process dies or does
    not answer in time; what this call started is stopped again then.
    """
    from provisioner.sandbox import process

    directory = directory.absolute()
    names, wanted = _checked(clouds, ports or {})
    with record.alone(directory):
        before = record.load(directory)
        alive = {name: one for name, one in before.clouds.items() if record.holder(directory, name)} if before else {}
        for name in names:
            if name in alive and wanted.get(name) not in (None, 0, urlsplit(alive[name].url).port):
                raise OrchError(
                    f"the {name} sandbox runs already, at {alive[name].url}", hint=f"stop it first with: {_DOWN}"
                )
        started = process.start(directory, [name for name in names if name not in alive], wanted)
        since = before.started if before and alive else datetime.now(UTC).isoformat(timespec="seconds")
        state = SandboxState(since, MappingProxyType({**alive, **started}))
        record.save(directory, state)
    return replace(_asked(directory, state), already=tuple(name for name in names if name in alive))


def down(directory: Path) -> tuple[str, ...]:
    """Stop every sandbox of a directory and remove its state; the clouds that were stopped. Needs no readable state."""
    from provisioner.sandbox import process

    directory = directory.absolute()
    if not record.folder(directory).is_dir():
        return ()
    with record.alone(directory):
        running = {name: record.holder(directory, name) for name in record.locked(directory)}
        stopped = {name: pid for name, pid in running.items() if pid}
        for name, pid in stopped.items():
            process.stop(pid, partial(record.is_free, directory, name))
            process.reap(pid)
        record.state_file(directory).unlink(missing_ok=True)
    return tuple(stopped)


def status(directory: Path) -> SandboxState | None:
    """What was started and which of it answers now; None where nothing was. ``OrchError`` where the state is unreadable."""
    directory = directory.absolute()
    state = record.load(directory)
    return _asked(directory, state) if state else None


def endpoints(directory: Path) -> Mapping[str, str]:
    """The url of each sandbox by cloud. ``OrchError`` where none was started or one of them is gone."""
    directory = directory.absolute()
    state = record.load(directory)
    if state is None:
        raise OrchError("the sandbox is not running", hint=f"start it with: {_UP}")
    if dead := sorted(name for name in state.clouds if record.is_free(directory, name)):
        logs = ", ".join(str(state.clouds[name].log) for name in dead)
        raise OrchError(f"the sandbox of {', '.join(dead)} no longer runs (see {logs})", hint=f"start it with: {_UP}")
    return MappingProxyType({name: one.url for name, one in state.clouds.items()})


def lagging(directory: Path) -> frozenset[str]:
    """The clouds whose sandbox does not show at once what is new."""
    state = record.load(directory.absolute())
    return frozenset(name for name, one in state.clouds.items() if one.lags) if state else frozenset()


def mark_lagging(directory: Path, names: Collection[str], *, lags: bool) -> None:
    """Note which sandboxes have come to, or have ceased to, show late what is new."""
    directory = directory.absolute()
    with record.alone(directory):
        state = record.load(directory)
        if state:
            clouds = {n: replace(one, lags=lags) if n in names else one for n, one in state.clouds.items()}
            record.save(directory, replace(state, clouds=MappingProxyType(clouds)))


def _checked(clouds: Sequence[str] | None, ports: Mapping[str, int]) -> tuple[list[str], dict[str, int]]:
    from provisioner.sandbox import child

    found = child.factories()
    names = list(clouds or sorted(found))
    if unknown := sorted({*names, *ports} - found.keys()):
        raise OrchError(f"there is no sandbox for {', '.join(unknown)}; there are {', '.join(sorted(found)) or 'none'}")
    return names, dict(ports)


def _asked(directory: Path, state: SandboxState) -> SandboxState:
    """The state with what each sandbox says now."""
    from provisioner.sandbox import process

    clouds = {
        name: replace(one, answers=not record.is_free(directory, name) and process.answers(one.url))
        for name, one in state.clouds.items()
    }
    return replace(state, clouds=MappingProxyType(clouds))
