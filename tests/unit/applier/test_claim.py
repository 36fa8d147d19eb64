"""Claims: the rules whose failure would delete somebody's database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provisioner.applier.claim import against, brought, is_ours, needs_absent_read, still_invisible
from provisioner.applier.history import History
from provisioner.model.change import Diff, Edit
from provisioner.model.place import Place
from provisioner.model.plan import Step, Verb
from provisioner.model.resource import Observed, Options, Owner, Resource
from provisioner.model.resource_type import Child, Equality, Ownership, ResourceType, Sameness, TagField
from provisioner.model.value import Secret, freeze

PLACE = Place("p", "aws", "1")
MINE = Owner("l", "u", 1)
WANT = Resource("a", "T", PLACE, owner=MINE, identity="data")


def found(owner: Owner | None) -> Observed:
    return Observed("T", PLACE, "data", owner=owner)


LOOKED_THEN_TRIED = History("s", shown_absent=True, touched=True, may_have_made=True)


@pytest.mark.parametrize(
    ("owner", "history", "named_by_cloud", "ours"),
    [
        (MINE, History("s"), False, True),
        (Owner("l", "u", 2), LOOKED_THEN_TRIED, True, False),  # another generation of the same resource
        (Owner("l", "v", 1), LOOKED_THEN_TRIED, True, False),  # another resource of ours
        (Owner("m", "u", 1), LOOKED_THEN_TRIED, True, False),  # another lineage altogether
        (None, History("s"), False, False),  # a name alone is no claim
        (None, History("s", touched=True), False, False),  # we tried, but nobody looked before
        (None, History("s", shown_absent=True), False, False),  # we looked, but never tried
        (None, History("s", shown_absent=True, touched=True), False, False),  # our create was refused: it made nothing
        (None, History("s", shown_absent=True, touched=True, in_doubt=True), False, True),
        (None, LOOKED_THEN_TRIED, False, True),
        (None, History("s"), True, True),  # an id that only our own call was told
    ],
)
def test_is_ours(owner: Owner | None, history: History, named_by_cloud: bool, ours: bool) -> None:
    after = Ownership.TAGGED_AFTER
    assert is_ours(found(owner), WANT, history, after, named_by_cloud=named_by_cloud) is ours


def test_what_a_creating_call_would_have_marked_is_not_ours_without_the_mark() -> None:
    assert not is_ours(found(None), WANT, LOOKED_THEN_TRIED, Ownership.TAGGED, named_by_cloud=False)


UNMARKED = ResourceType(
    "T",
    "gcp",
    read_only=(("Made",), ("Id",)),
    write_only=(("Key",),),
    equalities=(Equality(("Link",), Sameness.SELF_LINK), Equality(("Rules",), Sameness.UNORDERED)),
    defaults=((("Routing", "Mode"), "REGIONAL"), (("Size",), 1)),
    tags=TagField(("Tags",), "map"),
    born_at=(("Made",),),
)
TRIED = History(
    "s", shown_absent=True, in_doubt=True, first_at="2026-01-01T12:00:00+00:00", intent_at="2026-01-01T12:01:00+00:00"
)


@pytest.mark.parametrize(
    ("wanted", "found", "other"),
    [
        ({"A": 1}, {"A": 1}, ""),
        ({"A": 1}, {"A": 1, "Id": 7, "New": "of a later version"}, ""),  # what the cloud sets by itself
        ({"A": 1}, {"A": 2}, "A is not as this run makes it"),
        ({"A": False}, {"A": True}, "A is not as this run makes it"),
        ({"A": 1, "B": {"C": 1}}, {"A": 2, "B": {"C": 2}}, "A and B.C are not as this run makes them"),
        ({"A": 1, "B": "x"}, {"A": 1}, ""),  # half made: the call that sets it is still to come
        ({"A": 1, "B": "x", "C": [1], "D": {"E": 1}}, {"A": 1, "B": "", "C": [], "D": {}}, ""),
        ({"Size": 3}, {"Size": 1}, ""),  # still at its default
        ({"Size": 3}, {"Size": 2}, "Size is not as this run makes it"),
        ({"Rules": [1, 2]}, {"Rules": [2]}, ""),
        ({"Rules": [1, 2]}, {"Rules": [2, 3]}, "Rules is not as this run makes it"),
        ({"Link": "projects/p/global/networks/n"}, {"Link": "https://x/compute/v1/projects/p/global/networks/n"}, ""),
        ({"Key": "x"}, {}, ""),  # which no read shows
        ({}, {"Routing": {"Mode": "REGIONAL"}, "Size": 1, "Description": ""}, ""),
        ({}, {"Routing": {"Mode": "GLOBAL"}}, "Routing.Mode is not as this run makes it"),
        ({}, {"Description": "theirs"}, "Description is not as this run makes it"),
        ({}, {"properties": {"description": "theirs"}}, "properties.description is not as this run makes it"),
        ({"Secret": Secret("env://A", "1")}, {"Secret": "plain"}, ""),  # nobody can compare it
        ({"Tags": {"a": "b"}}, {"Tags": {"a": "b"}}, ""),
        ({}, {"Tags": {"a": "b"}}, "Tags is not as this run makes it"),
        ({}, {"Made": "2026-01-01T04:00:30.5-08:00"}, ""),
        ({}, {"Made": "2026-01-01T11:56:00"}, ""),  # two clocks differ
        ({}, {"Made": "2026-01-01T11:50:00Z"}, "it was made at 2026-01-01 11:50:00 UTC, before this run has tried to"),
        ({}, {"Made": "2026-01-01T12:10:00Z"}, ""),  # it was under way for long
        ({}, {"Made": 1767272400}, "it was made at 2026-01-01 13:00:00 UTC, long after this run has tried to"),
        ({}, {"Made": "some day"}, ""),
    ],
)  # fmt: skip
def test_what_speaks_against_our_having_made_it(wanted: dict[str, Any], found: dict[str, Any], other: str) -> None:
    want = replace(WANT, body=freeze(wanted), options=Options(ignore_changes=(("A",),)))
    assert against(UNMARKED, Observed("T", PLACE, "data", freeze(found)), want, TRIED) == other


def test_an_operation_that_went_on_for_long_may_have_made_it_late() -> None:
    have = Observed("T", PLACE, "data", freeze({"Made": "2026-01-01T13:00:00Z"}))
    assert "long after" in against(UNMARKED, have, WANT, TRIED)
    assert not against(UNMARKED, have, WANT, replace(TRIED, heard_at="2026-01-01T12:59:00+00:00"))


@pytest.mark.parametrize(
    ("before", "after", "verb", "made"),
    [
        ("", "data", Verb.UPDATE, "data"),
        ("other", "other DATA", Verb.UPDATE, "data"),
        ("data", "Data", Verb.UPDATE, ""),  # it stood there already, whoever has made it
        ("data", "", Verb.UPDATE, ""),
        ("", "data", Verb.MOVE, ""),  # nothing was sent
    ],
)
def test_what_a_list_of_ours_makes(before: str, after: str, verb: Verb, made: str) -> None:
    old, new = (freeze([{"id": ident} for ident in ids.split()]) for ids in (before, after))
    step = Step("s", verb, "net", "Net", PLACE, "n", 1, diff=Diff((Edit(("Subs",), old, new),)))
    kind = ResourceType("Net", "aws", children=(Child(("Subs",), "T"),))
    assert brought(step, kind) == {("T", ident) for ident in made.split()}
    assert not brought(step, replace(kind, children=()))


@pytest.mark.parametrize(
    ("ownership", "creates_over", "shown_absent", "needed"),
    [
        (Ownership.TAGGED, False, False, False),
        (Ownership.TAGGED, True, True, True),  # looked at plan, but it accepts a second create: look right before
        (Ownership.LEDGER, False, False, True),
        (Ownership.LEDGER, False, True, False),
        (Ownership.TAGGED_AFTER, False, False, True),
    ],
)
def test_needs_absent_read(ownership: Ownership, creates_over: bool, shown_absent: bool, needed: bool) -> None:
    kind = ResourceType("T", "aws", ownership=ownership, creates_over=creates_over)
    assert needs_absent_read(kind, History("s", shown_absent=shown_absent)) is needed


@pytest.mark.parametrize(
    ("within", "of_place", "age", "left"),
    [(30.0, None, 10, 20.0), (30.0, None, 31, 0.0), (30.0, 0.0, 0, 0.0), (0.0, None, 0, 0.0), (0.0, 5.0, 1, 4.0)],
)
def test_absence_proves_nothing_for_a_while(within: float, of_place: float | None, age: int, left: float) -> None:
    kind = ResourceType("T", "aws", visible_within=within)
    history = History("s", intent_at="2026-01-01T00:00:00.000+00:00")
    place = Place("p", "aws", "1", visible_within=of_place)
    assert still_invisible(kind, place, history, f"2026-01-01T00:00:{age:02}.000+00:00") == left


@pytest.mark.parametrize("found", [0, False, ""])
def test_what_is_nothing_may_be_still_to_come_where_later_calls_may_be_lacking(found: object) -> None:
    have, want = Observed("T", PLACE, "data", freeze({"B": found})), replace(WANT, body=freeze({"B": 3}))
    after = replace(UNMARKED, ownership=Ownership.TAGGED_AFTER)
    assert not against(after, have, want, TRIED)
    assert bool(against(UNMARKED, have, want, TRIED)) is (found != "")
