"""What is a line break and what is not: lines are counted as an editor counts them, and texts stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.blueprint import Outside, template
from provisioner.document import read
from provisioner.model.problem import BlueprintError
from provisioner.model.value import path_text

NO_BREAKS = ["\x85", "\u2028", "\u2029", "\xa0", "\ufeff"]
FORMS = ["{c}", '"{c}"', "'{c}'", "|-\n  {c}", "[{c}]", "1 # {c}"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("character", NO_BREAKS, ids=[f"U+{ord(char):04X}" for char in NO_BREAKS])
def test_what_is_no_line_break_is_text(render: Callable[..., Any], tmp_path: Path, character: str, form: str) -> None:
    text = f"x{character}y"
    document = form.format(c=text)
    source = f"a: {document}\n{text}: 1\nlast: 2\n"
    wanted: Any = 1 if "#" in form else (text,) if "[" in form else text
    (tmp_path / "plain.yaml").write_text(source)
    last = source.count("\n")
    for found in (render({"blueprint.yaml.j2": source}), read(tmp_path / "plain.yaml")):
        assert found.value == {"a": wanted, text: 1, "last": 2}
        lines = {path_text(path): at.line for path, at in found.lines()}
        assert lines["last"] == last and lines["a"] == 1


@pytest.mark.parametrize("character", ["\v", "\f", "\x1c", "\0"])
def test_a_control_character_is_named_with_its_line(error: Callable[..., str], character: str) -> None:
    said = error({"blueprint.yaml.j2": f"ä: 1\nb: |\n  ü\n  x{character}y\n"})
    assert said.startswith(f"blueprint.yaml.j2:4: broken YAML: the character U+{ord(character):04X}")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_lines_are_counted_however_they_end(render: Callable[..., Any], tmp_path: Path, end: str) -> None:
    source = end.join(
        [
            "a: 1",
            "b: |",
            "  x",
            "",
            "  {% if true %}",
            "  y",
            "  {% endif %}",
            "c: {{ 3 }}",
            "d: {% if true %}4{% endif %}",
            "e: 5",
            "",
        ]
    )
    (tmp_path / "blueprint.yaml.j2").write_bytes(source.encode())
    document = template.document(tmp_path, {}, {}, Outside())
    assert document.value == {"a": 1, "b": "x\n\ny\n", "c": 3, "d": 4, "e": 5}
    assert {path_text(path): at.line for path, at in document.lines()} == {"a": 1, "b": 2, "c": 8, "d": 9, "e": 10}
    plain = end.join(["a: 1", "b: [", " 2,", " 3]", "c: {"])
    (tmp_path / "plain.yaml").write_bytes(plain.encode())
    with pytest.raises(BlueprintError) as caught:
        read(tmp_path / "plain.yaml")
    assert caught.value.problems[0].source is not None and caught.value.problems[0].source.line == 5


TEXTS = [
    ("a\r\nb\r\n", "a\r\nb\r\n"),
    ("a\rb\nc\r\n\r\n\n\rd", "a\rb\nc\r\n\r\n\n\rd"),
    ("x\u2028y\x85z\v\f", "x\u2028y\x85z\v\f"),
    ("{% for i in [1, 2] %}\r\n{{ i }}\r\n{% endfor %}\r\nend", "1\r\n2\r\nend"),
    ("{% macro m() %}\r\na\r\n  b\r\n{% endmacro %}\r\n- {{ m() }}\r\n\nx\n", "- a\r\n    b\r\n\nx\n"),
    ("{% set s %}\r\na\r\n\r\nb{% endset %}\r\n{{ s | upper }}\r\n{{ s | indent(2) }}", "A\r\n\r\nB\r\na\r\n\r\n  b"),
    ("{% include 'part' %}\r\nend\r", "p\rq\r\nend\r"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "wanted"), TEXTS, ids=[str(number) for number in range(len(TEXTS))])
def test_a_template_file_keeps_its_line_breaks(tmp_path: Path, source: str, wanted: str) -> None:
    (tmp_path / "blueprint.yaml.j2").write_text("a: {{ template_file('t') }}\n")
    (tmp_path / "t").write_bytes(source.encode())
    (tmp_path / "part").write_bytes(b"p\rq\r\n")
    value: Any = template.document(tmp_path, {}, {}, Outside()).value
    assert value == {"a": wanted}
