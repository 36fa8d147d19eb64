"""``x.name`` is a key of a map, whatever Python's own methods are called; a method is what is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

METHODS = [name for name in dir(dict) if not name.startswith("_")]


@pytest.mark.parametrize("name", [*METHODS, "title", "count", "index", "real", "name"])
def test_a_key_is_a_key(value: Callable[..., Any], name: str) -> None:
    template = f"a: {{{{ x.{name} }}}}\nb: {{{{ x['{name}'] }}}}\nc: {{{{ [x] | map(attribute='{name}') | list }}}}\nd: {{{{ x.y.{name} }}}}\n"
    given = {name: [1], "y": {name: "z"}}
    assert value({"blueprint.yaml.j2": template}, x=given) == {"a": (1,), "b": (1,), "c": ((1,),), "d": "z"}


def test_the_method_of_a_map_with_such_a_key_is_called(value: Callable[..., Any]) -> None:
    template = "a: {% for k, v in x.items() %}{{ k }}{{ v }}{% endfor %}\nb: {{ x.get('items') }}\nc: {{ x.keys() | list }}\nd: {{ x.values() | list }}\n"
    given = {"items": 1, "get": 2, "keys": 3, "values": 4}
    assert value({"blueprint.yaml.j2": template}, x=given) == {
        "a": "items1get2keys3values4", "b": 1, "c": ("items", "get", "keys", "values"), "d": (1, 2, 3, 4),
    }  # fmt: skip


def test_a_key_that_is_not_there_can_be_asked_for(value: Callable[..., Any]) -> None:
    template = "a: {{ x.items is defined }}\nb: {{ x.keys | default(3) }}\nc: {{ x['values'] is defined }}\nd: {{ [x] | selectattr('count', 'defined') | list }}\n"
    assert value({"blueprint.yaml.j2": template}, x={"y": 1}) == {"a": False, "b": 3, "c": False, "d": ()}


WRONG = [
    ("{{ x.items }}", "there is no 'items' in this map\n  to call the method, write .items()"),
    ("{% if x['items'] %}1{% endif %}", "there is no 'items' in this map\n  to call the method, write .items()"),
    ("{% for i in x.keys %}1{% endfor %}", "there is no 'keys' in this map\n  to call the method, write .keys()"),
    ("{{ x | attr('items') }}", "there is no 'items' in this map\n  to call the method, write .items()"),
    ("{{ t.upper }}", "the text 'abc' has no 'upper'\n  to call the method, write .upper()"),
    ("{{ [1].count }}", "a list has no 'count'\n  to call the method, write .count()"),
    ("{{ n.real }}", "the number 5 has no 'real'"),
]


@pytest.mark.parametrize(("expression", "message"), WRONG, ids=[case[0] for case in WRONG])
def test_a_method_that_is_not_called_is_no_value(error: Callable[..., str], expression: str, message: str) -> None:
    said = error({"blueprint.yaml.j2": f"a: {expression}"}, x={"y": 1}, t="abc", n=5)
    assert said == f"blueprint.yaml.j2:1: {message}"
