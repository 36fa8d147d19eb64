"""The leases of a run: taken together, given back at its end. Must not wait for one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext, suppress

from provisioner.model.run import Run
from provisioner.protocols.backend import Backend, Lease, StateWriteError


def purpose(run: Run) -> str:
    """What a process that works on a run says of its lease."""
    return f"{run.kind} {run.id}"


class Leased:
    """The leases of all stacks that a run writes, its own first, given back at the end."""

    def __init__(self, backend: Backend, run: Run, stacks: Sequence[str]) -> None:
        self._backend, self._run = backend, run
        self._stacks = sorted(stacks, key=lambda stack: stack != run.stack)
        self._leases: list[Lease] = []

    def __enter__(self) -> tuple[Lease, ...]:
        run = self._run
        try:
            for stack in self._stacks:  # none of them is waited for, so that no two runs can wait for each other
                name = f"{stack}/{run.environment}"
                self._leases.append(self._backend.acquire(name, run.holder, purpose(run)))
        except BaseException:
            self.__exit__()
            raise
        return tuple(self._leases)

    def __exit__(self, kind: type[BaseException] | None = None, *_exc: object) -> None:
        for lease in self._leases:
            with suppress(StateWriteError) if kind else nullcontext():  # what has gone wrong is to be told, not this
                self._backend.release(lease)
