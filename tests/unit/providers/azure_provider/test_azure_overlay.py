"""What a PUT sends: only reviewed edits over the object as it is now."""

from __future__ import annotations

from typing import Any

import pytest
from azure_rig import NETWORK, RULES

from providers.azure.overlay import Changed, overlaid, settled
from providers.azure.provider import AzureProvider
from provisioner.model.change import Diff, Edit
from provisioner.model.value import ABSENT, Map, freeze, get

KINDS = AzureProvider()


def subnet(name: str, prefix: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "etag": "W/1",
        "properties": {"addressPrefix": prefix, "provisioningState": "Succeeded", **more},
    }


def network(*subnets: dict[str, Any], **properties: Any) -> Map:
    body = {
        "id": "/x",
        "location": "westeurope",
        "tags": {"a": "1"},
        "properties": {**properties, "subnets": [*subnets]},
    }
    found: Map = freeze(body)
    return found


def over(type_name: str, have: Map, want: Map, fresh: Map, *paths: tuple[str, ...]) -> Map:
    edits = tuple(Edit(path, get(have, path), get(want, path)) for path in paths)
    return overlaid(KINDS.resource_type(type_name), have, want, fresh, Diff(edits))


SPACE = ("properties", "addressSpace", "addressPrefixes")
SUBNETS = ("properties", "subnets")


def test_subnets_that_nobody_touches_are_sent_as_they_are_without_what_the_cloud_sets() -> None:
    have = network(subnet("a", "10.0.0.0/24"), addressSpace={"addressPrefixes": ["10.0.0.0/16"]})
    fresh = network(
        subnet("a", "10.0.0.0/24"), subnet("b", "10.0.1.0/24"), addressSpace={"addressPrefixes": ["10.0.0.0/16"]}
    )
    want = freeze({"properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16", "10.1.0.0/16"]}}})
    sent = over(NETWORK, have, want, fresh, SPACE)
    assert sent == freeze(
        {
            "location": "westeurope",
            "tags": {"a": "1"},
            "properties": {
                "addressSpace": {"addressPrefixes": ["10.0.0.0/16", "10.1.0.0/16"]},
                "subnets": [
                    {"name": "a", "properties": {"addressPrefix": "10.0.0.0/24"}},
                    {"name": "b", "properties": {"addressPrefix": "10.0.1.0/24"}},
                ],
            },
        }
    )


def test_inline_items_unseen_by_the_review_stay_and_the_seen_unwanted_go() -> None:
    have = network(subnet("a", "10.0.0.0/24"), subnet("b", "10.0.1.0/24"))
    fresh = network(
        subnet("a", "10.0.0.0/24", natGateway={"id": "/n"}), subnet("b", "10.0.1.0/24"), subnet("c", "10.0.2.0/24")
    )
    wanted = [subnet("A", "10.0.0.0/24"), subnet("d", "10.0.3.0/24")]
    sent = over(NETWORK, have, freeze({"properties": {"subnets": wanted}}), fresh, SUBNETS)
    items = {item["name"]: item["properties"] for item in sent["properties"]["subnets"]}
    assert items == {
        "a": {"addressPrefix": "10.0.0.0/24", "natGateway": {"id": "/n"}},
        "c": {"addressPrefix": "10.0.2.0/24"},
        "d": {"addressPrefix": "10.0.3.0/24"},
    }


def test_members_of_a_later_version_are_not_sent_but_where_the_entry_has_them() -> None:
    """ARM shows them to everybody and takes them from nobody who speaks this version."""
    later = {"later": {"state": "Enabled"}, "latest": 1}
    have = network(subnet("a", "10.0.0.0/24", **later), enableDdosProtection=False, **later)
    want = freeze({"properties": {"enableDdosProtection": True, "later": {"state": "Enabled"}}})
    sent = over(NETWORK, have, want, have, ("properties", "enableDdosProtection"))
    assert sent["properties"] == freeze(
        {
            "enableDdosProtection": True,
            "later": {"state": "Enabled"},
            "subnets": [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24"}}],
        }
    )


def test_of_two_ways_to_say_a_thing_the_wanted_one_stays() -> None:
    rule = {"name": "r", "properties": {"sourceAddressPrefix": "10.0.0.0/8", "priority": 100}}
    found = freeze({"properties": {"securityRules": [rule]}})
    want = freeze(
        {"properties": {"securityRules": [{"name": "r", "properties": {"sourceAddressPrefixes": ["10.0.0.0/9"]}}]}}
    )
    sent = over(RULES, found, want, found, ("properties", "securityRules"))
    assert sent["properties"]["securityRules"][0]["properties"] == {
        "priority": 100,
        "sourceAddressPrefixes": ("10.0.0.0/9",),
    }


def test_a_value_that_has_changed_since_the_review_is_not_overwritten() -> None:
    have, fresh = network(dhcpOptions={"dnsServers": ["1.1.1.1"]}), network(dhcpOptions={"dnsServers": ["9.9.9.9"]})
    want = freeze({"properties": {"dhcpOptions": {"dnsServers": ["8.8.8.8"]}}})
    with pytest.raises(Changed, match=r"properties\.dhcpOptions\.dnsServers"):
        over(NETWORK, have, want, fresh, ("properties", "dhcpOptions", "dnsServers"))


def test_letters_case_and_order_are_no_change() -> None:
    have = network(addressSpace={"addressPrefixes": ["10.0.0.0/16", "10.1.0.0/16"]})
    fresh = network(addressSpace={"addressPrefixes": ["10.1.0.0/16", "10.0.0.0/16"]})
    want = freeze({"properties": {"addressSpace": {"addressPrefixes": ["10.2.0.0/16"]}}})
    assert get(over(NETWORK, have, want, fresh, SPACE), SPACE) == ("10.2.0.0/16",)


def test_a_removed_value_goes_and_a_default_comes_back() -> None:
    have = network(enableDdosProtection=True, flowTimeoutInMinutes=10)
    edits = (
        Edit(("properties", "enableDdosProtection"), True, False),
        Edit(("properties", "flowTimeoutInMinutes"), 10, ABSENT),
        Edit(("tags", "a"), "1", ABSENT),
    )
    sent = overlaid(KINDS.resource_type(NETWORK), have, freeze({"properties": {}}), have, Diff(edits))
    assert sent["properties"] == {"enableDdosProtection": False, "subnets": ()} and sent["tags"] == {}


@pytest.mark.parametrize(
    ("path", "wanted", "found", "stands"),
    [
        (("properties", "dhcpOptions", "dnsServers"), ("a", "b"), ("b", "a"), False),
        (SPACE, ("10.0.0.0/16", "10.1.0.0/16"), ("10.1.0.0/16", "10.0.0.0/16"), True),
        (("tags", "env"), "Prod", "prod", False),
        (("location",), "WestEurope", "westeurope", True),
        (("properties", "enableDdosProtection"), False, 0, False),
        (("properties", "flowTimeoutInMinutes"), 5, ABSENT, False),
    ],
)
def test_an_edit_stands_only_where_arm_means_the_same(path: Any, wanted: Any, found: Any, stands: bool) -> None:
    def body(value: Any) -> Map:
        for part in reversed(path):
            value = Map({part: value}) if value is not ABSENT else Map()
        return value

    diff = Diff((Edit(path, ABSENT, wanted),))
    assert settled(KINDS.resource_type(NETWORK), body(wanted), body(found), diff) is stands
