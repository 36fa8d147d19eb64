"""Networks, subnets, security groups and addresses behave as the network provider does."""

from __future__ import annotations

from typing import Any

import pytest
from azure_sandbox_client import Arm

SPACE = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
NET = {"location": "westeurope", "properties": SPACE}
SUBNET = {"properties": {"addressPrefix": "10.0.1.0/24"}}
ADDRESS = {"location": "westeurope", "properties": {"publicIPAllocationMethod": "Static"}}


def net(*subnets: tuple[str, str]) -> dict[str, Any]:
    inline = [{"name": name, "properties": {"addressPrefix": prefix}} for name, prefix in subnets]
    return {"location": "westeurope", "properties": {**SPACE, "subnets": inline}}


def rule(name: str = "r", **more: Any) -> dict[str, Any]:
    base = {
        "priority": 100,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "22",
    }
    return {"name": name, "properties": base | more}


def nic(arm: Arm, subnet: str) -> dict[str, Any]:
    ip = {"privateIPAllocationMethod": "Dynamic", "subnet": {"id": arm.network(subnet)}}
    return {"location": "westeurope", "properties": {"ipConfigurations": [{"name": "c", "properties": ip}]}}


def test_network_answers_with_the_services_defaults(arm: Arm) -> None:
    made = arm("PUT", arm.network("virtualNetworks/net"), NET | {"tags": {"k": "v"}})
    assert made.status == 201 and made.headers["azure-asyncoperation"] and made.headers["etag"] == made.body["etag"]
    properties = made.body["properties"]
    assert properties.pop("provisioningState") == "Updating" and len(properties.pop("resourceGuid")) == 36
    assert properties == SPACE | {
        "enableDdosProtection": False,
        "privateEndpointVNetPolicies": "Disabled",
        "subnets": [],
        "virtualNetworkPeerings": [],
    }
    assert (made.body["type"], made.body["tags"]) == ("Microsoft.Network/virtualNetworks", {"k": "v"})
    arm.settle()
    assert arm.get("virtualNetworks/net")["properties"]["provisioningState"] == "Succeeded"
    assert arm("PUT", arm.network("virtualNetworks/net"), NET).status == 200


def test_subnet_is_seen_on_its_own_and_in_its_network(arm: Arm) -> None:
    arm.put("virtualNetworks/net", net(("a", "10.0.0.0/24")))
    arm.put("virtualNetworks/net/subnets/b", SUBNET)
    inline = arm.get("virtualNetworks/net")["properties"]["subnets"]
    assert [item["name"] for item in inline] == ["a", "b"]
    alone = arm.get("virtualNetworks/net/subnets/b")
    assert alone == inline[1]
    assert alone["properties"] == {
        "provisioningState": "Succeeded",
        "addressPrefix": "10.0.1.0/24",
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
    }
    assert alone["etag"] == arm.get("virtualNetworks/net")["etag"]
    assert arm.get("virtualNetworks/net/subnets")["value"] == inline


def test_network_put_keeps_unnamed_subnets_only_in_newer_versions(arm: Arm) -> None:
    arm.put("virtualNetworks/net", net(("a", "10.0.0.0/24"), ("b", "10.0.1.0/24")))
    arm.put("virtualNetworks/net", NET)
    assert len(arm.get("virtualNetworks/net")["properties"]["subnets"]) == 2
    arm.put("virtualNetworks/net", net(("b", "10.0.1.0/24")))
    assert [item["name"] for item in arm.get("virtualNetworks/net")["properties"]["subnets"]] == ["b"]
    arm.put("virtualNetworks/net", NET, version="2023-04-01")
    assert arm.get("virtualNetworks/net")["properties"]["subnets"] == []


def test_subnet_in_use_is_kept(arm: Arm) -> None:
    arm.put("virtualNetworks/net", net(("a", "10.0.0.0/24")))
    arm.put("networkInterfaces/nic", nic(arm, "virtualNetworks/net/subnets/a"))
    user = arm.network("networkInterfaces/nic/ipConfigurations/c")
    for method, path, body in (
        ("DELETE", "virtualNetworks/net/subnets/a", None),
        ("DELETE", "virtualNetworks/net", None),
        ("PUT", "virtualNetworks/net", net()),
    ):
        refused = arm(method, arm.network(path), body)
        assert (refused.status, refused.code) == (400, "InUseSubnetCannotBeDeleted")
        assert f"Subnet a is in use by {user} and cannot be deleted." in refused.message
    for path, body in (("virtualNetworks/net/subnets/a", SUBNET), ("virtualNetworks/net", net(("a", "10.0.1.0/24")))):
        moved = arm("PUT", arm.network(path), body)
        assert (moved.status, moved.code) == (400, "InUsePrefixCannotBeDeleted")
    assert arm.get("virtualNetworks/net/subnets/a")["properties"]["ipConfigurations"] == [{"id": user}]
    assert arm("DELETE", arm.network("networkInterfaces/nic")).status == 202
    arm.settle()
    assert arm("DELETE", arm.network("virtualNetworks/net/subnets/a")).status == 202


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.0.0.128/25", "NetcfgSubnetRangesOverlap"),
        ("10.1.0.0/24", "NetcfgSubnetRangeOutsideVnet"),
        ("10.0.9.1/24", "InvalidCIDRNotation"),
        ("10.0.9", "InvalidAddressPrefixFormat"),
        ("10.0.9.0/30", "NetcfgInvalidSubnet"),
        (None, "AddressPrefixStringCannotBeNullOrEmpty"),
    ],
)
def test_wrong_ranges(arm: Arm, prefix: str | None, code: str) -> None:
    arm.put("virtualNetworks/net", net(("a", "10.0.0.0/24")))
    refused = arm("PUT", arm.network("virtualNetworks/net/subnets/b"), {"properties": {"addressPrefix": prefix}})
    assert (refused.status, refused.code) == (400, code)
    inline = arm("PUT", arm.network("virtualNetworks/net"), net(("a", "10.0.0.0/24"), ("b", prefix or "")))
    assert inline.status == 400
    assert len(arm.get("virtualNetworks/net/subnets")["value"]) == 1


def test_one_change_of_a_network_at_a_time(arm: Arm) -> None:
    arm("PUT", arm.network("virtualNetworks/net"), NET)
    early = arm("PUT", arm.network("virtualNetworks/net/subnets/a"), SUBNET)
    assert (early.status, early.code, early.headers["retry-after"]) == (429, "AnotherOperationInProgress", "10")
    arm.settle()
    assert arm("PUT", arm.network("virtualNetworks/net/subnets/a"), SUBNET).status == 201
    other = {"properties": {"addressPrefix": "10.0.2.0/24"}}
    assert arm("PUT", arm.network("virtualNetworks/net/subnets/b"), other).code == "AnotherOperationInProgress"
    assert arm("DELETE", arm.network("virtualNetworks/net")).code == "AnotherOperationInProgress"
    arm.settle()
    arm.put("virtualNetworks/net/subnets/b", other)


def test_security_group_and_rules(arm: Arm) -> None:
    arm.put("networkSecurityGroups/nsg", {"location": "westeurope", "properties": {"securityRules": [rule()]}})
    arm.put("networkSecurityGroups/nsg/securityRules/late", rule("late", priority=200))
    body = arm.get("networkSecurityGroups/nsg")
    assert [item["name"] for item in body["properties"]["securityRules"]] == ["r", "late"]
    first = body["properties"]["securityRules"][0]
    assert first["id"] == f"{body['id']}/securityRules/r" and first["etag"] == body["etag"]
    assert first["type"] == "Microsoft.Network/networkSecurityGroups/securityRules"
    assert first["properties"]["sourceAddressPrefixes"] == [] and body["properties"]["flushConnection"] is False
    assert len(body["properties"]["defaultSecurityRules"]) == 6
    again = {key: body["properties"][key] for key in ("securityRules", "defaultSecurityRules")}
    arm.put("networkSecurityGroups/nsg", {"location": "westeurope", "properties": again})  # read-only ones are ignored
    same = arm.get("networkSecurityGroups/nsg")["properties"]
    assert len(same["securityRules"]) == 2 and len(same["defaultSecurityRules"]) == 6
    arm.put("networkSecurityGroups/nsg", {"location": "westeurope"})
    assert arm.get("networkSecurityGroups/nsg")["properties"]["securityRules"] == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"priority": 99}, "SecurityRuleInvalidPriority"),
        ({"priority": 300}, "SecurityRuleConflict"),
        ({"sourcePortRange": None}, "SecurityRuleParameterEmptyOrNull"),
        ({"destinationAddressPrefix": None}, "SecurityRuleParameterEmptyOrNull"),
        ({"destinationPortRange": "90-80"}, "SecurityRuleInvalidPortRange"),
        ({"destinationPortRange": "80,443"}, "SecurityRuleInvalidPortRange"),
        ({"sourcePortRange": None, "sourcePortRanges": ["1", "65536"]}, "SecurityRuleInvalidPortRange"),
        ({"access": "Maybe"}, "InvalidRequestFormat"),
        ({"priority": "100"}, "InvalidRequestFormat"),
        ({"direction": None}, "InvalidRequestFormat"),
    ],
)
def test_wrong_rules(arm: Arm, wrong: dict[str, Any], code: str) -> None:
    arm.put("networkSecurityGroups/nsg", {"location": "westeurope"})
    arm.put("networkSecurityGroups/nsg/securityRules/a", rule(priority=300))
    refused = arm("PUT", arm.network("networkSecurityGroups/nsg/securityRules/b"), rule("b", **wrong))
    assert (refused.status, refused.code) == (400, code)


def test_references_must_exist_and_be_settled(arm: Arm) -> None:
    arm.put("virtualNetworks/net", NET)
    subnet = {"properties": {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": ""}}}
    subnet["properties"]["networkSecurityGroup"] = {"id": arm.network("networkSecurityGroups/nsg")}
    refused = arm("PUT", arm.network("virtualNetworks/net/subnets/a"), subnet)
    assert (refused.status, refused.code) == (400, "InvalidResourceReference")
    assert "Please make sure that the referenced resource exists" in refused.message
    arm("PUT", arm.network("networkSecurityGroups/nsg"), {"location": "westeurope"})
    early = arm("PUT", arm.network("virtualNetworks/net/subnets/a"), subnet)
    assert (early.status, early.code) == (409, "ReferencedResourceNotProvisioned")
    arm.settle()
    arm.put("virtualNetworks/net/subnets/a", subnet)
    shown = arm.get("networkSecurityGroups/nsg")["properties"]["subnets"]
    assert shown == [{"id": arm.network("virtualNetworks/net/subnets/a")}]
    refused = arm("DELETE", arm.network("networkSecurityGroups/nsg"))
    assert (refused.status, refused.code) == (400, "InUseNetworkSecurityGroupCannotBeDeleted")
    assert shown[0]["id"] in refused.message
    inline = net(("a", "10.0.1.0/24"))
    arm.put("virtualNetworks/net", inline)  # the subnet named without its group lets it go
    assert arm("DELETE", arm.network("networkSecurityGroups/nsg")).status == 202


def test_references_stay_in_their_region(arm: Arm) -> None:
    arm.put("virtualNetworks/net", NET)
    arm.put("networkSecurityGroups/nsg", {"location": "eastus"})
    properties = {
        "addressPrefix": "10.0.1.0/24",
        "networkSecurityGroup": {"id": arm.network("networkSecurityGroups/nsg")},
    }
    alone = arm("PUT", arm.network("virtualNetworks/net/subnets/a"), {"properties": properties})
    inline = {"location": "westeurope", "properties": SPACE | {"subnets": [{"name": "a", "properties": properties}]}}
    for refused in (alone, arm("PUT", arm.network("virtualNetworks/net"), inline)):
        assert (refused.status, refused.code) == (400, "InvalidResourceReference")


@pytest.mark.parametrize(
    ("subnets", "code"),
    [
        ([{"properties": {"addressPrefix": "10.0.0.0/24"}}], "InvalidRequestFormat"),
        ([{"name": "-", "properties": {"addressPrefix": "10.0.0.0/24"}}], "InvalidResourceName"),
        (
            [{"name": name, "properties": {"addressPrefix": f"10.0.{at}.0/24"}} for at, name in enumerate("aA")],
            "DuplicateResourceName",
        ),
    ],
)
def test_wrong_inline_subnets(arm: Arm, subnets: list[dict[str, Any]], code: str) -> None:
    body = {"location": "westeurope", "properties": SPACE | {"subnets": subnets}}
    refused = arm("PUT", arm.network("virtualNetworks/net"), body)
    assert (refused.status, refused.code) == (400, code)


def test_failed_network_takes_its_inline_subnets_along(arm: Arm) -> None:
    arm.control("faults", [{"kind": "fail", "operation": "put"}])
    assert arm("PUT", arm.network("virtualNetworks/net"), net(("a", "10.0.0.0/24"))).status == 201
    arm.settle()
    assert arm.get("virtualNetworks/net/subnets/a")["properties"]["provisioningState"] == "Failed"


def test_public_address(arm: Arm) -> None:
    made = arm.put("publicIPAddresses/ip", ADDRESS).body
    assert made["sku"] == {"name": "Standard", "tier": "Regional"}
    address = made["properties"]["ipAddress"]
    kept = {"publicIPAddressVersion": "IPv4", "idleTimeoutInMinutes": 4, "ipTags": []}
    assert kept.items() <= made["properties"].items()
    other = arm.put("publicIPAddresses/ip2", ADDRESS).body["properties"]["ipAddress"]
    assert other != address
    longer = ADDRESS | {"properties": ADDRESS["properties"] | {"idleTimeoutInMinutes": 10, "ipAddress": "1.2.3.4"}}
    changed = arm.put("publicIPAddresses/ip", longer).body["properties"]
    assert (changed["ipAddress"], changed["idleTimeoutInMinutes"]) == (address, 10)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"sku": {"name": "StandardV2"}}, 400, "SkuCannotBeChangedOnUpdate"),
        ({"zones": ["1"]}, 400, "ResourceAvailabilityZonesCannotBeModified"),
        ({"location": "northeurope"}, 409, "InvalidResourceLocation"),
        ({"properties": {"publicIPAllocationMethod": "Dynamic"}}, 400, "StandardSkuPublicIPAddressesMustBeStatic"),
        (
            {"properties": {"publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv6"}},
            409,
            "PropertyChangeNotAllowed",
        ),
    ],
)
def test_what_an_address_cannot_change(arm: Arm, change: dict[str, Any], status: int, code: str) -> None:
    arm.put("publicIPAddresses/ip", ADDRESS)
    refused = arm("PUT", arm.network("publicIPAddresses/ip"), ADDRESS | change)
    assert (refused.status, refused.code) == (status, code)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"idleTimeoutInMinutes": 31}, "PublicIPAddressIdleTimeoutIsInvalid"),
        ({"dnsSettings": {"domainNameLabel": "Web"}}, "InvalidDomainNameLabel"),
    ],
)
def test_wrong_addresses(arm: Arm, more: dict[str, Any], code: str) -> None:
    refused = arm("PUT", arm.network("publicIPAddresses/ip"), ADDRESS | {"properties": ADDRESS["properties"] | more})
    assert (refused.status, refused.code) == (400, code)


def test_address_in_use(arm: Arm) -> None:
    arm.put("publicIPAddresses/ip", ADDRESS)
    address = {"publicIpAddresses": [{"id": arm.network("publicIPAddresses/ip")}]}
    arm.put("natGateways/nat", {"location": "westeurope", "sku": {"name": "Standard"}, "properties": address})
    refused = arm("DELETE", arm.network("publicIPAddresses/ip"))
    assert (refused.status, refused.code) == (400, "PublicIPAddressCannotBeDeleted")
    assert f"still allocated to resource {arm.network('natGateways/nat')}." in refused.message


def test_group_that_others_need_is_not_deleted(arm: Arm) -> None:
    other = arm.group.replace("/rg", "/other")
    arm.put(other, {"location": "westeurope"})
    shared = f"{other}/providers/Microsoft.Network/networkSecurityGroups/nsg"
    arm.put(shared, {"location": "westeurope"})
    arm.put(f"{other}/providers/Microsoft.Network/publicIPAddresses/ip", ADDRESS)
    subnets = [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24", "networkSecurityGroup": {"id": shared}}}]
    arm.put("virtualNetworks/net", {"location": "westeurope", "properties": SPACE | {"subnets": subnets}})
    started = arm("DELETE", other)
    assert started.status == 202 and "azure-asyncoperation" not in started.headers
    assert arm("GET", other).body["properties"]["provisioningState"] == "Deleting"
    going = arm("PUT", shared.replace("nsg", "new"), {"location": "westeurope"})
    assert (going.status, going.code) == (409, "ResourceGroupBeingDeleted")
    assert arm("GET", started.headers["location"]).status == 202
    arm.settle()
    failed = arm("GET", started.headers["location"])
    assert (failed.status, failed.code) == (409, "ResourceGroupDeletionBlocked")
    (detail,) = failed.body["error"]["details"]
    assert detail["code"] == "InUseNetworkSecurityGroupCannotBeDeleted" and detail["target"] == shared
    assert [item["id"] for item in arm.get(f"{other}/resources")["value"]] == [shared]
    assert arm("DELETE", arm.network("virtualNetworks/net")).status == 202
    arm.settle()
    again = arm("DELETE", other)
    arm.settle()
    assert arm("GET", again.headers["location"]).status == 200 and arm("HEAD", other).status == 404
