"""A secret in every plausible place, and a cloud or a normaliser that refuses it: it is in no message, log, traceback or file.

Each case is a whole run that fails, is looked at, resumed and rolled back; clouds repeat all that was sent to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.cli.app import main
from provisioner.service import Project
from tests.canaries import found_in
from tests.sandboxes import Rule, faults, reset
from tests.scenarios.test_secrets_nowhere import PLACES

VALUE = 'Canary "Nine"/+&é '
PIN = "739153864201"
ROWS = {
    # The cloud knows what it does not take.
    "gcp label": ("gcp", "compute.googleapis.com/Disk", "properties: {name: a, sizeGb: 10, labels: {l: {{ pw }}}}", ""),
    "gcp label in part": ("gcp", "compute.googleapis.com/Disk", 'properties: {name: a, sizeGb: 10, labels: {l: "x-{{ pw }}"}}', ""),
    "gcp label of a store": (
        "gcp", "compute.googleapis.com/Address", 'properties: {name: a, labels: {l: {{ secret("env://APP_TOKEN") }}}}', "",
    ),
    "gcp label of an object": ("gcp", "compute.googleapis.com/Address", "properties: {name: a, labels: {l: {{ creds.deep }}}}", ""),
    "azure tag": (
        "azure", "Microsoft.Resources/resourceGroups", "name: a\n    location: westeurope\n    tags: {p: {{ long }}}", "",
    ),
    # It refuses what it is told to.
    "azure tag with a number": (
        "azure", "Microsoft.Resources/resourceGroups",
        'name: a\n    location: westeurope\n    tags: {p: "user{{ secret("env://APP_PIN") }}", q: "y{{ secret("env://APP_PORT") }}z"}', r"\.put",
    ),
    "aws tag": ("aws", "AWS::EC2::VPC", "properties: {CidrBlock: 10.0.0.0/16, Tags: [{Key: p, Value: {{ pw }}}]}", "CreateVpc"),
    "aws bucket tag": ("aws", "AWS::S3::Bucket", "properties: {BucketName: refused, Tags: [{Key: p, Value: {{ pw }}}]}", "CreateBucket"),
    "aws group": (
        "aws", "AWS::EC2::SecurityGroup",
        'properties: {GroupDescription: g, GroupName: "g", SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 1, ToPort: 1, '
        "CidrIp: 10.0.0.0/8, Description: {{ pw }}}]}", "Authorize",
    ),
    "aws description": ("aws", "AWS::EC2::SecurityGroup", 'properties: {GroupDescription: "{{ pw }}", GroupName: g}', "CreateSecurityGroup"),
    "aws number": ("aws", "AWS::EC2::Subnet", "properties: {VpcId: vpc-1, CidrBlock: {{ pw }}}", "CreateSubnet"),
    "azure group": (
        "azure", "Microsoft.Resources/resourceGroups", "name: a\n    location: westeurope\n    tags: {p: {{ pw }}}", r"\.put",
    ),
    "azure property": (
        "azure", "Microsoft.Network/publicIPAddresses",
        "name: a\n    scope: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g\n    location: westeurope\n"
        "    properties: {dnsSettings: {domainNameLabel: {{ pw }}}}", r"\.put",
    ),
    "gcp description": ("gcp", "compute.googleapis.com/Network", 'properties: {name: a, autoCreateSubnetworks: false, description: "{{ pw }}"}', "insert"),
    "gcp list": (
        "gcp", "compute.googleapis.com/Firewall",
        "properties: {name: a, network: global/networks/n, sourceRanges: [{{ pw }}], allowed: [{IPProtocol: tcp}]}", "insert",
    ),
    "gcp json": ("gcp", "compute.googleapis.com/Network", 'properties: {name: a, autoCreateSubnetworks: false, description: "{{ creds | to_json }}"}', "insert"),
}  # fmt: skip
PARAMETERS = """\
parameters:
  pw: {type: string, sensitive: true}
  long: {type: string, sensitive: true}
  creds: {type: object, sensitive: true}
"""
GIVEN = [
    "-p",
    f"pw={VALUE}",
    "-p",
    f"long=Canary{'n' * 300}",
    "-p",
    'creds={"user": "Canary User", "deep": "CANARY-DEEP"}',
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("APP_TOKEN", "Canary-Token")
    monkeypatch.setenv("APP_PIN", PIN)
    monkeypatch.setenv("APP_PORT", "5432")
    (tmp_path / "b" / "environments").mkdir(parents=True)
    (tmp_path / "b" / "parameters.yaml").write_text(PARAMETERS)
    (tmp_path / "orch.yaml").write_text("secrets: ['env://APP_*']\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def _quiet(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(list(words))
    told = capsys.readouterr()
    said = told.out + told.err
    assert not any(form in said.lower() for form in ("canary", PIN, "y5432z")), (words, said)
    for form in ("canary", "Canary", "CANARY", "Q2FuYXJ5", PIN, "y5432z"):
        assert not found_in(folder, form), (words, form)
    return code, said


@pytest.mark.parametrize("case", ROWS)
def test_no_refusal_repeats_a_secret(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
) -> None:
    cloud, kind, rest, refused = ROWS[case]
    url = request.getfixturevalue(f"fresh_{cloud}")
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {cloud: url})
    (place,) = (line for line in PLACES.splitlines() if line.startswith(f"  {cloud}:"))
    (folder / "b" / "environments" / "dev.yaml").write_text(f"places:\n{place}\n")
    (folder / "b" / "blueprint.yaml.j2").write_text(f"stack: s\nresources:\n  it:\n    type: {kind}\n    {rest}\n")
    if refused:
        faults(url, Rule("echo", refused, times=-1))
    code, said = _quiet(folder, capsys, "--debug", "apply", "b", *GIVEN, "--yes")
    assert code == 5, said
    run = Project.open(folder).runs()[0].id
    for form in ("text", "json"):
        assert _quiet(folder, capsys, "runs", "show", run, "--format", form)[0] == 0
    for log in (["--log-level", "debug"], ["--log-format", "json", "--log-level", "debug"]):
        code, said = _quiet(folder, capsys, *log, "resume", *GIVEN)
        assert code == 5, said
    if refused:
        reset(url)
    assert _quiet(folder, capsys, "--debug", "rollback", "--yes", *GIVEN)[0] == 0
