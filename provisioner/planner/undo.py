"""How well a change could be put back: the label that the reviewer sees before anything is done."""

from __future__ import annotations

from provisioner.model.change import Action, Diff, Undo, UndoLabel
from provisioner.model.resource_type import ResourceType

_EXACT = Undo(UndoLabel.EXACT)


def undo_of(action: Action, kind: ResourceType, diff: Diff = Diff(), *, retain: bool = False) -> Undo:  # noqa: B008
    """The label of one change and, where it is not exact, what is lost."""
    if action in (Action.REPLACE, Action.DELETE) and not retain:
        if kind.data_store:
            return Undo(UndoLabel.LOSSY, "its contents are lost with it")
        if kind.natural_key:
            return Undo(
                UndoLabel.LOSSY, "made again under the same name; what the cloud assigned (addresses, ids) may differ"
            )
        return Undo(UndoLabel.LOSSY, "made again as a new object with a new id")
    if action is Action.UPDATE:
        unread = [edit for edit in diff.edits if kind.is_write_only(edit.path)]
        if unread:
            return Undo(UndoLabel.LOSSY, "the cloud does not show the former value of " + str(unread[0].path[-1]))
    return _EXACT
