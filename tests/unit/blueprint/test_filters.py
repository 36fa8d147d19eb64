"""The filters of the language: what each gives, and what it says to a value that it cannot take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

GIVES: list[tuple[str, Any]] = [
    ("'10.0.0.0/16' | subnet(8)", "10.0.0.0/24"),
    ("'10.0.0.0/16' | subnet(8, 255)", "10.0.255.0/24"),
    ("'10.0.0.0/16' | subnet(0)", "10.0.0.0/16"),
    ("'fd00::/48' | subnet(16, 2)", "fd00:0:0:2::/64"),
    ("'10.0.1.0/24' | host(5)", "10.0.1.5"),
    ("'10.0.1.0/24' | host(-1)", "10.0.1.255"),
    ("'10.0.0.0/8' | cidr_contains('10.1.0.0/16')", True),
    ("'10.0.0.0/8' | cidr_contains('11.0.0.1')", False),
    ("'10.0.0.0/8' | cidr_contains('fd00::1')", False),
    ("'10.0.0.0/16' | cidr_contains('10.0.0.0/8')", False),
    ("'abc' | hash(8)", "ba7816bf"),
    ("{'b': 1, 'a': 2} | hash == {'a': 2, 'b': 1} | hash", True),
    ("1 | hash == '1' | hash", True),  # a text is hashed as it is, a number as its JSON text
    ("'My App (EU)' | slug", "my-app-eu"),
    ("'42 is it' | slug", "x42-is-it"),
    ("'a long name' | slug(6)", "a-long"),
    ("'a long name' | slug(7)", "a-long"),  # no hyphen at the end
    ("{'a': [1, true, none]} | to_json", '{"a": [1, true, null]}'),
    ("'ü' | to_json", '"ü"'),
    ("[1] | to_json(indent=2)", "[\n  1\n]"),
    ("'a: [1, yes, no, 0x10, 1e2, ~]' | from_yaml", {"a": (1, "yes", "no", 16, 100.0, None)}),
    ("'{\"a\": {\"b\": [true]}}' | from_yaml", {"a": {"b": (True,)}}),
    ("'- &x {a: 1}\\n- {<<: *x, b: 2}' | from_yaml", ({"a": 1}, {"a": 1, "b": 2})),
    ("'' | from_yaml", None),
    ("('a: 1' | from_yaml).a + 1", 2),
    ("{'a': {'b': 1}, 'c': [1]} | merge({'a': {'d': 2}, 'c': [2]})", {"a": {"b": 1, "d": 2}, "c": (2,)}),
    ("{'a': 1} | merge({'b': 2}, {'a': 3})", {"a": 3, "b": 2}),
    ("'logs' | unique_name('123456789012', 'dev')", "logs-znafos46tk"),
    ("'My Logs' | unique_name(1, length=24, separator='')", "mylogsa4mnbo7cpi"),
    ("('logs' | unique_name(1, length=12)) | length", 12),
    ("'a' | unique_name(1) == 'a' | unique_name(2)", False),
    ("'a' | unique_name('x', 'y') == 'a' | unique_name('xy')", False),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "wanted"), GIVES, ids=[case[0] for case in GIVES])
def test_gives(value: Callable[..., Any], expression: str, wanted: Any) -> None:
    assert value(f"a: {{{{ {expression} }}}}")["a"] == wanted


SAYS: list[tuple[str, str]] = [
    ("'10.0.0.0/16' | subnet(20)", "subnet: 10.0.0.0/16 cannot be made 20 bits longer (at most 16)"),
    ("'10.0.0.0/16' | subnet(-1)", "subnet: 10.0.0.0/16 cannot be made -1 bits longer"),
    ("'10.0.0.0/16' | subnet(8, 256)", "subnet: 10.0.0.0/16 has 256 networks of /24, numbered from 0; there is no number 256"),
    ("'10.0.0.1/16' | subnet(8)", "subnet: '10.0.0.1/16' is not a network such as 10.0.0.0/16; the network is 10.0.0.0/16"),
    ("'x' | subnet(8)", "subnet: 'x' is not a network such as 10.0.0.0/16"),
    ("1 | subnet(8)", "subnet: takes text, not the number 1"),
    ("'10.0.0.0/16' | subnet('8')", "subnet: the number of bits must be a whole number, not the text '8'"),
    ("'10.0.0.0/16' | subnet(8, true)", "subnet: the index must be a whole number, not true"),
    ("'10.0.0.0/16' | subnet", "subnet: missing a required argument: 'bits'\n  it is used as {{ … | subnet(bits, index=0) }}"),
    ("'10.0.0.0/16' | subnet(8, 1, 2)", "subnet: too many positional arguments\n  it is used as {{ … | subnet(bits, index=0) }}"),
    ("'10.0.0.0/16' | subnet(8, idx=1)", "subnet: got an unexpected keyword argument 'idx'"),
    ("'10.0.0.0/30' | host(4)", "host: 10.0.0.0/30 has 4 addresses; there is no number 4"),
    ("'10.0.0.0/30' | host", "host: missing a required argument: 'index'\n  it is used as {{ … | host(index) }}"),
    ("'10.0.0.0/8' | cidr_contains('x')", "cidr_contains: 'x' is not a network"),
    ("'a' | hash(0)", "hash: the length must be at least 1"),
    ("'???' | slug", "slug: '???' has no letter or digit"),
    ("[1] | slug", "slug: takes text, not a list"),
    ("'a' | slug('3')", "slug: the length must be a whole number, not the text '3'"),
    ("ref | to_json", "to_json: a function has no JSON text"),
    ("[1] | to_json(9)", "to_json: the indent goes from 0 to 8"),
    ("[1] | to_json('x')", "to_json: the indent must be a whole number, not the text 'x'"),
    ("(1e308 * 10) | to_json", "to_json: Out of range float values are not JSON compliant"),
    ("1 | from_yaml", "from_yaml: takes text, not the number 1"),
    ("'a: 1\\nb: [\\nc: 2' | from_yaml", "from_yaml: line 2 of the text: broken YAML: a '[' is never closed"),
    ("'a: 1\\na: 2' | from_yaml", "from_yaml: line 2 of the text: the key 'a' stands here twice (first at line 1)"),
    ("'a: 1\\nb: 012' | from_yaml", "from_yaml: line 2 of the text: 012 would lose its leading zero: quote it"),
    ("'a: !x 1' | from_yaml", "from_yaml: line 1 of the text: the tag !x is not allowed"),
    ("'a\\n---\\nb' | from_yaml", "from_yaml: line 3 of the text: a second document begins, and only one may"),
    ("('x' * 1000000 ~ 'x') | from_yaml", "from_yaml: the text has more than 1,000,000 characters"),
    ("('[' * 200) | from_yaml", "from_yaml: line 1 of the text: nested deeper than 100 levels"),
    ("'a: &a [1,1,1,1,1,1,1,1,1]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\\n"
     "e: &e [*d,*d,*d,*d,*d,*d,*d,*d]\\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\\ng: [*f,*f,*f,*f,*f,*f,*f,*f]' | from_yaml",
     "from_yaml: line 7 of the text: the document holds more than 2,000,000 values once its aliases are expanded"),
    ("(ref('vpc').Id) | from_yaml", 'ref("vpc").Id is known only after apply, so it cannot be passed to the filter \'from_yaml\''),
    ("('a: ' ~ ref('vpc').Id) | from_yaml", 'a value with ref("vpc").Id in it is known only after apply'),
    ("('a: ' ~ secret('env://A')) | from_yaml", 'a value with secret("env://A") in it is secret'),
    ("{} | merge([1])", "merge: merges maps, not a list"),
    ("'x' | merge({})", "merge: merges maps, not the text 'x'"),
    ("'x' | unique_name", 'unique_name: say what makes it unique, as {{ "logs" | unique_name(places.aws.account, env) }}'),
    ("'x' | unique_name(1, length=5)", "unique_name: 5 characters are too few; it needs 12"),
    ("'x' | unique_name(1, separator='.')", 'unique_name: the separator is "-", "_" or nothing'),
    ("'x' | unique_name(ref('a').Id)", 'ref("a").Id is known only after apply, so it cannot be passed to the filter \'unique_name\''),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "message"), SAYS, ids=[case[0][:60] for case in SAYS])
def test_says(error: Callable[..., str], expression: str, message: str) -> None:
    said = error(f"x: 1\na: {{{{ {expression} }}}}")
    assert said.startswith("blueprint.yaml.j2:2: ") and message in said


def test_what_is_no_number_is_not_nought(value: Callable[..., Any], error: Callable[..., str]) -> None:
    assert value("a: {{ '5' | int }}\nb: {{ '1.5' | float }}\nc: {{ 'x' | int(7) }}\nd: {{ 'x' | float(default=none) }}\ne: {{ 'ff' | int(0, 16) }}") == {
        "a": 5, "b": 1.5, "c": 7, "d": None, "e": 255,
    }  # fmt: skip
    assert (
        error("a: {{ 'x' | int }}")
        == "blueprint.yaml.j2:1: int: the text 'x' is no number\n  say what it is then: | int(0)"
    )
    assert "int: a number of 5,000 digits is too long" in error("a: {{ ('1' * 5000) | int }}")
    assert error("a: {{ none | float }}").startswith("blueprint.yaml.j2:1: float: null is no number")


def test_the_text_of_a_macro_is_read(value: Callable[..., Any]) -> None:
    assert value("{% macro m(x) %}\na: {{ x }}\n{% endmacro %}\nb: {{ m(1) | from_yaml }}") == {"b": {"a": 1}}


def test_from_yaml_reads_what_to_json_wrote(value: Callable[..., Any]) -> None:
    wanted = {"a": (1, "x: y", None, True, {"b": "\n"})}
    assert value("a: {{ x | to_json | from_yaml }}", x=wanted)["a"] == wanted
