"""The compiled patterns answer as a search through all of them does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from provisioner.model.patterns import Patterns
from provisioner.model.value import matches

PARTS = st.sampled_from(["a", "b", 0, "*"])
PATHS = st.lists(PARTS, max_size=4).map(tuple)


@given(st.lists(PATHS, max_size=6), PATHS)
def test_they_answer_as_a_search_does(patterns: list[tuple[str | int, ...]], path: tuple[str | int, ...]) -> None:
    compiled = Patterns((pattern, number) for number, pattern in enumerate(patterns))
    assert compiled.at(path) == next((n for n, pattern in enumerate(patterns) if matches(pattern, path)), None)
    enclosing = any(len(p) <= len(path) and matches(p, path[: len(p)]) for p in patterns)
    assert compiled.reach(path) is enclosing
