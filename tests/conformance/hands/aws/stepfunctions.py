"""Step Functions through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::StepFunctions::StateMachine": Call(
        "stepfunctions.delete_state_machine", {"stateMachineArn": "{stateMachineArn}"}
    )
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """State machines."""
    states = clients("stepfunctions")
    for item in clients.all("stepfunctions", "list_state_machines", "stateMachines"):
        arn = item["stateMachineArn"]
        body = states.describe_state_machine(stateMachineArn=arn)
        body.pop("ResponseMetadata")
        tags = {each["key"]: each["value"] for each in states.list_tags_for_resource(resourceArn=arn)["tags"]}
        stamp = f"{arn} {body['creationDate']}"
        yield Found("AWS::StepFunctions::StateMachine", arn, stamp, tags, {**body, "Tags": tags})
