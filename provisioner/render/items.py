"""The items of a list that changes: what of them is told, and how that stands on a terminal.

It works on what is shown already, so nothing that is masked can come through it; it must not look at a value itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from provisioner.model.change import ItemEdit, Items, Reason
from provisioner.model.counting import many
from provisioner.model.value import Path, path_text
from provisioner.render.lines import EditLine, ItemLine, ItemsLine
from provisioner.render.shown import MASKED, REFERENCE, SECRET, Shown
from provisioner.render.style import block, clean, flow

_NOTHING = object()


def items_line(items: Items, before: Shown, after: Shown) -> ItemsLine | None:
    """What becomes of the items of a list; None where a side is masked as a whole."""
    if not isinstance(before.value, list) or not isinstance(after.value, list):
        return None
    return ItemsLine(tuple(_line(one, items.key, before.value, after.value) for one in items.changed), items.unchanged)


def _line(one: ItemEdit, key: str, before: list[Any], after: list[Any]) -> ItemLine:
    if one.before < 0:
        return ItemLine("+", _shown(_only(after[one.after], one.paths)))
    if one.after < 0:
        return ItemLine("-", _shown(_only(before[one.before], one.paths)))
    was, comes = before[one.before], after[one.after]
    edits = tuple(
        EditLine(path_text(path), _shown(_at(was, path)), _shown(_at(comes, path)), str(Reason.WANTED), "")
        for path in one.paths
    )
    rest = {key: comes[key]} if key and key in comes else _without(comes, one.paths)
    return ItemLine("~", _shown(rest), edits)


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value.get(part, _NOTHING) if isinstance(value, dict) else _NOTHING
    return value


def _only(item: Any, paths: tuple[Path, ...]) -> Any:
    if () in paths or not isinstance(item, dict):
        return item
    told: dict[str, Any] = {}
    for path in paths:
        into = told
        for part in path[:-1]:
            into = into.setdefault(str(part), {})
        into[str(path[-1])] = _at(item, path)
    return told


def _shown(value: Any) -> Shown:
    if value is _NOTHING:
        return Shown("absent")
    if value == MASKED:
        return Shown("secret")
    if isinstance(value, dict) and (REFERENCE in value or SECRET in value):
        return Shown("unknown" if REFERENCE in value else "secret", value)
    return Shown("value", value)


def _without(value: Any, paths: tuple[Path, ...], path: Path = ()) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without(item, paths, (*path, key)) for key, item in value.items() if (*path, key) not in paths}


def side(shown: Shown) -> str:
    """One side of an edit on one line."""
    hidden = shown.kind == "secret" and shown.value is None
    return "(not set)" if shown.kind == "absent" else MASKED if hidden else flow(shown.value)


def lines(items: ItemsLine, room: int) -> Iterator[str]:
    """The items below the name of their list."""
    for one in items.changed:
        whole = [side(one.item)] if one.item.kind != "value" else list(block(one.item.value, room - 2))
        edits = [f"{clean(edit.path)}  {side(edit.before)} → {side(edit.after)}" for edit in one.edits]
        if len(edits) == 1 and len(whole) == 1 and len(whole[0]) + len(edits[0]) + 4 <= room:
            whole, edits = [f"{whole[0]}  {edits[0]}"], []
        yield f"{one.mark} {whole[0]}"
        yield from (f"  {line}" for line in whole[1:])
        yield from (f"    {line}" for line in edits)
    if items.unchanged:
        yield f"{many(items.unchanged, 'item', 'items')} unchanged"
