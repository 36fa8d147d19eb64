"""A name that somebody else has anywhere in the world: one call, a plain answer, and nothing to take back."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.model.run import RunStatus
from provisioner.service import PartlyAppliedError, Project
from tests.sandboxes import faults, operations, reset
from tests.scenarios.test_secrets_nowhere import PLACES

ENTRIES = {
    "aws": ("AWS::S3::Bucket", "properties: {BucketName: taken}", "CreateBucket", "the name is taken globally"),
    "azure": (
        "Microsoft.Storage/storageAccounts",
        "name: taken\n    scope: {{ ref('rg') }}\n    location: westeurope\n    sku: {name: Standard_LRS}\n    kind: StorageV2",
        "storageAccounts.put", "already taken",
    ),
}  # fmt: skip


@pytest.mark.parametrize("cloud", ENTRIES)
def test_a_name_that_is_taken_is_tried_once(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, cloud: str
) -> None:
    from providers.kit.server import Rule

    kind, rest, create, words = ENTRIES[cloud]
    url = request.getfixturevalue(f"fresh_{cloud}")
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {cloud: url})
    (place,) = (line for line in PLACES.splitlines() if line.startswith(f"  {cloud}:"))
    (tmp_path / "b" / "environments").mkdir(parents=True)
    (tmp_path / "b" / "environments" / "dev.yaml").write_text(f"places:\n{place}\n")
    group = (
        "  rg: {type: Microsoft.Resources/resourceGroups, name: g, location: westeurope}\n" if cloud == "azure" else ""
    )
    (tmp_path / "b" / "blueprint.yaml.j2").write_text(
        f"stack: s\nresources:\n{group}  it:\n    type: {kind}\n    {rest}\n"
    )
    (tmp_path / "orch.yaml").write_text("policy: {packs: []}\n")
    project = Project.open(tmp_path)
    faults(url, Rule("taken", create, times=-1))
    with pytest.raises(PartlyAppliedError) as caught:
        project.apply(project.plan(tmp_path / "b"))
    (failure,) = caught.value.report.failures
    assert words in failure.message and failure.address == "it", failure.message
    assert sum(create.lower() in name.lower() for name in operations(url)) == 1
    assert not [row for row in project.rows() if row.address == "it"]
    reset(url)
    assert project.rollback().run.status is RunStatus.DONE
