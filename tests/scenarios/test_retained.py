"""``on_remove: retain`` over the sandboxes: what it names stays when the stack is destroyed, with all that it needs."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from provisioner.model.change import UndoLabel
from provisioner.model.problem import OrchError
from provisioner.render import report as reports
from provisioner.service import Project
from tests import listing

SUBSCRIPTION, REGION = "00000000-0000-0000-0000-000000000000", "us-east-1"
TEMPLATE = """\
stack: kept
resources:
{% if with_store %}
  store:
    type: AWS::S3::Bucket
    on_remove: retain
    properties: {BucketName: kept-store}
  data:
    type: Microsoft.Network/virtualNetworks
    on_remove: retain
    scope: {{ ref("group") }}
    name: data
    location: westeurope
    properties: {addressSpace: {addressPrefixes: [10.0.0.0/16]}}
{% endif %}
  scratch:
    type: AWS::S3::Bucket
    properties: {BucketName: kept-scratch}
  group:
    type: Microsoft.Resources/resourceGroups
    name: group
    location: {{ location }}
  other:
    type: Microsoft.Resources/resourceGroups
    name: other
    location: westeurope
"""
PARAMETERS = "parameters: {with_store: {type: boolean, default: true}, location: {type: string, default: westeurope}}\n"
PLACES = f"""\
places:
  aws: {{cloud: aws, account: '123456789012', region: {REGION}, endpoint: sandbox}}
  azure: {{cloud: azure, subscription: {SUBSCRIPTION}, location: westeurope, endpoint: sandbox}}
"""


class Clouds:
    """What is there, by plain requests: names, each with whether it carries our mark."""

    def __init__(self, aws: str, azure: str) -> None:
        self.endpoints = {"aws": aws, "azure": azure}

    def buckets(self) -> dict[str, bool]:
        s3 = listing.client("s3", self.endpoints["aws"], REGION)
        return {b["Name"]: _tagged(s3, b["Name"]) for b in s3.list_buckets()["Buckets"]}

    def arm(self) -> dict[str, bool]:
        base = f"{self.endpoints['azure']}/subscriptions/{SUBSCRIPTION}"
        found = [item for kind in ("resourcegroups", "resources") for item in _items(f"{base}/{kind}?{listing.ARM}")]
        return {item["name"]: any(key.startswith("orch-") for key in item.get("tags") or {}) for item in found}


def _tagged(s3: Any, bucket: str) -> bool:
    try:
        tags = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    except s3.exceptions.ClientError:
        return False
    return any(tag["Key"].startswith("orch-") for tag in tags)


def _items(url: str) -> list[dict[str, Any]]:
    request = urllib.request.Request(url, headers={"Authorization": "Bearer plain"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        items: list[dict[str, Any]] = json.load(answer)["value"]
    return items


@pytest.fixture
def clouds(fresh_aws: str, fresh_azure: str) -> Clouds:
    return Clouds(fresh_aws, fresh_azure)


@pytest.fixture
def project(tmp_path: Path, clouds: Clouds, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose stack is there."""
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: clouds.endpoints)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept" / "environments").mkdir(parents=True)
    (tmp_path / "kept" / "blueprint.yaml.j2").write_text(TEMPLATE)
    (tmp_path / "kept" / "parameters.yaml").write_text(PARAMETERS)
    (tmp_path / "kept" / "environments" / "dev.yaml").write_text(PLACES)
    made = Project.open(tmp_path)
    made.apply(made.plan(Path("kept")))
    return made


def test_destroy_leaves_what_is_retained_and_all_that_it_needs(project: Project, clouds: Clouds) -> None:
    file = project.plan(Path("kept"), destroy=True)
    told = {change.address: (str(change.action), change.because[0].message) for change in file.plan.changes}
    asks = "the stack is destroyed; it is retained, as its entry asked, and is ours no longer"
    assert told == {
        "store": ("forget", asks),
        "data": ("forget", asks),
        "group": ("forget", "data, which is retained, needs it: it is retained as well, and is ours no longer"),
        "scratch": ("delete", "the stack is destroyed"),
        "other": ("delete", "the stack is destroyed"),
    }
    said = reports.text(reports.result(project.apply(file)))
    assert (
        said.startswith("kept, and owned no more: data, group, store\n") and "\nDestroyed kept in dev: 5 steps" in said
    )
    assert clouds.buckets() == {"kept-store": False} and clouds.arm() == {"group": False, "data": False}
    assert not project.rows()


def test_a_destroy_that_keeps_everything_says_so(project: Project) -> None:
    blueprint = Path("kept/blueprint.yaml.j2")
    blueprint.write_text(
        TEMPLATE.partition("  scratch:")[0] + TEMPLATE[TEMPLATE.index("  group:") : TEMPLATE.index("  other:")]
    )
    project.apply(project.plan(Path("kept")))
    said = reports.text(reports.result(project.apply(project.plan(Path("kept"), destroy=True))))
    assert "Destroyed nothing of kept in dev: all of it is kept, 3 steps" in said


def test_a_rollback_of_that_owns_them_again(project: Project, clouds: Clouds) -> None:
    file = project.plan(Path("kept"), destroy=True)
    labels = {change.address: change.undo.label for change in file.plan.changes}
    assert {a for a, label in labels.items() if label is UndoLabel.EXACT} == {"store", "data", "group"}
    project.apply(file)
    project.rollback()
    assert clouds.buckets() == {"kept-store": True, "kept-scratch": True}
    assert clouds.arm() == {"group": True, "data": True, "other": True}
    assert project.plan(Path("kept")).plan.empty


def test_what_a_retained_object_needs_is_not_replaced_under_it(project: Project, clouds: Clouds) -> None:
    words = "group would be replaced, and data, which is to be retained, needs it"
    with pytest.raises(OrchError, match=words) as caught:
        project.plan(Path("kept"), parameters={"with_store": False, "location": "northeurope"})
    assert "on_remove: delete" in caught.value.problems[0].hint
    assert set(clouds.arm()) == {"group", "data", "other"}
