"""What a rule is told about a change, as plain data, and which of it is not known yet. Pure; judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from provisioner.model.change import Action, Change
from provisioner.model.plan import Plan
from provisioner.model.value import (
    EMPTY,
    OPAQUE,
    Map,
    Path,
    Reference,
    Value,
    beneath,
    is_known,
    path_text,
    substitute,
)

LATER = "(known after apply)"
TAKING = (Action.ADOPT, Action.REBASE)  # what they leave standing was made by somebody else
SECRET = "(sensitive)"  # noqa: S105 what is shown instead of one


@dataclass(frozen=True, slots=True)
class Summary:
    """What every rule of one plan is told: the variables ``stack`` and ``plan`` (counts only, never a list of changes).

    lookup: what refers to resources that the plan leaves alone is known already.
    """

    stack: dict[str, Any]
    plan: dict[str, Any]
    lookup: Callable[[Reference], Value]

    @classmethod
    def of(cls, plan: Plan) -> Summary:
        """Count once per plan."""
        actions = Counter(str(change.action) for change in plan.changes)
        types = Counter(change.type for change in plan.changes)
        stack = {"name": plan.stack, "environment": plan.environment, "parameters": plain(plan.parameters)}
        counts = {"total": len(plan.changes), "actions": dict(actions), "types": dict(types)}
        return cls(stack, {"kind": plan.kind, **counts}, plan.lookup())

    def resolve(self, change: Change) -> Change:
        """The change with references to what is known already replaced by it."""
        if change.want is None or not unknowns(change):
            return change
        body, within = (substitute(value, self.lookup) for value in (change.want.body, change.want.within))
        return replace(change, want=replace(change.want, body=body, within=within))


def resulting(change: Change) -> Change:
    """The change with all that stands once it is done. Of an object that is taken as it is that is what was found, but for
    what its entry sets: the next plan brings that about."""
    if change.action not in TAKING or change.want is None or change.have is None:
        return change
    return replace(change, want=replace(change.want, body=_over(change.have.body, change.want.body)))


def _over(found: Value, wanted: Value) -> Value:
    if not (isinstance(found, Mapping) and isinstance(wanted, Mapping)):
        return wanted
    return Map({**found, **{key: _over(found.get(key), item) for key, item in wanted.items()}})


def variables(
    change: Change, summary: Summary, *, hide: bool = False, secret: tuple[Path, ...] = ()
) -> dict[str, dict[str, Any]]:
    """All variables of a change. ``hide``: masked, for messages that people will read, where the change has secrets and at
    the ``secret`` paths."""
    masked = (*secret, *secrets(change)) if hide else ()
    place = change.place
    return {
        "before": plain(change.have.body if change.have else EMPTY, masked),
        "after": plain(change.want.body if change.want else EMPTY, masked),
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


def secrets(change: Change) -> tuple[Path, ...]:
    """Paths in the bodies of a change that no message may tell."""
    own = change.want.secrets if change.want else ()
    return (*own, *(edit.path for edit in change.diff.edits if edit.redacted))


def plain(value: Value, masked: tuple[Path, ...] = ()) -> Any:
    """A value for the engine: plain dicts and lists, null properties left out, a placeholder where it is not known yet.

    The placeholder is never judged: a rule that reads it is put off before it is evaluated. masked: paths inside that are
    not to be told.
    """
    if () in masked:
        return SECRET
    if isinstance(value, Mapping):
        return {key: plain(item, beneath(masked, (key,))) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [plain(item, beneath(masked, (index,))) for index, item in enumerate(value)]
    return value if not isinstance(value, OPAQUE) else SECRET if is_known(value) else LATER


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
