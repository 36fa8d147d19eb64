"""What Resource Manager itself does: paths, versions, bodies, etags, long operations, lists, faults; for every type."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
from typing import Any

import pytest
from azure_sandbox_client import Arm, Clock, running

from providers.azure.sandbox import SUBSCRIPTION
from providers.azure.schema import archive

SUB = f"/subscriptions/{SUBSCRIPTION}"
NET = {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}}
NSG = {"location": "westeurope"}


@pytest.mark.parametrize(
    ("method", "path", "version", "status", "code"),
    [
        ("GET", "/nowhere", "", 404, "NotFound"),
        ("GET", f"{SUB[:-1]}9/resourcegroups", "", 404, "SubscriptionNotFound"),
        ("GET", f"{SUB}/resourcegroups/none", "", 404, "ResourceGroupNotFound"),
        ("GET", f"{SUB}/resourcegroups", "2099-01-01", 400, "InvalidApiVersionParameter"),
        ("GET", "{rg}/providers/Microsoft.Network/virtualNetworks/x", "2099-01-01", 400, "NoRegisteredProviderFound"),
        ("GET", "{rg}/providers/Microsoft.Network/virtualNetworks/x", "latest", 400, "NoRegisteredProviderFound"),
        ("GET", "{rg}/providers/Microsoft.Network/virtualNetworks/x", "", 404, "ResourceNotFound"),
        ("GET", "{rg}/providers/Microsoft.Network/virtualNetworks/x/subnets/y", "", 404, "ResourceNotFound"),
        ("GET", "{rg}/providers/Microsoft.Network/virtualNetworks/x/subnets", "", 404, "ResourceNotFound"),
        ("GET", "{rg}/providers/Microsoft.Network/virtualNetz/x", "", 404, "InvalidResourceType"),
        ("GET", "{rg}/providers/Microsoft.Nothing/things/x", "", 404, "InvalidResourceNamespace"),
        ("DELETE", "{rg}/providers/Microsoft.Network/virtualNetworks/x/subnets/y", "", 404, "ResourceNotFound"),
        ("PUT", "{rg}/providers/Microsoft.Network/virtualNetworks/x/subnets/y", "", 404, "ParentResourceNotFound"),
        ("POST", "{rg}/providers/Microsoft.Network/virtualNetworks/x", "", 405, "MethodNotAllowed"),
        ("PUT", f"{SUB}/resources", "", 405, "MethodNotAllowed"),
        ("GET", "{rg}x/providers/Microsoft.Network/virtualNetworks", "", 404, "ResourceGroupNotFound"),
    ],
)
def test_wrong_paths_and_versions(arm: Arm, method: str, path: str, version: str, status: int, code: str) -> None:
    body = {"properties": {"addressPrefix": "10.0.0.0/24"}} if method == "PUT" else None
    answer = arm(method, path.replace("{rg}", arm.group), body, version=version)
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["x-ms-request-id"] and answer.body["error"]["message"]


def test_version_and_authorization_are_required(arm: Arm) -> None:
    answer = arm("GET", f"{arm.url}{SUB}?x=1")
    assert (answer.status, answer.code) == (400, "MissingApiVersionParameter")
    arm.headers = {}
    assert arm("GET", SUB).code == "AuthenticationFailed"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("{", "InvalidRequestContent", "could not be deserialized"),
        ([], "InvalidRequestContent", "not a JSON object"),
        (NET | {"colour": 1}, "InvalidRequestContent", "Could not find member 'colour' on object of type 'ResourceDef"),
        (
            {"location": "westeurope", "properties": {"adressSpace": {}}},
            "InvalidRequestFormat",
            "Could not find member 'adressSpace' on object of type 'VirtualNetworkPropertiesFormat'. "
            "Path 'properties.adressSpace', line 1, position ",
        ),
        (
            {"location": "westeurope", "properties": {"enableDdosProtection": "yes"}},
            "InvalidRequestFormat",
            "Error converting value \"yes\" to type 'System.Nullable`1[System.Boolean]'. Path 'properties.enableD",
        ),
        ({"properties": NET["properties"]}, "LocationRequired", "location property is required"),
        (NET | {"location": "atlantis"}, "LocationNotAvailableForResourceType", "'atlantis' is not available"),
        ({"location": "westeurope"}, "AddressPrefixStringCannotBeNullOrEmpty", "cannot be null or empty"),
    ],
)
def test_wrong_bodies(arm: Arm, body: Any, code: str, message: str) -> None:
    answer = arm("PUT", arm.network("virtualNetworks/net"), body)
    assert (answer.status, answer.code) == (400, code)
    assert message in answer.message
    assert arm("HEAD", arm.network("virtualNetworks/net")).status == 404


def test_what_the_service_forgives(arm: Arm) -> None:
    body = {
        "name": "other",
        "id": "/x",
        "LOCATION": "West Europe",
        "properties": {"AddressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "provisioningState": "x", "subnets": None},
    }
    made = arm.put("virtualNetworks/Net", body).body
    assert (made["name"], made["location"]) == ("Net", "westeurope") and "addressSpace" in made["properties"]
    lower = arm.group.lower().replace("resourcegroups", "RESOURCEGROUPS")
    again = arm("GET", f"{lower}/providers/microsoft.network/virtualnetworks/net")
    assert again.body["id"] == arm.network("virtualNetworks/Net")
    other = arm(
        "PUT",
        f"{lower}/providers/MICROSOFT.NETWORK/virtualNETWORKS/NET/subnets/S",
        {"properties": {"addressPrefix": "10.0.0.0/24"}},
    )
    assert other.body["id"] == arm.network("virtualNetworks/Net/subnets/S")


@pytest.mark.parametrize(
    ("path", "code"),
    [("virtualNetworks/-net", "InvalidResourceName"), ("virtualNetworks/n", "InvalidResourceName"),
     ("networkSecurityGroups/" + "n" * 81, "InvalidResourceName")],
)  # fmt: skip
def test_wrong_names(arm: Arm, path: str, code: str) -> None:
    assert arm("PUT", arm.network(path), NET).code == code


def test_groups(arm: Arm) -> None:
    group = arm.group + "2"
    made = arm("PUT", group, {"location": "westeurope", "tags": {"x": "1"}})
    assert made.status == 201
    assert made.body == {
        "id": group,
        "name": "rg2",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "westeurope",
        "tags": {"x": "1"},
        "properties": {"provisioningState": "Succeeded"},
    }
    assert (
        arm("PUT", group.upper().replace("SUBSCRIPTIONS", "subscriptions"), {"location": "westeurope"}).body["id"]
        == group
    )
    assert "tags" not in arm.get(group)
    assert arm("PATCH", group, {"tags": {"y": "2"}}).body["tags"] == {"y": "2"}
    moved = arm("PUT", group, {"location": "eastus"})
    assert (moved.status, moved.code) == (409, "InvalidResourceGroupLocation")
    assert arm("PUT", arm.group + ".", {"location": "eastus"}).code == "InvalidResourceGroup"
    assert arm("PUT", arm.group + "3", {"location": "atlantis"}).code == "LocationNotAvailableForResourceGroup"
    assert arm("HEAD", group).status == 204 and arm("HEAD", arm.group + "3").status == 404
    tagged = arm("GET", f"{SUB}/resourcegroups?$filter=tagName eq 'y' and tagValue eq '2'").body["value"]
    assert [item["name"] for item in tagged] == ["rg2"]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("a/b", "c", "InvalidTagNameCharacters"),
        ("", "c", "InvalidTagNameLength"),
        ("a" * 513, "c", "InvalidTagNameLength"),
        ("a", "c" * 257, "InvalidTagValueLength"),
    ],
)
def test_wrong_tags(arm: Arm, name: str, value: str, code: str) -> None:
    body = {"location": "westeurope", "tags": {name: value}}
    for refused in (arm("PUT", arm.group, body), arm("PUT", arm.network("networkSecurityGroups/nsg"), body)):
        assert (refused.status, refused.code) == (400, code)


def test_etags(arm: Arm) -> None:
    path = arm.network("virtualNetworks/net")
    assert arm("PUT", path, NET, headers={"If-Match": "*"}).status == 412
    first = arm.put(path, NET, headers={"If-None-Match": "*"})
    again = arm("PUT", path, NET, headers={"If-None-Match": "*"})
    assert (again.status, again.code) == (412, "PreconditionFailed")
    stale = arm("PUT", path, NET, headers={"If-Match": first.body["etag"]})
    assert stale.status == 412  # the end of an operation is a change too
    assert "does not match etag" in stale.message and path in stale.message
    current = arm.get(path)["etag"]
    assert current.startswith('W/"') and arm("GET", path).headers["etag"] == current
    arm.put(path, NET, headers={"If-Match": current})
    arm.put(f"{path}/subnets/a", {"properties": {"addressPrefix": "10.0.0.0/24"}})
    assert arm("DELETE", path, headers={"If-Match": current}).status == 412
    assert arm("DELETE", path, headers={"If-Match": arm.get(path)["etag"]}).status == 202


def test_operations_end_in_their_time_in_both_styles(arm: Arm) -> None:
    path = arm.network("virtualNetworks/net")
    made = arm("PUT", path, NET)
    poll = made.headers["azure-asyncoperation"]
    assert "/providers/Microsoft.Network/locations/westeurope/operations/" in poll and "location" not in made.headers
    assert made.headers["retry-after"] == "10"
    assert arm("GET", poll).body == {"status": "InProgress"}
    arm.settle()
    assert arm("GET", poll).body == {"status": "Succeeded"}
    gone = arm("DELETE", path)
    assert gone.status == 202 and gone.body is None
    assert arm.get(path)["properties"]["provisioningState"] == "Deleting"
    waiting = arm("GET", gone.headers["location"])
    assert waiting.status == 202 and waiting.headers["location"].endswith(gone.headers["location"].rsplit("/", 1)[1])
    assert arm("GET", gone.headers["azure-asyncoperation"]).body == {"status": "InProgress"}
    arm.settle()
    assert arm("GET", gone.headers["location"]).status == 204
    assert arm("GET", gone.headers["azure-asyncoperation"]).body == {"status": "Succeeded"}
    assert arm("DELETE", path).status == 204
    assert arm("GET", poll.replace("operations/", "operations/0")).code == "OperationNotFound"


def test_failed_operations(arm: Arm) -> None:
    arm.control(
        "faults", [{"kind": "fail", "operation": "^virtualNetworks.put"}, {"kind": "fail", "operation": "delete"}]
    )
    path = arm.network("virtualNetworks/net")
    made = arm("PUT", path, NET)
    assert made.status == 201
    arm.settle()
    status = arm("GET", made.headers["azure-asyncoperation"]).body
    assert (status["status"], status["error"]["code"]) == ("Failed", "InternalServerError")
    assert status["error"]["target"] == path
    assert status["error"]["details"][0]["code"] == "NetworkingInternalOperationError"
    assert arm.get(path)["properties"]["provisioningState"] == "Failed"
    gone = arm("DELETE", path)
    arm.settle()
    failed = arm("GET", gone.headers["location"])
    assert (failed.status, failed.code) == (500, "InternalServerError")
    assert arm.get(path)["properties"]["provisioningState"] == "Failed"
    arm.put(path, NET)
    assert arm.get(path)["properties"]["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("kind", "status", "code", "words"),
    [
        ("throttle", 429, "SubscriptionRequestsThrottled", "Number of writes requests"),
        ("deny", 403, "AuthorizationFailed", "perform action 'Microsoft.Network/virtualNetworks/write' over scope"),
        ("error", 500, "InternalServerError", "An error occurred"),
    ],
)
def test_faults_in_the_services_words(arm: Arm, kind: str, status: int, code: str, words: str) -> None:
    arm.control("faults", [{"kind": kind, "operation": r"^virtualNetworks\.put"}])
    answer = arm("PUT", arm.network("virtualNetworks/net"), NET)
    assert (answer.status, answer.code) == (status, code) and words in answer.message
    assert answer.headers.get("retry-after") == ("1" if kind == "throttle" else None)
    assert answer.headers["x-ms-request-id"]
    assert arm("HEAD", arm.network("virtualNetworks/net")).status == 404
    assert arm("PUT", arm.network("virtualNetworks/net"), NET).status == 201


def test_patch_takes_what_is_published(arm: Arm) -> None:
    path = arm.network("networkSecurityGroups/nsg")
    arm.put(path, NSG | {"tags": {"a": "1"}})
    assert arm("PATCH", path, {"tags": {"b": "2"}}).body["tags"] == {"b": "2"}
    assert arm("PATCH", path, {"properties": {}}).code == "InvalidRequestContent"
    assert arm("PATCH", arm.network("networkSecurityGroups/nsg/securityRules/r"), {}).code == "MethodNotAllowed"


def test_lists_have_pages(arm: Arm) -> None:
    for number in range(205):
        assert (
            arm("PUT", arm.network(f"networkSecurityGroups/n{number}"), NSG | {"tags": {"n": str(number)}}).status
            == 201
        )
    for start in (arm.network("networkSecurityGroups"), f"{SUB}/providers/Microsoft.Network/networkSecurityGroups"):
        first = arm.get(start)
        rest = arm("GET", first["nextLink"]).body
        assert (len(first["value"]), len(rest["value"])) == (200, 5) and "nextLink" not in rest
        assert first["value"][0]["properties"]["defaultSecurityRules"]
    page = arm("GET", f"{SUB}/resources?$top=100").body
    assert len(page["value"]) == 100 and len(arm("GET", page["nextLink"]).body["value"]) == 100
    assert set(page["value"][0]) == {"id", "name", "type", "location", "tags"}
    found = arm("GET", f"{arm.group}/resources?$filter=tagName eq 'N' and tagValue eq '7'").body["value"]
    assert [item["name"] for item in found] == ["n7"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("resourceType eq 'Microsoft.Network/virtualNetworks'", ["net"]),
        ("name eq 'nsg' or name eq 'net'", ["net", "nsg"]),
        ("name ne 'nsg' and location eq 'westeurope'", ["net"]),
        ("substringof('et', name)", ["net"]),
        ("tagName eq 't'", ["nsg"]),
        ("colour eq 'x'", None),
        ("tagName eq 't' and name eq 'nsg'", None),
    ],
)
def test_filters(arm: Arm, text: str, names: list[str] | None) -> None:
    arm.put("virtualNetworks/net", NET)
    arm.put("virtualNetworks/net/subnets/s", {"properties": {"addressPrefix": "10.0.0.0/24"}})
    arm.put("networkSecurityGroups/nsg", NSG | {"tags": {"t": "1"}})
    answer = arm("GET", f"{SUB}/resources?$filter={text}")
    if names is None:
        assert answer.code == "InvalidFilterInQueryString"
    else:
        assert [item["name"] for item in answer.body["value"]] == names


def test_metadata(arm: Arm) -> None:
    subscription = arm.get(SUB)
    assert (subscription["subscriptionId"], subscription["state"]) == (SUBSCRIPTION, "Enabled")
    assert arm.get("/subscriptions")["value"] == [subscription]
    namespace = arm.get(f"{SUB}/providers/microsoft.network")
    assert (namespace["namespace"], namespace["registrationState"]) == ("Microsoft.Network", "Registered")
    types = {item["resourceType"]: item["apiVersions"] for item in namespace["resourceTypes"]}
    assert types["virtualNetworks/subnets"] == [archive().entry("Microsoft.Network/virtualNetworks")["version"]]
    listed = {item["namespace"] for item in arm.get(f"{SUB}/providers")["value"]}
    assert listed == {name.split("/")[0] for name in archive().names()}
    assert "westeurope" in [item["name"] for item in arm.get(f"{SUB}/locations")["value"]]
    registered = arm("POST", f"{SUB}/providers/Microsoft.Network/register", {}, version="2021-04-01")
    assert registered.body["registrationState"] == "Registered"


def test_reset_empties_everything(arm: Arm) -> None:
    arm("PUT", arm.network("virtualNetworks/net"), NET)
    arm.control("reset", [])
    assert arm.get(f"{SUB}/resourcegroups")["value"] == [] and arm.get(f"{SUB}/resources")["value"] == []


def test_requests_are_logged_by_operation(arm: Arm) -> None:
    arm.put("virtualNetworks/net", NET)
    arm.get("virtualNetworks")
    names = [item["operation"] for item in arm.control("requests")["requests"]]
    assert names == ["resourceGroups.put", "virtualNetworks.put", "virtualNetworks.list"]


def graph(arm: Arm, query: str, **options: Any) -> Any:
    body = {"query": query, "subscriptions": [SUBSCRIPTION], "options": options}
    answer = arm("POST", "/providers/Microsoft.ResourceGraph/resources", body)
    assert answer.status == 200, answer.body
    assert int(answer.headers["x-ms-user-quota-remaining"]) >= 0
    return answer.body


def test_resource_graph(arm: Arm) -> None:
    for name in ("a", "b", "c"):
        arm.put(f"virtualNetworks/net{name}", NET | {"tags": {"t": name}})
    arm.put("virtualNetworks/neta/subnets/s", {"properties": {"addressPrefix": "10.0.0.0/24"}})
    assert [row["type"] for row in graph(arm, "resources")["data"]] == ["microsoft.network/virtualnetworks"] * 3
    groups = graph(arm, "resourcecontainers | where type == 'microsoft.resources/subscriptions/resourcegroups'")
    assert [row["name"] for row in groups["data"]] == ["rg"]
    ids = f"('{arm.network('virtualNetworks/NETA')}', '{arm.network('virtualNetworks/netc')}')"
    assert [row["name"] for row in graph(arm, f"resources | where id in~ {ids}")["data"]] == ["neta", "netc"]
    page = graph(arm, "resources | order by name asc | project name", **{"$top": 2})
    assert (page["count"], page["totalRecords"]) == (2, 3)
    rest = graph(arm, "resources | order by name asc | project name", **{"$top": 2, "$skipToken": page["$skipToken"]})
    assert rest["data"] == [{"name": "netc"}] and "$skipToken" not in rest
    body = {"query": "resources | render chart", "subscriptions": [SUBSCRIPTION]}
    assert arm("POST", "/providers/Microsoft.ResourceGraph/resources", body).code == "BadRequest"
    assert graph(arm, "resources", resultFormat="table")["data"]["columns"][0]["name"] == "id"


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("name == 'neta' or (name == 'netb' and not(isempty(tags.t)))", ["neta", "netb"]),
        ("tags['t'] in ('a', 'b') and name !~ 'NETB'", ["neta"]),
        ("name !in ('neta') | extend n = tolower(name) | where n startswith 'NET' | limit 1", ["netb"]),
        ("properties.addressSpace.addressPrefixes has '10' | order by name desc | project name", ["netb", "neta"]),
        ("isnotnull(tags) and name contains 'ETA' and name endswith 'a' and isnull(sku)", ["neta"]),
    ],
)
def test_resource_graph_conditions(arm: Arm, where: str, names: list[str]) -> None:
    for name in ("a", "b"):
        arm.put(f"virtualNetworks/net{name}", NET | {"tags": {"t": name}})
    assert [row["name"] for row in graph(arm, f"resources | where {where}")["data"]] == names


@pytest.mark.parametrize(
    "query",
    ["nothing", "resources | where", "resources | where f(name)", "resources where", "resources | where a = = 1"],
)
def test_resource_graph_refuses_what_it_does_not_know(arm: Arm, query: str) -> None:
    body = {"query": query, "subscriptions": [SUBSCRIPTION]}
    assert arm("POST", "/providers/Microsoft.ResourceGraph/resources", body).code == "BadRequest"


def test_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = importlib.metadata.entry_points(group="orch.sandboxes", name="azure")
    monkeypatch.setenv("ORCH_SANDBOX_AZURE_SUBSCRIPTIONS", "one, two")
    monkeypatch.setenv("ORCH_SANDBOX_AZURE_OPERATION_SECONDS", "7")
    server = entry.load()()
    for url in running(server):
        assert url.startswith("http://127.0.0.1:")
        arm = Arm(url, Clock(), "/subscriptions/TWO/resourceGroups/rg")
        assert [item["subscriptionId"] for item in arm.get("/subscriptions")["value"]] == ["one", "two"]
        assert arm("PUT", arm.group, {"location": "westeurope"}).status == 201
        assert arm("PUT", arm.network("virtualNetworks/net"), NET).headers["retry-after"] == "7"
        with pytest.raises(OSError):
            entry.load()(int(url.rsplit(":", 1)[1]))


def test_nothing_is_imported_before_it_serves() -> None:
    code = "import sys, providers.azure.sandbox; print([m for m in sys.modules if m.startswith('providers.') or m == 'http'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == ["providers.azure", "providers.azure.sandbox"]
