"""The promises of the README, kept end to end: the bootstrap blueprint over three endpoints, checked with plain SDKs."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.kit.server import Rule
from provisioner.model.change import Action
from provisioner.model.problem import OrchError, RefusedError
from provisioner.service import PlanFile, Project
from tests import listing
from tests.sandboxes import faults, operations

ROOT = Path(__file__).parents[2]
SUBSCRIPTION, GCP_PROJECT, REGION = "00000000-0000-0000-0000-000000000000", "sandbox", "us-east-1"


@pytest.fixture
def endpoints(fresh_aws: str, fresh_azure: str, fresh_gcp: str) -> dict[str, str]:
    return {"aws": fresh_aws, "azure": fresh_azure, "gcp": fresh_gcp}


@pytest.fixture
def folder(tmp_path: Path, endpoints: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with the bootstrap blueprint, whose sandbox is this process's."""
    shutil.copytree(ROOT / "blueprints" / "bootstrap", tmp_path / "blueprints" / "bootstrap")
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: endpoints)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def exists(endpoints: dict[str, str]) -> int:
    return listing.everything(endpoints, SUBSCRIPTION, GCP_PROJECT, REGION).total()


def plan(project: Project, **more: object) -> PlanFile:
    return project.plan(Path("blueprints/bootstrap"), environment="sandbox", **more)  # type: ignore[arg-type]


def changes(file: PlanFile) -> dict[str, str]:
    return {c.address: str(c.action) for c in file.plan.changes if c.action is not Action.NOOP}


def test_the_python_example_of_the_readme(folder: Path) -> None:
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert code
    exec(compile(code[1], "README.md", "exec"), {})
    assert plan(Project.open(folder)).plan.empty


def test_apply_then_empty_then_drift_then_gone_then_destroy(folder: Path, endpoints: dict[str, str]) -> None:
    project = Project.open(folder)
    project.apply(plan(project))
    after = plan(project)
    assert after.plan.empty and not after.plan.drift

    ec2 = listing.client("ec2", endpoints["aws"], REGION)
    group = next(g for g in ec2.describe_security_groups()["SecurityGroups"] if g["GroupName"].endswith("-web"))
    rule = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    drifted = plan(project)
    assert [(d.address, d.reverted) for d in drifted.plan.drift] == [("aws-web-access", True)]
    assert changes(drifted) == {"aws-web-access": "update"}
    project.apply(drifted)
    assert plan(project).plan.empty

    bucket = listing.client("s3", endpoints["aws"], REGION)
    bucket.delete_bucket(Bucket=bucket.list_buckets()["Buckets"][0]["Name"])
    gone = plan(project)
    assert changes(gone) == {"logs": "create"}
    assert "deleted outside orch" in next(c for c in gone.plan.changes if c.address == "logs").because[0].message
    project.apply(gone)

    project.apply(plan(project, destroy=True), confirm_destroy=25)
    assert exists(endpoints) == 0


def test_a_bucket_that_was_there_before_is_never_claimed(folder: Path, endpoints: dict[str, str]) -> None:
    project = Project.open(folder)
    file = plan(project)
    name = next(c.want.body["BucketName"] for c in file.plan.changes if c.want and c.address == "logs")
    s3 = listing.client("s3", endpoints["aws"], REGION)
    s3.create_bucket(Bucket=name)
    with pytest.raises(OrchError, match="exists now"):
        project.apply(file)
    with pytest.raises(OrchError, match="already exists; it is not managed by orch"):
        plan(project)
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == [name]


@pytest.mark.parametrize("kind", ["throttle", "error", "lost"])
def test_a_vpc_whose_second_call_fails_exists_once(folder: Path, endpoints: dict[str, str], kind: str) -> None:
    faults(endpoints["aws"], Rule(kind, "ModifyVpcAttribute"))
    project = Project.open(folder)
    project.apply(plan(project))
    vpcs = listing.client("ec2", endpoints["aws"], REGION).describe_vpcs()["Vpcs"]
    assert len(vpcs) == 1
    assert plan(project).plan.empty
    sent = operations(endpoints["aws"])
    assert sent.count("CreateVpc") == 1
    assert sent.count("ModifyVpcAttribute") == (1 if kind == "lost" else 2)  # lost: looked, and it was done


def test_ssh_open_to_the_world_is_refused_with_its_line(folder: Path, endpoints: dict[str, str]) -> None:
    template = folder / "blueprints" / "bootstrap" / "blueprint.yaml.j2"
    template.write_text(
        template.read_text().replace(
            "\noutputs:",
            "\n  open:\n    type: AWS::EC2::SecurityGroup\n    properties:\n      GroupDescription: open\n"
            '      VpcId: {{ ref("vpc").VpcId }}\n      SecurityGroupIngress:\n'
            "        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}\n\noutputs:",
            1,
        )
    )
    project = Project.open(folder)
    file = plan(project)
    with pytest.raises(RefusedError, match="ssh") as refused:
        project.apply(file)
    assert refused.value.exit_code == 3
    source = refused.value.problems[0].source
    assert source and "22" in template.read_text().splitlines()[source.line - 1]
    assert exists(endpoints) == 0


def test_json_is_one_document(folder: Path) -> None:
    from provisioner.render import json as rendered
    from provisioner.render.outline import outline

    file = plan(Project.open(folder))
    assert json.loads(rendered.plan(outline(file.plan, file.digest)))["format_version"] == 1
