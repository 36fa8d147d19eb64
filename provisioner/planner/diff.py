"""The three-way diff of one resource: wanted × last applied × found → edits, each with its reason and effect.

Only what is wanted, or was applied and is no longer wanted, is compared; what the cloud adds by itself is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provisioner.model.change import Diff, Edit, Reason
from provisioner.model.described import described
from provisioner.model.ledger import LedgerRow
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import Condition, Effect, EffectKind, ResourceType, Sameness
from provisioner.model.secret import hidden_in, is_hidden, secrets
from provisioner.model.value import (
    ABSENT,
    EMPTY,
    HIDDEN,
    OPAQUE,
    PLAIN,
    Absent,
    Map,
    Path,
    Value,
    get,
    is_known,
    matches,
    path_text,
    put,
)
from provisioner.planner.equality import same
from provisioner.planner.items import itemised
from provisioner.planner.sharing import Entries, apart, own_part


def diff(kind: ResourceType, want: Resource, row: LedgerRow | None, have: Observed) -> Diff:
    """What has to change so that ``have`` is as ``want``. A value that is not known yet is an edit by reference."""
    applied = row.applied if row else EMPTY
    base = row.baseline if row and row.baseline is not None else ABSENT
    body = own_part(kind, have.body, want.body, applied)
    edits = [*_wanted(kind, (), want.body, body, applied, base)]
    edits += _removed(kind, (), want.body, body, applied)
    kept = [edit for edit in edits if not ignored(edit.path, want.options.ignore_changes)]
    kept = [itemised(kind, _finish(kind, want, have, edit), row, have.identity) for edit in kept]
    return Diff(tuple(sorted(kept, key=lambda edit: [str(part) for part in edit.path])))


def broken(kind: ResourceType, have: Observed) -> str:
    """What says that the last change of an object came to nothing; empty where nothing does."""
    for path, values in kind.broken_when:
        value = get(have.body, path)
        if isinstance(value, str) and value.casefold() in (each.casefold() for each in values):
            return f"{path_text(path)} is {value}"
    return ""


def drift(kind: ResourceType, row: LedgerRow, have: Observed, entries: Entries | None = None) -> Diff:
    """Where the cloud differs from what it was right after the last apply; churn of what nobody can set is none. entries: None
    where anything in a list that is not the row's own may be an entry's."""
    if row.baseline is None:
        return Diff()
    edits: list[Edit] = []
    baseline, body = (own_part(kind, each, row.applied) for each in (row.baseline, have.body))
    others = [
        child.path for child in kind.children if get(row.applied, child.path) is ABSENT
    ]  # resources with rows of their own
    for each in (each for each in kind.entered if get(row.applied, each.path) is ABSENT):
        if entries is None:
            others.append(each.path)
            continue
        default = next((value for path, value in kind.defaults if path == each.path), ABSENT)
        stood, stands = apart(entries(each.type), get(baseline, each.path), get(body, each.path), default)
        baseline, body = put(baseline, each.path, stood), put(body, each.path, stands)
    if body == baseline:
        return Diff()

    def skipped(path: Path) -> bool:
        return kind.is_read_only(path) or any(path[: len(other)] == other for other in others)

    def churned(path: Path, value: Value, found: Value) -> bool:
        """Whether they differ in nothing that the schema has, or that was applied beyond it."""
        ours = get(row.applied, path)
        return same(kind, path, described(kind, path, value, ours), described(kind, path, found, ours))

    for path, value in _leaves(kind, (), baseline):
        found = get(body, path)
        if skipped(path) or same(kind, path, value, found) or (value == HIDDEN and found is not ABSENT):
            continue
        if not churned(path, value, found):
            redacted = not isinstance(value, tuple) and bool(hidden_in(value) or hidden_in(found))
            edit = Edit(path, before=value, after=found, reason=Reason.DRIFT, redacted=redacted)
            edits.append(itemised(kind, edit, row, have.identity, drift=True))
    edits += [
        Edit(path, before=ABSENT, after=value, reason=Reason.DRIFT)
        for path, value in _leaves(kind, (), body)
        if get(baseline, path) is ABSENT
        and value not in (None, (), EMPTY)
        and not skipped(path)
        and not churned(path, ABSENT, value)
        and not any(edit.path == path[: len(edit.path)] for edit in edits)
    ]
    return Diff(tuple(edits))


def _wanted(kind: ResourceType, path: Path, want: Value, found: Value, applied: Value, base: Value) -> Iterator[Edit]:
    if kind.is_read_only(path) and path:
        return
    if kind.is_write_only(path) and path:
        if not same_as_applied(kind, path, want, applied):
            yield Edit(path, before=applied, after=want, reason=Reason.WANTED)
        return
    if type(want) in PLAIN and type(want) is type(found) and want == found:
        return
    whole = kind.equality(path)
    if isinstance(want, Mapping) and not (whole and whole.sameness is not Sameness.WHOLE):
        inside = found if isinstance(found, Mapping) else EMPTY
        was = applied if isinstance(applied, Mapping) else EMPTY
        stood = base if isinstance(base, Mapping) else EMPTY
        for key, item in want.items():
            other = inside.get(key, ABSENT)
            if type(item) in PLAIN and type(item) is type(other) and item == other and not kind.write_only:
                continue  # as nearly always; the same by any rule
            yield from _wanted(kind, (*path, key), item, other, was.get(key, ABSENT), stood.get(key, ABSENT))
        if whole:  # ours entirely: what was found beyond it goes
            for key in inside:
                if key not in want and key not in was:
                    yield Edit((*path, key), before=inside[key], after=ABSENT, reason=Reason.DRIFT)
        return
    if next(
        secrets(want), None
    ):  # never compared by value: what the cloud shows is sealed here, and seals are compared
        alone = not isinstance(want, tuple)  # in a list each secret is hidden by itself
        if not (same_as_applied(kind, path, want, applied) and same_as_applied(kind, path, applied, want)):
            reason = Reason.WANTED if is_known(want) else Reason.REFERENCE
            before = found if isinstance(found, (Absent, tuple)) or is_hidden(found) else HIDDEN
            yield Edit(path, before=before, after=want, reason=reason, redacted=alone)
        elif base is not ABSENT and (base != HIDDEN or found is ABSENT) and not same(kind, path, base, found):
            yield Edit(path, before=found, after=want, reason=Reason.DRIFT, redacted=alone)
    elif not is_known(want):
        yield Edit(path, before=found, after=want, reason=Reason.REFERENCE)
    elif nothing(want) and nothing(found):
        return
    elif not same(kind, path, want, found):
        reason = Reason.DRIFT if applied is not ABSENT and same(kind, path, want, applied) else Reason.WANTED
        yield Edit(path, before=found, after=want, reason=reason)


def same_as_applied(kind: ResourceType, path: Path, want: Value, applied: Value) -> bool:
    """Whether the wanted value is the one that was last applied. Of a map that the cloud never returns every part counts."""
    if kind.is_write_only(path) and isinstance(want, Map) and isinstance(applied, Map) and not kind.equality(path):
        parts = {*want, *applied}
        return all(same_as_applied(kind, (*path, key), want.get(key), applied.get(key)) for key in parts)
    return applied is not ABSENT and (want == applied or same(kind, path, want, applied))


def _removed(kind: ResourceType, path: Path, want: Value, found: Value, applied: Value) -> Iterator[Edit]:
    """What was applied, is wanted no longer, and still stands: back to the default where the type's data has one."""
    rule = kind.equality(path) if path else None
    as_one = not isinstance(want, Mapping) or (rule and rule.sameness is not Sameness.WHOLE)
    if as_one or not isinstance(applied, Mapping):  # then it is wanted otherwise as a whole, if at all
        return
    for key, was in applied.items():
        wanted = want.get(key, ABSENT)
        if type(wanted) in PLAIN:
            continue
        here = (*path, key)
        inside = found.get(key, ABSENT) if isinstance(found, Mapping) else ABSENT
        if wanted is not ABSENT:
            yield from _removed(kind, here, wanted, inside, was)
        elif not nothing(inside) and not kind.is_read_only(here):
            default = default_of(kind, here)
            if default is ABSENT and isinstance(was, Mapping) and not kind.equality(here):
                yield from _removed(kind, here, EMPTY, inside, was)
            elif default is ABSENT or not same(kind, here, default, inside):
                yield Edit(here, before=inside, after=default, reason=Reason.REMOVED)


def default_of(kind: ResourceType, path: Path) -> Value:
    """What the cloud takes at a path where nothing is set; ABSENT where the type's data does not say."""
    return next((value for pattern, value in kind.defaults if matches(pattern, path)), ABSENT)


def nothing(value: Value) -> bool:
    """Whether a value is how clouds show that nothing is set."""
    return value is ABSENT or value is None or value in ((), EMPTY, "")


def ignored(path: Path, patterns: tuple[Path, ...]) -> bool:
    """Whether a path, or one that encloses it, is to be ignored."""
    return any(len(p) <= len(path) and matches(p, path[: len(p)]) for p in patterns)


def _finish(kind: ResourceType, want: Resource, have: Observed, edit: Edit) -> Edit:
    effect = effect_of(kind, edit, have.body, want.body)
    sensitive = any(matches(pattern, edit.path[: len(pattern)]) for pattern in kind.sensitive)
    sensitive = sensitive or edit.redacted
    source = want.line_of(edit.path)
    return Edit(edit.path, edit.before, edit.after, edit.reason, effect, source, sensitive)


def effect_of(kind: ResourceType, edit: Edit, before: Map, after: Map) -> EffectKind:
    """What it takes to make this edit; the first effect of the type that lies at, above or beneath it and holds."""
    for effect in kind.effects:
        if _reaches(effect, edit) and all(holds(condition, before, after) for condition in effect.when):
            return effect.kind
    return EffectKind.IN_PLACE


def _reaches(effect: Effect, edit: Edit) -> bool:
    length = len(effect.path)
    if length <= len(edit.path):
        return matches(effect.path, edit.path[:length])
    if not matches(effect.path[: len(edit.path)], edit.path):
        return False
    rest = effect.path[len(edit.path) :]
    before, after = all_at(edit.before, rest), all_at(edit.after, rest)
    return before != after


def all_at(value: Value, path: Path) -> list[Value]:
    """The values at a pattern (``"*"``: any key or index) inside a value."""
    if not path:
        return [value]
    head, rest = path[0], path[1:]
    if head == "*":
        items: Any = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else ()
        return [found for item in items for found in all_at(item, rest)]
    inside = get(value, (head,)) if isinstance(value, (Mapping, tuple)) else ABSENT
    return [] if inside is ABSENT else all_at(inside, rest)


def holds(condition: Condition, before: Map, after: Map) -> bool:
    """Whether a condition is met by the bodies before and after."""
    mine = get(before if condition.side == "before" else after, condition.path)
    other = get(after if condition.side == "before" else before, condition.path)
    if isinstance(mine, OPAQUE) or isinstance(other, OPAQUE):
        return True  # not known yet, or not said: take the graver effect
    match condition.op:
        case "equals":
            return bool(mine == condition.value)
        case "in":
            return mine in condition.value
        case "contains":
            return isinstance(mine, (tuple, str, Mapping)) and condition.value in mine
        case "grows":
            return _size(mine) > _size(other)
        case "shrinks":
            return _size(mine) < _size(other)
    raise ValueError(f"unknown condition {condition.op!r}")


def _size(value: Value) -> float:
    """How large a number, a list or an address range is."""
    if isinstance(value, str):
        prefix = value.rpartition("/")[2]
        if "/" in value and prefix.isdecimal():
            return -float(prefix)
        try:
            return float(value)
        except ValueError:
            return float(len(value))
    if isinstance(value, (int, float)):
        return float(value)
    return float(len(value)) if isinstance(value, (tuple, Mapping)) else 0.0


def _leaves(kind: ResourceType, path: Path, value: Value) -> Iterator[tuple[Path, Value]]:
    """What stands in a body, down to where it is compared as one value."""
    rule = kind.equality(path) if path else None
    if isinstance(value, Mapping) and not (rule and rule.sameness is not Sameness.WHOLE):
        for key, item in value.items():
            yield from _leaves(kind, (*path, key), item)
    elif path:
        yield path, value
