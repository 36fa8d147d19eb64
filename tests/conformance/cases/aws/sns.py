"""Cases of SNS."""

from __future__ import annotations

import json

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

TOPIC = Entry("topic", "AWS::SNS::Topic", {"TopicName": "orch-alerts"})
OTHER = Entry("other", "AWS::SNS::Topic", {"TopicName": "orch-other"})
QUEUE = Entry("queue", "AWS::SQS::Queue", {"QueueName": "orch-inbox"})
DEAD = Entry("dead", "AWS::SQS::Queue", {"QueueName": "orch-dead"})
ROLE = "arn:aws:iam::123456789012:role/orch-feedback"


def _policy(action: str) -> dict[str, object]:
    allowed = {"Sid": "use", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    return {"Version": "2012-10-17", "Statement": [allowed | {"Action": action, "Resource": ref("topic", "TopicArn")}]}


def _attribute(name: str, value: str) -> Call:
    return Call("sns.set_topic_attributes", {"TopicArn": "{TopicArn}", "AttributeName": name, "AttributeValue": value})


_MEDDLED = json.dumps({"Version": "2012-10-17", "Id": "meddled", "Statement": []})


def _of_topic(kind: str, key: str, one: object, another: object) -> Case:
    return Case(
        Entry("subject", kind, {key: one, "PolicyDocument": {"Id": "own", **_policy("sns:Publish")}}),
        needs=(TOPIC, OTHER),
        updates=({"PolicyDocument": {"Id": "own", **_policy("sns:Subscribe")}},),
        replaces=({key: another},),
        behind=Behind("PolicyDocument", _attribute("Policy", _MEDDLED)),
    )


CASES = (
    Case(
        Entry(
            "subject",
            "AWS::SNS::Topic",
            {
                "TopicName": "orch-alerts",
                "DisplayName": "0123",
                "FifoTopic": False,
                "SignatureVersion": "2",
                "DeliveryStatusLogging": [
                    {"Protocol": "sqs", "SuccessFeedbackRoleArn": ROLE, "SuccessFeedbackSampleRate": "5"},
                    {"Protocol": "http/s", "FailureFeedbackRoleArn": ROLE},
                ],
                "Tags": tags(team="a"),
            },
        ),
        needs=(QUEUE,),
        dependents=(
            Entry(
                "subscription",
                "AWS::SNS::Subscription",
                {"TopicArn": ref("subject", "TopicArn"), "Protocol": "sqs", "Endpoint": ref("queue", "Arn")},
            ),
        ),
        updates=(
            {"DisplayName": "alerts", "TracingConfig": "Active", "MaximumMessageSize": 2048},
            {"DeliveryStatusLogging": [{"Protocol": "sqs", "FailureFeedbackRoleArn": ROLE}]},
            {"SignatureVersion": "1", "KmsMasterKeyId": "alias/aws/sns", "Tags": tags(team="b", stage="test")},
        ),
        replaces=({"TopicName": "orch-alerts-2"},),
        behind=Behind("DisplayName", _attribute("DisplayName", "meddled")),
    ),
    Case(
        Entry(
            "subject",
            "AWS::SNS::Subscription",
            {
                "TopicArn": ref("topic", "TopicArn"),
                "Protocol": "sqs",
                "Endpoint": ref("queue", "Arn"),
                "FilterPolicy": {"kind": ["order", "return"]},
                "FilterPolicyScope": "MessageBody",
                "RawMessageDelivery": False,
            },
        ),
        needs=(TOPIC, QUEUE, DEAD),
        updates=(
            {"RawMessageDelivery": True},
            {"FilterPolicy": '{"kind": ["order"]}', "FilterPolicyScope": "MessageAttributes"},
            {"RedrivePolicy": {"deadLetterTargetArn": ref("dead", "Arn")}},
        ),
        replaces=({"Endpoint": ref("dead", "Arn")},),
        behind=Behind(
            "RawMessageDelivery",
            Call(
                "sns.set_subscription_attributes",
                {
                    "SubscriptionArn": "{SubscriptionArn}",
                    "AttributeName": "RawMessageDelivery",
                    "AttributeValue": "true",
                },
            ),
        ),
    ),
    _of_topic("AWS::SNS::TopicPolicy", "Topics", [ref("topic", "TopicArn")], [ref("other", "TopicArn")]),
    _of_topic("AWS::SNS::TopicInlinePolicy", "TopicArn", ref("topic", "TopicArn"), ref("other", "TopicArn")),
)
