"""Quotes make text of a reference, whatever it reads: a number of another resource becomes text, a list becomes an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.model.value import Interpolation, Reference

DOORS = """\
resources:
  net: {type: T::Net::Net, properties: {Cidr: 10.0.0.0/8}}
  one: {type: T::Net::Door, properties: {Net: "{{ ref("net").NetId }}", Port: 80, From: [x]}}
  two:
    type: T::Net::Door
    depends_on: "{{ ref("one") }}"
    properties:
      Net: {{ ref("net").NetId }}
      From: [x]
"""


def test_what_is_text_anyway_is_the_reference_itself(load: Callable[..., Any]) -> None:
    stack = load({"blueprint.yaml.j2": DOORS})
    assert [one.body["Net"] for one in stack.resources[1:]] == [Reference("net", ("NetId",))] * 2
    assert [one.address for one in stack.resources[2].options.depends_on] == ["one"]


def test_a_number_becomes_text(load: Callable[..., Any], refused: Callable[..., str]) -> None:
    written = (
        DOORS
        + '      Free: {port: "{{ ref("one").Port }}", number: {{ ref("one").Port }}, inner: ["{{ ref("one").Free.x }}"]}\n'
    )
    free = load({"blueprint.yaml.j2": written}).resources[2].body["Free"]
    port = Reference("one", ("Port",))
    assert free["port"] == Interpolation((port,)) and free["number"] == port
    assert free["inner"] == (Interpolation((Reference("one", ("Free", "x")),)),)  # which may be anything
    said = refused({"blueprint.yaml.j2": DOORS + '      Port: "{{ ref("one").Port }}"\n'})
    assert said.startswith("blueprint.yaml.j2:10: two: Port must be a whole number, not")


@pytest.mark.parametrize("text", ["x{{ ref('net').Ids }}", "{{ ref('net').Ids }}", "{{ ref('net').Info }}"])
def test_a_list_or_a_map_is_no_text(refused: Callable[..., str], text: str) -> None:
    said = refused({"blueprint.yaml.j2": DOORS + f'      Free: {{key: "{text}"}}\n'})
    assert said.startswith("blueprint.yaml.j2:10: two: Free.key is text, and net.I") and "in it is a " in said


def test_each_value_in_quotes_is_text(load: Callable[..., Any], refused: Callable[..., str]) -> None:
    files = {
        "blueprint.yaml.j2": 'resources:\n  d:\n    type: T::Net::Door\n    for_each: {web: 80}\n    properties: {Net: "{{ each.value }}", From: [x]}\n'
    }
    assert load(files).resources[0].body["Net"] == "80"
    files = {"blueprint.yaml.j2": files["blueprint.yaml.j2"].replace("80", "[80]")}
    assert "cannot be put inside text" in refused(files)


def test_a_module_is_handed_text(load: Callable[..., Any], refused: Callable[..., str]) -> None:
    files = {
        "blueprint.yaml.j2": DOORS + '  m:\n    module: inner\n    parameters: {port: "{{ ref("one").Port }}"}\n',
        "inner/blueprint.yaml.j2": 'resources:\n  d: {type: T::Net::Door, properties: {Net: n, From: [x], Free: {p: {{ port }}}}}\noutputs: {o: "{{ ref("d").Port }}"}\n',
        "inner/parameters.yaml": "parameters: {port: {type: string}}\n",
    }
    assert load(files).resources[3].body["Free"]["p"] == Interpolation((Reference("one", ("Port",)),))
    files["inner/parameters.yaml"] = "parameters: {port: {type: integer}}\n"
    assert "port must be a whole number" in refused(files)
