"""Cases of CloudWatch Logs."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GROUP = Entry("group", "AWS::Logs::LogGroup", {"LogGroupName": "/orch/app"})
OTHER = Entry("other", "AWS::Logs::LogGroup", {"LogGroupName": "/orch/app/other"})
ERRORS = {"MetricName": "errors", "MetricNamespace": "orch", "MetricValue": "1"}

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::Logs::LogGroup",
            {"LogGroupName": "/orch/app", "RetentionInDays": 30, "LogGroupClass": "STANDARD", "Tags": tags(team="a")},
        ),
        needs=(OTHER,),
        dependents=(
            Entry(
                "errors",
                "AWS::Logs::MetricFilter",
                {
                    "LogGroupName": ref("subject", "LogGroupName"),
                    "FilterPattern": "ERROR",
                    "MetricTransformations": [ERRORS],
                },
            ),
        ),
        updates=(
            {"RetentionInDays": 7, "KmsKeyId": KEY},
            {"BearerTokenAuthenticationEnabled": True},
            {"Tags": tags(team="b", stage="test")},
        ),
        replaces=({"LogGroupName": "/orch/app-2"}, {"LogGroupClass": "INFREQUENT_ACCESS"}),
        behind=Behind("RetentionInDays", Call("logs.delete_retention_policy", {"logGroupName": "{logGroupName}"})),
    ),
    Case(
        Entry(
            "subject",
            "AWS::Logs::MetricFilter",
            {
                "LogGroupName": ref("group", "LogGroupName"),
                "FilterName": "errors",
                "FilterPattern": '{ $.level = "error" }',
                "MetricTransformations": [
                    {**ERRORS, "Dimensions": [{"Key": "kind", "Value": "$.kind"}], "Unit": "Count"}
                ],
            },
        ),
        needs=(GROUP, OTHER),
        updates=(
            {"FilterPattern": ""},
            {"MetricTransformations": [{**ERRORS, "MetricValue": "2", "DefaultValue": 0}]},
            {"ApplyOnTransformedLogs": True},
        ),
        replaces=({"FilterName": "errors-2"}, {"LogGroupName": ref("other", "LogGroupName")}),
        behind=Behind(
            "FilterPattern",
            Call(
                "logs.put_metric_filter",
                {
                    "logGroupName": "{logGroupName}",
                    "filterName": "{filterName}",
                    "filterPattern": "meddled",
                    "metricTransformations": "{metricTransformations}",
                },
            ),
        ),
    ),
)
