"""Every collection of the archive goes through its life; none needs code of its own for that."""

from __future__ import annotations

from typing import Any

import pytest

from providers.gcp.sandbox.kinds import Kind, kinds

MORE: dict[str, dict[str, Any]] = {
    "networks": {"autoCreateSubnetworks": False},
    "subnetworks": {"ipCidrRange": "10.0.0.0/24"},
    "firewalls": {"allowed": [{"IPProtocol": "tcp"}]},
    "instanceGroupManagers": {"targetSize": 1},
    "regionInstanceGroupManagers": {"targetSize": 1},
    "storagePools": {"poolProvisionedCapacityGb": "1024"},
    "packetMirrorings": {"network": {"url": "global/networks/parent"}},
    "routes": {"destRange": "10.0.0.0/8"},
    "wireGroups": {},
}
QUERY = {"nodeGroups": "?initialNodeCount=1", "firewallPolicies": "?parentId=organizations/1"}
PARENTS = {
    "crossSiteNetwork": ("crossSiteNetworks", "global/crossSiteNetworks"),
    "instanceGroupManager": ("instanceGroupManagers", "{scope}/instanceGroupManagers"),
}


def scope_of(kind: Kind) -> str:
    return {"region": "regions/us-central1", "zone": "zones/us-central1-a"}.get(kind.scope, "global")


def prepare(cloud: Any, kind: Kind) -> tuple[str, dict[str, Any]]:
    """Path of the collection and a body that it takes, with all that it needs made."""
    cloud.http("POST", "/_orch/settings", {"operation_seconds": 0})
    path = str(kind.cloud["path"]).removeprefix("projects/{project}/").rsplit("/", 1)[0]
    path = path.replace("{region}", "us-central1").replace("{zone}", "us-central1-a")
    for name in kind.cloud["parents"]:
        collection, where = PARENTS[name]
        body = {"name": "parent"} | MORE.get(collection, {})
        assert cloud.http("POST", where.format(scope=scope_of(kind)), body).status == 200
        path = path.replace(f"{{{name}}}", "parent")
    body = {} if kind.scope == "organization" else {"name": "thing"}
    if "network" in kind.schema.get("required", ()) or kind.collection == "firewalls":
        assert cloud.http("POST", "global/networks", {"name": "parent", "autoCreateSubnetworks": False}).status == 200
        body["network"] = "global/networks/parent"
    prefix = "/compute/v1/" if kind.scope == "organization" else ""
    return prefix + path, body | MORE.get(kind.collection, {})


@pytest.mark.parametrize("collection", sorted(kinds()))
def test_life(cloud: Any, collection: str) -> None:
    kind = kinds()[collection]
    path, body = prepare(cloud, kind)
    started = cloud.http("POST", path + QUERY.get(collection, ""), body)
    assert started.status == 200, started.body
    assert (started.body["status"], started.body.get("error")) == ("DONE", None), started.body
    link = started.body["targetLink"].removeprefix("https://www.googleapis.com")
    found = cloud.http("GET", link)
    assert found.status == 200
    assert found.body["id"] == started.body["targetId"]
    assert found.body.get("kind", "") == kind.cloud["kind"] or "kind" not in kind.properties
    assert found.body.keys() <= kind.properties.keys()
    assert found.body["selfLink"] == started.body["targetLink"]
    if kind.scope in ("region", "zone") and kind.scope in kind.properties:
        assert found.body[kind.scope].endswith(scope_of(kind))
    if kind.scope != "organization":
        assert [one["name"] for one in cloud.http("GET", path).body["items"]] == ["thing"]
        assert cloud.http("POST", path + QUERY.get(collection, ""), body).status == 409
    if "patch" in kind.cloud["methods"] and "description" in kind.properties and "description" not in kind.create_only:
        change(cloud, kind, link, found.body)
    removal = kind.cloud["methods"]["delete"]  # one type has POST …/delete with a body
    suffix = "/delete" if removal["path"].endswith("/delete") else ""
    assert cloud.http(removal["http"], link + suffix, {} if removal["request"] else None).body["status"] == "DONE"
    assert cloud.http("GET", link).status == 404


def change(cloud: Any, kind: Kind, link: str, found: dict[str, Any]) -> None:
    needed = kind.cloud["fingerprint_needed"]
    wanted = {"description": "new"} | ({"fingerprint": found["fingerprint"]} if needed else {})
    where = link if kind.cloud["methods"]["patch"]["path"].count("/") == kind.depth - 1 else link.rsplit("/", 1)[0]
    if where != link:
        wanted["name"] = "thing"
    patched = cloud.http("PATCH", where, wanted)
    assert (patched.status, patched.body.get("error")) == (200, None), patched.body
    after = cloud.http("GET", link).body
    assert after["description"] == "new"
    assert after.get("fingerprint") != found.get("fingerprint") or "fingerprint" not in found
    if needed:
        assert cloud.http("PATCH", where, wanted | {"description": "newer"}).status == 412


def test_references_of_any_type_are_kept(cloud: Any) -> None:
    cloud.http("POST", "/_orch/settings", {"operation_seconds": 0})
    cloud.http("POST", "global/healthChecks", {"name": "check", "type": "TCP"})
    body = {"name": "service", "healthChecks": ["global/healthChecks/missing"]}
    answer = cloud.http("POST", "global/backendServices", body)
    assert (answer.status, "resource.healthChecks[0]" in answer.error["message"]) == (400, True)
    body["healthChecks"] = ["global/healthChecks/check"]
    assert cloud.http("POST", "global/backendServices", body).status == 200
    answer = cloud.http("DELETE", "global/healthChecks/check")
    assert answer.error["message"].endswith("already being used by 'projects/acme-dev/global/backendServices/service'")
    found = cloud.http("GET", "global/backendServices/service").body
    assert found["healthChecks"] == [
        "https://www.googleapis.com/compute/v1/projects/acme-dev/global/healthChecks/check"
    ]
    change = {"healthChecks": [], "fingerprint": found["fingerprint"]}
    assert cloud.http("PATCH", "global/backendServices/service", change).status == 200
    assert cloud.http("DELETE", "global/healthChecks/check").status == 200


def test_children_hold_their_parent(cloud: Any) -> None:
    path, body = prepare(cloud, kinds()["wireGroups"])
    assert cloud.http("POST", path, body).status == 200
    assert "already being used" in cloud.http("DELETE", "global/crossSiteNetworks/parent").error["message"]
    assert cloud.http("POST", path.replace("parent", "missing"), body).status == 404


def test_catalogues_and_other_projects_are_taken_on_trust(cloud: Any) -> None:
    cloud.http("POST", "/_orch/settings", {"operation_seconds": 0})
    disk = {"boot": True, "initializeParams": {"sourceImage": "projects/debian-cloud/global/images/family/debian-12"}}
    body = {"name": "vm", "machineType": "zones/us-central1-a/machineTypes/e2-micro", "disks": [disk]}
    assert cloud.http("POST", "zones/us-central1-a/instances", body).status == 200
    found = cloud.http("GET", "zones/us-central1-a/instances/vm").body
    assert found["machineType"].endswith("/projects/acme-dev/zones/us-central1-a/machineTypes/e2-micro")
    assert found["status"] == "RUNNING"
    assert "initializeParams" not in found["disks"][0]  # input only


def test_setters_with_fingerprints_of_their_own(cloud: Any) -> None:
    cloud.http("POST", "/_orch/settings", {"operation_seconds": 0})
    metadata = {"items": [{"key": "a", "value": "b"}]}
    cloud.http("POST", "zones/us-central1-a/instances", {"name": "vm", "metadata": metadata, "labels": {"a": "b"}})
    where = "zones/us-central1-a/instances/vm"
    found = cloud.http("GET", where).body
    assert found["labels"] == {"a": "b"}  # instances take labels when created
    assert cloud.http("POST", f"{where}/setMetadata", metadata | {"fingerprint": "c3RhbGU="}).status == 412
    changed = {"items": [{"key": "a", "value": "c"}], "fingerprint": found["metadata"]["fingerprint"]}
    assert cloud.http("POST", f"{where}/setMetadata", changed).status == 200
    after = cloud.http("GET", where).body["metadata"]
    assert after["items"][0]["value"] == "c"
    assert after["fingerprint"] != found["metadata"]["fingerprint"]
    assert cloud.http("POST", f"{where}/setDeletionProtection?deletionProtection=true").status == 200
    assert cloud.http("GET", where).body["deletionProtection"] is True


def test_an_update_mask_limits_a_patch(cloud: Any) -> None:
    cloud.http("POST", "/_orch/settings", {"operation_seconds": 0})
    cloud.http("POST", "zones/us-central1-a/disks", {"name": "disk", "sizeGb": 10, "description": "old"})
    wanted = {"name": "disk", "sizeGb": "20", "description": "ignored"}
    assert cloud.http("PATCH", "zones/us-central1-a/disks/disk?updateMask=size_gb", wanted).status == 200
    found = cloud.http("GET", "zones/us-central1-a/disks/disk").body
    assert (found["sizeGb"], found["description"]) == ("20", "old")
