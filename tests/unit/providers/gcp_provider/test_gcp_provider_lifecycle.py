"""Create, read back without a difference, update in place, delete: every type of the first set, over the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gcp_rig import LINEAGE, PROJECT, REGION, Gcp, owner

from provisioner.model.change import Diff, Edit, Reason
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.resource import NOBODY, Owner
from provisioner.model.resource_type import EffectKind
from provisioner.model.value import ABSENT, freeze, get, put

NET = {"name": "net", "autoCreateSubnetworks": False, "description": "of tests"}
ROOT = "https://www.googleapis.com/compute/v1/"
NET_LINK = f"{ROOT}projects/{PROJECT}/global/networks/net"


def network(gcp: Gcp) -> str:
    return str(gcp.make("Network", NET).body["selfLink"])


# Per case: the type, the wanted body, the changes by path, and the methods that are to make them.
CASES: dict[str, tuple[str, dict[str, Any], dict[tuple[str, ...], Any], list[str]]] = {
    "network": (
        "Network",
        {**NET, "name": "other", "routingConfig": {"routingMode": "REGIONAL"}},
        {("mtu",): 1500, ("routingConfig", "routingMode"): "GLOBAL"},
        ["networks.patch"],
    ),
    "subnetwork": (
        "Subnetwork",
        {
            "name": "sub",
            "network": f"projects/{PROJECT}/global/networks/net",
            "ipCidrRange": "10.0.1.0/24",
            "secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.8.0.0/16"}],
        },
        {
            ("ipCidrRange",): "10.0.0.0/23",
            ("privateIpGoogleAccess",): True,
            ("secondaryIpRanges",): [
                {"rangeName": "services", "ipCidrRange": "10.9.0.0/20"},
                {"rangeName": "pods", "ipCidrRange": "10.8.0.0/16"},
            ],
            ("logConfig",): {"enable": True, "flowSampling": 0.25},
        },
        ["subnetworks.patch", "subnetworks.expandIpCidrRange", "subnetworks.setPrivateIpGoogleAccess"],
    ),
    "firewall": (
        "Firewall",
        {
            "name": "fw",
            "network": NET_LINK,
            "allowed": [{"IPProtocol": "TCP", "ports": ["8000-8080", "443"]}, {"IPProtocol": "icmp"}],
            "sourceRanges": ["198.51.100.7/32", "10.0.0.0/8"],
            "targetTags": ["web", "api"],
        },
        {
            ("allowed",): [{"IPProtocol": "tcp", "ports": ["443"]}],
            ("sourceRanges",): ["10.0.0.0/8"],
            ("priority",): 900,
            ("logConfig", "enable"): True,
        },
        ["firewalls.patch"],
    ),
    "address": (
        "Address",
        {"name": "ad", "labels": {"team": "net"}},
        {("labels", "team"): "web"},
        ["addresses.setLabels"],
    ),
    "global address": (
        "GlobalAddress",
        {"name": "ad", "labels": {"team": "net"}, "ipVersion": "IPV4"},
        {("labels", "stage"): "test"},
        ["globalAddresses.setLabels"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_type_goes_through_its_whole_life(gcp: Gcp, case: str) -> None:
    type_name, body, changes, methods = CASES[case]
    network(gcp)
    want = gcp.want(type_name, body)
    done = gcp.create(want)
    assert done.identity == want.identity
    assert done.attributes["selfLink"] == f"{ROOT}{want.identity}"
    have = gcp.have(want.type, done.identity)
    assert have.body["id"] == done.attributes["id"]
    assert not gcp.diff(want, have)

    after = want.body
    for path, value in changes.items():
        after = put(after, path, freeze(value))
    changed = replace(want, body=after)
    found = gcp.diff(changed, have)
    assert found and {edit.effect for edit in found.edits} == {EffectKind.IN_PLACE}
    called = gcp.requests(lambda: gcp.update(have, changed, found))
    assert [
        name for name in called if name.startswith(methods[0].split(".")[0]) and not name.endswith(".get")
    ] == methods
    have = gcp.have(want.type, done.identity)
    assert not gcp.diff(changed, have)

    gcp.delete(have)
    assert gcp.find(want.type, done.identity) is None
    assert gcp.delete(have).identity == done.identity  # not found is success


def test_an_operation_that_is_done_at_once_needs_no_poll(gcp: Gcp) -> None:
    gcp.settings(operation_seconds=0)
    called = gcp.requests(lambda: gcp.create(gcp.want("Network", NET)))
    assert called == ["networks.insert"]


def test_labels_follow_an_insert_that_does_not_take_them(gcp: Gcp) -> None:
    want = gcp.want("Address", {"name": "ad", "labels": {"team": "net"}})
    called = [name for name in gcp.requests(lambda: gcp.create(want)) if "perations" not in name]
    assert called == ["addresses.insert", "addresses.get", "addresses.setLabels"]
    have = gcp.have(want.type, want.identity or "")
    assert have.owner == want.owner
    assert have.body["labels"] == {"team": "net"}
    assert have.etag == have.body["labelFingerprint"]


def test_labels_go_with_the_insert_where_it_takes_them(gcp: Gcp) -> None:
    want = gcp.want("Disk", {"name": "data", "sizeGb": 10, "labels": {"team": "net"}})
    called = [name for name in gcp.requests(lambda: gcp.create(want)) if "perations" not in name]
    assert called == ["disks.insert"]
    have = gcp.have(want.type, want.identity or "")
    assert (have.owner, have.body["labels"]) == (want.owner, {"team": "net"})
    assert not gcp.diff(want, have)


def test_an_update_of_labels_keeps_the_owner_and_what_others_have_set(gcp: Gcp) -> None:
    have = gcp.make("Address", {"name": "ad", "labels": {"team": "net", "old": "x"}})
    want = gcp.want("Address", {"name": "ad", "labels": {"team": "web"}})
    edits = (
        Edit(("labels", "old"), "x", ABSENT, Reason.REMOVED),
        Edit(("labels", "team"), "net", "web"),
    )
    have = replace(have, body=put(have.body, ("labels", "goog-managed"), "yes"))
    gcp.update(have, want, Diff(edits))
    after = gcp.have(have.type, have.identity)
    assert after.body["labels"] == {"team": "web", "goog-managed": "yes"}
    assert after.owner == owner("ad")


def test_an_update_marks_an_object_that_carries_no_owner_yet(gcp: Gcp) -> None:
    unowned = replace(gcp.want("Address", {"name": "ad"}), owner=None)
    gcp.create(unowned)
    have = gcp.have(unowned.type, unowned.identity or "")
    assert have.owner is None and "labels" not in have.body
    gcp.update(have, gcp.want("Address", {"name": "ad"}), Diff())
    have = gcp.have(have.type, have.identity)
    assert have.owner == owner("ad")
    gcp.update(have, replace(gcp.want("Address", {"name": "ad"}), owner=NOBODY), Diff())
    assert gcp.have(have.type, have.identity).owner is None


def test_an_update_that_changes_nothing_sends_nothing(gcp: Gcp) -> None:
    have = gcp.make("Network", NET)
    assert gcp.requests(lambda: gcp.update(have, gcp.want("Network", NET), Diff())) == []


def test_a_removed_property_goes_back_to_the_default_of_the_type(gcp: Gcp) -> None:
    link = network(gcp)
    body = {"name": "fw", "network": link, "allowed": [{"IPProtocol": "icmp"}], "sourceRanges": ["10.0.0.0/8"]}
    have = gcp.make("Firewall", {**body, "priority": 10, "targetTags": ["web"]})
    edits = (
        Edit(("priority",), 10, 1000, Reason.REMOVED),
        Edit(("targetTags",), ("web",), ABSENT, Reason.REMOVED),
    )
    gcp.update(have, gcp.want("Firewall", body), Diff(edits))
    after = gcp.have(have.type, have.identity)
    assert after.body["priority"] == 1000
    assert "targetTags" not in after.body


def test_an_auto_mode_network_becomes_custom_in_place_and_never_back(gcp: Gcp) -> None:
    have = gcp.make("Network", {"name": "auto", "autoCreateSubnetworks": True})
    custom = gcp.want("Network", {"name": "auto", "autoCreateSubnetworks": False})
    assert [edit.effect for edit in gcp.diff(custom, have).edits] == [EffectKind.IN_PLACE]
    gcp.update(have, custom)
    have = gcp.have(have.type, have.identity)
    assert have.body["autoCreateSubnetworks"] is False
    auto = gcp.want("Network", {"name": "auto", "autoCreateSubnetworks": True})
    assert [edit.effect for edit in gcp.diff(auto, have).edits] == [EffectKind.REPLACE]


@pytest.mark.parametrize(
    ("wanted", "effect"),
    [("10.0.0.0/20", EffectKind.IN_PLACE), ("10.0.0.0/28", EffectKind.REPLACE), ("10.9.0.0/24", EffectKind.REPLACE)],
)
def test_a_subnetworks_range_can_only_grow(gcp: Gcp, wanted: str, effect: EffectKind) -> None:
    body = {"name": "sub", "network": network(gcp), "ipCidrRange": "10.0.0.0/24"}
    have = gcp.make("Subnetwork", body)
    found = gcp.diff(gcp.want("Subnetwork", {**body, "ipCidrRange": wanted}), have)
    assert [edit.effect for edit in found.edits] == [effect]


def test_a_rule_that_allows_is_replaced_by_one_that_denies(gcp: Gcp) -> None:
    body = {"name": "fw", "network": network(gcp), "sourceRanges": ["10.0.0.0/8"]}
    have = gcp.make("Firewall", {**body, "allowed": [{"IPProtocol": "icmp"}]})
    found = gcp.diff(gcp.want("Firewall", {**body, "denied": [{"IPProtocol": "icmp"}]}), have)
    assert [(edit.path, edit.effect) for edit in found.edits] == [(("denied",), EffectKind.REPLACE)]


@pytest.mark.parametrize("late", [False, True])
def test_what_is_in_use_cannot_be_deleted(gcp: Gcp, late: bool) -> None:
    gcp.settings(late_errors=late)
    link = network(gcp)
    gcp.make("Subnetwork", {"name": "sub", "network": link, "ipCidrRange": "10.0.0.0/24"})
    with pytest.raises(ProviderError) as caught:
        gcp.delete(gcp.have("Network", f"projects/{PROJECT}/global/networks/net"))
    assert caught.value.fault is Fault.CONFLICT
    assert "already being used by" in caught.value.message
    assert caught.value.operation == "networks.delete"


def test_an_update_with_a_stale_fingerprint_is_a_conflict(gcp: Gcp) -> None:
    body = {"name": "sub", "network": network(gcp), "ipCidrRange": "10.0.0.0/24"}
    have = gcp.make("Subnetwork", body)
    ranges = [{"rangeName": "pods", "ipCidrRange": "10.8.0.0/16"}]
    gcp.update(have, gcp.want("Subnetwork", {**body, "secondaryIpRanges": ranges}))
    with pytest.raises(ProviderError) as caught:
        gcp.update(
            have,
            gcp.want("Subnetwork", {**body, "secondaryIpRanges": []}),
            Diff((Edit(("secondaryIpRanges",), (), ()),)),
        )
    assert (caught.value.fault, caught.value.code) == (Fault.CONFLICT, "conditionNotMet")


def test_a_call_after_another_looks_its_fingerprint_up(gcp: Gcp) -> None:
    """The patch's own change makes the fingerprint of ``have`` stale; a forwarding rule's labels have one of their own."""
    network(gcp)
    gcp.make("Subnetwork", {"name": "sub", "network": NET_LINK, "ipCidrRange": "10.0.0.0/24"})
    body = {"name": "fr", "loadBalancingScheme": "INTERNAL", "network": NET_LINK, "allowGlobalAccess": False}
    have = gcp.make("ForwardingRule", {**body, "subnetwork": f"regions/{REGION}/subnetworks/sub", "labels": {"a": "b"}})
    want = gcp.want("ForwardingRule", {**have.body, "allowGlobalAccess": True, "labels": {"a": "c"}})
    called = gcp.requests(lambda: gcp.update(have, want, gcp.diff(want, have)))
    assert [name for name in called if "perations" not in name] == [
        "forwardingRules.patch",
        "forwardingRules.get",
        "forwardingRules.setLabels",
    ]
    after = gcp.have(have.type, have.identity)
    assert (after.body["allowGlobalAccess"], after.body["labels"]) == (True, {"a": "c"})


def test_positions_hold_no_property(gcp: Gcp) -> None:
    want, token = (
        gcp.want("Address", {"name": "ad", "labels": {"secret": "hunter2"}, "description": "hunter2"}),
        gcp.token(),
    )
    for phase in ("poll", "look", "send"):
        pending = gcp.until(gcp.provider.create(want, token), phase, want, token)
        assert pending.identity == want.identity
        assert pending.writes == (phase == "send")
        assert "hunter2" not in str(pending.continuation)


def test_every_call_has_its_own_request_id_and_an_attempt_repeats_it(gcp: Gcp) -> None:
    want, token = gcp.want("Network", NET), gcp.token()
    first, again = gcp.provider.create(want, token), gcp.provider.create(want, token)
    assert get(freeze(vars_of(first)), ("operation",)) == get(freeze(vars_of(again)), ("operation",))
    gcp.finish(again, None, want, None, token)
    with pytest.raises(ProviderError) as caught:  # another attempt is another request
        gcp.create(want)
    assert (caught.value.fault, caught.value.code) == (Fault.CONFLICT, "alreadyExists")


def vars_of(result: Any) -> dict[str, Any]:
    return dict(result.continuation)


def test_an_own_object_is_told_from_another_lineages(gcp: Gcp) -> None:
    gcp.make("Address", {"name": "mine"})
    other = replace(gcp.want("Address", {"name": "other"}), owner=Owner("z" * 26, "other".ljust(26, "a"), 1))
    gcp.create(other)
    found = gcp.ask("Address", lineage=LINEAGE)
    assert [item.body["name"] for item in found.observed] == ["mine"]
    assert [item.body["name"] for item in gcp.ask("Address", owner=other.owner).observed] == ["other"]
    assert gcp.ask("Network", lineage=LINEAGE).observed == ()
