"""Why an existing object changes, in a sentence for people and its parts for programs. Pure.

It must not decide anything: what it explains has been found already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from provisioner.model.change import Because, Change, Diff, Edit, Reason
from provisioner.model.counting import in_words
from provisioner.model.ledger import LedgerRow
from provisioner.model.resource import Resource
from provisioner.model.resource_type import EffectKind
from provisioner.model.secret import secrets
from provisioner.model.stack import OutputRead
from provisioner.model.value import ABSENT, Map, Path, Value, path_text, references, text
from provisioner.planner.whose import renamed

_SHOWN = 5


def of_edit(want: Resource, edit: Edit) -> Because:
    """Why a property of an existing object changes."""
    name = path_text(edit.path)
    match edit.reason:
        case Reason.DRIFT:
            words = f"{name}{' (secret)' if edit.redacted else _holding(edit)} was changed outside orch"
        case Reason.REMOVED:
            back = "goes back to the cloud's default" if edit.after is not ABSENT else "is unset"
            words = f"{name} has left the blueprint and {back}"
        case Reason.REFERENCE:
            who = ", ".join(dict.fromkeys(str(reference) for _, reference in references(edit.after)))
            words = f"{name} follows {who}"
        case _:
            words = f"{name} is changed in the blueprint"
    return Because(edit.reason, words, edit.path, edit.source or want.source)


def _holding(edit: Edit) -> str:
    return ", which holds a secret," if next(secrets(edit.after), None) else ""


def recorded(want: Resource, row: LedgerRow) -> tuple[Because, ...]:
    """What of an entry only the ledger has to learn: it guards the object once the entry has left the blueprint."""
    told = [] if row.address == want.address else [f"renamed from {row.address}"]
    for key in ("protect", "on_remove", "on_replace", "timeout"):
        before, after = getattr(row, key), getattr(want.options, key)
        say = in_words if key == "timeout" else text
        was, now = (say(value) if value is not None else "not set" for value in (before, after))
        told += [] if before == after else [f"{key} was {was}, is {now}"]
    return tuple(Because(Reason.REQUESTED, words, source=want.source) for words in told)


def of_differing(want: Resource, differs: Diff) -> list[Because]:
    """That an object which is taken over, and left as it is, is not as the entry wants it."""
    if not differs:
        return []
    paths = [path_text(edit.path) for edit in differs.edits]
    listed = ", ".join(paths[:_SHOWN]) + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")
    message = f"it differs in {listed}: the plan after this changes that"
    if stuck := fixed(differs):
        message = f"it differs in {listed}, and {stuck}: the plan after this deletes it and makes another"
    return [Because(Reason.WANTED, message, differs.edits[0].path, want.source)]


def fixed(differs: Diff) -> str:
    """What of a difference no object can be given afterwards; empty where there is nothing."""
    stuck = [path_text(e.path) for e in differs.edits if e.effect in (EffectKind.REPLACE, EffectKind.REFUSE)]
    more = f" and {len(stuck) - _SHOWN} more" if len(stuck) > _SHOWN else ""
    return f"{', '.join(stuck[:_SHOWN])}{more} can only be set at creation" if stuck else ""


def of_unknown(want: Resource, paths: Sequence[Path]) -> list[Because]:
    """That an object which is taken over may have another value than its secret's present one."""
    if not paths:
        return []
    listed = ", ".join(map(path_text, paths[:_SHOWN])) + (
        f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    )
    message = f"{listed} could not be compared: it is taken for the present value of its secret, and is not known to be"
    return [Because(Reason.WANTED, message, paths[0], want.source)]


def of_name(want: Resource, row: LedgerRow) -> list[Because]:
    """That the entry's names make another identity than its object has."""
    if not renamed(row, want):
        return []
    message = f"its name or place changes: {row.identity} becomes {want.identity}"
    return [Because(Reason.CREATE_ONLY, message, source=want.source)]


def of_creation(edit: Edit) -> Because:
    """Why a property makes a new object necessary."""
    name = path_text(edit.path)
    if edit.reason is Reason.REFERENCE:
        who = ", ".join(dict.fromkeys(str(reference) for _, reference in references(edit.after)))
        return Because(
            Reason.REFERENCE, f"{name} can only be set at creation and follows {who}", edit.path, edit.source
        )
    return Because(Reason.CREATE_ONLY, f"{name} can only be set at creation", edit.path, edit.source)


def with_outputs(change: Change, read: Sequence[OutputRead]) -> Change:
    """The change, its reasons saying which output of another stack a new value is: told by the value, which was not there."""
    edits = {edit.path: edit for edit in change.diff.edits} if read else {}
    told = tuple(replace(why, message=why.message + _says(edits.get(why.path), read)) for why in change.because)
    return change if told == change.because else replace(change, because=told)


def _says(edit: Edit | None, read: Sequence[OutputRead]) -> str:
    if edit is None:
        return ""
    fresh = set(_texts(edit.after)) - set(_texts(edit.before))
    names = [f'output("{one.stack}", "{one.name}")' for one in read if any(text in fresh for text in _texts(one.value))]
    return f", which is what {' and '.join(dict.fromkeys(names))} reads now" if names else ""


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Map, tuple)):
        for item in value.values() if isinstance(value, Map) else value:
            yield from _texts(item)
