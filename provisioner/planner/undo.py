"""How well a change could be put back: the label that the reviewer sees before anything is done."""

from __future__ import annotations

from provisioner.model.change import Action, Diff, Edit, Reason, Undo, UndoLabel
from provisioner.model.resource_type import EffectKind, ResourceType
from provisioner.model.secret import hidden_in, is_hidden, secrets
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Value, get, path_text
from provisioner.planner.diff import all_at, effect_of

_EXACT = Undo(UndoLabel.EXACT)


def stuck(kind: ResourceType, edit: Edit, before: Map, after: Map) -> bool:
    """Whether an edit of an existing object, from one body to another, cannot be made on that object."""
    return effect_of(kind, edit, before, after) in (EffectKind.REPLACE, EffectKind.REFUSE)


def left_at(kind: ResourceType, path: Path) -> Value:
    """What an undo leaves at a path that was not set and cannot be unset; ABSENT where it can."""
    at = next((at for at, _ in kind.sticky if path[: len(at)] == at), None)
    default = ABSENT if at is None else next((value for where, value in kind.defaults if where == at), ABSENT)
    return default if at is None or default is ABSENT else get(default, path[len(at) :])


def undo_of(
    action: Action,
    kind: ResourceType,
    diff: Diff = Diff(),  # noqa: B008
    *,
    retain: bool = False,
    have: Map = EMPTY,
    want: Map = EMPTY,
) -> Undo:
    """The label of one change and, where it is not exact, what is lost. have, want: the bodies before and after it."""
    if action in (Action.REPLACE, Action.DELETE) and not retain:
        if kind.data_store:
            return Undo(UndoLabel.LOSSY, "its contents are lost with it")
        if lost := [path for path, values in kind.data_within if any(v in values for v in all_at(have, path))]:
            return Undo(UndoLabel.LOSSY, f"the data of what is deleted with it is lost ({path_text(lost[0])})")
        if kind.natural_key:
            return Undo(
                UndoLabel.LOSSY, "made again under the same name; what the cloud assigned (addresses, ids) may differ"
            )
        return Undo(UndoLabel.LOSSY, "made again as a new object with a new id")
    if action is Action.UPDATE:
        for edit in diff.edits:
            if stuck(kind, Edit(edit.path, edit.after, edit.before), want, have):
                return Undo(UndoLabel.IMPOSSIBLE, f"{path_text(edit.path)} cannot be set back on an existing object")
        outside = [edit for edit in diff.edits if edit.reason is Reason.DRIFT and is_hidden(edit.before)]
        if outside:
            name = path_text(outside[0].path)
            return Undo(UndoLabel.LOSSY, f"the secret that was written to {name} outside orch is kept nowhere")
        hidden = [e for e in diff.edits if hidden_in(e.before) or any(secrets(e.after))]
        if hidden:
            name = path_text(hidden[0].path)
            return Undo(UndoLabel.LOSSY, f"the former {name} is put back only while its secret can still be had")
        for edit in diff.edits:
            if edit.before is ABSENT and (what := next((w for at, w in kind.sticky if edit.path[: len(at)] == at), "")):
                return Undo(UndoLabel.LOSSY, f"{path_text(edit.path)} cannot be unset: {what}")
        unread = [edit for edit in diff.edits if kind.is_write_only(edit.path)]
        if unread:
            return Undo(UndoLabel.LOSSY, "the cloud does not show the former value of " + str(unread[0].path[-1]))
    return _EXACT
