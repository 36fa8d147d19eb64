"""The functions of the language: what each gives, what it keeps for the plan, and what it says to what it cannot do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.blueprint import Outside
from provisioner.model.place import Place
from provisioner.model.run import Run, RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Interpolation, JsonText, Map, Reference, Secret
from tests.unit.blueprint.conftest import ARM, TEE, written

Value = Callable[..., Any]
Error = Callable[..., str]

# --- output ----------------------------------------------------------------------------------------------------------

LEDGER = {"network": Map({"id": "net-1", "zones": ("a", "b"), "key": Secret("env://KEY", "v1")})}


def outside(**more: Any) -> Outside:
    return Outside(LEDGER.get, **more)


def test_an_output_is_what_the_ledger_has(value: Value) -> None:
    asked = outside(must=True)
    template = """
    {% for z in output("network", "zones") %}
    z{{ loop.index }}: {{ z | upper }}-{{ output("network", "id") }}
    {% endfor %}
    key: k={{ output("network", "key") }}
    """
    assert value(template, outside=asked) == {
        "z1": "A-net-1", "z2": "B-net-1", "key": Interpolation(("k=", Secret("env://KEY"))),
    }  # fmt: skip
    assert {(read.stack, read.name) for read in asked.outputs_read()} == {
        ("network", "zones"), ("network", "id"), ("network", "key"),
    }  # fmt: skip


def test_before_there_is_a_plan_an_output_of_a_stack_never_applied_is_not_known(value: Value, error: Error) -> None:
    asked = outside()
    assert value("a: {{ output('data', 'id') }}", outside=asked) == {"a": Reference('output("data", "id")')}
    assert asked.outputs_read() == ()
    said = error("{% if output('data', 'id') == 'x' %}a: 1{% endif %}", outside=outside())
    assert 'output("data", "id") is not recorded yet, so it cannot be compared\n  apply that stack first' in said


OUTPUT = [
    ("output('data', 'id')", "output: the stack 'data' was never applied in this environment\n  orch apply data -e dev"),
    ("output('network', 'idd')", "output: the stack 'network' has no output 'idd'\n  did you mean id?"),
    ("output('network', 'subnets')", "output: the stack 'network' has no output 'subnets'\n  it has: id, zones, key"),
    ("output('empty', 'x')", "output: the stack 'empty' has no output 'x'\n  it has none; write it there under outputs; "),
    ("output(1, 'x')", "output: a stack is named by text, not the number 1"),
    ("output('network', '')", "output: an output is named by text, not the text ''"),
    ("output('network')", "output: missing a required argument: 'name'\n  it is used as {{ output(stack, name) }}"),
    ("output(ref('a').Id, 'x')", 'ref("a").Id is known only after apply, so it cannot be passed to output()'),
    ("output('network', 'key') | upper", 'secret("env://KEY") is secret, so it cannot be passed to the filter \'upper\''),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "message"), OUTPUT, ids=[case[0] for case in OUTPUT])
def test_an_output_that_is_not_there(error: Error, expression: str, message: str) -> None:
    asked = Outside({**LEDGER, "empty": Map()}.get, must=True, how_to_apply=lambda stack: f"orch apply {stack} -e dev")
    assert error(f"x: 1\na: {{{{ {expression} }}}}", outside=asked).startswith(f"blueprint.yaml.j2:2: {message}")


LAST = [
    (None, RunStatus.PARTIAL, "apply", "output: the stack 's' has no output 'x' yet\n  run r1 of it is not finished: orch resume r1"),
    (None, RunStatus.INTERRUPTED, "apply", "output: the stack 's' has no output 'x' yet\n  run r1 of it is not finished: orch resume r1"),
    (None, RunStatus.RUNNING, "apply", "output: the stack 's' has no output 'x' yet\n  run r1 of it is at work: wait for its end"),
    ({}, RunStatus.PARTIAL, "apply", "output: the stack 's' has no output 'x' yet\n  run r1 of it is not finished: orch resume r1"),
    ({}, RunStatus.DONE, "destroy", "output: the stack 's' has no output 'x'\n  run r1 has destroyed it; orch apply s"),
    ({}, RunStatus.DONE, "rollback", "output: the stack 's' has no output 'x'\n  run r1 has undone it; orch apply s"),
    ({}, RunStatus.DONE, "apply", "output: the stack 's' has no output 'x'\n  it has none; write it there under outputs; orch apply s"),
    ({"y": 1}, RunStatus.DONE, "apply", "output: the stack 's' has no output 'x'\n  it has: y"),
    (None, RunStatus.ROLLED_BACK, "apply", "output: the stack 's' was never applied in this environment\n  orch apply s"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "status", "kind", "message"), LAST)
def test_an_output_that_is_not_there_yet_or_no_more(
    error: Error, found: dict[str, int] | None, status: RunStatus, kind: str, message: str
) -> None:
    run = Run("r1", "p", "s", "dev", kind, status, "", "")
    outputs = {} if found is None else {"s": Map(found)}
    asked = Outside(
        outputs.get, must=True, how_to_apply=lambda stack: f"orch apply {stack}", last_run=lambda _stack: run
    )
    assert error("a: {{ output('s', 'x') }}", outside=asked) == f"blueprint.yaml.j2:1: {message}"


@pytest.mark.parametrize(("status", "kind"), [(RunStatus.PARTIAL, "apply"), (RunStatus.DONE, "destroy")])
def test_before_there_is_a_plan_an_output_that_a_run_will_record_is_not_known(
    value: Value, status: RunStatus, kind: str
) -> None:
    run = Run("r1", "p", "s", "dev", kind, status, "", "")
    asked = Outside({"s": Map()}.get, last_run=lambda _stack: run)
    assert value("a: {{ output('s', 'x') }}", outside=asked) == {"a": Reference('output("s", "x")')}


# --- lookup ----------------------------------------------------------------------------------------------------------


def entry(expression: str) -> str:
    return f"resources:\n  door:\n    type: T::Net::Door\n    properties: {{Net: {{{{ {expression} }}}}, From: [a]}}\n"


def test_a_lookup_is_a_reference_with_its_conditions(load: Callable[..., Stack]) -> None:
    template = (
        entry("lookup('T::Net::Net', Mode='shared', Cidr='10.0.0.0/8').NetId")
        + "outputs: {a: {{ lookup('T::Net::Net', {'Tags': [{'Key': 'a', 'Value': 'b'}]}) }}, b: {{ lookup('T::Net::Net', id='n-1').Ids[0] }}}"
    )
    found = {lookup.address: lookup for lookup in load(template).lookups}
    first = found['lookup("T::Net::Net", Cidr="10.0.0.0/8", Mode="shared")']
    assert first.where == ((("Cidr",), "10.0.0.0/8"), (("Mode",), "shared"))
    assert (first.type, first.place, first.source.line if first.source else 0) == ("T::Net::Net", TEE, 4)
    assert 'lookup("T::Net::Net", id="n-1")' in found
    assert any(lookup.where == ((("Tags",), (Map({"Key": "a", "Value": "b"}),)),) for lookup in found.values())


def test_the_same_lookup_is_asked_once(load: Callable[..., Stack]) -> None:
    twice = "lookup('T::Net::Net', Mode='shared').NetId ~ lookup('T::Net::Net', Mode='shared').NetId"
    assert len(load(entry(twice)).lookups) == 1


def test_a_lookup_of_a_generator(load: Callable[..., Stack]) -> None:
    lookups = load(entry("lookup('T::Net::Net', Ids=['a'] | map('upper')).NetId")).lookups
    assert lookups[0].where == ((("Ids",), ("A",)),)


def test_a_lookup_by_the_name_of_an_arm_object_in_a_place(load: Callable[..., Stack]) -> None:
    other = Place("other", "arm", "subscription-2", "westeurope")
    template = entry("lookup('Arm.Like/things', name='x', place='other').properties.state")
    assert load(template, places=(TEE, ARM, other)).lookups[0].place is other


LOOKUP = [
    ("lookup('T::Net::Nett', Mode='x')", "unknown resource type 'T::Net::Nett'\n  did you mean T::Net::Net or T::Net::Door?"),
    ("lookup('T::Net::Net', Mod='x').NetId", "'Mod' is not a known property of T::Net::Net\n  did you mean Mode?"),
    ("lookup('T::Net::Net', Mode='x').NetIdd", "T::Net::Net has no attribute 'NetIdd' (in lookup(\"T::Net::Net\", Mode=\"x\").NetIdd)\n  did you mean NetId?"),
    ("lookup('T::Net::Net', Mode='x', place='tea').NetId", "there is no place 'tea' for tee; there are: tee"),
    ("lookup('T::Net::Net', Mode='x', place=1).NetId", "lookup: a place is named by text, not the number 1"),
    ("lookup('T::Net::Net')", "lookup: say what it must have\n  as lookup("),
    ("lookup('T::Net::Net', 'x')", "lookup: what it must have is a map, not the text 'x'\n  as lookup("),
    ("lookup('T::Net::Net', {1: 'x'})", "lookup: a property is named by text, not the number 1"),
    ("lookup(1, Mode='x')", "lookup: a resource type is named by text, not the number 1"),
    ("lookup('T::Net::Net', Mode=nope)", "'nope' is undefined"),
    ("lookup('T::Net::Net', Mode=ref('a').Id)", 'ref("a").Id is known only after apply, so it cannot be looked up by'),
    ("lookup('T::Net::Net', Mode=secret('env://A'))", 'secret("env://A") is secret, so it cannot be looked up by'),
    ("lookup('T::Net::Net', Mode='x').NetId | upper", 'lookup("T::Net::Net", Mode="x").NetId is known only after apply'),
    ("'x' if lookup('T::Net::Net', Mode='x') else 'y'", 'so it cannot be a condition'),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "message"), LOOKUP, ids=[case[0] for case in LOOKUP])
def test_a_lookup_that_cannot_be(refused: Error, expression: str, message: str) -> None:
    said = refused(entry(expression))
    assert said.startswith("blueprint.yaml.j2:4: ") and message in said


def test_which_of_two_places_must_be_said(refused: Error) -> None:
    said = refused(entry("lookup('T::Net::Net', Mode='x').NetId"), places=(TEE, Place("two", "tee", "2", "here-2")))
    assert "which place of tee? write place=…; there are: tee, two" in said


# --- secret and sensitive parameters ---------------------------------------------------------------------------------

KEY = Secret("env://KEY")


def test_a_secret_passes_through_everything(value: Value) -> None:
    template = """
    {% macro pair(name, x) %}
    {{ name }}: {{ x }}
    {% endmacro %}
    {% set key = secret("env://KEY") %}
    {% for x in [key, "p-" ~ key] %}
    a{{ loop.index }}: {{ x }}
    {% endfor %}
    c:
      {{ pair("k", key) }}
    d: {{ {"k": [key, "x"]} | to_json }}
    e: {{ {"k": 1} | merge({"k": key}) }}
    f: {{ [key, "b"] | join("-") }}
    """
    assert value(template) == {
        "a1": KEY, "a2": Interpolation(("p-", KEY)), "c": {"k": KEY}, "e": {"k": KEY}, "f": Interpolation((KEY, "-b")),
        "d": Interpolation((JsonText(None, Map({"k": (KEY, "x")})),)),
    }  # fmt: skip


SECRET = [
    ("secret('KEY')", "secret: 'KEY' is no URI such as env://DB_PASSWORD or file://secrets/key"),
    ("secret('env://')", "secret: 'env://' is no URI"),
    ("secret('env://a b')", "secret: 'env://a b' is no URI"),
    ("secret('param://x')", "secret: 'param://x' is no URI such as env://DB_PASSWORD or file://secrets/key\n  a sensitive parameter is used by its name"),
    ("secret(1)", "secret: a URI is named by text, not the number 1"),
    ("secret(secret('env://A'))", 'secret("env://A") is secret, so it cannot be passed to secret()'),
    ("'x' if secret('env://A') else 'y'", 'secret("env://A") is secret, so it cannot be a condition'),
    ("secret('env://A') == 'x'", 'secret("env://A") is secret, so it cannot be compared'),
    ("secret('env://A') | upper", "secret(\"env://A\") is secret, so it cannot be passed to the filter 'upper'"),
    ("('x' ~ secret('env://A')) | hash", 'a value with secret("env://A") in it is secret, so it cannot be passed to the filter \'hash\''),
    ("secret('env://A').x", 'secret("env://A") is secret, so it cannot be taken apart'),
    ("secret('env://A')[0]", 'secret("env://A") is secret, so it cannot be taken apart'),
    ("('x' ~ secret('env://A'))[0]", "is secret, so it cannot be cut"),
    ("secret('env://A') | length", "is secret, so it cannot be passed to the filter 'length'"),
    ("secret('env://A') + 1", "is secret, so it cannot be added to a number"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "message"), SECRET, ids=[case[0] for case in SECRET])
def test_what_a_secret_refuses(error: Error, expression: str, message: str) -> None:
    said = error(f"x: 1\na: {{{{ {expression} }}}}")
    assert said.startswith(f"blueprint.yaml.j2:2: {message}") or message in said
    if "is secret" in message:
        assert "a plan must not depend on its value, and no file holds it" in said


PARAMETERS = """
parameters:
  token: {type: string, sensitive: true}
  port: {type: integer, sensitive: true, default: 5432}
  creds: {type: object, sensitive: true, properties: {user: {type: string}, password: {type: string}}, required: [user]}
  keys: {type: array, sensitive: true, items: {type: string}}
"""
GIVEN = {"token": "tok-canary", "creds": {"user": "me", "password": "canary"}, "keys": ["canary-1", "canary-2"]}


def sensitive(expression: str) -> dict[str, str]:
    template = f"resources:\n  a: {{type: T::Net::Net, properties: {{Cidr: {expression}}}}}\n"
    return {"blueprint.yaml.j2": template, "parameters.yaml": PARAMETERS}


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("{{ token }}", Secret("param://token")),
        ("{{ creds.password }}", Secret("param://creds/password")),
        ("{{ creds['user'] }}", Secret("param://creds/user")),
        ("{{ keys[1] }}", Secret("param://keys/1")),
        ("x-{{ token }}:{{ port }}", Interpolation(("x-", Secret("param://token"), ":", Secret("param://port")))),
        ("{{ {'c': creds} | to_json }}", Interpolation((JsonText(None, Map({"c": Secret("param://creds")})),))),
    ],
)
def test_a_sensitive_parameter_is_a_secret(load: Callable[..., Stack], expression: str, wanted: Any) -> None:
    stack = load(sensitive(expression), parameters=GIVEN)
    assert stack.resources[0].body["Cidr"] == wanted
    assert "canary" not in repr(stack) and "canary" not in repr(stack.parameters)
    assert dict(stack.asks) == {"token": "string", "port": "integer", "creds": "object", "keys": "array"}


WRONG_PARTS = [
    ("{{ creds.pasword }}", "a: the sensitive parameter 'creds' has no 'pasword' in the value that is given"),
    ("{{ keys[2] }}", "a: the sensitive parameter 'keys' has no '2' in the value that is given"),
    ("{{ token.x }}", "a: the sensitive parameter 'token' has no 'x' in the value that is given"),
    ("x{{ creds.user.x }}", "a: the sensitive parameter 'creds' has no 'user.x' in the value that is given"),
    ("{{ creds['a b'] }}", "creds is secret, so it cannot be taken apart"),
    ("{{ keys | length }}", "keys is secret, so it cannot be passed to the filter 'length'"),
    ("{{ creds.password == 'x' }}", "creds.password is secret, so it cannot be compared"),
    ("{{ port + 1 }}", "port is secret, so it cannot be added to a number"),
    ("{% for k in keys %}{{ k }}{% endfor %}", "keys is secret, so it cannot be looped over"),
    ("{{ {'a': 1}[token] }}", "token is secret, so it cannot be a key"),
]


@pytest.mark.parametrize(("expression", "message"), WRONG_PARTS, ids=[case[0] for case in WRONG_PARTS])
def test_what_a_sensitive_parameter_refuses(refused: Error, expression: str, message: str) -> None:
    said = refused(sensitive(expression), parameters=GIVEN)
    assert said.startswith(f"blueprint.yaml.j2:2: {message}") and "canary" not in said


# --- env_var ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("env_var('COMMIT')", "abc"),
        ("env_var('EMPTY')", ""),
        ("env_var('UNSET', 'none')", "none"),
        ("env_var('UNSET', default=7)", 7),
        ("env_var('COMMIT', 'none') | upper", "ABC"),
    ],
)
def test_a_variable_that_may_be_read(value: Value, expression: str, wanted: Any) -> None:
    asked = Outside(variables={"COMMIT": "abc", "EMPTY": "", "UNSET": None})
    assert value(f"a: {{{{ {expression} }}}}", outside=asked) == {"a": wanted}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("env_var('HOME')", "env_var: this project does not let blueprints read HOME\n  to let them, add it to orch.yaml:  env_vars: [HOME]"),
        ("env_var('HOME', 'x')", "env_var: this project does not let blueprints read HOME"),
        ("env_var('UNSET')", 'env_var: the variable UNSET is not set\n  set it, or give a default: {{ env_var("UNSET", "…") }}'),
        ("env_var(1)", "env_var: a variable is named by text, not the number 1"),
        ("env_var()", "env_var: missing a required argument: 'name'\n  it is used as {{ env_var(name, default=none) }}"),
    ],
)  # fmt: skip
def test_a_variable_that_may_not(error: Error, expression: str, message: str) -> None:
    assert error(f"x: 1\na: {{{{ {expression} }}}}", outside=Outside(variables={"UNSET": None})).startswith(
        f"blueprint.yaml.j2:2: {message}"
    )


# --- file and template_file ------------------------------------------------------------------------------------------


def test_a_file_is_its_text(value: Value) -> None:
    files = {"blueprint.yaml.j2": "a: {{ file('sub/run.sh') }}\nb: {{ (file('d.yaml') | from_yaml).k }}", "sub/run.sh": "#!/bin/sh\necho {{ x }}: 'y'\n"}  # fmt: skip
    assert value({**files, "d.yaml": "k: [1]\n"}) == {"a": "#!/bin/sh\necho {{ x }}: 'y'\n", "b": (1,)}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../x", "file: '../x' leads out of the blueprint's folder\n  put what it reads there"),
        ("/etc/hostname", "file: '/etc/hostname' leads out of the blueprint's folder"),
        ("link.txt", "file: 'link.txt' leads out of the blueprint's folder"),
        ("folder", "file: there is no file 'folder' in the blueprint's folder"),
        (
            "hre.txt",
            "file: there is no file 'hre.txt' in the blueprint's folder\n  did you mean here.txt or large.txt?",
        ),
        ("large.txt", "file: 'large.txt' is larger than 1,000,000 bytes"),
        ("binary", "file: 'binary' is no UTF-8 text"),
        ("", "file: a path is named by text, not the text ''"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, error: Error, name: str, message: str) -> None:
    beside = tmp_path.parent / f"{tmp_path.name}-beside.txt"
    beside.write_text("secret")
    written(tmp_path, {"here.txt": "here", "folder/x": "x", "large.txt": "x" * 1_000_001})
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "link.txt").symlink_to(beside)
    assert error(f"x: 1\na: {{{{ file({name!r}) }}}}").startswith(f"blueprint.yaml.j2:2: {message}")


def test_a_file_with_a_character_of_ours_is_refused(error: Error) -> None:
    assert "a private-use character" in error({"blueprint.yaml.j2": "a: {{ file('x') }}", "x": "\ue000"})


def test_a_file_named_by_what_is_not_known(error: Error) -> None:
    assert "cannot be passed to file()" in error("a: {{ file(ref('a').Id) }}")
    assert "a path is named by text, not null" in error("a: {{ file(none) }}")
    assert "leads out" in error('a: {{ file("a\\u0000b") }}')


def test_a_template_file_is_text(value: Value) -> None:
    files = {
        "blueprint.yaml.j2": "a: {{ template_file('init.sh.j2', vpc=ref('vpc').Id, ports=[80, 443], on=true, key=secret('env://KEY')) }}",
        "init.sh.j2": "{% from 'lines.j2' import line with context %}\n"
        "{% for port in ports %}\nopen {{ port }} # {{ loop.index }}\n{% endfor %}\n{% if on %}\nvpc={{ vpc }}\n{% endif %}\n"
        "{{ line('key', key) }}\nall={{ ports }} {{ on }}\n{% include 'end.sh' %}\n{{ {'id': vpc} | to_json }}",
        "lines.j2": "{% macro line(name, x) %}{{ name }}={{ x }}{% endmacro %}",
        "end.sh": "echo done: ok\n",
    }
    vpc = Reference("vpc", ("Id",))
    assert value(files)["a"] == Interpolation(
        ("open 80 # 1\nopen 443 # 2\nvpc=", vpc, "\nkey=", KEY, "\nall=[80, 443] true\necho done: ok\n", JsonText(None, Map({"id": vpc})))
    )  # fmt: skip


def test_a_template_file_of_known_values_can_be_computed_with(value: Value) -> None:
    files = {"blueprint.yaml.j2": "a: {{ template_file('x.j2', n=1) | upper }}", "x.j2": "n is {{ n }}"}
    assert value(files) == {"a": "N IS 1"}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("template_file('nope.j2')", "blueprint.yaml.j2:2: there is no template 'nope.j2' here"),
        ("template_file('../x.j2')", "blueprint.yaml.j2:2: there is no template '../x.j2' here"),
        ("template_file('init.j2')", "init.j2:2, called at blueprint.yaml.j2:2: 'size' is undefined\n  hand it in"),
        ("template_file('init.j2', sizes=1)", "init.j2:2, called at blueprint.yaml.j2:2: 'size' is undefined\n  did you mean sizes?"),
        ("template_file('init.j2', x=1)", "init.j2:2, called at blueprint.yaml.j2:2: 'size' is undefined\n  hand it in: template_file(\"…\", size=…)"),
        ("template_file('broken.j2')", "broken.j2:1, called at blueprint.yaml.j2:2: template syntax: {% if %} is never closed"),
        ("template_file('init.j2', size=ref('a').Id) | upper", "blueprint.yaml.j2:2: a value with ref(\"a\").Id in it is known only after apply"),
        ("template_file('again.j2')", "again.j2:1, called at blueprint.yaml.j2:2: macros or includes call each other without end"),
        ("template_file(1)", "blueprint.yaml.j2:2: template_file: a template is named by text, not the number 1"),
    ],
)  # fmt: skip
def test_a_template_file_that_cannot_be(error: Error, expression: str, message: str) -> None:
    files = {
        "init.j2": "one\nsize={{ size }}\n",
        "broken.j2": "{% if x %}",
        "again.j2": "{{ template_file('again.j2') }}",
    }
    said = error({"blueprint.yaml.j2": f"x: 1\na: {{{{ {expression} }}}}", **files})
    assert said.startswith(message), said


# --- ref -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("ref()", "ref: missing a required argument: 'address'\n  it is used as {{ ref(address) }}"),
        ("ref('a', 'b')", "ref: too many positional arguments"),
        ("ref(['a'])", "ref() takes the address of a resource as text, not a list"),
        ("ref('a\\ue000')", "a private-use character"),
    ],
)
def test_a_wrong_ref(error: Error, expression: str, message: str) -> None:
    assert message in error(f"a: {{{{ {expression} }}}}")
