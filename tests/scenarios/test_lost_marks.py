"""An object that lost our mark, over the sandboxes: put back where its birth proves it ours, refused where that proves it
another's, and asked about where only its name speaks for it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from provisioner.cli import main
from provisioner.model.problem import OrchError, RefusedError
from tests.listing import client
from tests.stacks import Stacks

VERSION = "?api-version=2024-05-01"
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
NSG = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg"
ENTRIES = """
b: {type: AWS::S3::Bucket, properties: {BucketName: rm-bucket, VersioningConfiguration: {Status: %s}}}
rg: {type: Microsoft.Resources/resourceGroups, name: rg, location: westeurope}
nsg:
  type: Microsoft.Network/networkSecurityGroups
  scope: {{ ref("rg") }}
  name: nsg
  location: westeurope
  tags: {stage: %s}
"""
BEFORE, AFTER = ENTRIES % ("Suspended", "one"), ENTRIES % ("Enabled", "two")
THEIRS = {"team": "other-team"}


@pytest.fixture
def stacks(tmp_path: Path, fresh_aws: str, fresh_azure: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    made = Stacks(tmp_path, {"aws": fresh_aws, "azure": fresh_azure}, monkeypatch)
    made.apply("rm", BEFORE)
    return made


def arm(stacks: Stacks, method: str, path: str, body: Any = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        f"{stacks.endpoints['azure']}{path}{VERSION}", data, {"Content-Type": "application/json"}, method=method
    )
    request.add_header("Authorization", "Bearer test")
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "{}")


def make_nsg(stacks: Stacks) -> None:
    arm(stacks, "PUT", NSG, {"location": "westeurope", "tags": THEIRS})


def standing(stacks: Stacks) -> dict[str, Any]:
    """The tags of the security group, once it is there and at rest; nothing while it is not."""
    for _ in range(200):
        try:
            found = arm(stacks, "GET", NSG)
        except urllib.error.HTTPError:
            return {}
        if found["properties"]["provisioningState"] == "Succeeded":
            return dict(found["tags"])
    raise AssertionError(found)


def test_a_mark_that_was_taken_off_the_very_object_is_put_back(stacks: Stacks) -> None:
    make_nsg(stacks)  # over the same one, tags and all
    standing(stacks)
    stacks.apply("rm", AFTER.replace("Enabled", "Suspended"))
    assert "orch-owner" in standing(stacks)


def test_another_object_of_the_name_is_not_changed(stacks: Stacks) -> None:
    arm(stacks, "DELETE", NSG)
    while standing(stacks):
        pass
    make_nsg(stacks)
    standing(stacks)
    with pytest.raises(OrchError, match="networkSecurityGroups/nsg is another object by now"):
        stacks.plan("rm", AFTER)
    assert "nsg, which lies in it, would go with it" in stacks.refused("rm", destroy=True)
    assert standing(stacks) == THEIRS


def test_where_only_the_name_speaks_for_it_a_person_has_to(stacks: Stacks) -> None:
    s3 = client("s3", stacks.endpoints["aws"], "us-east-1")
    s3.delete_bucket(Bucket="rm-bucket")
    s3.create_bucket(Bucket="rm-bucket")
    s3.put_bucket_tagging(Bucket="rm-bucket", Tagging={"TagSet": [{"Key": "team", "Value": "other-team"}]})
    file = stacks.plan("rm", AFTER)
    (question,) = file.plan.confirm
    assert question.text.startswith("rm-bucket carries our mark no longer, and nothing else tells")
    with pytest.raises(RefusedError, match="--confirm"):
        stacks.project.apply(file)
    assert s3.get_bucket_tagging(Bucket="rm-bucket")["TagSet"] == [{"Key": "team", "Value": "other-team"}]
    stacks.project.apply(file, confirmed=True)
    assert "orch-owner" in {tag["Key"] for tag in s3.get_bucket_tagging(Bucket="rm-bucket")["TagSet"]}


NETWORK = """
net: {type: compute.googleapis.com/Network, properties: {name: net, autoCreateSubnetworks: false}}
part:
  type: compute.googleapis.com/Subnetwork
  properties: {name: part, network: {{ ref("net").selfLink }}, ipCidrRange: 10.8.0.0/24}
"""
BUCKETS = "".join(f"b{n}: {{type: AWS::S3::Bucket, properties: {{BucketName: drifted-{n}}}}}\n" for n in range(2))


def gcp(stacks: Stacks, method: str, path: str, body: Any = None) -> None:
    """One call of Compute, to the end of its operation."""
    root = f"{stacks.endpoints['gcp']}/compute/v1/projects/demo-project/"
    data = json.dumps(body).encode() if body is not None else None
    while True:
        request = urllib.request.Request(root + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request) as answer:
            operation = json.loads(answer.read())
        if operation.get("status") == "DONE":
            assert "error" not in operation, operation
            return
        method, path, data = "GET", operation["selfLink"].partition("/projects/demo-project/")[2], None


def test_drift_is_told_beside_an_object_that_was_made_again(
    tmp_path: Path, fresh_aws: str, fresh_gcp: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = Stacks(tmp_path, {"aws": fresh_aws, "gcp": fresh_gcp}, monkeypatch)
    stacks.apply("r1", NETWORK + BUCKETS)
    gcp(stacks, "DELETE", "regions/europe-west1/subnetworks/part")
    gcp(stacks, "DELETE", "global/networks/net")
    gcp(stacks, "POST", "global/networks", {"name": "net", "autoCreateSubnetworks": False})
    client("s3", fresh_aws, "us-east-1").delete_bucket(Bucket="drifted-0")
    assert main(["drift", "r1", "--detailed-exitcode"]) == 2
    told = capsys.readouterr()
    assert "it is gone, and another object stands under its name" in " ".join(told.out.split())
    assert "3 objects differ" in told.out and "drifted-0" in told.out and "orch plan says why" in told.err
    forget = "orch state forget net --stack r1 -e dev"
    assert f"{forget}, then `adopt: projects/demo-project/global/networks/net` in this entry" in stacks.refused("r1")
    assert main([*forget.split()[1:], "--yes"]) == 0
    taken = NETWORK.replace("net: {", "net: {adopt: projects/demo-project/global/networks/net, ") + BUCKETS
    file = stacks.plan("r1", taken)
    assert stacks.changes(file) == {"net": "adopt", "part": "create", "b0": "create"}
    stacks.project.apply(file)
    assert stacks.plan("r1").plan.empty
