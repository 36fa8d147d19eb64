"""How what exists looks in an answer: the one place that forms resource bodies. Must not change anything."""

from __future__ import annotations

from typing import Any

from providers.azure.sandbox import catalog, network, usage
from providers.azure.sandbox.world import GROUP, Record, World


def body(world: World, record: Record) -> dict[str, Any]:
    """The whole body of a resource or resource group."""
    return _group(record) if record.type == GROUP else _resource(world, record)


def _group(record: Record) -> dict[str, Any]:
    rest: dict[str, Any] = {name: item for name, item in record.body.items() if name != "properties"}
    properties = {"provisioningState": record.state}
    return {"id": record.id, "name": record.name, "type": GROUP, **rest, "properties": properties}


def _resource(world: World, record: Record) -> dict[str, Any]:
    kind = catalog.known(record.type)
    assert kind is not None
    out: dict[str, Any] = {"name": record.name, "id": record.id}
    if "etag" in kind.members:
        out["etag"] = world.root(record).etag
    if "type" in kind.members:
        out["type"] = record.type
    out |= {name: item for name, item in record.body.items() if name != "properties"}
    properties: dict[str, Any] = {}
    if "provisioningState" in kind.properties:
        properties["provisioningState"] = record.state
    if "resourceGuid" in kind.properties:
        properties["resourceGuid"] = record.guid
    properties |= record.properties
    for field, child in kind.children.items():
        properties[field] = [_resource(world, item) for item in world.inside(record) if item.type == child]
    properties |= record.assigned
    properties |= usage.seen(world, record) | network.seen(record, out.get("etag", ""))
    return out | ({"properties": properties} if "properties" in kind.members else {})


def summary(record: Record) -> dict[str, Any]:
    """A resource in ``/resources``: the envelope, no properties."""
    rest = {name: item for name, item in record.body.items() if name not in ("properties", "etag")}
    return {"id": record.id, "name": record.name, "type": record.type, **rest}


def graph_row(world: World, record: Record, tenant: str) -> dict[str, Any]:
    """A resource as Resource Graph keeps it: types and groups in lower case, every column there."""
    full = body(world, record)
    kind = "microsoft.resources/subscriptions/resourcegroups" if record.type == GROUP else record.type.lower()
    row: dict[str, Any] = {
        "id": record.id,
        "name": record.name,
        "type": kind,
        "tenantId": tenant,
        "kind": full.get("kind", ""),
        "location": record.location,
        "resourceGroup": record.group.lower(),
        "subscriptionId": record.subscription,
        "managedBy": full.get("managedBy", ""),
        "properties": full.get("properties", {}),
    }
    optional = ("sku", "plan", "tags", "identity", "zones", "extendedLocation")
    return row | {name: full.get(name) for name in optional}
