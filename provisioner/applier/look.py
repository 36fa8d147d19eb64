"""Looking at what is there, before a step does something or does it again: what was found decides what is left to do.

Nothing is claimed here that ``claim`` does not allow. This module must not change anything in a cloud.
"""

from __future__ import annotations

from dataclasses import replace

from provisioner.applier.claim import against, is_ours, replays, still_invisible
from provisioner.applier.progress import CLOUD_VERBS, Phase, Progress, Turn
from provisioner.applier.reading import Reading
from provisioner.model.change import Diff
from provisioner.model.plan import Verb
from provisioner.model.problem import OrchError
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import EffectKind, Ownership
from provisioner.model.run import EntryKind
from provisioner.model.value import path_text
from provisioner.planner import inline
from provisioner.planner.diff import broken, diff
from provisioner.protocols.provider import Ask, Done, Read
from provisioner.scheduler import retry
from provisioner.scheduler.scheduler import Next


def look(p: Progress) -> Turn:
    """Read the object of a step, in the best way that its type knows."""
    again = _sent_again(p)
    reads = [] if again and p.have is None else _reads(p)
    if not reads and p.history.in_doubt and not again:
        return p.fail("it may have been created, and there is no way to look for it")
    if not reads:
        return _shown_absent(p) if p.history.in_doubt else Phase.DO
    return p.read_all(reads, p.provider, lambda reading: _looked(p, reading))


def _sent_again(p: Progress) -> bool:
    """Whether the create in doubt is simply sent once more: its token makes it the same one, and its answer says more than any
    look, which sees nothing while it is under way. Not where nothing may be started any more."""
    create = p.verb is Verb.CREATE and p.history.in_doubt and not p.context.settling
    return create and replays(p.kind, p.history, p.context.clock.utc())


def _reads(p: Progress) -> list[Read]:
    """By identity where there is one, by owner tag, by natural key: the first that this type can answer."""
    place, kind, want = p.step.place, p.step.type, p.want
    identity = p.have.identity if p.have else want.identity if want else None
    asks = [Ask(place, kind, identities=(identity,))] if identity else []
    if want is not None and p.verb is Verb.CREATE and not identity:
        asks += [Ask(place, kind, owner=want.owner), Ask(place, kind, want=want)]
    for ask in asks:
        if reads := p.provider.reads(ask):
            return list(reads)
    return []


def _looked(p: Progress, reading: Reading) -> Next:
    if reading.blind:
        return p.fail(f"cannot see whether it exists: {reading.blind}")
    found = reading.seen[0] if reading.seen else None
    created = p.verb is Verb.CREATE or p.step.verb is Verb.CREATE  # of which the journal tells when it was sent
    if found is None and not created and (again := p.overlooked(p.row, Phase.LOOK)):
        return again
    if p.step.verb not in CLOUD_VERBS:
        return _marked(p, found)
    if p.verb is Verb.DELETE:
        return _delete(p, found)
    if p.verb is Verb.UPDATE and p.step.verb is Verb.UPDATE:
        return _update(p, found)
    return _create(p, found)


def _marked(p: Progress, found: Observed | None) -> Next:
    p.have = found
    if found is None and p.step.verb is not Verb.FORGET:
        return p.fail("it no longer exists; it was deleted while the plan was applied")
    return p.then(Phase.DO) if p.mark else p.book()


def _delete(p: Progress, found: Observed | None) -> Next:
    ours = p.existing.owner
    if found is None or (found.owner is not None and found.owner != ours):
        return p.succeed(Done(p.existing.identity))  # ours is gone
    if p.context.settling:
        return _not_done(p)
    if found.owner != ours:
        hint = "nothing was changed; if it is still ours, delete it by hand and resume"
        return p.fail(f"{found.identity} no longer carries our mark: it may be another object now", hint=hint)
    if more := inline.unseen(p.kind, p.step, found, p.context.planned):
        hint = "nothing was deleted; take it away or keep what holds it: resume goes on, a rollback undoes the rest"
        return p.fail(more, hint=hint)
    return p.then(Phase.DO)


def _not_done(p: Progress, what: str = "it was not done") -> Next:
    """The doubt is over: what was under way has left nothing that is not known."""
    p.note(EntryKind.FAILED, call=0, message=f"looked: {what}")
    return p.settled()


def _update(p: Progress, found: Observed | None) -> Next:
    if found is None and p.context.settling:
        return _not_done(p, "it no longer exists")
    if found is None or p.want is None:
        return p.fail("it no longer exists; it was deleted while the plan was applied")
    p.have = found
    p.diff = _approved(p, diff(p.kind, p.want, p.step.row, p.hidden(found)))
    beyond = [edit for edit in p.diff.edits if edit.effect not in (EffectKind.IN_PLACE, EffectKind.RESTART)]
    if beyond:
        name = path_text(beyond[0].path)
        return p.fail(
            f"{name} turns out to need a replacement, which was not approved",
            hint="plan again: the value is known now",
        )
    if not p.diff and not broken(p.kind, found):
        return p.succeed(Done(found.identity, found.body))
    return _not_done(p, "it was not done, or not all of it") if p.context.settling else p.then(Phase.DO)


def _approved(p: Progress, found: Diff) -> Diff:
    """Only what was reviewed: what else has changed meanwhile belongs to another plan."""
    return Diff(tuple(edit for edit in found.edits if p.step.diff.touches(edit.path)))


def _create(p: Progress, found: Observed | None) -> Next:
    if found is None:
        return _shown_absent(p)
    if refused := p.made_for_another():
        return refused
    want = p.wanted
    named_by_cloud = want.identity is None and p.have is not None
    ours = is_ours(found, want, p.history, p.kind.ownership, named_by_cloud=named_by_cloud)
    listed = found.owner is None and p.context.listed(found)
    claimed = p.history.claimed or p.verb is Verb.UPDATE
    unproven = ours and not (listed or found.owner or named_by_cloud or claimed)
    if unproven and (why := against(p.kind, found, _in_plain(p), p.history)):
        return _perhaps_ours(p, found, why)
    if not ours and not listed:
        p.note(EntryKind.FAILED, call=0, message="looked: what stands there is not ours")
        if p.context.settling:
            return p.settled()
        hint = "nothing was changed; if it is to be managed here, adopt it, else choose another name"
        return p.fail(f"{found.identity} already exists and is not ours", hint=hint)
    p.context.record(p.step, want, found.identity, complete=False)
    p.note(EntryKind.READ, have=p.hidden(found))
    p.have = found
    p.diff = diff(p.kind, want, None, p.hidden(found))
    marked = found.owner == want.owner or p.kind.ownership is Ownership.LEDGER
    if not p.diff and marked and not broken(p.kind, found):
        return p.succeed(Done(found.identity, found.body))
    p.verb = Verb.UPDATE  # it exists but is not yet as wanted: the rest of the create
    return p.then(Phase.DO)


def _in_plain(p: Progress) -> Resource:
    """What is wanted, with its secrets where they can be had."""
    try:
        return p.in_plain()[0]
    except OrchError:
        return p.wanted


def _perhaps_ours(p: Progress, found: Observed, why: str) -> Next:
    """What stands there may be ours or another's, which only a person can find out: it is neither taken over nor deleted."""
    message = f"{found.identity} stands there, and may be ours or not: {why}"
    if p.row:
        p.context.drop(p.step.uid, p.step.generation)
    p.note(EntryKind.FAILED, call=0, identity=found.identity, message=message)
    if p.context.settling:
        return p.settled()
    run = p.context.run
    hint = f"if it is yours: `adopt: {found.identity}` in this entry, and plan again\nif it is not wanted, delete it by hand, "
    return p.fail(message, f"{hint}then: orch resume {run}\nto leave it as it is: orch rollback {run}")


def _shown_absent(p: Progress) -> Next:
    again = _sent_again(p)  # no absence need be proven for that
    if (p.history.in_doubt or p.have is not None) and not again:
        wait = still_invisible(p.kind, p.step.place, p.history, p.context.clock.utc())
        if wait > 0:
            p.looks += 1
            p.phase = Phase.LOOK
            return Next(delay=min(wait, retry.backoff(p.looks, 0.5)))
    if (p.step.uid, p.step.generation) in p.context.rows:  # it was named, and is gone
        p.context.drop(p.step.uid, p.step.generation)
    if p.history.in_doubt:
        p.note(EntryKind.FAILED, call=0, message="looked: it was not done")
        if not again:
            p.attempt += 1  # else the same token: what was done all the same is not done twice
    entry = p.context.entry(EntryKind.READ, p.step)
    p.context.note(entry)
    made = p.history.in_doubt or p.history.may_have_made
    p.history = replace(p.history.after(entry), in_doubt=False, may_have_made=made, identity=None)
    p.have = None
    return p.then(Phase.DO)
