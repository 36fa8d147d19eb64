"""CloudWatch Logs through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::Logs::LogGroup": Call("logs.delete_log_group", {"logGroupName": "{logGroupName}"}),
    "AWS::Logs::MetricFilter": Call(
        "logs.delete_metric_filter", {"logGroupName": "{logGroupName}", "filterName": "{filterName}"}
    ),
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Log groups and their filters. A filter's time of creation rises with each change, so its name is all there is."""
    logs = clients("logs")
    for item in clients.all("logs", "describe_log_groups", "logGroups"):
        name = item["logGroupName"]
        tags = logs.list_tags_for_resource(resourceArn=item["logGroupArn"])["tags"]
        yield Found("AWS::Logs::LogGroup", name, f"{name} {item['creationTime']}", tags, {**item, "Tags": tags})
    for item in clients.all("logs", "describe_metric_filters", "metricFilters"):
        identity = f"{item['logGroupName']}|{item['filterName']}"
        body = {key: value for key, value in item.items() if key != "creationTime"}
        yield Found("AWS::Logs::MetricFilter", identity, identity, {}, body)
