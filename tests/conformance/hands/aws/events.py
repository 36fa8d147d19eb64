"""EventBridge through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, tagged
from tests.conformance.hands.base import Found

_RULE = {"Name": "{Name}", "EventBusName": "{EventBusName}"}
REMOVALS = {
    "AWS::Events::Rule": (
        Call("events.remove_targets", {"Rule": "{Name}", "EventBusName": "{EventBusName}", "Ids": "{TargetIds}"}),
        Call("events.delete_rule", _RULE),
    )
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Rules of all buses with their targets. EventBridge tells no time of creation, but a new rule has another owner tag."""
    events = clients("events")
    for bus in events.list_event_buses()["EventBuses"]:
        for item in clients.all("events", "list_rules", "Rules", EventBusName=bus["Name"]):
            if item["Name"].lower().startswith("events-archive-"):
                continue  # comes and goes with its archive
            yield _rule(events, item)


def _rule(events: Any, item: dict[str, Any]) -> Found:
    arn = item["Arn"]
    tags = tagged(events.list_tags_for_resource(ResourceARN=arn)["Tags"])
    targets = events.list_targets_by_rule(Rule=item["Name"], EventBusName=item["EventBusName"])["Targets"]
    body = {**item, "Targets": targets, "TargetIds": [each["Id"] for each in targets]}
    return Found("AWS::Events::Rule", arn, f"{arn} {tags.get('orch-owner')}", tags, body)
