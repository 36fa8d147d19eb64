"""An undo while it is put together: its steps, the changes that a person reads, and what has to be as it was found.

Must not decide what is undone, or how.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from provisioner.model.change import Action, Because, Change, Diff
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Premise, Step, Verb
from provisioner.model.problem import Problem
from provisioner.model.resource import Observed, Resource
from provisioner.model.value import EMPTY, Path
from provisioner.planner.undo import undo_of
from provisioner.planner.undoing import Undoing


@dataclass
class Draft:
    """What has been said of it so far."""

    steps: dict[str, Step] = field(default_factory=dict)  # by the id of the step that it undoes
    changes: list[Change] = field(default_factory=list)
    premises: list[Premise] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    later: dict[str, frozenset[str]] = field(default_factory=dict)  # addresses that come after, by that step's id
    sooner: dict[str, frozenset[str]] = field(default_factory=dict)  # and that come before, where that can be
    needed: dict[str, str] = field(default_factory=dict)  # uids that something which stays needs, with its address


def add(
    undoing: Undoing, draft: Draft, step: Step, verb: Verb, because: Because, *, row: LedgerRow | None = None,
    have: Observed | None = None, want: Resource | None = None, diff: Diff = Diff(), generation: int | None = None,  # noqa: B008
    unseen: Observed | None = None, keeps_mark: bool = False, unclaimed: tuple[Path, ...] = (),
) -> None:  # fmt: skip
    """A step and its change. ``unseen``: the object of a delete that no read shows, so that nothing rests on its being there."""
    kind = undoing.types[step.type]
    ident = f"u{len(draft.steps) + 1}"
    number = step.generation if generation is None else generation
    address = (want or row or step).address if verb is not Verb.CREATE else step.address
    draft.steps[step.id] = Step(
        ident, verb, address, step.type, step.place, step.uid, number, want=want, have=have or unseen, diff=diff, row=row,
        depends_on=(step.row or step).depends_on, written=(step.row or step).written, keeps_mark=keeps_mark,
        unclaimed=unclaimed,
    )  # fmt: skip
    action = Action(str(verb))
    undo = undo_of(action, kind, diff, have=have.body if have else EMPTY, want=want.body if want else EMPTY)
    draft.changes.append(
        Change(
            address, step.type, step.place, action, step.uid, number, (because,),
            Diff() if verb is Verb.CREATE else diff, undo,
            want, have or unseen, step.row.source if step.row else step.want.source if step.want else None,
        )
    )  # fmt: skip
    if have is not None and verb in (Verb.DELETE, Verb.UPDATE):
        facts = tuple((edit.path, edit.before) for edit in diff.edits)
        facts += tuple((path, have.attribute(path)) for path in kind.born)
        draft.premises.append(Premise(address, have.place, have.type, have.identity, facts=facts, owner=have.owner))
    elif verb is Verb.FORGET and have is None and row and row.identity:
        draft.premises.append(Premise(address, row.place, row.type, row.identity, exists=False))
    elif verb is Verb.CREATE and want and want.identity and kind.natural_key:
        draft.premises.append(Premise(address, want.place, want.type, want.identity, exists=False))
