"""Cases of Azure. A call is ``put`` with properties by path: the object is got, changed and put, over plain HTTP."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref, text

GROUP = Entry("group", "Microsoft.Resources/resourceGroups", {"location": "westeurope"}, {"name": "conformance"})
_IN_GROUP = {"scope": ref("group")}
NETWORK = Entry(
    "network",
    "Microsoft.Network/virtualNetworks",
    {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}},
    {"name": "network", **_IN_GROUP},
)


def _rule(name: str, priority: int, source: object, port: str = "443") -> dict[str, object]:
    return {
        "name": name,
        "properties": {
            "priority": priority,
            "direction": "Inbound",
            "access": "Allow",
            "protocol": "Tcp",
            "sourceAddressPrefix": source,
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": port,
        },
    }


CASES = (
    Case(
        Entry(
            "subject",
            "Microsoft.Resources/resourceGroups",
            {"location": "westeurope", "tags": {"team": "a"}},
            {"name": "subject"},
        ),
        dependents=(
            Entry(
                "network",
                "Microsoft.Network/virtualNetworks",
                {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}},
                {"name": "network", "scope": ref("subject")},
            ),
            Entry(
                "subnet",
                "Microsoft.Network/virtualNetworks/subnets",
                {"properties": {"addressPrefix": "10.0.1.0/24"}},
                {"name": "inside", "parent": ref("network")},
            ),
        ),
        updates=({"tags": {"team": "b", "stage": "test"}}, {"tags": {"stage": "test"}}),
        replaces=({"location": "northeurope"}, {"within.name": "renamed"}),
        behind=Behind("tags.team", Call("put", {"tags": {"team": "another"}})),
    ),
    Case(
        Entry(
            "subject",
            "Microsoft.Network/virtualNetworks",
            {
                "location": "westeurope",
                "tags": {"team": "a"},
                "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}},
            },
            {"name": "subject", **_IN_GROUP},
        ),
        needs=(GROUP,),
        dependents=(
            Entry(
                "subnet",
                "Microsoft.Network/virtualNetworks/subnets",
                {"properties": {"addressPrefix": "10.0.1.0/24"}},
                {"name": "inside", "parent": ref("subject")},
            ),
        ),
        updates=(
            {"tags": {"team": "b"}},
            {"properties.addressSpace.addressPrefixes": ["10.0.0.0/16", "10.1.0.0/16"]},
        ),
        replaces=({"location": "northeurope"}, {"within.name": "renamed"}),
        behind=Behind("tags.team", Call("put", {"tags.team": "another"})),
    ),
    Case(
        Entry(
            "subject",
            "Microsoft.Network/virtualNetworks/subnets",
            {"properties": {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": ref("rules", "id")}}},
            {"name": "subject", "parent": ref("network")},
        ),
        needs=(
            GROUP,
            NETWORK,
            Entry(
                "rules",
                "Microsoft.Network/networkSecurityGroups",
                {"location": "westeurope"},
                {"name": "rules", **_IN_GROUP},
            ),
        ),
        dependents=(
            Entry(
                "address",
                "Microsoft.Network/publicIPAddresses",
                {
                    "location": "westeurope",
                    "sku": {"name": "Standard"},
                    "tags": {"subnet": ref("subject", "id")},
                    "properties": {"publicIPAllocationMethod": "Static"},
                },
                {"name": "address", **_IN_GROUP},
            ),
        ),
        updates=(
            {"properties.privateEndpointNetworkPolicies": "Enabled"},
            {"properties.addressPrefix": "10.0.2.0/24"},
        ),
        replaces=({"within.name": "renamed"},),
        behind=Behind("properties.addressPrefix", Call("put", {"properties.addressPrefix": "10.0.9.0/24"})),
    ),
    Case(
        Entry(
            "subject",
            "Microsoft.Network/networkSecurityGroups",
            {
                "location": "westeurope",
                "tags": {"team": "a"},
                "properties": {"securityRules": [_rule("https", 100, "*"), _rule("office", 110, "192.0.2.0/24", "22")]},
            },
            {"name": "subject", **_IN_GROUP},
        ),
        needs=(GROUP, NETWORK),
        dependents=(
            Entry(
                "subnet",
                "Microsoft.Network/virtualNetworks/subnets",
                {"properties": {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": ref("subject", "id")}}},
                {"name": "inside", "parent": ref("network")},
            ),
        ),
        updates=(
            {"properties.securityRules": [_rule("https", 100, "198.51.100.0/24"), _rule("dns", 120, "*", "53")]},
            {"tags": {"team": "b"}},
        ),
        replaces=({"within.name": "renamed"},),
        behind=Behind(
            "properties.securityRules", Call("put", {"properties.securityRules": [_rule("open", 100, "*", "*")]})
        ),
    ),
    Case(
        Entry(
            "subject",
            "Microsoft.Network/publicIPAddresses",
            {
                "location": "westeurope",
                "sku": {"name": "Standard"},
                "tags": {"team": "a"},
                "properties": {"publicIPAllocationMethod": "Static", "idleTimeoutInMinutes": 10},
            },
            {"name": "subject", **_IN_GROUP},
        ),
        needs=(GROUP,),
        dependents=(
            Entry(
                "rules",
                "Microsoft.Network/networkSecurityGroups",
                {
                    "location": "westeurope",
                    "properties": {
                        "securityRules": [_rule("one", 100, text(ref("subject", "properties.ipAddress"), "/32"))]
                    },
                },
                {"name": "rules", **_IN_GROUP},
            ),
        ),
        updates=({"properties.idleTimeoutInMinutes": 15}, {"tags": {"team": "b"}}),
        replaces=({"zones": ["1", "2", "3"]}, {"within.name": "renamed"}),
        behind=Behind("properties.idleTimeoutInMinutes", Call("put", {"properties.idleTimeoutInMinutes": 20})),
    ),
)
