"""A short form of `make fuzz`, the same examples every time."""

from __future__ import annotations

import pytest

from tests.fuzz.__main__ import Tally, fuzz
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_only_errors_for_people_come_out(target: str) -> None:
    tally = Tally()
    fuzz(target, tally, 0, 150)
    assert not tally.failures, tally.failures[0]
    assert tally.examples >= 100
    assert len(tally.kinds) > 10, "the examples all fail alike"
