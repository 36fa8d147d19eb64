"""Cases of Lambda."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

ROLE = "arn:aws:iam::123456789012:role/orch-jobs"
SOURCE = "def handler(event, context):\n    return event\n"
BASE = {
    "Runtime": "python3.12",
    "Handler": "index.handler",
    "Role": ROLE,
    "Code": {"ZipFile": SOURCE},
}
FUNCTION = Entry("function", "AWS::Lambda::Function", {"FunctionName": "orch-jobs", **BASE})
OTHER = Entry("other", "AWS::Lambda::Function", {"FunctionName": "orch-other", **BASE})
QUEUE = Entry("queue", "AWS::SQS::Queue", {"QueueName": "orch-inbox"})
SECOND = Entry("second", "AWS::SQS::Queue", {"QueueName": "orch-second"})
DEAD = Entry("dead", "AWS::SQS::Queue", {"QueueName": "orch-dead"})

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::Lambda::Function",
            {
                "FunctionName": "orch-subject",
                **BASE,
                "MemorySize": 256,
                "Environment": {"Variables": {"STAGE": "test", "GONE": "1"}},
                "VpcConfig": {"SubnetIds": ["subnet-2", "subnet-1"], "SecurityGroupIds": ["sg-1"]},
                "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"},
                "Tags": tags(team="a"),
            },
        ),
        needs=(DEAD,),
        dependents=(
            Entry(
                "permission",
                "AWS::Lambda::Permission",
                {
                    "FunctionName": ref("subject", "Arn"),
                    "Action": "lambda:InvokeFunction",
                    "Principal": "events.amazonaws.com",
                },
            ),
        ),
        updates=(
            {
                "Timeout": 10,
                "Environment.Variables": {"STAGE": "live", "NEW": "2"},
                "TracingConfig": {"Mode": "Active"},
            },
            {"Code": {"S3Bucket": "orch-code", "S3Key": "jobs-2.zip"}},
            {"ReservedConcurrentExecutions": 0, "DeadLetterConfig": {"TargetArn": ref("dead", "Arn")}},
            {"LoggingConfig": {"LogFormat": "Text"}, "EphemeralStorage": {"Size": 1024}, "Description": "jobs"},
            {"Architectures": ["arm64"], "Tags": tags(team="b", stage="test")},
        ),
        replaces=({"FunctionName": "orch-subject-2"},),
        behind=Behind(
            "MemorySize",
            Call(
                "lambda.update_function_configuration",
                {"FunctionName": "{FunctionName}", "MemorySize": 512},
            ),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::Lambda::Permission",
            {
                "FunctionName": ref("function", "FunctionName"),
                "Action": "lambda:InvokeFunction",
                "Principal": "123456789012",
                "SourceAccount": "123456789012",
                "SourceArn": "arn:aws:events:us-east-1:123456789012:rule/nightly",
                "EventSourceToken": "token",
            },
        ),
        needs=(FUNCTION, OTHER),
        replaces=(
            {"FunctionName": ref("other", "Arn")},
            {"Principal": "events.amazonaws.com", "InvokedViaFunctionUrl": True},
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::Lambda::EventSourceMapping",
            {
                "FunctionName": ref("function", "Arn"),
                "EventSourceArn": ref("queue", "Arn"),
                "BatchSize": 5,
                "FilterCriteria": {"Filters": [{"Pattern": '{"body": {"kind": ["order"]}}'}]},
                "Tags": tags(team="a"),
            },
        ),
        needs=(FUNCTION, OTHER, QUEUE, SECOND),
        updates=(
            {"BatchSize": 7, "MaximumBatchingWindowInSeconds": 3, "ScalingConfig": {"MaximumConcurrency": 4}},
            {"Enabled": False, "FunctionName": ref("other", "FunctionName")},
            {"FunctionResponseTypes": ["ReportBatchItemFailures"], "Tags": tags(team="b", stage="test")},
        ),
        replaces=({"EventSourceArn": ref("second", "Arn")},),
        behind=Behind(
            "BatchSize",
            Call("lambda.update_event_source_mapping", {"UUID": "{UUID}", "BatchSize": 9}),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::Lambda::LayerVersion",
            {
                "LayerName": "orch-tools",
                "CompatibleRuntimes": ["python3.12", "python3.11"],
                "LicenseInfo": "MIT",
                "Content": {"S3Bucket": "orch-code", "S3Key": "tools-1.zip"},
            },
        ),
        dependents=(Entry("user", "AWS::Lambda::Function", {**BASE, "Layers": [ref("subject", "LayerVersionArn")]}),),
        replaces=(
            {"Content": {"S3Bucket": "orch-code", "S3Key": "tools-2.zip"}},
            {"LicenseInfo": "BSD"},
        ),
    ),
)
