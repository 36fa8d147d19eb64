"""Every type of the archive is made, read, listed and deleted with nothing but its published specification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure_sandbox_client import Arm, Clock, running

from providers.azure.sandbox import SUBSCRIPTION
from providers.azure.sandbox.endpoint import Endpoint
from providers.azure.schema import archive

GROUP = "Microsoft.Resources/resourceGroups"
RULE = {"priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "*"} | {
    f"{side}{what}": "*" for side in ("source", "destination") for what in ("AddressPrefix", "PortRange")
}
# what the network provider asks for beyond what the specification calls required
MORE: dict[str, dict[str, Any]] = {
    "Microsoft.Network/networkSecurityGroups/securityRules": RULE,
    "Microsoft.Network/publicIPAddresses": {"publicIPAllocationMethod": "Static"},
    "Microsoft.Network/virtualNetworks": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}},
    "Microsoft.Network/virtualNetworks/subnets": {"addressPrefix": "10.0.0.0/24"},
}


@pytest.fixture(scope="module")
def shared() -> Iterator[Arm]:
    """One endpoint for all types; each has a group of its own."""
    clock = Clock()
    for url in running(Endpoint((SUBSCRIPTION,), 10.0, clock).server()):
        yield Arm(url, clock)


def sample(schema: dict[str, Any], node: dict[str, Any]) -> Any:
    """The smallest value that a schema allows: what is required, and nothing else."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in node:
        return sample(schema, node["anyOf"][0])
    for word in ("const", "examples"):
        if word in node:
            return node[word] if word == "const" else node[word][0]
    if node.get("type") == "object":
        return {name: sample(schema, node["properties"][name]) for name in node.get("required", ())}
    plain: dict[str, Any] = {"array": [], "integer": 1, "number": 1, "boolean": True}
    return plain.get(node.get("type", ""), "x")


def body(entry: dict[str, Any]) -> Any:
    schema = entry["schema"]
    made = sample(schema, schema)
    if "location" in schema["properties"]:
        made["location"] = "westeurope"
    if "properties" in schema["properties"]:
        made["properties"] = sample(schema, schema["properties"]["properties"])
    return made | ({"properties": MORE[entry["name"]]} if entry["name"] in MORE else {})


def put(arm: Arm, entry: dict[str, Any], path: str) -> None:
    made = arm("PUT", path, body(entry), version=entry["version"])
    assert made.status in (200, 201, 202), made.body
    arm.settle()


def place(arm: Arm, name: str) -> str:
    """The path of an object of a type whose group and parents have been made."""
    number = archive().names().index(name)
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg{number}"
    if name == GROUP:
        return group
    arm.put(group, {"location": "westeurope"})
    scope = archive().entry(name)["cloud"]["scope"]
    above = {"subscription": f"/subscriptions/{SUBSCRIPTION}", "tenant": ""}.get(scope, group)
    namespace, *kinds = name.split("/")
    path = f"{above}/providers/{namespace}"
    for depth, part in enumerate(kinds, 1):
        kind = "/".join([namespace, *kinds[:depth]])
        if kind not in archive():
            pytest.skip(f"{kind}, in which {name} stands, cannot be put by id")
        entry = archive().entry(kind)
        path += f"/{part}/{entry['cloud']['name'].get('const', f'name{number}')}"
        if kind != name:
            put(arm, entry, path)
    return path


@pytest.mark.parametrize("name", archive().names())
def test_every_type(shared: Arm, name: str) -> None:
    entry = archive().entry(name)
    version, methods = entry["version"], entry["cloud"]["methods"]
    path = place(shared, name)
    put(shared, entry, path)
    read = shared("GET", path, version=version)
    assert read.status == 200 and read.body["id"].lower() == path.lower()
    if "provisioningState" in str(entry["schema"]["properties"]):
        assert read.body["properties"]["provisioningState"] == "Succeeded"
    if "list" in methods:
        listed = shared("GET", path.rsplit("/", 1)[0], version=version).body["value"]
        assert [item["id"] for item in listed].count(read.body["id"]) == 1
    sent_back = shared("PUT", path, read.body, version=version)
    assert sent_back.status in (200, 202, 201), sent_back.body  # what a GET gives, a PUT takes
    shared.settle()
    if "delete" in methods:
        assert shared("DELETE", path, version=version).status in (200, 202, 204)
        shared.settle()
        assert shared("HEAD", path, version=version).status == 404
