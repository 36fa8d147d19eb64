"""Ids, types and what is wanted: all that needs no endpoint."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from azure_rig import ADDRESS, GROUP, NETWORK, RULES, SUBNET, SUBSCRIPTION, Azure

from providers.azure import ids
from providers.azure.provider import AzureProvider
from provisioner.model.fault import UnknownTypeError
from provisioner.model.place import Place
from provisioner.model.problem import OrchError
from provisioner.model.resource import Options, Resource
from provisioner.model.resource_type import Ownership, Sameness
from provisioner.model.source import Source
from provisioner.model.value import Map, Reference, freeze

ROOT = f"/subscriptions/{SUBSCRIPTION}"
IN_RG = f"{ROOT}/resourceGroups/rg/providers"


@pytest.fixture(scope="module")
def azure() -> Azure:
    return Azure("", default_tags=Map({"team": "net", "env": "test"}))


def identity(azure: Azure, type_name: str, **within: Any) -> str | None:
    entry = Resource("x", type_name, azure.place, Map(), freeze(within), source=Source("b.yaml", 7))
    return azure.provider.normalize(entry).identity


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        (NETWORK, True),
        (f"{SUBNET}@2024-05-01", True),
        ("Microsoft.Foo/bars@2024-01-01-preview", True),
        ("Dynatrace.Observability/monitors", True),
        ("compute.googleapis.com/Network", False),
        ("AWS::EC2::VPC", False),
        ("Microsoft.Network", False),
    ],
)
def test_the_pattern_knows_arm_types(name: str, fits: bool) -> None:
    assert bool(re.fullmatch(AzureProvider.type_pattern, name)) is fits


def test_an_unknown_type_names_near_ones(azure: Azure) -> None:
    with pytest.raises(UnknownTypeError) as caught:
        azure.provider.resource_type("Microsoft.Network/virtualNetwork")
    assert caught.value.near[0] == NETWORK


def test_an_api_version_replaces_the_compiled_one(azure: Azure) -> None:
    kind = azure.provider.resource_type(f"{NETWORK}@2024-05-01")
    assert (kind.name, kind.version) == (NETWORK, "2024-05-01")
    assert azure.provider.resource_type(NETWORK).version != "2024-05-01"


def test_a_type_says_what_can_be_tagged_and_what_makes_its_body(azure: Azure) -> None:
    network, subnet = azure.provider.resource_type(NETWORK), azure.provider.resource_type(SUBNET)
    assert network.ownership is Ownership.TAGGED and network.tags and network.tags.shape == "map"
    assert subnet.ownership is Ownership.LEDGER and subnet.tags is None
    assert "location" in network.body_keys and subnet.body_keys == ("properties",)
    assert "sku" in azure.provider.resource_type(ADDRESS).body_keys
    assert network.creates_over and network.natural_key == (("name",),) and network.service == "Microsoft.Network"
    assert network.is_read_only(("id",)) and network.is_read_only(("properties", "provisioningState"))


@pytest.mark.parametrize(
    ("type_name", "path", "sameness"),
    [
        (NETWORK, ("location",), Sameness.LOCATION),
        (NETWORK, ("properties", "addressSpace", "addressPrefixes"), Sameness.UNORDERED),
        (NETWORK, ("properties", "addressSpace", "addressPrefixes", 0), Sameness.CIDR),
        (NETWORK, ("properties", "subnets"), Sameness.KEYED),
        (NETWORK, ("properties", "dhcpOptions", "dnsServers"), None),
        (SUBNET, ("properties", "addressPrefix"), Sameness.CIDR),
        (SUBNET, ("properties", "networkSecurityGroup", "id"), Sameness.CASE),
        (RULES, ("properties", "securityRules"), Sameness.KEYED),
        (RULES, ("properties", "securityRules", 0, "name"), Sameness.CASE),
        (RULES, ("properties", "securityRules", 0, "properties", "protocol"), Sameness.CASE),
        (
            RULES,
            ("properties", "securityRules", 0, "properties", "sourceApplicationSecurityGroups"),
            Sameness.UNORDERED,
        ),
        (ADDRESS, ("zones",), Sameness.UNORDERED),
        (ADDRESS, ("sku", "name"), Sameness.CASE),
        (ADDRESS, ("tags", "env"), None),
    ],
)
def test_values_are_compared_as_arm_means_them(
    azure: Azure, type_name: str, path: tuple[str | int, ...], sameness: Sameness | None
) -> None:
    rule = azure.provider.resource_type(type_name).equality(path)
    assert (rule.sameness if rule else None) is sameness


def test_every_type_of_the_archive_is_readable_and_no_rule_list_grows_wild(azure: Azure) -> None:
    for name in azure.provider.type_names():
        kind = azure.provider.resource_type(name)
        assert kind.version and kind.body_keys[-1] == "properties"
        assert len(kind.equalities) < 600, name


def test_names_decide_the_id(azure: Azure) -> None:
    network = f"{IN_RG}/{NETWORK}/vn"
    assert identity(azure, GROUP, name="rg") == f"{ROOT}/resourceGroups/rg"
    assert identity(azure, NETWORK, name="vn", scope="rg") == network
    assert identity(azure, NETWORK, name="vn", scope=f"{ROOT}/resourcegroups/rg") == network
    assert identity(azure, SUBNET, name="a", parent=network) == f"{network}/subnets/a"
    assert identity(azure, SUBNET, name="a", parent="vn", scope="rg") == f"{network}/subnets/a"
    assert identity(azure, NETWORK, name="vn", scope=Reference("rg")) is None
    assert identity(azure, SUBNET, name="a", parent=Reference("vn")) is None
    assert identity(azure, GROUP, name=Reference("x", ("name",))) is None


@pytest.mark.parametrize(
    ("type_name", "within", "says"),
    [
        (NETWORK, {"name": "vn"}, "needs its resource group"),
        (SUBNET, {"name": "sn"}, "needs its parent"),
        (SUBNET, {"name": "sn", "parent": "vn"}, "bare name"),
        (SUBNET, {"name": "sn", "parent": f"{ROOT}/resourceGroups/rg"}, "is no Microsoft.Network/virtualNetworks"),
        (NETWORK, {"scope": "rg"}, "name is missing"),
        (NETWORK, {"name": "vn/sn", "scope": "rg"}, "has a slash"),
        (NETWORK, {"name": "v", "scope": "rg"}, "must have 2 to 64 characters"),
        (NETWORK, {"name": "-vn", "scope": "rg"}, "does not match"),
        (NETWORK, {"name": "vn", "scope": ROOT}, "is no resource group"),
        (NETWORK, {"name": "vn", "scope": "/subscriptions/other/resourceGroups/rg"}, "lies outside place az"),
    ],
)
def test_what_cannot_be_placed_says_where_and_what_to_write(
    azure: Azure, type_name: str, within: dict[str, Any], says: str
) -> None:
    with pytest.raises(OrchError, match="b.yaml:7: .*" + re.escape(says)):
        identity(azure, type_name, **within)


def test_location_and_tags_come_from_the_place(azure: Azure) -> None:
    want = azure.want(NETWORK, "vn", {"tags": {"env": "prod"}}, scope="rg")
    assert want.body == {"location": "westeurope", "tags": {"team": "net", "env": "prod"}}
    elsewhere = azure.want(NETWORK, "vn", {"location": "North Europe"}, scope="rg")
    assert elsewhere.body["location"] == "northeurope"
    assert azure.want(SUBNET, "sn", {}, parent="vn", scope="rg").body == {}
    assert azure.provider.normalize(want) == want


def test_a_place_without_region_needs_a_location() -> None:
    nowhere = Place("az", "azure", SUBSCRIPTION)
    with pytest.raises(OrchError, match="location is missing"):
        AzureProvider().normalize(Resource("x", GROUP, nowhere, Map(), Map({"name": "rg"})))


def test_an_illegal_tag_is_an_error(azure: Azure) -> None:
    (problem,) = azure.provider.refusals(azure.want(GROUP, "rg", {"tags": {"a/b": "c"}}))
    assert problem.message == "tag 'a/b' has a name that Azure refuses"


@pytest.mark.parametrize(
    "spelled",
    [
        f"/SUBSCRIPTIONS/{SUBSCRIPTION}/resourcegroups/rg/PROVIDERS/microsoft.network/VIRTUALNETWORKS/vn/Subnets/a",
        f"{IN_RG}/{NETWORK}/vn/subnets/a",
    ],
)
def test_ids_have_one_spelling(spelled: str) -> None:
    assert ids.canonical(spelled, SUBNET, SUBSCRIPTION) == f"{IN_RG}/{NETWORK}/vn/subnets/a"


def test_an_extension_keeps_the_id_that_it_extends() -> None:
    extended = f"{IN_RG}/{NETWORK}/vn/providers/Microsoft.Authorization/locks/l"
    assert ids.canonical(extended.replace("locks", "LOCKS"), "Microsoft.Authorization/locks", SUBSCRIPTION) == extended
    assert ids.type_of(extended) == "Microsoft.Authorization/locks"


def test_types_and_names_need_no_sdk() -> None:
    code = (
        "import sys; from providers.azure.provider import AzureProvider; AzureProvider().resource_type(sys.argv[1]); "
        "print([m for m in sys.modules if m == 'azure' or m.startswith('azure.')])"
    )
    out = subprocess.run([sys.executable, "-c", code, NETWORK], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_an_unchecked_entry_is_spelled_as_its_schema_is(azure: Azure) -> None:
    rule = {"name": "r", "Properties": {"SOURCEADDRESSPREFIX": "*", "newField": {"Name": 1}}}
    body = freeze({"properties": {"SecurityRules": [rule], "future": True}})
    within = Map({"name": "n", "scope": "rg"})
    entry = Resource("x", RULES, azure.place, body, within, Options(unchecked=True))
    rules = {"name": "r", "properties": {"sourceAddressPrefix": "*", "newField": {"Name": 1}}}
    assert azure.provider.normalize(entry).body["properties"] == {"securityRules": (rules,), "future": True}
    assert azure.provider.normalize(replace(entry, options=Options())).body["properties"] == body["properties"]
