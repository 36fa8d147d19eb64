"""A declaration that would do nothing is an error of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("c: {type: string, format: cdir}", "parameters.yaml:2: c: there is no format 'cdir'\n  did you mean cidr?"),
        ("c: {type: array, items: {type: string, format: idr}}", "parameters.yaml:2: c[]: there is no format 'idr'"),
        ("o: {type: object, properties: {a: {type: integer, default: 4}}}", "parameters.yaml:2: o.a: a default inside of a value is never used"),
    ],
)  # fmt: skip
def test_it_is_told(refused: Callable[..., str], declared: str, said: str) -> None:
    assert refused(
        {"blueprint.yaml.j2": "resources: {}\n", "parameters.yaml": f"parameters:\n  {declared}\n"}
    ).startswith(said)


def test_a_property_may_be_called_default(load: Callable[..., Any]) -> None:
    declared = "parameters:\n  o: {type: object, properties: {default: {type: string, format: cidr}}, default: {default: 10.0.0.0/8}}\n"
    assert (
        load({"blueprint.yaml.j2": "resources: {}\n", "parameters.yaml": declared}).parameters["o"]["default"]
        == "10.0.0.0/8"
    )


def test_an_option_that_is_no_yaml_says_why(refused: Callable[..., str]) -> None:
    files = {"blueprint.yaml.j2": "resources: {}\n", "parameters.yaml": "parameters: {l: {type: array}}\n"}
    assert "it is no YAML: " in refused(files, parameters={"l": "[1.10, 010]"})
    assert "write it as YAML" in refused(files, parameters={"l": "a, b"})


def test_an_address_without_quotes(error: Callable[..., str]) -> None:
    assert error("a: {{ ref(vpc).Id }}").endswith('an address is written in quotes: ref("vpc")')
