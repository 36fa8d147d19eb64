"""What goes wrong on the way: each failure as one fault, with all that the cloud said, and never as absence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gcp_rig import PROJECT, REGION, Gcp, Script

from providers.gcp import faults
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.value import freeze

NET = {"name": "net", "autoCreateSubnetworks": False}


def test_the_project_is_the_identity(gcp: Gcp) -> None:
    assert gcp.requests(lambda: gcp.provider.identify(gcp.place)) == ["projects.get"]
    assert gcp.provider.identify(gcp.place).account == PROJECT


def test_an_unknown_project_is_an_error(gcp: Gcp) -> None:
    gcp.settings(projects=["another"])
    try:
        with pytest.raises(ProviderError) as caught:
            gcp.provider.identify(gcp.place)
    finally:
        gcp.settings(projects=[])
    assert caught.value.fault is Fault.NOT_FOUND
    assert str(caught.value).startswith(
        "gcp compute:projects.get in global: notFound: The resource 'projects/acme-dev' was not"
    )


@pytest.mark.parametrize(
    ("kind", "fault", "code"),
    [
        ("throttle", Fault.THROTTLED, "rateLimitExceeded"),
        ("error", Fault.TRANSIENT, "backendError"),
        ("unavailable", Fault.TRANSIENT, "backendError"),
        ("deny", Fault.DENIED, "forbidden"),
        ("quota", Fault.QUOTA, "quotaExceeded"),
    ],
)
def test_a_refused_insert_is_classified(gcp: Gcp, kind: str, fault: Fault, code: str) -> None:
    gcp.faults({"kind": kind, "operation": "networks.insert"})
    with pytest.raises(ProviderError) as caught:
        gcp.create(gcp.want("Network", NET))
    error = caught.value
    assert (error.fault, error.code, error.cloud, error.service) == (fault, code, "gcp", "compute")
    assert error.operation == "networks.insert"
    assert len(error.request_id) == 36
    assert error.retry_after == (1.0 if kind in ("throttle", "unavailable") else None)
    assert gcp.find("Network", f"projects/{PROJECT}/global/networks/net") is None


def test_a_denial_names_the_permission_and_a_quota_its_name(gcp: Gcp) -> None:
    gcp.faults({"kind": "deny", "operation": "networks.insert"}, {"kind": "quota", "operation": "addresses.insert"})
    with pytest.raises(ProviderError) as denied:
        gcp.create(gcp.want("Network", NET))
    with pytest.raises(ProviderError) as exhausted:
        gcp.create(gcp.want("Address", {"name": "ad"}))
    assert denied.value.subject == "compute.networks.insert"
    assert (exhausted.value.subject, exhausted.value.region) == ("ADDRESSES", REGION)


def test_a_lost_answer_is_uncertain_and_the_same_request_does_nothing_twice(gcp: Gcp) -> None:
    gcp.faults({"kind": "lost", "operation": "addresses.insert"})
    want, token = gcp.want("Address", {"name": "ad"}), gcp.token()
    with pytest.raises(ProviderError) as caught:
        gcp.provider.create(want, token)
    assert caught.value.fault is Fault.UNCERTAIN
    assert gcp.url in caught.value.message
    gcp.finish(gcp.provider.create(want, token), None, want, None, token)
    assert gcp.have(want.type, want.identity or "").owner == want.owner
    assert len(gcp.ask("Address").observed) == 1


def test_a_lost_label_call_is_sent_again(gcp: Gcp) -> None:
    """Global addresses' setLabels takes no requestId: the second call meets a new fingerprint and looks again."""
    want, token = gcp.want("GlobalAddress", {"name": "ad", "labels": {"a": "b"}}), gcp.token()
    pending = gcp.until(gcp.provider.create(want, token), "send", want, token)
    gcp.faults({"kind": "lost", "operation": "globalAddresses.setLabels"})
    with pytest.raises(ProviderError) as caught:
        gcp.provider.advance(pending, None, want, None, token)
    assert caught.value.fault is Fault.UNCERTAIN
    for _ in range(1000):  # until the lost call's operation is through
        if gcp.have(want.type, want.identity or "").owner:
            break
    again = gcp.provider.advance(pending, None, want, None, token)
    gcp.finish(again, None, want, None, token)
    have = gcp.have(want.type, want.identity or "")
    assert (have.owner, have.body["labels"]) == (want.owner, {"a": "b"})


def test_a_lost_read_is_only_transient(gcp: Gcp) -> None:
    gcp.faults({"kind": "lost", "operation": "networks.list"})
    with pytest.raises(ProviderError) as caught:
        gcp.ask("Network")
    assert caught.value.fault is Fault.TRANSIENT


def test_nobody_there_is_transient_and_names_the_endpoint() -> None:
    closed = Gcp("http://127.0.0.1:9")
    with pytest.raises(ProviderError) as caught:
        closed.create(closed.want("Network", NET))
    assert caught.value.fault is Fault.TRANSIENT and caught.value.unsent
    assert "cannot connect to http://127.0.0.1:9" in caught.value.message


@pytest.mark.parametrize("narrowed", [{}, {"identities": (f"projects/{PROJECT}/global/networks/net",)}])
def test_a_denied_read_is_a_blindspot(gcp: Gcp, narrowed: dict[str, Any]) -> None:
    gcp.make("Network", NET)
    gcp.faults({"kind": "deny", "operation": "networks.(get|list)", "times": -1})
    found = gcp.ask("Network", **narrowed)
    assert found.observed == ()
    (spot,) = found.blindspots
    assert (spot.type, spot.code) == ("compute.googleapis.com/Network", "forbidden")
    assert spot.identity == narrowed.get("identities", ("",))[0]
    assert "Required 'compute.networks." in spot.reason


def test_a_denied_list_hides_just_what_was_asked_for(gcp: Gcp) -> None:
    asked = tuple(f"projects/{PROJECT}/global/networks/n{number}" for number in range(3))
    gcp.faults({"kind": "deny", "operation": "networks.list"})
    assert [spot.identity for spot in gcp.ask("Network", identities=asked).blindspots] == list(asked)


def test_a_read_that_fails_otherwise_is_an_error(gcp: Gcp) -> None:
    gcp.faults({"kind": "error", "operation": "networks.list"})
    with pytest.raises(ProviderError) as caught:
        gcp.ask("Network")
    assert (caught.value.fault, caught.value.operation) == (Fault.TRANSIENT, "networks.list")


def test_a_failed_operation_is_the_verbs_failure(gcp: Gcp) -> None:
    gcp.faults({"kind": "fail", "operation": "firewalls.insert"})
    link = gcp.make("Network", NET).body["selfLink"]
    with pytest.raises(ProviderError) as caught:
        gcp.create(gcp.want("Firewall", {"name": "fw", "network": link, "allowed": [{"IPProtocol": "icmp"}]}))
    assert (caught.value.fault, caught.value.operation) == (Fault.TRANSIENT, "firewalls.insert")
    assert caught.value.request_id.startswith("operation-")


def test_what_is_referred_to_must_exist(gcp: Gcp) -> None:
    body = {"name": "sub", "network": "global/networks/none", "ipCidrRange": "10.0.0.0/24"}
    with pytest.raises(ProviderError) as caught:
        gcp.create(gcp.want("Subnetwork", body))
    assert caught.value.fault in (Fault.NOT_FOUND, Fault.INVALID)
    assert caught.value.region == REGION


def answered(gcp: Gcp, status: int, body: Any, script: Script, **headers: str) -> ProviderError:
    script.say(status, body, **headers)
    with pytest.raises(ProviderError) as caught:
        gcp.provider.create(gcp.want("Network", NET), gcp.token())
    return caught.value


def google(status: int, reason: str, message: str = "m") -> dict[str, Any]:
    return {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}


@pytest.mark.parametrize(
    ("status", "reason", "fault"),
    [
        (403, "rateLimitExceeded", Fault.THROTTLED),
        (400, "resourceNotReady", Fault.NOT_READY),
        (400, "resourceInUseByAnotherResource", Fault.CONFLICT),
        (409, "alreadyExists", Fault.CONFLICT),
        (412, "conditionNotMet", Fault.CONFLICT),
        (400, "invalid", Fault.INVALID),
        (404, "notFound", Fault.NOT_FOUND),
        (403, "accessNotConfigured", Fault.DENIED),
        (503, "backendError", Fault.TRANSIENT),
        (501, "notImplemented", Fault.INVALID),
        (504, "", Fault.UNCERTAIN),
        (418, "teapot", Fault.INVALID),
    ],
)
def test_reasons_and_statuses(script: tuple[Gcp, Script], status: int, reason: str, fault: Fault) -> None:
    gcp, server = script
    assert answered(gcp, status, google(status, reason), server).fault is fault


def test_answers_that_are_no_answers(script: tuple[Gcp, Script]) -> None:
    gcp, server = script
    error = answered(gcp, 502, b"<html>Bad Gateway</html>", server)
    assert (error.fault, error.code) == (Fault.UNCERTAIN, "502")
    assert answered(gcp, 200, b"<html>Sign in</html>", server).fault is Fault.UNCERTAIN
    moved = answered(gcp, 302, b"", server, Location="http://127.0.0.1:9/")
    assert moved.fault is Fault.INVALID
    assert answered(gcp, 429, google(429, "rateLimitExceeded"), server, Retry_After="7").retry_after == 7.0


def test_wrong_credentials_blind_nothing_but_stop_everything(script: tuple[Gcp, Script]) -> None:
    gcp, server = script
    server.say(401, google(401, "required", "Login Required"))
    with pytest.raises(ProviderError) as caught:
        gcp.ask("Network")
    assert caught.value.fault is Fault.DENIED


def test_an_operation_that_is_not_known_any_more_is_uncertain(gcp: Gcp) -> None:
    want, token = gcp.want("Network", NET), gcp.token()
    pending = gcp.until(gcp.provider.create(want, token), "poll", want, token)
    lost = freeze({**pending.continuation, "operation": "operation-of-long-ago"})
    with pytest.raises(ProviderError) as caught:
        gcp.provider.advance(replace(pending, continuation=lost), None, want, None, token)
    assert caught.value.fault is Fault.UNCERTAIN


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("QUOTA_EXCEEDED", Fault.QUOTA),
        ("RESOURCE_NOT_READY", Fault.NOT_READY),
        ("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", Fault.CONFLICT),
        ("RESOURCE_NOT_FOUND", Fault.NOT_FOUND),
        ("ZONE_RESOURCE_POOL_EXHAUSTED", Fault.QUOTA),
        ("RESOURCE_OPERATION_RATE_EXCEEDED", Fault.THROTTLED),
        ("SOMETHING_NEW", Fault.INVALID),
    ],
)
def test_codes_of_operations(code: str, fault: Fault) -> None:
    context = faults.Context("compute", "networks.insert", writes=True)
    error = faults.of_operation(context, {"name": "op", "error": {"errors": [{"code": code, "message": "m"}]}})
    assert error is not None
    assert (error.fault, error.code, error.request_id) == (fault, code, "op")


def test_an_operation_fails_by_its_status_where_it_lists_no_error() -> None:
    context = faults.Context("compute", "networks.insert", writes=True)
    failed = {"name": "op", "status": "DONE", "httpErrorStatusCode": 403, "httpErrorMessage": "FORBIDDEN"}
    error = faults.of_operation(context, failed)
    assert error is not None
    assert (error.fault, error.code, error.message) == (Fault.DENIED, "403", "FORBIDDEN")
    assert faults.of_operation(context, {"name": "op", "error": {}, "status": "DONE"}) is not None
    assert faults.of_operation(context, {"name": "op", "status": "DONE"}) is None


def test_an_operation_tells_all_that_went_wrong() -> None:
    context = faults.Context("compute", "networks.insert", writes=True)
    errors = [{"code": "INVALID_USAGE", "message": "a"}, {"code": "QUOTA_EXCEEDED", "message": "b"}]
    error = faults.of_operation(context, {"name": "op", "error": {"errors": errors}})
    assert error is not None and error.message == "a; QUOTA_EXCEEDED: b"
