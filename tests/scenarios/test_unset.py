"""Properties of a bucket that nobody had set, set by a run and rolled back, over the AWS sandbox: unset again where S3 can do
that; else the plan has said what stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provisioner.model.change import UndoLabel
from provisioner.service import Project
from tests import listing

NAME, REGION = "unset-bucket", "us-east-1"
TEMPLATE = """\
stack: unset
resources:
  bucket:
    type: AWS::S3::Bucket
    properties:
      BucketName: unset-bucket
{% if "versioning" in on %}
      VersioningConfiguration: {Status: Enabled}
{% endif %}
{% if "ownership" in on %}
      OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerPreferred}]}
{% endif %}
"""
PLACES = f"places: {{aws: {{cloud: aws, account: '123456789012', region: {REGION}, endpoint: sandbox}}}}\n"


@pytest.fixture
def project(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose bucket is there, and as bare as those of before 2023."""
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {"aws": fresh_aws})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unset" / "environments").mkdir(parents=True)
    (tmp_path / "unset" / "blueprint.yaml.j2").write_text(TEMPLATE)
    (tmp_path / "unset" / "parameters.yaml").write_text("parameters: {on: {type: array, default: []}}\n")
    (tmp_path / "unset" / "environments" / "dev.yaml").write_text(PLACES)
    made = Project.open(tmp_path)
    made.apply(made.plan(Path("unset")))
    s3 = listing.client("s3", fresh_aws, REGION)
    s3.delete_bucket_ownership_controls(Bucket=NAME)
    made.apply(made.plan(Path("unset"), accept_drift=("bucket",)))
    return made


def settings(endpoint: str) -> dict[str, Any]:
    """What the bucket has, by the plain client; nothing where it is not set."""
    s3 = listing.client("s3", endpoint, REGION)

    def asked(call: Any, key: str) -> Any:
        try:
            return call(Bucket=NAME).get(key)
        except s3.exceptions.ClientError:
            return None

    return {
        "versioning": asked(s3.get_bucket_versioning, "Status"),
        "ownership": asked(s3.get_bucket_ownership_controls, "OwnershipControls"),
    }


def test_what_was_not_set_is_unset_again(project: Project, fresh_aws: str) -> None:
    assert settings(fresh_aws) == {"versioning": None, "ownership": None}
    file = project.plan(Path("unset"), parameters={"on": ["ownership"]})
    assert [change.undo.label for change in file.plan.changes] == [UndoLabel.EXACT]
    project.apply(file)
    assert settings(fresh_aws)["ownership"]
    project.rollback()
    assert settings(fresh_aws) == {"versioning": None, "ownership": None}
    assert project.plan(Path("unset")).plan.empty


def test_versioning_is_suspended_and_the_plan_has_said_so(project: Project, fresh_aws: str) -> None:
    file = project.plan(Path("unset"), parameters={"on": ["versioning"]})
    (change,) = file.plan.changes
    assert (change.undo.label, change.undo.why) == (
        UndoLabel.LOSSY,
        "VersioningConfiguration.Status cannot be unset: versioning stays suspended, and the versions of objects stay",
    )
    project.apply(file)
    assert settings(fresh_aws)["versioning"] == "Enabled"
    assert any("VersioningConfiguration.Status cannot be unset" in note for note in project.rollback_plan().plan.notes)
    project.rollback()
    assert settings(fresh_aws)["versioning"] == "Suspended"
    after = project.plan(Path("unset")).plan
    assert after.empty and not after.drift
    again = project.plan(Path("unset"), parameters={"on": ["versioning"]}).plan
    assert [change.undo.label for change in again.changes] == [UndoLabel.EXACT]
