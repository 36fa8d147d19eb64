"""What is refused before anything is done, in the service's words, and the operations of what is accepted."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

NETWORK = {"name": "net", "autoCreateSubnetworks": False}
ID = "7d1f3a52-0c36-4d0a-9d0a-0a6f1a2b3c4d"


def test_unknown_fields_are_all_named(cloud: Any) -> None:
    body = NETWORK | {"color": 1, "routingConfig": {"speed": 9}}
    answer = cloud.http("POST", "global/networks", body)
    assert answer.status == 400
    assert answer.error["status"] == "INVALID_ARGUMENT"
    assert answer.error["message"] == (
        'Invalid JSON payload received. Unknown name "color": Cannot find field.\n'
        "Invalid JSON payload received. Unknown name \"speed\" at 'routingConfig': Cannot find field."
    )
    assert len(answer.error["details"][0]["fieldViolations"]) == 2
    assert answer.error["errors"][0].keys() == {"message", "domain", "reason"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"autoCreateSubnetworks": False}, "Required field 'resource.name' not specified"),
        (NETWORK | {"name": 5}, "Invalid value at 'name' (TYPE_STRING), 5"),
        (NETWORK | {"mtu": "big"}, "Invalid value at 'mtu' (TYPE_INT32), \"big\""),
        (NETWORK | {"mtu": 2**31}, "Invalid value at 'mtu' (TYPE_INT32), 2147483648"),
        (NETWORK | {"autoCreateSubnetworks": "no"}, "Invalid value at 'autoCreateSubnetworks' (TYPE_BOOL), \"no\""),
        (NETWORK | {"routingConfig": []}, "Invalid value at 'routingConfig' (TYPE_MESSAGE), []"),
        (NETWORK | {"routingConfig": {"routingMode": "X"}}, "'resource.routingConfig.routingMode' (TYPE_ENUM), \"X\""),
        (NETWORK | {"name": "net\n"}, "Must be a match of regex '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?'"),
        ([NETWORK], "Root element must be a message"),
        (b"{", "Invalid JSON payload received."),
    ],
)
def test_malformed_bodies(cloud: Any, body: Any, words: str) -> None:
    answer = cloud.http("POST", "global/networks", body)
    assert (answer.status, words in answer.error["message"]) == (400, True), answer.error["message"]
    assert cloud.http("GET", "global/operations").body.get("items") is None


def test_output_only_fields_are_ignored_and_numbers_taken_as_text(cloud: Any) -> None:
    cloud.do("POST", "global/networks", NETWORK | {"id": "5", "selfLink": "x", "kind": 7, "mtu": "1500"})
    found = cloud.http("GET", "global/networks/net").body
    assert found["mtu"] == 1500
    assert found["id"] != "5"
    assert found["kind"] == "compute#network"


def test_input_only_fields_never_come_back(cloud: Any) -> None:
    cloud.do("POST", "global/networks", NETWORK | {"params": {"resourceManagerTags": {"a": "b"}}})
    assert "params" not in cloud.http("GET", "global/networks/net").body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "global/nonsense", 404),
        ("GET", "/compute/v2/projects/acme-dev/global/networks", 404),
        ("PUT", "global/networks/net", 404),
        ("GET", "regions/mars/subnetworks", 400),
        ("GET", "regions/us-central1-a/subnetworks", 400),
        ("GET", "zones/us-central1/disks", 400),
        ("GET", "zones/us-central1-a/disks", 200),
        ("GET", "/compute/v1/projects/UPPER/global/networks", 400),
        ("GET", "/compute/v1/projects/example.com:mine/global/networks", 200),
        ("GET", "global/networks?colour=red", 400),
        ("GET", "global/networks?maxResults=-1", 400),
        ("GET", "global/networks?maxResults=501", 400),
        ("GET", "global/networks?orderBy=id", 400),
        ("GET", "global/networks?pageToken=%25", 400),
        ("GET", "global/networks?filter=name%20%3D", 400),
        ("GET", "global/networks?prettyPrint=false&alt=json", 200),
        ("GET", "global/networks?returnPartialSuccess=true", 200),
        ("GET", "regions/us-central1/subnetworks?views=SIDEWAYS", 400),
        ("POST", "global/networks/net/removePeering", 501),
    ],
)
def test_paths_and_query_parameters(cloud: Any, method: str, path: str, status: int) -> None:
    answer = cloud.http(method, path, {} if method == "POST" else None)
    assert answer.status == status, answer.body
    assert status == 200 or answer.error["code"] == status


def test_what_is_not_there(cloud: Any) -> None:
    answer = cloud.http("GET", "global/networks/net")
    assert (answer.status, answer.error["errors"][0]["reason"]) == (404, "notFound")
    assert answer.error["message"] == "The resource 'projects/acme-dev/global/networks/net' was not found"
    for method, path in [("DELETE", "global/networks/net"), ("PATCH", "global/networks/net")]:
        assert cloud.http(method, path, {} if method == "PATCH" else None).status == 404


def test_a_replayed_request_has_one_operation(cloud: Any) -> None:
    path = f"global/networks?requestId={ID}"
    first = cloud.http("POST", path, NETWORK).body
    assert first["clientOperationId"] == ID
    assert cloud.http("POST", path, NETWORK).body["name"] == first["name"]
    cloud.finish()
    again = cloud.http("POST", path, NETWORK)
    assert (again.body["name"], again.body["status"]) == (first["name"], "DONE")
    removed = cloud.do("DELETE", f"global/networks/net?requestId={uuid.UUID(int=9)}")
    assert cloud.http("DELETE", f"global/networks/net?requestId={uuid.UUID(int=9)}").body["name"] == removed["name"]
    assert cloud.http("GET", "global/networks/net").status == 404


def test_a_failed_operation_is_replayed_for_ever(cloud: Any) -> None:
    cloud.network()
    cloud.subnetwork()
    path = f"regions/us-central1/subnetworks?requestId={ID}"
    clash = {"name": "two", "network": "global/networks/net", "ipCidrRange": "10.0.0.0/25"}
    failed = cloud.fails("POST", path, clash)
    assert (failed["httpErrorStatusCode"], failed["httpErrorMessage"]) == (400, "BAD REQUEST")
    cloud.do("DELETE", "regions/us-central1/subnetworks/sub")
    again = cloud.http("POST", path, clash).body
    assert (again["name"], again["error"]) == (failed["name"], failed["error"])
    other = f"regions/us-central1/subnetworks?requestId={uuid.UUID(int=1)}"
    assert cloud.http("POST", other, clash).body["name"] != failed["name"]


@pytest.mark.parametrize("request_id", ["", "abc", "00000000-0000-0000-0000-000000000000", ID.replace("-", "")])
def test_request_ids_must_be_uuids(cloud: Any, request_id: str) -> None:
    answer = cloud.http("POST", f"global/networks?requestId={request_id}", NETWORK)
    assert (answer.status, answer.error["errors"][0]["reason"]) == (400, "invalid")


def test_a_request_id_belongs_to_one_request(cloud: Any) -> None:
    cloud.http("POST", f"global/networks?requestId={ID}", NETWORK)
    assert cloud.http("POST", f"global/networks?requestId={ID}", NETWORK | {"name": "two"}).status == 400


def test_one_operation_at_a_time_on_an_object(cloud: Any) -> None:
    cloud.network()
    change = {"routingConfig": {"routingMode": "GLOBAL"}}
    assert cloud.http("PATCH", "global/networks/net", change).status == 200
    for method in ("PATCH", "DELETE"):
        answer = cloud.http(method, "global/networks/net", change if method == "PATCH" else None)
        assert (answer.status, answer.error["errors"][0]["reason"]) == (400, "resourceNotReady")
    cloud.finish()
    assert cloud.http("DELETE", "global/networks/net").status == 200
    assert cloud.http("GET", "global/networks/net").status == 200  # until the operation is done
    rule = {"name": "fw", "network": "global/networks/net", "allowed": [{"IPProtocol": "tcp"}]}
    assert cloud.http("POST", "global/firewalls", rule).error["errors"][0]["reason"] == "resourceNotReady"


def test_operations_live_beside_their_target(cloud: Any) -> None:
    cloud.network()
    started = cloud.http(
        "POST",
        "regions/us-central1/subnetworks",
        {"name": "s", "network": "global/networks/net", "ipCidrRange": "10.0.0.0/24"},
    ).body
    assert started["id"].isdigit()
    assert started["region"].endswith("/regions/us-central1")
    assert cloud.http("GET", f"regions/us-central1/operations/{started['name']}").status == 200
    assert cloud.http("GET", f"regions/europe-west1/operations/{started['name']}").status == 404
    assert cloud.http("GET", f"global/operations/{started['name']}").status == 404
    assert [one["name"] for one in cloud.http("GET", "regions/us-central1/operations").body["items"]] == [
        started["name"]
    ]
    spread = cloud.http("GET", "aggregated/operations").body["items"]
    assert {scope: len(held.get("operations", ())) for scope, held in spread.items()} == {
        "global": 1,
        "regions/us-central1": 1,
    }
    assert cloud.http("DELETE", f"regions/us-central1/operations/{started['name']}").status == 400  # not ended
    cloud.finish()
    assert cloud.http("DELETE", f"regions/us-central1/operations/{started['name']}").status == 200
    assert cloud.http("GET", f"regions/us-central1/operations/{started['name']}").status == 404


def test_an_operation_deleted_or_not_a_request_id_stays_used(cloud: Any) -> None:
    done = cloud.do("POST", f"global/networks?requestId={ID}", NETWORK)
    assert cloud.http("DELETE", f"global/operations/{done['name']}").status == 200
    answer = cloud.http("POST", f"global/networks?requestId={ID}", NETWORK)
    assert answer.status == 404  # its operation is gone, and nothing is made twice


def test_projects_are_taken_as_they_come_and_numbered(cloud: Any) -> None:
    mine = cloud.http("GET", "/compute/v1/projects/acme-dev").body
    assert (mine["name"], mine["kind"], mine["id"].isdigit()) == ("acme-dev", "compute#project", True)
    other = cloud.http("GET", "/compute/v1/projects/other").body
    assert other["id"] != mine["id"]
    cloud.network()
    assert cloud.http("GET", "/compute/v1/projects/other/global/networks").body.get("items") is None


def test_settings_name_the_projects_there_are(cloud: Any) -> None:
    settings = cloud.http("POST", "/_orch/settings", {"projects": ["acme-dev"]}).body
    assert settings["projects"] == ["acme-dev"]
    assert cloud.http("GET", "/compute/v1/projects/acme-dev").status == 200
    assert cloud.http("GET", "/compute/v1/projects/other").status == 404
    assert cloud.http("POST", "/_orch/settings", {"nonsense": 1}).status == 400


def test_operation_seconds_can_be_set(cloud: Any) -> None:
    cloud.http("POST", "/_orch/settings", {"operation_seconds": 0})
    assert cloud.http("POST", "global/networks", NETWORK).body["status"] == "DONE"
    assert cloud.http("GET", "global/networks/net").status == 200


def test_late_errors_end_a_delete_instead_of_refusing_it(cloud: Any) -> None:
    cloud.network()
    cloud.subnetwork()
    cloud.http("POST", "/_orch/settings", {"late_errors": True})
    ended = cloud.fails("DELETE", "global/networks/net")
    assert ended["error"]["errors"][0]["code"] == "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"
    assert cloud.http("GET", "global/networks/net").status == 200
    cloud.do(
        "PATCH", "global/networks/net", {"routingConfig": {"routingMode": "GLOBAL"}}
    )  # and it can be worked on again


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("throttle", 429, "rateLimitExceeded"),
        ("error", 500, "backendError"),
        ("unavailable", 503, "backendError"),
        ("deny", 403, "forbidden"),
        ("quota", 403, "quotaExceeded"),
    ],
)
def test_injected_faults(cloud: Any, faults: Callable[..., None], kind: str, status: int, reason: str) -> None:
    faults(kind=kind, operation="networks.insert")
    answer = cloud.http("POST", "global/networks", NETWORK)
    assert (answer.status, answer.error["errors"][0]["reason"]) == (status, reason)
    assert cloud.http("GET", "global/operations").body.get("items") is None
    assert cloud.http("POST", "global/networks", NETWORK).status == 200  # once only


def test_an_operation_can_be_made_to_fail(cloud: Any, faults: Callable[..., None]) -> None:
    faults(kind="fail", operation="networks.insert")
    ended = cloud.fails("POST", "global/networks", NETWORK)
    assert (ended["error"]["errors"][0]["code"], ended["httpErrorStatusCode"]) == ("INTERNAL_ERROR", 503)
    assert cloud.http("GET", "global/networks/net").status == 404
    cloud.do("POST", "global/networks", NETWORK)
    faults(kind="fail", operation="networks.patch")
    cloud.fails("PATCH", "global/networks/net", {"routingConfig": {"routingMode": "GLOBAL"}})
    assert cloud.http("GET", "global/networks/net").body["routingConfig"]["routingMode"] == "REGIONAL"
    faults(kind="fail", operation="networks.delete")
    cloud.fails("DELETE", "global/networks/net")
    cloud.do("DELETE", "global/networks/net")


def test_requests_are_logged_by_the_documents_names(cloud: Any) -> None:
    cloud.network()
    cloud.http("GET", "aggregated/subnetworks")
    log = cloud.http("GET", "/_orch/requests").body
    assert [entry["operation"] for entry in log["requests"]] == [
        "networks.insert", "globalOperations.get", "subnetworks.aggregatedList",
    ]  # fmt: skip


def test_reset_empties_everything(cloud: Any) -> None:
    cloud.do("POST", f"global/networks?requestId={ID}", NETWORK)
    cloud.http("POST", "/_orch/settings", {"projects": ["x"]})
    cloud.http("POST", "/_orch/reset")
    assert cloud.http("GET", "global/networks").body.get("items") is None
    assert cloud.http("GET", "global/operations").body.get("items") is None
    cloud.do("POST", f"global/networks?requestId={ID}", NETWORK)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ipCidrRange": "10.0.0.0/24", "secondaryIpRanges": [{"ipCidrRange": "10.1.0.0/24"}]}, "rangeName"),
        (
            {"ipCidrRange": "10.0.0.0/24", "secondaryIpRanges": [{"rangeName": "a", "ipCidrRange": "10.0.0.0/25"}]},
            "[0]",
        ),
        ({"ipCidrRange": "10.0.0.0/24", "secondaryIpRanges": [{"rangeName": "a", "ipCidrRange": "fd::1/64"}]}, "[0]"),
        ({}, "resource.ipCidrRange"),
    ],
)
def test_subnetworks_that_are_refused(cloud: Any, body: dict[str, Any], field: str) -> None:
    cloud.network()
    wanted = {"name": "sub", "network": "global/networks/net"} | body
    answer = cloud.http("POST", "regions/us-central1/subnetworks", wanted)
    assert (answer.status, field in answer.error["message"]) == (400, True)


def test_a_subnetwork_without_ipv4_cannot_grow_or_lend(cloud: Any) -> None:
    cloud.network()
    where = "regions/us-central1/subnetworks"
    cloud.do("POST", where, {"name": "six", "network": "global/networks/net", "stackType": "IPV6_ONLY"})
    assert cloud.http("POST", f"{where}/six/expandIpCidrRange", {"ipCidrRange": "10.0.0.0/8"}).status == 400
    wanted = {"name": "a", "subnetwork": f"{where}/six"}
    assert cloud.http("POST", "regions/us-central1/addresses", wanted).status == 400


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"purpose": "VPC_PEERING", "prefixLength": 16, "address": "10.8.0.0"}, 200),
        ({"purpose": "VPC_PEERING", "prefixLength": 16, "address": "10.8.0.1"}, 400),
        ({"purpose": "VPC_PEERING", "prefixLength": 31}, 400),
        ({"purpose": "VPC_PEERING"}, 400),
        ({"purpose": "PRIVATE_SERVICE_CONNECT", "address": "10.8.0.1"}, 200),
        ({"purpose": "PRIVATE_SERVICE_CONNECT"}, 400),
        ({"prefixLength": 16}, 400),
    ],
)
def test_global_internal_addresses(cloud: Any, fields: dict[str, Any], status: int) -> None:
    cloud.network()
    wanted = {"name": "a", "addressType": "INTERNAL", "network": "global/networks/net"} | fields
    assert cloud.http("POST", "global/addresses", wanted).status == status


def test_null_in_a_patch_returns_to_the_default(cloud: Any) -> None:
    cloud.do("POST", "global/networks", NETWORK | {"mtu": 1500})
    cloud.do("PATCH", "global/networks/net", {"mtu": None})
    assert cloud.http("GET", "global/networks/net").body["mtu"] == 1460
    rule = {"name": "fw", "network": "global/networks/net", "allowed": [{"IPProtocol": "TCP"}], "targetTags": ["a"]}
    cloud.do("POST", "global/firewalls", rule)
    cloud.do("PATCH", "global/firewalls/fw", {"targetTags": None, "priority": None})
    found = cloud.http("GET", "global/firewalls/fw").body
    assert ("targetTags" in found, found["priority"], found["allowed"]) == (False, 1000, [{"IPProtocol": "tcp"}])
    assert cloud.http("PATCH", "global/firewalls/fw", {"network": None}).status == 400


def test_an_identity_is_never_renamed(cloud: Any) -> None:
    cloud.do("POST", "zones/us-central1-a/instances", {"name": "vm"})
    assert cloud.http("POST", "zones/us-central1-a/instances/vm/setName", {"name": "b"}).status == 501
