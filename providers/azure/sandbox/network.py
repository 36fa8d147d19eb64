"""What Microsoft.Network itself enforces and fills in: address ranges, addresses, the rules that each security group has.

Must not know requests or long operations; it looks at records and refuses, or says what else is seen.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

from providers.azure.sandbox import security, usage
from providers.azure.sandbox.errors import ArmError
from providers.azure.sandbox.world import Record, World

_NS = "Microsoft.Network/"
VNET = f"{_NS}virtualNetworks"
SUBNET = f"{VNET}/subnets"
NSG = f"{_NS}networkSecurityGroups"
RULE = f"{NSG}/securityRules"
PUBLIC_IP = f"{_NS}publicIPAddresses"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# (name, direction, priority, access, source, destination, what it is for): "Network security groups", Azure documentation
_DEFAULT_RULES = (
    (
        "AllowVnetInBound",
        "Inbound",
        65000,
        "Allow",
        "VirtualNetwork",
        "VirtualNetwork",
        "inbound traffic from all VMs in VNET",
    ),
    (
        "AllowAzureLoadBalancerInBound",
        "Inbound",
        65001,
        "Allow",
        "AzureLoadBalancer",
        "*",
        "inbound traffic from azure load balancer",
    ),
    ("DenyAllInBound", "Inbound", 65500, "Deny", "*", "*", "all inbound traffic"),
    (
        "AllowVnetOutBound",
        "Outbound",
        65000,
        "Allow",
        "VirtualNetwork",
        "VirtualNetwork",
        "outbound traffic from all VMs to all VMs in VNET",
    ),
    ("AllowInternetOutBound", "Outbound", 65001, "Allow", "*", "Internet", "outbound traffic from all VMs to Internet"),
    ("DenyAllOutBound", "Outbound", 65500, "Deny", "*", "*", "all outbound traffic"),
)
_HOST = re.compile(r"^[a-z][a-z0-9-]{1,61}[a-z0-9]$")
_LISTS = ("sourcePortRanges", "destinationPortRanges", "sourceAddressPrefixes", "destinationAddressPrefixes")
_SAME_REGION = frozenset({"natGateway", "networkSecurityGroup", "publicIPAddress", "routeTable", "subnet"})


def check(world: World, record: Record, old: Record | None, children: Iterable[Record]) -> None:
    """Refuse what the network provider refuses. children: all that will stand in the record, or None of another type."""
    inside = list(children)
    match record.type:
        case "Microsoft.Network/virtualNetworks":
            subnets = [child for child in inside if child.type == SUBNET]
            _check_vnet(record, subnets)
            for subnet in subnets:
                _check_prefix_kept(world, subnet, world.get(subnet.key))
        case "Microsoft.Network/virtualNetworks/subnets":
            vnet = world.get(record.parent)
            others = [item for item in world.inside(vnet) if item.key != record.key] if vnet else []
            if vnet:
                _check_subnets(vnet, [*(item for item in others if item.type == SUBNET), record], record)
            _check_prefix_kept(world, record, old)
        case "Microsoft.Network/networkSecurityGroups":
            security.check([child for child in inside if child.type == RULE])
        case "Microsoft.Network/networkSecurityGroups/securityRules":
            group = world.get(record.parent)
            others = [item for item in world.inside(group) if item.key != record.key] if group else []
            security.check([*others, record])
        case "Microsoft.Network/publicIPAddresses":
            _check_public_ip(record, old)


def assign(world: World, record: Record, old: Record | None) -> None:
    """Give a record what the service chooses: a static address stays for life."""
    record.assigned = dict(old.assigned) if old else {}
    properties = record.properties
    if record.type == PUBLIC_IP and properties.get("publicIPAllocationMethod") == "Static" and not record.assigned:
        number = world.next_number()
        six = properties.get("publicIPAddressVersion") == "IPv6"
        base = ipaddress.ip_address("2001:db8::" if six else "198.18.128.0")  # never routed; each cloud has a part
        record.assigned = {"ipAddress": str(base + number)}


def spares(child: str, version: str) -> bool:
    """Whether children of a type stay where a PUT of their parent does not name their list at all."""
    # "Azure Virtual Network now supports updates without subnet property" (Azure Networking Blog, 2024)
    return child == SUBNET and version >= "2023-11-01"


def far(path: tuple[str, ...], target: Record, holder: Record) -> bool:
    """Whether a reference needs its target in the same region, and it is in another."""
    known = target.location and holder.location
    return bool(known) and path[-1] in _SAME_REGION and target.location != holder.location


def seen(record: Record, etag: str) -> dict[str, Any]:
    """Read-only properties that the provider makes up: a security group's default rules."""
    if record.type != NSG:
        return {}
    return {"defaultSecurityRules": [_default_rule(record, etag, *rule) for rule in _DEFAULT_RULES]}


def _default_rule(
    group: Record,
    etag: str,
    name: str,
    direction: str,
    priority: int,
    access: str,
    source: str,
    destination: str,
    what: str,
) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "provisioningState": "Succeeded",
        "description": f"{access} {what}",
        "protocol": "*",
        "sourcePortRange": "*",
        "destinationPortRange": "*",
        "sourceAddressPrefix": source,
        "destinationAddressPrefix": destination,
        "access": access,
        "priority": priority,
        "direction": direction,
    }
    return {
        "name": name,
        "id": f"{group.id}/defaultSecurityRules/{name}",
        "etag": etag,
        "type": f"{NSG}/defaultSecurityRules",
        "properties": properties | {field: [] for field in _LISTS},
    }


def _check_vnet(vnet: Record, subnets: list[Record]) -> None:
    prefixes = (vnet.properties.get("addressSpace") or {}).get("addressPrefixes") or []
    if not prefixes:
        raise _empty_prefix(vnet)
    for prefix in prefixes:
        _network(prefix, vnet)
    for subnet in subnets:
        _check_subnets(vnet, subnets, subnet)


def _check_subnets(vnet: Record, subnets: list[Record], one: Record) -> None:
    """One subnet against its network and against its neighbours."""
    space = [_network(text, vnet) for text in vnet.properties["addressSpace"]["addressPrefixes"]]
    ranges = [_network(text, one) for text in _prefixes(one)]
    if not ranges:
        raise _empty_prefix(one)
    for item in ranges:
        _check_size(item, one)
        if not any(_inside(item, whole) for whole in space):
            message = (
                f"Subnet '{one.name}' is not valid because its IP address range is outside the IP address range of virtual "
                f"network '{vnet.name}'."
            )
            raise ArmError(400, "NetcfgSubnetRangeOutsideVnet", message)
    for other in subnets:
        if other.key == one.key:
            continue
        taken = [_network(text, other) for text in _prefixes(other)]
        if any(item.version == known.version and item.overlaps(known) for item in ranges for known in taken):
            message = (
                f"Subnet '{one.name}' is not valid because its IP address range overlaps with that of an existing subnet "
                f"in virtual network '{vnet.name}'."
            )
            raise ArmError(400, "NetcfgSubnetRangesOverlap", message)


def _check_size(item: Network, subnet: Record) -> None:
    """ "What are the smallest and largest subnets": Azure Virtual Network FAQ."""
    if not (2 <= item.prefixlen <= 29 if item.version == 4 else item.prefixlen == 64):
        message = f"Subnet '{subnet.name}' is not valid: its address prefix {item} has a size that is not supported."
        raise ArmError(400, "NetcfgInvalidSubnet", message)


def _check_prefix_kept(world: World, subnet: Record, old: Record | None) -> None:
    if old is None or set(_prefixes(old)) <= set(_prefixes(subnet)):
        return
    if any(True for _ in usage.users(world, old)):
        gone = sorted(set(_prefixes(old)) - set(_prefixes(subnet)))[0]
        message = f"IpPrefix {gone} on Subnet {old.name} has active allocations and cannot be deleted."
        raise ArmError(400, "InUsePrefixCannotBeDeleted", message)


def _prefixes(subnet: Record) -> list[str]:
    properties = subnet.properties
    single = properties.get("addressPrefix")
    return [single] if single else list(properties.get("addressPrefixes") or [])


def _network(text: str, record: Record) -> Network:
    try:
        loose = ipaddress.ip_network(text, strict=False)
    except ValueError:
        loose = None
    if loose is None or "/" not in text:
        message = (
            f"Address prefix {text} of resource {record.id} is not formatted correctly. It should follow CIDR notation, "
            "for example 10.0.0.0/24."
        )
        raise ArmError(400, "InvalidAddressPrefixFormat", message)
    if str(loose.network_address) != str(ipaddress.ip_address(text.split("/")[0])):
        message = (
            f"The address prefix {text} in resource {record.id} has an invalid CIDR notation. For the given prefix length, "
            f"the address prefix should be {loose}."
        )
        raise ArmError(400, "InvalidCIDRNotation", message)
    return loose


def _inside(item: Network, whole: Network) -> bool:
    if isinstance(item, ipaddress.IPv4Network) and isinstance(whole, ipaddress.IPv4Network):
        return item.subnet_of(whole)
    if isinstance(item, ipaddress.IPv6Network) and isinstance(whole, ipaddress.IPv6Network):
        return item.subnet_of(whole)
    return False


def _empty_prefix(record: Record) -> ArmError:
    message = f"Address prefix string for resource {record.id} cannot be null or empty."
    return ArmError(400, "AddressPrefixStringCannotBeNullOrEmpty", message)


def _check_public_ip(record: Record, old: Record | None) -> None:
    name = record.body["sku"]["name"]
    if old and old.body["sku"]["name"] != name:
        message = (
            f"Sku property is set at creation time and cannot be changed from {old.body['sku']['name']} to {name} on "
            f"resource update for resource {record.id}."
        )
        raise ArmError(400, "SkuCannotBeChangedOnUpdate", message)
    if name != "Basic" and record.properties.get("publicIPAllocationMethod") != "Static":
        message = f"Standard sku publicIp {record.id} must have AllocationMethod set to Static."
        raise ArmError(400, "StandardSkuPublicIPAddressesMustBeStatic", message)
    if not 4 <= record.properties.get("idleTimeoutInMinutes", 4) <= 30:
        message = f"Idle timeout of publicIp {record.id} must be between 4 and 30 minutes."
        raise ArmError(400, "PublicIPAddressIdleTimeoutIsInvalid", message)
    label = (record.properties.get("dnsSettings") or {}).get("domainNameLabel")
    if label and not _HOST.fullmatch(label):
        form = f"It must conform to the following regular expression: {_HOST.pattern}."
        message = f"The domain name label {label} is invalid. {form}"
        raise ArmError(400, "InvalidDomainNameLabel", message)
    if old and (old.body.get("zones") or []) != (record.body.get("zones") or []):
        was, wanted = (", ".join(item.body.get("zones") or []) or "NoZone" for item in (old, record))
        message = (
            f"Resource {record.id} has an existing availability zone constraint {was} and the request has availability "
            f"zone constraint {wanted}, which do not match. Zones cannot be added/updated/removed once the resource is "
            "created. The resource cannot be updated from regional to zonal or vice-versa."
        )
        raise ArmError(400, "ResourceAvailabilityZonesCannotBeModified", message)
