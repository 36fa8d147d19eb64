"""A plan as terminal text: what is destroyed comes first, and the counts come last, where the eye is when it stops scrolling.

Plain strings, because ten thousand changes must print at once. Knows only the outline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from provisioner.model.counting import many
from provisioner.render import items
from provisioner.render.head import head, headline
from provisioner.render.items import side as _side
from provisioner.render.lines import ChangeLine, CheckLine, DriftLine, EditLine, FindingLine
from provisioner.render.outline import Outline
from provisioner.render.shown import Shown
from provisioner.render.style import PLAIN, Style, block, clean, flow

_SYMBOLS = {
    "delete": "-",
    "replace": "±",
    "forget": "↯",
    "update": "~",
    "adopt": "»",
    "move": "→",
    "record": "·",
    "rebase": "≈",
    "check": "✓",
    "create": "+",
    "no-op": "=",
}
_SECTIONS = (
    ("Destroyed or replaced", ("delete", "replace")),
    ("Forgotten, not deleted", ("forget",)),
    ("Changed", ("update", "adopt", "move", "record")),
    ("Accepted as found", ("rebase",)),
    ("Checked again", ("check",)),
    ("Created", ("create",)),
)
_FATES = {
    "reverted": "an apply puts it back",
    "accepted": "an apply takes it as the new baseline",
    "lost": "it goes with the object",
    "read": "an apply leaves it so, and rests on it",
    "left": "an apply leaves it so",
}
_GONE = {"reverted": "an apply creates it again", "lost": "an apply forgets it"}
_PATH_COLUMN = 34
_SECRET = Shown("secret")


def plan(view: Outline, style: Style = PLAIN, *, all_drift: bool = False) -> str:
    """The whole plan, ending in a newline. all_drift: with what the plan has nothing to do with."""
    drifted = tuple(drift for drift in view.drift if all_drift or drift.fate != "left")
    lines = [*head(view, style)]
    for title, actions in _SECTIONS:
        changes = [change for change in view.changes if change.action in actions]
        if changes:
            lines += ["", style.paint(f"{title} ({len(changes)})", "title")]
            for change in changes:
                lines += ["", *_change(change, style)]
    lines += [*_drift(drifted, style), *_policy(view, style), *_blind(view, style), *_notes(view, style)]
    lines += [*_outputs(view, style), "", style.paint(headline(view), "title")]
    if view.refused:
        lines.append(style.paint("Policy refuses this plan: an apply of it exits with 3.", "bad"))
    return "\n".join(lines) + "\n"


def drift(view: Outline, style: Style = PLAIN) -> str:
    """Only what was changed outside orch, and what could not be read."""
    found = view.drift
    none = "No drift in what could be read." if view.blindspots else "No drift: everything is as it was last applied."
    last = f"{many(len(found), 'object differs', 'objects differ')} from what was last applied." if found else none
    lines = [*_drift(found, style), *_blind(view, style), "", style.paint(last, "title")]
    return "\n".join(lines).lstrip("\n") + "\n"


def _change(change: ChangeLine, style: Style) -> Iterator[str]:
    head = f"{_SYMBOLS[change.action]} {change.action}"
    title = f"  {style.paint(head, change.action)} {style.paint(clean(change.address), 'title')}  {clean(change.type)}"
    bare = len(head) + len(change.address) + len(change.type) + 5
    source = clean(change.source)
    if bare + len(source) + 2 <= style.width:
        yield title + " " * (min(style.width, 120) - bare - len(source)) + style.paint(source, "dim")
        source = ""
    else:
        yield title
    where = " ".join(part for part in (change.place, change.region) if part)
    about = [clean(part) for part in (change.identity, where, source) if part]
    for line in style.row(about, 6):
        yield style.paint(line, "dim")
    yield from _reasons(change, style)
    if change.edits:
        yield from _edits(change.edits, 6, style, change.source)
    for check in change.checks:
        yield from style.wrap(f"check    {_checked(check)}{_marker(check.source, change.source)}", 6, 15)


def _checked(check: CheckLine) -> str:
    target = check.target.value if isinstance(check.target.value, str) else flow(check.target.value)
    within = f"within {check.within:g} s"
    if check.kind == "that":
        return f"{clean(target)}, {within}"
    wanted = f"answers with {check.status}" if check.kind == "http" else "accepts a connection"
    return f"{check.kind} {clean(target)} {wanted} {within}, asked from where orch runs"


def _reasons(change: ChangeLine, style: Style) -> Iterator[str]:
    plain_new = change.action == "create" and all(why.reason == "new" for why in change.because)
    if not plain_new:
        for why in change.because:
            where = f" ({_nearby(why.source, change.source)})" if why.source and why.source != change.source else ""
            yield from style.wrap(f"because  {clean(why.message)}{where}", 6, 15)
    if change.order:
        order = {"create_first": "the new one is made first", "delete_first": "the old one is deleted first"}
        yield from style.wrap(f"order    {order.get(change.order, change.order)}", 6, 15)
    if change.action in ("create", "no-op") and change.undo == "exact":
        return
    role = {"impossible": "bad", "lossy": "warn"}.get(change.undo)
    text = f"undo     {change.undo}" + (f": {clean(change.undo_why)}" if change.undo_why else "")
    for line in style.wrap(text, 6, 15):
        yield style.paint(line, role) if role else line


def _edits(edits: Iterable[EditLine], indent: int, style: Style, near: str) -> Iterator[str]:
    edits = tuple(edits)
    paths = [clean(edit.path) for edit in edits]
    column = min(max((len(path) for path in paths), default=0), _PATH_COLUMN)
    room = max(style.width, 40) - indent
    for path, edit in zip(paths, edits, strict=True):
        if edit.reason == "new" and edit.before.kind == "absent":
            yield from _set(path, edit.after, indent, column, room)
            continue
        if not edit.reason and edit.before == edit.after == _SECRET:  # drift, of which there is nothing to show
            yield f"{' ' * indent}{path:<{column}}  (secret) changed outside orch"
            continue
        after = f"{_effect(edit)}{_marker(edit.source, near)}"
        if edit.items:
            yield " " * indent + path + style.paint(after, "dim")
            yield from (" " * (indent + 2) + line for line in items.lines(edit.items, room - 2))
            continue
        line = f"{path:<{column}}  {_side(edit.before)} → {_side(edit.after)}"
        if len(line) + len(after) <= room:
            yield " " * indent + line + style.paint(after, "dim")
        elif len(line) <= room and "\n" not in line:
            yield " " * indent + line
            yield " " * (indent + column + 2) + style.paint(after.strip(), "dim")
        else:
            yield " " * indent + path + style.paint(after, "dim")
            yield from _side_block("before", edit.before, indent + 2, room - 2)
            yield from _side_block("after", edit.after, indent + 2, room - 2)


def _set(path: str, side: Shown, indent: int, column: int, room: int) -> Iterator[str]:
    """A property of a new object."""
    line = _side(side)
    if len(path) <= column and column + 2 + len(line) <= room:
        yield f"{' ' * indent}{path:<{column}}  {line}"
        return
    lines = [line] if side.kind != "value" else list(block(side.value, room - column - 2))
    if len(path) <= column and max(len(line) for line in lines) <= room - column - 2:
        yield f"{' ' * indent}{path:<{column}}  {lines[0]}"
        for more in lines[1:]:
            yield " " * (indent + column + 2) + more
        return
    yield " " * indent + path
    for more in [line] if side.kind != "value" else block(side.value, room - 2):
        yield " " * (indent + 2) + more


def _side_block(name: str, side: Shown, indent: int, room: int) -> Iterator[str]:
    lines = block(side.value, room - 8) if side.kind == "value" else iter([_side(side)])
    yield f"{' ' * indent}{name:<8}{next(lines)}"
    for line in lines:
        yield " " * (indent + 8) + line


def _effect(edit: EditLine) -> str:
    return {"replace": "  forces replacement", "restart": "  restarts it", "refuse": "  not possible"}.get(
        edit.effect, ""
    )


def _marker(source: str, near: str) -> str:
    """The line of a property, short where it is in the same file as its entry."""
    return f"  {_nearby(source, near)}" if source and source != near else ""


def _nearby(source: str, near: str) -> str:
    (place, _, module), (known, _, around) = source.partition(","), near.partition(",")
    file, _, line = place.rpartition(":")
    same = file and line.isdecimal() and known.rpartition(":")[0] == file and module == around
    return f"line {line}" if same else clean(source)


def _drift(drifts: tuple[DriftLine, ...], style: Style) -> Iterator[str]:
    if not drifts:
        return
    yield from ("", style.paint(f"Changed outside orch ({len(drifts)})", "title"))
    for item in drifts:
        fate = _GONE.get(item.fate, "") if item.gone else _FATES.get(item.fate, "")
        if item.fate == "partly":
            left = [edit.path for edit in item.edits if edit.path not in item.back]
            fate = f"an apply puts {_listed(item.back)} back, and leaves {_listed(left)} so"
        yield ""
        yield f"  {style.paint(clean(item.address), 'title')}  {clean(item.type)}"
        what = "it is gone" if item.gone else ""
        what += ", and another object stands under its name" if item.another else ""
        for line in style.row((clean(part) for part in (item.identity, item.source, what, fate) if part), 6):
            yield style.paint(line, "warn" if item.gone else "dim")
        yield from _edits((replace(edit, reason="") for edit in item.edits), 6, style, item.source)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _policy(view: Outline, style: Style) -> Iterator[str]:
    if not view.findings and not view.obligations:
        return
    yield from ("", style.paint(f"Policy ({', '.join(view.packs)}: {many(view.rules, 'rule', 'rules')})", "title"))
    for finding in view.findings:
        yield from ("", *_finding(finding, style))
    if view.obligations:
        yield ""
    for obligation in view.obligations:
        text = f"judged at apply  {clean(obligation.address)}: {obligation.rule} {clean(obligation.reason)}"
        yield from style.wrap(text, 2, 19)


def _finding(finding: FindingLine, style: Style) -> Iterator[str]:
    mandatory = finding.level == "mandatory"
    mark = "✗" if mandatory else "!"
    head = f"  {style.paint(f'{mark} {finding.severity}', 'bad' if mandatory else 'warn')} "
    source = f"  {style.paint(clean(finding.source), 'dim')}" if finding.source else ""
    yield f"{head}{style.paint(clean(finding.address), 'title')}{source}"
    yield from style.wrap(clean(finding.message), 6)
    yield from style.wrap(f"rule  {finding.rule}, {finding.level}", 6, 12)
    if finding.remediation:
        yield from style.wrap(f"fix   {clean(finding.remediation)}", 6, 12)


def _blind(view: Outline, style: Style) -> Iterator[str]:
    if view.blindspots:
        yield from ("", style.paint(f"Could not be read ({len(view.blindspots)})", "title"), "")
    for spot in view.blindspots:
        what = " ".join(part for part in (spot.type, spot.identity, spot.path) if part) or "everything"
        facts = (spot.code, f"request {spot.request_id}" if spot.request_id else "")
        told = ", ".join(part for part in facts if part and part not in spot.reason)
        text = f"{spot.place}: {what}: {spot.reason}" + (f" ({told})" if told else "")
        yield from style.wrap(clean(text), 2, 6)


def _notes(view: Outline, style: Style) -> Iterator[str]:
    if view.notes:
        yield from ("", style.paint("Notes", "title"), "")
    for note in view.notes:
        yield from style.wrap(clean(note), 2, 4)


def _outputs(view: Outline, style: Style) -> Iterator[str]:
    names = dict.fromkeys([*view.outputs, *(view.outputs_before if view.kind != "destroy" else ())])
    if not names or view.empty:
        return
    yield from ("", style.paint("Outputs", "title"), "")
    column = min(max(map(len, names)), _PATH_COLUMN)
    room = max(style.width, 40) - 2
    for name in names:
        before, after = (outputs.get(name, Shown("absent")) for outputs in (view.outputs_before, view.outputs))
        line = f"{clean(name):<{column}}  {_side(before)} → {_side(after)}"
        if before == after or not view.outputs_before:
            yield from _set(clean(name), after, 2, column, room)
        elif len(line) <= room:
            yield f"  {line}"
        else:
            yield f"  {clean(name)}"
            yield from _side_block("before", before, 4, room - 2)
            yield from _side_block("after", after, 4, room - 2)
