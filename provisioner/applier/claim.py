"""Whether an object that was found is the one that a step made, and whether one that was not found really is not there.

Pure functions over what the journal and the cloud say. A mistake here deletes somebody's database: nothing is ours by its
name alone.
"""

from __future__ import annotations

from datetime import datetime

from provisioner.applier.history import History
from provisioner.model.place import Place
from provisioner.model.plan import Step, Verb
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import Child, Ownership, ResourceType
from provisioner.model.value import Map, Value


def is_ours(found: Observed, want: Resource, history: History, ownership: Ownership, *, named_by_cloud: bool) -> bool:
    """By its owner tag; by an id that the cloud chose and only our own call can have learned (``named_by_cloud``); else,
    where the creating call cannot mark it, because the journal shows that nothing stood there before a call of ours that
    may have made it."""
    if found.owner is not None:
        return found.owner == want.owner
    unmarked = ownership is not Ownership.TAGGED and (history.in_doubt or history.may_have_made)
    return named_by_cloud or (unmarked and history.shown_absent)


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
