"""CloudWatch through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, tagged
from tests.conformance.hands.base import Found

REMOVALS = {"AWS::CloudWatch::Alarm": Call("cloudwatch.delete_alarms", {"AlarmNames": ["{AlarmName}"]})}
_CHURN = ("AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp", "StateTransitionedTimestamp")


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Alarms. CloudWatch tells no time of creation, but a new alarm has another owner tag."""
    cloudwatch = clients("cloudwatch")
    for item in clients.all("cloudwatch", "describe_alarms", "MetricAlarms"):
        tags = tagged(cloudwatch.list_tags_for_resource(ResourceARN=item["AlarmArn"])["Tags"])
        body = {key: value for key, value in item.items() if key not in _CHURN} | {"Tags": tags}
        name = item["AlarmName"]
        yield Found("AWS::CloudWatch::Alarm", name, f"{name} {tags.get('orch-owner')}", tags, body)
