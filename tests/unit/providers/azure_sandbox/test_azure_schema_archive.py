"""The committed archive is what the pinned wheels give, and says what Azure publishes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from providers.azure.schema import ARCHIVE, archive, arm_path
from providers.azure.schema.compile import main
from providers.azure.schema.kept import NAMES, TABLE
from providers.azure.schema.sdk_models import read_models
from provisioner.model.fault import UnknownTypeError

VNET = "Microsoft.Network/virtualNetworks"
SUBNET = f"{VNET}/subnets"
NSG = "Microsoft.Network/networkSecurityGroups"
PUBLIC_IP = "Microsoft.Network/publicIPAddresses"
GROUP = "Microsoft.Resources/resourceGroups"


def test_committed_archive_is_what_the_wheels_give(tmp_path: Path) -> None:
    again = tmp_path / "archive.zip"
    main(again)
    assert again.read_bytes() == ARCHIVE.read_bytes(), "run `make schemas` and commit the result"
    assert ARCHIVE.stat().st_size < 1_500_000


@pytest.mark.parametrize("name", archive().names())
def test_every_entry_is_self_contained(name: str) -> None:
    entry = archive().entry(name)
    jsonschema_rs.validator_for(entry["schema"])  # every reference resolves, every keyword is legal
    reached = set()
    todo = [{key: value for key, value in entry["schema"].items() if key != "$defs"}]
    while todo:
        for ref in _refs(todo.pop()):
            if ref not in reached:
                reached.add(ref)
                todo.append(entry["schema"]["$defs"][ref])
    assert reached == set(entry["schema"].get("$defs", {}))
    cloud = entry["cloud"]
    assert {"api_version", "path", "scope", "parent", "methods", "children", "name", "defaults"} <= set(cloud)
    assert {"put"} <= set(cloud["methods"])
    assert cloud["scope"] in ("resourceGroup", "subscription", "managementGroup", "tenant", "extension")
    for path in entry.get("create_only", []):
        assert path not in entry.get("read_only", [])


def _refs(node: Any) -> set[str]:
    return {part.split('"')[0] for part in json.dumps(node).split('"$ref": "#/$defs/')[1:]}


def valid(name: str, body: dict[str, Any]) -> list[str]:
    validator = jsonschema_rs.validator_for(archive().entry(name)["schema"])
    return sorted(
        "/".join(map(str, error.instance_path)) + " " + error.message for error in validator.iter_errors(body)
    )


def test_bodies_are_as_the_rest_reference_writes_them() -> None:
    assert not valid(GROUP, {"location": "westeurope", "tags": {"a": "b"}})
    properties = {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24", "networkSecurityGroup": {"id": "x"}}}],
    }
    assert not valid(VNET, {"location": "westeurope", "properties": properties})
    (wrong,) = valid(VNET, {"location": "westeurope", "properties": {**properties, "adressSpace": {}}})
    assert "adressSpace" in wrong and wrong.startswith("properties ")
    (wrong,) = valid(VNET, {"location": "x", "properties": {"enableDdosProtection": "yes"}})
    assert "boolean" in wrong
    (wrong,) = valid(PUBLIC_IP, {"sku": {"name": "Standard"}})
    assert "location" in wrong


def test_enums_of_the_sdk_are_open_with_known_values_kept() -> None:
    schema = archive().entry(PUBLIC_IP)["schema"]
    name = schema["$defs"]["PublicIPAddressSku"]["properties"]["name"]
    assert set(name["examples"]) >= {"Basic", "Standard"} and "enum" not in name
    assert not valid(PUBLIC_IP, {"location": "x", "sku": {"name": "NotYetKnown"}})


def test_facts_of_the_first_types() -> None:
    entries = {name: archive().entry(name) for name in (GROUP, VNET, SUBNET, NSG, PUBLIC_IP)}
    for name, entry in entries.items():
        assert (["location"] in entry.get("create_only", [])) is (name != SUBNET)
        assert ["properties", "provisioningState"] in entry["read_only"]
        assert entry["cloud"]["name"]["pattern"]
    assert entries[PUBLIC_IP]["create_only"] == [
        ["extendedLocation"],
        ["location"],
        ["properties", "ipTags"],
        ["properties", "publicIPAddressVersion"],
        ["properties", "publicIPPrefix"],
        ["sku"],
        ["zones"],
    ]
    assert entries[SUBNET]["cloud"]["parent"] == VNET
    assert entries[VNET]["cloud"]["children"]["properties/subnets"] == SUBNET
    assert entries[NSG]["cloud"]["children"] == {"properties/securityRules": f"{NSG}/securityRules"}
    assert entries[VNET]["cloud"]["methods"]["put"] == {"status": [200, 201], "lro": "azure-async-operation"}
    assert entries[VNET]["cloud"]["methods"]["delete"] == {"status": [200, 202, 204], "lro": "location"}
    assert entries[GROUP]["cloud"]["methods"]["delete"] == {"status": [200, 202], "lro": "location"}
    assert entries[GROUP]["cloud"]["scope"] == "subscription"


def test_kept_facts_name_types_and_paths_that_exist() -> None:
    for name, row in TABLE.items():
        schema = archive().entry(name)["schema"]
        for fact in (*row.create_only, *row.read_only, *row.required, *row.defaults):
            node = schema
            for part in fact.path:
                if "$ref" in node:
                    node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
                assert part in node["properties"], (name, fact.path)
                node = node["properties"][part]
            assert fact.source


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("Microsoft.Storage/storageAccounts", "abc123", "a-b-c"),
        ("Microsoft.Storage/storageAccounts/blobServices/containers", "$web", "a--b"),
        ("Microsoft.KeyVault/vaults", "my-vault1", "1vault"),
        ("Microsoft.ContainerService/managedClusters", "my_cluster-1", "cluster-"),
        ("Microsoft.Compute/disks", "_os.disk-1_", "disk-"),
    ],
)
def test_kept_names_are_of_types_that_exist_and_tell_good_from_bad(name: str, good: str, bad: str) -> None:
    assert set(NAMES) <= set(archive().names()) and not set(NAMES) & set(TABLE)
    rules = archive().entry(name)["cloud"]["name"]
    assert re.search(rules["pattern"], good) and not re.search(rules["pattern"], bad)


def test_unknown_type_names_near_ones() -> None:
    with pytest.raises(UnknownTypeError) as caught:
        archive().entry("Microsoft.Network/virtualNetwork")
    assert VNET in caught.value.near


def test_msrest_generation_is_put_back_beneath_properties() -> None:
    entry = archive().entry("Microsoft.ResourceGraph/queries")
    assert not valid(entry["name"], {"location": "x", "properties": {"query": "resources"}})
    assert valid(entry["name"], {"properties": {"nonsense": 1}})
    assert {tuple(path) for path in entry["read_only"]} >= {("id",), ("properties", "timeModified")}
    assert entry["cloud"]["name"]["pattern"] == r"^[^<>&:\?]*$"


def test_what_only_a_read_gives_can_be_referred_to_and_not_set() -> None:
    entry = archive().entry("Microsoft.Storage/storageAccounts")  # one model is put, another is read
    assert {("properties", "primaryEndpoints"), ("properties", "creationTime")} <= {
        tuple(p) for p in entry["read_only"]
    }
    assert entry["schema"]["required"] == ["kind", "location", "sku"]


def test_a_placeholder_for_the_type_is_every_type_it_stands_for() -> None:
    assert not valid(
        "Microsoft.Network/dnsZones/A", {"properties": {"TTL": 60, "ARecords": [{"ipv4Address": "192.0.2.1"}]}}
    )
    assert (
        "/privateDnsZones/{privateZoneName}/CNAME/"
        in archive().entry("Microsoft.Network/privateDnsZones/CNAME")["cloud"]["path"]
    )
    assert "Microsoft.Network/trafficmanagerprofiles/AzureEndpoints" in archive()


def test_a_body_of_several_forms_has_what_any_form_has() -> None:
    name = "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules"
    rule = {"access": "Deny", "direction": "Inbound", "priority": 1, "protocol": "Any"}
    assert not valid(name, {"kind": "Custom", "properties": rule})
    assert valid(name, {"kind": "Custom", "properties": {**rule, "acces": "Deny"}})


def test_a_type_without_a_body_can_be_put() -> None:
    entry = archive().entry("Microsoft.Sql/servers/dnsAliases")
    assert all(field["readOnly"] for field in entry["schema"]["properties"].values())


MSREST = '''
class Shape(_serialization.Model):
    """A shape. More words.

    :ivar kind: What it is. Known
     values are: "Circle".
    :vartype kind: str
    :ivar label: Required. Gets or sets how `it`
     is called.
    """

    _validation = {"kind": {"required": True}, "area": {"readonly": True}, "label": {"required": True, "max_length": 5}}
    _attribute_map = {
        "kind": {"key": "kind", "type": "str"},
        "area": {"key": "properties.size.area", "type": "float"},
        "label": {"key": "properties.label", "type": "str"},
        "dotted": {"key": "a\\\\.b", "type": "[{int}]"},
    }
    _subtype_map = {"kind": {"Circle": "Circle"}}

    def __init__(self, *, label: Union[str, "_models.Label"], **kwargs): ...


class Circle(Shape):
    """A circle."""

    _attribute_map = {"kind": {"key": "kind", "type": "str"}, "twin": {"key": "twin", "type": "Shape"}}
'''


def test_msrest_models(tmp_path: Path) -> None:
    (tmp_path / "_models_py3.py").write_text(MSREST)
    (tmp_path / "_x_enums.py").write_text('class Label(str, Enum):\n    A = "Aa"\n    """Doc."""\n    B = "Bb"\n')
    models = read_models(tmp_path)
    shape, inner, circle = models["Shape"], models["Shape.properties"], models["Circle"]
    assert (shape.title, shape.discriminator) == ("A shape", "kind")
    assert (circle.value, circle.discriminator) == ("Circle", "kind")
    assert shape.fields["properties"].required and inner.fields["label"].required
    label = {"type": "string", "examples": ["Aa", "Bb"], "maxLength": 5, "description": "How `it` is called"}
    assert inner.fields["label"].schema == label
    assert shape.fields["kind"].schema["description"] == "What it is"
    assert models["Shape.properties.size"].fields["area"].read_only
    items = {"type": "object", "additionalProperties": {"type": "integer"}}
    assert shape.fields["a.b"].schema == {"type": "array", "items": items}
    assert circle.fields["twin"].schema == {"$ref": "#/$defs/Shape"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("/subscriptions/{s}/resourcegroups/{g}", (GROUP, "subscription", "")),
        ("/subscriptions/{s}/resourceGroups/{g}/providers/A.B/cs/{c}", ("A.B/cs", "resourceGroup", "")),
        (
            "/subscriptions/{s}/resourceGroups/{g}/providers/A.B/cs/{c}/ds/default",
            ("A.B/cs/ds", "resourceGroup", "A.B/cs"),
        ),
        ("/{scope}/providers/A.B/cs/{c}", ("A.B/cs", "extension", "")),
        ("/subscriptions/{s}/providers/A.B/cs/{c}", ("A.B/cs", "subscription", "")),
        ("/providers/A.B/cs/{c}", ("A.B/cs", "tenant", "")),
        (
            "/providers/Microsoft.Management/managementGroups/{m}/providers/A.B/cs/{c}",
            ("A.B/cs", "managementGroup", ""),
        ),
        ("/subscriptions/{s}/resourceGroups/{g}/providers/A.B/cs/{c}/start", None),
        ("/subscriptions/{s}/tagNames/{t}", None),
        ("/{resourceId}", None),
    ],
)
def test_paths(template: str, expected: tuple[str, str, str] | None) -> None:
    found = arm_path.parse(template)
    assert (found and (found.type, found.scope, found.parent)) == expected
