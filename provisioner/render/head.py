"""The first screen of a plan: what it is, and what is at stake. Knows only the outline; must not list changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provisioner.model.counting import many
from provisioner.model.run import undoing
from provisioner.render.outline import Outline
from provisioner.render.style import Style, clean

_TITLES = {
    "apply": "Plan for",
    "destroy": "Plan to destroy",
    "rollback": "Plan to roll back",
    "rebuild": "Plan to rebuild the ledger of",
}
_WORDS = {"rebase": "accept as found", "record": "record anew"}
_LISTED = 4  # addresses named before "and n more"


def headline(view: Outline) -> str:
    """The counts in one sentence, and what they are not about."""
    left = len(view.scope.skipped) if view.scope else 0
    blind = len(view.unplanned)
    text = _counted(view) + (f" {many(left, 'address was', 'addresses were')} not looked at." if left else "")
    return text + (f" {many(blind, 'address was', 'addresses were')} not planned." if blind else "")


def _counted(view: Outline) -> str:
    verbs = ("delete", "replace", "forget", "update", "adopt", "move", "record", "rebase", "check", "create")
    parts = [f"{view.counts[verb]} to {_WORDS.get(verb, verb)}" for verb in verbs if view.counts.get(verb)]
    stay = view.counts.get("no-op", 0)
    if parts:
        return ", ".join(parts) + (f"; {stay} unchanged." if stay else ".")
    if not view.empty:
        names = {*view.outputs, *view.outputs_before}
        differing = sum(view.outputs.get(name) != view.outputs_before.get(name) for name in names)
        what = many(differing, "output changes", "outputs change") if differing else "only the records about them do"
        return f"No object changes; {what}."
    if view.unplanned:
        return f"No changes in what could be read: {many(stay, 'resource is', 'resources are')} as wanted."
    return f"No changes: {many(stay, 'resource is', 'resources are')} as wanted." if stay else "No changes."


def head(view: Outline, style: Style) -> Iterator[str]:
    """The lines before the changes."""
    what = f"{_TITLES.get(view.kind, 'Plan for')} {clean(view.stack)} in {clean(view.environment)}"
    if view.undoes:
        what += f": {undoing(view.undoes, view.undoes_started)}"
    when = view.created.replace("T", " ")[:16] + " UTC" if view.created else ""
    if view.scope:
        skipped = len(view.scope.skipped)
        all_of_them = many(skipped + _planned(view), "address", "addresses")
        looked = f"{skipped} of {all_of_them} {'was' if skipped == 1 else 'were'} not looked at"
        for line in style.wrap(f"Partial {what[:1].lower()}{what[1:]}: {looked}: {_names(view.scope.skipped)}", 0):
            yield style.paint(line, "warn")
        what = ""
    if len(what) > style.width and view.undoes_started:
        before, of, after = what.rpartition(" of ")
        yield style.paint(before, "title")
        what = f" {of}{after}"
    room = min(style.width, 120) - len(what) - len(when)
    gap = "" if not what else " " * room if room >= 2 else "\n"
    yield f"{style.paint(what, 'title')}{gap}{style.paint(when, 'dim')}".rstrip()
    if view.digest:
        yield style.paint(view.digest, "dim")
    yield from _proposals(view, style)
    yield ""
    last = ""
    for name, text, role in _facts(view):
        name, last = ("" if name == last else name), name
        head, *rest = style.wrap(text, 0, 0) if len(text) + 22 <= style.width else Style(style.width - 20).wrap(text, 0)
        yield f"  {name:<18}{style.paint(head, role) if role else head}"
        for line in rest:
            yield " " * 20 + (style.paint(line, role) if role else line)


def _proposals(view: Outline, style: Style) -> Iterator[str]:
    """What is better said otherwise stands before everything that follows from it."""
    titles = {
        "rebuild": ("The ledger may be an older copy", "to bring it up to date: "),
        "adopt": ("Ours, but not in the ledger", "to take it over, write "),
        "move": ("Perhaps only renamed", "if it is, write "),
    }
    for kind, (title, purpose) in titles.items():
        found = [proposal for proposal in view.proposals if proposal.kind == kind]
        if found:
            yield from ("", style.paint(f"{title} ({len(found)})", "title"), "")
        for item in found:
            where = f"{item.address}{f' ({item.source})' if item.source else ''}" or f"an entry of type {item.type}"
            way = item.write if kind == "rebuild" else f"`{item.write}` in {where}"
            yield from style.wrap(clean(item.message), 2, 4)
            yield from style.wrap(clean(f"{purpose}{way}"), 6, 8)


def _facts(view: Outline) -> Iterator[tuple[str, str, str]]:
    """The first screen: what is at stake, each with a name and a colour."""
    for place in view.places:
        where = " ".join(part for part in (place.cloud, place.account, place.region) if part)
        yield "places", clean(f"{place.name}: {where}" + (f" at {place.endpoint}" if place.endpoint else "")), ""
    yield from _scope(view)
    yield "changes", headline(view), ""
    for name, action, role in (("destroys", "delete", "bad"), ("replaces", "replace", "bad")):
        found = [change.address for change in view.changes if change.action == action]
        if found:
            yield name, _names(found), role
    for name, label, role in (("cannot be undone", "impossible", "bad"), ("undone with loss", "lossy", "warn")):
        found = [change.address for change in view.changes if change.undo == label and change.action != "no-op"]
        if found:
            yield name, _names(found), role
    broken = [f"{finding.address} ({finding.rule})" for finding in view.findings if finding.level == "mandatory"]
    if broken:
        yield "policy refuses", _names(broken), "bad"
    if len(view.findings) > len(broken):
        yield "policy warns", many(len(view.findings) - len(broken), "advisory finding", "advisory findings"), "warn"
    if view.obligations:
        yield "policy waits", f"{many(len(view.obligations), 'rule is', 'rules are')} judged at apply", "warn"
    if view.rules and not view.findings and not view.obligations:
        yield "policy", "the rule is kept" if view.rules == 1 else f"all {view.rules} rules kept", "good"
    for sentence in view.confirm:
        yield "to be confirmed", clean(sentence), "bad"
    if view.confirm_destroy:
        yield "to be confirmed", f"apply it with --confirm-destroy {view.confirm_destroy}", "bad"
    left = sum(drift.fate == "left" for drift in view.drift)
    if left < len(view.drift):
        touched = many(len(view.drift) - left, "object", "objects")
        yield "drift", f"{touched} changed outside orch that this plan changes or reads", "warn"
    if left:
        yield "drift", f"{many(left, 'object', 'objects')} changed outside orch, left as found (--all-drift)", ""
    if view.blindspots:
        yield "could not read", many(len(view.blindspots), "part of what exists", "parts of what exists"), "bad"


def _scope(view: Outline) -> Iterator[tuple[str, str, str]]:
    scope = view.scope
    if scope is None:
        return
    if scope.targets:
        yield "targets", clean(" ".join(scope.targets)) + _also(scope.needed, "needed too"), ""
    if scope.excludes:
        yield "excluded", clean(" ".join(scope.excludes)) + _also(scope.dropped, "left out with it"), ""


def _also(addresses: Sequence[str], what: str) -> str:
    return f"; {what}: {_names(addresses)}" if addresses else ""


def _planned(view: Outline) -> int:
    return len({change.address for change in view.changes})


def _names(addresses: Sequence[str]) -> str:
    listed = ", ".join(clean(address) for address in addresses[:_LISTED])
    return listed + (f" and {len(addresses) - _LISTED} more" if len(addresses) > _LISTED else "")
