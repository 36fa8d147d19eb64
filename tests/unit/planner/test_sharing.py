"""Lists that several entries fill: each means its own items, and nobody else's are a difference, drift or its to take away."""

from __future__ import annotations

from typing import Any

from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import Equality, ResourceType, Sameness
from provisioner.model.value import EMPTY, Map, freeze
from provisioner.planner.diff import diff, drift
from provisioner.planner.sharing import to_delete

ROLE = ResourceType(
    "Role",
    "memory",
    schema=freeze({"properties": {"Arns": {}, "Policies": {}, "Window": {}}}),
    equalities=(Equality(("Arns",), Sameness.UNORDERED), Equality(("Policies",), Sameness.KEYED, "Name")),
    defaults=((("Arns",), ()), (("Policies",), ())),
    shared=((("Arns",), ""), (("Policies",), "Name")),
    write_only=(("Window",),),
)
PLACE = Place("aws", "memory", "1")


def _policy(name: str, says: str) -> dict[str, str]:
    return {"Name": name, "Says": says}


def _row(applied: dict[str, Any], baseline: dict[str, Any]) -> LedgerRow:
    return LedgerRow(
        "u", 1, "s", "e", "role", "Role", PLACE, "role", applied=freeze(applied), baseline=freeze(baseline)
    )


def _edits(want: dict[str, Any], have: dict[str, Any], applied: dict[str, Any]) -> dict[Any, tuple[Any, Any]]:
    found = diff(ROLE, Resource("role", "Role", PLACE, freeze(want)), _row(applied, applied), _have(have))
    return {edit.path[0]: (edit.before, edit.after) for edit in found.edits}


def _have(body: dict[str, Any]) -> Observed:
    return Observed("Role", PLACE, "role", freeze(body))


def test_what_others_have_attached_is_no_difference() -> None:
    ours = {"Arns": ["a"], "Policies": [_policy("p", "1")]}
    theirs = {"Arns": ["b", "a"], "Policies": [_policy("q", "2"), _policy("p", "1")]}
    assert not _edits(ours, theirs, ours)
    assert not _edits({}, theirs, {})


def test_what_we_take_off_or_change_is_one_and_shows_ours_alone() -> None:
    applied = {"Arns": ["a", "c"], "Policies": [_policy("p", "1")]}
    have = {"Arns": ["b", "a", "c"], "Policies": [_policy("q", "2"), _policy("p", "1")]}
    changed = _edits({"Arns": ["a"], "Policies": [_policy("p", "3")]}, have, applied)
    assert changed["Arns"] == (("a", "c"), ("a",))
    assert changed["Policies"] == freeze(((_policy("p", "1"),), (_policy("p", "3"),)))
    assert _edits({}, have, applied)["Arns"] == (("a", "c"), ())


def test_what_we_want_and_is_there_already_is_no_difference() -> None:
    assert not _edits({"Arns": ["b"]}, {"Arns": ["a", "b"]}, {})


def test_only_ours_can_drift() -> None:
    applied, before = {"Arns": ["a"]}, {"Arns": ["a", "b"]}
    assert not drift(ROLE, _row(applied, before), _have({"Arns": ["a", "x", "y"]}))
    assert drift(ROLE, _row(applied, before), _have({"Arns": ["b"]})).touches(("Arns",))
    assert not drift(ROLE, _row({}, before), _have({"Arns": []}))


def test_a_delete_knows_what_is_ours_and_what_the_cloud_never_shows() -> None:
    have = _have({"Arns": ["b", "a"]})
    assert to_delete(ROLE, have, freeze({"Arns": ["a"], "Window": 7})).body == Map(Arns=("a",), Window=7)
    assert to_delete(ROLE, have, EMPTY) == have, "its create came to no end: all of it is ours"
