"""EventBridge Scheduler through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, tagged
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::Scheduler::ScheduleGroup": Call("scheduler.delete_schedule_group", {"Name": "{Name}"}),
    "AWS::Scheduler::Schedule": Call("scheduler.delete_schedule", {"Name": "{Name}", "GroupName": "{GroupName}"}),
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Groups and schedules."""
    scheduler = clients("scheduler")
    for group in clients.all("scheduler", "list_schedule_groups", "ScheduleGroups"):
        tags = tagged(scheduler.list_tags_for_resource(ResourceArn=group["Arn"])["Tags"])
        stamp = f"{group['Arn']} {group.get('CreationDate')}"
        yield Found("AWS::Scheduler::ScheduleGroup", group["Name"], stamp, tags, {**group, "Tags": tags})
    for each in clients.all("scheduler", "list_schedules", "Schedules"):
        body = scheduler.get_schedule(Name=each["Name"], GroupName=each["GroupName"])
        del body["ResponseMetadata"], body["LastModificationDate"]
        yield Found("AWS::Scheduler::Schedule", each["Name"], f"{body['Arn']} {body['CreationDate']}", {}, body)
