"""Jinja's statements and YAML's own forms around values: macros, calls, blocks, includes, imports, documents, duplicate keys.

Where the language differs from plain Jinja and YAML on purpose: a leading zero is refused (an account id would lose it), keys are
always text, a blueprint is one document, JSON text is text wherever it stands (``to_json``; a list is spliced as it is).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.model.value import Interpolation, Reference

VPC = Reference("vpc", ("Id",))
TEXT = '{"a": "it\'s <b>"}'
MACROS = """\
{% macro name(x) %}{{ prefix }}-{{ x }}{% endmacro %}
{% macro tags(o) %}
owner: {{ o }}
vpc: {{ v }}
{% endmacro %}
{% macro wrap() %}
- wrapped:
    {{ caller() }}
{% endmacro %}
"""

YAML: list[tuple[str, str, dict[str, Any], Any]] = [
    ("words of YAML 1.1 are text", "a: no\nb: yes\nc: on\nd: 1_000\ne: 2024-01-01\nf: 1:30", {},
     {"a": "no", "b": "yes", "c": "on", "d": "1_000", "e": "2024-01-01", "f": "1:30"}),
    ("numbers and truths of YAML 1.2", "a: 0x1f\nb: 0o17\nc: 1e3\nd: true\ne: ~\nf:", {},
     {"a": 31, "b": 15, "c": 1000.0, "d": True, "e": None, "f": None}),
    ("JSON text, wherever it stands", "p: {{ d | to_json }}\nq: '{{ d | to_json }}'\nr: |-\n  {{ d | to_json }}\ns: x={{ d | to_json }}",
     {"d": {"a": "it's <b>"}}, {"p": TEXT, "q": TEXT, "r": TEXT, "s": f"x={TEXT}"}),
    ("numbers joined", "a: {{ [1, 2] | join('-') }}\nb: {{ 'a' ~ 1 }}", {}, {"a": "1-2", "b": "a1"}),
    ("nothing at all", "# nothing\n", {}, {}),
]  # fmt: skip

SET: list[tuple[str, str, dict[str, Any], Any]] = [
    ("a set block is text", "{% set e %}prod{% endset %}\n{% if e == 'prod' %}\na: {{ e }}\n{% endif %}\nb: {{ e ~ '-x' }}\nc: {{ e | upper }}",
     {}, {"a": "prod", "b": "prod-x", "c": "PROD"}),
    ("and YAML where it stands alone", "{% set t %}\nowner: {{ o }}\nenv: prod\n{% endset %}\na:\n  {{ t }}\nb:\n  {{ t | trim }}\nc:\n{{ t | indent(2, true) }}",
     {"o": "x: y"}, {name: {"owner": "x: y", "env": "prod"} for name in "abc"}),
    ("what a set block and a macro write is the same", "{% set s %}no: 5{% endset %}\n{% macro m() %}no: 5{% endmacro %}\n{% for x in ['s'] %}\n"
     "a:\n  {{ s }}\nb:\n  {{ m() }}\nc: '{{ s }}'\nd: '{{ m() }}'\ne: {{ [s, m()] }}\nf: {{ s ~ 1 }}\ng: {{ m() ~ 1 }}\n{% endfor %}",
     {}, {"a": {"no": 5}, "b": {"no": 5}, "c": "no: 5", "d": "no: 5", "e": ("no: 5", "no: 5"), "f": "no: 51", "g": "no: 51"}),
    ("a computed key is that key", "a:\n  {{ '<<' }}: {b: 1}\n  c: 2", {}, {"a": {"<<": {"b": 1}, "c": 2}}),
    ("a filter block that indents", "a:\n  b: 1\n{% filter indent(2, true) %}\nc: {{ x }}\nd: 2\n{% endfilter %}", {"x": "y: z"},
     {"a": {"b": 1, "c": "y: z", "d": 2}}),
    ("a macro with a reference as its default", "{% macro f(a, b=ref('vpc').Id) %}{{ a }}: {{ b }}{% endmacro %}\n{{ f('k') }}", {}, {"k": VPC}),
    ("a recursive loop", "{% for i in t recursive %}\n{{ i.n }}:{% if not i.c %} {{ 1 }}{% endif +%}\n{% if i.c %}\n  {{ loop(i.c) }}\n{% endif %}\n{% endfor %}",
     {"t": [{"n": "a", "c": [{"n": "b", "c": []}, {"n": "d", "c": []}]}]}, {"a": {"b": 1, "d": 1}}),
    ("a call of what is no macro", "a: {% call f() %}zz{% endcall %}", {"f": lambda caller: f"x: y\nevil: {caller()}"},
     {"a": "x: y\nevil: zz"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "variables", "wanted"), [case[1:] for case in YAML + SET], ids=[case[0] for case in YAML + SET]
)
def test_one_template(value: Callable[..., Any], template: str, variables: dict[str, Any], wanted: Any) -> None:
    assert value(template, **variables) == wanted


WITH = "{% import 'm.j2' as m with context %}\n"
FILES: list[tuple[str, dict[str, str], dict[str, Any], Any]] = [
    ("a macro as a value and as lines",
     {"m.j2": MACROS, "b": WITH + "a: {{ m.name('x') }}\nb: {{ m.name('x') | upper }}\n{% if m.name('y') == 'pp-y' %}\nc: 1\n{% endif %}\n"
      "d:\n  {{ m.tags('a: b') }}\ne: {{ 'q' ~ m.name('z') }}\nf: {{ [m.name('l')] }}"},
     {"prefix": "pp", "v": "vv"},
     {"a": "pp-x", "b": "PP-X", "c": 1, "d": {"owner": "a: b", "vpc": "vv"}, "e": "qpp-z", "f": ("pp-l",)}),
    ("a macro with a reference",
     {"m.j2": MACROS, "b": WITH + "{% set id = ref('vpc').Id %}\na: {{ m.name(id) }}\nb: {{ [m.name(id)] }}\nc: {{ 'z' ~ m.name(id) }}"},
     {"prefix": "pp", "v": 1},
     {"a": Interpolation(("pp-", VPC)), "b": (Interpolation(("pp-", VPC)),), "c": Interpolation(("zpp-", VPC))}),
    ("a call block",
     {"m.j2": MACROS, "b": "{% from 'm.j2' import wrap with context %}\nitems:\n{% call wrap() %}\nk: {{ x }}\nk2: {{ ref('vpc').Id }}\n{% endcall %}"},
     {"x": "a: b"}, {"items": ({"wrapped": {"k": "a: b", "k2": VPC}},)}),
    ("an included file", {"i.j2": "b: {{ x }}\nc: 3\n", "b": "a: 1\n{% include 'i.j2' %}\nz: 2"}, {"x": "q: r"},
     {"a": 1, "b": "q: r", "c": 3, "z": 2}),
    ("a layout that is extended",
     {"l.j2": "v: 1\n{% block body %}\na: {{ x }}\n{% endblock %}\n",
      "b": "{% extends 'l.j2' %}\n{% block body %}\n{{ super() }}\nb: {{ x }}\n{% endblock %}"},
     {"x": "q: r"}, {"v": 1, "a": "q: r", "b": "q: r"}),
    ("an import without the context",
     {"m.j2": "{% set p %}x{{ 1 }}{% endset %}{% set q = {'a': [1]} %}", "b": "{% import 'm.j2' as m %}\na: {{ m.p }}\nb: {{ m.q }}"},
     {}, {"a": "x1", "b": {"a": (1,)}}),
    ("a whole import written out", {"m.j2": "k: {{ 1 }}\n", "b": "{% import 'm.j2' as m %}\n{{ m }}"}, {}, {"k": 1}),
    ("a macro library that imports another, in nested loops, without one indent",
     {"m.j2": "{% import 'n.j2' as n %}\n{% macro rules(ports) %}\n{% for name, list in ports.items() %}\n{{ name }}:\n  {% for port in list %}\n"
      "  - {{ n.rule(port) }}\n  {% endfor %}\n{% endfor %}\n{% endmacro %}",
      "n.j2": "{% macro rule(port) %}\nport: {{ port }}\n{% if port < 1024 %}\nlow: true\n{% endif %}\n{% endmacro %}",
      "b": "{% import 'm.j2' as m %}\nall:\n  {{ m.rules(ports) }}\nz: 1"},
     {"ports": {"web": [80, 8080], "ssh": [22]}},
     {"all": {"web": ({"port": 80, "low": True}, {"port": 8080}), "ssh": ({"port": 22, "low": True},)}, "z": 1}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "variables", "wanted"), [case[1:] for case in FILES], ids=[case[0] for case in FILES]
)
def test_several_files(
    value: Callable[..., Any], files: dict[str, str], variables: dict[str, Any], wanted: Any
) -> None:
    rest = {name: text for name, text in files.items() if name != "b"}
    assert value({"blueprint.yaml.j2": files["b"], **rest}, **variables) == wanted


WRONG: list[tuple[str, str]] = [
    ("blueprint.yaml.j2:3: the key 'a' stands here twice (first at blueprint.yaml.j2:1)", "a: 1\nb: 2\na: 3"),
    ("blueprint.yaml.j2:2: the key 'a' stands here twice (first at blueprint.yaml.j2:1)", "a: 1\n{{ 'a' }}: 3"),
    ("blueprint.yaml.j2:2: a map has the key '1' twice: as text, and as a number", "a: 1\nb: {{ {'1': 1, 'x': 2, 1: 3} }}"),
    ("blueprint.yaml.j2:2: template syntax: a number that is larger than JSON can hold", "a: 1\nb: {{ 1e400 }}"),
    ("blueprint.yaml.j2:2: broken YAML: a key of more than 1,024 characters", f"a: 1\n{'k' * 1100}: 2"),
    ("blueprint.yaml.j2:1: 012 would lose its leading zero: quote it", "a: 012"),
    ("blueprint.yaml.j2:3: a blueprint is one YAML document, and here a second begins", "a: {{ 1 }}\n---\nb: {{ 2 }}\n"),
    ("blueprint.yaml.j2:1: the tag !foo is not allowed", "a: !foo 1"),
    ("blueprint.yaml.j2:1: the tag tag:yaml.org,2002:python/object/apply:os.system is not allowed", "a: !!python/object/apply:os.system [ls]"),
    ("blueprint.yaml.j2:1: the alias *a has no anchor before it, or refers to its own parent", "a: &a [*a]"),
    ("blueprint.yaml.j2:6: broken YAML: a '[' is never closed", "a: 1\n{% for i in [1, 2, 3] %}\nx{{ i }}: 1\n{% endfor %}\nz: 0\nb: [1\nc: 2"),
    ("blueprint.yaml.j2:3: broken YAML", "a: 1\n{% for i in [1, 2] %}\n- bad\n{% endfor %}"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "template"), WRONG, ids=[case[1][:40] for case in WRONG])
def test_wrong(error: Callable[..., str], wanted: str, template: str) -> None:
    assert error(template).startswith(wanted)


def test_broken_yaml_in_an_included_file_is_told_at_its_line(error: Callable[..., str]) -> None:
    said = error({"blueprint.yaml.j2": "a: 1\nb:\n{% include 'i.j2' %}\nz: 2", "i.j2": "  c: 1\n  d: 'x\n"})
    assert said.startswith(
        "i.j2:2, called at blueprint.yaml.j2:3: broken YAML: a quote is opened here and never closed"
    )
