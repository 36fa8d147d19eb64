"""What is written for a pattern fits it."""

from __future__ import annotations

import re

import pytest

from provisioner.blueprint.sampling import samples


@pytest.mark.parametrize(
    "pattern",
    [
        r"^arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(runtime/|function:)[a-zA-Z0-9-_]+$",
        r"^[^aA1\-_./: ]$",
        r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}(/([0-9]|[1-2][0-9]|3[0-2]))?$",
        r"^(?!x)(?P<name>\w+?)\s\S\x41\u0042[\d.]+$",
        r"^.{20,}$",
        r"a|b",
        r"^\(\[]$",
    ],
)
def test_fits(pattern: str) -> None:
    assert any(re.search(pattern, text) for text in samples(pattern))


def test_an_alternative_that_does_not_fit_is_not_the_only_one() -> None:
    assert {"inbound", "outbound"} <= set(samples("^(inbound|outbound)$"))


@pytest.mark.parametrize("pattern", ["(", "[", "a{", "\\", "(?<"])
def test_what_cannot_be_read_gives_nothing(pattern: str) -> None:
    assert list(samples(pattern)) == []
