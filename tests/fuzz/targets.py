"""What is fuzzed: each target takes a random source, does one thing with what was grown from it, and may only fail as blueprints fail.

Must not catch anything but the errors that are for people.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from provisioner import blueprint, environment
from provisioner.blueprint import Outside, template
from provisioner.document import parse
from provisioner.model.environment import Environment, Given
from provisioner.model.problem import OrchError
from provisioner.model.source import Source
from provisioner.model.value import Map, Secret, freeze
from provisioner.state import codec
from tests.fuzz.grammar import FILTERS, TEXTS, Grower, bent
from tests.unit.blueprint.conftest import ARM, TEE, cloud_of, resource_type

HEAD = """\
{% macro m(x=1, k=2) %}m{{ x }}{% endmacro %}
{% import 'm.j2' as mm with context %}
{% set later, sec, ns = ref('vpc').Id, secret('env://A'), namespace(x=[1], a='x') %}
{% set text = 'x-' ~ later %}
"""
FILES = {
    "m.j2": "{% macro m(x) %}\nk: {{ x }}\n{{ caller() if caller else '' }}\n{% endmacro %}{% set v = [1] %}",
    "t.j2": "line {{ x }}\n{% for i in [1, 2] %}\n{{ i }}: {{ x }}\n{% endfor %}\n",
    "x.txt": "a: [1, yes]\nb: {c: d}\n",
    "x.yaml": "a: &a [1]\nb: [*a, *a]\n",
}
VARIABLES: Mapping[str, Any] = freeze(
    {
        "s": "text", "n": 3, "f": 1.5, "b": True, "none_": None, "l": [1, "a", None, [2]], "d": {"a": "x", "k": [1], "2": {}},
        "deep": {"a": [{"b": {"c": [1, 2, {"d": "e"}]}}]}, "k": "key", "v": "v", "x": "x",
    }
)  # fmt: skip
SECRETS = {"creds": Secret("param://creds"), "keys": Secret("param://keys")}
PARAMETERS = """\
parameters:
  s: {type: string, default: a, pattern: ^a, minLength: 1}
  n: {type: integer, default: 3, minimum: 1, maximum: 9}
  l: {type: array, items: {type: string}, default: [a, b]}
  d: {type: object, default: {a: 1}, properties: {a: {type: integer}}, additionalProperties: false}
  net: {type: string, format: cidr, default: 10.0.0.0/16}
  creds: {type: object, sensitive: true, default: {password: x}}
rules:
  - {rule: n < 5 || s == 'x', message: m}
  - {rule: "cidr_contains('10.0.0.0/8', net)", message: m}
"""
ENVIRONMENT = """\
extends: base
places:
  tee: {cloud: aws, account: "123456789012", region: here-1, profile: p, endpoint: sandbox}
  arm: {cloud: azure, subscription: s, location: westeurope}
parameters: {s: aa, l: [x]}
default_tags: {a: b}
"""
MODULE = """\
resources:
  a:
    type: T::Net::Net
    properties: {Cidr: {{ cidr }}, Tags: [{Key: k, Value: {{ name }}}]}
  b:
    type: T::Net::Door
    for_each: {{ [name, "b"] }}
    depends_on: [a]
    properties: {Net: {{ ref("a").NetId }}, From: [{{ each.value }}], Port: {{ port }}}
outputs: {id: {{ ref("a").NetId }}, name: {{ name }}, all: {{ ref("b").DoorId }}, whole: {{ ref("a") }}}
"""
TOP = """\
stack: top
resources:
  net:
    module: ../module
    parameters: {cidr: 10.0.0.0/16, name: {{ "x" ~ n }}, port: 80}
  many:
    module: ../module
    for_each: {one: 1, two: {{ n }}}
    protect: true
    moved_from: old
    parameters: {cidr: 10.1.0.0/16, name: {{ each.key }}, port: {{ each.value }}}
  door:
    type: T::Net::Door
    in: tee
    depends_on: [net, many]
    ignore_changes: [Tags]
    timeout: 5m
    properties: {Net: {{ ref("net").outputs.id }}, From: [a, {{ ref("many/one").outputs.name }}], Free: {x: {{ ref("many").outputs.name }}}}
  thing: {type: Arm.Like/things, name: x, scope: {{ ref("door") }}, location: here, properties: {size: 1}}
outputs: {all: {{ ref("many").outputs.all }}, one: {{ ref("many/one").outputs.whole.NetId }}, j: {{ {"a": ref("door").DoorId} | to_json }}}
"""
MODULE_PARAMETERS = """\
parameters:
  cidr: {type: string}
  name: {type: string}
  port: {type: integer, minimum: 1}
"""


class Rig:
    """A folder to write in, and where the last example is kept for the report."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        self.example = ""

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def written(self, files: Mapping[str, str]) -> Path:
        self.example = "".join(f"--- {name}\n{text}\n" for name, text in files.items())
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
        return self.folder


def outside() -> Outside:
    ledger = {"net": Map({"id": "n-1", "list": (1, 2)})}
    return Outside(ledger.get, variables={"SET": "set", "UNSET": None})


def render_template(random: Random, rig: Rig) -> None:
    """Statements, lines of YAML and macros, bent."""
    text = HEAD + bent(Grower(random).lines(), random)
    folder = rig.written({template.TEMPLATE: text, **FILES})
    template.document(folder, {**VARIABLES, **SECRETS}, {"env": "dev", "places": {}, "stack": "x"}, outside())


def render_expression(random: Random, rig: Rig) -> None:
    """One expression: every filter, test, function and method with any arguments."""
    grower = Grower(random, 25)
    expression = grower.expression()
    if random.random() < 0.5:
        expression = f"({expression}) | {random.choice(FILTERS)}{grower.arguments(3)}"
    folder = rig.written({template.TEMPLATE: f"{HEAD}a: {{{{ {expression} }}}}\n", **FILES})
    template.document(folder, {**VARIABLES, **SECRETS}, {"env": "dev", "places": {}, "stack": "x"}, outside())


def build_yaml(random: Random, rig: Rig) -> None:
    """Plain YAML, bent: as a file, and as text in a template."""
    text = bent(Grower(random).yaml(), random)
    rig.example = text
    if random.random() < 0.2:
        folder = rig.written({template.TEMPLATE: "a: {{ file('x') | from_yaml }}", "x": text.replace("\0", "")})
        template.document(folder, {}, {}, outside())
        return
    for document in parse(text, [Source("x", line) for line in range(1, text.count("\n") + 2)]):
        document.lines()
        codec.encode(document.value)


def give_parameters(random: Random, rig: Rig) -> None:
    """A ``parameters.yaml`` that is bent, with values from everywhere."""
    folder = rig.written(
        {
            template.TEMPLATE: "resources: {}\noutputs: {a: {{ s }}, b: {{ l }}, c: {{ creds.password }}}",
            "parameters.yaml": bent(PARAMETERS, random),
            "given.yaml": bent("s: abc\nn: 4\nl: [a]\nd: {a: 2}\n", random),
        }
    )
    names = ("s", "n", "l", "d", "net", "creds", "nope")
    texts = (*TEXTS, "10.0.0.0/16", "{a: 1}", "[a, b]", "3", "true", "{password: canary}")
    _load(
        folder,
        parameters={random.choice(names): random.choice(texts) for _ in range(random.randint(0, 3))},
        environ={
            f"ORCH_PARAM_{random.choice(names).upper()}": random.choice(texts) for _ in range(random.randint(0, 2))
        },
        given={"s": random.choice(texts)} if random.random() < 0.3 else {},
        params_file=folder / "given.yaml" if random.random() < 0.5 else None,
    )


def load_environment(random: Random, rig: Rig) -> None:
    """Environments that extend each other, bent."""
    base = "places: {tee: {cloud: aws, region: x}, gcp: {cloud: gcp, project: p, region: r, zone: r-a}}\nparameters: {n: 1}\n"
    files = {"dev.yaml": bent(ENVIRONMENT, random), "base.yaml": bent(base, random)}
    folder = rig.written({f"environments/{name}": text for name, text in files.items()})
    environment.load_environment(folder, "dev", lambda: {"aws": "http://127.0.0.1:1"})


def expand_modules(random: Random, rig: Rig) -> None:
    """Modules, loops, references and outputs, bent."""
    grown = "" if random.random() < 0.7 else "extra: {{ " + Grower(random, 15).expression() + " }}, "
    folder = rig.written(
        {
            "top/blueprint.yaml.j2": bent(TOP.replace("outputs: {", f"outputs: {{{grown}"), random),
            "module/blueprint.yaml.j2": bent(MODULE, random),
            "module/parameters.yaml": bent(MODULE_PARAMETERS, random),
            "top/parameters.yaml": "parameters: {n: {type: integer, default: 2}}\n",
            "orch.yaml": "",
        }
    )
    stack = _load(folder / "top")
    codec.encode(stack.outputs)
    for resource in stack.resources:
        codec.encode(resource)


def _load(
    folder: Path,
    parameters: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
    params_file: Path | None = None,
) -> Any:
    found = {name: Given(freeze(value), Source("environments/dev.yaml", 3)) for name, value in (given or {}).items()}
    return blueprint.load(
        folder,
        environment=Environment("dev", (TEE, ARM), found, file="environments/dev.yaml"),
        parameters=parameters or {},
        params_file=params_file,
        environ=environ or {},
        resource_type=resource_type,
        cloud_of=cloud_of,
        outside=outside(),
    )


TARGETS: Mapping[str, Callable[[Random, Rig], None]] = {
    "template": render_template,
    "expression": render_expression,
    "yaml": build_yaml,
    "parameters": give_parameters,
    "environment": load_environment,
    "modules": expand_modules,
}
"""By name."""


def checked(name: str, random: Random, rig: Rig) -> str:
    """Run one example; the kind of error that it gave, or nothing. Any other exception comes out as it is."""
    try:
        TARGETS[name](random, rig)
    except OrchError as error:
        assert error.problems, "an error without a problem"
        for problem in error.problems:
            assert problem.message, "a problem without words"
            assert problem.source is not None, f"a problem without a place: {problem.message}"
        return _kind(error.problems[0].message.replace(str(rig.folder), ""))
    return ""


def _kind(message: str) -> str:
    """A message without what is in quotes or numbers, cut short: its kind."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"|\d[\d,.]*", "…", message)
    return text[:60]
