"""A list that comes from outside is a list like those of an expression: equal to one, joined to one, and never changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

HOLDS = [
    "l == ['a', 'b']",
    "['a', 'b'] == l",
    "not (l != ['a', 'b'])",
    "l in [['a', 'b']]",
    "l is eq(['a', 'b'])",
    "l[:1] == ['a']",
    "m.inner == ['x', {'k': ['y']}]",
    "m == {'inner': ['x', {'k': ['y']}]}",
    "'a,b'.split(',') == l",
    "'[a, b]' | from_yaml == l",
    "l + ['c'] == ['a', 'b', 'c']",
    "['c'] + l == ['c', 'a', 'b']",
    "[l, ['a']] | sort == [['a'], ['a', 'b']]",
    "empty == []",
    "[l] | select('eq', ['a', 'b']) | list == [['a', 'b']]",
    "[{'v': l}] | selectattr('v', 'eq', ['a', 'b']) | list | length == 1",
]


@pytest.mark.parametrize("expression", HOLDS)
def test_it_is_equal_to_one_that_is_written(value: Callable[..., Any], expression: str) -> None:
    given = {"l": ["a", "b"], "empty": [], "m": {"inner": ["x", {"k": ["y"]}]}}
    assert value(f"a: {{{{ {expression} }}}}", **given) == {"a": True}


@pytest.mark.parametrize("call", ["l.append('c')", "l.clear()", "m.update({'x': 1})", "m.inner.pop()"])
def test_it_cannot_be_changed(error: Callable[..., str], call: str) -> None:
    assert "blueprint.yaml.j2:1:" in error(f"a: {{{{ {call} }}}}", l=["a"], m={"inner": ["x"]})


def test_it_is_one_in_a_module_too(load: Callable[..., Any]) -> None:
    files = {
        "blueprint.yaml.j2": "resources:\n  m:\n    module: inner\n    parameters: {tags: [x]}\n",
        "inner/blueprint.yaml.j2": "resources:\n{% if tags == ['x'] %}\n  net: {type: T::Net::Net, properties: {Cidr: 10.0.0.0/8}}\n{% endif %}\n",
        "inner/parameters.yaml": "parameters: {tags: {type: array}}\n",
    }
    assert [one.address for one in load(files).resources] == ["m/net"]
