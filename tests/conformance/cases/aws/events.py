"""Cases of EventBridge."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

QUEUE = Entry("queue", "AWS::SQS::Queue", {"QueueName": "orch-events"})
ROLE = "arn:aws:iam::123456789012:role/orch-events"
_INBOX = {
    "Id": "inbox",
    "Arn": ref("queue", "Arn"),
    "InputTransformer": {"InputTemplate": '"<id>"', "InputPathsMap": {"id": "$.id"}},
}
_TASK = {
    "Id": "task",
    "Arn": "arn:aws:ecs:us-east-1:123456789012:cluster/orch",
    "RoleArn": ROLE,
    "EcsParameters": {
        "TaskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/orch",
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {"AwsVpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "DISABLED"}},
        "PlacementConstraints": [{"Type": "distinctInstance"}],
        "TagList": tags(team="a"),
    },
}

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::Events::Rule",
            {
                "Name": "orch-objects",
                "Description": "objects that were made",
                "EventPattern": {"source": ["aws.s3"], "detail-type": ["Object Created", "Object Deleted"]},
                "Targets": [_INBOX, _TASK],
                "Tags": tags(team="a"),
            },
        ),
        needs=(QUEUE,),
        dependents=(
            Entry(
                "policy",
                "AWS::SQS::QueueInlinePolicy",
                {
                    "Queue": ref("queue", "QueueUrl"),
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": "events.amazonaws.com"},
                                "Action": "sqs:SendMessage",
                                "Resource": ref("queue", "Arn"),
                                "Condition": {"ArnEquals": {"aws:SourceArn": ref("subject", "Arn")}},
                            }
                        ],
                    },
                },
            ),
        ),
        updates=(
            {"EventPattern": '{"source": ["aws.s3"]}', "State": "DISABLED"},
            {"Targets": [_INBOX | {"DeadLetterConfig": {"Arn": ref("queue", "Arn")}}]},
            {"ScheduleExpression": "rate(5 minutes)", "RoleArn": ROLE, "Tags": tags(team="b", stage="test")},
        ),
        replaces=({"Name": "orch-objects-2"},),
        behind=Behind(
            "Targets",
            Call(
                "events.put_targets",
                {"Rule": "{Name}", "Targets": [{"Id": "meddled", "Arn": "arn:aws:sqs:us-east-1:123456789012:other"}]},
            ),
        ),
    ),
)
