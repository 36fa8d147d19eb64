"""The scheduler: order, bounds, waiting, stopping; with a clock that no test waits for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.protocols.provider import Limit
from provisioner.scheduler.budget import Budgets, Lane, lane
from provisioner.scheduler.clock import SystemClock
from provisioner.scheduler.retry import Kind, backoff, decide
from provisioner.scheduler.scheduler import Next, Scheduler

LANE = Lane("memory", "a", "here", Limit("s"))


class StepClock:
    """Time that passes only when nothing is under way."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def utc(self) -> str:
        return f"{self.now}"

    def get(self, source: queue.Queue[Any], timeout: float | None, busy: bool) -> Any:
        if busy:
            return source.get(timeout=10)
        self.now += timeout or 0.0
        return None


@dataclass
class Task:
    """A job that records when it was sent and answers what it was told to."""

    name: str
    log: list[str]
    weight: float = 0.0
    answers: list[Any] = field(default_factory=list)
    then: Callable[[Any], Next] = lambda _result: Next()
    lane: Lane = LANE
    refuse: Next | None = None

    def prepare(self) -> Next | None:
        return self.refuse

    def send(self) -> Any:
        self.log.append(self.name)
        return self.answers.pop(0) if self.answers else None

    def settle(self, result: Any) -> Next:
        return self.then(result)


def test_the_heaviest_ready_job_goes_first() -> None:
    log: list[str] = []
    jobs = [Task("light", log, 1), Task("heavy", log, 9), Task("middle", log, 5)]
    Scheduler(StepClock(), workers=1).run(jobs)
    assert log == ["heavy", "middle", "light"]


def test_a_waiting_job_occupies_no_worker() -> None:
    log: list[str] = []
    slow = Task("poll", log, 9)
    polls = iter([Next(delay=60.0), Next(delay=60.0), Next()])
    slow.then = lambda _r: next(polls)
    clock = StepClock()
    Scheduler(clock, workers=1).run([slow, *(Task(f"t{n}", log) for n in range(5))])
    assert log == ["poll", "t0", "t1", "t2", "t3", "t4", "poll", "poll"]
    assert clock.now == pytest.approx(120.0)


def test_never_more_at_once_than_workers() -> None:
    lock, now, most = threading.Lock(), 0, 0
    gate = threading.Barrier(3, timeout=10)

    class Busy(Task):
        def send(self) -> Any:
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            gate.wait()
            with lock:
                now -= 1

    Scheduler(StepClock(), workers=3).run([Busy(str(n), []) for n in range(9)])
    assert most == 3


def test_flush_stands_between_prepare_and_send() -> None:
    log: list[str] = []

    class Noted(Task):
        def prepare(self) -> Next | None:
            log.append(f"prepare {self.name}")
            return None

    Scheduler(StepClock(), workers=2, flush=lambda: log.append("flush")).run([Noted("a", log)])
    assert log[:3] == ["prepare a", "flush", "a"] and log[-1] == "flush"


def test_stop_lets_what_is_in_flight_settle_and_starts_nothing() -> None:
    log: list[str] = []
    stop = threading.Event()
    first = Task("first", log, 9)

    def then(_result: Any) -> Next:
        log.append("settled")
        stop.set()
        return Next(jobs=(Task("next", log),))

    first.then = then
    Scheduler(StepClock(), workers=1).run([first, Task("second", log)], stop)
    assert log == ["first", "settled"]


def test_an_error_of_the_program_is_raised() -> None:
    def then(result: Any) -> Next:
        if isinstance(result, BaseException):
            raise result
        return Next()

    with pytest.raises(ZeroDivisionError):
        Scheduler(StepClock()).run([type("Broken", (Task,), {"send": lambda _self: 1 / 0})("x", [], then=then)])


def test_throttling_slows_the_lane_and_only_it() -> None:
    log: list[str] = []
    clock = StepClock()
    other = LANE._replace(region="there")
    slow = ProviderError(Fault.THROTTLED, "slow down", retry_after=30.0)
    first = Task("first", log, 9, [slow], then=lambda r: Next(delay=0.0) if isinstance(r, ProviderError) else Next())
    Scheduler(clock, workers=1).run([first, Task("same", log, 5), Task("other", log, 1, lane=other)])
    assert log == ["first", "other", "first", "same"]
    assert clock.now >= 30.0


def test_a_throttled_budget_grows_again() -> None:
    budgets = Budgets()
    budgets.throttled(LANE, 0.0, None)
    first = budgets.ready_at(LANE)
    for now in range(1, 500):
        budgets.sent(LANE, float(now))
        budgets.succeeded(LANE, float(now))
    budgets.sent(LANE, 1000.0)
    assert budgets.ready_at(LANE) - 1000.0 < first


LIMITED = LANE._replace(limit=Limit("writes", burst=3, rate=2.0))


def test_a_published_limit_is_kept_from_the_first_call_on() -> None:
    clock, budgets, at = StepClock(), Budgets(), []

    class Timed(Task):
        def send(self) -> None:
            at.append(clock.now)

    Scheduler(clock, 10, budgets).run([Timed(str(n), [], lane=LIMITED) for n in range(7)])
    assert at[:3] == [0.0, 0.0, 0.0]
    assert all(0.3 < later - sooner < 0.51 for sooner, later in pairwise(at[2:]))


def test_an_endpoint_of_its_own_has_no_published_limit() -> None:
    place = Place("p", "memory", "a", region="here")
    assert lane(place, LIMITED.limit).limit == LIMITED.limit
    free = lane(replace(place, endpoint="http://127.0.0.1:1"), LIMITED.limit)
    budgets = Budgets()
    for _ in range(1000):
        budgets.sent(free, 0.0)
        budgets.succeeded(free, 0.0)
    assert free.limit.bucket == "writes" and budgets.ready_at(free) <= 0.0


def test_throttling_halves_a_published_rate_and_success_brings_it_back() -> None:
    budgets = Budgets()
    for now in (0.0, 0.1, 0.2):  # of one moment: they count once
        budgets.throttled(LIMITED, now, None)
    assert budgets.ready_at(LIMITED) == pytest.approx(1.2)
    now = 2.0
    for _ in range(50):
        budgets.sent(LIMITED, now)
        budgets.succeeded(LIMITED, now)
        now = max(now, budgets.ready_at(LIMITED))
    budgets.sent(LIMITED, now)
    assert budgets.ready_at(LIMITED) - now < 0.51


def test_what_a_cloud_says_is_left_is_believed() -> None:
    budgets = Budgets()
    budgets.sent(LIMITED, 0.0)
    budgets.succeeded(LIMITED, 0.0, remaining=0)
    assert budgets.ready_at(LIMITED) > 0.4


def test_a_wait_that_is_nearly_over_ends() -> None:
    clock = SystemClock()
    results = Scheduler(clock).results()
    over = threading.Event()

    def waiting() -> None:
        for _ in range(20_000):
            results.put((Task("a", []), None))
            results.get()
            assert clock.get(results, 1e-6, False) is None
        over.set()

    threading.Thread(target=waiting, daemon=True).start()
    assert over.wait(60)


def test_no_cloud_waits_for_another() -> None:
    log: list[str] = []
    other = LANE._replace(cloud="other")
    heavy = [Task(f"heavy-{n}", log, 9) for n in range(8)]
    light = [Task(f"light-{n}", log, 1, lane=other) for n in range(2)]
    gate = threading.Barrier(4, timeout=10)

    class Held(Task):
        def send(self) -> None:
            self.log.append(self.name)
            gate.wait()

    held = [Held(task.name, log, task.weight, lane=task.lane) for task in (*heavy, *light)]
    Scheduler(StepClock(), workers=4).run([*held, Held("heavy-8", log, 9), Held("heavy-9", log, 9)])
    assert {name for name in log[:4] if name.startswith("light")} == {"light-0", "light-1"}


@pytest.mark.parametrize("verb", ["create", "update", "delete", "read"])
@pytest.mark.parametrize("fault", [Fault.DENIED, Fault.QUOTA, Fault.INVALID])
def test_what_cannot_help_is_not_tried_again(verb: str, fault: Fault) -> None:
    assert decide(verb, fault, 1).kind is Kind.FAIL


@pytest.mark.parametrize("fault", [Fault.UNCERTAIN, Fault.TRANSIENT])
def test_a_create_that_may_have_been_done_is_looked_at_first(fault: Fault) -> None:
    assert decide("create", fault, 1).kind is Kind.LOOK


def test_an_update_of_what_is_gone_stops() -> None:
    assert decide("update", Fault.NOT_FOUND, 1).kind is Kind.FAIL


def test_every_fault_ends_some_day() -> None:
    for verb in ("create", "update", "delete", "read"):
        for fault in Fault:
            assert decide(verb, fault, 50).kind is Kind.FAIL


def test_the_clouds_own_delay_is_obeyed() -> None:
    assert decide("read", Fault.THROTTLED, 1, retry_after=7.0).delay == 7.0


def test_backoff_doubles_up_to_a_bound() -> None:
    assert backoff(1, 1.0) * 2 == backoff(2, 1.0)
    assert backoff(60, 1.0) == backoff(61, 1.0)
