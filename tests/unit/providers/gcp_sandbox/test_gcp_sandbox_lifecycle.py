"""The five types of the first blueprint, through the real clients: created, read, changed, refused, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import compute_v1 as compute

PROJECT, REGION = "acme-dev", "us-central1"
ROOT = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}"


def wait(cloud: Any, operation: Any) -> Any:
    if operation.region:
        return cloud.client("RegionOperations").wait(project=PROJECT, region=REGION, operation=operation.name)
    return cloud.client("GlobalOperations").wait(project=PROJECT, operation=operation.name)


def make_network(cloud: Any, name: str = "net") -> None:
    wanted = compute.Network(name=name, auto_create_subnetworks=False)
    wait(cloud, cloud.client("Networks").insert_unary(project=PROJECT, network_resource=wanted))


def make_subnetwork(cloud: Any, **fields: Any) -> Any:
    wanted = compute.Subnetwork(
        **{"name": "sub", "network": "global/networks/net", "ip_cidr_range": "10.0.0.0/24"} | fields
    )
    client = cloud.client("Subnetworks")
    wait(cloud, client.insert_unary(project=PROJECT, region=REGION, subnetwork_resource=wanted))
    return client.get(project=PROJECT, region=REGION, subnetwork=wanted.name)


def make_firewall(cloud: Any, **fields: Any) -> Any:
    allowed = [compute.Allowed(I_p_protocol="tcp", ports=["22"])]
    wanted = compute.Firewall(**{"name": "fw", "network": "global/networks/net", "allowed": allowed} | fields)
    client = cloud.client("Firewalls")
    wait(cloud, client.insert_unary(project=PROJECT, firewall_resource=wanted))
    return client.get(project=PROJECT, firewall=wanted.name)


def make_address(cloud: Any, **fields: Any) -> Any:
    wanted = compute.Address(**{"name": "addr"} | fields)
    client = cloud.client("Addresses")
    wait(cloud, client.insert_unary(project=PROJECT, region=REGION, address_resource=wanted))
    return client.get(project=PROJECT, region=REGION, address=wanted.name)


def test_a_network_shows_only_when_its_operation_is_done(cloud: Any) -> None:
    client = cloud.client("Networks")
    wanted = compute.Network(name="net", auto_create_subnetworks=False)
    operation = client.insert_unary(project=PROJECT, network_resource=wanted)
    assert operation.status == compute.Operation.Status.PENDING
    assert operation.target_link == f"{ROOT}/global/networks/net"
    with pytest.raises(exceptions.NotFound):
        client.get(project=PROJECT, network="net")
    assert list(client.list(project=PROJECT)) == []
    cloud.clock.sleep(5)
    running = cloud.client("GlobalOperations").get(project=PROJECT, operation=operation.name)
    assert (running.status, running.progress) == (compute.Operation.Status.RUNNING, 0)
    done = wait(cloud, operation)
    assert (done.status, done.progress) == (compute.Operation.Status.DONE, 100)
    assert not done.error.errors
    assert client.get(project=PROJECT, network="net").id == operation.target_id


def test_network_defaults(cloud: Any) -> None:
    make_network(cloud)
    found = cloud.client("Networks").get(project=PROJECT, network="net")
    assert found.self_link == f"{ROOT}/global/networks/net"
    assert found.self_link_with_id == f"{ROOT}/global/networks/{found.id}"
    assert found.kind == "compute#network"
    assert found.mtu == 1460
    assert found.routing_config.routing_mode == "REGIONAL"
    assert found.network_firewall_policy_enforcement_order == "AFTER_CLASSIC_FIREWALL"
    assert found.creation_timestamp.endswith("-08:00")


def test_network_patch_changes_routing_and_nothing_fixed(cloud: Any) -> None:
    make_network(cloud)
    client = cloud.client("Networks")
    wanted = compute.Network(routing_config=compute.NetworkRoutingConfig(routing_mode="GLOBAL"))
    operation = client.patch_unary(project=PROJECT, network="net", network_resource=wanted)
    assert client.get(project=PROJECT, network="net").routing_config.routing_mode == "REGIONAL"  # not yet
    wait(cloud, operation)
    found = client.get(project=PROJECT, network="net")
    assert found.routing_config.routing_mode == "GLOBAL"
    assert found.routing_config.bgp_best_path_selection_mode == "LEGACY"  # merged, not replaced
    with pytest.raises(exceptions.BadRequest, match="description"):
        client.patch_unary(project=PROJECT, network="net", network_resource=compute.Network(description="new"))
    with pytest.raises(exceptions.BadRequest, match="mtu"):
        client.patch_unary(project=PROJECT, network="net", network_resource=compute.Network(mtu=100))


def test_legacy_networks_are_refused(cloud: Any) -> None:
    with pytest.raises(exceptions.BadRequest, match="Legacy"):
        cloud.client("Networks").insert_unary(project=PROJECT, network_resource=compute.Network(name="net"))


def test_an_auto_network_becomes_custom(cloud: Any) -> None:
    client = cloud.client("Networks")
    wait(
        cloud,
        client.insert_unary(
            project=PROJECT, network_resource=compute.Network(name="net", auto_create_subnetworks=True)
        ),
    )
    wait(cloud, client.switch_to_custom_mode_unary(project=PROJECT, network="net"))
    assert client.get(project=PROJECT, network="net").auto_create_subnetworks is False
    with pytest.raises(exceptions.BadRequest, match="already in custom"):
        client.switch_to_custom_mode_unary(project=PROJECT, network="net")


def test_a_network_in_use_stays(cloud: Any) -> None:
    make_network(cloud)
    make_firewall(cloud)
    with pytest.raises(exceptions.BadRequest) as caught:
        cloud.client("Networks").delete_unary(project=PROJECT, network="net")
    assert (
        f"The network resource 'projects/{PROJECT}/global/networks/net' is already being used by "
        f"'projects/{PROJECT}/global/firewalls/fw'"
    ) in str(caught.value)
    assert caught.value.errors[0]["reason"] == "resourceInUseByAnotherResource"
    wait(cloud, cloud.client("Firewalls").delete_unary(project=PROJECT, firewall="fw"))
    wait(cloud, cloud.client("Networks").delete_unary(project=PROJECT, network="net"))
    with pytest.raises(exceptions.NotFound):
        cloud.client("Networks").get(project=PROJECT, network="net")


def test_names_are_taken_at_once_and_only_once(cloud: Any) -> None:
    client = cloud.client("Networks")
    wanted = compute.Network(name="net", auto_create_subnetworks=False)
    operation = client.insert_unary(project=PROJECT, network_resource=wanted)
    with pytest.raises(exceptions.Conflict, match="already exists"):
        client.insert_unary(project=PROJECT, network_resource=wanted)
    wait(cloud, operation)
    with pytest.raises(exceptions.Conflict) as caught:
        client.insert_unary(project=PROJECT, network_resource=wanted)
    assert caught.value.errors[0]["reason"] == "alreadyExists"


def test_subnetwork_defaults_and_place(cloud: Any) -> None:
    make_network(cloud)
    found = make_subnetwork(cloud)
    assert found.network == f"{ROOT}/global/networks/net"
    assert found.region == f"{ROOT}/regions/{REGION}"
    assert found.gateway_address == "10.0.0.1"
    assert (found.purpose, found.stack_type, found.private_ip_google_access) == ("PRIVATE", "IPV4_ONLY", False)
    assert found.fingerprint
    assert cloud.client("Networks").get(project=PROJECT, network="net").subnetworks == [found.self_link]


def test_subnetwork_patch_needs_the_current_fingerprint(cloud: Any) -> None:
    make_network(cloud)
    first = make_subnetwork(cloud).fingerprint
    client = cloud.client("Subnetworks")

    def patch(**fields: Any) -> Any:
        wanted = compute.Subnetwork(**fields)
        return client.patch_unary(project=PROJECT, region=REGION, subnetwork="sub", subnetwork_resource=wanted)

    ranges = [compute.SubnetworkSecondaryRange(range_name="pods", ip_cidr_range="10.8.0.0/16")]
    with pytest.raises(exceptions.PreconditionFailed) as caught:
        patch(secondary_ip_ranges=ranges)
    assert caught.value.errors[0]["reason"] == "conditionNotMet"
    wait(cloud, patch(secondary_ip_ranges=ranges, fingerprint=first))
    found = client.get(project=PROJECT, region=REGION, subnetwork="sub")
    assert found.secondary_ip_ranges[0].range_name == "pods"
    assert found.fingerprint != first
    with pytest.raises(exceptions.PreconditionFailed):
        patch(secondary_ip_ranges=[], fingerprint=first)


def test_subnetwork_properties_with_methods_of_their_own(cloud: Any) -> None:
    make_network(cloud)
    fingerprint = make_subnetwork(cloud).fingerprint
    client = cloud.client("Subnetworks")
    where = {"project": PROJECT, "region": REGION, "subnetwork": "sub"}
    wanted = compute.Subnetwork(private_ip_google_access=True, fingerprint=fingerprint)
    with pytest.raises(exceptions.BadRequest, match="setPrivateIpGoogleAccess"):
        client.patch_unary(**where, subnetwork_resource=wanted)
    request = compute.SubnetworksSetPrivateIpGoogleAccessRequest(private_ip_google_access=True)
    wait(cloud, client.set_private_ip_google_access_unary(
        **where, subnetworks_set_private_ip_google_access_request_resource=request))  # fmt: skip
    assert client.get(**where).private_ip_google_access is True

    def expand(cidr: str) -> Any:
        request = compute.SubnetworksExpandIpCidrRangeRequest(ip_cidr_range=cidr)
        return client.expand_ip_cidr_range_unary(**where, subnetworks_expand_ip_cidr_range_request_resource=request)

    with pytest.raises(exceptions.BadRequest, match="must contain"):
        expand("10.9.0.0/16")
    wait(cloud, expand("10.0.0.0/20"))
    assert client.get(**where).ip_cidr_range == "10.0.0.0/20"


def test_flow_logs_keep_both_spellings(cloud: Any) -> None:
    make_network(cloud)
    found = make_subnetwork(cloud, log_config=compute.SubnetworkLogConfig(enable=True))
    assert found.enable_flow_logs is True
    assert (found.log_config.aggregation_interval, found.log_config.flow_sampling) == ("INTERVAL_5_SEC", 0.5)
    client = cloud.client("Subnetworks")
    wanted = compute.Subnetwork(enable_flow_logs=False, fingerprint=found.fingerprint)
    wait(cloud, client.patch_unary(project=PROJECT, region=REGION, subnetwork="sub", subnetwork_resource=wanted))
    assert client.get(project=PROJECT, region=REGION, subnetwork="sub").log_config.enable is False


@pytest.mark.parametrize("cidr", ["10.0.0.1/24", "10.0.0.0/30", "nonsense", "fd00::/64"])
def test_subnetwork_ranges_must_be_legal(cloud: Any, cidr: str) -> None:
    make_network(cloud)
    with pytest.raises(exceptions.BadRequest, match=r"resource\.ipCidrRange"):
        make_subnetwork(cloud, ip_cidr_range=cidr)


def test_overlapping_ranges_fail_in_the_operation_and_leave_nothing(cloud: Any) -> None:
    make_network(cloud)
    make_network(cloud, "other")
    make_subnetwork(cloud, ip_cidr_range="10.0.0.0/16")
    client = cloud.client("Subnetworks")
    wanted = compute.Subnetwork(name="two", network="global/networks/net", ip_cidr_range="10.0.1.0/24")
    ended = wait(cloud, client.insert_unary(project=PROJECT, region=REGION, subnetwork_resource=wanted))
    assert ended.error.errors[0].message == (
        "Invalid IPCidrRange: 10.0.1.0/24 conflicts with existing subnetwork 'sub' in region 'us-central1'."
    )
    assert ended.http_error_status_code == 400
    with pytest.raises(exceptions.NotFound):
        client.get(project=PROJECT, region=REGION, subnetwork="two")
    make_subnetwork(cloud, name="two", network="global/networks/other", ip_cidr_range="10.0.1.0/24")


def test_subnetworks_and_firewalls_need_their_network(cloud: Any) -> None:
    for make in (make_subnetwork, make_firewall):
        with pytest.raises(exceptions.NotFound, match="global/networks/net"):
            make(cloud)
        with pytest.raises(exceptions.BadRequest, match="malformed"):
            make(cloud, network="net")
    wanted = compute.Network(name="net", auto_create_subnetworks=False)
    cloud.client("Networks").insert_unary(project=PROJECT, network_resource=wanted)
    with pytest.raises(exceptions.BadRequest, match="is not ready"):
        make_firewall(cloud)


@pytest.mark.parametrize(
    "network", ["global/networks/net", f"projects/{PROJECT}/global/networks/net", f"{ROOT}/global/networks/net"]
)
def test_references_come_back_in_full(cloud: Any, network: str) -> None:
    make_network(cloud)
    assert make_firewall(cloud, network=network).network == f"{ROOT}/global/networks/net"


def test_firewall_defaults(cloud: Any) -> None:
    make_network(cloud)
    found = make_firewall(cloud)
    assert (found.direction, found.priority, found.disabled) == ("INGRESS", 1000, False)
    assert found.log_config.enable is False
    assert found.source_ranges == ["0.0.0.0/0"]
    out = make_firewall(cloud, name="out", direction="EGRESS")
    assert (out.source_ranges, out.destination_ranges) == ([], ["0.0.0.0/0"])
    tagged = make_firewall(cloud, name="tagged", source_tags=["web"])
    assert tagged.source_ranges == []


def test_firewall_patch_merges_and_update_replaces(cloud: Any) -> None:
    make_network(cloud)
    make_firewall(cloud, description="ssh", source_ranges=["10.1.2.3/8"], target_tags=["web"])
    client = cloud.client("Firewalls")
    wait(cloud, client.patch_unary(project=PROJECT, firewall="fw", firewall_resource=compute.Firewall(priority=7)))
    found = client.get(project=PROJECT, firewall="fw")
    assert (found.priority, found.source_ranges, found.target_tags) == (7, ["10.0.0.0/8"], ["web"])
    wanted = compute.Firewall(name="fw", allowed=[compute.Allowed(I_p_protocol="icmp")])
    wait(cloud, client.update_unary(project=PROJECT, firewall="fw", firewall_resource=wanted))
    found = client.get(project=PROJECT, firewall="fw")
    assert (found.priority, found.source_ranges, found.target_tags) == (1000, ["0.0.0.0/0"], [])
    assert (found.description, found.allowed[0].I_p_protocol) == ("", "icmp")
    assert found.network.endswith("/net")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"allowed": []}, "exactly one"),
        ({"denied": [compute.Denied(I_p_protocol="tcp")]}, "exactly one"),
        ({"allowed": [compute.Allowed(ports=["22"])]}, "IPProtocol"),
        ({"allowed": [compute.Allowed(I_p_protocol="icmp", ports=["22"])]}, "Ports may only"),
        ({"allowed": [compute.Allowed(I_p_protocol="tcp", ports=["90-80"])]}, "port number"),
        ({"allowed": [compute.Allowed(I_p_protocol="tcp", ports=["70000"])]}, "port number"),
        ({"allowed": [compute.Allowed(I_p_protocol="256")]}, "number up to 255"),
        ({"source_tags": ["Web"]}, r"sourceTags\[0\]"),
        ({"target_tags": ["a", "b_"]}, r"targetTags\[1\]"),
        ({"priority": 65536}, "priority"),
        ({"source_ranges": ["1.2.3"]}, r"sourceRanges\[0\]"),
        ({"direction": "EGRESS", "source_tags": ["a"]}, "EGRESS"),
        ({"target_tags": ["a"], "target_service_accounts": ["b@c.iam.gserviceaccount.com"]}, "together"),
        ({"name": "Upper"}, "Must be a match of regex"),
        ({"name": "x" * 64}, "Must be a match of regex"),
    ],
)
def test_firewalls_that_are_refused(cloud: Any, fields: dict[str, Any], words: str) -> None:
    make_network(cloud)
    with pytest.raises(exceptions.BadRequest, match=words):
        make_firewall(cloud, **fields)


def test_firewall_action_and_direction_stay(cloud: Any) -> None:
    make_network(cloud)
    make_firewall(cloud)
    client = cloud.client("Firewalls")
    for change in (compute.Firewall(direction="EGRESS"), compute.Firewall(denied=[compute.Denied(I_p_protocol="tcp")])):
        with pytest.raises(exceptions.BadRequest):
            client.patch_unary(project=PROJECT, firewall="fw", firewall_resource=change)


def test_external_addresses_are_distinct_and_external(cloud: Any) -> None:
    first, second = make_address(cloud), make_address(cloud, name="two")
    assert first.address != second.address
    assert (first.address_type, first.network_tier, first.status) == ("EXTERNAL", "PREMIUM", "RESERVED")
    with pytest.raises(exceptions.BadRequest, match="was not found in region"):
        make_address(cloud, name="mine", address="203.0.113.7")


def test_an_address_shows_early_as_reserving(cloud: Any) -> None:
    client = cloud.client("Addresses")
    client.insert_unary(project=PROJECT, region=REGION, address_resource=compute.Address(name="addr"))
    assert client.get(project=PROJECT, region=REGION, address="addr").status == "RESERVING"
    cloud.finish()
    assert client.get(project=PROJECT, region=REGION, address="addr").status == "RESERVED"


def test_internal_addresses_come_from_their_subnetwork(cloud: Any) -> None:
    make_network(cloud)
    make_subnetwork(cloud, ip_cidr_range="10.0.0.0/29")
    subnetwork = f"regions/{REGION}/subnetworks/sub"
    first = make_address(cloud, subnetwork=subnetwork, address_type="INTERNAL")
    assert (first.address, first.purpose) == ("10.0.0.2", "GCE_ENDPOINT")
    assert first.subnetwork == f"{ROOT}/{subnetwork}"
    with pytest.raises(exceptions.BadRequest, match="already being used"):
        make_address(cloud, name="two", subnetwork=subnetwork, address="10.0.0.2")
    with pytest.raises(exceptions.BadRequest, match="not within"):
        make_address(cloud, name="two", subnetwork=subnetwork, address="10.9.0.2")
    for name in ("b", "c", "d"):
        make_address(cloud, name=name, subnetwork=subnetwork)
    with pytest.raises(exceptions.BadRequest, match="exhausted"):
        make_address(cloud, name="e", subnetwork=subnetwork)
    with pytest.raises(exceptions.BadRequest, match="already being used by"):
        cloud.client("Subnetworks").delete_unary(project=PROJECT, region=REGION, subnetwork="sub")


@pytest.mark.parametrize(
    "labels", [{"A": "b"}, {"1": "b"}, {"a.b": "c"}, {"a": "B"}, {"a": "b" * 64}, {f"k{n}": "" for n in range(65)}]
)
def test_labels_that_are_refused(cloud: Any, labels: dict[str, str]) -> None:
    with pytest.raises(exceptions.BadRequest, match=r"resource\.labels"):
        make_address(cloud, labels=labels)


def test_labels_come_only_through_set_labels(cloud: Any) -> None:
    made = make_address(cloud, labels={"a": "b"})
    assert made.labels == {}
    client = cloud.client("Addresses")

    def label(fingerprint: str) -> Any:
        request = compute.RegionSetLabelsRequest(labels={"env": "dev"}, label_fingerprint=fingerprint)
        return client.set_labels_unary(
            project=PROJECT, region=REGION, resource="addr", region_set_labels_request_resource=request
        )

    with pytest.raises(exceptions.PreconditionFailed, match="Labels fingerprint"):
        label("c3RhbGU=")
    wait(cloud, label(made.label_fingerprint))
    found = client.get(project=PROJECT, region=REGION, address="addr")
    assert found.labels == {"env": "dev"}
    assert found.label_fingerprint != made.label_fingerprint
    with pytest.raises(exceptions.PreconditionFailed):
        label(made.label_fingerprint)


def test_global_addresses(cloud: Any) -> None:
    client = cloud.client("GlobalAddresses")

    def make(**fields: Any) -> Any:
        wanted = compute.Address(**fields)
        wait(cloud, client.insert_unary(project=PROJECT, address_resource=wanted))
        return client.get(project=PROJECT, address=wanted.name)

    assert make(name="one").ip_version == "IPV4"
    assert ":" in make(name="six", ip_version="IPV6").address
    with pytest.raises(exceptions.BadRequest, match="PREMIUM"):
        make(name="two", network_tier="STANDARD")
    make_network(cloud)
    peering = {"address_type": "INTERNAL", "purpose": "VPC_PEERING", "network": "global/networks/net"}
    first, second = make(name="p1", prefix_length=16, **peering), make(name="p2", prefix_length=20, **peering)
    assert (first.address, second.address) == ("10.64.0.0", "10.65.0.0")
    with pytest.raises(exceptions.BadRequest, match="already being used by"):
        cloud.client("Networks").delete_unary(project=PROJECT, network="net")


def test_an_address_in_use_says_by_whom(cloud: Any) -> None:
    made = make_address(cloud)
    cloud.network()
    body = {"name": "rule", "IPAddress": made.self_link, "network": "global/networks/net"}
    cloud.do("POST", f"regions/{REGION}/forwardingRules", body)
    found = cloud.client("Addresses").get(project=PROJECT, region=REGION, address="addr")
    assert found.status == "IN_USE"
    assert found.users == [f"{ROOT}/regions/{REGION}/forwardingRules/rule"]
