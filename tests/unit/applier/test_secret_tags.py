"""Secrets as the values of tags and labels, at the three clouds' sandboxes: lists and maps that orch writes for itself too.

Each journey leaves what the cloud shows right, the next plan empty, and no canary in any file of the project.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from provisioner.model.problem import StaleError
from provisioner.model.resource import Owner
from provisioner.model.run import RunStatus
from provisioner.registry import Registry
from provisioner.service import PartlyAppliedError, Project
from tests import listing, sandboxes
from tests.canaries import found_in

ONE, TWO = "canary-first", "canary-second"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
PLACES = {
    "aws": "{cloud: aws, account: '123456789012', region: us-east-1, endpoint: sandbox}",
    "azure": f"{{cloud: azure, subscription: {SUBSCRIPTION}, location: westeurope, endpoint: sandbox}}",
    "gcp": "{cloud: gcp, project: sandbox, region: europe-west1, zone: europe-west1-b, endpoint: sandbox}",
}
LIST = "[{Key: p, Value: {{ pw }}}, {Key: o, Value: {{ other }}}]"
MAP = "{p: {{ pw }}, o: {{ other }}}"
ENTRIES = {
    "aws": f"""\
  bucket: {{type: AWS::S3::Bucket, on_remove: retain, properties: {{BucketName: secret-tags, Tags: {LIST}}}}}
  vpc: {{type: AWS::EC2::VPC, on_remove: retain, properties: {{CidrBlock: 10.3.0.0/16, EnableDnsHostnames: {{{{ dns }}}}, Tags: {LIST}}}}}
""",
    "azure": f"""\
  rg: {{type: Microsoft.Resources/resourceGroups, name: tags, location: westeurope, on_remove: retain, tags: {MAP}}}
  nsg:
    type: Microsoft.Network/networkSecurityGroups
    scope: {{{{ ref("rg") }}}}
    name: guard
    on_remove: retain
    tags: {MAP}
    properties:
      securityRules:
        - {{name: a, properties: {{description: {{{{ pw }}}}, priority: 100, direction: Inbound, access: Allow, protocol: Tcp,
           sourceAddressPrefix: 10.0.0.0/8, sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: "443"}}}}
        - {{name: b, properties: {{description: {{{{ other }}}}, priority: 110, direction: Inbound, access: Allow, protocol: Tcp,
           sourceAddressPrefix: 10.0.0.0/8, sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: "80"}}}}
""",
    "gcp": f"""\
  disk: {{type: compute.googleapis.com/Disk, on_remove: retain, properties: {{name: tags, sizeGb: 10, labels: {MAP}}}}}
  address: {{type: compute.googleapis.com/Address, on_remove: retain, properties: {{name: tags, labels: {MAP}}}}}
""",
}
REST = {
    "aws": "  rest: {type: AWS::EC2::EIP}\n",
    "azure": "  rest: {type: Microsoft.Resources/resourceGroups, name: rest, location: westeurope}\n",
    "gcp": "  rest: {type: compute.googleapis.com/Network, properties: {name: rest, autoCreateSubnetworks: false}}\n",
}
PARAMETERS = """\
parameters:
  pw: {type: string, sensitive: true}
  other: {type: string, default: x}
  dns: {type: boolean, default: false}
  keep: {type: boolean, default: true}
"""


class Killed(BaseException):
    """Stands for SIGKILL."""


@dataclass
class Tagged:
    """A project with one blueprint, and what its cloud shows."""

    cloud: str
    url: str
    folder: Path

    @property
    def project(self) -> Project:
        return Project(Project.open(self.folder).settings, Registry())

    def plan(self, **given: Any) -> Any:
        return self.project.plan(self.folder / "b", parameters={"pw": ONE, **given})

    def apply(self, **given: Any) -> None:
        project = self.project
        report = project.apply(project.plan(self.folder / "b", parameters={"pw": ONE, **given}))
        assert report.run.status is RunStatus.DONE, report.failures
        self.settled(**given)

    def settled(self, **given: Any) -> None:
        """The next plan is empty, nothing has drifted, and no file of the project holds a secret."""
        plan = self.plan(**given).plan
        assert plan.empty and not plan.drift, plan.changes
        assert not found_in(self.folder, "canary-")

    def tags(self) -> list[dict[str, str]]:
        """The tags of what the blueprint has tagged, by the cloud's own word."""
        return [dict(sorted(tags.items())) for tags in _TAGS[self.cloud](self.url)]

    def shown(self, pw: str, other: str) -> bool:
        """Whether each object has exactly these tags, and is marked as ours."""
        marks = (Owner.LINEAGE_TAG, Owner.OWNER_TAG)
        own = [{key: tag for key, tag in tags.items() if key not in marks} for tags in self.tags()]
        return own == [{"o": other, "p": pw}] * 2 and all(mark in tags for tags in self.tags() for mark in marks)


def _aws(url: str) -> Iterator[dict[str, str]]:
    vpcs = listing.client("ec2", url, "us-east-1").describe_vpcs()["Vpcs"]
    yield from ({tag["Key"]: tag["Value"] for tag in vpc["Tags"]} for vpc in vpcs if vpc["CidrBlock"] == "10.3.0.0/16")
    tags = listing.client("s3", url, "us-east-1").get_bucket_tagging(Bucket="secret-tags")["TagSet"]
    yield {tag["Key"]: tag["Value"] for tag in tags}


def _azure(url: str) -> Iterator[dict[str, str]]:
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/tags"
    yield _get(f"{url}{group}?api-version=2021-04-01")["tags"]
    guard = _get(f"{url}{group}/providers/Microsoft.Network/networkSecurityGroups/guard?api-version=2024-05-01")
    told = [rule["properties"]["description"] for rule in guard["properties"]["securityRules"]]
    assert told == [guard["tags"]["p"], guard["tags"]["o"]]
    yield guard["tags"]


def _gcp(url: str) -> Iterator[dict[str, str]]:
    base = f"{url}/compute/v1/projects/sandbox"
    yield _get(f"{base}/zones/europe-west1-b/disks/tags")["labels"]
    yield _get(f"{base}/regions/europe-west1/addresses/tags")["labels"]


def _get(url: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": "Bearer plain"})) as answer:
        return json.load(answer)


_TAGS: Mapping[str, Callable[[str], Iterator[dict[str, str]]]] = {"aws": _aws, "azure": _azure, "gcp": _gcp}


@pytest.fixture(params=["aws", "azure", "gcp"])
def tagged(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tagged:
    cloud = request.param
    url: str = request.getfixturevalue(f"fresh_{cloud}")
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {cloud: url})
    (tmp_path / "b" / "environments").mkdir(parents=True)
    template = f"stack: tags\nresources:\n{{% if keep %}}\n{ENTRIES[cloud]}{{% endif %}}\n{REST[cloud]}"
    (tmp_path / "b" / "blueprint.yaml.j2").write_text(template)
    (tmp_path / "b" / "parameters.yaml").write_text(PARAMETERS)
    (tmp_path / "b" / "environments" / "dev.yaml").write_text(f"places: {{here: {PLACES[cloud]}}}\n")
    (tmp_path / "orch.yaml").write_text("policy: {packs: []}\n")
    found = Tagged(cloud, url, tmp_path)
    found.apply()
    assert found.shown(ONE, "x")
    return found


def test_another_tag_changes_beside_a_secret_one(tagged: Tagged) -> None:
    tagged.apply(other="y")
    assert tagged.shown(ONE, "y")
    tagged.project.rollback(parameters={"pw": ONE})
    assert tagged.shown(ONE, "x")
    tagged.settled()


def test_a_secret_tag_gets_another_value_and_the_former_one_back(tagged: Tagged) -> None:
    tagged.apply(pw=TWO)
    assert tagged.shown(TWO, "x")
    tagged.project.rollback(parameters={"pw": ONE})
    assert tagged.shown(ONE, "x")
    tagged.settled()


HANDS = {
    "the secret": {"o": "x", "p": "canary-hand"},
    "what is beside it": {"o": "hand", "p": ONE},
    "both": {"o": "hand", "p": "canary-hand"},
    "gone": {"o": "x"},
    "one more": {"o": "x", "p": ONE, "q": ONE},
}


def _by_hand(tagged: Tagged, own: dict[str, str]) -> None:
    """Other tags on the first object, set by somebody else; our marks stay."""
    now = tagged.tags()[0]
    tags = {key: value for key, value in now.items() if key.startswith("orch-")} | own
    if tagged.cloud == "aws":
        ec2 = listing.client("ec2", tagged.url, "us-east-1")
        (vpc,) = (vpc for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["CidrBlock"] == "10.3.0.0/16")
        ec2.delete_tags(
            Resources=[vpc["VpcId"]], Tags=[{"Key": key} for key in now.keys() - tags.keys()] or [{"Key": "-"}]
        )
        ec2.create_tags(Resources=[vpc["VpcId"]], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    elif tagged.cloud == "azure":
        group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/tags?api-version=2021-04-01"
        _send("PUT", f"{tagged.url}{group}", {"location": "westeurope", "tags": tags})
    else:
        disk = f"{tagged.url}/compute/v1/projects/sandbox/zones/europe-west1-b/disks/tags"
        done = _send("POST", f"{disk}/setLabels", {"labels": tags, "labelFingerprint": _get(disk)["labelFingerprint"]})
        zone = disk.partition("/disks")[0]
        _send("POST", f"{zone}/operations/{done['name']}/wait", None)
    assert tagged.tags()[0] == dict(sorted(tags.items()))


def _send(method: str, url: str, body: object) -> Any:
    headers = {"Content-Type": "application/json", "Authorization": "Bearer plain"}
    data = json.dumps(body).encode() if body else b""
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
        return json.load(answer)


@pytest.mark.parametrize("case", HANDS)
def test_tags_that_somebody_has_changed_are_seen_and_put_back(tagged: Tagged, case: str) -> None:
    _by_hand(tagged, HANDS[case])
    plan = tagged.plan()
    (drift,) = plan.plan.drift
    assert drift.diff.edits and drift.reverted == (case != "one more" or tagged.cloud == "aws")
    tagged.project.save(plan, tagged.folder / "by-hand.orch")
    assert not found_in(tagged.folder, "canary-") and "canary-" not in repr(plan.plan)
    if drift.reverted:
        assert not tagged.project.apply(plan).failures
        assert tagged.shown(ONE, "x")
        tagged.settled()
    else:  # a key that the blueprint does not know is left
        assert plan.plan.empty


def test_both_change_at_once(tagged: Tagged) -> None:
    tagged.apply(pw=TWO, other="y")
    assert tagged.shown(TWO, "y")


def test_what_is_retained_keeps_its_secret_tag_and_loses_our_mark(tagged: Tagged) -> None:
    tagged.apply(keep=False)
    assert tagged.tags() == [{"o": "x", "p": ONE}] * 2
    tagged.project.rollback(parameters={"pw": ONE})
    assert tagged.shown(ONE, "x")
    tagged.settled()


def test_letting_go_needs_no_secret(tagged: Tagged) -> None:
    project = tagged.project
    plan = project.plan(tagged.folder / "b", parameters={"pw": ONE, "keep": False})
    report = Project.open(tagged.folder).apply(project.load(_saved(project, plan, tagged.folder)))
    assert report.run.status is RunStatus.DONE and tagged.tags() == [{"o": "x", "p": ONE}] * 2


@pytest.mark.parametrize("change", [{"other": "y"}, {"pw": TWO}])
def test_a_rollback_with_another_value_does_nothing(tagged: Tagged, change: dict[str, str]) -> None:
    tagged.apply(**change)
    before, runs = tagged.tags(), tagged.project.runs()
    for parameters in ({"pw": "canary-third"}, {}):
        with pytest.raises(StaleError, match="the sensitive parameter 'pw' is needed as it was before run") as caught:
            tagged.project.rollback(parameters=parameters)
        assert caught.value.exit_code == 4 and "blueprint.yaml.j2:" in str(caught.value.problems[0].source)
        assert tagged.tags() == before and tagged.project.runs() == runs
    tagged.project.rollback(parameters={"pw": ONE})
    assert tagged.shown(ONE, "x")
    tagged.settled()


def _saved(project: Project, plan: Any, folder: Path) -> Path:
    project.save(plan, folder / "change.orch")
    return folder / "change.orch"


@pytest.mark.parametrize("dies_in", ["update", "advance"])
@pytest.mark.parametrize("afterwards", ["resume", "rollback"])
def test_a_run_that_was_killed_goes_on_or_back(
    tagged: Tagged, monkeypatch: pytest.MonkeyPatch, dies_in: str, afterwards: str
) -> None:
    """Killed right before the first request of an update, or a later one."""
    project = tagged.project
    provider = project.registry.provider(tagged.cloud)

    def dies(*_args: Any) -> Any:
        raise Killed

    plan = project.plan(tagged.folder / "b", parameters={"pw": ONE, "other": "y", "dns": True})
    with monkeypatch.context() as patch:
        patch.setattr(type(provider), dies_in, dies)
        with pytest.raises(Killed):
            project.apply(plan)
    again = getattr(tagged.project, afterwards)(parameters={"pw": ONE})
    assert again.run.status is RunStatus.DONE, again.failures
    done = {"other": "y", "dns": True} if afterwards == "resume" else {}
    assert tagged.shown(ONE, "y" if afterwards == "resume" else "x")
    tagged.settled(**done)


def test_a_retain_that_was_killed_goes_on(tagged: Tagged, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tagged.project
    provider = project.registry.provider(tagged.cloud)

    def dies(*_args: Any) -> Any:
        raise Killed

    plan = project.plan(tagged.folder / "b", parameters={"pw": ONE, "keep": False})
    with monkeypatch.context() as patch:
        patch.setattr(type(provider), "update", dies)
        with pytest.raises(Killed):
            project.apply(plan)
    assert tagged.project.resume().run.status is RunStatus.DONE
    assert tagged.tags() == [{"o": "x", "p": ONE}] * 2


def test_a_refused_update_is_resumed(tagged: Tagged) -> None:
    sandboxes.faults(tagged.url, sandboxes.Rule("deny", _WRITES[tagged.cloud], times=-1))
    with pytest.raises(PartlyAppliedError):
        tagged.project.apply(tagged.plan(other="y"))
    sandboxes.faults(tagged.url)
    tagged.project.resume(parameters={"pw": ONE})
    assert tagged.shown(ONE, "y")
    tagged.settled(other="y")


_WRITES = {"aws": "CreateTags|PutBucketTagging", "azure": r"\.(put|patch) ", "gcp": "setLabels"}
