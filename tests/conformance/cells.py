"""The cells that every resource type goes through. Each is a function of a trial that has begun; it returns or asserts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from providers.kit.server import Rule
from provisioner.model.change import Action, Reason, UndoLabel
from provisioner.model.resource_type import EffectKind, ResourceType
from provisioner.model.value import Path, get, path_text
from provisioner.planner.equality import same
from tests.conformance.case import Case
from tests.conformance.trial import Trial
from tests.sandboxes import faults, requests

Cell = Callable[[Trial], None]


def create(trial: Trial) -> None:
    """One apply makes it, exactly once, marked as ours where the type can be."""
    stack = trial.stack()
    plan = trial.plan(stack)
    assert {change.action for change in plan.changes} == {Action.CREATE}
    trial.apply(plan)
    trial.check_exists(stack)


def noop(trial: Trial) -> None:
    """A plan right after the apply is empty, dependents included; applied once more, nothing is sent that writes."""
    stack = trial.stack(dependents=True)
    trial.apply(stack)
    trial.check_settled(stack)


def read_back(trial: Trial) -> None:
    """Every property that was set is read: none is sent and then forgotten."""
    stack = trial.stack()
    trial.apply(stack)
    row = trial.row()
    assert row.baseline is not None, "there is no baseline after the apply"
    for path, wanted in _leaves(trial.kind, (), row.applied):
        found = get(row.baseline, path)
        assert same(trial.kind, path, wanted, found), (
            f"{path_text(path)} was set to {wanted!r} and is read as {found!r}"
        )


def update(trial: Trial) -> None:
    """Each change in place leaves the object the same one, and changes it."""
    trial.apply(trial.stack())
    for number in range(1, len(trial.case.updates) + 1):
        before, stack = trial.found(), trial.stack(*trial.case.updates[:number])
        plan = trial.plan(stack)
        trial.check_only(plan, Action.UPDATE)
        trial.apply(plan)
        after = trial.found()
        assert (after.identity, after.stamp) == (before.identity, before.stamp), "it is another object now"
        assert after.body != before.body, f"nothing has changed at the endpoint by {trial.case.updates[number - 1]}"
        trial.check_exists(stack)
        trial.check_settled(stack)


def replace(trial: Trial) -> None:
    """Each forced replacement makes another object, and what depends on it follows."""
    trial.apply(trial.stack(dependents=True))
    for number in range(1, len(trial.case.replaces) + 1):
        before, stack = trial.found(), trial.stack(*trial.case.replaces[:number], dependents=True)
        plan = trial.plan(stack)
        assert trial.change(plan).action is Action.REPLACE, f"planned as {trial.change(plan).action}"
        trial.apply(plan)
        assert trial.found().stamp != before.stamp, "it is still the same object"
        assert trial.row().generation == number + 1
        trial.check_exists(stack)
        trial.check_settled(stack)


def drift(trial: Trial) -> None:
    """Changed behind our back: shown as drift and as exactly one change in place, which an apply makes."""
    behind = trial.case.behind
    assert behind is not None, "the case does not say how to change it behind our back"
    stack, path = trial.stack(), tuple(behind.path.split("."))
    trial.apply(stack)
    before = trial.found()
    trial.hands.meddle(behind.call, before)
    plan = trial.plan(stack)
    assert [item.address for item in plan.drift] == ["subject"], f"drift: {plan.drift}"
    assert plan.drift[0].diff.touches(path), f"drift at {[path_text(e.path) for e in plan.drift[0].diff.edits]}"
    assert plan.drift[0].reverted, "the plan does not revert the drift"
    trial.check_only(plan, Action.UPDATE)
    assert {why.reason for why in trial.change(plan).because} == {Reason.DRIFT}, trial.change(plan).because
    trial.apply(plan, confirmed=True)  # whoever meddled may have taken our mark off too
    assert trial.found().stamp == before.stamp, "it is another object now"
    trial.check_exists(stack)
    trial.check_settled(stack)


def gone(trial: Trial) -> None:
    """Deleted behind our back: planned as a create because of that, and made again."""
    stack = trial.stack()
    trial.apply(stack)
    trial.hands.remove(trial.found())
    plan = trial.plan(stack)
    assert [(item.address, item.gone) for item in plan.drift] == [("subject", True)], f"drift: {plan.drift}"
    trial.check_only(plan, Action.CREATE)
    assert [why.reason for why in trial.change(plan).because] == [Reason.MISSING]
    trial.apply(plan)
    trial.check_exists(stack)
    trial.check_settled(stack)


def rollback(trial: Trial) -> None:
    """The rollback of the run that made it leaves nothing; that of an update puts its properties back, or
    leaves those of which the reviewed plan said that they cannot be."""
    stack = trial.stack()
    trial.rollback(trial.apply(stack))
    trial.check_empty()
    trial.apply(stack)
    for edits in trial.case.updates:
        before, plan = trial.found(), trial.plan(trial.stack(edits))
        lasting = trial.change(plan).undo.label is UndoLabel.IMPOSSIBLE
        trial.rollback(trial.apply(plan))
        assert trial.found().stamp == before.stamp, "it is another object now"
        left = trial.stack(edits) if lasting else stack
        trial.check_exists(left)
        trial.check_settled(left)
        if lasting:  # as the reviewed plan said: start again
            trial.begin()
            trial.apply(stack)


def rollback_replace(trial: Trial) -> None:
    """The rollback of a replacement leaves an object with the former properties, and its dependents on it."""
    stack = trial.stack(dependents=True)
    trial.apply(stack)
    for edits in trial.case.replaces:
        trial.rollback(trial.apply(trial.stack(edits, dependents=True)))
        trial.check_exists(stack)
        trial.check_settled(stack)


def rollback_delete(trial: Trial) -> None:
    """The rollback of a destroy makes everything again."""
    stack = trial.stack(dependents=True)
    trial.apply(stack)
    trial.rollback(trial.destroy(stack))
    trial.check_exists(stack)
    trial.check_settled(stack)


def lost_answer(trial: Trial) -> None:
    """Every writing call of the create is done, but its answer lost: it exists exactly once afterwards."""
    stack = trial.stack()
    trial.apply(stack)
    calls = trial.writes()
    trial.begin()
    faults(trial.place.endpoint, *(Rule("lost", f"^{re.escape(name)} ") for name in calls))
    trial.apply(stack)
    lost = [entry["operation"] for entry in requests(trial.place.endpoint) if entry["status"] == 0]
    assert set(lost) == set(calls), f"lost the answers of {lost}, not of {calls}"
    faults(trial.place.endpoint)
    trial.check_exists(stack)
    trial.check_settled(stack)
    trial.destroy(stack)
    trial.check_empty()


def throttled(trial: Trial) -> None:
    """Every writing call of a whole life is throttled once, and nothing is worse for it."""
    _life(trial)
    calls = trial.writes()
    trial.begin()
    faults(trial.place.endpoint, *(Rule("throttle", f"^{re.escape(name)} ") for name in calls))
    _life(trial)
    slowed = {e["operation"] for e in requests(trial.place.endpoint) if e["status"] in (400, 403, 429, 503)}
    assert slowed >= set(calls), f"not throttled: {sorted(set(calls) - slowed)}"


def _life(trial: Trial) -> None:
    """Created, changed in place, destroyed."""
    stack = trial.stack()
    trial.apply(stack)
    for edits in trial.case.updates:
        stack = trial.stack(edits)
        trial.apply(stack)
    trial.check_exists(stack)
    trial.check_settled(stack)
    trial.destroy(stack)
    trial.check_empty()


def delete(trial: Trial) -> None:
    """A destroy leaves the endpoint empty, and then there is nothing to destroy."""
    stack = trial.stack(dependents=True)
    trial.apply(stack)
    trial.destroy(stack)
    trial.check_empty()
    assert trial.plan(stack, destroy=True).empty


CELLS: Mapping[str, Cell] = {
    cell.__name__: cell
    for cell in (
        create,
        noop,
        read_back,
        update,
        replace,
        drift,
        gone,
        rollback,
        rollback_replace,
        rollback_delete,
        lost_answer,
        throttled,
        delete,
    )
}
_OF_MUTABLE = frozenset({"update", "drift"})
_OF_REPLACEABLE = frozenset({"replace", "rollback_replace"})


def applies(cell: str, kind: ResourceType) -> bool:
    """Whether a cell makes sense for a type, by the type's own data."""
    if cell in _OF_MUTABLE:
        return any(True for _ in _mutable(kind))
    return cell not in _OF_REPLACEABLE or bool(kind.natural_key) or any(True for _ in _create_only(kind))


def missing(case: Case, kind: ResourceType) -> list[str]:
    """What a case ought to say about its type and does not."""
    wanted = {"updates": "update", "behind": "drift", "replaces": "replace"}
    return [name for name, cell in wanted.items() if applies(cell, kind) and not getattr(case, name)]


def _settable(kind: ResourceType) -> list[Path]:
    """The properties at the top of a body that an entry may set."""
    declared: Mapping[str, Any] = kind.schema.get("properties", {})
    return [(name,) for name, schema in declared.items() if schema is not False and not kind.is_read_only((name,))]


def _create_only(kind: ResourceType) -> list[Path]:
    first = {path[0] for path in _settable(kind)}
    return [e.path for e in kind.effects if e.kind is EffectKind.REPLACE and e.path[0] in first]


def _mutable(kind: ResourceType) -> list[Path]:
    fixed = {e.path for e in kind.effects if e.kind in (EffectKind.REPLACE, EffectKind.REFUSE) and not e.when}
    loose = {e.path for e in kind.effects if e.kind is EffectKind.IN_PLACE}
    return [path for path in _settable(kind) if path not in fixed or path in loose]


def _leaves(kind: ResourceType, path: Path, value: Any) -> list[tuple[Path, Any]]:
    """What was set, down to where it is compared as one value."""
    if isinstance(value, Mapping) and not (path and kind.equality(path)):
        return [leaf for name, item in value.items() for leaf in _leaves(kind, (*path, name), item)]
    return [] if kind.is_write_only(path) else [(path, value)]
