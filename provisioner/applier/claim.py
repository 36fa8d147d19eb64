"""Whether an object that was found is the one that a step made, and whether one that was not found really is not there.

Pure functions over what the journal and the cloud say. A mistake here deletes somebody's database: nothing is ours by its
name alone, nor by its name and our having tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from provisioner.applier.history import History
from provisioner.model.change import Edit
from provisioner.model.place import Place
from provisioner.model.plan import Step, Verb
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import Child, Ownership, ResourceType
from provisioner.model.secret import secrets
from provisioner.model.value import ABSENT, Map, Path, Value, get, path_text
from provisioner.planner.diff import default_of, diff, nothing
from provisioner.planner.equality import same

_APART = 300.0  # seconds by which two clocks may differ: with more than that, AWS takes no request
_UNDER_WAY = 300.0  # seconds after which nothing comes of a request that got no answer


def is_ours(found: Observed, want: Resource, history: History, ownership: Ownership, *, named_by_cloud: bool) -> bool:
    """By its owner tag; by an id that the cloud chose and only our own call can have learned (``named_by_cloud``); else,
    where the creating call cannot mark it, because the journal shows that nothing stood there before a call of ours that
    may have made it. That it was another's call is what ``against`` may show then."""
    if found.owner is not None:
        return found.owner == want.owner
    unmarked = ownership is not Ownership.TAGGED and (history.in_doubt or history.may_have_made)
    return named_by_cloud or (unmarked and history.shown_absent)


def against(kind: ResourceType, found: Observed, want: Resource, history: History) -> str:
    """Why an object without a mark need not be what our create has made; empty where nothing speaks against it. want: with its
    secrets, as far as they can be had."""
    others = dict.fromkeys([*_set_otherwise(kind, want, found), *_set_beyond(kind, want.body, found.body)])
    if others:
        verb, them = ("are", "them") if len(others) > 1 else ("is", "it")
        return f"{' and '.join(map(path_text, others))} {verb} not as this run makes {them}"
    for path in kind.born_at:
        born = _moment(found.attribute(path))
        if born is None or not history.first_at:
            continue
        if (datetime.fromisoformat(history.first_at) - born).total_seconds() > _APART:
            return f"it was made at {born:%Y-%m-%d %H:%M:%S} UTC, before this run has tried to"
        late = _APART + _UNDER_WAY + kind.settles_within(found.place)
        if (born - datetime.fromisoformat(max(history.heard_at, history.intent_at))).total_seconds() > late:
            return f"it was made at {born:%Y-%m-%d %H:%M:%S} UTC, long after this run has tried to"
    return ""


def _set_otherwise(kind: ResourceType, want: Resource, found: Observed) -> Iterator[Path]:
    """Where a create sets a value and another one stands. Of several calls some may be lacking: what is absent, at its default,
    or a part of a list does not count."""
    everything = replace(want, options=replace(want.options, ignore_changes=()))
    for edit in diff(kind, everything, None, found).edits:
        untold = any(secrets(edit.after))  # a secret that cannot be had now
        if not (untold or nothing(edit.before) or _at_default(kind, edit.path, edit.before) or _part(kind, edit)):
            yield edit.path


def _part(kind: ResourceType, edit: Edit) -> bool:
    if not (isinstance(edit.before, tuple) and isinstance(edit.after, tuple)):
        return False
    at = (*edit.path, 0)
    return all(any(same(kind, at, wanted, item) for wanted in edit.after) for item in edit.before)


def _set_beyond(kind: ResourceType, want: Map, found: Map) -> Iterator[Path]:
    """Where a create sets nothing, and what stands there no cloud has set by itself: not the default, a description, a tag."""
    paths = [path for path, _ in kind.defaults if "*" not in path]
    for above in ((), ("properties",)):
        inside = get(found, above)
        paths += [(*above, key) for key in inside or () if isinstance(inside, Map) and key.casefold() == "description"]
    for path in paths:
        value = get(found, path)
        ours = get(want, path) is not ABSENT or kind.is_read_only(path)
        if not (ours or nothing(value) or _at_default(kind, path, value)):
            yield path
    if kind.tags and _tagged(get(found, kind.tags.path)) - _tagged(get(want, kind.tags.path)):
        yield kind.tags.path


def _tagged(tags: Value) -> set[str]:
    """The names of tags, in either shape."""
    names = [item.get("Key") for item in tags if isinstance(item, Map)] if isinstance(tags, tuple) else tags
    return {str(name) for name in names} if isinstance(names, (list, Map)) else set()


def _at_default(kind: ResourceType, path: Path, value: Value) -> bool:
    """Whether a value is what a cloud takes where nothing is set. Where nobody has said what that is, nothing, zero and false may
    be, as far as calls of the create can be lacking: those that follow the one that makes it, as that of the mark does."""
    default = default_of(kind, path)
    if default is not ABSENT:
        return same(kind, path, default, value)
    return value == "" or (kind.ownership is Ownership.TAGGED_AFTER and value == 0)


def _moment(value: Value) -> datetime | None:
    """The time that a cloud tells, in whichever form; None where it is none."""
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdecimal():
            told = datetime.fromisoformat(value)
            return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
        seconds = float(value)
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def brought(step: Step, kind: ResourceType) -> set[tuple[str, str]]:
    """The objects that an update makes, once it is done, by its list of them: type, and identity in small letters. The list
    that stood before, which the update was made for, had not got them."""
    out: set[tuple[str, str]] = set()
    for child in kind.children if step.verb is Verb.UPDATE else ():
        for edit in (edit for edit in step.diff.edits if edit.path == child.path):
            out |= _listed(edit.after, child) - _listed(edit.before, child)
    return out


def _listed(value: Value, child: Child) -> set[tuple[str, str]]:
    items = value if isinstance(value, tuple) else ()
    return {(child.type, str(item.get(child.id, "")).casefold()) for item in items if isinstance(item, Map)}


def needs_absent_read(kind: ResourceType, history: History) -> bool:
    """Whether a create has to be preceded by a read that shows the object absent, so that it can be claimed later."""
    tagged = kind.ownership is Ownership.TAGGED
    return kind.creates_over or not (tagged or history.shown_absent)


def replays(kind: ResourceType, history: History, now: str) -> bool:
    """Whether the last create, sent again with its token, would make nothing new. ``now``: ISO 8601 UTC."""
    return bool(history.intent_at) and _age(history.intent_at, now) < kind.replays


def still_invisible(kind: ResourceType, place: Place, history: History, now: str) -> float:
    """Seconds for which the absence of what may have been created proves nothing yet. ``now``: ISO 8601 UTC."""
    within = kind.settles_within(place)
    if not history.intent_at or not within:
        return 0.0
    return max(0.0, within - _age(history.intent_at, now))


def _age(since: str, now: str) -> float:
    return (datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds()
