"""One thing said twice is one value; what has changed is changed."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.model.described import described
from provisioner.model.resource_type import Equality, ResourceType, Sameness
from provisioner.model.value import ABSENT, freeze
from provisioner.planner.wording import worded

KIND = ResourceType(
    "T",
    "memory",
    read_only=(("Id",), ("Users",), ("Rules", "*", "State")),
    equalities=(
        Equality(("Where",), Sameness.LOCATION),
        Equality(("Ranges",), Sameness.UNORDERED),
        Equality(("Rules",), Sameness.KEYED, "name"),
        Equality(("Rules", "*", "name"), Sameness.CASE),
        Equality(("Rules", "*", "access"), Sameness.CASE),
    ),
)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ({"Where": "West Europe"}, {"Where": "westeurope"}),
        ({"Id": "/groups/A"}, {"Id": "/GROUPS/a"}),
        ({"Users": ["/a", "/B"]}, {"Users": ["/b", "/A"]}),
        ({"Ranges": ["x", "y"]}, {"Ranges": ["y", "x"]}),
        (
            {"Rules": [{"name": "a", "access": "Allow", "State": "Ok"}, {"name": "b"}]},
            {"Rules": [{"name": "B"}, {"State": "ok", "name": "A", "access": "ALLOW"}]},
        ),
    ],
)
def test_the_same_is_said_as_before(was: Any, now: Any) -> None:
    assert worded(KIND, freeze(was), freeze(now)) == freeze(was)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ({"Name": "a"}, {"Name": "A"}, {"Name": "A"}),
        ({"Id": "a"}, {"Id": "b"}, {"Id": "b"}),
        ({"Order": ["a", "b"]}, {"Order": ["b", "a"]}, {"Order": ["b", "a"]}),
        ({"Order": ["a"]}, {"Order": []}, {"Order": []}),
        ({"Order": []}, {"Order": ["a"]}, {"Order": ["a"]}),
        ({"Ranges": ["x", "y"]}, {"Ranges": ["z", "y"]}, {"Ranges": ["y", "z"]}),
        ({"A": 1}, {"B": 2}, {"B": 2}),
        (
            {"Rules": [{"name": "a", "access": "Allow", "State": "Ok"}]},
            {"Rules": [{"name": "c"}, {"name": "A", "access": "Deny", "State": "Bad"}]},
            {"Rules": [{"name": "a", "access": "Deny", "State": "Bad"}, {"name": "c"}]},
        ),
    ],
)
def test_what_differs_is_as_it_is_now(was: Any, now: Any, said: Any) -> None:
    found = worded(KIND, freeze(was), freeze(now))
    assert found == freeze(said) and repr(found) == repr(freeze(said))


SCHEMA = {
    "properties": {
        "A": {"type": "string"},
        "Open": {"type": "object"},
        "List": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
        "Named": {"additionalProperties": {"$ref": "#/$defs/Item"}},
    },
    "additionalProperties": False,
    "$defs": {"Item": {"properties": {"B": {}}, "additionalProperties": False}},
}


def test_members_that_no_schema_has_are_left_out_but_where_they_are_ours() -> None:
    kind = ResourceType("T", "memory", schema=freeze(SCHEMA))
    body = {"A": "x", "C": 1, "Open": {"any": 1}, "List": [{"B": 1, "C": 2}], "Named": {"n": {"B": 1, "D": 2}}}
    kept = {"A": "x", "Open": {"any": 1}, "List": [{"B": 1}], "Named": {"n": {"B": 1}}}
    assert described(kind, (), freeze(body)) == freeze(kept)
    assert described(kind, ("List", 0, "C"), 2) is ABSENT
    ours = freeze({"C": 1, "List": [{"C": 3}]})
    assert described(kind, (), freeze(body), ours) == freeze({**kept, "C": 1, "List": [{"B": 1, "C": 2}]})
    assert described(kind, ("C",), 1, 1) == 1
    assert described(ResourceType("T", "memory"), (), freeze(body)) == freeze(body)
