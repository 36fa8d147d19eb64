"""The words that tables are written in."""

from __future__ import annotations

from typing import Any

import pytest

from providers.aws import words
from providers.aws.terms import Frame
from provisioner.model.place import Place
from provisioner.model.value import ABSENT, EMPTY, Map, freeze

PLACE = Place("aws", "aws", "1")


def frame(want: Any = EMPTY, have: Any = EMPTY, **identity: str) -> Frame:
    return Frame(PLACE, identity=Map(identity), want=Map(want), have=Map(have))


@pytest.mark.parametrize(
    ("have", "want", "comes", "goes"),
    [
        ((), ("a",), ("a",), ABSENT),
        (("a", "b"), ("b", "c"), ("c",), ("a",)),
        (("a", "b"), ("b", "a"), ABSENT, ABSENT),
        (("a",), None, ABSENT, ("a",)),
        (ABSENT, ABSENT, ABSENT, ABSENT),
    ],
)
def test_what_comes_into_a_list_and_what_goes(have: Any, want: Any, comes: Any, goes: Any) -> None:
    bodies = [{"List": value} if value is not ABSENT else {} for value in (want, have)]
    assert words.some(words.added("List"))(frame(*bodies)) == comes
    assert words.some(words.removed("List"))(frame(*bodies)) == goes


def test_what_is_empty_is_not_sent() -> None:
    assert [words.unless_empty("A")(frame({"A": value})) for value in ("", EMPTY, (), "x")] == [ABSENT] * 3 + ["x"]
    assert words.unless_empty("A")(frame()) is ABSENT


def test_an_identity_among_several() -> None:
    assert words.idents("Id")(frame(Id="x-1")) == ("x-1",)


def test_the_first_of_a_list() -> None:
    answer: Any = freeze({"List": [{"A": {"B": 1}}, {"A": {"B": 2}}]})
    assert words.first("List", "A.B")(answer) == 1  # type: ignore[operator]
    assert words.first("List")(answer) == {"A": {"B": 1}}  # type: ignore[operator]
    assert words.first("List", "A.B")(EMPTY) is ABSENT  # type: ignore[operator]
