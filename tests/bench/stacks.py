"""Stacks on the in-memory cloud: layers of resources that refer to the layer before, not yet applied or applied long ago."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from providers.memory import MemoryCloud, MemoryProvider
from provisioner.engine import Engine
from provisioner.model.ledger import LedgerRow
from provisioner.model.naming import base32
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.run import Run, RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import EMPTY, Map, Reference, freeze, references, substitute
from provisioner.protocols.backend import Commit
from provisioner.registry import Registry
from provisioner.state.sqlite import SqliteBackend
from tests.memory_stack import PLACE, entry, ref, stack_of

LAYERS = 10


def needed_by(index: int, n: int, layers: int = LAYERS) -> list[int]:
    """Which others resource ``index`` of ``n`` refers to: some of the layer before its own. In ten layers it is two on
    average, though the first layer refers to nothing."""
    width = -(-n // layers)
    layer, position = divmod(index, width)
    count = 3 if index % 9 < 2 else 2
    return [(layer - 1) * width + (position + other) % width for other in range(count)] if layer else []


def words(index: object, size: int, each: int = 100) -> dict[str, str]:
    """Properties of about ``size`` bytes in all, ``each`` in one, none equal to another resource's."""
    filling = "x" * max(each - 25, 1)
    return {f"key{item:02}": f"value {item:02} of {index} {filling}" for item in range(max(size // each, 1))}


def layered(n: int, size: int, layers: int = LAYERS, each: int = 100) -> Stack:
    """``n`` resources of about ``size`` bytes in properties of ``each``, in layers."""
    return stack_of(*(_one(index, n, words(index, size, each), layers) for index in range(n)))


def _one(index: int, n: int, texts: dict[str, str], layers: int) -> Resource:
    links = {f"link{at}": ref(f"r{other}", "Id") for at, other in enumerate(needed_by(index, n, layers))}
    return entry(f"r{index}", "Network", {"Cidr": "10.0.0.0/16", "Data": {**texts, **links}})


@dataclass
class Ground:
    """A cloud, a state file, and the seconds that the cloud itself took: they are not ours."""

    folder: Path
    cloud: MemoryCloud

    def __init__(self, folder: str | Path, latency: float = 0.0) -> None:
        self.folder = Path(folder)
        self.cloud = MemoryCloud(latency=latency)
        self.cloud_s = 0.0
        self._call, self.cloud.call = self.cloud.call, self._timed  # type: ignore[method-assign]

    def _timed(self, operation: str, work: Any) -> Any:
        began = time.perf_counter()
        try:
            return self._call(operation, work)
        finally:
            self.cloud_s += time.perf_counter() - began

    def registry(self) -> Registry:
        """The cloud alone."""
        return Registry({"memory": MemoryProvider(self.cloud)})

    def engine(self, **more: Any) -> Engine:
        """A new process, over the state file on disk."""
        return Engine(SqliteBackend(self.folder / "state.db"), self.registry(), **more)

    def settle(self, stack: Stack) -> None:
        """Everything of the stack exists and is in the ledger, as after an apply, without the time that one takes."""
        backend = SqliteBackend(self.folder / "state.db")
        lineage = backend.lineage()
        found: dict[str, Map] = {}
        rows: dict[str, LedgerRow] = {}
        for number, want in enumerate(stack.resources, 1):  # layers: what one needs stands before it
            applied = substitute(want.body, lambda reference: found[reference.address][str(reference.path[0])])
            identity, uid = f"network-{number}", base32(number.to_bytes(16, "big"))
            found[want.address] = freeze({"Dns": False, **applied, "Id": identity})
            self._exists(Observed(want.type, PLACE, identity, found[want.address], Owner(lineage, uid, 1)))
            rows[want.address] = _row(stack, want, rows, uid=uid, identity=identity, applied=applied)
            rows[want.address] = replace(rows[want.address], baseline=found[want.address])
        run = Run(
            "settled", "sha256:0", stack.name, stack.environment, "apply", RunStatus.RUNNING, "2026-01-01T00:00:00"
        )
        lease = backend.acquire(f"{stack.name}/{stack.environment}", "bench", "settle")
        backend.open_run(lease, run, b"")
        backend.append(lease, run.id, Commit(put=tuple(rows.values())))
        backend.close_run(lease, run.id, RunStatus.DONE, "2026-01-01T00:00:01", EMPTY)
        backend.release(lease)
        backend.close()

    def _exists(self, have: Observed) -> None:
        from providers.memory import _Object

        self.cloud.objects[have.identity] = _Object(have.type, have.identity, have.body, have.owner)  # type: ignore[arg-type]


def _row(stack: Stack, want: Resource, rows: dict[str, LedgerRow], **more: Any) -> LedgerRow:
    written = tuple((path, reference) for path, reference in references(want.body))
    needs = dict.fromkeys(reference.address for _, reference in written if isinstance(reference, Reference))
    return LedgerRow(
        generation=1, stack=stack.name, environment=stack.environment, address=want.address, type=want.type, place=PLACE,
        depends_on=tuple(rows[need].uid for need in needs), written=written, source=want.source, run="settled", **more,
    )  # fmt: skip
