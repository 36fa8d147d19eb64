"""Cases of EventBridge Scheduler."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

_QUEUE, _ROLE = "arn:aws:sqs:us-east-1:123456789012:jobs", "arn:aws:iam::123456789012:role/scheduler"

CASES = (
    Case(
        Entry("subject", "AWS::Scheduler::ScheduleGroup", {"Name": "nightly", "Tags": tags(team="a")}),
        updates=({"Tags": tags(team="b", stage="test")}, {"Tags": tags(stage="test")}),
        replaces=({"Name": "weekly"},),
        behind=Behind(
            "Tags",
            Call("scheduler.tag_resource", {"ResourceArn": "{Arn}", "Tags": [{"Key": "team", "Value": "nobody"}]}),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::Scheduler::Schedule",
            {
                "Name": "report",
                "GroupName": ref("group", "Name"),
                "ScheduleExpression": "rate(1 hour)",
                "State": "ENABLED",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {"Arn": _QUEUE, "RoleArn": _ROLE, "Input": '{"a": 1}'},
            },
        ),
        needs=(Entry("group", "AWS::Scheduler::ScheduleGroup", {"Name": "nightly"}),),
        updates=({"ScheduleExpression": "rate(2 hours)"}, {"State": "DISABLED", "Description": "paused"}),
        replaces=({"Name": "report-2"},),
        behind=Behind(
            "ScheduleExpression",
            Call(
                "scheduler.update_schedule",
                {
                    "Name": "{Name}",
                    "GroupName": "{GroupName}",
                    "ScheduleExpression": "rate(9 hours)",
                    "State": "{State}",
                    "FlexibleTimeWindow": "{FlexibleTimeWindow}",
                    "Target": "{Target}",
                },
            ),
        ),
    ),
)
