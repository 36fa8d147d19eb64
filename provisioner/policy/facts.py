"""What a rule is told about a change, as plain data, and which of it is not known yet. Pure; judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from provisioner.model.change import Change
from provisioner.model.plan import Known, Plan
from provisioner.model.value import (
    ABSENT,
    EMPTY,
    OPAQUE,
    Path,
    Reference,
    Value,
    get,
    path_text,
    put,
    substitute,
)

LATER = "(known after apply)"
SECRET = "(sensitive)"  # noqa: S105 what is shown instead of one


@dataclass(frozen=True, slots=True)
class Summary:
    """What every rule of one plan is told: the variables ``stack`` and ``plan`` (counts only, never a list of changes).

    knowns: resources that the plan leaves alone; what refers to them is known already.
    """

    stack: dict[str, Any]
    plan: dict[str, Any]
    knowns: Mapping[str, Known]

    @classmethod
    def of(cls, plan: Plan) -> Summary:
        """Count once per plan."""
        actions = Counter(str(change.action) for change in plan.changes)
        types = Counter(change.type for change in plan.changes)
        stack = {"name": plan.stack, "environment": plan.environment, "parameters": plain(plan.parameters)}
        counts = {"total": len(plan.changes), "actions": dict(actions), "types": dict(types)}
        return cls(stack, {"kind": plan.kind, **counts}, {known.address: known for known in plan.knowns})

    def resolve(self, change: Change) -> Change:
        """The change with references to what is known already replaced by it."""
        if change.want is None or not self.knowns:
            return change
        body, within = (substitute(value, self._look_up) for value in (change.want.body, change.want.within))
        return replace(change, want=replace(change.want, body=body, within=within))

    def _look_up(self, reference: Reference) -> Value:
        known = self.knowns.get(reference.address)
        if known is None:
            return ABSENT
        return get(known.body, reference.path) if reference.path else known.identity


def variables(
    change: Change, summary: Summary, *, hide: bool = False, secret: tuple[Path, ...] = ()
) -> dict[str, dict[str, Any]]:
    """All variables of a change. ``hide``: masked, for messages that people will read, where an edit is redacted and at
    the ``secret`` paths."""
    after, before = (change.want.body if change.want else EMPTY), (change.have.body if change.have else EMPTY)
    if hide:
        for path in (*secret, *(edit.path for edit in change.diff.edits if edit.redacted)):
            after, before = (put(body, path, SECRET) for body in (after, before))
    place = change.place
    return {
        "before": plain(before),
        "after": plain(after),
        "change": {
            "action": str(change.action),
            "paths": [path_text(edit.path) for edit in change.diff.edits],
            "reasons": sorted({str(because.reason) for because in change.because}),
            "undo": str(change.undo.label),
            "retain": change.retain,
        },
        "resource": {
            "address": change.address,
            "type": change.type,
            "cloud": place.cloud,
            "place": place.name,
            "account": place.account,
            "region": place.region,
            "within": plain(change.want.within) if change.want else {},
            "protect": bool(change.want and change.want.options.protect),
        },
        "stack": summary.stack,
        "plan": summary.plan,
    }


def plain(value: Value) -> Any:
    """A value for the engine: plain dicts and lists, null properties left out, a placeholder where it is not known yet.

    The placeholder is never judged: a rule that reads it is put off before it is evaluated.
    """
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return LATER if isinstance(value, OPAQUE) else value


def unknowns(change: Change) -> tuple[Path, ...]:
    """Where in the variables of a change a value is not known yet."""
    if change.want is None:
        return ()
    body = (("after", *path) for path in _leaves(change.want.body))
    return (*body, *(("resource", "within", *path) for path in _leaves(change.want.within)))


def _leaves(value: Value) -> Iterator[Path]:
    if isinstance(value, OPAQUE):
        yield ()
    elif isinstance(value, Mapping):
        for key, item in value.items():
            for path in _leaves(item):
                yield (key, *path)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            for path in _leaves(item):
                yield (index, *path)


def without_items(values: Mapping[str, Any], items: Iterable[Path]) -> dict[str, Any]:
    """The variables without some items of lists and maps; all others keep their order."""
    gone = set(items)

    def copy(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {key: copy(item, (*path, key)) for key, item in value.items() if (*path, key) not in gone}
        if isinstance(value, list):
            return [copy(item, (*path, index)) for index, item in enumerate(value) if (*path, index) not in gone]
        return value

    return {key: copy(value, (key,)) for key, value in values.items()}
