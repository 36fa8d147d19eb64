"""SQS through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

_NO_POLICY = Call("sqs.set_queue_attributes", {"QueueUrl": "{QueueUrl}", "Attributes": {"Policy": ""}})
REMOVALS = {
    "AWS::SQS::Queue": Call("sqs.delete_queue", {"QueueUrl": "{QueueUrl}"}),
    "AWS::SQS::QueuePolicy": _NO_POLICY,
    "AWS::SQS::QueueInlinePolicy": _NO_POLICY,
}


def inventory(clients: Clients, types: Collection[str]) -> Iterator[Found]:
    """Queues, and their policies as whichever type of them is meant."""
    policies = [kind for kind in REMOVALS if kind.endswith("Policy") and kind in types]
    sqs = clients("sqs")
    for page in sqs.get_paginator("list_queues").paginate():
        for url in page.get("QueueUrls", ()):
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            body = {"QueueUrl": url, **attributes}
            policy = body.pop("Policy", "")
            tags = sqs.list_queue_tags(QueueUrl=url).get("Tags", {})
            yield Found("AWS::SQS::Queue", url, f"{url} {attributes['CreatedTimestamp']}", tags, body)
            for kind in policies if policy else ():
                yield Found(kind, url, f"{url} policy", {}, {"QueueUrl": url, "Policy": policy})
