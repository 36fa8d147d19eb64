"""The checks of a step, one after the other, each tried until it passes or its time is up; waiting occupies no thread.

The object stands as wanted by now, and nothing here may change it: a resume repeats the checks alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.applier.fetch import read
from provisioner.applier.live import MissingAttributeError
from provisioner.applier.progress import Phase, Progress, Request, Turn
from provisioner.cel import ExpressionError, condition
from provisioner.model.check import Check, CheckKind, TargetError, host_and_port
from provisioner.model.event import EventKind
from provisioner.model.resource import Observed
from provisioner.model.secret import is_hidden
from provisioner.model.value import ABSENT, NotTextError, Path, Value, beneath, substitute
from provisioner.protocols.provider import Done
from provisioner.scheduler import retry
from provisioner.scheduler.scheduler import Next

_LONGEST = 10.0  # seconds between two tries
_ANSWER = 5.0  # seconds for one answer
_HINT = "it stands as wanted: a resume repeats the check alone, a rollback undoes it"


def due(p: Progress) -> Turn:
    """Where a step goes on whose object was as wanted already: at its first check."""
    if p.context.settling:
        return p.settled()
    if p.history.made:  # else the plan knows it
        p.learn(Done(p.history.identity or p.existing.identity, p.history.attributes))
    return Phase.CHECK


def check(p: Progress) -> Turn:
    """Try the next check that has not passed."""
    checks = p.wanted.checks
    if p.passed == len(checks):
        return p.proven()
    this = checks[p.passed]
    if p.deadline is None:
        p.deadline, p.tries = p.context.clock.monotonic() + this.within, 0
    return _attributes(p, this) if this.kind is CheckKind.THAT else _probe(p, this)


def _attributes(p: Progress, this: Check) -> Request:
    def seen(found: Observed) -> Next:
        attributes = _shown(found.body, (*p.secret, *p.kind.sensitive))
        try:
            return _told(p, this, condition.unmet(str(this.target), attributes))
        except ExpressionError as error:
            return p.fail(f"this is no condition: {error.message}", source=this.source)

    def lacking(why: str) -> Next:
        if why:
            return p.fail(f"cannot check it: {why}", _HINT, source=this.source)
        return _told(p, this, "it does not show")

    return read(p, p.step.address, seen, lacking)


def _shown(value: Value, secret: tuple[Path, ...]) -> Any:
    """Attributes as plain data, without any that is secret."""
    if isinstance(value, Mapping):
        inner = {key: (item, beneath(secret, (key,))) for key, item in value.items()}
        return {k: _shown(item, left) for k, (item, left) in inner.items() if () not in left and not is_hidden(item)}
    if isinstance(value, tuple):
        return [_shown(item, beneath(secret, (index,))) for index, item in enumerate(value)]
    return value


def _probe(p: Progress, this: Check) -> Turn:
    try:
        target = substitute(this.target, p.context.live.lookup)
    except MissingAttributeError as missing:
        return _fetch(p, this, missing)
    except NotTextError as error:
        return p.fail(error.problems[0].message, error.problems[0].hint, source=this.source)
    try:
        if not isinstance(target, str):
            raise TargetError("must be text")
        host_and_port(this.kind, target)
    except TargetError as error:
        return p.fail(f"{this.kind} of a check {error}", _HINT, source=this.source)
    from provisioner.applier import probe  # with HTTP and TLS, which nothing else here needs

    seconds = min(_ANSWER, this.within)
    return Request(lambda: probe.unmet(this, target, seconds), lambda why: _told(p, this, why, target))


def _fetch(p: Progress, this: Check, missing: MissingAttributeError) -> Turn:
    """Read the attribute that the target is made of; one that is not there may come."""
    address = missing.reference.address

    def seen(found: Observed) -> Next:
        if found.attribute(missing.reference.path) is ABSENT:
            return _told(p, this, f"{missing.reference} has no value yet")
        return p.then(Phase.CHECK)

    return read(p, address, seen, lambda why: _told(p, this, f"cannot read {missing.reference}: {why}"))


def _told(p: Progress, this: Check, why: str, target: str = "") -> Next:
    """Go on after a try: with the next check, once more, or not at all."""
    if not why:
        p.passed, p.deadline = p.passed + 1, None
        return p.then(Phase.CHECK)
    left = (p.deadline or 0.0) - p.context.clock.monotonic()
    name = f"{this.kind} {target or this.target}"
    if left <= 0:
        return p.fail(f"check {name} did not pass within {this.within:g} s: {why}", _HINT, source=this.source)
    p.tries += 1
    delay = min(_LONGEST, left, retry.backoff(p.tries, 0.5, first=1.0))
    p.context.emit(EventKind.POLLING, p.step, message=f"check {name}: {why}", delay=delay)
    p.phase = Phase.CHECK
    return Next(delay=delay)
