"""Rules across parameters: judged with the values of all, and silent about sensitive ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TEMPLATE = "resources: {}\n"


def files(parameters: str, rule: str) -> dict[str, str]:
    return {
        "blueprint.yaml.j2": TEMPLATE,
        "parameters.yaml": f"parameters:\n{parameters}rules:\n  - rule: {rule}\n    message: broken\n",
    }


@pytest.mark.parametrize(
    ("parameters", "rule", "holds"),
    [
        ("  a: {type: integer, default: 1}\n", "a < 2", True),
        ("  a: {type: integer, default: 2}\n", "a < 2", False),
        ("  a: {type: number, default: 2}\n", "a * 2.0 == 4.0", True),  # however it was written
        ("  a: {type: number, default: 2}\n  b: {type: integer, default: 3}\n", "a < b", True),
        ("  a: {type: string, default: null}\n", "a == null", True),
        ("  a: {type: object, default: {on: true}}\n", "a.on", True),
        ("  a: {type: array, default: [1, 2]}\n", "a.all(x, x < 2)", False),
        ("  a: {type: array, default: [x, y]}\n", "size(a) == 2 && a[1].startsWith('y')", True),
        ("  a: {type: string, default: 10.0.0.0/8}\n", "'cidr_contains(a, \"10.1.0.0/16\")'", True),
    ],
)
def test_a_rule_holds_or_not(
    load: Callable[..., Any], refused: Callable[..., str], parameters: str, rule: str, holds: bool
) -> None:
    if holds:
        load(files(parameters, rule))
    else:  # at the line of the value, though it is a default
        assert refused(files(parameters, rule)).startswith("parameters.yaml:2: broken")


@pytest.mark.parametrize(
    ("parameters", "rule", "why"),
    [
        ("  a: {type: integer, default: 99999999999999999999}\n", "a > 1", "int too big"),
        ("  a: {type: integer, default: 0}\n", "1 / a > 1", "divide by zero"),
        ("  a: {type: object, default: {}}\n", "a.on", "Key not found"),
        ("  a: {type: object, default: {on: 1}}\n", "a.on", "gave int instead of true or false"),
        ("  a: {type: string, default: x}\n", "'cidr_contains(a, \"10.1.0.0/16\")'", "is not a network"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_an_error_at_its_line(
    refused: Callable[..., str], parameters: str, rule: str, why: str
) -> None:
    said = refused(files(parameters, rule))
    assert said.startswith("parameters.yaml:4: this rule cannot be evaluated") and why in said


def test_what_a_sensitive_value_makes_of_a_rule_is_not_told(refused: Callable[..., str]) -> None:
    written = files("  a: {type: string, sensitive: true, default: hunter22}\n", "int(a) > 1")
    assert "hunter22" not in refused(written)
