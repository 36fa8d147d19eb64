"""What a run leaves as undisturbed: the baseline of each object, against which the next plan tells drift.

It writes the ledger through the run's context, and must not speak to a cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from provisioner.applier.context import RunContext
from provisioner.model.change import Diff, Fate
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Plan, Verb
from provisioner.model.resource import Observed
from provisioner.model.snapshot import ObjectKey, Snapshot
from provisioner.model.value import Map, put
from provisioner.planner import secrecy
from provisioner.planner.whose import foreign, unmarked


def pending(context: RunContext, places: Collection[str]) -> list[LedgerRow]:
    """The objects in these places that are to be read, since this run or a dead one before it has made or changed them. What an
    earlier try has read is known to those who refer to it."""
    for row in context.rows.values():  # that try may have ended right after this read
        if row.run == context.run and row.identity and row.baseline is not None and row.role is Role.CURRENT:
            context.learn_baseline(row)
    return [row for row in context.rows.values() if row.identity and row.baseline is None and row.place.name in places]


def take(context: RunContext, rows: Collection[LedgerRow], snapshot: Snapshot) -> None:
    """Record what was read of them, as far as it is theirs."""
    before_drift = _before_drift(context.plan)
    for row in rows:
        have = snapshot.found.get(ObjectKey(row.place.name, row.type, row.identity or ""))
        if have is not None and _ours(context, row, have):
            based = replace(row, baseline=context.vault.cover(have.body, secrecy.of_row(row), have.identity))
            context.put(replace(based, baseline=before_drift(based)))
            context.learn_baseline(based)
    context.flush()


def _ours(context: RunContext, row: LedgerRow, have: Observed) -> bool:
    """Whether what was read is the object of a row: the birth of another would prove that one to be ours."""
    kind, lineage = context.registry.resource_type(row.type), context.plan.lineage
    return not foreign(kind, row, have, lineage) and unmarked(kind, row, have, lineage, None) is None


def _before_drift(plan: Plan) -> Callable[[LedgerRow], Map | None]:
    """The baseline of an object that was changed, but for drift that nobody has accepted: that is still to be told."""
    edited = {step.uid: step.diff for step in plan.steps if step.verb is Verb.UPDATE}
    drifted = {(d.place.name, d.type, d.identity): d.diff for d in plan.drift if d.fate is not Fate.ACCEPTED}

    def kept(row: LedgerRow) -> Map | None:
        baseline, changed = row.baseline, edited.get(row.uid, Diff())
        for edit in drifted.get((row.place.name, row.type, row.identity or ""), Diff()).edits:
            baseline = baseline if changed.touches(edit.path) else put(baseline, edit.path, edit.before)
        return baseline

    return kept
