"""Why a change is made, in words: one property, a new name, a create-only path, what only the ledger learns. Pure.

It must not decide anything.
"""

from __future__ import annotations

from provisioner.model.change import Because, Edit, Reason
from provisioner.model.ledger import LedgerRow
from provisioner.model.resource import Resource
from provisioner.model.value import ABSENT, path_text, references, text
from provisioner.planner.whose import renamed


def edit_reason(want: Resource, edit: Edit) -> Because:
    """Why one property of an existing object changes."""
    name = path_text(edit.path)
    match edit.reason:
        case Reason.DRIFT:
            words = f"{name} was changed outside orch"
        case Reason.REMOVED:
            back = "goes back to the cloud's default" if edit.after is not ABSENT else "is unset"
            words = f"{name} has left the blueprint and {back}"
        case Reason.REFERENCE:
            who = ", ".join(dict.fromkeys(str(reference) for _, reference in references(edit.after)))
            words = f"{name} follows {who}"
        case _:
            words = f"{name} is changed in the blueprint"
    return Because(edit.reason, words, edit.path, edit.source or want.source)


def recorded_anew(want: Resource, row: LedgerRow) -> tuple[Because, ...]:
    """What of an entry only the ledger has to learn: it guards the object once the entry has left the blueprint."""
    told = [] if row.address == want.address else [f"renamed from {row.address}"]
    for key in ("protect", "on_remove", "on_replace", "timeout"):
        before, after = getattr(row, key), getattr(want.options, key)
        told += [] if before == after else [f"{key} was {text(before) or 'not set'}, is {text(after) or 'not set'}"]
    return tuple(Because(Reason.REQUESTED, words, source=want.source) for words in told)


def renamed_to(want: Resource, row: LedgerRow) -> list[Because]:
    """Why an entry whose names mean another object by now needs a new one."""
    if not renamed(row, want):
        return []
    message = f"its name or place changes: {row.identity} becomes {want.identity}"
    return [Because(Reason.CREATE_ONLY, message, source=want.source)]


def create_only(edit: Edit) -> Because:
    """Why a change of a property needs a new object."""
    name = path_text(edit.path)
    if edit.reason is Reason.REFERENCE:
        who = ", ".join(dict.fromkeys(str(reference) for _, reference in references(edit.after)))
        return Because(
            Reason.REFERENCE, f"{name} can only be set at creation and follows {who}", edit.path, edit.source
        )
    return Because(Reason.CREATE_ONLY, f"{name} can only be set at creation", edit.path, edit.source)
