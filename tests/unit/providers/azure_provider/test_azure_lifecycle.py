"""The five first types through their whole life against the ARM sandbox, over HTTP and the real SDK."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from azure_rig import ADDRESS, GROUP, LINEAGE, NETWORK, RULES, SUBNET, Azure, owner

from providers.azure.provider import AzureProvider
from providers.azure.schema import archive
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError, UnknownTypeError
from provisioner.model.resource import NOBODY, Observed, Resource
from provisioner.model.value import Map, freeze, get
from provisioner.planner.diff import diff as planned
from provisioner.protocols.provider import Pending

RULE = {
    "name": "ssh",
    "properties": {
        "priority": 100,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourceAddressPrefix": "10.0.0.0/8",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "22",
    },
}
SPACE = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
STANDARD = {"sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}}


def changed(want: Resource, path: tuple[str, ...], value: Any) -> Resource:
    from provisioner.model.value import put

    body: Map = put(want.body, path, freeze(value))
    return replace(want, body=body)


def differs(azure: Azure, want: Resource, have: Observed) -> Diff:
    """What the planner would change."""
    return planned(azure.provider.resource_type(want.type), want, None, have)


def made(azure: Azure, want: Resource) -> Observed:
    """Create, and see that what was wanted is there, by the planner's own eyes."""
    done = azure.create(want)
    have = azure.have(want)
    assert done.identity == want.identity == have.identity
    assert done.attributes["id"] == have.body["id"] and done.attributes["name"] == have.body["name"]
    assert not differs(azure, want, have)
    assert have.owner == (want.owner if azure.provider.resource_type(want.type).tags else None)
    return have


@pytest.fixture
def group(azure: Azure) -> Azure:
    azure.create(azure.want(GROUP, "rg"))
    return azure


@pytest.fixture
def network(group: Azure) -> Resource:
    want = group.want(NETWORK, "vn", {"properties": SPACE}, scope="rg")
    made(group, want)
    return want


def subnet(azure: Azure, network: Resource, name: str, prefix: str, **properties: Any) -> Resource:
    body = {"properties": {"addressPrefix": prefix, **properties}}
    return azure.want(SUBNET, name, body, parent=network.identity)


def test_the_sandbox_is_who_it_says(azure: Azure) -> None:
    assert azure.provider.identify(azure.place).account == azure.place.account


def test_a_group_lives(azure: Azure) -> None:
    want = azure.want(GROUP, "rg", {"tags": {"env": "test"}})
    have = made(azure, want)
    assert azure.have(want).body["location"] == "westeurope"
    more = changed(want, ("tags", "cost"), "42")
    assert differs(azure, more, have)
    azure.update(have, more, ("tags", "cost"))
    now = azure.have(more)
    assert now.body["tags"] == Map({"env": "test", "cost": "42"}) and now.owner == want.owner
    azure.delete(now)
    assert azure.get(want.identity or "", GROUP) is None
    assert azure.delete(now).identity == now.identity  # what is gone is deleted


def test_a_security_group_lives(group: Azure) -> None:
    want = group.want(RULES, "nsg", {"properties": {"securityRules": [RULE]}}, scope="rg")
    have = made(group, want)
    opened = freeze({**RULE, "properties": {**RULE["properties"], "destinationPortRange": "443"}})  # type: ignore[dict-item]
    other = freeze({**RULE, "name": "web", "properties": {**RULE["properties"], "priority": 200}})  # type: ignore[dict-item]
    more = changed(want, ("properties", "securityRules"), (opened, other))
    group.update(have, more, ("properties", "securityRules"))
    now = group.have(more)
    assert not differs(group, more, now) and now.owner == want.owner
    fewer = changed(want, ("properties", "securityRules"), (other,))
    group.update(now, fewer, ("properties", "securityRules"))
    last = group.have(fewer)
    assert [rule["name"] for rule in last.body["properties"]["securityRules"]] == ["web"]
    group.delete(last)
    assert group.get(want.identity or "", RULES) is None


def test_the_mark_is_taken_off_and_nothing_else(group: Azure, network: Resource) -> None:
    have = group.have(network)
    bare = replace(network, body=have.body, owner=NOBODY)
    group.update(have, bare)
    now = group.have(network)
    assert now.owner is None and now.body.get("tags") == have.body.get("tags")
    assert now.body["properties"]["addressSpace"] == have.body["properties"]["addressSpace"]
    sent = len(group.requests())
    group.update(now, bare)
    assert [call["method"] for call in group.requests()[sent:]] == ["GET"]  # nothing is left to take off
    group.update(now, replace(bare, owner=network.owner))
    assert group.have(network).owner == network.owner


def test_a_public_address_lives(group: Azure) -> None:
    want = group.want(ADDRESS, "ip", STANDARD, scope="rg")
    done = group.create(want)
    assert get(done.attributes, ("properties", "ipAddress")) and get(done.attributes, ("id",)) == want.identity
    have = group.have(want)
    assert not differs(group, want, have)
    more = changed(want, ("properties", "idleTimeoutInMinutes"), 15)
    group.update(have, more, ("properties", "idleTimeoutInMinutes"))
    now = group.have(more)
    assert not differs(group, more, now)
    assert get(now.body, ("properties", "ipAddress")) == get(have.body, ("properties", "ipAddress"))
    group.delete(now)
    assert group.get(want.identity or "", ADDRESS) is None


def test_a_network_lives_and_an_update_keeps_its_subnets_exactly(group: Azure, network: Resource) -> None:
    rules = group.want(RULES, "nsg", {}, scope="rg")
    made(group, rules)
    before = group.have(network)
    one = subnet(group, network, "one", "10.0.1.0/24", networkSecurityGroup={"id": rules.identity})
    two = subnet(group, network, "two", "10.0.2.0/24")
    kept = [made(group, one), made(group, two)]
    wider = changed(network, ("properties", "addressSpace", "addressPrefixes"), ("10.0.0.0/16", "10.1.0.0/16"))
    group.update(before, wider, ("properties", "addressSpace", "addressPrefixes"))  # ``before`` knows no subnet
    after = group.have(wider)
    assert not differs(group, wider, after)
    assert [item["name"] for item in after.body["properties"]["subnets"]] == ["one", "two"]
    for want, was in zip((one, two), kept, strict=True):
        assert group.have(want).body == was.body
    tagged = changed(wider, ("tags", "env"), "prod")
    group.update(after, tagged, ("tags", "env"))
    last = group.have(tagged)
    assert last.body["tags"] == Map({"env": "prod"}) and last.owner == network.owner
    assert len(last.body["properties"]["subnets"]) == 2


def test_a_subnet_lives(group: Azure, network: Resource) -> None:
    want = subnet(group, network, "one", "10.0.1.0/24")
    have = made(group, want)
    assert have.parent == network.identity and have.etag
    around = group.have(network)
    assert around.etag and "etag" not in around.body["properties"]["subnets"][0]
    more = changed(want, ("properties", "serviceEndpoints"), ({"service": "Microsoft.Storage"},))
    group.update(have, more, ("properties", "serviceEndpoints"))
    now = group.have(more)
    assert get(now.body, ("properties", "addressPrefix")) == "10.0.1.0/24"
    assert [item["service"] for item in now.body["properties"]["serviceEndpoints"]] == ["Microsoft.Storage"]
    group.delete(now)
    assert group.get(want.identity or "", SUBNET) is None


def test_inline_subnets_are_the_same_objects(group: Azure) -> None:
    inline = [{"name": "in", "properties": {"addressPrefix": "10.0.9.0/24"}}]
    want = group.want(NETWORK, "vn", {"properties": {**SPACE, "subnets": inline}}, scope="rg")
    have = made(group, want)
    child = subnet(group, want, "child", "10.0.1.0/24")
    made(group, child)
    found = group.ask(SUBNET, parents=(have.identity,))
    assert {item.identity.rpartition("/")[2] for item in found.observed} == {"in", "child"}
    assert {item.parent for item in found.observed} == {want.identity}
    moved = [{"name": "in", "properties": {"addressPrefix": "10.0.8.0/24"}}]
    other = changed(want, ("properties", "subnets"), moved)
    group.update(have, other, ("properties", "subnets"))  # reviewed before the child was there
    names = {
        item["name"]: item["properties"]["addressPrefix"] for item in group.have(other).body["properties"]["subnets"]
    }
    assert names == {"in": "10.0.8.0/24", "child": "10.0.1.0/24"}


def test_create_never_overwrites(group: Azure, network: Resource) -> None:
    stranger = replace(group.want(NETWORK, "vn", {"properties": SPACE}, scope="rg"), owner=owner("other"))
    with pytest.raises(ProviderError) as caught:
        group.create(stranger)
    assert caught.value.fault is Fault.CONFLICT and caught.value.code.startswith("PreconditionFailed")
    assert group.have(network).owner == network.owner
    made(group, subnet(group, network, "one", "10.0.1.0/24"))
    with pytest.raises(ProviderError) as caught:
        group.create(subnet(group, network, "one", "10.0.2.0/24"))
    assert caught.value.fault is Fault.CONFLICT


def test_a_group_with_something_in_it_is_not_deleted(group: Azure, network: Resource) -> None:
    have = group.have(group.want(GROUP, "rg"))
    with pytest.raises(ProviderError, match=r"Microsoft\.Network/virtualNetworks/vn") as caught:
        group.delete(have)
    assert caught.value.fault is Fault.CONFLICT and group.have(network)
    group.delete(group.have(network))
    group.delete(have)
    assert group.get(have.identity, GROUP) is None


@pytest.mark.parametrize("whose", [None, owner("theirs", "z" * 26)])
def test_what_is_not_ours_in_a_group_is_final_and_named(group: Azure, network: Resource, whose: Any) -> None:
    theirs = replace(group.want(ADDRESS, "theirs", STANDARD, scope="rg"), owner=whose)
    group.create(theirs)
    have, before = group.have(group.want(GROUP, "rg")), len(group.requests())
    with pytest.raises(ProviderError, match=r"publicIPAddresses/theirs, which this project does not own$") as caught:
        group.delete(have)
    assert caught.value.fault is Fault.INVALID and group.have(network)
    assert len(group.requests()) - before < 10
    found = group.have(theirs)
    group.delete(group.have(network))
    token = group.token()
    first = group.provider.delete(have, token)
    assert isinstance(first, Pending) and not first.writes
    group.delete(found)  # and now the list no longer shows it
    step = group.provider.advance(first, have, None, None, token)
    assert isinstance(step, Pending) and step.writes


def test_what_is_in_use_is_a_conflict(group: Azure, network: Resource) -> None:
    rules = group.want(RULES, "nsg", {}, scope="rg")
    have = made(group, rules)
    made(group, subnet(group, network, "one", "10.0.1.0/24", networkSecurityGroup={"id": rules.identity}))
    with pytest.raises(ProviderError) as caught:
        group.delete(have)
    assert caught.value.fault is Fault.CONFLICT and caught.value.code.startswith("InUse")
    assert caught.value.operation == "DELETE networkSecurityGroups"


def test_what_a_create_needs_and_does_not_find_is_not_ready(azure: Azure) -> None:
    with pytest.raises(ProviderError) as caught:
        azure.create(azure.want(NETWORK, "vn", {"properties": SPACE}, scope="nowhere"))
    assert (caught.value.fault, caught.value.code) == (Fault.NOT_READY, "ResourceGroupNotFound")


def test_strays_are_found_by_lineage_and_objects_by_owner(group: Azure, network: Resource) -> None:
    ip = group.want(ADDRESS, "ip", STANDARD, scope="rg")
    group.create(ip)
    group.create(replace(group.want(ADDRESS, "foreign", STANDARD, scope="rg"), owner=owner("foreign", "z" * 26)))
    assert [item.identity for item in group.ask(ADDRESS, lineage=LINEAGE).observed] == [ip.identity]
    assert [item.identity for item in group.ask(ADDRESS, owner=owner("ip")).observed] == [ip.identity]
    assert [item.owner for item in group.ask(GROUP, lineage=LINEAGE).observed] == [owner("rg")]
    assert [item.owner for item in group.ask(GROUP, owner=owner("rg")).observed] == [owner("rg")]
    assert group.ask(GROUP, owner=owner("other")).observed == ()
    assert len(group.ask(ADDRESS).observed) == 2


def test_children_are_listed_through_all_parents(group: Azure, network: Resource) -> None:
    made(group, subnet(group, network, "one", "10.0.1.0/24"))
    assert [item.body["name"] for item in group.ask(SUBNET).observed] == ["one"]
    assert group.ask(SUBNET, parents=(f"{network.identity}x",)).observed == ()


@pytest.mark.parametrize("graph", [True, False])
def test_a_type_without_a_list_of_its_own_is_found_through_resource_graph_or_without(group: Azure, graph: bool) -> None:
    gateway = "Microsoft.Network/localNetworkGateways"
    body = {
        "properties": {"gatewayIpAddress": "9.9.9.9", "localNetworkAddressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}
    }
    ours = group.want(gateway, "ours", body, scope="rg")
    group.create(ours)
    group.create(replace(group.want(gateway, "theirs", body, scope="rg"), owner=owner("theirs", "z" * 26)))
    if not graph:
        group.faults({"kind": "deny", "operation": "ResourceGraph", "times": -1})
    found = group.ask(gateway, lineage=LINEAGE)
    assert [item.identity for item in found.observed] == [ours.identity] and found.observed[0].etag
    assert not found.blindspots
    assert len(group.ask(gateway).observed) == 2
    assert any("ResourceGraph" in request["path"] for request in group.requests())


def test_many_ids_are_read_by_one_list(group: Azure) -> None:
    wants = [group.want(ADDRESS, f"ip{n}", STANDARD, scope="rg") for n in range(10)]
    for want in wants:
        group.create(want)
    before = len(group.requests())
    found = group.ask(ADDRESS, identities=(*(want.identity or "" for want in wants), f"{wants[0].identity}gone"))
    assert sorted(item.identity for item in found.observed) == sorted(want.identity or "" for want in wants)
    assert len(group.requests()) == before + 1


def test_a_want_is_found_by_its_names(group: Azure, network: Resource) -> None:
    assert [item.identity for item in group.ask(NETWORK, want=network).observed] == [network.identity]


@pytest.mark.parametrize(
    ("kind", "fault"), [("throttle", Fault.THROTTLED), ("error", Fault.TRANSIENT), ("deny", Fault.DENIED)]
)
def test_what_the_cloud_refuses_is_told_with_the_call(group: Azure, kind: str, fault: Fault) -> None:
    group.faults({"kind": kind, "operation": "PUT"})
    before = len(group.requests())
    with pytest.raises(ProviderError) as caught:
        group.create(group.want(ADDRESS, "ip", STANDARD, scope="rg"))
    error = caught.value
    assert (error.fault, error.service, error.operation) == (fault, "Microsoft.Network", "PUT publicIPAddresses")
    assert error.request_id and error.code and error.region == "westeurope"
    assert kind != "throttle" or error.retry_after is not None
    assert len(group.requests()) == before + 1  # no retry of the SDK's own
    assert group.get(group.want(ADDRESS, "ip", scope="rg").identity or "", ADDRESS) is None


def test_a_denied_list_is_a_blindspot_of_the_type(group: Azure) -> None:
    group.faults({"kind": "deny", "operation": "GET"})
    found = group.ask(ADDRESS, lineage=LINEAGE)
    assert not found.observed and [spot.identity for spot in found.blindspots] == [""]


def test_a_lost_answer_is_uncertain_and_the_next_attempt_finds_its_own(group: Azure) -> None:
    want = group.want(ADDRESS, "ip", STANDARD, scope="rg")
    group.faults({"kind": "lost", "operation": "PUT"})
    with pytest.raises(ProviderError) as caught:
        group.create(want)
    assert caught.value.fault is Fault.UNCERTAIN
    assert group.create(want).identity == want.identity
    assert len(group.ask(ADDRESS).observed) == 1


def test_a_lost_poll_is_only_transient(group: Azure) -> None:
    want, token = group.want(ADDRESS, "ip", STANDARD, scope="rg"), group.token()
    pending = group.provider.create(want, token)
    assert isinstance(pending, Pending)
    group.faults({"kind": "lost", "operation": "GET"})
    with pytest.raises(ProviderError) as caught:
        group.provider.advance(pending, None, want, None, token)
    assert caught.value.fault is Fault.TRANSIENT
    assert group.finish(lambda: pending, None, want, None, token).identity == want.identity


def test_a_lost_delete_may_be_sent_again(group: Azure, network: Resource) -> None:
    have = group.have(network)
    group.faults({"kind": "lost", "operation": "DELETE"})
    with pytest.raises(ProviderError) as caught:
        group.delete(have)
    assert caught.value.fault is Fault.UNCERTAIN
    for _ in range(200):  # the lost one is still at work for a moment, which is a conflict
        try:
            assert group.delete(have).identity == have.identity
            break
        except ProviderError as error:
            assert error.code == "AnotherOperationInProgress"
    assert group.get(have.identity, NETWORK) is None


def test_an_etag_that_moved_between_read_and_write_is_read_again(group: Azure, network: Resource) -> None:
    have, token = group.have(network), group.token()
    wider = changed(network, ("properties", "addressSpace", "addressPrefixes"), ("10.0.0.0/16", "10.1.0.0/16"))
    diff = group.diff(have, wider, ("properties", "addressSpace", "addressPrefixes"))
    pending = group.provider.update(have, wider, diff, token)
    assert isinstance(pending, Pending)
    made(group, subnet(group, network, "between", "10.0.1.0/24"))
    with pytest.raises(ProviderError) as caught:
        group.provider.advance(pending, have, wider, diff, token)
    assert caught.value.fault is Fault.CONFLICT
    group.finish(lambda: pending, have, wider, diff, token)  # the scheduler sends the same call again
    assert [item["name"] for item in group.have(wider).body["properties"]["subnets"]] == ["between"]


def test_one_client_serves_many_threads(group: Azure) -> None:
    wants = [group.want(ADDRESS, f"ip{n}", STANDARD, scope="rg") for n in range(16)]
    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(group.create, wants))
    assert [item.identity for item in done] == [want.identity for want in wants]


def test_a_type_that_no_archive_has_is_called_as_all_are(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    azure.create(azure.want(GROUP, "rg"))
    name = f"{ADDRESS}@{azure.provider.resource_type(ADDRESS).version}"

    class Without:
        """The archive, but for public addresses."""

        def entry(self, name: str) -> Any:
            if name == ADDRESS:
                raise UnknownTypeError(name)
            return archive().entry(name)

    monkeypatch.setattr("providers.azure.provider.archive", Without)
    azure = replace(azure, provider=AzureProvider(), default_tags=Map(team="a"))
    with pytest.raises(UnknownTypeError):
        azure.provider.resource_type(ADDRESS)
    want = azure.want(name, "ip", {**STANDARD, "location": "West Europe"}, scope="rg")
    assert "tags" not in want.body and want.identity is not None and "@" not in want.identity
    have = made(azure, want)
    longer = changed(want, ("properties", "idleTimeoutInMinutes"), 12)
    azure.update(have, longer, ("properties", "idleTimeoutInMinutes"))
    have = azure.have(longer)
    assert get(have.body, ("properties", "idleTimeoutInMinutes")) == 12 and not differs(azure, longer, have)
    assert azure.ask(name, want=want).observed == (have,)
    azure.delete(have)
    assert azure.get(have.identity, name) is None
