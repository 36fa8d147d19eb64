"""Cases of SQS."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

QUEUE = Entry("queue", "AWS::SQS::Queue", {"QueueName": "orch-jobs"})
OTHER = Entry("other", "AWS::SQS::Queue", {"QueueName": "orch-other"})


def _policy(action: str) -> dict[str, object]:
    allowed = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": ref("queue", "Arn")}
    return {"Version": "2012-10-17", "Statement": [allowed]}


_MEDDLED = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}'
)
_BEHIND = Behind(
    "PolicyDocument",
    Call("sqs.set_queue_attributes", {"QueueUrl": "{QueueUrl}", "Attributes": {"Policy": _MEDDLED}}),
)


def _of_queue(kind: str, key: str, one: object, another: object) -> Case:
    return Case(
        Entry("subject", kind, {key: one, "PolicyDocument": _policy("sqs:SendMessage")}),
        needs=(QUEUE, OTHER),
        updates=({"PolicyDocument": _policy("sqs:ReceiveMessage")},),
        replaces=({key: another},),
        behind=_BEHIND,
    )


CASES = (
    Case(
        Entry(
            "subject",
            "AWS::SQS::Queue",
            {"QueueName": "orch-jobs", "DelaySeconds": 5, "VisibilityTimeout": 60, "Tags": tags(team="a")},
        ),
        dependents=(
            Entry(
                "policy",
                "AWS::SQS::QueueInlinePolicy",
                {
                    "Queue": ref("subject", "QueueUrl"),
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": "*",
                                "Action": "sqs:SendMessage",
                                "Resource": ref("subject", "Arn"),
                            }
                        ],
                    },
                },
            ),
        ),
        updates=({"VisibilityTimeout": 90}, {"DelaySeconds": 0, "Tags": tags(team="b", stage="test")}),
        replaces=({"QueueName": "orch-jobs-2"},),
        behind=Behind(
            "VisibilityTimeout",
            Call("sqs.set_queue_attributes", {"QueueUrl": "{QueueUrl}", "Attributes": {"VisibilityTimeout": "7"}}),
        ),
    ),
    _of_queue("AWS::SQS::QueuePolicy", "Queues", [ref("queue", "QueueUrl")], [ref("other", "QueueUrl")]),
    _of_queue("AWS::SQS::QueueInlinePolicy", "Queue", ref("queue", "QueueUrl"), ref("other", "QueueUrl")),
)
