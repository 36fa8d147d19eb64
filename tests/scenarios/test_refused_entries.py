"""What a cloud is sure to refuse, through `orch validate`: each at its line, and nothing that the cloud may take.

A case is an entry without its address and type, by its lines: ``2`` is the line of the entry, ``4`` the first of its properties.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
import yaml

from providers.aws.provider import AwsProvider
from providers.aws.types import tables
from providers.azure.provider import AzureProvider
from providers.azure.refusals import RULES as AZURE
from providers.gcp.provider import GcpProvider
from providers.gcp.refusals import RULES as GCP
from provisioner.blueprint import smallest
from provisioner.model.place import Place
from provisioner.model.resource import Resource
from provisioner.model.value import Map, freeze
from provisioner.protocols.provider import Provider
from tests.stacks import Stacks

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "refusals.yaml").read_text())
REFUSED = [(f"{kind}: {case['says'][0]}", kind, case) for kind, of in CASES.items() for case in of["refused"]]
TAKEN = [(f"{kind}[{index}]", kind, text) for kind, of in CASES.items() for index, text in enumerate(of["taken"])]


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    clouds = dict.fromkeys(("aws", "azure", "gcp"), "http://127.0.0.1:1")
    return Stacks(tmp_path, clouds, monkeypatch)


def _entry(kind: str, text: str) -> str:
    others = "other: {type: AWS::EC2::SecurityGroup, properties: {GroupDescription: other}}\n"
    return f"it:\n  type: {kind}\n{textwrap.indent(text, '  ')}{others}"


@pytest.mark.parametrize(("kind", "case"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_a_cloud_refuses_is_refused_at_its_line(stacks: Stacks, kind: str, case: dict[str, object]) -> None:
    told = stacks.invalid("s", _entry(kind, str(case["entry"]))).splitlines()
    expected = case["says"]
    assert isinstance(expected, list)
    assert len(told) == len(expected), told
    for said, line in zip(expected, told, strict=True):
        number, message = said.split(" ", 1)
        assert line.startswith(f"s/blueprint.yaml.j2:{number}: it: {message}"), line


@pytest.mark.parametrize(("kind", "text"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_what_a_cloud_may_take_is_not_refused(stacks: Stacks, kind: str, text: str) -> None:
    stacks.project.validate(stacks.write("s", _entry(kind, text)))


def test_what_the_place_gives_is_told_once_and_at_its_line(stacks: Stacks) -> None:
    stacks.places += "default_tags: {'aws:cost': x, team: net}\n"
    two = "".join(f"{name}: {{type: AWS::EC2::VPC, properties: {{CidrBlock: 10.0.0.0/16}}}}\n" for name in ("a", "b"))
    (line,) = stacks.invalid("s", two).splitlines()
    assert "environments/dev.yaml:2: default tag 'aws:cost' of place aws begins with aws:" in line


def test_default_tags_count(stacks: Stacks) -> None:
    stacks.places += f"default_tags: {{{', '.join(f't{number}: x' for number in range(40))}}}\n"
    vpc = "a: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16, Tags: [%s]}}\n"
    own = [f"{{Key: own{number}, Value: x}}" for number in range(9)]
    stacks.project.validate(stacks.write("s", vpc % ", ".join(own[:8])))
    assert "a: 49 tags are too many" in stacks.invalid("s", vpc % ", ".join(own))


def test_unchecked_means_it(stacks: Stacks) -> None:
    text = "properties:\n  CidrBlock: 10.0.0.0/8\n"
    assert "CidrBlock must be" in stacks.invalid("s", _entry("AWS::EC2::VPC", text))
    stacks.project.validate(stacks.write("s", _entry("AWS::EC2::VPC", f"unchecked: true\n{text}")))


@pytest.mark.parametrize("provider", [AwsProvider(), AzureProvider(), GcpProvider()], ids=lambda one: one.name)
def test_the_smallest_entry_of_a_type_is_not_refused(provider: Provider) -> None:
    place = Place("p", provider.name, "1", "us-east-1")
    for kind in (provider.resource_type(name) for name in provider.type_names()):
        entry = freeze(smallest(kind)) if kind.applies else Map()
        keys = (*kind.body_keys, "properties")
        body = (
            Map({key: entry[key] for key in keys if key in entry}) if kind.body_keys else entry.get("properties", Map())
        )
        assert list(provider.refusals(Resource("it", kind.name, place, body))) == [], kind.name


def test_every_rule_has_a_case_of_both_kinds() -> None:
    named = {kind.rpartition("/")[2] if "googleapis" in kind else kind for kind in CASES}
    assert {*AZURE, *GCP, *(table.type for table in tables() if table.refuses)} <= named
    assert all(of["refused"] and of["taken"] for of in CASES.values())
