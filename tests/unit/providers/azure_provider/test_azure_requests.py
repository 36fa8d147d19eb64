"""Requests, answers and long operations against an endpoint that answers as told: what no sandbox does on demand."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from azure_rig import ADDRESS, GROUP, LINEAGE, NETWORK, SUBNET, SUBSCRIPTION, Azure, Script, owner

from providers.azure import faults
from providers.azure.client import Answer, Call
from provisioner.model.change import Diff, Edit
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.value import ABSENT, Map
from provisioner.protocols.provider import Ask, Done, Pending, Read

ROOT = f"/subscriptions/{SUBSCRIPTION}"
RG = f"{ROOT}/resourceGroups/rg"
IP = f"{RG}/providers/{ADDRESS}/ip"
OPERATION = f"{ROOT}/providers/Microsoft.Network/locations/westeurope/operations/1"


def address(state: str = "Succeeded", tags: dict[str, str] | None = None, **properties: Any) -> dict[str, Any]:
    body = {"provisioningState": state, **properties}
    return {"id": IP, "name": "ip", "type": ADDRESS, "etag": 'W/"1"', "tags": tags or {}, "properties": body}


def error(code: str, message: str = "no", *details: dict[str, Any]) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "details": list(details)}}


def test_credentials_are_verified_with_one_request(script: Script) -> None:
    script.on(f"GET {ROOT}", 200, {"subscriptionId": SUBSCRIPTION, "displayName": "Dev", "tenantId": "t"})
    found = script.azure.provider.identify(script.azure.place)
    assert (found.account, found.principal) == (SUBSCRIPTION, "Dev, tenant t")
    assert script.calls() == [f"GET {ROOT}"] and script.seen[0].headers["authorization"]


def test_an_operation_is_polled_by_azure_asyncoperation_then_the_object_read(script: Script) -> None:
    url = f"{script.azure.url}{OPERATION}"
    script.on(f"PUT {IP}", 201, address("Updating"), Azure_AsyncOperation=url, Retry_After="7", x_ms_request_id="r1")
    script.on(f"GET {OPERATION}", 200, {"status": "InProgress", "percentComplete": 40.0}, Retry_After="0")
    script.on(f"GET {OPERATION}", 200, {"status": "Succeeded"})
    script.on(f"GET {IP}", 200, address(ipAddress="20.1.2.3"), x_ms_ratelimit_remaining_subscription_reads="11")
    want = script.azure.want(ADDRESS, "ip", scope="rg")
    token = script.azure.token()
    first = script.azure.provider.create(want, token)
    assert isinstance(first, Pending)
    assert (first.identity, first.delay, first.request_id, first.writes) == (IP, 7.0, "r1", False)
    second = script.azure.provider.advance(first, None, want, None, token)
    assert isinstance(second, Pending) and second.progress == "InProgress, 40 %" and 0 < second.delay < 1
    done = script.azure.finish(lambda: second, None, want, None, token)
    assert done.attributes["properties"]["ipAddress"] == "20.1.2.3"
    assert done.remaining == 11
    sent = script.seen[0]
    assert sent.headers["if-none-match"] == "*" and sent.query.startswith("api-version=20")
    assert sent.json()["tags"] == owner("ip").tags()
    assert script.calls() == [f"PUT {IP}", f"GET {OPERATION}", f"GET {OPERATION}", f"GET {IP}"]


def test_an_operation_is_polled_by_location(script: Script) -> None:
    url = f"{script.azure.url}{OPERATION}"
    script.on(f"DELETE {IP}", 202, None, Location=url).on(f"GET {OPERATION}", 202).on(f"GET {OPERATION}", 204)
    script.on(f"GET {IP}", 200, address())
    have = script.azure.get(IP, ADDRESS)
    assert have
    assert script.azure.delete(have).identity == IP
    assert script.calls()[1:] == [f"DELETE {IP}", f"GET {OPERATION}", f"GET {OPERATION}"]


def test_an_object_that_tells_its_state_itself_is_read_until_it_is_through(script: Script) -> None:
    script.on(f"PUT {IP}", 201, address("Creating")).on(f"GET {IP}", 200, address("Creating"), Retry_After="0")
    script.on(f"GET {IP}", 200, address())
    script.azure.create(script.azure.want(ADDRESS, "ip", scope="rg"))
    assert script.calls() == [f"PUT {IP}", f"GET {IP}", f"GET {IP}"]


def test_an_operation_that_arm_has_forgotten_is_answered_by_the_object(script: Script) -> None:
    url = f"{script.azure.url}{OPERATION}"
    script.on(f"PUT {IP}", 201, address("Updating"), Azure_AsyncOperation=url)
    script.on(f"GET {OPERATION}", 404, error("OperationNotFound")).on(f"GET {IP}", 200, address())
    assert script.azure.create(script.azure.want(ADDRESS, "ip", scope="rg")).identity == IP


def test_a_failed_operation_says_why_in_arms_innermost_words(script: Script) -> None:
    inner = {"code": "PublicIPCountLimitReached", "message": "Cannot create more than 10.", "target": "ip"}
    failed = {"status": "Failed", **error("BadRequest", "It failed.", inner)}
    script.on(f"PUT {IP}", 201, None, Azure_AsyncOperation=f"{script.azure.url}{OPERATION}")
    script.on(f"GET {OPERATION}", 200, failed, x_ms_request_id="r9")
    with pytest.raises(ProviderError) as caught:
        script.azure.create(script.azure.want(ADDRESS, "ip", scope="rg"))
    found = caught.value
    assert (found.fault, found.code, found.subject) == (Fault.QUOTA, "PublicIPCountLimitReached", "ip")
    assert str(found) == (
        "azure Microsoft.Network:PUT publicIPAddresses in westeurope: PublicIPCountLimitReached: "
        "It failed. Cannot create more than 10. (request r9)"
    )


def test_a_half_made_object_is_put_again_and_not_taken_for_whole(script: Script) -> None:
    url = f"{script.azure.url}{OPERATION}"
    script.on(f"PUT {IP}", 201, None, Azure_AsyncOperation=url)
    script.on(f"GET {OPERATION}", 200, {"status": "Failed", **error("InternalServerError")}, Retry_After="0")
    script.on(f"GET {OPERATION}", 200, {"status": "Succeeded"})
    script.on(f"GET {IP}", 200, address("Failed")).on(f"GET {IP}", 200, address())
    script.azure.create(script.azure.want(ADDRESS, "ip", scope="rg"))
    puts = [request for request in script.seen if request.method == "PUT"]
    assert [put.headers.get("if-match", "") for put in puts] == ["", 'W/"1"']
    assert puts[0].json() == puts[1].json()


def test_a_create_whose_operation_keeps_failing_ends_and_is_not_polled_on(script: Script) -> None:
    script.on(f"PUT {IP}", 201, None, Azure_AsyncOperation=f"{script.azure.url}{OPERATION}")
    script.on(f"GET {OPERATION}", 200, {"status": "Failed", **error("RetryableError")}, Retry_After="0")
    script.on(f"GET {IP}", 200, address("Failed"))
    with pytest.raises(ProviderError) as caught:
        script.azure.create(script.azure.want(ADDRESS, "ip", scope="rg"))
    assert (caught.value.fault, caught.value.code) == (Fault.INVALID, "RetryableError")
    assert script.calls().count(f"PUT {IP}") == 3


@pytest.mark.parametrize(("mark", "ours"), [(owner("ip"), True), (owner("ip", "z" * 26), False), (None, False)])
def test_an_object_in_a_creates_way_is_gone_on_with_only_if_it_is_ours(script: Script, mark: Any, ours: bool) -> None:
    script.on(f"PUT {IP}", 412, error("PreconditionFailed", "exists"))
    script.on(f"GET {IP}", 200, address(tags=mark.tags() if mark else {}))
    want = script.azure.want(ADDRESS, "ip", scope="rg")
    if ours:
        assert script.azure.create(want).identity == IP
        return
    with pytest.raises(ProviderError, match="exists and") as caught:
        script.azure.create(want)
    assert caught.value.fault is Fault.CONFLICT


def test_an_update_whose_memory_is_lost_reads_again(script: Script) -> None:
    script.on(f"GET {IP}", 200, address(idleTimeoutInMinutes=4)).on(f"PUT {IP}", 200, address(idleTimeoutInMinutes=9))
    have = script.azure.get(IP, ADDRESS)
    want = script.azure.want(ADDRESS, "ip", {"properties": {"idleTimeoutInMinutes": 9}}, scope="rg")
    assert have
    diff, token = script.azure.diff(have, want, ("properties", "idleTimeoutInMinutes")), script.azure.token()
    first = script.azure.provider.update(have, want, diff, token)
    assert isinstance(first, Pending) and first.writes
    assert "9" not in json.dumps(first.continuation) and "idle" not in json.dumps(first.continuation)
    survivor = Azure(script.azure.url)  # another process
    survivor.finish(lambda: first, have, want, diff, token)
    assert script.calls() == [f"GET {IP}"] * 3 + [f"PUT {IP}"]


def test_an_edit_that_stands_already_sends_nothing(script: Script) -> None:
    script.on(f"GET {IP}", 200, address(tags={**owner("ip").tags(), "a": "1"}))
    want = script.azure.want(ADDRESS, "ip", {"tags": {"a": "1"}}, scope="rg")
    diff = Diff((Edit(("tags", "a"), ABSENT, "1"),))
    have = script.azure.have(want)
    assert isinstance(script.azure.provider.update(have, want, diff, script.azure.token()), Done)


def test_a_value_changed_since_the_review_stops_the_update(script: Script) -> None:
    script.on(f"GET {IP}", 200, address(idleTimeoutInMinutes=4)).on(f"GET {IP}", 200, address(idleTimeoutInMinutes=30))
    want = script.azure.want(ADDRESS, "ip", {"properties": {"idleTimeoutInMinutes": 9}}, scope="rg")
    have = script.azure.have(want)
    with pytest.raises(ProviderError, match="idleTimeoutInMinutes has changed since it was read") as caught:
        script.azure.update(have, want, ("properties", "idleTimeoutInMinutes"))
    assert caught.value.fault is Fault.CONFLICT


def test_a_poll_elsewhere_is_not_followed_with_our_token(script: Script) -> None:
    script.on(f"PUT {IP}", 201, None, Azure_AsyncOperation="http://evil.example/1")
    with pytest.raises(ProviderError, match="not followed"):
        script.azure.create(script.azure.want(ADDRESS, "ip", scope="rg"))


@pytest.mark.parametrize(
    ("status", "body", "absent"),
    [
        (404, error("ResourceNotFound"), True),
        (404, error("ResourceGroupNotFound"), True),
        (404, error("ParentResourceNotFound"), True),
        (409, error("MissingSubscriptionRegistration"), True),
        (404, error("SubscriptionNotFound"), False),
        (404, "<html>who are you looking for</html>", False),
        (404, None, False),
        (500, error("InternalServerError"), False),
    ],
)
def test_only_arm_saying_so_makes_an_object_absent(script: Script, status: int, body: Any, absent: bool) -> None:
    script.on(f"GET {IP}", status, body)
    if absent:
        assert script.azure.get(IP, ADDRESS) is None
        return
    with pytest.raises(ProviderError):
        script.azure.get(IP, ADDRESS)


def test_denied_is_a_blindspot(script: Script) -> None:
    script.on(f"GET {IP}", 403, error("AuthorizationFailed", "may not read"), x_ms_request_id="r3")
    found = script.azure.ask(ADDRESS, identities=(IP,))
    [spot] = found.blindspots
    assert not found.observed and (spot.identity, spot.code, spot.request_id) == (IP, "AuthorizationFailed", "r3")


def test_an_answer_in_other_letters_is_the_same_object(script: Script) -> None:
    shouted = {**address(), "id": IP.upper(), "type": ADDRESS.lower(), "location": "West Europe"}
    script.on(f"GET {IP}", 200, shouted)
    found = script.azure.get(IP, ADDRESS)
    assert found and (found.identity, found.body["id"], found.body["type"]) == (IP, IP, ADDRESS)
    assert found.etag == 'W/"1"' and "etag" not in found.body


def test_a_list_in_other_letters_gives_what_we_know_under_our_spelling(script: Script) -> None:
    """Groups' names too come in another case, and two spellings would be two objects to whoever asked."""
    mark = owner("x")
    other = f"{RG}/providers/{ADDRESS}/other"
    rows = [{**address(tags=mark.tags()), "id": each.upper()} for each in (IP, other)]
    script.on(f"GET {ROOT}/providers/{ADDRESS}", 200, {"value": rows})
    (read,) = script.azure.provider.reads(Ask(script.azure.place, ADDRESS, lineage=LINEAGE, known=(IP,)))
    found = script.azure.provider.read(read).observed
    assert [item.identity for item in found] == [IP, f"{ROOT}/resourceGroups/RG/providers/{ADDRESS}/OTHER"]
    assert found[0].body["id"] == IP


def test_lists_are_followed_page_by_page(script: Script) -> None:
    listing = f"{RG}/providers/{ADDRESS}"
    rows = [{**address(), "id": f"{listing}/ip{n}", "name": f"ip{n}"} for n in range(12)]
    script.on(f"GET {listing}", 200, {"value": rows[:6], "nextLink": f"{script.azure.url}{listing}/2?$skipToken=a%2Fb"})
    script.on(f"GET {listing}/2", 200, {"value": rows[6:]})
    wanted = tuple(f"{listing}/ip{n}" for n in range(10))
    found = script.azure.ask(ADDRESS, identities=wanted)
    assert tuple(item.identity for item in found.observed) == wanted
    assert script.seen[1].query == "$skipToken=a%2Fb"


def test_many_ids_of_many_groups_take_one_list_and_few_take_a_get_each() -> None:
    azure = Azure("http://127.0.0.1:9")
    ids = [f"{ROOT}/resourceGroups/rg{n}/providers/{ADDRESS}/ip" for n in range(20)]

    def reads(*identities: str) -> list[Read]:
        return azure.provider.reads(Ask(azure.place, ADDRESS, identities=identities))

    assert [read.arguments["target"] for read in reads(*ids)] == [f"{ROOT}/providers/{ADDRESS}"]
    assert [read.arguments["target"] for read in reads(*ids[:8])] == ids[:8]
    together = [f"{RG}/providers/{ADDRESS}/ip{n}" for n in range(9)]
    assert [read.arguments["target"] for read in reads(*together)] == [f"{RG}/providers/{ADDRESS}"]


def test_what_cannot_be_tagged_cannot_be_asked_for_by_owner() -> None:
    azure = Azure("http://127.0.0.1:9")
    assert azure.provider.reads(Ask(azure.place, SUBNET, lineage=LINEAGE)) == []
    assert azure.provider.reads(Ask(azure.place, SUBNET, owner=owner("x"))) == []
    assert len(azure.provider.reads(Ask(azure.place, NETWORK, owner=owner("x")))) == 1


def test_an_endpoint_that_is_down_is_named_and_nothing_was_done() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    azure = Azure(url)
    with pytest.raises(ProviderError, match=f"cannot reach {url}") as caught:
        azure.provider.create(azure.want(GROUP, "rg"), azure.token())
    assert caught.value.fault is Fault.TRANSIENT and caught.value.operation == "PUT resourceGroups"
    assert caught.value.unsent


@pytest.mark.parametrize(
    ("verb", "status", "code", "fault"),
    [
        ("create", 429, "SubscriptionRequestsThrottled", Fault.THROTTLED),
        ("create", 429, "AnotherOperationInProgress", Fault.CONFLICT),
        ("update", 409, "Conflict", Fault.CONFLICT),
        ("update", 412, "PreconditionFailedEtagMismatch", Fault.CONFLICT),
        ("delete", 400, "InUseSubnetCannotBeDeleted", Fault.CONFLICT),
        ("delete", 409, "ScopeLocked", Fault.DENIED),
        ("create", 403, "LinkedAuthorizationFailed", Fault.DENIED),
        ("create", 403, "RequestDisallowedByPolicy", Fault.DENIED),
        ("read", 401, "ExpiredAuthenticationToken", Fault.DENIED),
        ("create", 409, "QuotaExceeded", Fault.QUOTA),
        ("create", 400, "InvalidResourceReference", Fault.NOT_READY),
        ("create", 404, "ParentResourceNotFound", Fault.NOT_READY),
        ("update", 404, "ResourceNotFound", Fault.NOT_FOUND),
        ("create", 429, "ReferencedResourceNotProvisioned", Fault.NOT_READY),
        ("create", 409, "MissingSubscriptionRegistration", Fault.INVALID),
        ("create", 409, "InvalidResourceGroupLocation", Fault.INVALID),
        ("create", 400, "InvalidRequestFormat", Fault.INVALID),
        ("create", 500, "", Fault.TRANSIENT),
        ("create", 504, "GatewayTimeout", Fault.UNCERTAIN),
        ("read", 504, "GatewayTimeout", Fault.TRANSIENT),
    ],
)
def test_every_error_is_one_fault(verb: str, status: int, code: str, fault: Fault) -> None:
    azure = Azure("http://127.0.0.1:9")
    call = Call(azure.place, NETWORK, "PUT", IP, verb)
    content = {"error": {"code": "Outer", "message": "m", "details": [{"code": code, "message": "n"}]}}
    found = faults.refused(call, Answer(status, {"retry-after": "12"}, content))
    assert (found.fault, found.retry_after) == (fault, 12.0)
    assert found.code == (code or "Outer") and found.service == "Microsoft.Network"


def test_the_owners_tags_never_show(script: Script) -> None:
    script.on(f"GET {IP}", 200, address(tags={**owner("ip").tags(), "env": "x"}))
    found = script.azure.get(IP, ADDRESS)
    assert found and found.owner == owner("ip") and found.body["tags"] == Map({"env": "x"})
