"""Reading what exists: asks become reads, reads become one snapshot, through the scheduler.

It decides what is absent and what could not be seen, and never takes one for the other. It must not decide what to do
about either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from provisioner.discovery.youth import Youth
from provisioner.model.counting import many
from provisioner.model.event import Event, EventKind
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Identity, Place
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource import Observed, Resource
from provisioner.model.snapshot import Blindspot, ObjectKey, Snapshot
from provisioner.protocols.provider import Ask, Limit, Provider, Read, ReadResult
from provisioner.registry import Registry
from provisioner.scheduler.budget import Lane, lane
from provisioner.scheduler.question import Question
from provisioner.scheduler.retry import Kind, backoff, decide
from provisioner.scheduler.scheduler import Job, Next, Scheduler

Events = Callable[[Event], None]


@dataclass(eq=False)
class Inquiry:
    """The state of one ask: what was found so far, how many reads are out, and whether something could not be seen."""

    ask: Ask
    found: list[Observed] = field(default_factory=list)
    blindspots: list[Blindspot] = field(default_factory=list)
    outstanding: int = 0
    answerable: bool = True

    @property
    def blind(self) -> bool:
        """Whether absence cannot be concluded."""
        return not self.answerable or any(not spot.path for spot in self.blindspots)

    def missing(self) -> tuple[str, ...]:
        """The identities asked for that were not found, where nothing hides them."""
        found = {item.identity for item in self.found}
        return () if self.blind else tuple(identity for identity in self.ask.identities if identity not in found)


@dataclass
class ReadJob:
    """One read: sent, tried again while that can help, else a blindspot that names what the cloud said."""

    provider: Provider
    read: Read
    inquiry: Inquiry
    tries: int = 0
    weight: float = 0.0
    delay: float = 0.0  # before it is sent for the first time

    @property
    def lane(self) -> Lane:
        return lane(self.read.place, self.provider.limit(self.read.type, "read"))

    def prepare(self) -> Next | None:
        delay, self.delay = self.delay, 0.0
        return Next(delay=delay) if delay else None

    def send(self) -> ReadResult:
        return self.provider.read(self.read)

    def settle(self, result: ReadResult | BaseException) -> Next:
        if isinstance(result, ProviderError):
            self.tries += 1
            decision = decide("read", result.fault, self.tries, retry_after=result.retry_after)
            if decision.kind is Kind.AGAIN:
                return Next(delay=decision.delay)
            self.inquiry.blindspots.append(_blindspot(self.read, result))
            result = ReadResult()
        elif isinstance(result, BaseException):
            raise result
        self.inquiry.found += result.observed
        self.inquiry.blindspots += result.blindspots
        self.inquiry.outstanding += len(result.more) - 1
        return Next(jobs=tuple(ReadJob(self.provider, read, self.inquiry) for read in result.more))


def verify(places: Iterable[Place], registry: Registry, scheduler: Scheduler) -> None:
    """Make sure that the credentials of every place belong to its account. ``OrchError`` names each that do not."""
    answers: dict[str, Identity | ProviderError] = {}
    ordered = list(places)
    scheduler.run(
        Question(
            lane(place, Limit("identity")),
            partial(registry.provider(place.cloud).identify, place),
            partial(answers.__setitem__, place.name),
        )
        for place in ordered
    )
    problems = [problem for place in ordered if (problem := _mismatch(place, answers[place.name]))]
    if problems:
        raise OrchError(*problems)


def _mismatch(place: Place, answer: Identity | ProviderError) -> Problem | None:
    if isinstance(answer, ProviderError):
        message = f"place {place.name}: cannot verify its account: {answer}"
        return Problem(message, place.source, hint=_next(place, answer))
    if answer.account.lower() != place.account.lower():
        who = f" ({answer.principal})" if answer.principal else ""
        return Problem(
            f"place {place.name} is account {place.account}, but the credentials belong to {answer.account}{who}",
            place.source,
            hint="nothing was read; use other credentials or correct the place",
        )
    return None


def _next(place: Place, error: ProviderError) -> str:
    """What to do about credentials that could not be verified."""
    if error.remedy:
        return f"nothing was read; {error.remedy}"
    if error.fault is Fault.DENIED:
        return "nothing was read; check the credentials of this place"
    if error.fault in (Fault.NOT_FOUND, Fault.INVALID):
        return f"nothing was read; do these credentials see {place.account}? correct the place, or use others"
    if place.visible_within is not None and not error.request_id:
        return "is it running? see: orch sandbox status"
    return (
        "nothing was read; try again, or check the place's endpoint"
        if place.endpoint
        else "nothing was read; try again"
    )


def unseen(blind: Sequence[Blindspot], wanted: Sequence[LedgerRow | Resource]) -> Iterator[Problem]:
    """What could not be read, once for each type and place, at the first entry that needs it."""
    lines = {(item.place.name, item.type): item for item in reversed(wanted)}
    hint = "try again, get the permission, or plan without what cannot be seen: --allow-blind"
    for key, spot in {(spot.place.name, spot.type): spot for spot in reversed(blind)}.items():
        item = lines.get(key)
        message = f"cannot read {spot.type} in {spot.place.name}: {spot.reason}"
        yield Problem(message, item.source if item else None, item.address if item else "", hint)


def inquire(
    asks: Sequence[Ask],
    registry: Registry,
    scheduler: Scheduler,
    on_event: Events | None = None,
    youth: Youth | None = None,
) -> list[Inquiry]:
    """Answer asks, all at once; the inquiries stand in the order of the asks. youth: what of it was made a moment ago, and is
    looked for again until it has to show."""
    jobs: list[Job] = []
    inquiries = []
    for ask in asks:
        inquiry = Inquiry(ask)
        provider = registry.provider(ask.place.cloud)
        reads = provider.reads(ask)
        inquiry.answerable = bool(reads)
        inquiry.outstanding = len(reads)
        jobs += [ReadJob(provider, read, inquiry) for read in reads]
        inquiries.append(inquiry)
    if on_event and jobs:
        clouds = ", ".join(sorted({ask.place.cloud for ask in asks}))
        count = f"{len(jobs)} read" if len(jobs) == 1 else f"{len(jobs)} reads"
        on_event(Event(EventKind.READING, scheduler.clock.utc(), message=f"{clouds}: {count}", total=len(jobs)))
    scheduler.run(jobs)
    if youth:
        _look_again(inquiries, youth, registry, scheduler, on_event)
    return inquiries


def _look_again(
    inquiries: Sequence[Inquiry], youth: Youth, registry: Registry, scheduler: Scheduler, on_event: Events | None
) -> None:
    """Ask once more, ever more slowly, for what is young and was not found."""
    clock = scheduler.clock
    now, tries = clock.monotonic(), 0
    late = {
        inquiry: {identity: now + left for identity in missing if (left := youth.left(*_where(inquiry), identity)) > 0}
        for inquiry in inquiries
        if (missing := inquiry.missing())
    }
    while True:
        late = {
            inquiry: {identity: until for identity in inquiry.missing() if (until := due.get(identity, now)) > now}
            for inquiry, due in late.items()
        }
        late = {inquiry: due for inquiry, due in late.items() if due}
        if not late:
            return
        tries += 1
        delay = min(backoff(tries, 0.5), max(until for due in late.values() for until in due.values()) - now)
        if on_event:
            what = many(sum(map(len, late.values())), "new object does", "new objects do")
            on_event(Event(EventKind.READING, clock.utc(), message=f"{what} not show yet: looking again"))
        scheduler.run(job for inquiry, due in late.items() for job in _jobs(inquiry, tuple(due), registry, delay))
        now = clock.monotonic()


def _where(inquiry: Inquiry) -> tuple[Place, str]:
    return inquiry.ask.place, inquiry.ask.type


def _jobs(inquiry: Inquiry, identities: tuple[str, ...], registry: Registry, delay: float) -> list[Job]:
    """The reads of some objects of an ask, a while from now."""
    provider = registry.provider(inquiry.ask.place.cloud)
    reads = provider.reads(Ask(*_where(inquiry), identities))
    return [ReadJob(provider, read, inquiry, delay=delay) for read in reads]


def merge(*snapshots: Snapshot) -> Snapshot:
    """One snapshot of several; the later wins where they speak of the same object."""
    found: dict[ObjectKey, Observed] = {}
    absent: set[ObjectKey] = set()
    spots: dict[Blindspot, None] = {}
    for snapshot in snapshots:
        found = {key: item for key, item in found.items() if key not in snapshot.absent} | dict(snapshot.found)
        absent = (absent | snapshot.absent) - set(snapshot.found)
        spots |= dict.fromkeys(snapshot.blindspots)
    return Snapshot(MappingProxyType(found), frozenset(absent), tuple(spots))


def snapshot_of(inquiries: Iterable[Inquiry]) -> Snapshot:
    """What inquiries have shown. An identity asked for, not found, and not hidden by a blindspot is absent."""
    found: dict[ObjectKey, Observed] = {}
    absent: set[ObjectKey] = set()
    spots: dict[Blindspot, None] = {}
    for inquiry in inquiries:
        ask = inquiry.ask
        here = {ObjectKey(ask.place.name, item.type, item.identity): item for item in inquiry.found}
        found |= here
        spots |= dict.fromkeys(inquiry.blindspots)
        hidden = {spot.identity for spot in inquiry.blindspots if not spot.path}
        wanted = (*ask.identities, *((ask.want.identity,) if ask.want and ask.want.identity else ()))
        for identity in wanted:
            key = ObjectKey(ask.place.name, ask.type, identity)
            if key not in here and inquiry.answerable and not hidden & {"", identity}:
                absent.add(key)
    return Snapshot(MappingProxyType(found), frozenset(absent - set(found)), tuple(spots))


def _blindspot(read: Read, error: ProviderError) -> Blindspot:
    reason = str(error) if error.fault is not Fault.DENIED else f"denied: {error}"
    return Blindspot(read.place, read.type, reason, code=error.code, request_id=error.request_id)
