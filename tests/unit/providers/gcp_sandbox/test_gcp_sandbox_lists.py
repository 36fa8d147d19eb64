"""Lists: pages, filters, order, and all scopes at once."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from google.cloud import compute_v1 as compute

from providers.gcp.sandbox.filters import parse

BODY = {
    "name": "web-1",
    "labels": {"env": "dev", "orch-owner": "abc"},
    "priority": 1000,
    "disabled": False,
    "sourceRanges": ["10.0.0.0/8", "192.168.0.0/16"],
    "network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/net",
    "routingConfig": {"routingMode": "GLOBAL"},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("name = web-1", True),
        ('name="web-1"', True),
        ("name = 'web-2'", False),
        ("name != web-2", True),
        ("name = web-*", True),
        ("labels.env = dev", True),
        ("labels.env = prod", False),
        ("labels.env:*", True),
        ("labels.team:*", False),
        ("name:eb", True),
        ("priority > 999", True),
        ("priority >= 1001", False),
        ("priority < 1e4", True),
        ("disabled = false", True),
        ("sourceRanges = 10.0.0.0/8", True),
        ("routingConfig.routingMode = GLOBAL", True),
        ("missing = x", False),
        ("missing != x", True),
        ("name eq web-.*", True),
        ("name eq web", False),
        ("name ne .*2", True),
        ("network eq .*/net", True),
        (f"network = {BODY['network']}", True),
        ("(name = a) OR (name = web-1)", True),
        ("(name = a) OR (name = b)", False),
        ("name = web-1 AND labels.env = dev", True),
        ("(name = web-1) (labels.env = prod)", False),
        ("name = web-1 OR name = x AND labels.env = prod", False),  # OR binds more tightly
        ("NOT name = web-1", False),
        ("NOT (name = a OR name = b) AND disabled = false", True),
    ],
)
def test_filters(text: str, holds: bool) -> None:
    assert parse(text)(BODY) is holds


@pytest.mark.parametrize(
    "text", ["name", "name =", "= x", "(name = a", "name = a)", "name ~ b", "name eq [", "AND", '"']
)
def test_filters_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


def fill(cloud: Any, count: int) -> None:
    cloud.http("POST", "/_orch/settings", {"operation_seconds": 0})
    for number in range(count):
        cloud.http("POST", "global/networks", {"name": f"net-{number:02d}", "autoCreateSubnetworks": False})


def test_pages_cover_everything_once(cloud: Any) -> None:
    fill(cloud, 7)
    client = cloud.client("Networks")
    pager = client.list(request=compute.ListNetworksRequest(project="acme-dev", max_results=3))
    pages = [[network.name for network in page.items] for page in pager.pages]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [name for page in pages for name in page] == [f"net-{number:02d}" for number in range(7)]


def test_a_page_that_fills_exactly_is_the_last(cloud: Any) -> None:
    fill(cloud, 3)
    answer = cloud.http("GET", "global/networks?maxResults=3").body
    assert (len(answer["items"]), "nextPageToken" in answer) == (3, False)
    assert answer["kind"] == "compute#networkList"
    assert answer["selfLink"].endswith("/projects/acme-dev/global/networks")


def test_a_deleted_object_does_not_shift_the_next_page(cloud: Any) -> None:
    fill(cloud, 4)
    first = cloud.http("GET", "global/networks?maxResults=2").body
    cloud.http("DELETE", "global/networks/net-00")
    second = cloud.http("GET", f"global/networks?maxResults=2&pageToken={quote(first['nextPageToken'])}").body
    assert [network["name"] for network in second["items"]] == ["net-02", "net-03"]


def test_newest_first(cloud: Any) -> None:
    fill(cloud, 3)
    path = "global/networks?maxResults=2&orderBy=" + quote("creationTimestamp desc")
    first = cloud.http("GET", path).body
    second = cloud.http("GET", f"{path}&pageToken={quote(first['nextPageToken'])}").body
    assert [one["name"] for one in first["items"] + second["items"]] == ["net-02", "net-01", "net-00"]


def test_filters_over_http(cloud: Any) -> None:
    fill(cloud, 3)
    chosen = cloud.http("GET", "global/networks?filter=" + quote("(name = net-00) OR (name = net-02)")).body["items"]
    assert [network["name"] for network in chosen] == ["net-00", "net-02"]
    assert "items" not in cloud.http("GET", "global/networks?filter=" + quote("name = other")).body


def test_all_scopes_hold_regional_and_global_objects(cloud: Any) -> None:
    cloud.http("POST", "/_orch/settings", {"operation_seconds": 0})
    cloud.http("POST", "regions/us-central1/addresses", {"name": "one"})
    cloud.http("POST", "regions/europe-west1/addresses", {"name": "two"})
    cloud.http("POST", "global/addresses", {"name": "three"})
    cloud.http("POST", "zones/us-central1-a/disks", {"name": "disk", "sizeGb": 10})
    found = cloud.http("GET", "aggregated/addresses").body
    assert found["kind"] == "compute#addressAggregatedList"
    held = {scope: [one["name"] for one in at.get("addresses", ())] for scope, at in found["items"].items()}
    assert held == {
        "global": ["three"],
        "regions/europe-west1": ["two"],
        "regions/us-central1": ["one"],
        "zones/us-central1-a": [],
    }
    assert found["items"]["zones/us-central1-a"]["warning"]["code"] == "NO_RESULTS_ON_PAGE"


def test_all_scopes_come_in_pages_too(cloud: Any) -> None:
    cloud.http("POST", "/_orch/settings", {"operation_seconds": 0})
    for region in ("us-central1", "europe-west1"):
        for number in range(3):
            cloud.http("POST", f"regions/{region}/addresses", {"name": f"a-{number}"})
    client = cloud.client("Addresses")
    request = compute.AggregatedListAddressesRequest(project="acme-dev", max_results=2)
    names = [f"{scope}/{one.name}" for scope, at in client.aggregated_list(request=request) for one in at.addresses]
    assert len(names) == len(set(names)) == 6
