"""Programs: which calls a create, an update and a delete are made of, in which order, and what is waited for between them.

A step of a program is a name: of a call of the type's table, with ``#2`` behind it where it is made for the third of several, or
``wait``. Names, because a program is journalled and must not hold a property's value. Pure functions; no request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from providers.aws.kinds import Kind
from providers.aws.table import Call, Table, Wait
from providers.aws.terms import Frame, given
from providers.kit import tags as tagging
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.resource import Observed, Resource
from provisioner.model.value import ABSENT, EMPTY, Map, Path, get, path_text, put

CREATE, UPDATE, DELETE = "create", "update", "delete"
WAIT = "wait"
LOOK_BACK, TAKE_BACK = "look back", "take back"

# --- steps ----------------------------------------------------------------------------------------------------------------


def wait_of(table: Table, verb: str) -> Wait | None:
    """What is waited for in a verb's program."""
    return table.ends if verb == DELETE else table.settles


def step(table: Table, name: str, frame: Frame) -> tuple[Call, Frame]:
    """A step's call, and the frame that it is made in."""
    called, _, number = name.partition("#")
    call = table.call(called)
    if call.each is None:
        return call, frame
    return call, replace(frame, item=call.each(frame)[int(number)])


def creation(table: Table, frame: Frame) -> list[str]:
    """After the creating call: tags where that cannot take them, and properties that it cannot set."""
    at_once = {each[0] for each in table.create.paths}
    tags = [] if table.tags_on_create else [call for call in table.tags if call.when(frame)]
    rest = [
        call
        for call in table.updates
        if not all(each[0] in at_once for each in call.paths)
        and any(_beyond_default(call, frame, each) for each in call.paths)
        and call.when(frame)
    ]
    wait = [WAIT] if table.settles else []
    return [*_named(tags, frame), *wait, *_settled(table, rest, frame)]


def _beyond_default(call: Call, frame: Frame, where: Path) -> bool:
    wanted = given(frame.want, where)
    return wanted is not ABSENT and (call.even_default or wanted != get(frame.have, where))


def changes(kind: Kind, table: Table, frame: Frame, diff: Diff) -> list[str]:
    """What an update needs. An edit that no call can make is an error: nothing is left out silently."""
    settable = [
        *(each for call in table.updates for each in call.paths),
        *([kind.type.tags.path] if kind.type.tags else ()),
    ]
    for edit in diff.edits:
        left_as_it_is = edit.after is ABSENT  # it has no default, and the plan has said so
        once = kind.type.is_write_only(edit.path)  # went with the create, and cannot be compared
        if not left_as_it_is and not once and not Diff((edit,)).touches(*settable):
            message = f"{kind.type.name}.{path_text(edit.path)} cannot be changed in place"
            raise ProviderError(
                Fault.INVALID, message, cloud="aws", service=kind.type.service, region=frame.place.region
            )
    sets = [
        call
        for call in table.updates
        if diff.touches(*call.paths)
        and any(get(frame.want, each) is not ABSENT for each in call.paths)
        and call.when(frame)
    ]
    return [*_settled(table, sets, frame), *_named([call for call in table.tags if call.when(frame)], frame)]


def restoration(table: Table, frame: Frame) -> list[str]:
    """What follows when an object is taken back: our mark, and every property, as none of them is known."""
    marks = [call for call in table.tags if call.when(frame)]
    wanted = (call for call in table.updates if any(given(frame.want, each) is not ABSENT for each in call.paths))
    return [*_named(marks, frame), *_settled(table, [call for call in wanted if call.when(frame)], frame)]


def removal(table: Table, frame: Frame) -> list[str]:
    """What a delete needs."""
    first = [call for call in table.before_delete if call.when(frame)]
    return [*_named([*first, table.delete], frame), *([WAIT] if table.ends else [])]


def _settled(table: Table, calls: Sequence[Call], frame: Frame) -> Iterator[str]:
    for call in calls:
        names = list(_named([call], frame))
        yield from names
        if names and table.settles:
            yield WAIT


def _named(calls: Iterable[Call], frame: Frame) -> Iterator[str]:
    for call in calls:
        if call.each is None:
            yield call.name
        else:
            yield from (f"{call.name}#{number}" for number in range(len(call.each(frame))))


# --- frames ---------------------------------------------------------------------------------------------------------------


def creating(kind: Kind, table: Table, want: Resource, token: str) -> Frame:
    """What a create is made of: before it there is what AWS takes by itself."""
    tags = tagging.join(kind.tags_in(want.body), want.owner)
    identity = kind.identity_of(want)
    return Frame(
        want.place,
        identity=kind.split_identity(identity) if identity else EMPTY,
        want=want.body,
        have=table.at_birth,
        tags=Map(tags),
        owner=want.owner,
        new=True,
        token=token,
    )


def returning(kind: Kind, table: Table, want: Resource, token: str, identity: str, stale: Iterable[str]) -> Frame:
    """What is set on an object that is taken back: before it there is nothing that is known, but the keys of its tags."""
    frame = creating(kind, table, want, token)
    return replace(
        frame,
        identity=kind.split_identity(identity) if identity else frame.identity,
        want=Map({**table.at_birth, **want.body}),
        have=EMPTY,
        old_tags=Map(dict.fromkeys(stale, "")),
        new=False,
    )


def updating(kind: Kind, have: Observed, want: Resource, diff: Diff, token: str) -> Frame:
    """What an update is made of. Tags that the diff does not touch stay as they are; the owner's always follow ``want``."""
    before = kind.tags_in(have.body)
    touched = bool(kind.type.tags and diff.touches(kind.type.tags.path))
    wanted: Any = _over(have.body, want.body)
    for edit in diff.edits:  # what has left the blueprint goes back to the default that the plan shows, or is unset
        through_maps = all(isinstance(part, str) for part in edit.path)
        if through_maps and get(want.body, edit.path) is ABSENT:
            wanted = put(wanted, edit.path, edit.after)
    return Frame(
        want.place,
        identity=kind.split_identity(have.identity),
        want=wanted,
        have=_own(kind, have.body, diff),
        tags=Map(tagging.join(kind.tags_in(want.body) if touched else before, want.owner)),
        old_tags=Map(tagging.join(before, have.owner)),
        owner=want.owner,
        token=token,
    )


def removing(kind: Kind, have: Observed, token: str) -> Frame:
    """What a delete is made of."""
    return Frame(have.place, kind.split_identity(have.identity), have=have.body, token=token)


def _own(kind: Kind, have: Map, diff: Diff) -> Map:
    """The body before, of what others have put into its lists without their items, which are no part of any edit."""
    shared = [where for where, _ in kind.type.shared]
    for edit in diff.edits:
        if edit.path in shared:
            have = put(have, edit.path, edit.before)
    return have


def _over(have: Map, want: Map) -> Map:
    """The wanted body where a map that is wanted in part keeps the rest of what stands there: AWS sets such a map as a
    whole, and what the plan does not show must not change."""
    parts = {
        key: _over(have[key], item)
        for key, item in want.items()
        if isinstance(item, Map) and isinstance(have.get(key), Map)
    }
    return Map({**want, **{key: Map({**have[key], **part}) for key, part in parts.items()}})
