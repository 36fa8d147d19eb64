"""Cases of CloudWatch."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

TOPIC = Entry("topic", "AWS::SNS::Topic", {"TopicName": "orch-alerts"})
_QUEUE = [{"Name": "QueueName", "Value": "orch-jobs"}]

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::CloudWatch::Alarm",
            {
                "AlarmName": "orch-jobs-wait",
                "AlarmDescription": "jobs wait",
                "Namespace": "AWS/SQS",
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": _QUEUE,
                "Statistic": "Maximum",
                "Period": 60,
                "EvaluationPeriods": 5,
                "Threshold": 300,
                "ComparisonOperator": "GreaterThanThreshold",
                "ActionsEnabled": True,
                "AlarmActions": [ref("topic", "TopicArn")],
                "Tags": tags(team="a"),
            },
        ),
        needs=(TOPIC,),
        updates=(
            {"Threshold": 0, "DatapointsToAlarm": 3, "TreatMissingData": "notBreaching"},
            {"AlarmActions": [], "OKActions": [ref("topic", "TopicArn")], "ActionsEnabled": False},
            {"Tags": tags(team="b", stage="test")},
        ),
        replaces=({"AlarmName": "orch-jobs-wait-2"},),
        behind=Behind("ActionsEnabled", Call("cloudwatch.disable_alarm_actions", {"AlarmNames": ["{AlarmName}"]})),
    ),
)
