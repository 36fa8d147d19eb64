"""Who is in use by whom in Microsoft.Network: what a GET shows of it, and the refusal to delete what is needed.

Must not change anything, nor know requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from providers.azure.sandbox.errors import ArmError, Detail
from providers.azure.sandbox.world import Record, World, references

_NS = "Microsoft.Network/"
SUBNET = f"{_NS}virtualNetworks/subnets"
NSG = f"{_NS}networkSecurityGroups"
PUBLIC_IP = f"{_NS}publicIPAddresses"
_LOOSE = frozenset({"remoteVirtualNetwork"})  # a reference that lets its target go
# type → (property, item of the user that is named): back references that a GET shows
_SEEN: dict[str, tuple[tuple[str, str, bool], ...]] = {
    NSG: (("subnets", SUBNET, True), ("networkInterfaces", f"{_NS}networkInterfaces", True)),
    f"{_NS}routeTables": (("subnets", SUBNET, True),),
    f"{_NS}natGateways": (("subnets", SUBNET, True),),
    SUBNET: (("ipConfigurations", f"{_NS}networkInterfaces", True),),
    PUBLIC_IP: (("ipConfiguration", f"{_NS}networkInterfaces", False),),
}


def check_unused(world: World, record: Record, going: frozenset[str] = frozenset()) -> None:
    """Refuse to delete what is in use. going: keys of what is deleted with it."""
    tree = frozenset(_tree(world, record))
    for part in _records(world, record):
        if not part.type.startswith(_NS):
            continue
        held = [name for name, key in users(world, part) if key not in tree and key not in going]
        if held:
            raise _in_use(part, held)


def seen(world: World, record: Record) -> dict[str, Any]:
    """Read-only properties that follow from other records."""
    found: dict[str, Any] = {}
    for name, user, many in _SEEN.get(record.type, ()):
        named = [{"id": text} for text, key in users(world, record) if _type_of(world, key) == user]
        if named:
            found[name] = named if many else named[0]
    return found


def _in_use(record: Record, held: list[str]) -> ArmError:
    first = held[0]
    match record.type:
        case "Microsoft.Network/virtualNetworks/subnets":
            message = (
                f"Subnet {record.name} is in use by {first} and cannot be deleted. In order to delete the subnet, delete "
                "all the resources within the subnet. See aka.ms/deletesubnet."
            )
            return ArmError(400, "InUseSubnetCannotBeDeleted", message)
        case "Microsoft.Network/networkSecurityGroups":
            message = (
                f"Network security group {record.id} cannot be deleted because it is in use by the following resources: "
                f"{', '.join(held)}. In order to delete the Network security group, remove the association with the "
                "resource(s). To learn how to do this, see aka.ms/deletensg."
            )
            return ArmError(400, "InUseNetworkSecurityGroupCannotBeDeleted", message)
        case "Microsoft.Network/publicIPAddresses":
            message = (
                f"Public IP address {record.id} can not be deleted since it is still allocated to resource {first}. In "
                "order to delete the public IP, disassociate/detach the Public IP address from the resource.  To learn "
                "how to do this, see aka.ms/deletepublicip."
            )
            return ArmError(400, "PublicIPAddressCannotBeDeleted", message)
    kind = record.type.rsplit("/", 1)[1]
    singular = kind[:1].upper() + (kind.removesuffix("es") if kind.endswith("sses") else kind.removesuffix("s"))[1:]
    detail = Detail(f"InUse{singular}CannotBeDeleted", f"{singular} {record.id} is in use by {', '.join(held)}.")
    message = f"{singular} {record.id} is in use and cannot be deleted."
    return ArmError(400, f"InUse{singular}CannotBeDeleted", message, details=(detail,))


def users(world: World, record: Record) -> Iterator[tuple[str, str]]:
    """Who holds a record: the id of the very part that refers to it, and the key of the resource which that is of."""
    for user in world.users(record):
        for path, target in references(user.body):
            if target == record.key and path[-1] not in _LOOSE:
                part = path[1:3] if len(path) > 3 else ()  # a list and the item's name
                yield "/".join((user.id, *part)), user.key


def _type_of(world: World, key: str) -> str:
    found = world.get(key)
    return found.type if found else ""


def _records(world: World, record: Record) -> Iterator[Record]:
    yield record
    for child in world.inside(record):
        yield from _records(world, child)


def _tree(world: World, record: Record) -> Iterator[str]:
    return (part.key for part in _records(world, record))
