"""A secret through a stack's whole life on the three sandboxes: in no file of the project, and in nothing that is printed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.cli.app import main
from provisioner.model.problem import BlueprintError
from provisioner.service import Project
from tests.canaries import found_in
from tests.sandboxes import Rule, faults, reset

CLOUDS = ("aws", "azure", "gcp")
PLACES = """\
places:
  aws: {cloud: aws, account: '123456789012', region: us-east-1, endpoint: sandbox}
  azure: {cloud: azure, subscription: 00000000-0000-0000-0000-000000000000, location: westeurope, endpoint: sandbox}
  gcp: {cloud: gcp, project: sandbox, region: europe-west1, zone: europe-west1-b, endpoint: sandbox}
"""
PARAMETERS = """\
parameters:
  pw: {type: string, sensitive: true}
  creds: {type: object, sensitive: true}
  color: {type: string, default: red}
  keep: {type: boolean, default: true}
"""
TEMPLATE = """\
stack: quiet
resources:
  vpc:
    type: AWS::EC2::VPC
    on_remove: retain
    properties: {CidrBlock: 10.0.0.0/16, Tags: [{Key: p, Value: {{ pw }}}, {Key: c, Value: {{ color }}}, {Key: e, Value: "a {{ secret("env://APP_TOKEN") }} z"}]}
  bucket: {type: AWS::S3::Bucket, properties: {BucketName: quiet-data, Tags: [{Key: j, Value: {{ creds.user }}}, {Key: c, Value: {{ color }}}]}}
  group:
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: g
      VpcId: {{ ref("vpc").VpcId }}
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8, Description: "{{ pw }}"}]
      Tags: [{Key: again, Value: {{ ref("vpc").Tags[0].Value }}}]
{% if keep %}
  eip: {type: AWS::EC2::EIP, properties: {Tags: [{Key: p, Value: {{ pw }}}]}}
{% endif %}
  rg: {type: Microsoft.Resources/resourceGroups, name: quiet, location: westeurope, tags: {p: {{ pw }}, c: {{ color }}}}
  nsg:
    type: Microsoft.Network/networkSecurityGroups
    scope: {{ ref("rg") }}
    name: guard
    tags: {same: {{ ref("rg").tags.p }}}
    properties:
      securityRules:
        - {name: a, properties: {description: "{{ pw }} {{ color }}", priority: 100, direction: Inbound, access: Allow, protocol: Tcp,
           sourceAddressPrefix: 10.0.0.0/8, sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: "443"}}
  net: {type: compute.googleapis.com/Network, properties: {name: quiet, autoCreateSubnetworks: false, description: "{{ pw }}"}}
  wall:
    type: compute.googleapis.com/Firewall
    properties: {name: quiet, description: "{{ creds | to_json }} {{ color }}", network: {{ ref("net").selfLink }}, sourceRanges: [10.0.0.0/8], allowed: [{IPProtocol: tcp}]}
  disk: {type: compute.googleapis.com/Disk, properties: {name: quiet, sizeGb: 10, labels: {p: {{ pw }}, c: {{ color }}}}}
outputs:
  pw: {{ pw }}
  tag: {{ ref("vpc").Tags[0].Value }}
  id: {{ ref("vpc").VpcId }}
"""
GIVEN = ["-p", "pw=canary-one", "-p", 'creds={"user": "canary-user", "deep": {"key": "canary-deep"}}']


@pytest.fixture
def folder(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, dict[str, str]]]:
    urls: dict[str, str] = {cloud: request.getfixturevalue(f"fresh_{cloud}") for cloud in CLOUDS}
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: urls)
    monkeypatch.setenv("APP_TOKEN", "canary-token")
    (tmp_path / "b" / "environments").mkdir(parents=True)
    (tmp_path / "b" / "environments" / "dev.yaml").write_text(PLACES)
    (tmp_path / "b" / "parameters.yaml").write_text(PARAMETERS)
    (tmp_path / "b" / "blueprint.yaml.j2").write_text(TEMPLATE)
    (tmp_path / "orch.yaml").write_text("secrets: ['env://APP_*']\npolicy: {packs: [baseline]}\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path, urls
    for url in urls.values():
        reset(url)


class Printed:
    """Runs commands, with the noisiest log in turn, and looks through what they say and leave."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._capsys = folder, capsys
        self._logs = itertools.cycle([["--log-level", "debug"], ["--log-format", "json"], ["--debug"]])

    def __call__(self, *words: str, code: int = 0) -> str:
        got = main([*next(self._logs), *words])
        told = self._capsys.readouterr()
        said = told.out + told.err
        assert got == code, said
        assert "canary" not in said, (words, said)
        assert not found_in(self._folder, "canary"), words
        return said


def test_a_secret_is_in_no_file_and_in_no_output(
    folder: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, urls = folder
    orch = Printed(path, capsys)
    for words in (["validate", "b"], ["render", "b", "--lines"], ["render", "b", "--format", "json"], ["graph", "b"]):
        orch(*words, *GIVEN)
    for form in ("text", "json"):
        orch("plan", "b", *GIVEN, "--format", form, "--out", "one.orch")
    orch("show", "one.orch", "--format", "json")
    orch("apply", "one.orch", *GIVEN, "--format", "jsonl")
    orch("plan", "b", *GIVEN, "--detailed-exitcode")
    orch("drift", "b", *GIVEN, "--detailed-exitcode")

    changed = [*GIVEN, "-p", "color=blue"]
    orch("plan", "b", *changed, "--format", "json")
    for url in urls.values():
        faults(url, Rule("lost", r"CreateTags|PutBucketTagging|\.put |setLabels|firewalls\.(patch|update)", times=1))
    orch("apply", "b", *changed, "--yes")
    for url in urls.values():
        faults(url)
    orch("rollback", "--yes", *GIVEN)
    rotated = ["-p", "pw=canary-two", *GIVEN[2:]]
    orch("apply", "b", *rotated, "--yes", "--confirm")
    orch("rollback", "--yes", *rotated, code=4)
    orch("rollback", "--plan", *GIVEN)
    orch("rollback", "--yes", "--accept-loss", *rotated, code=4)
    orch("rollback", "--yes", *GIVEN)

    for url in urls.values():
        faults(url, Rule("deny", r"CreateTags|PutBucketTagging|\.put |setLabels|firewalls\.(patch|update)", times=-1))
    orch("apply", "b", *changed, "--yes", "--on-failure", "continue", code=5)
    for url in urls.values():
        faults(url)
    orch("runs", "list")
    orch("resume", *GIVEN)
    orch("runs", "list", "--format", "json")
    run = Project.open(path).runs()[0].id
    orch("runs", "show", run)
    orch("runs", "show", run, "--format", "json")
    orch("state", "list")
    for address in ("vpc", "nsg", "wall", "disk", "bucket"):
        orch("state", "show", address)
        orch("state", "show", address, "--format", "json")
    orch("apply", "b", *changed, "-p", "keep=false", "--yes", "--confirm", "--confirm-destroy", "1")
    orch("rollback", "--yes", *GIVEN)
    orch("state", "forget", "disk", "--yes")
    orch("adopt", "b", *changed, "--plan")
    orch("adopt", "b", *changed, "--yes")
    (path / ".orch" / "state.db").unlink()
    orch("state", "rebuild", "b", *changed, "--yes", "--confirm")
    orch("adopt", "b", *changed, "--address", "net", "--address", "wall", "--yes")
    orch("plan", "b", *changed, "--format", "json")
    orch("destroy", "b", "--yes")


NAMES = {
    "bucket name": ("AWS::S3::Bucket", "properties: {BucketName: {{ pw }}}", "BucketName"),
    "part of one": ("AWS::S3::Bucket", 'properties: {BucketName: "x-{{ pw }}"}', "BucketName"),
    "of a store": ("AWS::S3::Bucket", 'properties: {BucketName: {{ secret("env://APP_TOKEN") }}}', "BucketName"),
    "identifier": ("AWS::IAM::User", "properties: {UserName: {{ pw }}}", "UserName"),
    "address": ("AWS::EC2::EIP", "properties: {Address: {{ pw }}}", "Address"),
    "tag key": ("AWS::EC2::EIP", "properties: {Tags: [{Key: {{ pw }}, Value: x}]}", r"Tags\[0\].Key"),
    "through": ("AWS::S3::Bucket", 'properties: {BucketName: {{ ref("other").Tags[0].Value }}}', "BucketName"),
    "group": ("Microsoft.Resources/resourceGroups", "name: {{ pw }}\n    location: westeurope", "name"),
    "scope": (
        "Microsoft.Network/networkSecurityGroups", "name: guard\n    scope: {{ pw }}\n    location: westeurope", "scope",
    ),
    "network": ("compute.googleapis.com/Network", "properties: {name: {{ pw }}}", "name"),
    "zone": ("compute.googleapis.com/Disk", "zone: {{ pw }}\n    properties: {name: a}", "zone"),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMES)
def test_a_secret_cannot_be_a_name(tmp_path: Path, case: str) -> None:
    kind, rest, path = NAMES[case]
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "dev.yaml").write_text(PLACES.replace("sandbox}", "'http://127.0.0.1:9'}"))
    (tmp_path / "parameters.yaml").write_text("parameters: {pw: {type: string, sensitive: true}}\n")
    (tmp_path / "orch.yaml").write_text("secrets: ['env://APP_*']\n")
    other = "  other: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16, Tags: [{Key: a, Value: {{ pw }}}]}}\n"
    (tmp_path / "blueprint.yaml.j2").write_text(
        f"stack: s\nresources:\n{other}  it:\n    type: {kind}\n    unchecked: true\n    {rest}\n"
    )
    with pytest.raises(BlueprintError, match=f"it: {path} cannot be secret, as .* is: it is a name") as caught:
        Project.open(tmp_path).render(tmp_path, parameters={"pw": "canary-name"})
    (problem,) = (each for each in caught.value.problems if "cannot apply it yet" not in each.message)
    assert problem.source and problem.source.line >= 7 and problem.hint and "canary" not in str(caught.value)


def test_a_secret_that_lacks_is_told_at_its_line(
    folder: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder[0] / "b" / "blueprint.yaml.j2").write_text(
        "stack: s\nresources:\n  a: {type: AWS::EC2::EIP}\n  b:\n    type: AWS::EC2::EIP\n    properties:\n      Tags:\n"
        '        - Key: k\n          Value: {{ secret("env://APP_A") }}\n        - {Key: l, Value: {{ secret("env://APP_A") }}}\n'
        '        - {Key: m, Value: {{ secret("env://OTHER") }}}\n        - {Key: n, Value: {{ pw }}}\n'
    )
    given = ["-p", "pw=canary-one", "-p", "creds={}"]
    assert main(["plan", "b", *given]) == 1
    told = capsys.readouterr().err
    assert (
        "error: the environment variable APP_A is not set, and env://APP_A needs it\n    at  b/blueprint.yaml.j2:9 (b)"
        in told
    )
    assert (
        "env://OTHER may not be read in this project\n    at  b/blueprint.yaml.j2:11 (b)" in told
        and "2 problems" in told
    )
    monkeypatch.setenv("APP_A", "canary-a")
    (folder[0] / "orch.yaml").write_text("secrets: ['env://*']\n")
    monkeypatch.setenv("OTHER", "canary-b")
    assert main(["plan", "b", *given, "--out", "p.orch"]) == 0
    monkeypatch.delenv("APP_A")
    capsys.readouterr()
    assert main(["apply", "p.orch", "-p", "pw=canary-one", "--yes"]) == 1
    told = capsys.readouterr().err
    assert "APP_A is not set" in told and "at  b/blueprint.yaml.j2:9 (b)" in told
