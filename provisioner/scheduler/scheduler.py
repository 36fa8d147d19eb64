"""A heap of ready work and due times over a bounded pool of threads.

A job is a small program of requests: the scheduler sends one, hands back what came, and is told when to send the next.
Waiting occupies no thread. Jobs are decided about on one thread only, between two flushes; this module must not know what a
job does, and never retries by itself.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from provisioner.model.fault import Fault, ProviderError
from provisioner.scheduler.budget import Budgets, Lane
from provisioner.scheduler.clock import Clock

TICK = 0.5  # seconds: how often at least ``tick`` is called while nothing comes back


@dataclass(frozen=True, slots=True)
class Next:
    """What a job wants after an answer: itself again after ``delay`` seconds (None: it is finished), and new jobs."""

    delay: float | None = None
    jobs: tuple[Job, ...] = ()


class Job(Protocol):
    """One line of work. ``prepare`` and ``settle`` run on the scheduler's thread, ``send`` on a pool thread."""

    @property
    def lane(self) -> Lane:
        """Whose budget the next request counts against."""
        ...

    @property
    def weight(self) -> float:
        """Among ready jobs the heaviest goes first (seconds of work that wait for it)."""
        ...

    def prepare(self) -> Next | None:
        """Last word before ``send``; what it journals is durable before the request. A ``Next`` means: do not send."""
        ...

    def send(self) -> Any:
        """Send one request."""
        ...

    def settle(self, result: Any) -> Next:
        """Take the result, or the exception that ``send`` raised."""
        ...


@dataclass
class Scheduler:
    """Runs jobs until none is left or ``stop`` is set.

    workers: most requests at once · flush: called before anything is sent and when answers were settled (group commit) ·
    tick: called now and then (heartbeat).
    """

    clock: Clock
    workers: int = 10
    budgets: Budgets = field(default_factory=Budgets)
    flush: Callable[[], None] = lambda: None
    tick: Callable[[], None] = lambda: None

    def results(self) -> queue.Queue[tuple[Job, Any]]:
        """What carries results from the threads of a pool."""
        return queue.Queue()

    def run(self, jobs: Iterable[Job], stop: threading.Event | None = None) -> None:
        """Run jobs and all that they bring. With ``stop`` set nothing new is sent; what is under way is still settled.

        An exception of ``prepare``, ``settle``, ``flush`` or ``tick`` ends the run once requests under way have come back, and is
        raised; an interrupt does not wait for them.
        """
        _Loop(self, stop or threading.Event()).run(jobs)


class _Loop:
    def __init__(self, scheduler: Scheduler, stop: threading.Event) -> None:
        self._s, self._stop = scheduler, stop
        self._order = itertools.count()
        self._due: list[tuple[float, int, Job]] = []  # waiting for a moment
        self._ready: dict[str, list[tuple[float, int, Job]]] = {}  # by cloud: waiting for a worker, heaviest first
        self._flying: Counter[str] = Counter()  # by cloud
        self._results = scheduler.results()
        self._in_flight = 0

    def run(self, jobs: Iterable[Job]) -> None:
        clock = self._s.clock
        for job in jobs:
            self._wait(job, 0.0)
        last_tick = clock.monotonic()
        pool = ThreadPoolExecutor(self._s.workers, thread_name_prefix="orch")
        try:
            while True:
                self._start(pool)
                if not self._in_flight and (self._stop.is_set() or not (self._due or any(self._ready.values()))):
                    self._s.flush()
                    pool.shutdown()
                    return
                self._collect()
                now = clock.monotonic()
                if now - last_tick >= TICK:
                    last_tick = now
                    self._s.tick()
        except KeyboardInterrupt:  # at once: a request that hangs must not keep anybody
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        except BaseException:
            pool.shutdown()
            raise

    def _wait(self, job: Job, delay: float) -> None:
        heapq.heappush(self._due, (self._s.clock.monotonic() + delay, next(self._order), job))

    def _take(self, job: Job, following: Next) -> None:
        if following.delay is not None:
            self._wait(job, following.delay)
        for other in following.jobs:
            self._wait(other, 0.0)

    def _start(self, pool: ThreadPoolExecutor) -> None:
        """Send what is due, as far as workers and budgets allow; one flush before all of it."""
        batch: list[Job] = []
        while not self._stop.is_set() and self._in_flight + len(batch) < self._s.workers:
            job = self._pop()
            if job is None:
                break
            now = self._s.clock.monotonic()
            at = self._s.budgets.ready_at(job.lane)
            if at > now:
                heapq.heappush(self._due, (at, next(self._order), job))
                continue
            refused = job.prepare()
            if refused is not None:
                self._take(job, refused)
                continue
            self._s.budgets.sent(job.lane, now)
            self._flying[job.lane.cloud] += 1
            batch.append(job)
        self._s.flush()
        for job in batch:
            self._in_flight += 1
            pool.submit(self._send, job)

    def _pop(self) -> Job | None:
        now = self._s.clock.monotonic()
        while self._due and self._due[0][0] <= now:
            _, order, job = heapq.heappop(self._due)
            heapq.heappush(self._ready.setdefault(job.lane.cloud, []), (-job.weight, order, job))
        waiting = [cloud for cloud, jobs in self._ready.items() if jobs]
        if not waiting:
            return None
        # no cloud waits for another: the one with the fewest requests under way is next, the heaviest job where that is even
        least = min(waiting, key=lambda cloud: (self._flying[cloud], self._ready[cloud][0]))
        return heapq.heappop(self._ready[least])[2]

    def _send(self, job: Job) -> None:
        try:
            result = job.send()
        except BaseException as error:  # noqa: BLE001 - the loop must hear of everything
            result = error
        self._results.put((job, result))

    def _collect(self) -> None:
        """Wait for one result, take all that are there."""
        timeout = TICK
        if self._due and not self._stop.is_set():
            timeout = min(TICK, max(0.0, self._due[0][0] - self._s.clock.monotonic()))
        answer = self._s.clock.get(self._results, timeout, self._in_flight > 0)
        while answer is not None:
            self._settle(*answer)
            answer = None if self._results.empty() else self._results.get()

    def _settle(self, job: Job, result: Any) -> None:
        self._in_flight -= 1
        self._flying[job.lane.cloud] -= 1
        if isinstance(result, ProviderError) and result.fault is Fault.THROTTLED:
            self._s.budgets.throttled(job.lane, self._s.clock.monotonic(), result.retry_after)
        elif not isinstance(result, BaseException):
            remaining = getattr(result, "remaining", None)
            self._s.budgets.succeeded(job.lane, self._s.clock.monotonic(), remaining)
        self._take(job, job.settle(result))
