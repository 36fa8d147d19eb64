"""Few requests for many objects, and nothing unseen taken for absent."""

from __future__ import annotations

from typing import Any

import pytest
from gcp_rig import PROJECT, REGION, Gcp, Script

from provisioner.model.problem import OrchError
from provisioner.model.value import Map
from provisioner.protocols.provider import Ask

PARIS = "europe-west9"


@pytest.fixture
def addresses(gcp: Gcp) -> dict[str, tuple[str, ...]]:
    """Three addresses here, two in Paris, one global; identities by where they are."""
    here = tuple(gcp.make("Address", {"name": f"a{number}"}).identity for number in range(3))
    paris = tuple(gcp.make("Address", {"name": f"a{number}"}, region=PARIS).identity for number in range(2))
    return {"here": here, "paris": paris, "global": (gcp.make("GlobalAddress", {"name": "a0"}).identity,)}


def read(gcp: Gcp, type_name: str, **narrowed: Any) -> tuple[set[str], list[str]]:
    found: set[str] = set()
    called = gcp.requests(lambda: found.update(item.identity for item in gcp.ask(type_name, **narrowed).observed))
    return found, called


def test_one_object_is_got(gcp: Gcp, addresses: dict[str, tuple[str, ...]]) -> None:
    wanted = addresses["here"][:1]
    assert read(gcp, "Address", identities=wanted) == (set(wanted), ["addresses.get"])


def test_several_of_a_region_are_one_filtered_page(gcp: Gcp, addresses: dict[str, tuple[str, ...]]) -> None:
    wanted = (*addresses["here"][:2], f"projects/{PROJECT}/regions/{REGION}/addresses/none")
    assert read(gcp, "Address", identities=wanted) == (set(wanted[:2]), ["addresses.list"])


def test_several_regions_are_one_aggregated_page(gcp: Gcp, addresses: dict[str, tuple[str, ...]]) -> None:
    wanted = (addresses["here"][0], *addresses["paris"])
    assert read(gcp, "Address", identities=wanted) == (set(wanted), ["addresses.aggregatedList"])


def test_all_of_a_place_are_those_of_its_region(gcp: Gcp, addresses: dict[str, tuple[str, ...]]) -> None:
    assert read(gcp, "Address") == (set(addresses["here"]), ["addresses.list"])
    assert read(gcp, "GlobalAddress") == (set(addresses["global"]), ["globalAddresses.list"])


def test_what_carries_our_lineage_is_sought_everywhere(gcp: Gcp, addresses: dict[str, tuple[str, ...]]) -> None:
    lineage = gcp.want("Address", {"name": "x"}).owner.lineage  # type: ignore[union-attr]
    found, called = read(gcp, "Address", lineage=lineage)
    assert (found, called) == ({*addresses["here"], *addresses["paris"]}, ["addresses.aggregatedList"])
    assert read(gcp, "GlobalAddress", lineage=lineage) == (set(addresses["global"]), ["globalAddresses.list"])


def test_a_wanted_resource_is_found_by_its_name(gcp: Gcp, addresses: dict[str, tuple[str, ...]]) -> None:
    want = gcp.want("Address", {"name": "a1"}, region=PARIS)
    assert read(gcp, "Address", want=want) == ({addresses["paris"][1]}, ["addresses.get"])
    assert gcp.provider.reads(Ask(gcp.place, want.type, want=gcp.want("Address", {}))) == []


def test_types_without_labels_or_parents_answer_such_asks_with_no_read(gcp: Gcp) -> None:
    owner = gcp.want("Address", {"name": "x"}).owner
    for narrowed in ({"lineage": "x" * 26}, {"owner": owner}, {"parents": (f"projects/{PROJECT}/global/networks/n",)}):
        assert gcp.provider.reads(Ask(gcp.place, "compute.googleapis.com/Firewall", **narrowed)) == []


def test_children_are_listed_by_their_parent(gcp: Gcp) -> None:
    parent = f"projects/{PROJECT}/global/crossSiteNetworks/x"
    assert read(gcp, "WireGroup", parents=(parent,)) == (set(), ["wireGroups.list"])


def test_an_identity_of_another_type_is_refused(gcp: Gcp) -> None:
    with pytest.raises(OrchError, match=r"is no compute.googleapis.com/Network"):
        gcp.ask("Network", identities=("projects/p/global/firewalls/f",))


def page(script: Script, *items: dict[str, Any], **more: Any) -> None:
    script.say(200, {"items": list(items), **more})


def link(name: str) -> dict[str, Any]:
    identity = f"projects/{PROJECT}/global/networks/{name}"
    return {"name": name, "selfLink": f"https://www.googleapis.com/compute/v1/{identity}"}


def test_pages_follow_each_other(script: tuple[Gcp, Script]) -> None:
    gcp, server = script
    page(server, link("a"), nextPageToken="more")
    page(server, link("b"))
    assert [item.body["name"] for item in gcp.ask("Network").observed] == ["a", "b"]
    assert [request.query for request in server.sent] == ["maxResults=500", "maxResults=500&pageToken=more"]


def test_links_to_either_host_of_compute_are_one(script: tuple[Gcp, Script]) -> None:
    gcp, server = script
    other = {key: text.replace("//www.", "//compute.") for key, text in link("a").items()}
    page(server, {**other, "description": other["selfLink"], "peerings": [{"network": other["selfLink"]}]})
    (found,) = gcp.ask("Network").observed
    assert found.body["selfLink"] == found.body["peerings"][0]["network"] == link("a")["selfLink"]
    assert found.body["description"] == other["selfLink"]


def test_too_many_names_for_a_filter_are_read_with_the_whole_list(script: tuple[Gcp, Script]) -> None:
    gcp, server = script
    wanted = tuple(f"projects/{PROJECT}/global/networks/network-{number:04}" for number in range(400))
    page(server, link("network-0007"), link("stranger"))
    found = gcp.ask("Network", identities=wanted)
    assert [item.identity for item in found.observed] == [wanted[7]]
    assert [request.query for request in server.sent] == ["maxResults=500"]


def test_a_scope_that_does_not_answer_hides_what_is_wanted_there(script: tuple[Gcp, Script]) -> None:
    gcp, server = script
    here, paris = (f"projects/{PROJECT}/regions/{region}/addresses/a" for region in (REGION, PARIS))
    warning = {"code": "UNREACHABLE", "message": f"regions/{PARIS} is down"}
    server.say(
        200,
        {
            "items": {
                "global": {"addresses": [{"name": "a"}]},
                f"regions/{REGION}": {"addresses": [{"name": "a"}]},
                f"regions/{PARIS}": {"warning": warning},
                "regions/us-east1": {"warning": {"code": "NO_RESULTS_ON_PAGE"}},
            }
        },
    )
    found = gcp.ask("Address", identities=(here, paris))
    assert [item.identity for item in found.observed] == [here]
    assert [(spot.identity, spot.reason) for spot in found.blindspots] == [(paris, f"regions/{PARIS} is down")]
    server.say(200, {"items": {}, "unreachables": [f"projects/{PROJECT}/regions/{PARIS}"]})
    assert [spot.identity for spot in gcp.ask("Address", identities=(here, paris)).blindspots] == [paris]
    server.say(200, {"warning": warning})
    assert [spot.identity for spot in gcp.ask("Network").blindspots] == [""]


def test_a_list_that_is_not_whole_is_a_blindspot(script: tuple[Gcp, Script]) -> None:
    gcp, server = script
    server.say(200, {"items": [link("a")], "warning": {"code": "PARTIAL_SUCCESS", "message": "some are missing"}})
    found = gcp.ask("Network")
    assert [item.body["name"] for item in found.observed] == ["a"]
    assert [(spot.reason, spot.code) for spot in found.blindspots] == [("some are missing", "PARTIAL_SUCCESS")]
    server.say(200, {"items": [link("a")], "warning": {"code": "DEPRECATED_RESOURCE_USED", "message": "old"}})
    assert not gcp.ask("Network").blindspots


def test_what_a_list_shows_is_not_hidden_by_its_warning(script: tuple[Gcp, Script]) -> None:
    gcp, server = script
    shown, hidden = (f"projects/{PROJECT}/global/networks/{name}" for name in ("a", "b"))
    server.say(200, {"items": [link("a")], "warning": {"code": "PARTIAL_SUCCESS", "message": "some are missing"}})
    found = gcp.ask("Network", identities=(shown, hidden))
    assert [item.identity for item in found.observed] == [shown]
    assert [spot.identity for spot in found.blindspots] == [hidden]


def test_a_missing_region_is_an_error_and_not_an_empty_one(script: tuple[Gcp, Script]) -> None:
    gcp, server = script
    server.say(404, {"error": {"code": 404, "message": "no such region", "errors": [{"reason": "notFound"}]}})
    with pytest.raises(Exception, match="no such region"):
        gcp.ask("Address")


def test_owner_labels_are_no_part_of_the_body(script: tuple[Gcp, Script]) -> None:
    gcp, server = script
    labels = {"orch-lineage": "l" * 26, "orch-owner": "u" * 26 + "-2"}
    page(server, {"name": "a", "labels": labels}, {"name": "b", "labels": {"orch-owner": "x"}})
    ours, theirs = gcp.ask("Address").observed
    assert (ours.owner and ours.owner.generation, ours.body) == (2, {"name": "a"})
    assert theirs.owner is None


def test_places_of_one_endpoint_share_a_session(gcp: Gcp) -> None:
    first = gcp.provider._clients._session(gcp.place)
    assert gcp.provider._clients._session(Gcp(gcp.url, default_tags=Map(a="b")).place) is first
