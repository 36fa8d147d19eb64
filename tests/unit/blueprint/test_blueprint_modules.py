"""Modules and for_each: addresses, what is handed in and out, what an entry says for all within, and every line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprint
from provisioner.blueprint import modules
from provisioner.model.environment import Environment
from provisioner.model.place import Place
from provisioner.model.problem import BlueprintError
from provisioner.model.stack import Stack
from provisioner.model.value import Interpolation, Reference, Secret
from tests.unit.blueprint.conftest import ARM, TEE, cloud_of, resource_type, written

NET = """
resources:
  net:
    type: T::Net::Net
    properties: {Cidr: {{ cidr }}}
{% for port in ports %}
  door-{{ port }}:
    type: T::Net::Door
    properties: {Net: {{ ref("net").NetId }}, Port: {{ port }}, From: {{ sources }}}
{% endfor %}
outputs:
  id: {{ ref("net").NetId }}
  whole: {{ ref("net") }}
  name: net-{{ ref("net").NetId }}
  cidr: {{ cidr }}
  ports: {{ ports }}
  by_port:
{% for port in ports %}
    p{{ port }}: {{ ref("door-" ~ port).DoorId }}
{% endfor %}
"""
PARAMETERS = """
parameters:
  cidr: {type: string, description: The range}
  ports: {type: array, items: {type: integer}, default: [80]}
  sources: {type: array, items: {type: string}, default: [everywhere]}
"""
MODULE = {"modules/net/blueprint.yaml.j2": NET, "modules/net/parameters.yaml": PARAMETERS, "orch.yaml": ""}


@pytest.fixture
def expand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stack]:
    """Load the blueprint ``app`` of a project with the module ``net``."""
    monkeypatch.chdir(tmp_path)

    def run(app: str, files: Mapping[str, str] | None = None, places: tuple[Place, ...] = (TEE, ARM)) -> Stack:
        written(tmp_path, {**MODULE, "app/blueprint.yaml.j2": app, **(files or {})})
        return blueprint.load(
            Path("app"), environment=Environment("dev", places, {}, file="dev.yaml"), parameters={}, params_file=None,
            environ={}, resource_type=resource_type, cloud_of=cloud_of,
        )  # fmt: skip

    return run


@pytest.fixture
def wrong(expand: Callable[..., Stack]) -> Callable[..., str]:
    """Load what must fail; the message."""

    def run(*args: Any, **kwargs: Any) -> str:
        with pytest.raises(BlueprintError) as caught:
            expand(*args, **kwargs)
        return str(caught.value)

    return run


def bodies(stack: Stack) -> dict[str, Any]:
    return {resource.address: resource.body for resource in stack.resources}


TWO = """
resources:
  first:
    type: T::Net::Net
    properties: {Cidr: 10.0.0.0/16}
  one:
    module: ../modules/net
    parameters:
      cidr: 10.1.0.0/16
      ports: [1, 2]
      sources: [{{ ref("first").NetId }}, x-{{ ref("first").NetId }}]
  two:
    type: T::Net::Door
    properties:
      Net: {{ ref("one").outputs.id }}
      From: [{{ ref("one").outputs.cidr }}, "a {{ ref("one").outputs.name }} b", {{ ref("one").outputs.whole.Ids[0] }}]
      Free: {{ ref("one").outputs.by_port }}
outputs:
  id: {{ ref("one").outputs.id }}
  ports: {{ ref("one").outputs.ports }}
"""


def test_a_module_is_expanded_beneath_its_entrys_address(expand: Callable[..., Stack]) -> None:
    stack = expand(TWO)
    net, first = Reference("one/net", ("NetId",)), Reference("first", ("NetId",))
    sources = (first, Interpolation(("x-", first)))
    assert bodies(stack) == {
        "first": {"Cidr": "10.0.0.0/16"},
        "one/net": {"Cidr": "10.1.0.0/16"},
        "one/door-1": {"Net": net, "Port": 1, "From": sources},
        "one/door-2": {"Net": net, "Port": 2, "From": sources},
        "two": {
            "Net": net,
            "From": ("10.1.0.0/16", Interpolation(("a net-", net, " b")), Reference("one/net", ("Ids", 0))),
            "Free": {"p1": Reference("one/door-1", ("DoorId",)), "p2": Reference("one/door-2", ("DoorId",))},
        },
    }
    assert list(bodies(stack))[1:3] == ["one/net", "one/door-1"]  # in the order of the entries
    assert stack.outputs == {"id": net, "ports": (1, 2)}


def test_every_leaf_knows_its_line_and_the_modules_entry(expand: Callable[..., Stack]) -> None:
    resources = {resource.address: resource for resource in expand(TWO).resources}
    door = resources["one/door-2"]
    assert str(door.line_of(("Port",))) == "modules/net/blueprint.yaml.j2:8, in module one (app/blueprint.yaml.j2:5)"
    assert str(door.source) == "modules/net/blueprint.yaml.j2:6, in module one (app/blueprint.yaml.j2:5)"
    two = resources["two"]
    assert str(two.line_of(("Net",))) == "app/blueprint.yaml.j2:14"
    assert str(two.line_of(("From", 1))) == "app/blueprint.yaml.j2:15"
    assert (
        str(two.line_of(("Free", "p1"))) == "modules/net/blueprint.yaml.j2:18, in module one (app/blueprint.yaml.j2:5)"
    )


def test_modules_in_modules(expand: Callable[..., Stack], wrong: Callable[..., str]) -> None:
    outer = """
    resources:
      inner: {module: ../net, parameters: {cidr: {{ cidr }}, ports: []}}
      door:
        type: T::Net::Door
        properties: {Net: {{ ref("inner").outputs.id }}, From: [{{ ref("inner").outputs.cidr }}]}
    outputs: {id: {{ ref("inner").outputs.id }}}
    """
    files = {
        "modules/outer/blueprint.yaml.j2": outer,
        "modules/outer/parameters.yaml": "parameters: {cidr: {type: string}}",
    }
    app = "resources:\n  a: {module: ../modules/outer, parameters: {cidr: %s}}\noutputs: {x: {{ ref('a').outputs.id }}}"
    stack = expand(app % "10.0.0.0/8", files)
    assert bodies(stack) == {
        "a/inner/net": {"Cidr": "10.0.0.0/8"},
        "a/door": {"Net": Reference("a/inner/net", ("NetId",)), "From": ("10.0.0.0/8",)},
    }
    assert stack.outputs == {"x": Reference("a/inner/net", ("NetId",))}
    assert wrong(app % "nonsense", files).splitlines()[0] == (
        "modules/net/blueprint.yaml.j2:4, in module a/inner (modules/outer/blueprint.yaml.j2:2), in module a "
        "(app/blueprint.yaml.j2:2): a/inner/net: Cidr has not the form that is asked for: the text 'nonsense' does not match "
        "^[0-9.]+/[0-9]+$"
    )


def test_a_modules_plain_outputs_are_plain_values_for_the_next(expand: Callable[..., Stack]) -> None:
    """Also where the next stands before it: an output known at load time can be computed with and looped over."""
    app = """
    resources:
      b: {module: ../modules/net, parameters: {cidr: {{ ref("a").outputs.cidr }}, ports: {{ ref("a").outputs.ports }}}}
      a: {module: ../modules/net, parameters: {cidr: 10.0.0.0/8, ports: [7]}}
    """
    assert list(bodies(expand(app))) == ["b/net", "b/door-7", "a/net", "a/door-7"]


ALL_KEYS = """
resources:
  other: {type: T::Net::Net, in: tee, properties: {Cidr: 1.1.1.1/8}}
  one:
    module: ../modules/net
    in: second
    protect: true
    on_remove: retain
    depends_on: [other]
    moved_from: [was, wasthat]
    parameters: {cidr: 10.0.0.0/8, ports: []}
  after: {type: T::Net::Net, in: tee, depends_on: [one], properties: {Cidr: 1.1.1.1/8}}
"""


OLDER = ("older", "older/*")


def test_what_the_entry_says_lies_beneath_the_modules_own(expand: Callable[..., Stack]) -> None:
    module = """
    resources:
      plain: {type: T::Net::Net, properties: {Cidr: 1.1.1.1/8}}
      own:
        type: T::Net::Net
        in: tee
        protect: false
        on_remove: delete
        depends_on: [plain]
        moved_from: older
        properties: {Cidr: 1.1.1.1/8}
      elsewhere: {type: Arm.Like/things, location: x}
    """
    second = Place("second", "tee", "1", "there")
    stack = expand(ALL_KEYS, {"modules/net/blueprint.yaml.j2": module}, places=(TEE, second, ARM))
    found = {resource.address: resource for resource in stack.resources}
    plain, own = found["one/plain"], found["one/own"]
    assert (plain.place.name, plain.options.protect, plain.options.on_remove) == ("second", True, "retain")
    assert (own.place.name, own.options.protect, own.options.on_remove) == ("tee", False, "delete")
    assert found["one/elsewhere"].place.name == "arm"
    assert plain.options.depends_on == (Reference("other"),)
    assert own.options.depends_on == (Reference("one/plain"), Reference("other"))
    was = ("was/", "was/*/", "wasthat/", "wasthat/*/")
    assert plain.options.moved_from == tuple(f"{module}plain" for module in was)
    assert own.options.moved_from == tuple(
        f"{module}{name}"
        for module, name in [(m, "own") for m in was] + [(m, n) for m in ("one/", *was) for n in OLDER]
    )
    assert found["after"].options.depends_on == tuple(map(Reference, ("one/plain", "one/own", "one/elsewhere")))


def test_a_whole_module_can_be_handed_in_to_depend_on(expand: Callable[..., Stack]) -> None:
    late = "resources:\n  x: {type: T::Net::Net, depends_on: [{{ after }}], properties: {Cidr: 1.1.1.1/8}}"
    files = {
        "modules/late/blueprint.yaml.j2": late,
        "modules/late/parameters.yaml": "parameters: {after: {type: object}}",
    }
    app = """
    resources:
      a: {module: ../modules/late, parameters: {after: {{ ref("b") }}}}
      b: {module: ../modules/net, parameters: {cidr: 10.0.0.0/8}}
    """
    x = next(resource for resource in expand(app, files).resources if resource.address == "a/x")
    assert x.options.depends_on == (Reference("b/net"), Reference("b/door-80"))


EACH = """
resources:
  nets:
    for_each: {eu: {cidr: 10.0.0.0/8, ports: [1]}, us: {cidr: 11.0.0.0/8, ports: []}}
    module: ../modules/net
    moved_from: nets-{{ each.key }}
    parameters: {cidr: {{ each.value.cidr }}, ports: {{ each.value.ports }}, sources: ["from {{ each.key }}"]}
  doors:
    for_each: [a, 2]
    type: T::Net::Door
    depends_on: [nets]
    properties: {Net: {{ ref("nets/eu").outputs.id }}, From: [{{ each.key }}], Free: {v: {{ each.value }}}}
  last:
    type: T::Net::Door
    depends_on: [doors]
    properties: {Net: {{ ref("doors/a").DoorId }}, From: {{ ref("doors").DoorId }}, Free: {{ ref("nets").outputs.id }}}
"""


def test_for_each(expand: Callable[..., Stack]) -> None:
    stack = expand(EACH)
    found = bodies(stack)
    assert list(found) == ["nets/eu/net", "nets/eu/door-1", "nets/us/net", "doors/a", "doors/2", "last"]
    assert found["nets/us/net"] == {"Cidr": "11.0.0.0/8"}
    assert found["nets/eu/door-1"]["From"] == ("from eu",)
    assert found["doors/2"] == {"Net": Reference("nets/eu/net", ("NetId",)), "From": ("2",), "Free": {"v": 2}}
    assert found["last"] == {
        "Net": Reference("doors/a", ("DoorId",)),
        "From": (Reference("doors/a", ("DoorId",)), Reference("doors/2", ("DoorId",))),  # a list, as its for_each
        "Free": {"eu": Reference("nets/eu/net", ("NetId",)), "us": Reference("nets/us/net", ("NetId",))},  # a map
    }
    options = {resource.address: resource.options for resource in stack.resources}
    assert options["doors/a"].depends_on == tuple(map(Reference, ("nets/eu/net", "nets/eu/door-1", "nets/us/net")))
    assert options["last"].depends_on == (Reference("doors/a"), Reference("doors/2"))
    assert options["nets/us/net"].moved_from == ("nets-us/net",)


MOVED = """
resources:
  web: {type: T::Net::Net, moved_from: old, properties: {Cidr: 1.1.1.1/8}}
  nets:
    for_each: [eu, us]
    module: ../modules/net
    moved_from: [sites, net]
    parameters: {cidr: 10.0.0.0/8, ports: []}
  doors:
    for_each: {a: old-a, b: old-b}
    type: T::Net::Door
    moved_from: {a: door, b: [doors/x, doors/y]}
    properties: {Net: x, From: []}
  gates:
    for_each: {a: old-a}
    type: T::Net::Door
    moved_from: {{ each.value }}
    properties: {Net: x, From: []}
"""


def test_former_addresses_of_what_is_repeated(expand: Callable[..., Stack]) -> None:
    moved = {resource.address: resource.options.moved_from for resource in expand(MOVED).resources}
    assert moved == {
        "web": ("old", "old/*"),  # what was repeated may be a single one now
        "nets/eu/net": ("sites/eu/net", "sites/net", "net/eu/net", "net/net"),  # and the other way round
        "nets/us/net": ("sites/us/net", "sites/net", "net/us/net", "net/net"),
        "doors/a": ("door",),  # by key, and what asks for each, means what it says
        "doors/b": ("doors/x", "doors/y"),
        "gates/a": ("old-a",),
    }


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ('old["a"]', "moved_from takes addresses as orch state list shows them, such as web or net/vpc"),
        ("{a: old}", "moved_from takes former addresses by key only beside for_each"),
        ("[3]", "moved_from must be text"),
    ],
)
def test_wrong_former_addresses(wrong: Callable[..., str], written: str, wanted: str) -> None:
    app = f"resources:\n  web:\n    type: T::Net::Net\n    moved_from: {written}\n    properties: {{Cidr: 1.1.1.1/8}}"
    assert f"app/blueprint.yaml.j2:4: web: {wanted}" in wrong(app)


def test_for_each_over_nothing_and_over_an_output(expand: Callable[..., Stack]) -> None:
    app = """
    resources:
      many: {for_each: {{ ref("net").outputs.ports }}, type: T::Net::Net, properties: {Cidr: 1.1.1.{{ each.value }}/8}}
      net: {module: ../modules/net, parameters: {cidr: 1.1.1.1/8, ports: [4]}}
      none: {for_each: [], module: ../modules/net, parameters: {cidr: x}}
    outputs: {all: {{ ref("none").outputs.id }}}
    """
    stack = expand(app)
    assert list(bodies(stack)) == ["many/4", "net/net", "net/door-4"]
    assert stack.outputs == {"all": ()}


ONE = "resources:\n  one:\n    module: ../modules/net\n    parameters: {cidr: 10.0.0.0/8}\n"
WRONG: list[tuple[str, str]] = [
    (
        ONE + "outputs:\n  x: {{ ref('one').outputs.idd }}",
        "app/blueprint.yaml.j2:6: there is no 'idd' in ref(\"one\").outputs\n  did you mean id?",
    ),
    (
        ONE + "outputs:\n  x: {{ ref('one').id }}",
        'app/blueprint.yaml.j2:6: ref("one") is a module, and only its outputs can be referred to\n  choose one: ref("one").outputs.id,',
    ),
    (
        ONE + "outputs:\n  x: {{ ref('one') }}",
        'app/blueprint.yaml.j2:6: ref("one") is many resources, and a value is needed here\n  choose one: ref("one").outputs.id,',
    ),
    (ONE + "outputs:\n  x: a {{ ref('one').outputs.ports }}", "app/blueprint.yaml.j2:6: a list cannot be put inside text"),
    (ONE + "outputs:\n  x: {{ ref('one').outputs.cidr.x }}", "ref(\"one\").outputs.cidr is the text '10.0.0.0/8' and has no 'x'"),
    (ONE + "outputs:\n  x: {{ ref('one').outputs.whole.NetIdd }}", "T::Net::Net has no attribute 'NetIdd'"),
    (ONE + "outputs:\n  x: {{ ref('oen').outputs.id }}", "there is no resource 'oen' to refer to\n  did you mean one?"),
    (
        ONE.replace("cidr: 10.0.0.0/8", ""),
        "app/blueprint.yaml.j2:2: one: the module's parameter 'cidr' has no value (The range)\n  write it under parameters: cidr: …",
    ),
    (ONE.replace("cidr:", "cdr: 1, cidr:"), "app/blueprint.yaml.j2:4: there is no parameter 'cdr'\n  did you mean cidr?"),
    (ONE.replace("10.0.0.0/8", "5"), "app/blueprint.yaml.j2:4: cidr must be text, not the number 5"),
    (
        ONE.replace("cidr: 10.0.0.0/8", "cidr: x, ports: {{ ref('z').Ids }}") + "  z: {type: T::Net::Net, properties: {Cidr: 1/1}}",
        'modules/net/blueprint.yaml.j2:5, in module one (app/blueprint.yaml.j2:2): ref("z").Ids is known only after apply, '
        "so it cannot be looped over",
    ),
    (ONE.replace("{cidr: 10.0.0.0/8}", "[1]"), "app/blueprint.yaml.j2:4: one: parameters must be a map"),
    (ONE + "    timeout: 5m", "app/blueprint.yaml.j2:5: one: 'timeout' makes no sense on a module"),
    (ONE + "    depends: [x]", "'depends' makes no sense on a module\n  did you mean depends_on?"),
    (ONE + "    protect: 1", "app/blueprint.yaml.j2:5: one: protect must be true or false"),
    (ONE + "    in: nope", "app/blueprint.yaml.j2:5: one: there is no place 'nope' in dev.yaml"),
    (ONE + "    depends_on: [nope]", "app/blueprint.yaml.j2:5: one/net: there is no resource 'nope' to refer to"),
    (ONE.replace("/net\n", "/nett\n"), "app/blueprint.yaml.j2:3: one: there is no folder '../modules/nett' from app\n  did you mean net?"),
    (ONE.replace("../modules/net", "[x]"), "one: module takes a folder or a git source as text, not a list"),
    (ONE.replace("../modules/net", "../../outside"), "one: '../../outside' leads out of "),
    (ONE.replace("../modules/net", "/etc"), "one: '/etc' leads out of "),
    (ONE.replace("../modules/net", "https://host/x"), "one: 'https://host/x' is no source of a module"),
    (ONE.replace("../modules/net", '""'), "app/blueprint.yaml.j2:3: one: module names no folder\n  as in module: ../network"),
    (ONE.replace("../modules/net", "."), "app/blueprint.yaml.j2:3: one: a circle of modules: app → app"),
    ("resources:\n  a:\n    type: T::Net::Net\n    parameters: {}", "unknown key 'parameters' of an entry of type T::Net::Net\n  it goes with module"),
    ("resources:\n  a: {type: T::Net::Net, properties: {Cidr: {{ each.key }}}}", "'each' is known only in an entry with for_each"),
    (ONE + "outputs: {x: {{ each.key }}}", "'each' is known only in an entry with for_each"),
    ("resources:\n  a: {for_each: [x], type: T::Net::Net, properties: {Cidr: {{ each }}}}", "'each' alone\n  take each.key or each.value"),
    (
        "resources:\n  a:\n    for_each: {x: {b: 1}}\n    type: T::Net::Net\n    properties: {Cidr: {{ each.value.c }}}",
        "app/blueprint.yaml.j2:5: there is no 'c' in each.value\n  it has: b",
    ),
    (
        "resources:\n  a: {for_each: [x], type: T::Net::Net, properties: {Cidr: {{ each.key | upper }}}}",
        "app/blueprint.yaml.j2:2: each.key is known only once this template is rendered, so it cannot be passed to the filter 'upper'\n"
        "  pass it on as it is; a module that it is handed in to",
    ),
    (
        ONE + "{% for p in ref('one').outputs.ports %}{% endfor %}",
        'app/blueprint.yaml.j2:5: ref("one").outputs.ports is known only once this template is rendered, so it cannot be looped over',
    ),
    ("resources:\n  a: {for_each: [x, x], type: T::Net::Net}", "a: for_each has 'x' twice"),
    ('resources:\n  a: {for_each: [1, "1"], type: T::Net::Net}', "a: for_each has '1' twice"),
    ("resources:\n  a: {for_each: 5, type: T::Net::Net}", "a: for_each takes a list or a map, not the number 5"),
    ("resources:\n  a: {for_each: [[1]], type: T::Net::Net}", "a: for_each takes texts or whole numbers, not a list"),
    ("resources:\n  a: {for_each: [true], type: T::Net::Net}", "a: for_each takes texts or whole numbers, not true"),
    ("resources:\n  a: {for_each: [10.0.0.0/8], type: T::Net::Net}", "a: for_each: '10.0.0.0/8' cannot be part of an address"),
    (
        "resources:\n  z: {type: T::Net::Net, properties: {Cidr: 1/1}}\n  a: {for_each: {{ ref('z').Ids }}, type: T::Net::Net}",
        "app/blueprint.yaml.j2:3: a: for_each takes a list or a map, not a value known only after apply\n  how many there are must be known",
    ),
    (
        "resources:\n  z: {type: T::Net::Net, properties: {Cidr: 1/1}}\n  a: {for_each: [{{ ref('z').NetId }}], type: T::Net::Net}",
        "and this one is known only after apply\n  use a map: its keys are the names",
    ),
    (
        "resources:\n  a: {module: ../modules/net, parameters: {cidr: {{ ref('b').outputs.id }}}}\n"
        "  b: {module: ../modules/net, parameters: {cidr: {{ ref('a').outputs.id }}}}",
        "app/blueprint.yaml.j2:3: a: a circle: a → b → a; each needs outputs of the next first",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("app", "wanted"), WRONG, ids=[case[1][:60] for case in WRONG])
def test_wrong(wrong: Callable[..., str], app: str, wanted: str) -> None:
    assert wanted in wrong(app)


MISTAKES: list[tuple[str, str]] = [
    ("resources: [", "modules/net/blueprint.yaml.j2:1, in module one (app/blueprint.yaml.j2:2): broken YAML"),
    ("a: {{ nope }}", "modules/net/blueprint.yaml.j2:1, in module one (app/blueprint.yaml.j2:2): 'nope' is undefined"),
    ("[]", "modules/net/blueprint.yaml.j2:1, in module one (app/blueprint.yaml.j2:2): one: a blueprint is a map"),
    ("resources:\n  x: {type: T::Nope}", "net/blueprint.yaml.j2:2, in module one (app/blueprint.yaml.j2:2): one/x: unknown resource type"),
    (
        "resources:\n  net: {type: T::Net::Net, properties: {Cidr: 1/1}}\noutputs: {x: {{ ref('nett').NetId }}}",
        "modules/net/blueprint.yaml.j2:3, in module one (app/blueprint.yaml.j2:2): one: outputs.x: there is no resource 'nett' to "
        "refer to\n  did you mean net?",
    ),
    (
        "resources:\n  n: {type: T::Net::Net, properties: {Cidr: {{ ref('n') }}}}",
        'one/n: ref("n") is a resource, and a value is needed here\n  choose an attribute: ref("n").NetId',
    ),
    ("resources:\n  n: {type: T::Net::Net, properties: {Cidr: {{ ref('n').NetId }}}}", "a circle of references: one/n → one/n"),
    ("{% include '../../app/blueprint.yaml.j2' %}", "there is no template '../../app/blueprint.yaml.j2' here"),
]  # fmt: skip


@pytest.mark.parametrize(("template", "wanted"), MISTAKES, ids=[case[1][-60:] for case in MISTAKES])
def test_mistakes_in_a_module_name_both_lines(wrong: Callable[..., str], template: str, wanted: str) -> None:
    assert wanted in wrong(ONE, {"modules/net/blueprint.yaml.j2": template})


def test_a_broken_parameters_file_of_a_module(wrong: Callable[..., str]) -> None:
    message = wrong(ONE, {"modules/net/parameters.yaml": "parameters:\n  cidr: {type: text}"})
    assert message.startswith("modules/net/parameters.yaml:2, in module one (app/blueprint.yaml.j2:2): ")


ASKING = {
    "modules/net/blueprint.yaml.j2": """
    resources:
      door:
        type: T::Net::Door
        properties:
          Net: {{ lookup("T::Net::Net", Mode="shared").NetId }}
          From: [{{ key }}, "k {{ key }}", {{ file("here.txt") }}]
    outputs: {key: {{ key }}}
    """,
    "modules/net/parameters.yaml": "parameters: {key: {type: string, sensitive: true}}",
    "modules/net/here.txt": "here",
    "modules/there.txt": "there",
}
ASK = "resources:\n  one:\n    module: ../modules/net\n    parameters: {key: %s}\noutputs:\n  text: x {{ ref('one').outputs.key }}"


def test_functions_in_a_module(expand: Callable[..., Stack], wrong: Callable[..., str]) -> None:
    stack = expand(ASK % '{{ secret("env://KEY") }}', ASKING)
    key = Secret("env://KEY")
    assert bodies(stack)["one/door"]["From"] == (key, Interpolation(("k ", key)), "here")
    assert stack.outputs == {"text": Interpolation(("x ", key))}
    assert str(stack.lookups[0].source) == "modules/net/blueprint.yaml.j2:5, in module one (app/blueprint.yaml.j2:2)"
    assert "one: the module's parameter 'key' is sensitive" in wrong(ASK % "plain", ASKING)
    name = "modules/net/blueprint.yaml.j2"
    out = {**ASKING, name: ASKING[name].replace("here.txt", "../there.txt")}
    message = wrong(ASK % '{{ secret("env://KEY") }}', out)
    assert "in module one (app/blueprint.yaml.j2:2): file: '../there.txt' leads out of" in message


def test_every_problem_is_told_once(wrong: Callable[..., str]) -> None:
    message = wrong(ONE + "  a/b: {type: T::Net::Net}\n  c: {module: ../modules/nett}\nfoo: 1")
    assert [line.partition(": ")[0] for line in message.splitlines() if not line.startswith(" ")] == [
        "app/blueprint.yaml.j2:5", "app/blueprint.yaml.j2:6", "app/blueprint.yaml.j2:7",
    ]  # fmt: skip


def test_neither_a_link_nor_a_circle_leads_anywhere(wrong: Callable[..., str], tmp_path: Path) -> None:
    outside = written(tmp_path.parent / f"{tmp_path.name}-outside", {"blueprint.yaml.j2": "resources: {}"})
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "link").symlink_to(outside)
    assert "'../modules/link' leads out of" in wrong(ONE.replace("/net", "/link"))
    back = {"modules/net/blueprint.yaml.j2": "resources:\n  again: {module: ../net, parameters: {cidr: x}}"}
    assert "one/again: a circle of modules: net → net" in wrong(ONE, back)


def test_without_a_project_file_a_module_lies_beside_the_blueprint(
    expand: Callable[..., Stack], tmp_path: Path
) -> None:
    expand(ONE)
    (tmp_path / "orch.yaml").unlink()
    (tmp_path / "deep").mkdir()
    (tmp_path / "app").rename(tmp_path / "deep" / "app")
    written(tmp_path, {"deep/app/blueprint.yaml.j2": ONE.replace("../modules", "../../modules")})
    with pytest.raises(BlueprintError, match="leads out of"):
        blueprint.load(
            Path("deep/app"), environment=Environment("dev", (TEE,)), parameters={}, params_file=None, environ={},
            resource_type=resource_type, cloud_of=cloud_of,
        )  # fmt: skip


def test_nothing_grows_without_bound(wrong: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "_COUNT", 20)
    many = "resources:\n  a: {for_each: {{ range(21) }}, module: ../modules/net, parameters: {cidr: 1/1}}"
    assert "more modules than 20" in wrong(many)
    chain = {
        f"modules/m{i}/blueprint.yaml.j2": f"resources:\n  n: {{module: ../m{i + 1}}}"
        for i in range(modules._DEPTH + 1)
    }
    monkeypatch.setattr(modules, "_COUNT", 1000)
    assert "more modules than 20 inside of each other" in wrong("resources:\n  n: {module: ../modules/m0}", chain)
    # Each module doubles what the one inside hands out.
    double = {
        f"modules/m{i}/blueprint.yaml.j2": f"resources:\n  n: {{module: ../m{i + 1}}}\noutputs:\n"
        "  x: [{{ ref('n').outputs.x }}, {{ ref('n').outputs.x }}, {{ ref('n').outputs.x }}, {{ ref('n').outputs.x }}]"
        for i in range(15)
    }
    double["modules/m15/blueprint.yaml.j2"] = "resources: {}\noutputs: {x: [1, 2, 3, 4]}"
    assert "make more than 5,000,000 values" in wrong("resources:\n  n: {module: ../modules/m0}", double)
    deep = dict(double)
    deep["modules/m14/blueprint.yaml.j2"] = (
        "resources:\n  n: {module: ../m15}\noutputs:\n  x: " + 60 * "[" + "{{ ref('n').outputs.x }}" + 60 * "]"
    )
    deep["modules/m15/blueprint.yaml.j2"] = "resources: {}\noutputs:\n  x: " + 60 * "[" + 60 * "]"
    assert "nested deeper than 100 levels" in wrong("resources:\n  n: {module: ../modules/m13}", deep)
