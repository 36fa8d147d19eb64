"""What lies outside of a blueprint, from end to end through the command line: another stack's output, an object that was there,
a secret, a sensitive parameter, a variable. The cloud gets the values; no file of the project holds a secret one.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from provisioner.cli import main
from provisioner.state.sqlite import SqliteBackend
from tests import listing
from tests.unit.blueprint.conftest import written

REGION = "us-east-1"
TOKEN, PASSWORD = "canary-token-5d1e", 'canary-pass"word-77'
ENVIRONMENT = f"""
places:
  aws: {{cloud: aws, account: "123456789012", region: {REGION}, endpoint: sandbox}}
"""
FILES = {
    "orch.yaml": """
        env_vars: [COMMIT]
        secrets: ["env://APP_*"]
        """,
    "network/environments/dev.yaml": ENVIRONMENT,
    "network/blueprint.yaml.j2": """
        resources:
          vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}
        outputs:
          vpc_id: {{ ref("vpc").VpcId }}
          ranges: [10.0.1.0/24, 10.0.2.0/24]
        """,
    "app/environments/dev.yaml": ENVIRONMENT,
    "app/parameters.yaml": """
        parameters:
          creds: {type: object, sensitive: true, properties: {user: {type: string}, password: {type: string}}}
        """,
    "app/note.j2": "of {{ stack }} at {{ commit }}",
    "app/blueprint.yaml.j2": """
        {% set old = lookup("AWS::EC2::VPC", CidrBlock="172.30.0.0/16") %}
        resources:
        {% for range in output("network", "ranges") %}
          subnet-{{ loop.index }}:
            type: AWS::EC2::Subnet
            properties:
              VpcId: {{ output("network", "vpc_id") }}
              CidrBlock: {{ range }}
              Tags: [{Key: note, Value: {{ template_file("note.j2", commit=env_var("COMMIT")) }}}]
        {% endfor %}
          gate:
            type: AWS::EC2::SecurityGroup
            properties:
              GroupName: gate
              GroupDescription: in {{ old.CidrBlock }}
              VpcId: {{ old.VpcId }}
              Tags:
                - {Key: token, Value: "t={{ secret("env://APP_TOKEN") }}"}
                - {Key: password, Value: {{ creds.password }}}
                - {Key: document, Value: {{ {"user": creds.user, "password": creds.password, "vpc": old.VpcId, "all": [creds]} | to_json }}}
        outputs:
          user: {{ creds.user }}
        """,
}


@pytest.fixture
def project(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {"aws": fresh_aws})
    monkeypatch.setenv("APP_TOKEN", TOKEN)
    monkeypatch.setenv("COMMIT", "4f2c1e")
    monkeypatch.setenv("ORCH_PARAM_CREDS", json.dumps({"user": "me", "password": PASSWORD}))
    monkeypatch.chdir(written(tmp_path, FILES))
    yield tmp_path


def holds_canary(data: bytes) -> bool:
    """Plain, or in a plan, which is a zip."""
    if not data.startswith(b"PK"):
        return b"canary" in data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(b"canary" in archive.read(name) for name in archive.namelist())


def kept(project: Path) -> Iterator[tuple[str, bytes]]:
    """Everything that is kept: each file, and each plan in the database."""
    for path in project.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    with closing(SqliteBackend(project / ".orch" / "state.db")) as backend:
        for run in backend.runs():
            yield run.id, backend.run(run.id)[1]


def orch(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(list(words)) == code, capsys.readouterr().err
    printed = capsys.readouterr()
    assert "canary" not in printed.out + printed.err
    return printed.out + printed.err


def test_it_is_planned_applied_and_empty(
    project: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "network is valid" in orch(capsys, "validate", "network")
    assert "app is valid" not in orch(capsys, "validate", "app", code=1)  # it loops over what was never applied
    assert "apply it first: orch apply network -e dev" in orch(capsys, "plan", "app", code=1)
    orch(capsys, "apply", "network", "--yes")

    ec2 = listing.client("ec2", fresh_aws, REGION)
    finds_nothing = orch(capsys, "plan", "app", code=1)
    assert "finds nothing in aws" in finds_nothing and "app/blueprint.yaml.j2:1" in finds_nothing
    old = ec2.create_vpc(CidrBlock="172.30.0.0/16")["Vpc"]["VpcId"]

    said = orch(capsys, "plan", "app", "--out", "change.orch")
    assert "3 to create" in said and "env://APP_TOKEN" in said and "of app at 4f2c1e" in said
    monkeypatch.delenv("ORCH_PARAM_CREDS")
    assert "ORCH_PARAM_CREDS=…" in orch(capsys, "apply", "change.orch", "--yes", code=1)
    monkeypatch.setenv("ORCH_PARAM_CREDS", json.dumps({"user": "me", "password": "not-that-one"}))
    assert "'creds' is another than when this was planned" in orch(capsys, "apply", "change.orch", "--yes", code=4)
    monkeypatch.setenv("ORCH_PARAM_CREDS", json.dumps({"user": "me", "password": PASSWORD}))
    orch(capsys, "apply", "change.orch", "--yes")

    vpc = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"][0]["VpcId"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert sorted(subnet["CidrBlock"] for subnet in subnets) == ["10.0.1.0/24", "10.0.2.0/24"]
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["gate"]}])["SecurityGroups"][0]
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert (group["VpcId"], group["Description"]) == (old, "in 172.30.0.0/16")
    assert (tags["token"], tags["password"]) == (f"t={TOKEN}", PASSWORD)
    assert json.loads(tags["document"]) == {
        "user": "me", "password": PASSWORD, "vpc": old, "all": [{"user": "me", "password": PASSWORD}],
    }  # fmt: skip

    assert "No changes" in orch(capsys, "plan", "app")
    orch(capsys, "runs", "list")
    orch(capsys, "state", "list")
    orch(capsys, "render", "app", "--format", "yaml")
    monkeypatch.setenv("APP_TOKEN", "canary-token-new")
    assert "1 to update" in orch(capsys, "plan", "app", "--out", "second.orch")
    found = list(kept(project))
    assert {"change.orch", "second.orch", "state.db"} <= {name for name, _ in found}
    assert len([name for name, _ in found if len(name) == 21]) == 2  # the plans of the runs
    assert not [name for name, data in found if holds_canary(data)]


def test_the_search_would_find_it() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", "canary" * 50)
    assert holds_canary(data.getvalue()) and holds_canary(b"a canary") and not holds_canary(b"none")
