"""Expressions write values, not text: types are kept, nothing is injected, text with references stays such."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.model.value import Interpolation, JsonText, Reference

VPC = Reference("vpc", ("Id",))
SG = Reference("sg", ("Id",))

KNOWN: list[tuple[str, str, dict[str, Any], Any]] = [
    ("a whole number", "a: {{ 5 }}", {}, {"a": 5}),
    ("a fraction, a truth, nothing", "a: [{{ 1.5 }}, {{ true }}, {{ none }}]", {}, {"a": (1.5, True, None)}),
    ("a list of maps", "a: {{ x }}", {"x": [1, {"k": "v"}]}, {"a": (1, {"k": "v"})}),
    ("a map whose text looks like YAML", "a: {{ x }}", {"x": {"a: b": "c #d"}}, {"a": {"a: b": "c #d"}}),
    ("a list with a reference", "a: {{ [1, vpc.Id] }}", {}, {"a": (1, VPC)}),
    ("text that is a word of YAML", "a: {{ 'no' }}\nb: {{ 'true' }}\nc: {{ '1.10' }}", {}, {"a": "no", "b": "true", "c": "1.10"}),
    ("two numbers side by side are text", "a: {{ 80 }}{{ 1 }}\nb: {{ 1 }}.{{ 10 }}", {}, {"a": "801", "b": "1.10"}),
    ("quotes make text of a number", 'a: "{{ 8080 }}"\nb: \'{{ true }}\'', {}, {"a": "8080", "b": "true"}),
    ("the tag of text does too", "a: !!str {{ 5 }}\nb: !!str 5", {}, {"a": "5", "b": "5"}),
    ("a value inside a comment", "# hi {{ x }}\na: 1 # {{ x }}", {"x": "a\nb: evil"}, {"a": 1}),
    ("flow collections", "a: {b: {{ x }}}\nc: [{{ x }}, {{ y }}]", {"x": "},]", "y": [1]}, {"a": {"b": "},]"}, "c": ("},]", (1,))}),
    ("a key in a flow map", "a: { {{ k }}: {{ k }} }", {"k": "x: y"}, {"a": {"x: y": "x: y"}}),
    ("keys", '{{ k }}: 1\n"{{ n }}": 2\np-{{ k }}: 3\n? {{ i }}\n: 4', {"k": "a: b", "n": "no", "i": 7},
     {"a: b": 1, "no": 2, "p-a: b": 3, "7": 4}),
    ("keys of a map are text", "a: {{ {2: 'x', true: 'y'} }}", {}, {"a": {"2": "x", "true": "y"}}),
    ("block scalars", "a: |\n  echo {{ x }}\n  done\nb: >-\n  {{ x }}\n  end\nc: |\n  {{ x }}", {"x": "l1\nl2: y"},
     {"a": "echo l1\nl2: y\ndone\n", "b": "l1\nl2: y end", "c": "l1\nl2: y"}),
    ("a merge key", "d: &d {a: 1}\ne:\n  <<: *d\n  b: 2\nf:\n  <<: {{ m }}\n  c: 3", {"m": {"z": 1, "c": 9}},
     {"d": {"a": 1}, "e": {"b": 2, "a": 1}, "f": {"c": 3, "z": 1}}),
    ("a value behind an anchor", "a: &x {{ v }}\nb: *x", {"v": [1]}, {"a": (1,), "b": (1,)}),
    ("a key behind an anchor", "&x {{ k }}: 1\nb: *x", {"k": "key"}, {"key": 1, "b": "key"}),
    ("a generator", "a: {{ l | map('upper') }}\nb: {{ m.items() }}\nc: {{ range(2) }}", {"l": ["x"], "m": {"k": 1}},
     {"a": ("X",), "b": (("k", 1),), "c": (0, 1)}),
    ("text is written in YAML's words, never in Python's",
     "a: {{ true | string }}\nb: {{ [true, none, 1] | join('-') }}\nc: {{ '%s' % true }}\nd: {{ '{}'.format(false) }}\ne: {{ 'x-%s' | format(none) }}",
     {}, {"a": "true", "b": "true--1", "c": "true", "d": "false", "e": "x-"}),
    ("a part of a map in a format", "a: {{ '{0[k]}-%(k)s'.format(m) % m }}", {"m": {"k": "v"}}, {"a": "v-v"}),
    ("defaults", "a: {{ nope | default('x') }}\nb: {{ m.x | default(3) }}", {"m": {}}, {"a": "x", "b": 3}),
    ("a key by a computed name", "a: {{ m | attr('x') }}", {"m": {"x": 1}}, {"a": 1}),
    ("raw", "a: '{% raw %}{{ x }}{% endraw %}'", {}, {"a": "{{ x }}"}),
    ("a comment over lines", "a: 1\n{# multi\nline: {{ nope }} #}\nb: 2", {}, {"a": 1, "b": 2}),
    ("loop over a map", "{% for k, v in d.items() %}\n{{ k }}: {{ v }}\n{% endfor %}", {"d": {"a": [1], "b: c": None}},
     {"a": (1,), "b: c": None}),
    ("white space control", "a:\n{%- for i in [1, 2] %}\n\n  - n: {{ i -}}\n{% endfor %}\n\nb: [{%- for i in [1, 2] -%} {{ i }}, {%- endfor -%} ]",
     {}, {"a": ({"n": 1}, {"n": 2}), "b": (1, 2)}),
    ("namespace", "{% set n = namespace(x=0) %}{% for i in [1, 2] %}{% set n.x = n.x + i %}{% endfor %}\na: {{ n.x }}", {}, {"a": 3}),
    ("choice", "a: {{ vpc.Id if on else none }}\nb: {{ 1 if not on else 2 }}", {"on": True}, {"a": VPC, "b": 2}),
    ("select and map", "a: {{ l | selectattr('k', 'equalto', 1) | map(attribute='v') | list }}",
     {"l": [{"k": 1, "v": "a"}, {"k": 2, "v": "b"}]}, {"a": ("a",)}),
    ("Windows line ends", "a: {{ 1 }}\r\nb: |\r\n  x\r\n", {}, {"a": 1, "b": "x\n"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "variables", "wanted"), [case[1:] for case in KNOWN], ids=[case[0] for case in KNOWN]
)
def test_known(value: Callable[..., Any], template: str, variables: dict[str, Any], wanted: Any) -> None:
    assert value("{% set vpc = ref('vpc') %}\n" + template, **variables) == wanted


@pytest.mark.parametrize("place", ["{{ x }}", '"{{ x }}"', "'{{ x }}'", "pre-{{ x }}", "[{{ x }}]", "{k: {{ x }}}"])
@pytest.mark.parametrize(
    "evil", ["a\nadmin: true # \"'", "{{ 1 }}", "*x", "!!int 1", "- a", "%YAML", "'", "\\", "a: b", "\t", "{% if %}"]
)
def test_a_value_never_becomes_yaml(value: Callable[..., Any], place: str, evil: str) -> None:
    found = value(f"n: {place}", x=evil)
    assert list(found) == ["n"]
    inner = found["n"]
    inner = inner[0] if isinstance(inner, tuple) else inner["k"] if isinstance(inner, dict) else inner
    assert inner.removeprefix("pre-") == evil


LATER: list[tuple[str, str, Any]] = [
    ("alone", "{{ vpc.Id }}", VPC),
    ("alone in quotes it is text", '"{{ vpc.Id }}"', Interpolation((VPC,))),
    ("joined to nothing it is text", "{{ vpc.Id ~ '' }}", Interpolation((VPC,))),
    ("the join of one is text", "{{ [vpc.Id] | join(',') }}", Interpolation((VPC,))),
    ("by index and by name", "{{ vpc.Ids[0]['x-y'] }}", Reference("vpc", ("Ids", 0, "x-y"))),
    ("names that Python objects have too", "{{ vpc.items.index.count }}", Reference("vpc", ("items", "index", "count"))),
    ("in the middle of text", "arn:{{ r }}:vpc/{{ vpc.Id }}/x", Interpolation(("arn:eu:vpc/", VPC, "/x"))),
    ("alone in a block", "|-\n  {{ vpc.Id }}", Interpolation((VPC,))),
    ("~", "{{ 'x-' ~ vpc.Id ~ '-' ~ 3 ~ true }}", Interpolation(("x-", VPC, "-3true"))),
    ("+ from both sides", "{{ 'p' + vpc.Id + 'q' }}", Interpolation(("p", VPC, "q"))),
    ("two of them", "{{ vpc.Id }}{{ sg.Id }}", Interpolation((VPC, SG))),
    ("join", "{{ [vpc.Id, 'b', sg.Id] | join(',') }}", Interpolation((VPC, ",b,", SG))),
    ("the join of text", "{{ ','.join(['a', 'x' ~ vpc.Id]) }}", Interpolation(("a,x", VPC))),
    ("the filter format", "{{ 'x-%s' | format(vpc.Id) }}", Interpolation(("x-", VPC))),
    ("the method format", "{{ 'y-{}-{a}'.format(vpc.Id, a=sg.Id) }}", Interpolation(("y-", VPC, "-", SG))),
    ("%", "{{ 'x-%s' % vpc.Id }}", Interpolation(("x-", VPC))),
    ("in a list of texts", "{{ ['p-' ~ vpc.Id, {'k': 'q' ~ sg.Id}] }}", (Interpolation(("p-", VPC)), {"k": Interpolation(("q", SG))})),
    ("default leaves it", "{{ vpc.Id | default('x') }}", VPC),
    ("is defined", "{{ vpc.Id is defined }}", True),
    ("in JSON text", "{{ {'a': vpc.Id, 'b': ['x-' ~ sg.Id]} | to_json }}",
     Interpolation((JsonText(None, {"a": VPC, "b": (Interpolation(("x-", SG)),)}),))),
    ("in JSON text inside of text", "x={{ [vpc.Id] | to_json(indent=1) }}!", Interpolation(("x=", JsonText(1, (VPC,)), "!"))),
    ("in JSON text inside of JSON text", "{{ {'a': [vpc.Id] | to_json} | to_json }}",
     Interpolation((JsonText(None, {"a": Interpolation((JsonText(None, (VPC,)),))}),))),
    ("as an item that is picked", "{{ [vpc.Id, sg.Id] | last }}", SG),
    ("merged", "{{ {'a': vpc.Id} | merge({'b': 1}) }}", {"a": VPC, "b": 1}),
    ("by a computed name", "{{ vpc | attr('I' ~ 'd') }}", VPC),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "wanted"), [case[1:] for case in LATER], ids=[case[0] for case in LATER])
def test_later(value: Callable[..., Any], expression: str, wanted: Any) -> None:
    assert value(f"{{% set vpc, sg = ref('vpc'), ref('sg') %}}\na: {expression}", r="eu") == {"a": wanted}


def test_text_with_a_reference_is_passed_on(value: Callable[..., Any]) -> None:
    template = "{% set n = 'x-' ~ ref('vpc').Id %}\na: {{ n }}\nb: {{ n ~ 'z' }}\nc: {{ n + 'y' }}"
    assert value(template) == {
        "a": Interpolation(("x-", VPC)),
        "b": Interpolation(("x-", VPC, "z")),
        "c": Interpolation(("x-", VPC, "y")),
    }


NEEDED: list[tuple[str, str]] = [
    ("a condition", "{% if vpc.Id %}a: 1{% endif %}"),
    ("compared", "{% if vpc.Id == 'x' %}a: 1{% endif %}"),
    ("compared", "{% if 'x' != vpc.Id %}a: 1{% endif %}"),
    ("compared", "{% if ('x' ~ vpc.Id) == 'x' %}a: 1{% endif %}"),
    ("compared", "a: {{ 'x' in [vpc.Id] }}"),
    ("compared", "a: {{ [vpc.Id, 'a'] | sort }}"),
    ("a key or told apart", "a: {{ [vpc.Id, vpc.Id] | unique | list }}"),
    ("a key or told apart", "a: {{ {vpc.Id: 1} }}"),
    ("the filter 'upper'", "a: {{ vpc.Id | upper }}"),
    ("the filter 'upper'", "a: {{ ('x' ~ vpc.Id) | upper }}"),
    ("the filter 'upper'", "a: {{ [vpc.Id] | map('upper') | list }}"),
    ("the filter 'replace'", "a: {{ ['x', vpc.Id] | join('-') | replace('-', '_') }}"),
    ("the filter 'urlencode'", "a: {{ {'q': vpc.Id} | urlencode }}"),
    ("the filter 'hash'", "a: {{ {'q': vpc.Id} | hash }}"),
    ("the filter 'int'", "a: {{ vpc.Port | int }}"),
    ("the filter 'length'", "a: {{ vpc.Ids | length }}"),
    (".upper()", "a: {{ ('x' ~ vpc.Id).upper() }}"),
    (".startswith()", "a: {{ 'x'.startswith('y' ~ vpc.Id) }}"),
    ("cut", "a: {{ ('x' ~ vpc.Id)[:5] }}"),
    ("looped over", "{% for i in vpc.Ids %}\n- {{ i }}\n{% endfor %}"),
    ("calculated with", "a: {{ vpc.Port * 2 }}"),
    ("added to a number", "a: {{ vpc.Port + 2 }}"),
    ("added to a number", "a: {{ [vpc.Port, 1] | sum }}"),
    ("repeated", "a: {{ ('x' ~ vpc.Id) * 2 }}"),
    ("formatted", "a: {{ '%9s' | format(vpc.Id) }}"),
    ("formatted", "a: {{ '%r' % vpc.Id }}"),
    ("formatted", "a: {{ '{:>9}'.format(vpc.Id) }}"),
    ("formatted", "a: {{ '{!r}'.format(vpc.Id) }}"),
    ("formatted", "a: {{ '%d' % vpc.Id }}"),
    ("tested with 'is none'", "a: {{ vpc.Id is none }}"),
    ("tested with 'is string'", "a: {{ ('x' ~ vpc.Id) is string }}"),
    ("called", "a: {{ vpc.Id() }}"),
    ("the address of ref()", "a: {{ ref(vpc.Id) }}"),
    ("compared", "{% macro n(x) %}p-{{ x }}{% endmacro %}\n{% if n(vpc.Id) == 'a' %}a: 1{% endif %}"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "template"), NEEDED, ids=[case[1][:50] for case in NEEDED])
def test_what_needs_a_value_of_later_is_refused(error: Callable[..., str], operation: str, template: str) -> None:
    message = error("{% set vpc = ref('vpc') %}\n" + template)
    assert "known only after apply, so it cannot be" in message
    assert operation in message
    assert 'ref("vpc")' in message
    assert message.startswith("blueprint.yaml.j2:")


WRONG: list[tuple[str, str, dict[str, Any]]] = [
    ("blueprint.yaml.j2:1: a map cannot be put inside text", "a: x{{ d }}", {"d": {}}),
    ("blueprint.yaml.j2:2: null cannot be put inside text", "a: x\nb: x{{ none }}", {}),
    ("blueprint.yaml.j2:1: a list cannot be put inside text", 'a: "{{ [1] }}"', {}),
    ("a list cannot be joined to text; for JSON text there is to_json", "a: {{ 'x' ~ [1] }}", {}),
    ("string: takes text, not a list; for JSON text there is to_json", "a: {{ [ref('v').Id] | string }}", {}),
    ("upper: takes text, not a map", "a: {{ {'k': 1} | upper }}", {}),
    ("format: takes text, not a list", "a: {{ '%s' % [1] }}", {}),
    ("format: takes text, not a list", "a: {{ 'x-{}'.format([1]) }}", {}),
    ("a list cannot be joined to text", "a: {{ [[1]] | join(',') }}", {}),
    ("a namespace cannot be passed to the filter 'string'", "{% set n = namespace(x=1) %}a: {{ n | string }}", {}),
    ("a namespace cannot be passed to the filter 'urlencode'", "{% set n = namespace(x=1) %}a: {{ {'a': [n]} | urlencode }}", {}),
    ("a namespace cannot be passed to .format()", "{% set n = namespace(x=1) %}a: {{ '{0[0]}'.format([n]) }}", {}),
    ("there is no 'a list' in this map", "a: {{ {}[[1]] }}", {}),
    ("blueprint.yaml.j2:1: 'nope' is undefined", "a: {{ {}[nope] }}", {}),
    ("blueprint.yaml.j2:1: there is no 'y' in this map", "a: {{ {}[{'x': 1}.y] }}", {}),
    ("blueprint.yaml.j2:1: 'nope' is undefined", "{% include [nope] %}", {}),
    ("there is no {% autoescape %}", "{% autoescape true %}a: 1{% endautoescape %}", {}),
    ("blueprint.yaml.j2:2: 'nope' is undefined", "a: 1\nb: {{ nope }}", {}),
    ("'nope' is undefined", "b: {{ [1, nope] }}", {}),
    ("'nope' is undefined", "b: {{ {'k': [nope]} }}", {}),
    ("'nope' is undefined", "b: {{ 'a' ~ nope }}", {}),
    ("'nope' is undefined", "b: {{ ['a', nope] | join }}", {}),
    ("a private-use character", "a: {{ x }}", {"x": "\ue0000\ue001"}),
    ("a private-use character", "a: {{ x }}", {"x": [{"k": "\ue0000\ue001"}]}),
    ("a private-use character", "a: {{ '\\ue000' }}", {}),
    ("the private-use character U+E000", "a: 1\nb: \ue000", {}),
    ("there is no filter 'safe'", "a: {{ '[1, 2]' | safe }}", {}),
    ("write {{ x }}; for JSON text there is to_json", "a: {{ x | tojson }}", {"x": 1}),
    ("not allowed in a blueprint", "a: {{ ''.__class__.__mro__ }}", {}),
    ("not allowed in a blueprint", "{% set x = [] %}{{ x.append(1) }}", {}),
    ("is not a value that a resource can hold", "a: {{ ref }}", {}),
    ("no number that JSON can hold", "a: {{ 1e308 * 10 }}", {}),
    ("a key must be known while rendering", "{{ ref('v').Id }}: 3", {}),
    ("a key must be known while rendering", "k{{ ref('v').Id }}: 3", {}),
    ("as a key: a list cannot be put inside text", "{{ [1] }}: 3", {}),
    ("{% filter upper %} would turn values into YAML text", "{% filter upper %}a: {{ 1 }}{% endfilter %}", {}),
    ("ref() takes the address of a resource as text", "a: {{ ref(1) }}", {}),
    ("takes a name or an index", "a: {{ ref('v')[1.5] }}", {}),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "template", "variables"), WRONG, ids=[case[1][:50] for case in WRONG])
def test_wrong(error: Callable[..., str], wanted: str, template: str, variables: dict[str, Any]) -> None:
    assert wanted in error(template, **variables)


def test_all_undefined_variables_are_told_at_once(error: Callable[..., str]) -> None:
    message = error("a: {{ one }}\nb: {{ place }}\nc: {{ d.siez }}", d={"size": 1}, plaza=1)
    assert message == (
        "blueprint.yaml.j2:1: 'one' is undefined\n  declare it in parameters.yaml\n"
        "blueprint.yaml.j2:2: 'place' is undefined\n  did you mean plaza?\n"
        "blueprint.yaml.j2:3: there is no 'siez' in this map\n  did you mean size?"
    )


BOMBS = [
    "a: {{ 'x' * 1000000000000 }}",
    "a: {{ [1] * 1000000000000 }}",
    "a: {{ 10 ** (10 ** 10) }}",
    "a: {{ 2 ** 9999 * 2 ** 9999 }}",
    "a: {{ 'x' | center(1000000000000) }}",
    "a: {{ 'x'.ljust(1000000000000) }}",
    "a: {{ '%999999999999d' % 1 }}",
    "a: {{ '%*d' % (999999999, 1) }}",
    "a: {{ '{:999999999999}'.format(1) }}",
    "a: {{ 'x\\ny' | indent(1000000000000) }}",
    "a: {{ range(1000000000) | list }}",
    "{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}\na: {{ m() }}",
    "{% include 'blueprint.yaml.j2' %}",
    "{% set ns = namespace(x='x' * 1000) %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x='x' * 1000000) %}{% for i in range(100) %}{{ ns.x }}{% raw %}xx{% endraw %}\n{% endfor %}",
    "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
    + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(8)),
    "a: " + "[" * 5000,
    "a: " + "[" * 500 + "]" * 500,
    "a: {{ " + "[" * 300 + "]" * 300 + " }}",
    "{% set ns = namespace(x=1) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}\na: {{ ns.x }}",
    "{% set ns = namespace(x=1) %}{% for i in range(99) %}{% set ns.x = {'a': ns.x, 'b': (ns.x,)} %}{% endfor %}\na: {{ ns.x == 1 }}",
    "{% set ns = namespace(x=[0] * 999) %}{% for i in range(9) %}{% set ns.x = [ns.x] * 999 %}{% endfor %}\na: {{ ns.x | string }}",
    "{% set ns = namespace(x=1) %}{% for i in range(99) %}{% set ns.x = dict(a=ns.x, b=ns.x) %}{% endfor %}\na: {{ ns.x | to_json }}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}\na: {{ ns.x }}",
    "{% set ns = namespace(x=1) %}{% for i in range(99) %}{% set ns.x = namespace(a=ns.x, b=ns.x) %}{% endfor %}\na: {{ ns.x | string }}",
    "a: {{ ('a' * 1000000) | replace('a', 'b' * 1000000) }}",
    "a: {{ ('a' * 1000000).replace('a', 'b' * 1000000) }}",
    "a: {{ ('x' * 1000000).join(range(1000000) | map('string')) }}",
    "a: {{ range(1000000) | join('x' * 1000000) }}",
    "a: {{ ('\\t' * 1000000).expandtabs(1000000) }}",
    "a: {{ ('\\n' * 1000000) | indent('x' * 1000000) }}",
    "a: {{ ('%99999d' * 10000) % ((1,) * 10000) }}",
    "a: {{ ('{0:99999}' * 10000).format(1) }}",
    "a: {{ ('{0}' * 10000).format('x' * 1000000) }}",
    "{% macro m() %}{{ 'x' * 1000000 }}{% endmacro %}{% for i in range(1000000) %}{% set y = m() ~ m() %}{% endfor %}",
    "a: {{ ('f' * 1000000) | int(base=16) }}",
]


@pytest.mark.parametrize(
    "loop",
    [
        "{% for i in l %}{% for j in l %}{% for k in l %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for i in l recursive %}{{ loop(l) if loop.depth < 9 else 1 in l }}{% endfor %}",
        "{% macro m(n) %}{{ m(n - 1) ~ m(n - 1) if n else 1 }}{% endmacro %}{{ m(60) }}",
    ],
)
def test_no_loop_takes_forever(error: Callable[..., str], monkeypatch: pytest.MonkeyPatch, loop: str) -> None:
    monkeypatch.setattr("provisioner.blueprint.budget._SECONDS", 0.2)
    assert "the template computes for longer than" in error(loop, l=list(range(10_000)))


@pytest.mark.parametrize("bomb", BOMBS, ids=[bomb[:40] for bomb in BOMBS])
def test_nothing_grows_without_bound(error: Callable[..., str], bomb: str) -> None:
    assert error(bomb).startswith("blueprint.yaml.j2")
