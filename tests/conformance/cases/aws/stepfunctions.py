"""Cases of Step Functions."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

ROLE = "arn:aws:iam::123456789012:role/orch-flow"
GROUP = Entry("group", "AWS::Logs::LogGroup", {"LogGroupName": "/orch/flow"})
TOPIC = Entry("topic", "AWS::SNS::Topic", {"TopicName": "orch-done"})


def _publish(topic: object) -> dict[str, object]:
    tell = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": topic, "Message": "done"},
        "End": True,
    }
    return {"StartAt": "Tell", "States": {"Tell": tell}}


CASES = (
    Case(
        Entry(
            "subject",
            "AWS::StepFunctions::StateMachine",
            {
                "StateMachineName": "orch-flow",
                "Definition": _publish("${Topic}"),
                "DefinitionSubstitutions": {"Topic": ref("topic", "TopicArn")},
                "RoleArn": ROLE,
                "LoggingConfiguration": {"Level": "OFF"},
                "Tags": tags(team="a"),
            },
        ),
        needs=(GROUP, TOPIC),
        dependents=(
            Entry(
                "nightly",
                "AWS::Events::Rule",
                {
                    "ScheduleExpression": "rate(1 day)",
                    "Targets": [{"Id": "flow", "Arn": ref("subject", "Arn"), "RoleArn": ROLE}],
                },
            ),
        ),
        updates=(
            {"Definition": _publish("${Topic}-2"), "TracingConfiguration": {"Enabled": True}},
            {
                "LoggingConfiguration": {
                    "Level": "ERROR",
                    "IncludeExecutionData": True,
                    "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": ref("group", "Arn")}}],
                }
            },
            {"RoleArn": f"{ROLE}-2", "Tags": tags(team="b", stage="test")},
        ),
        replaces=({"StateMachineName": "orch-flow-2"}, {"StateMachineType": "EXPRESS"}),
        behind=Behind(
            "RoleArn",
            Call(
                "stepfunctions.update_state_machine", {"stateMachineArn": "{stateMachineArn}", "roleArn": f"{ROLE}-3"}
            ),
        ),
    ),
)
