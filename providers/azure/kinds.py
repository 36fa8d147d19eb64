"""Resource types of ARM out of the archive: which keys make the body, what is compared how, who can be tagged.

It must not send requests, and holds no knowledge of single types beyond the small tables at its top.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from providers.azure.ids import GROUPS, TypeName
from providers.kit.archive import base_type, paths
from provisioner.model.resource_type import (
    Child,
    Condition,
    Effect,
    EffectKind,
    Equality,
    Ownership,
    ResourceType,
    Sameness,
    TagField,
)
from provisioner.model.value import EMPTY, Map, Path, Value, freeze

ENVELOPE = ("location", "tags", "sku", "kind", "identity", "zones", "plan", "managedBy", "extendedLocation")
"""ARM's keys beside ``properties``, as its templates have them; a few types have more (``placement``)."""

_PLACES = ("name", "scope", "parent")
_SCOPE_OF = {
    "resourceGroup": "Its resource group: a name, an id or a ref",
    "subscription": "Its subscription, where it is not the place's",
    "managementGroup": "Its management group's id",
}
_ANY_SCOPE = "The id or a ref of what it belongs to: a resource, a resource group, a subscription"
_SETTLES = 30.0  # seconds; ARM's caches of other regions may not know a new object for as long

# Lists whose order ARM does not keep, by the field's name; others (DNS servers, say) mean their order.
_UNORDERED = frozenset(
    {
        "zones",
        "locations",
        "addressPrefixes",
        "sourceAddressPrefixes",
        "destinationAddressPrefixes",
        "sourcePortRanges",
        "destinationPortRanges",
    }
)
_RANGES = frozenset(
    {
        "addressPrefix",
        "addressPrefixes",
        "sourceAddressPrefix",
        "sourceAddressPrefixes",
        "destinationAddressPrefix",
        "destinationAddressPrefixes",
    }
)

# What no two objects in one parent can have. By type.
_UNIQUE: Mapping[str, tuple[tuple[Path, ...], ...]] = {
    "Microsoft.Network/virtualNetworks/subnets": (  # NetcfgSubnetRangesOverlap
        (("properties", "addressPrefix"),),
        (("properties", "addressPrefixes"),),
    ),
}

# "Enabling this functionality is irreversible" and the like, in the models of azure-mgmt-keyvault and azure-mgmt-storage.
_NO_WAY_BACK: Mapping[str, tuple[tuple[str, Value], ...]] = {
    "Microsoft.KeyVault/vaults": (("enablePurgeProtection", True), ("enableSoftDelete", True)),
    "Microsoft.KeyVault/managedHSMs": (("enablePurgeProtection", True), ("enableSoftDelete", True)),
    "Microsoft.Storage/storageAccounts": (("largeFileSharesState", "Enabled"),),
}

# What an object has from its birth on, by the name of a read-only property; the first that a type has counts.
_BORN = ("resourceGuid", "vmId", "uniqueId", "creationTime", "timeCreated", "createdAt")

# Types whose deletion loses data that nothing can put back.
_DATA_STORES = (
    "Microsoft.Storage/storageAccounts",
    "Microsoft.AppConfiguration/configurationStores",
    "Microsoft.Compute/galleries",
    "Microsoft.Compute/images",
    "Microsoft.Insights/components",
    "Microsoft.KeyVault/managedHSMs",
    "Microsoft.Kusto/clusters",
    "Microsoft.MachineLearningServices/workspaces",
    "Microsoft.Network/dnsZones",
    "Microsoft.Network/privateDnsZones",
    "Microsoft.Search/searchServices",
    "Microsoft.Sql/servers",
    "Microsoft.Sql/managedInstances",
    "Microsoft.Synapse/workspaces",
    "Microsoft.DBforPostgreSQL/",
    "Microsoft.DBforMySQL/",
    "Microsoft.DocumentDB/",
    "Microsoft.Compute/disks",
    "Microsoft.Compute/snapshots",
    "Microsoft.KeyVault/vaults",
    "Microsoft.Cache/",
    "Microsoft.NetApp/",
    "Microsoft.RecoveryServices/vaults",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.EventHub/namespaces",
    "Microsoft.ServiceBus/namespaces",
)


# Where its value says that a disk goes with its machine.
_DISKS = "properties", "storageProfile"
_DATA_WITHIN: Mapping[str, tuple[tuple[Path, tuple[Value, ...]], ...]] = {
    "Microsoft.Compute/virtualMachines": (
        ((*_DISKS, "osDisk", "deleteOption"), ("Delete",)),
        ((*_DISKS, "dataDisks", "*", "deleteOption"), ("Delete",)),
    )
}
# Beneath such a type: what only says how it is used, and holds nothing itself.
_SETTINGS = re.compile(
    r"(Polic|Rule|Setting|Config|Connection|Assignment|Definition|Link|Administrator|Key$|Protector|Option)", re.I
)


def _stores_data(name: str) -> bool:
    store = name.startswith(_DATA_STORES)
    return store and not (name.count("/") > 1 and _SETTINGS.search(name.rpartition("/")[2]))


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource type with what only this provider reads: how ARM is asked for it.

    scope: ``resourceGroup``, ``subscription``, ``extension``… as the archive says · methods: ``get``, ``put``, ``patch``,
    ``list``, ``list_all``… · name_rules: JSON Schema words for its name.
    """

    type: ResourceType
    api_version: str
    scope: str
    methods: frozenset[str]
    name_rules: Map = EMPTY

    @property
    def taggable(self) -> bool:
        """Whether its objects carry tags, which ARM gives to what it tracks."""
        return self.type.tags is not None


_STATE = ("properties", "provisioningState")


def _once(name: str, value: Value) -> Effect:
    """The effect of a change of a property that can be given this value and no other afterwards."""
    path = ("properties", name)
    return Effect(path, EffectKind.REFUSE, (Condition(path, "before", "equals", value),))


def build(entry: Mapping[str, Any], api_version: str = "") -> Kind:
    """The kind that an archive's entry describes; ``api_version`` replaces the compiled one."""
    cloud = entry.get("cloud", {})
    version = api_version or cloud.get("api_version") or entry.get("version", "")
    schema = entry.get("schema", {})
    fields = schema.get("properties", {})
    tagged = "tags" in fields
    name = TypeName.parse(entry["name"])
    equalities = tuple(_equalities(schema))
    children = tuple(Child(tuple(path.split("/")), child) for path, child in cloud.get("children", {}).items())
    kind = base_type(
        entry,
        "azure",
        version=version,
        service=name.namespace,
        body_keys=_body_keys(fields),
        place_keys=_PLACES,
        place_schema=freeze(_place_schema(name, cloud)),
        effects=tuple(_once(name, value) for name, value in _NO_WAY_BACK.get(str(name), ())),
        equalities=equalities,
        defaults=tuple((tuple(path), freeze(value)) for path, value in cloud.get("defaults", ())),
        natural_key=(("name",),),
        unique=_UNIQUE.get(str(name), ()),
        tags=TagField(("tags",), "map") if tagged else None,
        ownership=Ownership.TAGGED if tagged else Ownership.LEDGER,
        encloses=str(name) == GROUPS,
        creates_over=True,
        visible_within=_SETTLES,
        data_store=_stores_data(str(name)),
        data_within=_DATA_WITHIN.get(str(name), ()),
        changes_with=(_STATE,),
        broken_when=((_STATE, ("Failed", "Canceled")),),
        children=children,
        born=_born(paths(entry, "read_only")) if tagged else (),
    )
    rules = freeze(cloud.get("name", {}))
    return Kind(kind, version, str(cloud.get("scope", "")), frozenset(cloud.get("methods", ())), rules)


def _born(read_only: tuple[Path, ...]) -> tuple[Path, ...]:
    return next(((path,) for name in _BORN if (path := ("properties", name)) in read_only), ())


def bare(name: TypeName) -> Kind:
    """The kind of a type that no archive has, as ARM calls all of its types. Nobody knows whether it takes tags, so its objects
    are owned by the ledger; nor whether it has a location, so it gets none that its entry does not write."""
    text: dict[str, Any] = {"type": "string"}
    fields: dict[str, Any] = {key: {} for key in ENVELOPE if key != "location"}
    schema = {
        "type": "object",
        "properties": {"id": {**text, "readOnly": True}, **fields, "properties": {"type": "object"}},
    }
    of_all = {"methods": ["get", "put", "delete"]}
    kind = build({"name": f"{name}@{name.api_version}", "schema": schema, "cloud": of_all}, name.api_version)
    keys = (*kind.type.body_keys[:-1], "location", "properties")
    same = (*kind.type.equalities, Equality(("location",), Sameness.LOCATION))
    found = replace(kind.type, body_keys=keys, equalities=same, tags=None, ownership=Ownership.LEDGER)
    return replace(kind, type=found)


def _body_keys(fields: Mapping[str, Any]) -> tuple[str, ...]:
    own = [key for key, schema in fields.items() if not schema.get("readOnly") and key not in _PLACES]
    return (*dict.fromkeys((*(key for key in ENVELOPE if key in fields), *own, "properties")),)


def _place_schema(name: TypeName, cloud: Mapping[str, Any]) -> dict[str, Any]:
    """What must stand beside the body, and how. A fixed name is told as an example: ARM takes it in any case."""
    rules = {key: value for key, value in cloud.get("name", {}).items() if key != "const"}
    fixed = {"examples": [cloud["name"]["const"]]} if "const" in cloud.get("name", {}) else {}
    within = {
        "name": {"type": "string", "minLength": 1, **rules, **fixed, "description": "The last segment of its id"},
        "scope": {"type": "string", "description": _SCOPE_OF.get(str(cloud.get("scope")), _ANY_SCOPE)},
        "parent": {
            "type": "string",
            "format": str(name.parent),
            "description": f"Its {name.parent}: an id, or a name with scope beside it",
        },
    }
    if cloud.get("scope") == "resourceGroup":
        within["scope"]["format"] = GROUPS
    if name.parent is None:
        within.pop("parent")
        needed = ["name"] if cloud.get("scope") == "subscription" else ["name", "scope"]
    else:
        needed = ["name", "parent"]
        within["parent"]["examples"] = [_example(str(cloud.get("path", "")))]
    return {"type": "object", "properties": within, "required": needed}


def _example(path: str) -> str:
    """The id of a parent, by the template of its child."""
    above = re.sub(r"^/\{\w+\}", "", path.rsplit("/", 2)[0])
    return re.sub(r"\{\w+\}", "example", above.replace("{subscriptionId}", str(uuid.UUID(int=0))))


@dataclass(frozen=True, slots=True)
class _Node:
    """A place in a schema. ``seen`` are the definitions above it, so that recursive ones end."""

    path: Path
    schema: Mapping[str, Any]
    seen: frozenset[str] = frozenset()


def _nodes(root: Mapping[str, Any]) -> Iterator[_Node]:
    """Every place of a schema that an entry can set and that is compared by itself, outermost first."""
    definitions = root.get("$defs", {})
    waiting = [_Node((), root)]
    while waiting:
        node = _resolved(waiting.pop(), definitions)
        if node is None or node.schema.get("readOnly"):
            continue
        yield node
        fields: Mapping[str, Any] = node.schema.get("properties", {})
        if len(node.path) > 1 and _names_another(node, fields):
            fields = {"id": fields["id"]}  # the rest is that object's own business
        waiting += [_Node((*node.path, key), inner, node.seen) for key, inner in fields.items()]
        if isinstance(node.schema.get("items"), Mapping):
            waiting.append(_Node((*node.path, "*"), node.schema["items"], node.seen))
        for branch in (*node.schema.get("oneOf", ()), *node.schema.get("anyOf", ()), *node.schema.get("allOf", ())):
            waiting.append(_Node(node.path, branch, node.seen))


def _names_another(node: _Node, fields: Mapping[str, Any]) -> bool:
    """Whether what stands here is an object of its own, of which an entry writes no more than the id."""
    return "id" in fields and (node.path[-1] != "*" or "location" in fields)


def _resolved(node: _Node, definitions: Mapping[str, Any]) -> _Node | None:
    """The node behind its reference; None where that definition encloses itself."""
    reference = node.schema.get("$ref")
    if reference is None:
        return node
    name = str(reference).rpartition("/")[2]
    if name in node.seen:
        return None
    beside = {key: value for key, value in node.schema.items() if key != "$ref"}
    return _resolved(_Node(node.path, {**definitions.get(name, {}), **beside}, node.seen | {name}), definitions)


def _equalities(root: Mapping[str, Any]) -> Iterator[Equality]:
    """How the values of a schema are compared, by their names and shapes: ARM is uniform enough for that."""
    given: set[Path] = set()
    for node in _nodes(root):
        found = _equality(node, root.get("$defs", {}))
        if found is None or found.path in given:
            continue
        given.add(found.path)
        yield found
        if found.key:
            yield Equality((*found.path, "*", found.key), Sameness.CASE)  # names are one name in any case


def _equality(node: _Node, definitions: Mapping[str, Any]) -> Equality | None:
    path, schema = node.path, node.schema
    if not path:
        return None
    name = str(path[-1]) if path[-1] != "*" else str(path[-2])
    if schema.get("type") == "array":
        item = _resolved(_Node((), schema.get("items", {})), definitions)
        fields = item.schema.get("properties", {}) if item else {}
        if "name" in fields and "location" not in fields and not fields["name"].get("readOnly"):
            return Equality(path, Sameness.KEYED, "name")
        if "id" in fields:
            return Equality(path, Sameness.UNORDERED)
        return Equality(path, Sameness.UNORDERED) if name in _UNORDERED else None
    if schema.get("type", "string") != "string":
        return None
    if name == "location" and len(path) == 1:
        return Equality(path, Sameness.LOCATION)
    if name in _RANGES:
        return Equality(path, Sameness.CIDR)
    textual = schema.get("examples") or schema.get("enum") or name == "id" or name.endswith(("Id", "ResourceId"))
    return Equality(path, Sameness.CASE) if textual else None
