"""Kinesis through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, tagged
from tests.conformance.hands.base import Found

REMOVALS = {"AWS::Kinesis::Stream": Call("kinesis.delete_stream", {"StreamName": "{StreamName}"})}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Streams."""
    kinesis = clients("kinesis")
    for page in kinesis.get_paginator("list_streams").paginate():
        for name in page["StreamNames"]:
            body = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
            tags = tagged(kinesis.list_tags_for_stream(StreamName=name)["Tags"])
            stamp = f"{name} {body['StreamCreationTimestamp']}"
            yield Found("AWS::Kinesis::Stream", name, stamp, tags, {**body, "Tags": tags})
