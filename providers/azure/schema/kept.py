"""What the SDK models do not say about ARM types: create-only properties, name rules, defaults. Each entry cites its source.

A table and the function that reads it; must not read the SDK, and must not repeat what the SDK already says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Path = tuple[str, ...]

NAMING = "Naming rules and restrictions for Azure resources (Azure Resource Manager documentation)"
LOCATION = (
    "Resolve errors for invalid resource location: InvalidResourceLocation (Azure Resource Manager documentation)"
)
GROUP = (
    "Resource Groups - Create Or Update (REST reference): location cannot be changed after the group has been created"
)
PUBLIC_IP = "Create, change, or delete an Azure public IP address (Azure Virtual Network documentation)"
PUBLIC_IP_REST = "Public IP Addresses - Create Or Update (REST reference, Azure Virtual Networks)"
ROUTING = (
    "Routing preference over the Internet (Azure Virtual Network documentation): set at creation, cannot be changed"
)
VNET_REST = "Virtual Networks - Create Or Update (REST reference, Azure Virtual Networks)"
SUBNET_REST = "Subnets - Create Or Update (REST reference, Azure Virtual Networks)"
NSG_REST = "Network Security Groups - Create Or Update (REST reference, Azure Virtual Networks)"
RULE_REST = "Security Rules - Create Or Update (REST reference, Azure Virtual Networks)"

_NETWORK_NAME = r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$"  # NAMING: start alphanumeric, end alphanumeric or _


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact and the page that says so. path: in the body · value: of a default."""

    path: Path
    source: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """All kept facts of one type. name: JSON Schema words for the last segment of the id (and NAMING is their source)."""

    create_only: tuple[Fact, ...] = ()
    conditional_create_only: tuple[Fact, ...] = ()
    read_only: tuple[Fact, ...] = ()
    required: tuple[Fact, ...] = ()
    defaults: tuple[Fact, ...] = ()
    name: Mapping[str, Any] = field(default_factory=dict)


def _network_name(shortest: int = 1, longest: int = 80) -> dict[str, Any]:
    return {"minLength": shortest, "maxLength": longest, "pattern": _NETWORK_NAME}


_TRACKED = (Fact(("location",), "LocationRequired: Common deployment errors (Azure Resource Manager documentation)"),)

TABLE: Mapping[str, Row] = {
    "Microsoft.Resources/resourceGroups": Row(
        create_only=(Fact(("location",), GROUP),),
        name={"minLength": 1, "maxLength": 90, "pattern": r"^[-\w.()]*[-\w()]$"},
    ),
    "Microsoft.Network/virtualNetworks": Row(
        create_only=(Fact(("extendedLocation",), VNET_REST),),
        required=_TRACKED,
        defaults=(
            Fact(("properties", "enableDdosProtection"), VNET_REST, False),
            Fact(("properties", "privateEndpointVNetPolicies"), VNET_REST, "Disabled"),
            Fact(("properties", "subnets"), VNET_REST, []),
            Fact(("properties", "virtualNetworkPeerings"), VNET_REST, []),
        ),
        name=_network_name(2, 64),
    ),
    "Microsoft.Network/virtualNetworks/subnets": Row(
        defaults=(
            Fact(("properties", "delegations"), SUBNET_REST, []),
            Fact(("properties", "privateEndpointNetworkPolicies"), SUBNET_REST, "Disabled"),
            Fact(("properties", "privateLinkServiceNetworkPolicies"), SUBNET_REST, "Enabled"),
        ),
        name=_network_name(),
    ),
    "Microsoft.Network/networkSecurityGroups": Row(
        required=_TRACKED,
        defaults=(
            Fact(("properties", "flushConnection"), NSG_REST, False),
            Fact(("properties", "securityRules"), NSG_REST, []),
        ),
        name=_network_name(),
    ),
    "Microsoft.Network/networkSecurityGroups/securityRules": Row(
        defaults=(
            Fact(("properties", "destinationAddressPrefixes"), RULE_REST, []),
            Fact(("properties", "destinationPortRanges"), RULE_REST, []),
            Fact(("properties", "sourceAddressPrefixes"), RULE_REST, []),
            Fact(("properties", "sourcePortRanges"), RULE_REST, []),
        ),
        name=_network_name(),
    ),
    "Microsoft.Network/publicIPAddresses": Row(
        create_only=(
            Fact(("extendedLocation",), PUBLIC_IP_REST),
            Fact(("properties", "ipTags"), ROUTING),
            Fact(("properties", "publicIPAddressVersion"), PUBLIC_IP),
            Fact(("properties", "publicIPPrefix"), PUBLIC_IP),
            Fact(("sku",), PUBLIC_IP),
            Fact(("zones",), PUBLIC_IP),
        ),
        read_only=(Fact(("properties", "ipAddress"), PUBLIC_IP),),  # "you cannot specify the actual IP address"
        required=_TRACKED,
        defaults=(
            Fact(("properties", "ddosSettings", "protectionMode"), PUBLIC_IP_REST, "VirtualNetworkInherited"),
            Fact(("properties", "idleTimeoutInMinutes"), PUBLIC_IP_REST, 4),
            Fact(("properties", "ipTags"), PUBLIC_IP_REST, []),
            Fact(("properties", "publicIPAddressVersion"), PUBLIC_IP_REST, "IPv4"),
            Fact(("sku", "name"), PUBLIC_IP, "Standard"),
            Fact(("sku", "tier"), PUBLIC_IP, "Regional"),
        ),
        name=_network_name(),
    ),
}
"""By type, spelled as in the archive."""

_WORDS = r"^[A-Za-z0-9](-?[A-Za-z0-9])*$"  # letters, digits, single hyphens between them
_LOWER = r"^[a-z0-9](-?[a-z0-9])*$"
_LETTER_FIRST = r"^[A-Za-z](-?[A-Za-z0-9])*$"

NAMES: Mapping[str, tuple[int, int, str]] = {
    "Microsoft.Cache/redis": (1, 63, _WORDS),
    "Microsoft.Compute/disks": (1, 80, r"^\w([\w.-]*\w)?$"),
    "Microsoft.ContainerRegistry/registries": (5, 50, r"^[A-Za-z0-9]*$"),
    "Microsoft.ContainerService/managedClusters": (1, 63, r"^[A-Za-z0-9]([\w-]*[A-Za-z0-9])?$"),
    "Microsoft.DBforPostgreSQL/flexibleServers": (3, 63, r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"),
    "Microsoft.DocumentDB/databaseAccounts": (3, 44, r"^[a-z0-9][a-z0-9-]*$"),
    "Microsoft.EventHub/namespaces": (6, 50, r"^[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?$"),
    "Microsoft.KeyVault/vaults": (3, 24, _LETTER_FIRST),
    "Microsoft.KeyVault/vaults/secrets": (1, 127, r"^[A-Za-z0-9-]*$"),
    "Microsoft.ManagedIdentity/userAssignedIdentities": (3, 128, r"^[A-Za-z0-9][\w-]*$"),
    "Microsoft.Network/loadBalancers": (1, 80, _NETWORK_NAME),
    "Microsoft.Network/natGateways": (1, 80, _NETWORK_NAME),
    "Microsoft.Network/networkInterfaces": (1, 80, _NETWORK_NAME),
    "Microsoft.Network/routeTables": (1, 80, _NETWORK_NAME),
    "Microsoft.OperationalInsights/workspaces": (4, 63, r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$"),
    "Microsoft.ServiceBus/namespaces": (6, 50, r"^[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?$"),
    "Microsoft.Sql/servers": (1, 63, r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"),
    "Microsoft.Storage/storageAccounts": (3, 24, r"^[a-z0-9]*$"),
    "Microsoft.Storage/storageAccounts/blobServices/containers": (3, 63, rf"^\$root$|^\$web$|{_LOWER}"),
}
"""Names of types that ``TABLE`` says nothing else of: shortest, longest, pattern. Their source is NAMING."""


def of(name: str, located: bool) -> Row:
    """The facts of a type, with what Resource Manager says of every type. located: its body has a location."""
    row = TABLE.get(name, Row())
    if name in NAMES:
        shortest, longest, pattern = NAMES[name]
        row = replace(row, name={"minLength": shortest, "maxLength": longest, "pattern": pattern})
    if located and not any(fact.path == ("location",) for fact in row.create_only):
        row = replace(row, create_only=(Fact(("location",), LOCATION), *row.create_only))
    return row
