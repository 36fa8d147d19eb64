"""Azure's own clients accept the sandbox: the generic one, the typed network one, and Resource Graph's."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest

from providers.azure.sandbox import SUBSCRIPTION

Make = Callable[[Any], Any]
VNET = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net"
VERSION = "2026-03-01"
SPACE = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}


def faults(url: str, *rules: dict[str, Any]) -> None:
    request = urllib.request.Request(f"{url}/_orch/faults", json.dumps(rules).encode(), method="POST")
    urllib.request.urlopen(request).read()


def test_generic_client_by_id(client: Make) -> None:
    resources = client(ResourceManagementClient)
    group = resources.resource_groups.create_or_update("rg", {"location": "West Europe", "tags": {"a": "b"}})
    assert (group.name, group.location, group.properties.provisioning_state) == ("rg", "westeurope", "Succeeded")
    assert resources.resource_groups.check_existence("RG") and not resources.resource_groups.check_existence("none")
    body = {"location": "westeurope", "properties": SPACE, "tags": {"x": "y"}}
    made = resources.resources.begin_create_or_update_by_id(VNET, body, api_version=VERSION).result()
    assert made.id == VNET and made.properties["provisioningState"] == "Succeeded"
    assert resources.resources.check_existence_by_id(VNET, api_version=VERSION)
    tagged = resources.resources.begin_update_by_id(VNET, {"tags": {"z": "1"}}, api_version=VERSION).result()
    assert tagged.tags == {"z": "1"} and tagged.properties["addressSpace"] == SPACE["addressSpace"]
    found = list(resources.resources.list(filter="tagName eq 'z' and tagValue eq '1'"))
    assert [item.id for item in found] == [VNET]
    resources.resources.begin_delete_by_id(VNET, api_version=VERSION).result()
    with pytest.raises(ResourceNotFoundError) as caught:
        resources.resources.get_by_id(VNET, api_version=VERSION)
    assert caught.value.error.code == "ResourceNotFound"


def test_group_delete_takes_all_inside(client: Make) -> None:
    resources = client(ResourceManagementClient)
    resources.resource_groups.create_or_update("rg", {"location": "westeurope"})
    body = {"location": "westeurope", "properties": SPACE}
    resources.resources.begin_create_or_update_by_id(VNET, body, api_version=VERSION).result()
    resources.resource_groups.begin_delete("rg").result()
    assert not list(resources.resource_groups.list()) and not list(resources.resources.list())


def test_typed_network_client(client: Make) -> None:
    client(ResourceManagementClient).resource_groups.create_or_update("rg", {"location": "westeurope"})
    network = client(NetworkManagementClient)
    rule = {
        "name": "ssh",
        "properties": {
            "priority": 100,
            "direction": "Inbound",
            "access": "allow",
            "protocol": "TCP",
            "sourceAddressPrefix": "*",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": "22",
        },
    }
    nsg = network.network_security_groups.begin_create_or_update(
        "rg", "nsg", {"location": "westeurope", "properties": {"securityRules": [rule]}}
    ).result()
    assert (nsg.security_rules[0].access, nsg.security_rules[0].protocol) == ("Allow", "Tcp")
    assert [item.priority for item in nsg.default_security_rules] == [65000, 65001, 65500] * 2
    vnet = network.virtual_networks.begin_create_or_update(
        "rg", "net", {"location": "westeurope", "properties": SPACE}
    ).result()
    assert vnet.provisioning_state == "Succeeded" and vnet.resource_guid and vnet.subnets == []
    for number in range(2):
        properties = {"addressPrefix": f"10.0.{number}.0/24", "networkSecurityGroup": {"id": nsg.id}}
        made = network.subnets.begin_create_or_update("rg", "net", f"s{number}", {"properties": properties}).result()
        assert made.private_endpoint_network_policies == "Disabled" and made.delegations == []
    assert [item.name for item in network.virtual_networks.get("rg", "net").subnets] == ["s0", "s1"]
    assert [item.name for item in network.subnets.list("rg", "net")] == ["s0", "s1"]
    assert [item.id for item in network.network_security_groups.get("rg", "nsg").subnets] == [
        f"{VNET}/subnets/s0",
        f"{VNET}/subnets/s1",
    ]
    address = network.public_ip_addresses.begin_create_or_update(
        "rg", "ip", {"location": "westeurope", "properties": {"publicIPAllocationMethod": "Static"}}
    ).result()
    assert address.ip_address and (address.sku.name, address.idle_timeout_in_minutes) == ("Standard", 4)
    with pytest.raises(HttpResponseError) as caught:
        network.network_security_groups.begin_delete("rg", "nsg").result()
    assert caught.value.error.code == "InUseNetworkSecurityGroupCannotBeDeleted"
    for number in range(2):
        network.subnets.begin_delete("rg", "net", f"s{number}").result()
    network.network_security_groups.begin_delete("rg", "nsg").result()
    network.virtual_networks.begin_delete("rg", "net").result()
    network.public_ip_addresses.begin_delete("rg", "ip").result()
    assert not list(network.virtual_networks.list_all()) and not list(network.public_ip_addresses.list("rg"))


def test_failed_operation_reaches_the_sdk_with_code_and_details(client: Make, url: str) -> None:
    client(ResourceManagementClient).resource_groups.create_or_update("rg", {"location": "westeurope"})
    network = client(NetworkManagementClient)
    faults(url, {"kind": "fail", "operation": r"virtualNetworks\.put"})
    with pytest.raises(HttpResponseError) as caught:
        network.virtual_networks.begin_create_or_update(
            "rg", "net", {"location": "westeurope", "properties": SPACE}
        ).result()
    error = caught.value.error
    assert error.code == "InternalServerError" and error.details[0].code == "NetworkingInternalOperationError"
    assert network.virtual_networks.get("rg", "net").provisioning_state == "Failed"


def test_resource_graph_client(client: Make) -> None:
    resources = client(ResourceManagementClient)
    resources.resource_groups.create_or_update("rg", {"location": "westeurope"})
    subnets = [{"name": "s", "properties": {"addressPrefix": "10.0.0.0/24"}}]
    body = {"location": "westeurope", "properties": SPACE | {"subnets": subnets}, "tags": {"orch-lineage": "l1"}}
    resources.resources.begin_create_or_update_by_id(VNET, body, api_version=VERSION).result()
    graph = client(lambda credential, _subscription, **more: ResourceGraphClient(credential, **more))
    text = (
        "resources | where type =~ 'Microsoft.Network/virtualNetworks' and tags['orch-lineage'] == 'l1' "
        "| project id, name, lineage = tags['orch-lineage']"
    )
    answer = graph.resources(QueryRequest(query=text, subscriptions=[SUBSCRIPTION]))
    assert answer.data == [{"id": VNET, "name": "net", "lineage": "l1"}] and answer.result_truncated == "false"
    everything = graph.resources(QueryRequest(query="resources | order by id asc", subscriptions=[SUBSCRIPTION]))
    assert [row["type"] for row in everything.data] == ["microsoft.network/virtualnetworks"]
