"""Operations that are accepted and then fail: tried again, but not for ever."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from providers.memory import MemoryProvider
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.run import RunStatus
from provisioner.model.value import Map
from provisioner.protocols.provider import Done, Pending
from tests.memory_stack import Bench, entry, stack_of

ENOUGH = 60  # polls: far more than a delete is tried


class InUse(MemoryProvider):
    """Every delete is accepted, and its operation says that the object is in use."""

    stop: threading.Event

    def delete(self, have: Any, token: str) -> Done | Pending:
        going = Pending(have.place, have.type, have.identity, Map({"operation": "delete"}), writes=False)
        return self.cloud.call(f"delete {have.type}", lambda: going)  # type: ignore[no-any-return]

    def advance(self, pending: Pending, *_rest: Any) -> Done | Pending:
        polls = self.cloud.calls.count("poll")
        if polls >= ENOUGH:
            self.stop.set()

        def failed() -> Done:
            raise ProviderError(Fault.CONFLICT, "it is in use", code="InUse")

        return self.cloud.call("poll", failed)  # type: ignore[no-any-return]


def test_an_operation_that_always_fails_is_given_up(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.apply(stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16"})))
    InUse.stop = threading.Event()
    bench.provider = InUse
    report = bench.apply(stack_of(), stop=InUse.stop)
    assert [failure.message for failure in report.failures] == ["it is in use"]
    assert bench.cloud.calls.count("poll") == 10 and report.run.status is RunStatus.PARTIAL
