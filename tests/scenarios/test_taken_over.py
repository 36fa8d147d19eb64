"""The bootstrap blueprint's 25 objects on three endpoints: their ledger is lost and found, and they are let go and adopted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.kit.server import Rule
from provisioner.cli.app import main
from provisioner.service import Project
from tests.listing import client
from tests.sandboxes import faults, operations

ROOT = Path(__file__).parents[2]
STACK = ("blueprints/bootstrap", "-e", "sandbox")
UNMARKED = {
    "internet-to-vpc", "azure-web", "azure-app", "azure-data", "network", "gcp-web", "gcp-app", "gcp-data",
    "gcp-own-network", "gcp-other-clouds",
}  # fmt: skip
"""Those whose types carry no tags."""


@pytest.fixture
def endpoints(fresh_aws: str, fresh_azure: str, fresh_gcp: str) -> dict[str, str]:
    return {"aws": fresh_aws, "azure": fresh_azure, "gcp": fresh_gcp}


@pytest.fixture
def folder(
    tmp_path: Path, endpoints: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Path]:
    """A project in which the blueprint was applied."""
    shutil.copytree(ROOT / "blueprints" / "bootstrap", tmp_path / "blueprints" / "bootstrap")
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: endpoints)
    monkeypatch.chdir(tmp_path)
    assert main(["apply", *STACK, "--yes"]) == 0
    capsys.readouterr()
    return tmp_path


def lose(folder: Path) -> None:
    for path in (folder / ".orch").glob("state.db*"):
        path.unlink()


def ledger(folder: Path) -> dict[str, tuple[str, int, str | None]]:
    return {row.address: (row.uid, row.generation, row.identity) for row in Project.open(folder).rows()}


def empty(capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether a plan has nothing to do, and knows of no drift."""
    capsys.readouterr()
    assert main(["plan", *STACK, "--format", "json"]) == 0
    view = json.loads(capsys.readouterr().out)
    return bool(view["empty"]) and not view["drift"]


def test_the_ledger_is_made_anew_from_what_exists(
    folder: Path, endpoints: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    had = ledger(folder)
    lose(folder)
    assert main(["state", "rebuild", *STACK, "--yes"]) == 3
    told = capsys.readouterr()
    assert "is its former state really gone" in told.err and "15 to adopt." in told.out
    assert main(["state", "rebuild", *STACK, "--yes", "--confirm"]) == 0
    told = capsys.readouterr()
    assert "15 of 25 resources are recovered" in told.out
    proven = ledger(folder)
    assert proven == {address: row for address, row in had.items() if address not in UNMARKED}
    assert all(f"--address {address}" in " ".join(told.out.split()) for address in UNMARKED)

    accepted = ["--address", "gcp-*", "--address", "azure-*", "--address", "network", "--address", "internet-to-vpc"]
    assert main(["state", "rebuild", *STACK, "--yes", *accepted]) == 0
    now = ledger(folder)
    assert {address: row[2] for address, row in now.items()} == {address: row[2] for address, row in had.items()}
    assert empty(capsys)
    for name, url in endpoints.items():
        faults(url)
        made = [op for op in operations(url) if op.startswith(("CreateTags", "DeleteTags"))]
        assert not made, f"{name}: no mark was touched"

    assert main(["destroy", *STACK, "--yes"]) == 0
    assert not ledger(folder)


def test_what_is_let_go_is_adopted_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    had = ledger(folder)
    let_go = ("vpc", "aws-web-access", "aws-app-access", "logs", "group", "azure-web", "network", "gcp-egress")
    for address in let_go:
        assert main(["state", "forget", address, "--yes"]) == 0
    capsys.readouterr()
    only = [word for address in ("vpc", "aws-*", "azure-*") for word in ("--address", address)]
    assert main(["adopt", *STACK, *only, "--out", "adopt.orch"]) == 0
    assert "aws-app-access was left out: it refers to gcp-egress.address" in " ".join(capsys.readouterr().out.split())
    assert main(["apply", "adopt.orch"]) == 0
    assert had.keys() - ledger(folder).keys() == {"aws-app-access", "logs", "group", "network", "gcp-egress"}
    assert main(["adopt", *STACK]) == 1  # no terminal to ask
    assert main(["adopt", *STACK, "--yes"]) == 0
    now = ledger(folder)
    assert {address: row[2] for address, row in now.items()} == {address: row[2] for address, row in had.items()}
    assert empty(capsys)
    assert main(["adopt", *STACK, "--address", "nope"]) == 1
    assert "names nothing that waits to be accepted" in capsys.readouterr().err


def test_an_adoption_goes_through_the_gate(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["state", "forget", "aws-web-access", "--yes"]) == 0
    template = folder / "blueprints" / "bootstrap" / "blueprint.yaml.j2"
    template.write_text(template.read_text().replace("CidrIp: {{ network }}", "CidrIp: 0.0.0.0/0"))
    opened = ["-p", "admin_networks=['10.0.0.0/8']", "--address", "aws-web-access"]
    assert main(["adopt", *STACK, *opened]) == 3
    told = capsys.readouterr()
    assert "it differs in SecurityGroupIngress" in " ".join(told.out.split()) and "SSH" in told.err
    assert "aws-web-access" not in ledger(folder)


def test_what_cannot_be_read_is_named_before_anything_is_recovered(
    folder: Path, endpoints: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    lose(folder)
    faults(endpoints["aws"], Rule("deny", "DescribeVpcs", times=-1))
    assert main(["state", "rebuild", *STACK, "--plan"]) == 1
    assert "cannot read AWS::EC2::VPC" in capsys.readouterr().err
    faults(endpoints["aws"])


def test_a_rule_that_never_was_is_not_made_by_an_undo(
    folder: Path, endpoints: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An adopted group has another rule than the entry: the next plan says so as a change, and its undo leaves the old one."""
    plain = client("ec2", endpoints["aws"], "us-east-1")
    vpc = plain.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    group = plain.create_security_group(GroupName="old", Description="old one", VpcId=vpc)["GroupId"]
    world = [{"CidrIp": "192.168.0.0/16", "Description": "as it was"}]
    there = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": world}]
    plain.authorize_security_group_ingress(GroupId=group, IpPermissions=there)

    def rules() -> list[tuple[int, str]]:
        (found,) = plain.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        return sorted(
            (rule["FromPort"], span["CidrIp"]) for rule in found["IpPermissions"] for span in rule["IpRanges"]
        )

    stack = folder / "old"
    (stack / "environments").mkdir(parents=True)
    (stack / "environments" / "sandbox.yaml").write_text(
        'places: {aws: {cloud: aws, account: "123456789012", region: us-east-1, endpoint: sandbox}}\n'
    )
    (stack / "blueprint.yaml.j2").write_text(
        f"stack: old\nresources:\n  group: {{type: AWS::EC2::SecurityGroup, adopt: {group}, properties: {{GroupName: old, "
        f"GroupDescription: old one, VpcId: {vpc}, "
        "SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/8}]}}\n"
    )
    assert main(["apply", "old", "-e", "sandbox", "--yes"]) == 0
    assert "it differs in SecurityGroupIngress" in " ".join(capsys.readouterr().out.split())
    assert rules() == [(443, "192.168.0.0/16")]
    assert main(["drift", "old", "-e", "sandbox", "--detailed-exitcode"]) == 0
    assert main(["apply", "old", "-e", "sandbox", "--yes"]) == 0
    assert "outside orch" not in capsys.readouterr().out
    assert rules() == [(22, "10.0.0.0/8")]
    assert main(["plan", "old", "-e", "sandbox", "--detailed-exitcode"]) == 0
    assert main(["rollback", "--yes"]) == 0
    assert rules() == [(443, "192.168.0.0/16")]
