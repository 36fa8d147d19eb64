"""What must hold of an object before its dependents start: tried until it passes, failed, resumed, undone, planned again."""

from __future__ import annotations

import gc
import http.server
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provisioner.model.change import Action
from provisioner.model.check import Check, CheckKind
from provisioner.model.event import EventKind
from provisioner.model.resource import Resource
from provisioner.model.run import EntryKind, RunStatus
from provisioner.model.source import Source
from provisioner.model.stack import Stack
from provisioner.model.value import Interpolation
from provisioner.state import container
from tests.crash.test_memory_kills import run_until_killed
from tests.memory_stack import Bench, changed, entry, ref, stack_of

READY = "self.State == 'ready'"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def web() -> Iterator[Any]:
    """A server on loopback that answers every request with its ``status``."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.asked.append(self.path)  # type: ignore[attr-defined]
            self.send_response(self.server.status)  # type: ignore[attr-defined]
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.status, server.asked = 200, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def checked(resource: Resource, kind: str, target: Any, **more: Any) -> Resource:
    check = Check(CheckKind(kind), target, source=Source("b.yaml", 7), **more)
    return replace(resource, checks=(*resource.checks, check))


def pair(kind: str = "that", target: Any = READY, **more: Any) -> Stack:
    """A network with a check, and a subnet in it."""
    return stack_of(
        checked(entry("net", "Network", {"Cidr": "10.0.0.0/16", "Dns": True}), kind, target, **more),
        entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"}),
    )


def network(bench: Bench) -> dict[str, Any]:
    body: dict[str, Any] = next(o.body for o in bench.cloud.objects.values() if o.type == "Memory::Network")
    return body


def actions(plan: Any) -> dict[str, str]:
    return {c.address: str(c.action) for c in plan.changes if c.action is not Action.NOOP}


def entries(bench: Bench) -> list[EntryKind]:
    engine = bench.engine()
    return [e.kind for e in engine.backend.run(engine.backend.runs()[0].id)[2] if e.step == "s1"]


def test_dependents_wait_until_the_object_is_as_the_check_wants_it(bench: Bench) -> None:
    reads = 0

    def change(operation: str, work: Any) -> Any:
        nonlocal reads
        reads += operation == "read Memory::Network" and bool(bench.cloud.objects)
        if reads == 3:
            network(bench)["State"] = "ready"
        assert not operation.startswith("create Memory::Subnet") or reads == 3
        return work

    with bench.calls(change):
        report = bench.apply(pair())
    assert report.run.status is RunStatus.DONE, report.failures
    told = [e.message for e in bench.events if e.kind is EventKind.POLLING and e.address == "net"]
    assert told == [f"check that {READY}: State is not there"] * 2
    assert entries(bench)[-2:] == [EntryKind.MADE, EntryKind.DONE]
    assert bench.plan(pair()).empty


def test_a_check_that_fails_stops_the_run_and_a_resume_repeats_it_alone(bench: Bench) -> None:
    report = bench.apply(pair(within=2.0))
    assert report.run.status is RunStatus.PARTIAL and report.skipped == ("sub",)
    (failure,) = report.failures
    assert failure.message == f"check that {READY} did not pass within 2 s: State is not there"
    assert failure.source == Source("b.yaml", 7) and "repeats the check alone" in failure.hint
    network(bench)["State"] = "ready"
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert bench.cloud.calls.count("create Memory::Network") == 1
    assert bench.plan(pair()).empty


@pytest.mark.parametrize(
    ("that", "kind"), [("self.Cidr + '!'", "string"), ("self.Data.a", "int"), ("self.Data", "map")]
)
def test_what_is_no_condition_is_not_waited_for(bench: Bench, that: str, kind: str) -> None:
    report = bench.apply(changed(pair(target=that, within=60.0), "net", Data={"a": 1}))
    (failure,) = report.failures
    assert failure.message == f"this is no condition: gives {kind}, and must give true or false"
    assert not [e for e in bench.events if e.kind is EventKind.POLLING and e.address == "net"]


def test_what_failed_its_check_is_undone_like_any_other(bench: Bench) -> None:
    bench.apply(pair(within=1.0))
    report = bench.engine().rollback()
    assert report.run.status is RunStatus.DONE, report.failures
    assert not bench.cloud.objects and not bench.engine().backend.rows()


def test_an_update_is_checked_too_and_put_back(bench: Bench) -> None:
    quiet = stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16", "Dns": True}))
    bench.apply(quiet)
    bench.apply(changed(pair("that", "self.Name == 'other'", within=1.0), "net", Name="new"))
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert "Name" not in network(bench) and bench.plan(quiet).empty


@pytest.mark.parametrize("through", ["net", "sub"])
def test_what_is_replaced_keeps_its_old_object_until_the_check_has_passed(bench: Bench, through: str) -> None:
    def stack(number: int, that: str) -> Stack:
        far = entry("far", "Safe", {"Cidr": f"10.{number}.0.0/16", "Data": 1}, on_replace="delete_first",
                    depends_on=(ref(through),))  # fmt: skip
        below = changed(pair("that", that, within=1.0), "net", Name=str(number))
        return replace(below, resources=(*below.resources, far))

    bench.apply(stack(1, "self.Name == '1'"))
    before = {o.identity for o in bench.cloud.objects.values()}
    report = bench.apply(stack(2, "self.Name == 'never'"))
    assert report.run.status is RunStatus.PARTIAL and set(report.skipped) == {"far"}
    assert {o.identity for o in bench.cloud.objects.values()} == before, (
        "it is not given up for one that cannot be made"
    )
    assert bench.apply(stack(2, "self.Name == '2'")).run.status is RunStatus.DONE


def test_a_new_plan_does_not_forget_a_check_that_never_passed(bench: Bench) -> None:
    bench.apply(pair(within=1.0))
    plan = bench.plan(pair(within=1.0))
    assert actions(plan) == {"net": "check", "sub": "create"}
    assert [s.after for s in plan.steps if s.address == "sub"] == [("s1",)]
    assert "have not passed yet" in plan.changes[0].because[0].message
    assert bench.apply(plan).skipped == ("sub",)
    network(bench)["State"] = "ready"
    assert bench.apply(pair()).run.status is RunStatus.DONE
    assert bench.plan(pair()).empty and bench.cloud.calls.count("create Memory::Network") == 1


def test_without_its_check_the_entry_is_as_wanted(bench: Bench) -> None:
    bench.apply(pair(within=1.0))
    bare = replace(pair(), resources=tuple(replace(r, checks=()) for r in pair().resources))
    assert actions(bench.plan(bare)) == {"sub": "create"}


def test_a_stop_while_a_check_waits_leaves_a_run_that_goes_on(bench: Bench) -> None:
    engine = bench.engine()
    engine.on_event = lambda event: engine.stop.set() if event.kind is EventKind.POLLING else None
    report = engine.apply(container.pack(engine.plan(pair(within=3600.0))))
    assert report.run.status is RunStatus.PARTIAL and not report.failures
    network(bench)["State"] = "ready"
    assert bench.engine().resume().run.status is RunStatus.DONE
    assert bench.cloud.calls.count("create Memory::Network") == 1


@pytest.mark.parametrize("back", [False, True], ids=["resume", "rollback"])
def test_killed_at_any_boundary_nothing_is_doubled_or_left(tmp_path: Path, back: bool) -> None:
    stack = pair("that", "self.Dns")
    for at in range(1, 100):
        folder = tmp_path / str(at)
        folder.mkdir()
        bench = Bench(folder)
        if not run_until_killed(bench, stack, at):
            assert at > 10
            return
        engine = bench.engine()
        if not engine.backend.runs():
            continue
        if back:
            assert engine.rollback().run.status is RunStatus.DONE, at
            assert not bench.cloud.objects and not bench.engine().backend.rows(), at
        else:
            if engine.backend.runs()[0].status is not RunStatus.DONE:
                assert engine.resume().run.status is RunStatus.DONE, at
            assert bench.kinds() == ["Memory::Network", "Memory::Subnet"], at
            assert bench.plan(stack).empty, at
        engine.backend.close()
        gc.collect()  # the state files of those that died


def test_http_is_asked_until_the_status_is_the_wanted_one_and_redirects_are_not_followed(
    bench: Bench, web: Any
) -> None:
    port = web.server_address[1]
    stack = pair("http", f"http://127.0.0.1:{port}/health?full=1", within=2.0, status=204)
    web.status = 302
    report = bench.apply(stack)
    assert "it answers with status 302" in report.failures[0].message
    assert set(web.asked) == {"/health?full=1"}
    web.status = 204
    assert bench.engine().resume().run.status is RunStatus.DONE


def test_tcp_takes_a_host_that_is_known_once_the_object_stands(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        target = Interpolation((ref("net", "Name"), f":{port}"))
        stack = changed(pair("tcp", target, within=2.0), "net", Name="127.0.0.1")
        report = bench.apply(stack)
        assert report.run.status is RunStatus.DONE, report.failures
        assert server.accept()[0].recv(10) == b""  # nothing of ours is sent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        report = bench.apply(changed(pair("tcp", f"127.0.0.1:{free.getsockname()[1]}", within=1.0), "net", Name="x"))
    assert "connection refused" in report.failures[0].message


def test_a_target_that_turns_out_to_be_none_fails_at_once(bench: Bench) -> None:
    target = Interpolation(("http://", ref("net", "Name"), "/"))
    report = bench.apply(changed(pair("http", target, within=3600.0), "net", Name="user:pw@127.0.0.1"))
    assert "takes no user and password" in report.failures[0].message


def test_several_checks_pass_one_after_the_other(bench: Bench, web: Any) -> None:
    stack = pair("http", f"http://127.0.0.1:{web.server_address[1]}/", within=1.0)
    first, second = stack.resources
    stack = stack_of(checked(first, "that", "self.State == 'ready'", within=1.0), second)
    report = bench.apply(stack)
    assert READY in report.failures[0].message and web.asked == ["/"]
