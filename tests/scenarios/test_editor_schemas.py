"""What ``orch schema --export`` writes, judged by a validator that shares nothing with ours, as an editor's would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from provisioner import blueprint as blueprints
from provisioner.blueprint import checks, editor, example, options, resources
from provisioner.blueprint.keys import FILES, KEYS
from provisioner.cli import main
from provisioner.environment import environment_names, load_environment
from provisioner.export import blueprints as all_blueprints
from provisioner.export import mentioned
from provisioner.registry import Registry
from provisioner.render import stack
from provisioner.service import Project

BLUEPRINTS = all_blueprints(Path("blueprints"))
ENVIRONMENTS = [(folder, name) for folder in BLUEPRINTS for name in environment_names(folder)]
NOWHERE = dict.fromkeys(("aws", "azure", "gcp"), "http://127.0.0.1:9")
REGISTRY = Registry()


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    Project.open(Path()).catalogue.export(Path("blueprints"), folder)
    return folder


def problems(schema: Path, document: Any) -> list[str]:
    """What the independent validator says, of all levels, in words with the path."""
    validator = jsonschema.Draft7Validator(json.loads(schema.read_text()))
    return sorted(
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in _leaves(validator.iter_errors(document))
    )


def _leaves(errors: Any) -> Any:
    for error in errors:
        yield from _leaves(error.context) if error.context else [error]


def rendered(folder: Path, name: str) -> dict[str, Any]:
    environment = load_environment(folder, name, lambda: NOWHERE)
    found = blueprints.render(folder, environment=environment, parameters={}, params_file=None, environ={})
    text = stack.form(found.stack, {entry.address: entry.value for entry in found.entries}, found.outputs)
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_every_schema_is_one(schemas: Path) -> None:
    files = sorted(schemas.rglob("*.json"))
    assert len(files) == 2 + 2 * len(BLUEPRINTS)
    for file in files:
        jsonschema.Draft7Validator.check_schema(json.loads(file.read_text()))


@pytest.mark.parametrize(("folder", "name"), ENVIRONMENTS, ids=str)
def test_our_own_files_fit(schemas: Path, folder: Path, name: str) -> None:
    assert problems(schemas / folder.name / "blueprint.json", rendered(folder, name)) == []
    environment = yaml.safe_load((folder / "environments" / f"{name}.yaml").read_text())
    assert problems(schemas / folder.name / "environment.json", environment) == []
    assert problems(schemas / "parameters.json", yaml.safe_load((folder / "parameters.yaml").read_text())) == []


VPC = {"type": "AWS::EC2::VPC", "properties": {"CidrBlock": "10.0.0.0/16"}}
NET = {"type": "Microsoft.Network/virtualNetworks", "name": "net", "scope": "group", "location": "x", "properties": {}}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (VPC, ""),
        ({**VPC, "properties": '{{ merge(a, b) }}'}, ""),
        ({**VPC, "properties": {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": "{{ dns }}"}}, ""),
        ({**VPC, "properties": {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": "yes"}}, "EnableDnsSupport: 'yes' is not of type 'boolean'"),
        ({**VPC, "properties": {"CidrBlock": "10.0.0.0/16", "VpcId": "v"}}, "('VpcId' was unexpected)"),
        ({**VPC, "propertys": {}}, "('propertys' was unexpected)"),
        ({**VPC, "on_remove": "retained"}, "on_remove: 'retained' is not one of ['delete', 'retain']"),
        ({**VPC, "timeout": "5 minutes"}, "timeout: '5 minutes'"),
        ({**VPC, "unchecked": True, "properties": {"New": 1}}, ""),
        ({"properties": {}}, "'type' is a required property"),
        ({"type": "AWS::EC2::Other", "properties": {"A": 1}}, ""),  # not among those that the template names: not checked
        (NET, ""),
        ({key: item for key, item in NET.items() if key != "location"}, ""),  # the place may say it
        ({key: item for key, item in NET.items() if key != "name"}, "'name' is a required property"),
        ({**NET, "name": "n"}, "name: 'n' is too short"),
        ({**NET, "properties": {"subnets": [{"name": "a", "properties": {"adressPrefix": "x"}}]}}, "('adressPrefix' was unexpected)"),
        ({**NET, "properties": {"provisioningState": "x"}}, "('provisioningState' was unexpected)"),
    ],
)  # fmt: skip
def test_entries_are_judged_as_we_judge_them(schemas: Path, entry: dict[str, Any], expected: str) -> None:
    said = problems(schemas / "bootstrap" / "blueprint.json", {"resources": {"it": entry}})
    assert any(expected in line for line in said) if expected else said == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"places": {"a": {"cloud": "aws", "account": 123456789012, "region": "r"}}}, ""),
        ({"places": {"a": {"cloud": "aws", "account": "1", "regio": "r"}}}, "('regio' was unexpected)"),
        ({"places": {"a": {"cloud": "asw"}}}, "'asw' is not one of ['aws', 'azure', 'gcp']"),
        ({"places": {"a b": {"cloud": "gcp", "project": "p"}}}, "'a b' does not match"),
        ({"parameters": {"service_port": 99999}}, "service_port: 99999 is greater than the maximum of 65535"),
        ({"parameters": {"servce_port": 443}}, "('servce_port' was unexpected)"),
        ({"default_tags": {"a": 1}}, "default_tags.a: 1 is not of type 'string'"),
        ({"extends": "base", "places": {"a": {"account": "123456789012"}}}, ""),  # the rest stands there
        ({"extends": "base", "places": {"a": {"acount": "1"}}}, "'acount' is not one of"),
    ],
)
def test_environments(schemas: Path, document: dict[str, Any], expected: str) -> None:
    said = problems(schemas / "bootstrap" / "environment.json", document)
    assert any(expected in line for line in said) if expected else said == []


def test_settings_and_parameters(schemas: Path) -> None:
    assert (
        problems(schemas / "orch.json", {"backend": "s.db", "parallelism": 4, "policy": {"packs": ["baseline"]}}) == []
    )
    assert problems(schemas / "orch.json", {"backend": ""})
    assert problems(schemas / "orch.json", {"parallelism": "4"}) == ["parallelism: '4' is not of type 'integer'"]
    assert problems(schemas / "parameters.json", {"parameters": {"a": {"type": "text"}}})


def test_what_an_editor_says_of_our_own_keys(schemas: Path) -> None:
    assert {*options.KEYS, checks.CHECK, "in"} <= set(KEYS)
    assert all(schema["description"] for schema in KEYS.values())
    entry = json.loads((schemas / "bootstrap/blueprint.json").read_text())["properties"]["resources"][
        "additionalProperties"
    ]
    assert entry["properties"]["in"]["examples"] == ["aws", "azure", "gcp"]
    assert set(resources.TOP_KEYS) == {"stack", "resources", "outputs"}
    for file in ("orch.json", "parameters.json", "bootstrap/environment.json"):
        whole = json.loads((schemas / file).read_text())
        for node in (whole, *whole.get("definitions", {}).values()):
            for name, told in node.get("properties", {}).items():
                assert told.get("description") == FILES[name], (file, name)


def test_every_type_can_be_exported_and_takes_its_smallest_entry() -> None:
    """Every 20th: the validator is slow."""
    names = [name for cloud in REGISTRY.clouds() for name in REGISTRY.provider(cloud).type_names()][::20]
    kinds = [REGISTRY.resource_type(name) for name in names]
    schema = editor.blueprint(kinds, names, ())
    jsonschema.Draft7Validator.check_schema(schema)
    for kind in kinds:
        one = editor.blueprint([kind], names, ())
        errors = [*jsonschema.Draft7Validator(one).iter_errors({"resources": {"it": example.entry(kind)}})]
        assert not errors, (kind.name, errors)


def test_types_are_found_where_a_condition_leaves_them_out(tmp_path: Path) -> None:
    text = '{% if no %}\n  a:\n    type: "AWS::S3::Bucket"\n{% endif %}\n  b: {type: Microsoft.Network/virtualNetworks@2024-05-01}\n'
    (tmp_path / "blueprint.yaml.j2").write_text(text)
    assert {"AWS::S3::Bucket", "Microsoft.Network/virtualNetworks"} <= mentioned(tmp_path)


def test_the_command_says_how_an_editor_finds_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--export", "blueprints/bootstrap", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert '"blueprints/bootstrap/environments/*.yaml"' in out and "# yaml-language-server: $schema=" in out
    assert main(["schema", "--export", str(tmp_path)]) == 1
    assert "there is no blueprint here" in capsys.readouterr().err
