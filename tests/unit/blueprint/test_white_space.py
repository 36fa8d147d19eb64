"""Which white space a template writes: a line of nothing but tags leaves no line, and any other line stays as it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.model.value import path_text

LINES: list[tuple[str, str, Any]] = [
    ("a line that ends in a tag ends there", "- {% if true %}a{% endif %}\n- b", ("a", "b")),
    ("so does one that ends in a comment", "a: 1 {# one #}\nb: 2", {"a": 1, "b": 2}),
    ("a line that begins with a tag begins where it stands", "a:\n  {% if true %}b: 1{% endif %}\n\n  c: 2", {"a": {"b": 1, "c": 2}}),
    ("a line of tags leaves none", "a: |\n  x\n  {% if true %}\n  y\n  {% endif %}\n  z\n", {"a": "x\ny\nz\n"}),
    ("nor does one of several, with blanks between and behind", "a: |\n  x\n  {% if true %} {# so #} {% if true %}  \n  y\n  {% endif %}{% endif %}\t\n  z\n",
     {"a": "x\ny\nz\n"}),
    ("nor does a tag over several lines", "a: 1\n  {% set x = [\n  1,\n  2\n] %}\nb: {{ x }}", {"a": 1, "b": (1, 2)}),
    ("nor does raw", "a: |\n  x\n  {% raw %}\n  {{ y }}\n  {% endraw %}\n  z\n", {"a": "x\n{{ y }}\nz\n"}),
    ("what a variable or a macro keeps is on no line", "a: |\n  x\n  {% set b %}kept{% endset %}\n  {% macro c() %}kept{% endmacro %}\n  {{ b }}{{ c() }}\n",
     {"a": "x\nkeptkept\n"}),
    ("a plus keeps a line of tags", "a: |\n  x\n  {% if true +%}\n  y\n  {% endif %}\n", {"a": "x\n\ny\n"}),
    ("a plus keeps what stands before a tag", "a: |\n  x\n{%+ if true +%}\n  y\n{% endif %}\n", {"a": "x\n\ny\n"}),
    ("a minus joins lines", "a: {% if true -%}\n  1\n{%- endif %}\nb: 2", {"a": 1, "b": 2}),
    ("a minus on the left only", "a:\n{%- for x in [1, 2] %}\n  - {{ x }}\n{%- endfor %}\nb: 3", {"a": (1, 2), "b": 3}),
    ("a call is written in its column", "{% macro m() %}\nk:\n  {{ caller() }}\n{% endmacro %}\na:\n  {% call m() %}\n  x: 1\n  {% endcall %}\nb: 2",
     {"a": {"k": {"x": 1}}, "b": 2}),
    ("and in a list", "{% macro m() %}\nk: 1\nc: {{ caller() }}{% endmacro %}\na:\n  - {% call m() %}x{% endcall %}\n\n  - 2", {"a": ({"k": 1, "c": "x"}, 2)}),
]  # fmt: skip


@pytest.mark.parametrize(("template", "wanted"), [case[1:] for case in LINES], ids=[case[0] for case in LINES])
def test_white_space(value: Callable[..., Any], template: str, wanted: Any) -> None:
    assert value({"blueprint.yaml.j2": template}) == wanted


PART = "p: 1\n{% if true %}\nq:\n  - 2\n{% endif %}\n"
INCLUDES: list[tuple[str, str, str, Any]] = [
    ("an included file", "a:\n  {% include 'i' %}\nb: 3", PART, {"a": {"p": 1, "q": (2,)}, "b": 3}),
    ("behind a dash", "a:\n  - {% include 'i' %}\n  - 3", PART, {"a": ({"p": 1, "q": (2,)}, 3)}),
    ("at the margin", "a:\n{% include 'i' %}\nb: 3", "# part\n  p: 1\n  q: 2\n", {"a": {"p": 1, "q": 2}, "b": 3}),
    ("without a last line break", "a:\n  {% include 'i' %}\nb: 3", "p: 1", {"a": {"p": 1}, "b": 3}),
    ("in a line", "a: {% include 'i' %}\nb: 3", "one", {"a": "one", "b": 3}),
    ("of lines, in a text", "a: |\n  x\n    {% include 'i' %}\n  y\n", "1\n  2\n", {"a": "x\n  1\n    2\ny\n"}),
    ("of nothing", "a: |\n  x\n{% include 'i' %}\n  y\n", "", {"a": "x\ny\n"}),
    ("of one that may be missing", "a: 1\n{% include 'no' ignore missing %}\n{% include ['no', 'i'] %}\n", "b: 2\n", {"a": 1, "b": 2}),
    ("in a loop", "a:\n{% for x in [1, 2] %}\n  - {% include 'i' %}\n{% endfor %}\nb: 3", "p: {{ x }}\nq: 0\n",
     {"a": ({"p": 1, "q": 0}, {"p": 2, "q": 0}), "b": 3}),
    ("in a macro", "{% macro m() %}\nk:\n  {% include 'i' %}\n{% endmacro %}\na:\n  {{ m() }}\nb: 3", PART,
     {"a": {"k": {"p": 1, "q": (2,)}}, "b": 3}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "part", "wanted"), [case[1:] for case in INCLUDES], ids=[case[0] for case in INCLUDES]
)
def test_an_included_file_is_written_in_its_column(
    value: Callable[..., Any], template: str, part: str, wanted: Any
) -> None:
    assert value({"blueprint.yaml.j2": template, "i": part}) == wanted


SHAPES = ("{k}: {v}", "{k}: {% if true %}{v}{% endif %}", "{% if true %}{k}: {v}{% endif %}", "{k}: {v} {# c #}",
          "{% if true %}\n{k}: {v}\n{% endif %}", "{# c\n #}\n{k}: {v}", "{%- if true %}\n{k}: {v}\n{%- endif %}",
          "{% raw %}\n{k}: {v}\n{% endraw %}", "{% for i in [1] %} {# c #}\n{k}: {{ {v} }}\n{% endfor %}",
          "{% set x = 1\n %}{% if x %}\n\n{k}: {v}{% endif %}")  # fmt: skip


def test_every_line_is_known_exactly(render: Callable[..., Any]) -> None:
    template, wanted = "", {}
    for first in SHAPES:
        for second in SHAPES:
            for shape in (first, second):
                key = f"k{len(wanted)}"
                text = shape.replace("{k}", key).replace("{v}", str(len(wanted)))
                wanted[key] = template.count("\n") + text[: text.index(key)].count("\n") + 1
                template += text + "\n"
    document = render({"blueprint.yaml.j2": template})
    assert document.value == {key: int(key[1:]) for key in wanted}
    assert {path_text(path): source.line for path, source in document.lines()} == wanted


def test_a_line_that_a_minus_has_joined_is_told(error: Callable[..., str]) -> None:
    said = error({"blueprint.yaml.j2": "x: 0\n{% if true %}\na: 1\n{%- endif -%}\nb: 2\n"})
    assert said.startswith("blueprint.yaml.j2:3: broken YAML: a ': ' where no key can be")
    assert "it is written on one line with line 5: a '-' beside a tag takes the line break away" in said


def test_what_a_call_writes_on_a_line_is_not_joined_with_it(error: Callable[..., str]) -> None:
    said = error({"blueprint.yaml.j2": "{% set q %}\n- 1\n{% endset %}\na: {{ q }}\n"})
    assert "a '- ' behind a key" in said and "on one line" not in said
