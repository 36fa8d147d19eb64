"""From the journal of a run to the plan that undoes it: created → deleted, updated → as before, deleted → made again.

Pure. What each object was before comes from the journal, what it is now from a fresh read; the plan goes through the same
gate and scheduler as any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from provisioner.model.change import Because, Diff, Edit, Reason
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Plan, Step, Verb
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource import Observed, Owner
from provisioner.model.secret import filled, written_outside
from provisioner.model.snapshot import ObjectKey
from provisioner.model.value import (
    ABSENT,
    HIDDEN,
    Path,
    Value,
    get,
    path_text,
    put,
)
from provisioner.planner import again, inline, losing, undo_order, undoing_lists
from provisioner.planner import diff as differ
from provisioner.planner.bookkeeping import wanted
from provisioner.planner.draft import Draft, add
from provisioner.planner.equality import same
from provisioner.planner.items import itemised
from provisioner.planner.sharing import own
from provisioner.planner.strays import rebuild_of
from provisioner.planner.undo import left_at, stuck
from provisioner.planner.undoing import (
    Past,
    Undoing,
    formers_of,
    gone,
    in_its_stead,
    lost,
    made_after,
    made_again,
    needs,
    outputs_of,
    repointed,
    standing,
    substitutes,
    unmade,
    why_kept,
    without_lost,
)
from provisioner.planner.whose import foreign, unmarked

_OUTSIDE = "the secret that had been written there outside orch is kept nowhere"


def compensate(undoing: Undoing) -> Plan:
    """The plan that puts back what the run has changed; empty where it changed nothing. ``OrchError`` where an object of it may
    be another's by now."""
    draft = Draft()
    formers = formers_of(undoing)
    for step in reversed(undoing.plan.steps):
        past = undoing.past.get(step.id)
        if past and (past.touched or past.done):
            _undo(undoing, draft, step, past, formers)
    taken, forbidden = undoing_lists.taken(undoing, draft.steps.values())
    if draft.problems or forbidden:
        raise OrchError(*draft.problems, *forbidden)
    after = undo_order.order(undoing.plan, draft.steps, draft.later, draft.sooner)
    standing = {(p.place.name, p.type, p.identity) for p in draft.premises if p.exists}
    premises = [p for p in draft.premises if p.exists or (p.place.name, p.type, p.identity) not in standing]
    steps = tuple(replace(new, after=tuple(dict.fromkeys(after[old]))) for old, new in draft.steps.items())
    plan, (outputs, outputs_written) = undoing.plan, outputs_of(undoing, formers)
    return replace(
        plan, kind="rollback", undoes=undoing.run, undoes_started=undoing.started, created=undoing.created,
        serial=undoing.serial, steps=steps,
        changes=(*draft.changes, *taken), premises=tuple(premises), knowns=(), drift=(), outputs=outputs,
        outputs_written=outputs_written, outputs_read=(),
        notes=(f"undoes run {undoing.run}", *draft.notes), verdict=type(plan.verdict)(), confirm=(), scope=None, proposals=(),
    )  # fmt: skip


def _undo(undoing: Undoing, draft: Draft, step: Step, past: Past, formers: Mapping[str, Observed]) -> None:
    match step.verb:
        case Verb.CREATE:
            _uncreate(undoing, draft, step, past)
        case Verb.UPDATE:
            _restore(undoing, draft, step, past, formers)
        case Verb.DELETE if gone(undoing, step, past) and step.row:
            _recreate(undoing, draft, step, step.row, past, formers)
        case Verb.DELETE if step.row:
            _send_again(undoing, draft, step, step.row, formers)
        case Verb.ADOPT:
            ours = Owner(undoing.plan.lineage, step.uid, step.generation)
            before = step.have is not None and step.have.owner == ours  # then the run has found its mark, not made it
            _let_go(undoing, draft, step, "was taken over by the run; it is left as it is", keeps_mark=before)
        case Verb.MOVE | Verb.FORGET if step.row:
            row = undoing.rows.get((step.uid, step.generation))
            _book(undoing, draft, step, row, step.row, "is recorded again as it was")
        case Verb.REBASE if row := undoing.rows.get((step.uid, step.generation)):
            edits = (
                replace(edit, before=edit.after, after=edit.before, reason=Reason.UNDO) for edit in step.diff.edits
            )
            because = Because(Reason.UNDO, f"run {undoing.run} took what was found as its baseline")
            add(undoing, draft, step, Verb.REBASE, because, row=row, have=step.have, diff=Diff(tuple(edits)))
        case _:
            return


def _anothers(undoing: Undoing, draft: Draft, row: LedgerRow, have: Observed) -> bool:
    """Whether an object is another's by now, which leaves it as it is, or may be, which forbids the undo."""
    kind, lineage = undoing.types[row.type], undoing.plan.lineage
    if foreign(kind, row, have, lineage):
        draft.notes.append(f"{row.address} is another object by now, and is left as it is")
        return True
    doubt = unmarked(kind, row, have, lineage, row.source)
    draft.problems += [doubt] if doubt else []
    return doubt is not None


def _standing(undoing: Undoing, draft: Draft, step: Step, row: LedgerRow, before: Observed) -> Observed | None:
    """The object whose former properties are to be put back, as it is now; None where it is gone or another."""
    now = undoing.snapshot.found.get(ObjectKey(before.place.name, before.type, row.identity or before.identity))
    if now is None:
        draft.notes.append(f"{step.address} no longer exists, so its former properties cannot be put back")
    return None if now is None or _anothers(undoing, draft, row, now) else now


def _uncreate(undoing: Undoing, draft: Draft, step: Step, past: Past) -> None:
    row = standing(undoing.rows, step.uid, step.generation)
    if past.stranger:  # and what it stands in, or on, would take it along
        draft.notes.append(f"{step.address}: {past.stranger}; it is left as it is")
        draft.needed |= dict.fromkeys(step.depends_on, step.address)
    if row is None or row.identity is None:
        return
    if step.address in unmade(undoing) or step.uid in draft.needed:  # it is better than nothing, with all that it needs
        if by := draft.needed.get(step.uid):
            draft.notes.append(f"{step.address} stays: {by} needs it")
        draft.needed |= dict.fromkeys(row.depends_on, step.address)
        return
    key = ObjectKey(row.place.name, row.type, row.identity)
    have = undoing.snapshot.found.get(key)
    if have is not None and foreign(undoing.types[step.type], row, have, undoing.plan.lineage):
        _let_go(undoing, draft, step, f"is another object by now: what run {undoing.run} made is gone")
        return
    kind = undoing.types[step.type]
    if have is not None and _anothers(undoing, draft, row, have):
        return
    because = Because(Reason.UNDO, f"run {undoing.run} created it" + ("" if have else ", and it is gone already"))
    if have is None and kind.settles_within(row.place):  # it may not show yet, and deleting what is gone does no harm
        because = Because(Reason.UNDO, f"run {undoing.run} created it; it does not show, and is deleted all the same")
        unseen = Observed(row.type, row.place, row.identity, row.baseline or row.applied)
        add(undoing, draft, step, Verb.DELETE, because, row=row, unseen=unseen, generation=row.generation)
        return
    verb = Verb.DELETE if have is not None else Verb.FORGET
    add(undoing, draft, step, verb, because, row=row, have=have, generation=row.generation)


def _restore(undoing: Undoing, draft: Draft, step: Step, past: Past, formers: Mapping[str, Observed]) -> None:
    before = past.have or step.have
    row = standing(undoing.rows, step.uid, step.generation) or step.row
    if before is None or row is None or step.row is None:
        return
    kind = undoing.types[step.type]
    if (now := _standing(undoing, draft, step, row, before)) is None:
        return
    before, now = (own(kind, each, row, step.row, step.want) for each in (before, now))
    edits, kept, unclaimed = [], False, []
    body, former = step.row.applied, repointed(undoing, step.row, formers)
    for edit in step.diff.edits:
        raw, current = get(before.body, edit.path), get(now.body, edit.path)
        was = raw
        if kind.is_write_only(edit.path) or same(kind, edit.path, get(step.row.applied, edit.path), was):
            was = get(former, edit.path)
        was = _of_list(undoing, draft, step, edit.path, filled(was, get(former, edit.path)), current, formers)
        if was is ABSENT and (left := left_at(kind, edit.path)) is not ABSENT:
            was = left
            draft.notes.append(f"{step.address}: {path_text(edit.path)} cannot be unset, and becomes {left}")
        outside = written_outside(raw, get(step.row.baseline, edit.path))
        if why := _OUTSIDE if outside else why_kept(undoing, step.row, edit.path, was):
            rest = current if outside else losing.kept(was, current, undoing.lost)
            applied = get(row.applied, edit.path)
            unchanged = same(kind, edit.path, losing.kept(was, applied, undoing.lost), applied)
            if (
                outside or rest is was or unchanged or same(kind, edit.path, rest, current)
            ):  # nothing of it can be put back
                body = put(body, edit.path, get(row.applied, edit.path))
                draft.notes.append(f"{step.address}: {path_text(edit.path)} stays as it is: {why}")
                draft.needed |= needs(undoing, row, edit.path)
                kept = True
                continue
            draft.notes.append(f"{step.address}: {path_text(edit.path)} is put back but for a secret in it: {why}")
            was = rest
        back = Edit(edit.path, current, was, Reason.UNDO, edit.effect, edit.source, edit.redacted)
        if same(kind, edit.path, was, current):
            body = put(body, edit.path, was)
        elif stuck(kind, back, now.body, before.body):
            body = put(body, edit.path, current)
            draft.notes.append(f"{step.address}: {path_text(edit.path)} cannot be set back, and stays as it is")
            continue
        else:
            body = put(body, edit.path, was)
            edits.append(itemised(kind, back, step.row, now.identity))
        unclaimed += [edit.path] if get(step.row.applied, edit.path) is ABSENT else []
    body = without_lost(undoing, body, row)
    if kept and not edits:
        return
    because = Because(Reason.UNDO, f"run {undoing.run} changed it")
    want = wanted(step.row, body)
    wrong = differ.broken(
        kind, now
    )  # a change that failed has changed nothing, but the object says so until it is sent anew
    verb = Verb.UPDATE if edits or wrong else Verb.MOVE  # nothing to send: only the ledger goes back
    add(
        undoing, draft, step, verb, because, row=row, have=now, want=want, diff=Diff(tuple(edits)),
        generation=row.generation, unclaimed=tuple(unclaimed),
    )  # fmt: skip


def _send_again(undoing: Undoing, draft: Draft, step: Step, row: LedgerRow, formers: Mapping[str, Observed]) -> None:
    """A deletion that failed has taken nothing, but its object may say that it failed, until it is sent anew."""
    now = undoing.snapshot.found.get(ObjectKey(row.place.name, row.type, row.identity or ""))
    if now is None or not (wrong := differ.broken(undoing.types[row.type], now)):
        return
    if _anothers(undoing, draft, row, now):
        return
    because = Because(Reason.UNDO, f"run {undoing.run} could not delete it: {wrong}")
    want = wanted(row, repointed(undoing, row, formers), identity=row.identity)
    add(undoing, draft, step, Verb.UPDATE, because, row=row, have=now, want=want, generation=row.generation)


def _of_list(
    undoing: Undoing, draft: Draft, step: Step, path: Path, was: Value, current: Value, formers: Mapping[str, Observed]
) -> Value:
    """A former value; of a list that showed what entries own, without those of them that are made again by themselves: the
    second to come would find its object there already."""
    child = next((child for child in undoing.types[step.type].children if child.path == path), None)
    if child is None or not step.row or get(step.row.applied, path) is not ABSENT:
        return was
    apart = made_after(undoing, step, child.type, formers)
    brought = get(step.want.body, path) if step.want else ABSENT
    listed, out = inline.put_back(child, was, current, brought, apart.keys())
    draft.later[step.id] = frozenset(apart[identity] for identity in out)
    return listed


def _recreate(
    undoing: Undoing, draft: Draft, step: Step, row: LedgerRow, past: Past, formers: Mapping[str, Observed]
) -> None:
    have = past.have or step.have
    if why := unmade(undoing).get(step.address):
        stays = "what the run has made in its stead stays" if in_its_stead(undoing, row) else "it stays deleted"
        draft.notes.append(f"{step.address} cannot be made again: {why}; {stays}")
        return
    if row.role is Role.SUPERSEDED:
        why = f"{row.identity} was left over from a replacement, and the object in its stead stays"
        draft.notes.append(f"{step.address} is not made again: {why}")
        return
    if step.address in made_again(undoing):
        draft.notes.append(f"{step.address} was made again already")
        return
    body = own = repointed(undoing, row, formers, substitutes(undoing))
    if have is not None:
        for edit in differ.drift(undoing.types[row.type], row, have).edits:
            body = put(body, edit.path, filled(edit.after, get(row.applied, edit.path)))
            if written_outside(edit.after, edit.before):
                draft.notes.append(f"{step.address}: {path_text(edit.path)} is as it was last applied: {_OUTSIDE}")
    more = again.chosen(undoing.types[row.type], body, have.body) if have else Diff()
    others = undoing_lists.of_others(undoing, step, own, body, have, formers) if have else undoing_lists.Others()
    beyond = Diff((*more.edits, *others.lists.edits))
    for edit in beyond.edits:
        body = put(body, edit.path, edit.after)
    if rest := losing.without(undoing.types[row.type], body, undoing.lost):
        body, left_out = rest
        for path in left_out:
            why = lost(undoing.lost_in(get(row.applied, path)) or HIDDEN)
            draft.notes.append(f"{step.address} is made again without {path_text(path)}: {why}")
    want = wanted(row, body, identity=row.identity)
    generation = 1 + max(g for uid, g in [*undoing.rows, (row.uid, row.generation)] if uid == row.uid)
    if newer := _newer(undoing, row, generation):
        message = f"{newer} is a later generation of {row.address} than the ledger knows: this state is an older copy"
        hint = f"bring it up to date: {rebuild_of(row)}"
        draft.problems.append(Problem(message, row.source, row.address, hint))
        return
    names = ", ".join(path_text(edit.path) for edit in more.edits)
    kept = f"; it gets the {names} that the cloud had chosen for it" if names else ""
    draft.sooner[step.id] = others.refers
    kept += f"; with what others had put into it: {', '.join(others.names)}" if others.names else ""
    because = Because(Reason.UNDO, f"run {undoing.run} deleted it{kept}")
    left = undoing.rows.get((row.uid, row.generation))  # where the delete was done, and its answer lost
    add(
        undoing,
        draft,
        step,
        Verb.CREATE,
        because,
        row=left,
        want=want,
        diff=Diff((*more.edits, *others.lists.edits)),
        generation=generation,
    )


def _newer(undoing: Undoing, row: LedgerRow, generation: int) -> str:
    """What carries the mark of a generation that is still to be made, or of a later one."""
    marked = ((item.identity, item.owner) for item in undoing.snapshot.found.values() if item.owner)
    later = (
        i for i, o in marked if (o.lineage, o.uid) == (undoing.plan.lineage, row.uid) and o.generation >= generation
    )
    return next(later, "")


def _let_go(undoing: Undoing, draft: Draft, step: Step, message: str, *, keeps_mark: bool = False) -> None:
    """An object that stays, and is ours no longer."""
    row = undoing.rows.get((step.uid, step.generation))
    have = step.have
    if row and row.identity:
        have = undoing.snapshot.found.get(ObjectKey(row.place.name, row.type, row.identity)) or have
    elif have:
        have = undoing.snapshot.found.get(ObjectKey(have.place.name, have.type, have.identity))
    if row or have:
        because = Because(Reason.UNDO, message)
        add(undoing, draft, step, Verb.FORGET, because, row=row, have=have, keeps_mark=keeps_mark)


def _book(undoing: Undoing, draft: Draft, step: Step, row: LedgerRow | None, former: LedgerRow, message: str) -> None:
    """Only the ledger goes back: from ``row`` (None: it has none) to what ``former`` says."""
    key = ObjectKey(former.place.name, former.type, former.identity or "")
    have = undoing.snapshot.found.get(key) or step.have
    because = Because(Reason.UNDO, message)
    add(undoing, draft, step, Verb.MOVE, because, row=row, have=have, want=wanted(former, former.applied))
