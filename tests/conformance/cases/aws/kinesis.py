"""Cases of Kinesis."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "arn:aws:iam::123456789012:role/orch-jobs"
FUNCTION = Entry(
    "function",
    "AWS::Lambda::Function",
    {
        "FunctionName": "orch-reader",
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": "def handler(event, context):\n    return event\n"},
    },
)

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::Kinesis::Stream",
            {
                "Name": "orch-clicks",
                "ShardCount": 2,
                "RetentionPeriodHours": 48,
                "DesiredShardLevelMetrics": ["OutgoingBytes", "IncomingBytes"],
                "Tags": tags(team="a"),
            },
        ),
        needs=(FUNCTION,),
        dependents=(
            Entry(
                "reader",
                "AWS::Lambda::EventSourceMapping",
                {
                    "FunctionName": ref("function", "FunctionName"),
                    "EventSourceArn": ref("subject", "Arn"),
                    "StartingPosition": "LATEST",
                    "MaximumRetryAttempts": 3,
                    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:dead"}},
                },
            ),
        ),
        updates=(
            {"ShardCount": 4, "RetentionPeriodHours": 24},
            {"DesiredShardLevelMetrics": ["IncomingBytes", "IteratorAgeMilliseconds"], "MaxRecordSizeInKiB": 2048},
            {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": KEY}},
            {"Tags": tags(team="b", stage="test")},
        ),
        replaces=({"Name": "orch-clicks-2"},),
        behind=Behind(
            "RetentionPeriodHours",
            Call(
                "kinesis.increase_stream_retention_period",
                {"StreamName": "{StreamName}", "RetentionPeriodHours": 72},
            ),
        ),
    ),
)
