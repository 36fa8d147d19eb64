"""What a person has to confirm before an apply, beyond saying yes: much that would go, or is gone already. Pure.

It must not refuse a plan; an apply does, as long as a question has no answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from provisioner.model.change import Action, Change
from provisioner.model.counting import many
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Plan, Question
from provisioner.model.problem import Problem
from provisioner.model.snapshot import ObjectKey
from provisioner.planner import reasons
from provisioner.planner.decision import Decision


@dataclass(frozen=True, slots=True)
class Caution:
    """When deletions have to be confirmed by their number; a replacement is one, its object goes too. share: of a stack's
    objects, if more go · at_least: of fewer deletions nothing is asked."""

    share: float = 0.5
    at_least: int = 5


def deletions(changes: Iterable[Change], rows: Sequence[LedgerRow], caution: Caution) -> tuple[Question, ...]:
    """What to ask where a plan deletes much of a stack, or all of a type. rows: the whole stack's."""
    going = [change for change in changes if change.deletes]
    count = len(going)
    if count < caution.at_least:
        return ()
    gone = Counter(change.type for change in going if change.uid)  # the others are in the ledger of nobody here
    there = Counter(row.type for row in rows)
    whole = [f"all {n} of type {kind}" for kind, n in gone.items() if n >= caution.at_least and n >= there[kind]]
    if not whole and count <= caution.share * len(rows):
        return ()
    among = f", among them {' and '.join(whole)}" if whole else ""
    again = sum(change.action is Action.REPLACE for change in going)
    replaced = f", {again} of them to be replaced" if again else ""
    rest = count - gone.total()
    besides = f", and {rest} that no entry owns" if rest else ""
    own = f"{gone.total()} of the {many(len(rows), 'object', 'objects')} of this stack"
    return (Question(f"it deletes {own}{replaced}{among}{besides}", count),)


def misfits(decisions: Iterable[Decision]) -> Iterator[Question]:
    """Objects that are to be taken over, and would be replaced by the very next plan."""
    for decision in decisions:
        have, stuck = decision.have, reasons.fixed(decision.diff) if decision.action is Action.ADOPT else ""
        if have and stuck:
            yield Question(
                f"{decision.want.address} takes over {have.identity}, and {stuck}: the plan after this replaces it"
            )


def losses(rows: Iterable[LedgerRow], absent: frozenset[ObjectKey]) -> tuple[Question, ...]:
    """Places of whose ledger more than half is gone: more likely the wrong account than a catastrophe. Not so for a
    local endpoint, which forgets everything when it stops."""
    counts: dict[str, list[int]] = {}
    for row in rows:
        if row.place.endpoint:
            continue
        count = counts.setdefault(row.place.name, [0, 0])
        count[0] += 1
        count[1] += ObjectKey(row.place.name, row.type, row.identity or "") in absent
    return tuple(
        Question(f"{gone} of {total} objects of place {place} no longer exist: is this the right account and region?")
        for place, (total, gone) in counts.items()
        if gone * 2 > total and gone > 1
    )


def unanswered(plan: Plan, confirmed: bool, destroys: int | None) -> Iterator[Problem]:
    """The questions that are still open, and an answer that is wrong though nobody asks. confirmed: those without a number are
    answered · destroys: the number given."""
    for question in plan.confirm:
        if question.destroys and destroys is None:
            yield Problem(
                question.text, hint=f"if that is really meant, apply with --confirm-destroy {question.destroys}"
            )
        elif not question.destroys and not confirmed:
            yield Problem(question.text, hint="if that is really so, apply with --confirm")
    if destroys is not None and destroys != plan.deletions:
        asked = next((question.text for question in plan.confirm if question.destroys), "")
        message = asked or f"it deletes {many(plan.deletions, 'object', 'objects')}"
        hint = f"if that is really meant, apply with --confirm-destroy {plan.deletions}"
        yield Problem(
            f"{message}; {destroys} was confirmed", hint=hint if plan.deletions else "leave --confirm-destroy out"
        )
