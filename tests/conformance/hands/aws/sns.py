"""SNS through plain boto3."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, tagged
from tests.conformance.hands.base import Found

_DEFAULT = "{Default}"
_NO_POLICY = Call(
    "sns.set_topic_attributes", {"TopicArn": "{TopicArn}", "AttributeName": "Policy", "AttributeValue": _DEFAULT}
)
REMOVALS = {
    "AWS::SNS::Topic": Call("sns.delete_topic", {"TopicArn": "{TopicArn}"}),
    "AWS::SNS::Subscription": Call("sns.unsubscribe", {"SubscriptionArn": "{SubscriptionArn}"}),
    "AWS::SNS::TopicPolicy": _NO_POLICY,
    "AWS::SNS::TopicInlinePolicy": _NO_POLICY,
}


def inventory(clients: Clients, types: Collection[str]) -> Iterator[Found]:
    """Topics, subscriptions, and policies that somebody has set, as whichever type of them is meant."""
    policies = [kind for kind in REMOVALS if kind.endswith("Policy") and kind in types]
    sns = clients("sns")
    for item in clients.all("sns", "list_topics", "Topics"):
        arn = item["TopicArn"]
        body = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        tags = tagged(sns.list_tags_for_resource(ResourceArn=arn)["Tags"])
        policy = json.loads(body.pop("Policy"))
        # SNS tells no time of creation, but a new topic has another owner tag
        yield Found("AWS::SNS::Topic", arn, f"{arn} {tags.get('orch-owner')}", tags, body)
        if policy["Id"] != "__default_policy_ID":
            for kind in policies:
                default = json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [_OWN]})
                both = {"TopicArn": arn, "Policy": policy, "Default": default}
                yield Found(kind, arn, f"{arn} policy", {}, both)
    for item in clients.all("sns", "list_subscriptions", "Subscriptions"):
        arn = item["SubscriptionArn"]
        body = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        yield Found("AWS::SNS::Subscription", arn, arn, {}, body)


_OWN = {"Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "SNS:Publish"}
