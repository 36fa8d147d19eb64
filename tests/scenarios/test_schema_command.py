"""``orch schema`` as a user types it: a type, a part of it, a search, what is misspelt; and examples that are valid."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.cli import main
from provisioner.model.problem import BlueprintError
from provisioner.registry import Registry
from provisioner.service import Project

Orch = Callable[..., tuple[int, str, str]]


@pytest.fixture
def orch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Orch:
    def run(*arguments: str, columns: int = 80) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        code = main(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_type_with_all_that_is_known_of_its_properties(orch: Orch) -> None:
    code, out, err = orch("schema", "AWS::EC2::Subnet", columns=120)
    assert (code, err) == (0, "")
    assert out.startswith("AWS::EC2::Subnet\nSpecifies a subnet for the specified VPC\n")
    assert "  VpcId  required · text · format AWS::EC2::VPC.Id · a change replaces the object" in out
    assert "  Ipv4NetmaskLength  whole number · a change replaces the object · never read back\n" in out
    assert "  Tags  list of maps  Any tags assigned to the subnet\n    Key  required · text  The tag key\n" in out
    assert "\nSet by the cloud, for references\n" in out.partition("  SubnetId  text")[0]
    assert out.endswith(
        "    example:\n      type: AWS::EC2::Subnet\n      properties:\n        VpcId: example\n        CidrBlock: 10.0.0.0/16\n"
    )


@pytest.mark.parametrize("columns", [60, 120])
@pytest.mark.parametrize(
    "name", ["AWS::EC2::Subnet", "Microsoft.Storage/storageAccounts", "compute.googleapis.com/Instance"]
)
def test_nothing_that_could_be_broken_is_wider_than_the_terminal(orch: Orch, name: str, columns: int) -> None:
    _, out, _ = orch("schema", name, columns=columns)
    wide = [line for line in out.splitlines() if len(line) > columns]
    assert all(" " not in line.strip().partition("matches ")[2] or len(line.split()) < 3 for line in wide), wide


def test_a_part_of_a_type(orch: Orch) -> None:
    _, out, _ = orch("schema", "Microsoft.Network/virtualNetworks", "properties.subnets")
    assert out.startswith("Microsoft.Network/virtualNetworks properties.subnets")
    assert "addressPrefix" in out and "smallest entry" not in out
    code, out, err = orch("schema", "AWS::EC2::Instance", "BlockDeviceMappings.Ebz")
    assert (code, out) == (1, "") and "did you mean Ebs?" in err


def test_as_json(orch: Orch) -> None:
    _, out, _ = orch("schema", "AWS::DynamoDB::Table", "--format", "json")
    told = json.loads(out)
    mode = next(one for one in told["properties"] if one["name"] == "BillingMode")
    assert (told["format_version"], mode["values"], mode["closed"]) == (1, ["PAY_PER_REQUEST", "PROVISIONED"], True)
    assert told["example"]["type"] == "AWS::DynamoDB::Table"


def test_types_are_found_across_clouds_and_nearest_first(orch: Orch) -> None:
    _, out, _ = orch("schema", "--search", "subnet", "--format", "json")
    found = [(match["type"], match["cloud"]) for match in json.loads(out)["types"]]
    assert found[:2] == [("AWS::EC2::Subnet", "aws"), ("Microsoft.Network/virtualNetworks/subnets", "azure")]
    assert ("compute.googleapis.com/Subnetwork", "gcp") in found
    _, out, _ = orch("schema", "--search", "network policy", columns=60)
    assert all(len(line) <= 60 or " " not in line for line in out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("AWS::EC2::Subnett",), "did you mean AWS::EC2::Subnet"),
        (("microsoft.network/virtualnetwork",), "Microsoft.Network/virtualNetworks"),
        (("Bucket",), "AWS::S3::Bucket"),
        (("--search", "no such thing"), "names are those of the clouds"),
        ((), "orch schema --help"),
    ],
)
def test_what_is_not_there_is_said_with_a_way_out(orch: Orch, arguments: tuple[str, ...], hint: str) -> None:
    code, out, err = orch("schema", *arguments)
    assert (code, out) == (1, "")
    assert hint in err


ENVIRONMENT = """
places:
  aws: {cloud: aws, account: "123456789012", region: us-east-1}
  azure: {cloud: azure, subscription: 00000000-0000-0000-0000-000000000000, location: westeurope}
  gcp: {cloud: gcp, project: example, region: europe-west1, zone: europe-west1-b}
"""


def test_examples_are_blueprints_that_are_valid(orch: Orch, tmp_path: Path) -> None:
    """The printed text itself, for every 30th type."""
    registry = Registry()
    names = [name for cloud in registry.clouds() for name in registry.provider(cloud).type_names()][::30]
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/dev.yaml").write_text(ENVIRONMENT)
    resources = ["resources:"]
    for number, name in enumerate(names):
        _, out, _ = orch("schema", name, "--depth", "1")
        entry = out.partition("\n  resources:\n    example:\n")[2]
        resources += [f"  e{number}:", *(line.removeprefix("  ") for line in entry.splitlines())]
    (tmp_path / "blueprint.yaml.j2").write_text("\n".join(resources) + "\n")
    described = [f"e{n}" for n, name in enumerate(names) if not registry.resource_type(name).applies]
    with pytest.raises(BlueprintError) as caught:
        Project.open(tmp_path).validate(tmp_path)
    assert len(described) > 5
    apart = [p for p in caught.value.problems if "in plain text" not in p.message]  # one's example lies in another's
    assert [problem.address for problem in apart] == described
    assert all("is known, but this version cannot apply it yet" in problem.message for problem in apart)
