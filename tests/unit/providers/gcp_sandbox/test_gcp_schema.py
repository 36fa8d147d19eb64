"""The compiled archive: it is what the pinned wheel gives, and says of each type what the document says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from providers.gcp.schema import PATH, archive
from providers.gcp.schema.compile import document, entries, type_name
from providers.gcp.schema.convert import title
from providers.gcp.schema.create_only import CHANGEABLE, CREATE_ONLY, Kept
from providers.kit.archive import base_type, write
from providers.kit.prose import one_line

KEPT = [(table, kept) for table in (CREATE_ONLY, CHANGEABLE) for group in table.values() for kept in group]


@pytest.fixture(scope="module")
def source() -> dict[str, Any]:
    return document()


def entry(name: str) -> dict[str, Any]:
    return archive().entry(f"compute.googleapis.com/{name}")


def dotted(found: list[list[str]]) -> set[str]:
    return {".".join(path) for path in found}


def test_committed_archive_is_what_the_pinned_wheel_gives(source: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path / "again.zip", entries(source))
    assert (tmp_path / "again.zip").read_bytes() == PATH.read_bytes(), "run: python -m providers.gcp.schema.compile"
    assert PATH.stat().st_size < 1_500_000


def test_every_creatable_collection_is_there_under_one_name(source: dict[str, Any]) -> None:
    creatable = [
        name
        for name, resource in source["resources"].items()
        if {"insert", "get", "list", "delete"} <= set(resource["methods"])
    ]
    assert {type_name(name) for name in creatable} == set(archive().names())
    assert len(archive().names()) == len(creatable) == 93


@pytest.mark.parametrize(
    ("collection", "singular"),
    [
        ("addresses", "Address"),
        ("networkFirewallPolicies", "NetworkFirewallPolicy"),
        ("targetHttpsProxies", "TargetHttpsProxy"),
        ("publicDelegatedPrefixes", "PublicDelegatedPrefix"),
        ("licenses", "License"),
        ("regionDisks", "RegionDisk"),
        ("routes", "Route"),
    ],
)
def test_names_are_singulars(collection: str, singular: str) -> None:
    assert type_name(collection) == f"compute.googleapis.com/{singular}"


@pytest.mark.parametrize(("kept"), [kept for _, kept in KEPT], ids=lambda kept: f"{kept.source}:{kept.properties[0]}")
def test_kept_words_stand_where_they_are_said_to(kept: Kept, source: dict[str, Any]) -> None:
    if kept.source.startswith("https://cloud.google.com/"):
        return
    owner, member = kept.source.split(".")
    text = (
        source["resources"][owner]["methods"][member]["description"]
        if owner in source["resources"]
        else source["schemas"][owner]["properties"][member]["description"]
    )
    assert kept.words in one_line(text)


@pytest.mark.parametrize("collection", sorted({*CREATE_ONLY, *CHANGEABLE}))
def test_kept_properties_exist_and_are_settable(collection: str) -> None:
    found = archive().entry(type_name(collection))
    named = {
        name for table in (CREATE_ONLY, CHANGEABLE) for kept in table.get(collection, ()) for name in kept.properties
    }
    assert named <= set(found["schema"]["properties"])
    assert not named & dotted(found["read_only"])


def test_no_collection_stands_in_both_tables() -> None:
    assert not set(CREATE_ONLY) & set(CHANGEABLE)


@pytest.mark.parametrize("name", archive().names())
def test_each_entry_is_a_valid_closed_schema_and_a_resource_type(name: str) -> None:
    found = archive().entry(name)
    assert jsonschema_rs.validator_for(found["schema"]).is_valid({"name": "a"} | _required(found))
    assert not jsonschema_rs.validator_for(found["schema"]).is_valid({"nonsense": 1} | _required(found))
    made = base_type(found, "gcp")
    assert made.is_read_only(("id",)) or "id" not in found["schema"]["properties"]
    settable = set(found["schema"]["properties"]) - dotted(found["read_only"])
    assert dotted(found["create_only"]) <= settable
    assert {"insert", "get", "list", "delete"} <= set(found["cloud"]["methods"])
    for method in found["cloud"]["methods"].values():
        known = {found["cloud"]["schema_id"], *found["schema"]["$defs"], *found["cloud"]["requests"]}
        assert method["request"] is None or method["request"] in known


def _required(found: dict[str, Any]) -> dict[str, Any]:
    samples: dict[str, Any] = {"targetSize": 1, "poolProvisionedCapacityGb": "1"}
    given = {name: samples.get(name, "a") for name in found["schema"].get("required", ())}
    return given | ({"network": {}} if found["name"].endswith("PacketMirroring") else {})


def test_network() -> None:
    network = entry("Network")
    assert dotted(network["create_only"]) == {
        "name", "description", "autoCreateSubnetworks", "IPv4Range", "networkProfile", "params",
    }  # fmt: skip
    assert {"id", "selfLink", "subnetworks", "peerings", "gatewayIPv4"} <= dotted(network["read_only"])
    assert "routingConfig.effectiveBgpInterRegionCost" in dotted(network["read_only"])
    assert dotted(network["write_only"]) == {"params"}
    assert network["schema"]["required"] == ["name"]


def test_subnetwork() -> None:
    subnetwork = entry("Subnetwork")
    fixed = dotted(subnetwork["create_only"])
    assert {"name", "network", "ipCidrRange", "description", "purpose", "ipv6AccessType"} <= fixed
    assert not fixed & {"secondaryIpRanges", "logConfig", "stackType", "privateIpGoogleAccess", "role"}
    assert {"region", "fingerprint", "gatewayAddress"} <= dotted(subnetwork["read_only"])
    assert subnetwork["cloud"]["setters"] == {"privateIpGoogleAccess": "setPrivateIpGoogleAccess"}
    assert subnetwork["cloud"]["fingerprints"] == [["fingerprint"]]


def test_firewall() -> None:
    firewall = entry("Firewall")
    assert dotted(firewall["create_only"]) == {"name", "network", "direction"}
    check = jsonschema_rs.validator_for(firewall["schema"])
    assert check.is_valid({"name": "a", "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}], "priority": 5})
    assert not check.is_valid({"name": "a", "allowed": [{"protocol": "tcp"}]})
    assert not check.is_valid({"name": "A"})
    assert not check.is_valid({"name": "a", "direction": "SIDEWAYS"})
    assert not check.is_valid({"name": "a", "priority": 2**31})


@pytest.mark.parametrize("name", ["Address", "GlobalAddress"])
def test_addresses_change_nothing_but_labels(name: str) -> None:
    address = entry(name)
    settable = set(address["schema"]["properties"]) - dotted(address["read_only"])
    assert settable - dotted(address["create_only"]) == {"labels"}
    assert address["cloud"]["setters"] == {"labels": "setLabels"}
    assert address["cloud"]["labels_on_insert"] is False  # "only … by the setLabels method"
    assert address["cloud"]["aggregated_by"] == address["cloud"]["aggregated_key"] == "addresses"
    assert address["cloud"]["methods"]["setLabels"]["request"] in address["cloud"]["requests"]


def test_scopes_and_parents() -> None:
    scopes = {name: entry(name)["cloud"]["scope"] for name in ("Network", "Subnetwork", "Disk", "FirewallPolicy")}
    assert scopes == {"Network": "global", "Subnetwork": "region", "Disk": "zone", "FirewallPolicy": "organization"}
    assert entry("WireGroup")["cloud"]["parents"] == ["crossSiteNetwork"]


def test_int64_takes_text_and_number() -> None:
    check = jsonschema_rs.validator_for(entry("Disk")["schema"])
    assert check.is_valid({"name": "a", "sizeGb": "10"})
    assert check.is_valid({"name": "a", "sizeGb": 10})
    assert not check.is_valid({"name": "a", "sizeGb": "ten"})


def test_maps_stay_open_with_their_value_type() -> None:
    check = jsonschema_rs.validator_for(entry("Disk")["schema"])
    assert check.is_valid({"name": "a", "labels": {"anything": "x"}})
    assert not check.is_valid({"name": "a", "labels": {"anything": 1}})


def test_secrets_are_sensitive() -> None:
    assert dotted(entry("VpnTunnel")["sensitive"]) == {"sharedSecret"}
    assert "privateKey" in dotted(entry("SslCertificate")["sensitive"])


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("[Output Only] Server-defined URL.\nMore words.", "Server-defined URL"),
        ("Output only. [Output Only] The id. It is set.", "The id"),
        ("word " * 60, None),
        (None, ""),
    ],
)
def test_titles_are_first_sentences(text: str | None, short: str | None) -> None:
    found = title(text)
    assert len(found) <= 120
    assert found == short or (short is None and found.endswith("…"))
