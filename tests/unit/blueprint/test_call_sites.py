"""Every leaf knows its template's line and, in a macro or an included file, the line that called it; so do errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from provisioner.document import Located
from provisioner.model.value import path_text

MACROS = """\
{% macro tags(name) %}
- Key: Name
  Value: {{ name }}
{% endmacro %}
{% macro rule(port) %}
port: {{ port }}
tags:
  {{ tags("rule") }}
{% endmacro %}
{% macro boxed() %}
box:
  {{ caller() }}
end: 1
{% endmacro %}
{% macro word(x) %}{{ x }}!{% endmacro %}
"""
IMPORT = '{% import "macros.j2" as m %}\n'

LINES: list[tuple[str, str, dict[str, str]]] = [
    ("a macro, and what follows it", 'a:\n  {{ m.tags("x") }}\nb: 1',
     {"a[0].Key": "macros.j2:2, called at b:3", "a[0].Value": "macros.j2:3, called at b:3", "b": "b:4"}),
    ("a macro in a macro", "a:\n  {{ m.rule(80) }}\nb: 1",
     {"a.port": "macros.j2:6, called at b:3",
      "a.tags": "macros.j2:7, called at b:3",
      "a.tags[0].Key": "macros.j2:2, called at macros.j2:8, called at b:3",
      "b": "b:4"}),
    ("called twice on neighbouring lines", 'a:\n  {{ m.tags("x") }}\n  {{ m.tags("y") }}',
     {"a[0].Value": "macros.j2:3, called at b:3", "a[1].Value": "macros.j2:3, called at b:4"}),
    ("in a loop", "{% for i in [1, 2] %}\nk{{ i }}:\n  {{ m.rule(i) }}\n{% endfor %}\nz: 1",
     {"k1.port": "macros.j2:6, called at b:4", "k2.port": "macros.j2:6, called at b:4", "z": "b:6"}),
    ("a call block", "{% call m.boxed() %}\ninner: 1\n{% endcall %}\nz: 1",
     {"box": "macros.j2:11, called at b:2",
      "box.inner": "b:3, called at macros.j2:12, called at b:2",
      "end": "macros.j2:13, called at b:2",
      "z": "b:5"}),
    ("an included file", 'a: 1\n{% include "part.yaml" %}\nz: 1',
     {"a": "b:2", "p": "part.yaml:1, called at b:3", "q[0].Key": "macros.j2:2, called at part.yaml:4, called at b:3", "z": "b:4"}),
    ("a word in the middle of a line stays with its line", 'a: {{ m.word("x") }}\nb: 1', {"a": "b:2", "b": "b:3"}),
    ("a set block", "{% set x %}\nk: 1\n{% endset %}\na:\n  {{ x }}\nz: 1", {"a.k": "b:3, called at b:6", "z": "b:7"}),
    ("trimmed", 'a:\n  {{ m.tags("x") | trim }}\nb: 1', {"a[0].Key": "macros.j2:2, called at b:3", "b": "b:4"}),
    ("indented by hand", 'a:\n{{ m.tags("x") | indent(2, true) }}\nb: 1', {"a[0].Value": "macros.j2:3, called at b:3", "b": "b:4"}),
]  # fmt: skip


def lines(document: Located, folder: Path) -> dict[str, str]:
    """The line of everything, the template as ``b``."""
    found = {path_text(path): str(source) for path, source in document.lines()}
    return {path: line.replace(f"{folder}/", "").replace("blueprint.yaml.j2", "b") for path, line in found.items()}


def files(template: str) -> Mapping[str, str]:
    part = 'p: 1\n{% import "macros.j2" as n %}\nq:\n  {{ n.tags("y") }}\n'
    return {"blueprint.yaml.j2": IMPORT + template, "macros.j2": MACROS, "part.yaml": part}


@pytest.mark.parametrize(("template", "wanted"), [case[1:] for case in LINES], ids=[case[0] for case in LINES])
def test_a_leaf_knows_who_called_its_line(
    render: Callable[..., Any], tmp_path: Path, template: str, wanted: dict[str, str]
) -> None:
    found = lines(render(files(template)), tmp_path)
    assert {path: found[path] for path in wanted} == wanted


def test_a_block_of_a_child_is_called_by_nobody(render: Callable[..., Any], tmp_path: Path) -> None:
    layout = "a: 1\n{% block body %}{% endblock %}\nz: 1\n"
    child = '{% extends "layout.j2" %}\n{% block body %}\nb: 2\n{% endblock %}\n'
    found = lines(render({"blueprint.yaml.j2": child, "layout.j2": layout}), tmp_path)
    assert found == {"a": "layout.j2:1", "b": "b:3", "z": "layout.j2:3"}


ERRORS = [
    ("an undefined name", "{{ nope }}", "macros.j2:2, called at blueprint.yaml.j2:3: 'nope' is undefined"),
    ("a key of a map", "{{ {'a': 1}.b }}", "macros.j2:2, called at blueprint.yaml.j2:3: there is no 'b'"),
    ("what only apply knows", "{{ ref('x').Id | upper }}", 'macros.j2:2, called at blueprint.yaml.j2:3: ref("x").Id is known'),
    ("a failing expression", "{{ 1 / 0 }}", "macros.j2:2, called at blueprint.yaml.j2:3: the expression fails"),
    ("broken YAML", "{ a: [", "macros.j2:2, called at blueprint.yaml.j2:3: broken YAML"),
    ("the same key twice", "k: 1\nk: 2", "macros.j2:3, called at blueprint.yaml.j2:3: the key 'k' stands here twice"),
    ("an unknown filter", "{{ 1 | nope }}", "macros.j2:2, called at blueprint.yaml.j2:1: template syntax"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "message"), [case[1:] for case in ERRORS], ids=[case[0] for case in ERRORS])
def test_an_error_names_both(error: Callable[..., str], body: str, message: str) -> None:
    macros = f"{{% macro broken() %}}\n{body}\n{{% endmacro %}}\n"
    template = '{% import "macros.j2" as m %}\na:\n  {{ m.broken() }}\n'
    assert error({"blueprint.yaml.j2": template, "macros.j2": macros}).startswith(message)


def test_an_error_in_an_included_file_names_the_include(error: Callable[..., str]) -> None:
    template = 'a: 1\n{% for i in [1] %}\n{% include "part.yaml" %}\n{% endfor %}\n'
    said = error({"blueprint.yaml.j2": template, "part.yaml": "b: {{ nope }}\n"})
    assert said.startswith("part.yaml:1, called at blueprint.yaml.j2:3: 'nope' is undefined")


def test_endless_recursion_names_a_few_calls_only(error: Callable[..., str]) -> None:
    said = error("{% macro again(n) %}\n{{ again(n + 1) }}\n{% endmacro %}\na: {{ again(1) }}\n")
    assert "without end" in said and said.count("called at") <= 4


def test_a_macro_that_calls_itself_twice_and_writes_nothing_is_stopped(error: Callable[..., str]) -> None:
    macro = "{% macro f(n) %}\n{% if n %}\n{{ f(n - 1) }}{{ f(n - 1) }}\n{% endif %}\n{% endmacro %}\n"
    said = error(macro + "a: {{ f(60) }}\n")
    assert said.startswith(
        "blueprint.yaml.j2:3, called at blueprint.yaml.j2:6: the macro 'f' calls itself more than 20,000 times"
    )


def test_deep_but_finite_recursion_keeps_the_outer_calls(render: Callable[..., Any], tmp_path: Path) -> None:
    macro = "{% macro tree(n) %}\nn: {{ n }}\n{% if n %}\nsub:\n  {{ tree(n - 1) }}\n{% endif %}\n{% endmacro %}\n"
    found = lines(render(macro + "a:\n  {{ tree(8) }}\nz: 1\n"), tmp_path)
    assert found["a.n"] == "b:2, called at b:9" and found["a.sub.n"] == "b:2, called at b:5, called at b:9"
    assert found["a" + ".sub" * 8 + ".n"].count("called at") == 4
    assert found["z"] == "b:10"
